"""Many readings as few buckets, the same from the archive and from InfluxDB."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import F64, I64


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Values of one series in buckets of equal width, columns of one length.

    Attributes:
        start: int64, where each bucket begins, ns UTC; it ends before the next begins.
        count: int64, how many values are in it.
        low: float64, the lowest of them; NaN where there is none.
        high: float64, the highest.
        last: float64, the latest.
    """

    start: I64
    count: I64
    low: F64
    high: F64
    last: F64


def width_of(start: int, end: int, n: int) -> int:
    """Width in ns of `n` buckets that reach from `start` to `end` or a little beyond.

    Raises:
        ValueError: no time between the two, or no bucket.
    """
    if end <= start or n < 1:
        raise ValueError(f"{n} buckets from {start} to {end}: nothing to count")
    return -(-(end - start) // n)


def bucketed(time: I64, value: F64, start: int, end: int, n: int) -> Buckets:
    """The buckets of these readings.

    Args:
        time: int64, within start <= time < end; of several at one time the last in this order counts.
        value: float64, as many; NaN is none.
        start: ns UTC.
        end: ns UTC.
        n: how many buckets; less come out when they would begin at or behind `end`.
    """
    width = width_of(start, end, n)
    begins = np.arange(start, end, width, dtype=np.int64)
    there = ~np.isnan(value)
    time, value = time[there], value[there]
    if (time[1:] <= time[:-1]).any():
        order = np.argsort(time, kind="stable")
        time, value = time[order], value[order]
        last = np.append(time[1:] != time[:-1], True)
        time, value = time[last], value[last]
    first = np.searchsorted(time, begins)
    ends = np.append(first[1:], len(time))
    count = (ends - first).astype(np.int64)
    some = count > 0
    low, high, latest = (np.full(len(begins), np.nan) for _ in range(3))
    if some.any():
        low[some] = np.minimum.reduceat(value, first[some])
        high[some] = np.maximum.reduceat(value, first[some])
        latest[some] = value[ends[some] - 1]
    return Buckets(begins, count, low, high, latest)
