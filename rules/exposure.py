"""Exposure: lethal rate over time, as [low, best, high], between the readings that bound it.

Between two readings the rate is credited at the lesser of the two, can have been as great as the greater, and is best
estimated by a temperature that went linearly from one to the other (whose mean rate is the logarithmic mean of the two),
or by the trapezoid. A valley or a peak between two readings is not seen by either bound: read often enough. Readings
further apart than the table allows bound nothing: what lies between them counts nothing, also as the best estimate, and
at most as the hottest that the sensor can read, or that the value can have come to if the plan says how fast it moves
(see `rules.bridge`). So fewer readings never earn more: with regular readings, leaving one out makes a span that earns
nothing.

Everything is in grains, `2 ** -GRAIN` microseconds at a rate of 1, in whole numbers: rounded down below, up above.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import numpy as np

from readings.block import I64
from readings.times import MINUTE, US
from rules.exact_ratio import floor_ratio
from rules.lethal_rate import GRAIN, RateTable

MINUTE_OF_GRAINS = MINUTE // US << GRAIN
Credit = Literal["lower bound", "log-mean", "trapezoid"]
_MOST = 2**61
_NEAR = 16  # rows
_ACROSS = 2 * _NEAR + 1
_SMALL = 4096  # rows of a table of which all near stretches may be kept
_SELDOM = 8  # one stretch in so many may last otherwise than the others


@dataclass(frozen=True, slots=True)
class Exposures:
    """Of each stretch between two readings, in grains; int64 [n], `low <= best <= high`."""

    low: I64
    best: I64
    high: I64

    def by(self, credit: Credit) -> I64:
        """The one that a plan credits."""
        return self.low if credit == "lower bound" else self.best


def exposures(  # noqa: PLR0913 - a stretch, in columns
    table: RateTable,
    *,
    lasts: I64,
    apart: I64,
    low: tuple[I64, I64],
    high: tuple[I64, I64],
    credit: Credit = "lower bound",
    slew: Fraction | None = None,
) -> Exposures:
    """What each stretch between two readings counts.

    Args:
        table: of the sensor.
        lasts: int64 [n], ns of the stretch that count.
        apart: int64 [n], ns from the reading before it to the one behind it, at least as much.
        low: before and behind, int64 [n] each, the least reading of that time, in steps of resolution.
        high: likewise the greatest; the same object as `low` where no time has two readings.
        credit: `trapezoid` makes the best estimate one; else it is the logarithmic mean.
        slew: the value moves so fast at most, steps per ns; None where nobody knows.
    """
    few = lasts.size < 2 * table.low.size or table.low.size > _SMALL
    common = 0 if few else int(lasts[lasts.size // 2])
    if few or common > table.longest:
        return _each(table, lasts, apart, low, high, credit, slew)
    row, behind = (_rows(table, each) for each in low)
    steps = behind - row
    odd = (lasts != common) | (apart != common)
    if int(steps.max()) > _NEAR or int(steps.min()) < -_NEAR:
        odd |= np.abs(steps) > _NEAR
    if high is not low:
        odd |= (high[0] != low[0]) | (high[1] != low[1])
    others = np.flatnonzero(odd)
    if others.size > lasts.size // _SELDOM:
        return _each(table, lasts, apart, low, high, credit, slew)
    row *= _ACROSS
    row += steps
    row += _NEAR
    row[others] = 0
    known = _near_exposures(table, common, credit)
    found = Exposures(known.low[row], known.best[row], known.high[row])
    if others.size:
        bottom, top = ((side[0][others], side[1][others]) for side in (low, high))
        rest = _each(table, lasts[others], apart[others], bottom, top, credit, slew)
        found.low[others], found.best[others], found.high[others] = rest.low, rest.best, rest.high
    return found


@lru_cache(maxsize=16)
def _near_exposures(table: RateTable, lasts: int, credit: Credit) -> Exposures:
    """What stretches that last so long count: for each row before, `_NEAR` rows down to as many up, `_ACROSS` in all.

    Most readings come at regular times and differ by few steps, so of all stretches few are different.
    """
    before = np.repeat(np.arange(table.first - 1, table.first - 1 + table.low.size), _ACROSS)
    sides = before, before + np.tile(np.arange(-_NEAR, _NEAR + 1), table.low.size)
    apart = np.full(before.size, lasts)
    known = _each(table, apart, apart, sides, sides, credit, None)
    for column in (known.low, known.best, known.high):
        column.setflags(write=False)
    return known


def _each(  # noqa: PLR0913 - as `exposures`
    table: RateTable,
    lasts: I64,
    apart: I64,
    low: tuple[I64, I64],
    high: tuple[I64, I64],
    credit: Credit,
    slew: Fraction | None,
) -> Exposures:
    """Of stretches that last as they like."""
    shift, scale = table.bits - GRAIN, table.tick // US
    below = [_rows(table, each) for each in low]
    above = below if high is low else [_rows(table, each) for each in high]
    least = lasts // table.tick
    most = -(-lasts // table.tick)
    seen = apart <= table.longest
    all_seen = bool(seen.all())
    if not all_seen:
        least, most = np.where(seen, least, 0), np.where(seen, most, 0)
    bottom = (table.low[np.minimum(*below)] * least >> shift) * scale
    top = -(-(table.high[np.maximum(*above)] * most) >> shift) * scale
    best = (_mean(table, below, above, credit) * most >> shift) * scale
    if not all_seen:
        rate = _unseen(table, apart, high, slew)
        gap = np.minimum(lasts // US + 1, _MOST // np.maximum(rate, 1)) * rate
        top = np.where(seen, top, gap)
    return Exposures(bottom, np.minimum(np.maximum(best, bottom), top), top)


def _unseen(table: RateTable, apart: I64, high: tuple[I64, I64], slew: Fraction | None) -> I64:
    """Grains for a microsecond between readings, at most: of the hottest that it can have come to."""
    hottest = np.full(apart.size, table.unseen)
    if slew is None:
        return hottest
    moved = -floor_ratio(-apart, slew.numerator, np.full(apart.size, slew.denominator))
    peak = -(-(high[0] + high[1] + moved) // 2)
    reached = -(-table.high[_rows(table, peak)] >> (table.bits - GRAIN))
    least: I64 = np.minimum(hottest, reached)
    return least


def _mean(table: RateTable, below: list[I64], above: list[I64], credit: Credit) -> I64:
    """Of two readings of one time, and of one between two steps, the lesser counts where this is what is credited."""
    mean = _trapezoid if credit == "trapezoid" else _log_mean
    lesser = mean(table, *below)
    if above is below or credit != "lower bound":
        return lesser
    likely: I64 = (lesser + mean(table, *above)) >> 1
    return likely


def _rows(table: RateTable, step: I64) -> I64:
    rows = step - (table.first - 1)
    np.maximum(rows, 0, out=rows)
    np.minimum(rows, table.low.size - 1, out=rows)  # np.clip takes longer
    return rows


def _log_mean(table: RateTable, before: I64, behind: I64) -> I64:
    """The mean rate of a temperature that goes linearly from one row to another."""
    steps = behind - before
    still = steps == 0
    if still.all():
        return table.best[behind]
    mean = (table.area[behind] - table.area[before]) // np.where(still, 1, steps)
    return np.where(still, table.best[behind], mean)


def _trapezoid(table: RateTable, before: I64, behind: I64) -> I64:
    return (table.best[before] + table.best[behind]) >> 1


def total(start: int, spans: I64) -> int:
    """The sum behind the last span, exact; see `running`."""
    if not spans.size or int(spans.max()) < 2**62 // spans.size:
        return start + int(spans.sum())
    return start + (int((spans >> 31).sum()) << 31) + int((spans & (2**31 - 1)).sum())


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
