"""A person signs that production has ended, or says that it begins: checked, and put on its way to the journal."""

from __future__ import annotations

from typing import Any

from ledger.canonical import Body, canonical
from ledger.entering import EnteringError
from ledger.errors import CanonicalError
from ledger.people import People, Person
from ledger.signatures import SIGNATURE, signed_bytes, why_not_signed
from readings.inputs import Act
from readings.times import format_time
from rules.plan import Plan
from rules.signed_ends import PRODUCTION_BEGUN, PRODUCTION_ENDED

ROLES = ("operator", "qa", "engineer")
PRODUCTION = {"end": PRODUCTION_ENDED, "begin": PRODUCTION_BEGUN}  # what a person does, and the act's kind
_MEANING = "production ended"


def why_not_signed_for(plan: Plan | None) -> str:
    """Why a line's production cannot be signed for; empty if it can."""
    if plan is None:
        return "there is no such line"
    if plan.line.calendar is None:
        return f"the plan of {plan.line_id} has no calendar: nothing would follow from a signed end of production"
    return ""


def enter_production(  # noqa: PLR0913 - who says what of which line, and how it is known to be them
    people: People,
    *,
    plan: Plan,
    step: str,
    who: str,
    password: str,
    now: int,
    role: str | None = None,
    person: Person | None = None,
) -> Act:
    """The act of a person who knows their password; the end of production is signed, and asks for it in any case.

    Args:
        people: who there is.
        plan: of the line, as adopted.
        step: `end` or `begin`.
        who: the person's id.
        password: theirs; empty where `person` is given and nothing is signed.
        now: ns UTC. It holds from then on: nothing is signed for a time that is past.
        role: in which of their roles; the first that may do it if not said.
        person: who is known to be them by a live session; None: the password says it.

    Raises:
        EnteringError: it cannot be entered; the message says why.
        SignInRefused: the password is wrong, or too many tries.
    """
    if person is None:
        person = people.authenticate(who, password, now=now)
    elif person.id != who:
        raise EnteringError(f"{person.name} is signed in, not {who}")
    if step not in PRODUCTION:
        raise EnteringError(f"no step of production named {step}; there are {', '.join(PRODUCTION)}")
    cannot = why_not_signed_for(plan)
    if cannot:
        raise EnteringError(cannot)
    fitting = [each for each in person.roles if each in ROLES]
    role = role or (fitting[0] if fitting else "")
    if role not in fitting:
        raise EnteringError(
            f"the {step} of production is for {', '.join(ROLES)}; {person.name} is {', '.join(person.roles)}"
        )
    body: dict[str, Any] = {
        "line": plan.line_id,
        "who": who,
        "name": person.name,
        "role": role,
        "at": format_time(now),
    }
    try:
        canonical(body)
    except CanonicalError as error:
        raise EnteringError(str(error)) from error
    if step == "end":
        if not password:
            raise EnteringError("the end of production is signed: give your password again")
        body[SIGNATURE] = people.sign(
            who,
            password,
            meaning=_MEANING,
            record=signed_bytes(body),
            now=now,
            role=role,
        )
    return Act(time=now, kind=PRODUCTION[step], line=plan.line_id, who=who, body=body)


def check_production(act: Act, plan: Plan | None) -> Body:
    """The body to be recorded of an act that says of production; its signature is right.

    Raises:
        EnteringError: it is refused; the message says why.
    """
    body: Body = dict(act.body)
    cannot = why_not_signed_for(plan)
    if not cannot and body.get("role") not in ROLES:
        cannot = f"the end of production is for {', '.join(ROLES)}"
    if not cannot and body.get("at") != format_time(act.time):
        cannot = "it holds from when it was signed, and says another time"
    if not cannot and body.get("line") != act.line:
        cannot = f"it is signed for line {body.get('line')}, and entered for {act.line}"
    if not cannot and act.kind == PRODUCTION_ENDED and SIGNATURE not in body:
        cannot = "the end of production is signed"
    cannot = cannot or why_not_signed(act.who, body)
    if cannot:
        raise EnteringError(cannot)
    return body
