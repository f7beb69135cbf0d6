"""Cumulative sums (CUSUM) of deviations from a target, in whole numbers.

`S+[i] = max(0, S+[i - 1] + x[i] - T - k)` and `S-[i] = max(0, S-[i - 1] + T - k - x[i])` (Page 1954; NIST/SEMATECH
e-Handbook of Statistical Methods, 6.3.2.3). A sum is not counted beyond `most`, so that it comes back in time once the
process has: without that, a long shift would be told for as long again after it was corrected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import I64

_STRETCH = 1024  # points in one pass
_FARTHEST = 2**40  # a deviation beyond this many steps counts as so many


@dataclass(frozen=True, slots=True)
class CumulativeSum:
    """See the module and `rules.chart.Statistic`.

    Attributes:
        slack: k, in steps; not negative.
        most: a sum counts at most so much, in steps.
    """

    slack: int
    most: int

    def fresh(self) -> I64:
        """Both sums, of what is above and of what is below."""
        return np.zeros(2, np.int64)

    def step(self, before: I64, deviation: I64) -> tuple[I64, I64]:
        """The greater of the two sums behind each point, negative where it is that of what is below.

        Args:
            before: int64 [2].
            deviation: int64 [n], of each point from the target, in steps.

        Returns:
            int64 [n]; and the two sums behind the last point.
        """
        deviation = np.clip(deviation, -_FARTHEST, _FARTHEST)
        above = held_between(int(before[0]), deviation - self.slack, self.most)
        below = held_between(int(before[1]), -deviation - self.slack, self.most)
        after = np.array([above[-1], below[-1]], np.int64) if deviation.size else before
        return np.where(above >= below, above, -below), after


def held_between(start: int, moves: I64, most: int) -> I64:
    """`s[i] = min(most, max(0, s[i - 1] + moves[i]))`, pass by pass rather than point by point.

    Between two times at which one end holds the sum and then the other does, it is a running sum less how far that ran
    beyond the one end so far.
    """
    sums = np.empty_like(moves)
    at, now, top = 0, start, False
    while at < moves.size:
        free = now + np.cumsum(moves[at : at + _STRETCH])
        if top:
            path = free - np.maximum.accumulate(np.maximum(free - most, 0))
            out = path < 0
        else:
            path = free - np.minimum.accumulate(np.minimum(free, 0))
            out = path > most
        size = int(out.argmax()) if out.any() else path.size
        sums[at : at + size] = path[:size]
        at += size
        now = int(path[size - 1]) if size else now
        if size < path.size:
            top = not top
    return sums
