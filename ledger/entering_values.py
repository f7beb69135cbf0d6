"""A person enters a value measured by hand: known, in time, possible, and put on its way to the journal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from ledger.canonical import Body, canonical
from ledger.entering import EnteringError
from ledger.errors import CanonicalError
from ledger.people import Person
from ledger.typed_number import TypedNumberError, typed_number
from readings.entered import ENTERED
from readings.hidden_letters import blank, hides
from readings.inputs import LONE_POINT, Act
from readings.times import MINUTE, format_duration, format_time
from readings.units import decimal_text
from rules.by_hand import ByHand
from rules.plan import Plan

ROLES = ("operator", "qa", "engineer")
_AHEAD = MINUTE  # a clock on the wall may be ahead of ours by so much
_LONGEST = 1000  # characters of a note
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured.

    Attributes:
        name: of the value in the plan.
        value: a decimal number as typed, in the value's unit; see `ledger.typed_number`.
        at: when it was measured, ns UTC; None: just now.
        zone: where; empty for the line.
        note: words of who measured it; may be empty.
    """

    name: str
    value: str
    at: int | None = None
    zone: str = ""
    note: str = ""


def enter_value(plan: Plan, measured: Measured, person: Person, *, now: int, role: str | None = None) -> Act:
    """The act of a person who is known, by password or session.

    Args:
        plan: of the line, as it holds now.
        measured: what was.
        person: who enters it.
        now: ns UTC.
        role: in which of their roles; the first that may enter values if not said.

    Raises:
        EnteringError: no such value, a number that cannot be, of a time that is past or to come, or nobody who may.
    """
    value = plan.by_hand.get(measured.name)
    if value is None:
        known = ", ".join(plan.by_hand) or "none"
        raise EnteringError(
            f"{plan.line_id} has no value {measured.name!r} that is entered by hand; it has {known}"
        )
    fitting = [each for each in person.roles if each in ROLES]
    role = role or (fitting[0] if fitting else "")
    if role not in fitting:
        raise EnteringError(
            f"a value is entered by {', '.join(ROLES)}; {person.name} is {', '.join(person.roles)}"
        )
    number = _number(measured, value)
    if len(measured.note.strip()) > _LONGEST:
        raise EnteringError(f"note: at most {_LONGEST} characters")
    if hides(measured.note):
        raise EnteringError(
            "note holds characters that nobody sees, or that turn the text around: type it again"
        )
    at = measured.at if measured.at is not None else now
    late = _late(at, value, now)
    body: Body = {
        "sensor": measured.name,
        "point": _point(measured, value),
        "value": decimal_text(number),
        "unit": value.unit.name,
        "measured": format_time(at),
        "entered": format_time(now),
        "late": late,
        "who": person.id,
        "name": person.name,
        "role": role,
    }
    if not blank(measured.note):
        body["note"] = measured.note.strip()
    try:
        canonical(body)
    except CanonicalError as error:
        raise EnteringError(str(error)) from error
    return Act(time=now, kind=ENTERED, line=plan.line_id, who=person.id, body=body)


def _number(measured: Measured, value: ByHand) -> Fraction:
    try:
        typed = typed_number(measured.value)
    except TypedNumberError as error:
        raise EnteringError(str(error)) from error
    if not _NUMBER.fullmatch(typed):
        raise EnteringError(f"{measured.value!r} is no number; write one such as {_example(value)}")
    number = Fraction(typed)
    step = value.resolution if value.resolution is not None else Fraction(1)
    if (number / step).denominator != 1:
        raise EnteringError(
            f"{measured.value} is finer than {measured.name} is read off: in steps of {decimal_text(step)}"
        )
    if value.range is not None and not value.range[0] <= number <= value.range[1]:
        low, high = (decimal_text(each) for each in value.range)
        raise EnteringError(
            f"{measured.value} cannot be: {measured.name} lies between {low} and {high} {value.unit.name}"
        )
    return number


def _example(value: ByHand) -> str:
    step = value.resolution if value.resolution is not None else Fraction(1)
    middle = (value.range[0] + value.range[1]) / 2 if value.range is not None else 8 * step
    return decimal_text(middle // step * step)


def _late(at: int, value: ByHand, now: int) -> bool:
    """Whether it is entered so long after it was measured that the record says so."""
    if at > now + _AHEAD:
        raise EnteringError(f"{format_time(at)} is still to come")
    if now - at > value.back_to:
        raise EnteringError(
            f"measured {format_time(at)}, more than {format_duration(value.back_to)} ago: that is too late to be"
            " entered as a reading; write it into the case"
        )
    return now - at > value.late_after


def _point(measured: Measured, value: ByHand) -> str:
    if value.zones is None:
        if measured.zone:
            raise EnteringError(f"{measured.name} has no zones")
        return LONE_POINT
    if measured.zone not in value.zones:
        raise EnteringError(f"say where {measured.name} was measured: {', '.join(value.zones)}")
    return f"{measured.zone}.1"
