"""Rules that find a process out of control by the pattern of its points: Western Electric's and Nelson's.

Western Electric: Statistical Quality Control Handbook, 1956. Nelson: The Shewhart control chart, tests for special causes,
Journal of Quality Technology 16 (1984). Beyond is strictly beyond; a point on the line of k sigma lies within it, one on
the target on neither side. A rule is broken at the point that completes its pattern, and that belongs to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from readings.block import I64

LOOKED_BACK = 14  # no rule looks at more points before the present one
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Zones:
    """The points of a chart.

    Attributes:
        deviation: int64 [n], from the target, in steps.
        sigma: int64 [3]: a deviation is beyond k sigma when it is greater than `sigma[k - 1]` steps.
        moved: int64 [n], 1 where a point is above the one before, -1 where it is below, else 0.
    """

    deviation: I64
    sigma: I64
    moved: I64

    @classmethod
    def of(cls, deviation: I64, sigma: tuple[int, int, int]) -> Zones:
        """Of points."""
        moved = np.zeros_like(deviation)
        np.sign(deviation[1:] - deviation[:-1], out=moved[1:])
        return cls(deviation, np.array(sigma, np.int64), moved)

    def beyond(self, sigmas: int) -> _Mask:
        """On either side."""
        beyond: _Mask = np.abs(self.deviation) > self.sigma[sigmas - 1]
        return beyond

    def sides(self, sigmas: int) -> tuple[_Mask, _Mask]:
        """Beyond so many sigma above, and below; beyond 0 is on that side."""
        bound = self.sigma[sigmas - 1] if sigmas else 0
        return self.deviation > bound, self.deviation < -bound


Broken = Callable[[Zones], _Mask]


def in_a_row(mask: _Mask) -> I64:
    """How many up to each, itself included, are true without a break."""
    place = np.arange(1, mask.size + 1)
    return place - np.maximum.accumulate(np.where(mask, 0, place))


def _one(zones: Zones) -> _Mask:
    return zones.beyond(3)


def _same_side(length: int) -> Broken:
    def broken(zones: Zones) -> _Mask:
        above, below = zones.sides(0)
        return (in_a_row(above) >= length) | (in_a_row(below) >= length)

    return broken


def _some_of(least: int, length: int, sigmas: int) -> Broken:
    """So many of so many in a row beyond so many sigma on the same side, the last one among them."""

    def broken(zones: Zones) -> _Mask:
        found = np.zeros(zones.deviation.size, np.bool_)
        for side in zones.sides(sigmas):
            counted = np.cumsum(side, dtype=np.int64)
            counted[length:] -= counted[:-length].copy()
            found |= side & (counted >= least)
        return found

    return broken


def _trend(zones: Zones) -> _Mask:
    """Six in a row, each above the one before, or each below it."""
    return (in_a_row(zones.moved > 0) >= 5) | (in_a_row(zones.moved < 0) >= 5)


def _alternating(zones: Zones) -> _Mask:
    """Fourteen in a row that go up and down in turn."""
    turned = np.zeros(zones.moved.size, np.bool_)
    turned[1:] = zones.moved[1:] * zones.moved[:-1] < 0
    return in_a_row(turned) >= 12


def _within(zones: Zones) -> _Mask:
    """Fifteen in a row within one sigma."""
    return in_a_row(~zones.beyond(1)) >= 15


def _outside(zones: Zones) -> _Mask:
    """Eight in a row beyond one sigma, on whichever side."""
    return in_a_row(zones.beyond(1)) >= 8


WESTERN_ELECTRIC: dict[int, Broken] = {
    1: _one,
    2: _some_of(2, 3, 2),
    3: _some_of(4, 5, 1),
    4: _same_side(8),
}
NELSON: dict[int, Broken] = {
    1: _one,
    2: _same_side(9),
    3: _trend,
    4: _alternating,
    5: _some_of(2, 3, 2),
    6: _some_of(4, 5, 1),
    7: _within,
    8: _outside,
}


@dataclass(frozen=True, slots=True)
class RunRules:
    """See the module and `rules.chart.Statistic`.

    Attributes:
        rules: number and test of each, in the order of their numbers.
        sigma: of one, two and three sigma, the greatest whole step that is not beyond.
    """

    rules: tuple[tuple[int, Broken], ...]
    sigma: tuple[int, int, int]

    def fresh(self) -> I64:
        """No point yet."""
        return np.empty(0, np.int64)

    def step(self, before: I64, deviation: I64) -> tuple[I64, I64]:
        """The number of the first rule that is broken at each point, 0 where none is.

        Args:
            before: int64, the last points, at most `LOOKED_BACK`.
            deviation: int64 [n], of each point from the target, in steps.

        Returns:
            int64 [n]; and the last points.
        """
        points = np.concatenate([before, deviation])
        zones = Zones.of(points, self.sigma)
        found = np.zeros(points.size, np.int64)
        for number, broken in reversed(self.rules):
            found = np.where(broken(zones), number, found)
        return found[before.size :], points[-LOOKED_BACK:]
