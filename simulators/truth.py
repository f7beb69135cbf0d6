"""What is true of a fault: what a judge must raise for it, from when to when, and which lots it concerns.

Nothing here knows the engine: spans are read off the played values with a comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from readings.inputs import LONE_POINT
from readings.times import AHEAD, ALWAYS, DAY, HOUR, MINUTE, SECOND, format_time
from simulators.expectations import EXPECTED, Bound, Expectations, Judged
from simulators.faults import STORE, Fault
from simulators.plant import Plant
from simulators.register_map import MODBUS
from simulators.signals import F64, I64, Key, Played

Bools = npt.NDArray[np.bool_]

DEVIATION, LOSS, INSTRUMENT, NOTHING = "deviation", "monitoring_loss", "instrument_fault", "nothing"
_JOINED = 20  # samples between two runs beyond a bound that are one excursion: noise at its edge


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
        tolerance: ns by which a judge may begin or end otherwise: rounding, confirmation, clearing, noise at the bound.
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


def truths(plant: Plant, *, expected: Expectations = EXPECTED) -> tuple[Truth, ...]:
    """What must be raised for each fault of a plant; at least one truth for each.

    A loss of a late upload is withdrawn when the upload comes; it was one all the same.

    Args:
        plant: with its faults, which must not overlap on a line.
        expected: what the plans ask for.
    """
    return tuple(truth for fault in plant.faults for truth in _Oracle(plant, fault, expected).truths())


@dataclass(frozen=True, slots=True)
class _Oracle:
    plant: Plant
    fault: Fault
    expected: Expectations

    def truths(self) -> list[Truth]:
        kind = self.fault.kind
        found: list[Truth] = []
        if kind in ("low_ozone", "cold_spot", "compressor", "door_open"):
            for bound in self.expected.bounds:
                found += self._beyond(bound) if bound.line == self.fault.line else []
        elif kind == "stuck":
            found = self._still()
        elif kind == "refused":
            judged = {bound.sensor for bound in self.expected.bounds if bound.line == self.fault.line}
            if self.fault.sensor in judged and self._silent():
                points = (self.fault.point,) if self.fault.point else ()
                found = [self._truth(LOSS, sensor=self.fault.sensor, points=points)]
        elif kind != "slow" and self._silent():
            found = [self._truth(LOSS)]
        return found or [self._truth(NOTHING)]

    def _truth(
        self,
        raises: str,
        *,
        points: Sequence[str] = (),
        sensor: str = "",
        span: tuple[int, int] | None = None,
    ) -> Truth:
        line = self.fault.line
        start, end = span or (self.fault.start, self.fault.end)
        tolerance = 2 * self.plant.every[line] + (30 * MINUTE if line == STORE else 30 * SECOND)
        texts = self.plant.lines[line].texts(start, end)
        lots = dict.fromkeys(each.text for each in texts if each.sensor == self.expected.lot[line])
        return Truth(self.fault, raises, sensor, tuple(points), start, end, tolerance, tuple(lots))

    def _silent(self) -> bool:
        """Whether nothing believable is heard for longer than the plan waits."""
        wait = self.expected.loss[self.fault.line]
        long = self.fault.end - self.fault.start + self.plant.every[self.fault.line] > wait
        if self.fault.kind != "clock_step":
            return long
        by = int(self.fault.by * SECOND)
        if self.fault.line in MODBUS:
            return long and abs(by) > self.expected.clock
        return (
            long and by > AHEAD
        ) or -by > wait  # a logger's readings may be old, but none is from the future

    def _still(self) -> list[Truth]:
        """Spans of a stuck sensor, while it is judged, by whose end it stood for longer than the plan lets it, in all."""
        fault, patience = self.fault, self.expected.stuck.get((self.fault.line, self.fault.sensor))
        if patience is None:
            return []
        played = self.plant.played(fault.line, fault.start, fault.end)
        judged = _judged(played, self.expected.judged.get(fault.line))
        points = (fault.point,) if fault.point else ()
        spans = _spans(played.series[fault.key].time, judged, self.plant.every[fault.line])
        stood = accumulate(end - start for start, end in spans)
        return [
            self._truth(INSTRUMENT, sensor=fault.sensor, points=points, span=span)
            for span, seen in zip(spans, stood, strict=True)
            if seen > patience
        ]

    def _beyond(self, bound: Bound) -> list[Truth]:
        """Spans beyond a bound that would not be there without the fault."""
        fault, judged = self.fault, self.expected.judged.get(self.fault.line)
        begin = fault.start - (judged.settle + self.plant.every[fault.line] if judged else 0)
        end = fault.end + (2 * DAY if fault.line == STORE else HOUR)
        others = replace(self.plant, faults=tuple(each for each in self.plant.faults if each is not fault))
        ill, well = (plant.played(fault.line, begin, end) for plant in (self.plant, others))
        keys = [key for key in ill.series if _meant(key, bound)]
        over = {key: _over(ill, key, bound) & _judged(ill, judged) for key in keys}
        already = np.any([_over(well, key, bound) for key in keys], axis=0) & _judged(well, judged)
        time = ill.series[keys[0]].time
        any_over = np.any(list(over.values()), axis=0) & (time >= fault.start)
        cleared = bound if bound.clears is None else replace(bound, at_most=bound.clears)
        beyond = np.any([_over(ill, key, cleared) for key in keys], axis=0) & _judged(ill, judged)
        found = []
        for run in _spans(time, beyond & (time >= fault.start), self.plant.every[fault.line]):
            inside = (time >= run[0]) & (time < run[1])
            if not any_over[inside].any():
                continue
            span = (int(time[inside & any_over][0]), run[1])
            if span[1] - span[0] > bound.tolerated and not already[inside].all():
                points = [point for _, point in keys if over[bound.sensor, point][inside].any()]
                lone = len(keys) == 1 and points == [LONE_POINT]
                found.append(
                    self._truth(DEVIATION, sensor=bound.sensor, points=[] if lone else points, span=span)
                )
        return found


def _meant(key: Key, bound: Bound) -> bool:
    return key[0] == bound.sensor and (not bound.zone or key[1].partition(".")[0] == bound.zone)


def _over(played: Played, key: Key, bound: Bound) -> Bools:
    value: F64 = np.round(played.series[key].value * bound.steps) / bound.steps
    over = np.zeros(len(value), np.bool_)
    if bound.at_least is not None:
        over |= value < bound.at_least
    if bound.at_most is not None:
        over |= value > bound.at_most
    return over


def _judged(played: Played, when: Judged | None) -> Bools:
    """Whether each sample is judged; what the line did when the span began, it had done for long."""
    time = next(iter(played.series.values())).time
    if when is None or not len(time):
        return np.ones(len(time), np.bool_)
    on = played.series[when.sensor, LONE_POINT].value == when.code
    begins = on & ~np.concatenate(([True], on[:-1]))
    since = np.maximum.accumulate(np.where(begins, time, ALWAYS // 2))
    return np.asarray(on & (time - since >= when.settle))


def _spans(time: I64, over: Bools, every: int) -> list[tuple[int, int]]:
    """First time beyond and first time back of each run, those close to each other joined."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], over, [False])).astype(np.int8)))
    spans: list[tuple[int, int]] = []
    for first, behind in edges.reshape(-1, 2).tolist():
        start, end = int(time[first]), int(time[behind - 1]) + every
        if spans and start - spans[-1][1] <= _JOINED * every:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans
