"""What the archive adds to a report: which reading was the worst and when, the last good one, the curve for the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboards.chart import Trace
from ingest.history import History
from readings.block import Block
from readings.inputs import Series
from readings.quality import Quality
from readings.times import HOUR, MINUTE
from rules.limit import Limit
from rules.sensor import Sensor

Interval = tuple[int, int]  # from, to (not included), ns UTC
_LOOK = 12 * HOUR  # for the last reading before an event
_BUCKETS = 600
_FINE = 4000  # buckets in which the worst is looked for, so that no long event is read whole


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading: its value in the sensor's unit, its time in ns UTC, its series."""

    value: float
    time: int
    series: Series


@dataclass(frozen=True, slots=True)
class Measured:
    """What readings say of an event.

    Attributes:
        worst: the first reading with the worst value.
        before: time of the last usable reading before it, of the point that was heard longest ago; None if any was not.
        inside: time of the last usable reading in it.
        traces: the curve around it, a point each.
        window: from when to when the curve goes.
    """

    worst: Reading | None
    before: int | None
    inside: int | None
    traces: tuple[Trace, ...]
    window: Interval


def upward(limit: Limit) -> bool | None:
    """Whether the greater value is the worse; None where a limit has no such direction."""
    given = set(limit.held.given)
    if len(given) != 1:
        return None
    return bool(given & {"at_most", "below"})


def usable(block: Block, sensor: Sensor) -> npt.NDArray[np.bool_]:
    """Which readings count as evidence by the plan: their quality, a value, within the sensor's range."""
    worst = Quality.UNCERTAIN if sensor.uncertain == "evidence" else Quality.GOOD
    kept = (block.quality <= worst) & ~np.isnan(block.value)
    if sensor.range is not None:
        low, high = sensor.range
        kept &= (block.value >= float(low)) & (block.value <= float(high))
    found: npt.NDArray[np.bool_] = kept
    return found


def measure(  # noqa: PLR0913 - what is looked for, where
    history: History,
    *,
    series: Sequence[Series],
    sensor: Sensor,
    limit: Limit,
    span: Interval,
    worst: float | None,
    until: int,
    beside: Sequence[Series] = (),
) -> Measured:
    """What readings say of an event.

    Args:
        history: of the archive.
        series: that the limit holds.
        sensor: of the plan.
        limit: of the plan.
        span: of the event; an open one ends where time has come to.
        worst: as decided; None looks for it, where the limit has a direction.
        until: how far time has come, ns UTC.
        beside: other series of the same unit, drawn with them.
    """
    start, end = span
    lasted = end - start
    margin = max(5 * MINUTE, min(5 * lasted, HOUR // 2), min(lasted // 2, 12 * HOUR))
    window = (start - margin, max(start + 1, min(end + margin, until)))
    lasts = [_last(history.rows(one, start - _LOOK, start), sensor) for one in series]
    insides = [_last(history.rows(one, max(start, end - _LOOK), end), sensor) for one in series]
    return Measured(
        worst=_worst(history, series, sensor, limit, span, worst) if limit.derived is None else None,
        before=None if None in lasts else min((each for each in lasts if each is not None), default=None),
        inside=max((each for each in insides if each is not None), default=None),
        traces=tuple(
            replace(each, name=one.sensor) if beside else each
            for one in (*series, *beside)
            for each in (trace(history, one, *window),)
        ),
        window=window,
    )


def trace(history: History, series: Series, start: int, end: int) -> Trace:
    """A series as a chart draws it."""
    found = history.buckets(series, start, end, _BUCKETS)
    width = int(found.start[1] - found.start[0]) if len(found.start) > 1 else end - start
    columns = [column.tolist() for column in (found.start, found.low, found.high, found.last)]
    return Trace(series.point, columns[0], columns[1], columns[2], columns[3], width)


def _worst(  # noqa: PLR0913 - what is looked for, where
    history: History,
    series: Sequence[Series],
    sensor: Sensor,
    limit: Limit,
    span: Interval,
    known: float | None,
) -> Reading | None:
    greater = upward(limit)
    step = float(sensor.step)
    found: Reading | None = None
    for one in series:
        buckets = history.buckets(one, *span, _FINE)
        width = int(buckets.start[1] - buckets.start[0]) if len(buckets.start) > 1 else span[1] - span[0]
        if known is not None:
            near = (buckets.low - step / 2 <= known) & (known <= buckets.high + step / 2)
            order = np.flatnonzero(near)
        elif greater is not None:
            edge = buckets.high if greater else buckets.low
            order = np.flatnonzero(~np.isnan(edge))
            order = order[np.argsort(-edge[order] if greater else edge[order], kind="stable")]
        else:
            return None
        for bucket in order.tolist():
            begin = int(buckets.start[bucket])
            block = history.rows(one, begin, min(begin + width, span[1]))
            if known is not None:
                here = _first_at(block, one, sensor, known, step)
            else:
                here = extreme_of(block, one, sensor, greater is True)
            if here is None:
                continue
            if found is None or (
                here.time < found.time if known is not None else beats(here, found, greater)
            ):
                found = here
            break
    return found


def beats(one: Reading, other: Reading, greater: bool | None) -> bool:
    """Whether one reading is worse than another; of two alike the earlier is."""
    if one.value == other.value:
        return one.time < other.time
    return one.value > other.value if greater else one.value < other.value


def extreme_of(block: Block, series: Series, sensor: Sensor, greater: bool) -> Reading | None:
    """The greatest or least usable reading of a block of one series; of several the first."""
    rows = np.flatnonzero(usable(block, sensor))
    if not len(rows):
        return None
    place = rows[np.argmax(block.value[rows]) if greater else np.argmin(block.value[rows])]
    return Reading(float(block.value[place]), int(block.time[place]), series)


def _first_at(block: Block, series: Series, sensor: Sensor, value: float, step: float) -> Reading | None:
    rows = np.flatnonzero(usable(block, sensor) & (np.abs(block.value - value) <= step / 2))
    if not len(rows):
        return None
    return Reading(float(block.value[rows[0]]), int(block.time[rows[0]]), series)


def _last(block: Block, sensor: Sensor) -> int | None:
    rows = np.flatnonzero(usable(block, sensor))
    return int(block.time[rows[-1]]) if len(rows) else None
