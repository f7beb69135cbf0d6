"""A person acts on a case: checked, signed where that is asked for, and put on its way to the journal."""

from __future__ import annotations

from typing import Any

from ledger.canonical import canonical
from ledger.errors import CanonicalError, LedgerError
from ledger.open_cases import open_cases
from ledger.people import People, Person
from ledger.signatures import signed_bytes
from ledger.store import Ledger
from readings.inputs import Act
from rules.cases import TRANSITIONS, CaseError, check_action


class EnteringError(LedgerError):
    """What was entered cannot be taken; the message says why."""


def enter_action(  # noqa: PLR0913 - who does what, and how it is known to be them
    ledger: Ledger,
    people: People,
    *,
    action: str,
    case: str,
    who: str,
    password: str,
    entered: dict[str, Any],
    now: int,
    role: str | None = None,
    person: Person | None = None,
) -> Act:
    """The act of a person who knows their password; a signed action gets their signature.

    Who is signed in already need not give the password again, unless the action is signed: a signature always asks.

    Args:
        ledger: open for reading.
        people: who there is.
        action: one of `rules.cases.TRANSITIONS`.
        case: its id.
        who: the person's id.
        password: theirs; empty where `person` is given and nothing is signed.
        entered: the texts that the action needs.
        now: ns UTC.
        role: in which of their roles; the first that may do it if not said.
        person: who is known to be them by a live session; None: the password says it.

    Raises:
        EnteringError: no such case or action, it cannot be done now, or a signature misses its password.
        SignInRefused: the password is wrong, or too many tries.
    """
    if person is None:
        person = people.authenticate(who, password, now=now)
    elif person.id != who:
        raise EnteringError(f"{person.name} is signed in, not {who}")
    found = open_cases(ledger).get(case)
    transition = TRANSITIONS.get(action)
    if found is None or transition is None:
        raise EnteringError(
            f"there is no open case {case!r}" if found is None else f"no action named {action}"
        )
    if transition.signed and not password:
        raise EnteringError(f"{action} is signed: give your password again")
    fitting = [each for each in person.roles if each in transition.roles]
    role = role or (fitting[0] if fitting else person.roles[0])
    if role not in person.roles:
        raise EnteringError(f"{person.name} is not {role}; their roles are {', '.join(person.roles)}")
    unknown = sorted(set(entered) - {*transition.needs, *transition.may})
    if unknown:
        raise EnteringError(
            f"{action} takes {', '.join([*transition.needs, *transition.may]) or 'nothing'}, not {', '.join(unknown)}"
        )
    body: dict[str, Any] = {**entered, "case": case, "who": who, "name": person.name, "role": role}
    try:
        draft = body | ({"signature": True} if transition.signed else {})
        check_action(found, action, who, [role], draft, now=now)
        canonical(body)
    except (CaseError, CanonicalError) as error:
        raise EnteringError(str(error)) from error
    if transition.signed:
        meaning = {"close": "verified", "dispose": "disposed", "void": "voided"}[action]
        body["signature"] = people.sign(
            who, password, meaning=meaning, record=signed_bytes(body), now=now, role=role
        )
    return Act(time=now, kind=f"case.{action}", line=found.line, who=who, body=body)
