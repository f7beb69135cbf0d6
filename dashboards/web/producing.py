"""A person signs the end of production, over the API or from a page: known, allowed, entered once."""

from __future__ import annotations

import hashlib

import msgspec
from fastapi import Request

from dashboards.web.access import asker
from dashboards.web.acting import person_of
from dashboards.web.errors import KeyUsed, NotAllowed, NotFound
from dashboards.web.session import password_checked
from dashboards.web.state import snapshot_of, web_of
from ledger.answers import Answer
from ledger.production import ROLES, enter_production
from readings.inputs import Act


def sign_production(  # noqa: PLR0913 - who says what, and how it is known to be them
    request: Request,
    *,
    line: str,
    step: str,
    who: str = "",
    password: str = "",
    role: str | None = None,
    csrf: str | None = None,
    once: str | None = None,
) -> str:
    """Enter the end or the begin of production; the id of the act, which the record process takes into the ledger.

    The person is who is signed in, or `who` with their password. The end asks for the password in any case.

    Args:
        request: that asks for it.
        line: its id.
        step: `end` or `begin`.
        who: id of the person; empty for who is signed in.
        password: theirs.
        role: in which of their roles; the first that may do it if not said.
        csrf: the form's token, where a session says who it is; None to take the header.
        once: an idempotency key: sent again with the same, the same answer is given and nothing is done.

    Raises:
        SignInNeeded: nobody is signed in, and no `who` is given.
        SignInRefused: the password is wrong, or too many tries.
        CrossSite: the form's token is missing or wrong.
        NotAllowed: an API key, or somebody whose roles do not sign for production.
        NotFound: there is no such line.
        KeyUsed: `once` came with another request before.
        EnteringError: it cannot be entered.
        OSError: it is not durable; nothing was entered.
    """
    web = web_of(request)
    if asker(request).key is not None:
        raise NotAllowed("an API key neither acts nor signs: a person does")
    person = person_of(request, who, password, csrf)
    found = snapshot_of(web).line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    if not set(ROLES) & set(person.roles):
        raise NotAllowed(
            f"the {step} of production is for {', '.join(ROLES)}; {person.name} is {', '.join(person.roles)}"
        )
    name = f"{person.id}\n{line}\nproduction {step}\n{once}" if once else ""
    digest = hashlib.sha256((role or "").encode()).digest()
    known = web.stores.answers.find(name, now=web.now()) if name else None
    if known is not None:
        if known.request != digest:
            raise KeyUsed("this idempotency key came with other words before; use a new one")
        return known.body.decode()

    def enter() -> Act:
        return enter_production(
            web.stores.people,
            plan=found.plan,
            step=step,
            who=person.id,
            password=password,
            role=role,
            now=web.now(),
            person=person,
        )

    act = password_checked(request, enter) if step == "end" else enter()
    if name:  # two at once get one id, and the inbox takes it once
        act = msgspec.structs.replace(act, id=hashlib.sha256(name.encode()).hexdigest()[:32])
    id_ = web.stores.inbox.put(act)
    if name:
        web.stores.answers.keep(name, Answer(digest, 202, id_.encode()), now=web.now())
    return id_
