"""A person enters a calibration: checked, signed, and put on its way to the journal."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import msgspec

from ledger.canonical import Body, canonical
from ledger.entering import EnteringError
from ledger.errors import CanonicalError
from ledger.people import People, Person
from ledger.signatures import SIGNATURE, signed_bytes, why_not_signed
from ledger.typed_number import TypedNumberError, typed_number
from readings.errors import HaccplineError
from readings.hidden_letters import hides
from readings.inputs import Act, Series
from readings.times import format_time, parse_time
from rules.calibration import CalibrationError, calibration_of, error_of, passes
from rules.limit import difference_of
from rules.plan import Plan

ROLES = ("qa", "engineer")
CALIBRATED = "calibration.entered"
LOOKED_BACK = "calibration.looked_back"
_MEANING = "calibrated"
_TEXTS = ("reference", "certificate", "remark")


class Calibration(msgspec.Struct):
    """A calibration that was entered.

    Attributes:
        id: of the entry.
        performed: when the instrument was held against its reference, ns.
        passed: whether what it was found to be off by is within the tolerance.
        certificate: as entered; empty where there is none.
        named_from: verdicts that begin from here on name it, ns.
    """

    id: str
    performed: int
    passed: bool
    certificate: str
    named_from: int


def enter_calibration(  # noqa: PLR0913 - what a calibration is, who says so, and how it is known to be them
    people: People,
    *,
    plan: Plan,
    sensor: str,
    point: str,
    found: str,
    left: str = "",
    performed: int,
    entered: dict[str, str],
    who: str,
    password: str,
    now: int,
    role: str | None = None,
    id_: str = "",
    person: Person | None = None,
    last: int | None = None,
) -> Act:
    """The act of a person who signs it with their password.

    Args:
        people: who there is.
        plan: of the line, as adopted.
        sensor: of the plan.
        point: of the sensor.
        found: what the instrument showed less the reference, before anything was done to it: `0.05 mg/L`; without a unit
            it is in that of the sensor (a difference of temperatures in K).
        left: likewise when it went back into use; empty where it was left as found.
        performed: when, ns UTC.
        entered: `reference` (the reference instrument or method), `certificate`, `remark`.
        who: the person's id.
        password: theirs; it is signed.
        now: ns UTC.
        role: in which of their roles; the first that may do it if not said.
        id_: of the entry; a new one if not said.
        person: who is known to be them; None: the password says it. It is asked for in any case: it signs.
        last: when the last one of this instrument was performed, ns UTC; None where none was entered.

    Raises:
        EnteringError: it cannot be entered; the message says why.
        SignInRefused: the password is wrong, or too many tries.
    """
    if not password:
        raise EnteringError("a calibration is signed: give your password again")
    if person is None:
        person = people.authenticate(who, password, now=now)
    elif person.id != who:
        raise EnteringError(f"{person.name} is signed in, not {who}")
    found = _with_unit(plan, sensor, found)
    left = _with_unit(plan, sensor, left)
    body: dict[str, Any] = {
        "calibration": id_ or uuid4().hex[:16],
        "series": f"{plan.line_id}/{sensor}/{point}",
        "verification": "",
        "performed": format_time(performed),
        "found": found,
        "left": left or found,
        "tolerance": "",
        "passed": False,
        **{name: entered.get(name, "").strip() for name in _TEXTS},
        "who": who,
        "name": person.name,
        "role": _role(person, role),
    }
    unknown = sorted(set(entered) - set(_TEXTS))
    if unknown:
        raise EnteringError(f"a calibration takes {', '.join(_TEXTS)}, not {', '.join(unknown)}")
    hidden = [name for name in _TEXTS if hides(str(body[name]))]
    if hidden:
        raise EnteringError(
            f"{', '.join(hidden)} holds characters that nobody sees, or that turn the text around: type it again"
        )
    body |= _judged(plan, sensor, point, body)
    _check_texts(body, now)
    _check_order(str(body["series"]), performed, last)
    record = signed_bytes(body)
    body[SIGNATURE] = people.sign(
        who, password, meaning=_MEANING, record=record, now=now, role=str(body["role"])
    )
    act_id = f"calibration-{body['calibration']}"
    return Act(time=now, kind=CALIBRATED, line=plan.line_id, who=who, body=body, id=act_id)


def check_calibration(act: Act, plan: Plan | None, last: Calibration | None) -> tuple[Series, Calibration]:
    """The series and the calibration of an act; its signature is right, and the plan in force says the same of it.

    Args:
        act: as it was heard.
        plan: of the line; None if there is none.
        last: the last one of the series that was entered.

    Raises:
        EnteringError: it is refused; the message says why.
    """
    body: Body = dict(act.body)
    line, _, rest = str(body.get("series", "")).partition("/")
    sensor, _, point = rest.partition("/")
    if plan is None or line != act.line or line != plan.line_id:
        raise EnteringError(f"no line {act.line} is recorded, or {body.get('series')} is not of it")
    said = _judged(plan, sensor, point, body)
    if any(body.get(name) != value for name, value in said.items()):
        raise EnteringError("it was entered by another plan than the one in force: enter it again")
    if body.get("role") not in ROLES or SIGNATURE not in body:
        raise EnteringError(f"a calibration is signed, by {' or '.join(ROLES)}")
    cannot = why_not_signed(act.who, body)
    if cannot:
        raise EnteringError(cannot)
    _check_texts(body, act.time)
    performed = parse_time(str(body["performed"]))
    _check_order(str(body["series"]), performed, last.performed if last is not None else None)
    passed, certificate = bool(body["passed"]), str(body["certificate"])
    return Series(line, sensor, point), Calibration(
        str(body["calibration"]), performed, passed, certificate, performed
    )


def _check_order(series: str, performed: int, last: int | None) -> None:
    if last is not None and performed <= last:
        raise EnteringError(f"{series} was calibrated at {format_time(last)}, which is not before this one")


def _with_unit(plan: Plan, sensor: str, text: str) -> str:
    """The number in plain digits, with the unit that was written behind it, or that of the sensor."""
    number, _, unit = text.strip().partition(" ")
    try:
        number = typed_number(number)
    except TypedNumberError as error:
        raise EnteringError(str(error)) from error
    text = f"{number} {unit.strip()}".strip()
    known = plan.sensors.get(sensor)
    plain = known is not None and re.fullmatch(r"[+-]?[0-9]+([.][0-9]+)?", text)
    return f"{text} {difference_of(known.unit).name}" if plain and known is not None else text


def _role(person: Person, role: str | None) -> str:
    fitting = [each for each in person.roles if each in ROLES]
    role = role or (fitting[0] if fitting else "")
    if role not in fitting:
        raise EnteringError(
            f"a calibration is for {', '.join(ROLES)}; {person.name} is {', '.join(person.roles)}"
        )
    return role


def _judged(plan: Plan, sensor: str, point: str, body: Body) -> Body:
    """What the plan makes of it: the verification that asks for it, its tolerance, and whether it passed."""
    known = plan.sensors.get(sensor)
    if known is None or not any(point in points for points in known.point_names().values()):
        raise EnteringError(f"the plan of {plan.line_id} has no sensor {sensor} with a point {point}")
    check = calibration_of(plan, sensor)
    if check is None:
        raise EnteringError(
            f"the plan of {plan.line_id} does not have {sensor} calibrated: add it to verification"
        )
    try:
        passed = passes(check, known, error_of(str(body.get("found", "")), known))
        left = error_of(str(body.get("left", "")), known)
        if not passes(check, known, left):
            raise EnteringError(
                f"{sensor} was left at {body.get('left')}, beyond {check.tolerance}: it cannot go back into use so;"
                " adjust it or put another in its place, and say how that was left"
            )
    except CalibrationError as error:
        raise EnteringError(str(error)) from error
    return {"verification": check.id, "tolerance": str(check.tolerance), "passed": passed}


def _check_texts(body: Body, now: int) -> None:
    try:
        canonical(body)
        performed = parse_time(str(body.get("performed", "")))
    except (CanonicalError, HaccplineError) as error:
        raise EnteringError(str(error)) from error
    if performed > now:
        raise EnteringError(f"it was performed at {body['performed']}, and it is {format_time(now)}")
    if not str(body.get("reference", "")).strip():
        raise EnteringError(
            "a calibration names its reference: the instrument or the method it was held against"
        )
    long = [name for name in _TEXTS if len(str(body.get(name, ""))) > 500]
    if long:
        raise EnteringError(f"{', '.join(long)}: at most 500 characters")
