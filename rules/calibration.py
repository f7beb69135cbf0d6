"""Calibrations that a plan asks for: of which sensors, within what, and what an error found means for readings."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pydantic import TypeAdapter, ValidationError

from readings.errors import HaccplineError, UnitError
from readings.times import DAY
from rules.calendar_length import is_length
from rules.limit import difference_of
from rules.plan import Plan
from rules.quantities import Quantity, QuantityText
from rules.sensor import Sensor
from rules.verification import Verification

CALIBRATION = "calibration"  # the `what` of a verification that is one
_DAYS = {"d": 1, "day": 1, "days": 1, "week": 7, "weeks": 7, "month": 31, "months": 31, "y": 366, "year": 366}
_QUANTITY: TypeAdapter[Quantity] = TypeAdapter(QuantityText)


class CalibrationError(HaccplineError):
    """A calibration cannot be taken as it was entered; the message says why."""


def calibrations(plan: Plan) -> list[Verification]:
    """What the plan has calibrated."""
    return [each for each in plan.verification if each.what == CALIBRATION]


def calibration_of(plan: Plan, sensor: str) -> Verification | None:
    """The entry of the plan that has a sensor calibrated; None if none has."""
    return next((each for each in calibrations(plan) if sensor in each.of), None)


def error_of(text: str, sensor: Sensor) -> Fraction:
    """An error as entered, in the unit in which differences of the sensor are measured.

    Raises:
        CalibrationError: no number with a unit that fits.
    """
    unit = difference_of(sensor.unit)
    try:
        quantity = _QUANTITY.validate_python(text)
        return quantity.in_unit(unit)
    except (ValidationError, UnitError) as error:
        raise CalibrationError(
            f"{text!r} is no error of this instrument; write what it shows less the reference, such as 0.05 {unit.name}"
        ) from error


def passes(check: Verification, sensor: Sensor, error: Fraction) -> bool:
    """Whether an error is within the tolerance.

    Raises:
        CalibrationError: the plan names no tolerance, or one that does not measure what the sensor does.
    """
    if check.tolerance is None:
        raise CalibrationError(f"the plan's {check.id} has no tolerance: nothing says when it passes")
    try:
        return abs(error) <= check.tolerance.in_unit(difference_of(sensor.unit))
    except UnitError as wrong:
        raise CalibrationError(f"the plan's {check.id}: {wrong}") from wrong


def due_after(check: Verification) -> int | None:
    """How long after one the next is due at the latest, ns; None where the plan says it in other words."""
    every: Any = check.every
    if every is None or not is_length(every):
        return None
    number, _, unit = every.partition(" ")
    return int(number) * _DAYS[unit] * DAY if unit in _DAYS else None
