"""A person takes a step of a case or enters a value, over the API or from a page: known, allowed, entered once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import Request

from dashboards.web.access import asker
from dashboards.web.errors import KeyUsed, NotAllowed, NotFound
from dashboards.web.rights import Right
from dashboards.web.session import check_csrf, must_be_signed_in, password_checked
from dashboards.web.state import Web, snapshot_of, web_of
from ledger.answers import Answer
from ledger.entering import enter_action
from ledger.entering_values import Measured, enter_value
from ledger.people import Person
from readings.inputs import Act
from rules.cases import TRANSITIONS


def act_on_case(  # noqa: PLR0913 - who does what, and how it is known to be them
    request: Request,
    *,
    case: str,
    action: str,
    entered: dict[str, Any],
    who: str = "",
    password: str = "",
    role: str | None = None,
    csrf: str | None = None,
    once: str | None = None,
) -> str:
    """Enter a step of a case; the id of the act, which the record process takes into the ledger.

    The person is who is signed in, or `who` with their password. A signed step asks for the password in any case.

    Args:
        request: that asks for it.
        case: its id.
        action: one of `rules.cases.TRANSITIONS`.
        entered: the texts that the action needs.
        who: id of the person; empty for who is signed in.
        password: theirs.
        role: in which of their roles; the first that may do it if not said.
        csrf: the form's token, where a session says who it is; None to take the header.
        once: an idempotency key: sent again with the same, the same answer is given and nothing is done.

    Raises:
        SignInNeeded: nobody is signed in, and no `who` is given.
        SignInRefused: the password is wrong, or too many tries.
        CrossSite: the form's token is missing or wrong.
        NotAllowed: an API key, or somebody whose roles do not take this step.
        NotFound: there is no such case.
        KeyUsed: `once` came with another request before.
        EnteringError: it cannot be done now.
        OSError: it is not durable; nothing was entered.
    """
    web = web_of(request)
    if asker(request).key is not None:
        raise NotAllowed("an API key neither acts nor signs: a person does")
    person = person_of(request, who, password, csrf)
    if case not in snapshot_of(web).cases:
        raise NotFound(f"there is no case {case}")
    step = TRANSITIONS.get(action)
    if step is not None and not set(step.roles) & set(person.roles):
        raise NotAllowed(
            f"{action} is for {', '.join(step.roles)}; {person.name} is {', '.join(person.roles)}"
        )
    signed = step is not None and step.signed

    def enter() -> Act:
        with web.stores.ledger() as ledger:

            def taken() -> Act:
                return enter_action(
                    ledger,
                    web.stores.people,
                    action=action,
                    case=case,
                    who=person.id,
                    password=password,
                    role=role,
                    entered=dict(entered),
                    now=web.now(),
                    person=person,
                )

            return password_checked(request, taken) if signed else taken()

    def again() -> None:
        if signed and not who:
            _password(request, person.id, password)

    name = f"{person.id}\n{case}\n{action}\n{once}" if once else ""
    return entered_once(web, name, [role, entered], enter, again=again)


def act_by_hand(  # noqa: PLR0913 - who enters what, and how it is known to be them
    request: Request,
    *,
    line: str,
    measured: Measured,
    who: str = "",
    password: str = "",
    role: str | None = None,
    csrf: str | None = None,
    once: str | None = None,
) -> str:
    """Enter a value that was measured by hand; the id of the act, which the record process takes into the journal.

    The person is who is signed in, or `who` with their password.

    Args:
        request: that asks for it.
        line: its id.
        measured: what was.
        who: id of the person; empty for who is signed in.
        password: theirs, where `who` is given.
        role: in which of their roles; the first that may if not said.
        csrf: the form's token, where a session says who it is; None to take the header.
        once: an idempotency key.

    Raises:
        SignInNeeded: nobody is signed in, and no `who` is given.
        SignInRefused: the password is wrong, or too many tries.
        CrossSite: the form's token is missing or wrong.
        NotAllowed: an API key.
        NotFound: there is no such line.
        KeyUsed: `once` came with another request before.
        EnteringError: no such value, a number that cannot be, too late, or nobody who may.
        OSError: it is not durable; nothing was entered.
    """
    web = web_of(request)
    if asker(request).key is not None:
        raise NotAllowed("an API key neither acts nor signs: a person does")
    person = person_of(request, who, password, csrf)
    found = snapshot_of(web).line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    plan = found.plan
    name = f"{person.id}\n{line}\n{measured.name}\n{once}" if once else ""
    asked = [role, measured.name, measured.zone, measured.value, measured.at, measured.note]
    return entered_once(
        web, name, asked, lambda: enter_value(plan, measured, person, now=web.now(), role=role)
    )


def entered_once(
    web: Web,
    name: str,
    asked: list[Any],
    enter: Callable[[], Act],
    *,
    again: Callable[[], None] | None = None,
) -> str:
    """Put an act into the inbox, once for each name; its id.

    Args:
        web: with the inbox and the answers that were given.
        name: under which the same request is known again; empty for one that has none.
        asked: what makes it the same request.
        enter: makes the act.
        again: is asked when the answer is known already.

    Raises:
        KeyUsed: another request came under this name.
        OSError: it is not durable.
    """
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()
    known = web.stores.answers.find(name, now=web.now()) if name else None
    if known is not None:
        if known.request != digest:
            raise KeyUsed("this idempotency key came with other words before; use a new one")
        if again is not None:
            again()
        return known.body.decode()
    act = enter()
    if name:  # two at once get one id, and the inbox takes it once
        act = msgspec.structs.replace(act, id=hashlib.sha256(name.encode()).hexdigest()[:32])
    id_ = web.stores.inbox.put(act)
    if name:
        web.stores.answers.keep(name, Answer(digest, 202, id_.encode()), now=web.now())
    return id_


def person_of(request: Request, who: str, password: str, csrf: str | None) -> Person:
    """Who asks: `who` with their password, or who is signed in and sent their token along."""
    if who:
        return _password(request, who, password)
    person = must_be_signed_in(request, Right.ACT)
    check_csrf(request, csrf)
    return person.person


def _password(request: Request, who: str, password: str) -> Person:
    web = web_of(request)
    return password_checked(request, lambda: web.stores.people.authenticate(who, password, now=web.now()))
