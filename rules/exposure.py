"""Exposure: lethal rate over time, as [low, best, high], between the readings that bound it.

Between two readings the rate is credited at the lesser of the two, can have been as great as the greater, and is best
estimated by a temperature that went linearly from one to the other (whose mean rate is the logarithmic mean of the two),
or by the trapezoid. A valley or a peak between two readings is not seen by either bound: read often enough. Readings
further apart than the table allows bound nothing: what lies between them counts nothing, also as the best estimate, and
at most as the hottest that the sensor can read. So fewer readings never earn more: with regular readings, leaving one
out makes a span that earns nothing.

Everything is in grains, `2 ** -GRAIN` microseconds at a rate of 1, in whole numbers: rounded down below, up above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from readings.block import I64
from readings.times import MINUTE, US
from rules.lethal_rate import GRAIN, RateTable

MINUTE_OF_GRAINS = MINUTE // US << GRAIN
Credit = Literal["lower bound", "log-mean", "trapezoid"]
_MOST = 2**61


@dataclass(frozen=True, slots=True)
class Exposures:
    """Of each span between two readings, in grains; int64 [n - 1], `low <= best <= high`."""

    low: I64
    best: I64
    high: I64

    def by(self, credit: Credit) -> I64:
        """The one that a plan credits."""
        return self.low if credit == "lower bound" else self.best


def exposures(
    table: RateTable, time: I64, low: I64, high: I64, *, credit: Credit = "lower bound"
) -> Exposures:
    """What each span between two readings counts.

    Args:
        table: of the sensor.
        time: int64 [n], ns, increasing.
        low: int64 [n], the least reading of each time, in steps of resolution.
        high: int64 [n], the greatest.
        credit: `trapezoid` makes the best estimate one; else it is the logarithmic mean.
    """
    last = table.low.size - 1
    shift = table.bits - GRAIN
    below = np.clip(low - (table.first - 1), 0, last)
    above = below if high is low else np.clip(high - (table.first - 1), 0, last)
    least, most = _between(time, table.tick)
    seen = np.diff(time) <= table.longest
    all_seen = bool(seen.all())
    if not all_seen:
        least, most = np.where(seen, least, 0), np.where(seen, most, 0)
    scale = table.tick // US
    bottom = (table.low[np.minimum(below[1:], below[:-1])] * least >> shift) * scale
    top = -(-(table.high[np.maximum(above[1:], above[:-1])] * most) >> shift) * scale
    middle = below if above is below else (below + above) >> 1
    mean = _trapezoid(table, middle) if credit == "trapezoid" else _log_mean(table, middle)
    best = (mean * most >> shift) * scale
    if not all_seen:
        gap = np.minimum(np.diff(time) // US + 1, _MOST // max(table.unseen, 1)) * table.unseen
        top = np.where(seen, top, gap)
    return Exposures(bottom, np.clip(best, bottom, top), top)


def _between(time: I64, tick: int) -> tuple[I64, I64]:
    """Whole ticks that certainly lie between two times, and that all of it lies in."""
    whole = time // tick
    part = time - whole * tick
    spans = np.diff(whole)
    if not part.any():
        return spans, spans
    begun = part > 0
    return np.maximum(spans - begun[:-1], 0), spans + begun[1:]


def _log_mean(table: RateTable, row: I64) -> I64:
    """The mean rate of a temperature that goes linearly from one row to the next."""
    steps = np.diff(row)
    still = steps == 0
    if still.all():
        return table.best[row[1:]]
    mean = np.diff(table.area[row]) // np.where(still, 1, steps)
    return np.where(still, table.best[row[1:]], mean)


def _trapezoid(table: RateTable, row: I64) -> I64:
    rate = table.best[row]
    return (rate[1:] + rate[:-1]) >> 1


def running(start: int, spans: I64, *, unit: int) -> tuple[I64, int]:
    """The sum so far after each span.

    Args:
        start: grains before the first.
        spans: grains of each, int64 [n], none negative.
        unit: grains in a step of what is told, below 2 ** 31.

    Returns:
        int64 [n], whole steps, rounded down, at most 2 ** 62; and the sum in grains, exact.
    """
    if not spans.size:
        return spans, start
    steps, rest = divmod(start, unit)
    if int(spans.max()) < 2**62 // spans.size and steps < 2**61:
        sums = np.cumsum(spans) + rest
        return steps + sums // unit, steps * unit + int(sums[-1])
    half = 2**31  # too great for one column: the halves of each are summed on their own
    upper, lower = np.cumsum(spans >> 31), np.cumsum(spans & (half - 1)) + rest % half
    upper += (lower >> 31) + rest // half
    lower &= half - 1
    whole, over = upper // unit, upper % unit
    told = np.where(whole < 2**30, whole * half + (over * half + lower) // unit, 2**62)
    return np.minimum(told + min(steps, 2**61), 2**62), steps * unit + int(upper[-1]) * half + int(lower[-1])
