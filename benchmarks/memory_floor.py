"""Whether memory that rises and falls with the work is flat: by its floor, the least of each few minutes.

Work makes hills (a segment is sealed, an hour is closed); what does not come back down is what grows. The floor's slope is
Theil and Sen's, the median of the slopes between all pairs of its points, with the interval that Kendall's distribution
gives (Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63, 1968): nothing is supposed about
how the errors are spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial
from statistics import median

MOST = 10.0  # MB an hour that count as flat
WINDOW = 300.0  # seconds: three seals at 5,000 readings a second, one turn of what is kept for judging again
CONFIDENCE = 0.9


@dataclass(frozen=True, kw_only=True)
class Slope:
    """How fast a floor rises.

    Attributes:
        best: MB an hour.
        low: lower end of its interval, MB an hour; -inf where there are too few points for one.
        high: upper end, MB an hour.
        points: points of the floor that it was taken from.
    """

    best: float
    low: float
    high: float
    points: int

    def said(self) -> str:
        """Flat: the interval's upper end lies under `MOST`. Grows: its lower end lies over 0. Else neither is shown."""
        if self.high < MOST:
            return "flat"
        return "grows" if self.low > 0 else "not shown"


def floor(samples: list[tuple[float, float]], window: float = WINDOW) -> list[tuple[float, float]]:
    """The least of each window and when it was.

    Args:
        samples: seconds since the start and MB, in order.
        window: seconds; what is left behind the last whole one is left out.
    """
    windows: dict[int, list[tuple[float, float]]] = {}
    for at, mb in samples:
        windows.setdefault(int(at // window), []).append((at, mb))
    last = int((samples[-1][0] + 1) // window) if samples else 0
    return [min(found, key=lambda sample: sample[1]) for which, found in windows.items() if which < last]


def slope(points: list[tuple[float, float]]) -> Slope:
    """Theil and Sen's slope of points (seconds, MB), and its interval of at least `CONFIDENCE`."""
    each = sorted(
        (mb - before_mb) / (at - before) * 3600 for (before, before_mb), (at, mb) in combinations(points, 2)
    )
    if not each:
        return Slope(best=0.0, low=float("-inf"), high=float("inf"), points=len(points))
    left_out = _left_out(len(points))
    low, high = (each[left_out - 1], each[-left_out]) if left_out else (float("-inf"), float("inf"))
    return Slope(best=median(each), low=low, high=high, points=len(points))


def _left_out(points: int) -> int:
    """The greatest k so that the k-th least and the k-th greatest slope between pairs enclose the true one often enough.

    The true slope lies under the k-th least one where fewer than k pairs lie under it: as often as a random order of the
    points has fewer than k inversions (0: no interval is sure enough).
    """
    inversions = [1]
    for more in range(1, points):
        grown = [0] * (len(inversions) + more)
        for at, ways in enumerate(inversions):
            for step in range(more + 1):
                grown[at + step] += ways
        inversions = grown
    allowed, seen, found = (1 - CONFIDENCE) / 2 * factorial(points), 0, 0
    for ways in inversions:
        seen += ways
        if seen > allowed:
            break
        found += 1
    return found
