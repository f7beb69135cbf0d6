"""What the archive says of a day: how many readings, how many unusable, the extremes while the limit was judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dashboards.reports.daily_builder import DayReadings
from dashboards.reports.days import Day, Timeline, judged_spans
from dashboards.reports.measured import Interval, Reading, beats, extreme_of, usable
from dashboards.reports.past import Past
from ingest.history import History
from ledger.timelines import Key
from readings.block import I64, Block
from readings.inputs import Series
from rules.plan import Plan, limits_of
from rules.sensor import Sensor


def day_readings(
    history: History, past: Past, timelines: Sequence[Timeline], day: Day, until: int
) -> tuple[dict[Key, DayReadings], dict[Series, Block]]:
    """For each timeline, its readings of that day; and these by series, each of which is read once."""
    known: dict[Series, Block] = {}
    found: dict[Key, DayReadings] = {}
    for timeline in timelines:
        plan = past.plans.plan(timeline.spans[-1].plan)
        sensor = _sensor(plan, timeline.key) if plan is not None else None
        if plan is None or sensor is None:
            continue
        name, needs, averaged = sensor
        spans = judged_spans(timeline, day, until)
        total = DayReadings()
        for series in sorted(
            {Series(*each["series"].split("/")) for span in timeline.spans for each in span.sensors}
        ):
            if series.sensor == name:
                if series not in known:
                    known[series] = history.rows(series, day.start, day.end)
                total = _joined(total, _read(known[series], series, needs, [] if averaged else spans))
        found[timeline.key] = total
    return found, known


def _sensor(plan: Plan, key: Key) -> tuple[str, Sensor, bool] | None:
    """What a limit holds, and whether it does so by means: then no reading is the worst."""
    for point, _, limit in limits_of(plan):
        if (point.id, limit.id) == key[1:3] and limit.of in plan.sensors:
            return limit.of, plan.sensors[limit.of], limit.derived is not None
    return None


def _read(block: Block, series: Series, sensor: Sensor, spans: list[Interval]) -> DayReadings:
    judged = block.take(_within(block.time, spans))
    return DayReadings(
        len(block),
        int((~usable(block, sensor)).sum()),
        extreme_of(judged, series, sensor, False),
        extreme_of(judged, series, sensor, True),
    )


def _within(time: I64, spans: list[Interval]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(time), np.bool_)
    for start, end in spans:
        inside |= (time >= start) & (time < end)
    return inside


def _joined(one: DayReadings, other: DayReadings) -> DayReadings:
    return DayReadings(
        one.readings + other.readings,
        one.unusable + other.unusable,
        _worse(one.lowest, other.lowest, False),
        _worse(one.highest, other.highest, True),
    )


def _worse(one: Reading | None, other: Reading | None, greater: bool) -> Reading | None:
    if one is None or other is None:
        return one or other
    return one if beats(one, other, greater) else other
