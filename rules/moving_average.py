"""The exponentially weighted moving average (EWMA) of deviations from a target, in whole numbers.

`z[i] = lambda * x[i] + (1 - lambda) * z[i - 1]`, and `z` before the first point is the target (Roberts 1959; NIST/SEMATECH
e-Handbook of Statistical Methods, 6.3.2.4).

Points are taken in blocks of `_BLOCK`, counted from the first. Within a block each average is one exact sum: whole weights
times deviations, and the last average of the block before with its weight, divided by `2 ** _BITS` and rounded once, half
up. So what is remembered is one average and the points of a block that is not full, however small lambda is; the result
is the same wherever the points are cut; and nothing runs reading by reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isqrt

import numpy as np
import numpy.typing as npt

from readings.block import I64

_BLOCK = 32
_BITS = 30
_FARTHEST = 2**31  # a deviation beyond this many steps counts as so many


@dataclass(frozen=True, slots=True)
class MovingAverage:
    """See the module and `rules.chart.Statistic`.

    Attributes:
        part: lambda, above 0, at most 1.
    """

    part: Fraction

    def fresh(self) -> I64:
        """The average of the block before, and no points of this one."""
        return np.zeros(1, np.int64)

    def step(self, before: I64, deviation: I64) -> tuple[I64, I64]:
        """The averages behind each point, and what is remembered.

        Args:
            before: int64 [1 + points of the block].
            deviation: int64 [n], of each point from the target.

        Returns:
            int64 [n], deviations of the averages; int64, see `before`.
        """
        weights, carries = _weights(self.part)
        points = np.concatenate([before[1:], np.clip(deviation, -_FARTHEST, _FARTHEST)])
        blocks = -(-points.size // _BLOCK)
        filled = np.zeros(blocks * _BLOCK, np.int64)
        filled[: points.size] = points
        sums = filled.reshape(blocks, _BLOCK) @ weights
        carried = [int(before[0])]
        last, half = int(carries[-1]), 1 << _BITS - 1
        for each in sums[:, -1].tolist():
            carried.append((each + last * carried[-1] + half) >> _BITS)
        whole = points.size // _BLOCK
        averages = (sums + np.array(carried[:blocks], np.int64)[:, None] * carries + half) >> _BITS
        found = averages.reshape(-1)[before.size - 1 : points.size]
        return found, np.concatenate([np.array([carried[whole]], np.int64), points[whole * _BLOCK :]])


@lru_cache(maxsize=64)
def _weights(part: Fraction) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """int64 [block, block], of each point in each average of the block; int64 [block], of the average before it."""
    one = 1 << _BITS
    powers = [(1 - part) ** number for number in range(_BLOCK + 1)]
    each = [round(part * power * one) for power in powers]
    weights = np.zeros((_BLOCK, _BLOCK), np.int64)
    for point in range(_BLOCK):
        weights[point, point:] = each[: _BLOCK - point]
    return weights, np.array([round(power * one) for power in powers[1:]], np.int64)


def half_width(part: Fraction, sigmas: Fraction) -> Fraction:
    """How far the limits lie from the target: `sigmas * sqrt(lambda / (2 - lambda))`, to five figures, rounded down.

    Those of a chart that has run for long (NIST/SEMATECH e-Handbook, 6.3.2.4). What is judged is what is shown.

    Args:
        part: lambda.
        sigmas: width times the standard deviation of the points.
    """
    root = isqrt(int(sigmas**2 * part / (2 - part) * 10**30))
    unit = 10 ** max(len(str(root)) - 5, 0)
    return Fraction(root // unit * unit, 10**15)
