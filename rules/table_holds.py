"""Holds at the temperatures of a published table: the longest at each, without a break, in each cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import I64
from rules.cycles import CycleDerivation, Stretches, runs
from rules.derivation import Integral

WHOLE = 1000  # what is judged when a row is met: thousandths of its time
_MOST = 1000 * WHOLE


@dataclass(frozen=True, slots=True)
class TableHolds(CycleDerivation):
    """Judged is how much of its time the best row has got, in thousandths.

    A hold goes from its first reading at or above the row's temperature to its last, and ends at a colder reading or a
    silence. So the least temperature of a hold says which row it may meet, and a hotter time in it may meet another. A row
    without a time is met by a reading. Sums of a cycle: of each row the present hold and the longest, and both as they may
    have been, ns.

    Attributes:
        rows: (step of the sensor, ns), the colder the longer.
    """

    rows: tuple[tuple[int, int], ...]

    def begin(self, unread: int) -> list[int]:
        """Nothing held; it may have been, as long as nothing was read."""
        may = [[0, 0, unread, unread] if lasts else [0, 0, 0, int(unread > 0)] for _, lasts in self.rows]
        return [each for row in may for each in row]

    def grow(self, sums: list[int], stretches: Stretches) -> I64:
        """The part of its time that the best row has got so far."""
        best = np.zeros(stretches.end.size, np.int64)
        near = stretches.apart <= self.silent
        for number, (step, lasts) in enumerate(self.rows):
            before, behind = (low >= step for low in stretches.low)
            place = 4 * number
            if not lasts:
                met = np.logical_or.accumulate(np.r_[bool(sums[place + 1]), behind & ~stretches.last])[1:]
                sums[place + 1] = int(met[-1])
                sums[place + 3] = max(sums[place + 3], int(met[-1]), int((~near).any()))
                np.maximum(best, np.where(met, WHOLE, 0), out=best)
                continue
            run, longest = _holds(before & behind & near, stretches.lasts, sums[place], sums[place + 1])
            sums[place : place + 2] = [int(run[-1]), int(longest[-1])]
            may = (stretches.high[0] >= step) | (stretches.high[1] >= step) | ~near
            bad, behind_bad = (high < step for high in stretches.high)
            run, at_most = _holds(may, stretches.lasts, sums[place + 2], sums[place + 3], bad)
            ends_bad = behind_bad[-1] and not stretches.last[-1]
            sums[place + 2 : place + 4] = [0 if ends_bad else int(run[-1]), int(at_most[-1])]
            part = np.minimum(longest // (lasts // WHOLE), _MOST)
            np.maximum(best, part, out=best)
        return best

    def said(self, sums: list[int], missing: tuple[int, int]) -> tuple[Integral, str]:
        """In percent of the time asked for, of the row that comes nearest."""
        low = high = 0.0
        for number, (_, lasts) in enumerate(self.rows):
            _, longest, run, at_most = sums[4 * number : 4 * number + 4]
            if lasts:
                may = max(at_most, run + missing[1])
                low, high = max(low, 100 * longest / lasts), max(high, 100 * may / lasts)
            else:
                low, high = max(low, 100.0 * longest), max(high, 100.0 * bool(at_most or missing[1]))
        return Integral(low, (low + high) / 2, high), ""


def _holds(
    held: np.ndarray, lasts: I64, before: int, longest: int, broken: np.ndarray | None = None
) -> tuple[I64, I64]:
    """The present hold and the longest, at the end of each stretch, ns."""
    run = runs(held, lasts, before, broken)
    return run, np.maximum.accumulate(np.maximum(run, longest))
