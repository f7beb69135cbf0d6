"""Calibrations: what the plans ask for, what was entered last, what is due, and look-backs that are not done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ledger.calibration import CALIBRATED, LOOKED_BACK
from ledger.store import Ledger
from readings.times import parse_time
from rules.calibration import calibrations, due_after
from rules.limit import difference_of
from rules.plan import Plan
from rules.sensor import Sensor
from rules.verification import Verification


@dataclass(frozen=True, slots=True)
class EnteredCalibration:
    """A calibration as it stands in the ledger.

    Attributes:
        seq: of its record.
        body: of its record.
        looking_back: it failed, and not everything was decided again yet.
    """

    seq: int
    body: dict[str, Any]
    looking_back: bool

    @property
    def performed(self) -> int:
        """When, ns UTC."""
        return parse_time(self.body["performed"])


@dataclass(frozen=True, slots=True)
class DueCalibration:
    """An instrument that a plan has calibrated.

    Attributes:
        plan: in force.
        sensor: its name in the plan.
        point: of the sensor.
        check: what the plan says.
        last: entered last; None if none was.
        due: when the next is, ns UTC; None where nothing says it.
        overdue: whether that is past: a reminder, no more.
    """

    plan: Plan
    sensor: str
    point: str
    check: Verification
    last: EnteredCalibration | None
    due: int | None
    overdue: bool

    @property
    def series(self) -> str:
        """`line/sensor/point`."""
        return f"{self.plan.line_id}/{self.sensor}/{self.point}"

    @property
    def of(self) -> Sensor:
        """What the plan says of the sensor."""
        return self.plan.sensors[self.sensor]

    @property
    def unit(self) -> str:
        """In which an error of it is measured."""
        return difference_of(self.of.unit).name


def due_calibrations(ledger: Ledger, plans: Iterable[Plan], now: int) -> list[DueCalibration]:
    """Every instrument that the plans in force have calibrated, what is overdue first.

    Args:
        ledger: open for reading.
        plans: in force.
        now: ns UTC.
    """
    last = _last(ledger)
    found = []
    for plan in plans:
        for check in calibrations(plan):
            for sensor in check.of:
                for points in plan.sensors[sensor].point_names().values() if sensor in plan.sensors else ():
                    for point in points:
                        entered = last.get(f"{plan.line_id}/{sensor}/{point}")
                        length = due_after(check)
                        due = (
                            entered.performed + length if entered is not None and length is not None else None
                        )
                        overdue = due is not None and due < now
                        found.append(DueCalibration(plan, sensor, point, check, entered, due, overdue))
    return sorted(
        found, key=lambda each: (not each.overdue, each.last is not None, each.due or 0, each.series)
    )


def _last(ledger: Ledger) -> dict[str, EnteredCalibration]:
    """By series, the one entered last."""
    entered: dict[str, tuple[int, dict[str, Any]]] = {}
    began: set[str] = set()
    after = 0
    while page := ledger.read(after, kind="calibration."):
        for record in page:
            body = record.content
            if record.kind == CALIBRATED:
                entered[body["series"]] = (record.seq, body)
            elif record.kind == LOOKED_BACK:
                began.discard(body["calibration"])
            else:
                began.add(body["calibration"])
        after = page[-1].seq
    return {
        series: EnteredCalibration(seq, body, body["calibration"] in began)
        for series, (seq, body) in entered.items()
    }
