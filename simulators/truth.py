"""What is true of a fault: what a judge must raise for it, from when to when, and which lots it concerns.

Nothing here knows a rule of the engine: spans are read off the played values with a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from readings.inputs import LONE_POINT
from readings.times import AHEAD, DAY, HOUR, MINUTE, SECOND, format_time
from simulators.faults import RETORT, STORE, WATER, Fault
from simulators.plant import Plant
from simulators.register_map import MODBUS
from simulators.retort import HOLD
from simulators.signals import F64, I64, Key, Played
from simulators.water import RUNNING

DEVIATION, LOSS, INSTRUMENT, NOTHING = "deviation", "monitoring_loss", "instrument_fault", "nothing"


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit, as far as a truth needs it.

    Attributes:
        line: on which line.
        sensor: of which sensor.
        zone: only these points' zone; empty: all.
        at_least: lower bound; None without.
        at_most: upper bound; None without.
        steps: per unit, in which the plan judges: 10 where it resolves 0.1.
        tolerated: an excursion up to this long is none, ns.
        only: sensor and code in which it holds; empty: always.
    """

    line: str
    sensor: str
    zone: str = ""
    at_least: float | None = None
    at_most: float | None = None
    steps: int = 10
    tolerated: int = 0
    only: tuple[str, int] | None = None


BOUNDS: tuple[Bound, ...] = (
    Bound(WATER, "o3_contact", at_least=0.25, steps=100, only=("filler_state", RUNNING)),
    Bound(WATER, "o3_filler", at_least=0.10, steps=100, only=("filler_state", RUNNING)),
    Bound(RETORT, "tid", at_least=121.0, only=("phase", HOLD)),
    Bound(RETORT, "r", at_least=121.0, only=("phase", HOLD)),
    Bound(STORE, "air", zone="CS1", at_most=-15.0, tolerated=60 * MINUTE),
    Bound(STORE, "air", zone="CS2", at_most=-15.0, tolerated=60 * MINUTE),
    Bound(STORE, "air", zone="DOCK", at_most=10.0, tolerated=15 * MINUTE),
    Bound(STORE, "food", zone="CS1", at_most=-18.0),
    Bound(STORE, "food", zone="CS2", at_most=-18.0),
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a plan waits.

    Attributes:
        loss: by line, from the last usable reading to a monitoring loss, ns.
        stuck: how long counts may stand still before the instrument is at fault, ns.
        clock: how far the clock of a polled device may be wrong, ns.
    """

    loss: Mapping[str, int]
    stuck: int = 30 * MINUTE
    clock: int = 2 * MINUTE


PATIENCE = Patience({WATER: 5 * MINUTE, RETORT: MINUTE, STORE: 2 * HOUR})
LOT_TEXT: Mapping[str, str] = {WATER: "filler_lot", RETORT: "cycle_id", STORE: "lot"}


@dataclass(frozen=True, slots=True)
class Truth:
    """What must be raised for a fault.

    Attributes:
        fault: what went wrong.
        raises: `deviation`, `monitoring_loss`, `instrument_fault` or `nothing`.
        sensor: on which sensor; empty: on all of the line.
        points: at which of its points; empty: at all.
        start: from when, ns UTC, event time.
        end: to when, ns UTC.
        tolerance: ns by which a judge may begin or end otherwise: rounding, confirmation, noise near the bound.
        lots: concerned.
    """

    fault: Fault
    raises: str
    sensor: str
    points: tuple[str, ...]
    start: int
    end: int
    tolerance: int
    lots: tuple[str, ...]

    def shown(self) -> dict[str, object]:
        """As it is written to a file."""
        fault = self.fault
        return {
            "fault": {
                "kind": fault.kind,
                "line": fault.line,
                "sensor": fault.sensor,
                "point": fault.point,
                "zone": fault.zone,
                "size": fault.by,
                "start": format_time(fault.start),
                "end": format_time(fault.end),
            },
            "raises": self.raises,
            "sensor": self.sensor,
            "points": list(self.points),
            "start": format_time(self.start),
            "end": format_time(self.end),
            "tolerance_seconds": self.tolerance / SECOND,
            "lots": list(self.lots),
        }


def truths(
    plant: Plant, *, bounds: Sequence[Bound] = BOUNDS, patience: Patience = PATIENCE
) -> tuple[Truth, ...]:
    """What must be raised for each fault of a plant; at least one truth for each.

    Args:
        plant: with its faults.
        bounds: the limits of the plans; without others, those of the plans that the plant was made for.
        patience: of the plans.
    """
    return tuple(truth for fault in plant.faults for truth in _truths(plant, fault, bounds, patience))


def _truths(plant: Plant, fault: Fault, bounds: Sequence[Bound], patience: Patience) -> list[Truth]:
    lasts, wait = fault.end - fault.start, patience.loss[fault.line]
    every = plant.every[fault.line]
    if fault.kind in ("low_ozone", "cold_spot", "compressor", "door_open"):
        found = [
            each for bound in bounds if bound.line == fault.line for each in _beyond(plant, fault, bound)
        ]
        return found or [_truth(plant, fault, NOTHING)]
    if fault.kind == "stuck":
        raised = INSTRUMENT if lasts > patience.stuck else NOTHING
        return [_truth(plant, fault, raised, sensor=fault.sensor, points=(fault.key[1],))]
    lost = lasts + every > wait
    if fault.kind == "clock_step":
        by = int(fault.by * SECOND)
        if fault.line in MODBUS:
            lost &= abs(by) > patience.clock
        else:  # a logger's readings may be old; they are not believed from the future, and old ones are not today's
            lost = (lost and by > AHEAD) or -by > wait
    return [_truth(plant, fault, LOSS if lost else NOTHING)]


def _truth(  # noqa: PLR0913 - the parts of a truth
    plant: Plant,
    fault: Fault,
    raises: str,
    *,
    sensor: str = "",
    points: tuple[str, ...] = (),
    span: tuple[int, int] | None = None,
) -> Truth:
    start, end = span or (fault.start, fault.end)
    every = plant.every[fault.line]
    tolerance = 2 * every + (30 * MINUTE if fault.line == STORE else 30 * SECOND)
    texts = [
        each for each in plant.lines[fault.line].texts(start, end) if each.sensor == LOT_TEXT[fault.line]
    ]
    lots = tuple(dict.fromkeys(each.text for each in texts))
    return Truth(fault, raises, sensor, points, start, end, tolerance, lots)


def _beyond(plant: Plant, fault: Fault, bound: Bound) -> list[Truth]:
    """Spans beyond a bound that would not be there without the fault."""
    until = fault.end + (2 * DAY if fault.line == STORE else HOUR)
    others = replace(plant, faults=tuple(each for each in plant.faults if each is not fault))
    alone = plant.played(fault.line, fault.start, until)
    well = others.played(fault.line, fault.start, until)
    keys = [key for key in alone.series if _meant(key, bound)]
    over = np.any([_over(alone, key, bound) for key in keys], axis=0)
    already = np.any([_over(well, key, bound) for key in keys], axis=0)
    time = next(iter(alone.series.values())).time
    found = []
    for start, end in _spans(time, over, plant.every[fault.line]):
        inside = (time >= start) & (time < end)
        if end - start > bound.tolerated and not already[inside].all():
            points = tuple(
                point for sensor, point in keys if _over(alone, (sensor, point), bound)[inside].any()
            )
            shown = () if points == (LONE_POINT,) and len(keys) == 1 else points
            found.append(
                _truth(plant, fault, DEVIATION, sensor=bound.sensor, points=shown, span=(start, end))
            )
    return found


def _meant(key: Key, bound: Bound) -> bool:
    return key[0] == bound.sensor and (not bound.zone or key[1].partition(".")[0] == bound.zone)


def _over(played: Played, key: Key, bound: Bound) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    value: F64 = np.round(played.series[key].value * bound.steps) / bound.steps
    over = np.zeros(len(value), np.bool_)
    if bound.at_least is not None:
        over |= value < bound.at_least
    if bound.at_most is not None:
        over |= value > bound.at_most
    if bound.only is not None:
        over &= played.series[bound.only[0], LONE_POINT].value == bound.only[1]
    return over


def _spans(
    time: I64, over: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], every: int
) -> list[tuple[int, int]]:
    """First time beyond and first time back of each run, runs closer than 20 samples joined."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], over, [False])).astype(np.int8)))
    spans: list[tuple[int, int]] = []
    for first, behind in edges.reshape(-1, 2).tolist():
        start, end = int(time[first]), int(time[behind - 1]) + every
        if spans and start - spans[-1][1] <= 20 * every:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans
