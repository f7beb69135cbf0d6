"""Who asks the API: a person's session, a program's key, or nobody; and what each may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from dashboards.web.errors import NotAllowed, SignInNeeded
from dashboards.web.rights import NOBODY, SCOPE_RIGHTS, Right
from dashboards.web.session import SignedIn, signed_in
from dashboards.web.state import web_of
from ledger.api_keys import ApiKey

_SCHEMES = ("bearer ", "token ")  # the second is how programs of InfluxDB say it


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Attributes:
        person: with a live session; None without.
        key: that came with the request; None without. With a key, a session does not count.
        rights: what they may do.
    """

    person: SignedIn | None
    key: ApiKey | None
    rights: frozenset[Right]

    @property
    def name(self) -> str:
        """As it stands beside what they asked for."""
        if self.key is not None:
            return f"key {self.key.id}"
        return self.person.id if self.person is not None else ""


def asker(request: Request) -> Asker:
    """Who asks.

    Raises:
        SignInRefused: the key is unknown or withdrawn.
    """
    web = web_of(request)
    given = request.headers.get("authorization", "")
    if given.lower().startswith(_SCHEMES):
        key = web.stores.keys.known(given.partition(" ")[2].strip())  # too long to be guessed, at any rate
        return Asker(None, key, SCOPE_RIGHTS[key.scope])
    person = signed_in(request)
    if person is not None:
        return Asker(person, None, person.rights)
    return Asker(None, None, NOBODY if web.settings.open_to_read else frozenset())


def reader(asks: Annotated[Asker, Depends(asker)]) -> Asker:
    """Somebody who may read.

    Raises:
        SignInNeeded: nobody is known.
        NotAllowed: the key or the person may not.
    """
    return _having(asks, Right.READ)


def exporter(asks: Annotated[Asker, Depends(asker)]) -> Asker:
    """Somebody who may take packages away: a person or a key.

    Raises:
        SignInNeeded: nobody is known.
        NotAllowed: the key or the person may not.
    """
    return _having(asks, Right.EXPORT)


def handing_in(asks: Annotated[Asker, Depends(asker)]) -> ApiKey:
    """A key that may hand in readings; a person does not.

    Raises:
        SignInNeeded: no key.
        NotAllowed: the key may not, or is bound to no source.
    """
    key = _having(asks, Right.INGEST).key
    if key is None or not key.source:
        raise NotAllowed(
            "an API key that hands in readings is bound to a source: have one made with --source"
        )
    return key


def _having(asks: Asker, right: Right) -> Asker:
    if right in asks.rights:
        return asks
    if asks.key is not None:
        raise NotAllowed(f"the API key {asks.key.id} is for {asks.key.scope}: that gives no right to {right}")
    if asks.person is not None:
        raise NotAllowed(f"{asks.person.name} is {', '.join(asks.person.roles)}: no right to {right}")
    raise SignInNeeded(f"to {right} needs a person who is signed in, or an API key for it")


Reader = Annotated[Asker, Depends(reader)]
ExportReader = Annotated[Asker, Depends(exporter)]
IngestKey = Annotated[ApiKey, Depends(handing_in)]
Anyone = Annotated[Asker, Depends(asker)]
