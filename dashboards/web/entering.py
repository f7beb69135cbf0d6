"""A person enters something, over the API or from a page: known, allowed, and taken once however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import Header, Request

from dashboards.views.lines import LineView
from dashboards.web.access import asker
from dashboards.web.errors import NotAllowed, NotFound
from dashboards.web.once import done_once
from dashboards.web.rights import Right
from dashboards.web.session import CSRF_HEADER, check_csrf, must_be_signed_in, password_checked
from dashboards.web.state import Web, snapshot_of, web_of
from ledger.people import Person
from readings.inputs import Act

CsrfToken = Annotated[str, Header(alias=CSRF_HEADER, description="With a session: its token.")]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who enters, and how it is known to be them.

    Attributes:
        who: id of the person; empty for who is signed in.
        password: theirs.
        role: in which of their roles; the first that may do it if not said.
        csrf: the form's token, where a session says who it is; None to take the header.
        once: an idempotency key: sent again with the same, the same answer is given and nothing is done.
    """

    who: str = ""
    password: str = ""
    role: str | None = None
    csrf: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is entered.

    Attributes:
        about: names it beside the person and their key: line and value, case and step.
        asked: everything that makes it this request, but for the role; plain enough for JSON.
        what: as a refusal names it: `a calibration`.
        roles: who may; empty for whoever may act.
        signed: whether the password is asked for in any case.
        make: the act, of this person. The second argument is fit for an id: it is the same for the same key; empty
            without one.
    """

    about: Sequence[str]
    asked: Any
    what: str
    roles: Sequence[str]
    signed: bool
    make: Callable[[Person, str], Act]


def entered_once(
    request: Request,
    sender: Sender,
    find: Callable[[Web], Entry],
    *,
    name: Callable[[Act], str] | None = None,
) -> str:
    """Put what a person enters into the inbox, once for each key; its id. The record process takes it from there.

    The person is who is signed in, or `who` with their password. What is signed asks for the password in any case, also
    when it was taken before.

    Args:
        request: that asks for it.
        sender: who enters.
        find: what is entered; asked once it is known who asks.
        name: by which it is known to its sender, where that is not the act's id.

    Raises:
        SignInNeeded: nobody is signed in, and no `who` is given.
        SignInRefused: the password is wrong, or too many tries.
        CrossSite: the form's token is missing or wrong.
        NotAllowed: an API key, or somebody whose roles do not enter this.
        NotFound: what it is about is not there.
        KeyUsed: the key came with another request before.
        EnteringError: it cannot be done now.
        OSError: it is not durable; nothing was entered.
    """
    web = web_of(request)
    if asker(request).key is not None:
        raise NotAllowed("an API key neither acts nor signs: a person does")
    person = _person(request, sender)
    entry = find(web)
    if entry.roles and not set(entry.roles) & set(person.roles):
        raise NotAllowed(
            f"{entry.what} is for {', '.join(entry.roles)}; {person.name} is {', '.join(person.roles)}"
        )
    key = "\n".join([person.id, *entry.about, sender.once]) if sender.once else ""
    token = hashlib.sha256(key.encode()).hexdigest()[:32] if key else ""

    def enter() -> str:
        def made() -> Act:
            return entry.make(person, token)

        act = password_checked(request, made) if entry.signed else made()
        if not act.id:  # two at once get one id, and the inbox takes it once
            act = msgspec.structs.replace(act, id=token)
        id_ = web.stores.inbox.put(act)
        return name(act) if name is not None else id_

    def again() -> None:
        if entry.signed and not sender.who:
            _authenticated(request, person.id, sender.password)

    return done_once(web, key, [sender.role, entry.asked], enter, again=again)


def line_of(web: Web, line: str) -> LineView:
    """The line that something is entered for.

    Raises:
        NotFound: there is none of this name.
    """
    found = snapshot_of(web).line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    return found


def _person(request: Request, sender: Sender) -> Person:
    """Who asks: `who` with their password, or who is signed in and sent their token along."""
    if sender.who:
        return _authenticated(request, sender.who, sender.password)
    person = must_be_signed_in(request, Right.ACT)
    check_csrf(request, sender.csrf)
    return person.person


def _authenticated(request: Request, who: str, password: str) -> Person:
    web = web_of(request)
    return password_checked(request, lambda: web.stores.people.authenticate(who, password, now=web.now()))
