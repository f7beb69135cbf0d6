"""When a straight trend reaches a limit: the earliest plausible time, the likely one and the latest.

A line is fitted to the means of windows by least squares. The limit is met where the line is (likely), and where either
edge of the band is that holds the true line with 90 % confidence (earliest, latest): the line at `x` plus or minus
`t * s * sqrt(1 / n + (x - mean)^2 / Sxx)`, with Student's t at n - 2 degrees of freedom. So the level's and the slope's
errors both count. Everything is solved in whole numbers; times are rounded down.

t: upper critical values of Student's t distribution, 0.05 beyond; NIST/SEMATECH e-Handbook of Statistical Methods,
1.3.6.7.2. Between two rows the one of fewer degrees of freedom is taken, which is the greater.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

_T = {
    1: 6314, 2: 2920, 3: 2353, 4: 2132, 5: 2015, 6: 1943, 7: 1895, 8: 1860, 9: 1833, 10: 1812,
    11: 1796, 12: 1782, 13: 1771, 14: 1761, 15: 1753, 16: 1746, 17: 1740, 18: 1734, 19: 1729, 20: 1725,
    21: 1721, 22: 1717, 23: 1714, 24: 1711, 25: 1708, 26: 1706, 27: 1703, 28: 1701, 29: 1699, 30: 1697,
    40: 1684, 60: 1671, 100: 1660,
}  # fmt: skip
_FREEDOM = sorted(_T)
LEAST = 4  # windows from which a trend can be told


@dataclass(frozen=True, slots=True)
class Met:
    """When the limit is met, from the end of the last window on, ns; None where it is not.

    Attributes:
        earliest: at the earliest that is plausible.
        likely: by the line itself.
        latest: at the latest; None where the trend is not certain.
    """

    earliest: int | None
    likely: int | None
    latest: int | None


NOT_IN_SIGHT = Met(None, None, None)


def quantile(freedom: int) -> int:
    """Student's t that is exceeded with a chance of 0.05, in thousandths."""
    return _T[_FREEDOM[bisect_right(_FREEDOM, freedom) - 1]]


def met(place: Sequence[int], level: Sequence[int], limit: int, over: int) -> Met:
    """When a rising trend meets a limit; of a falling one give levels and limit negated.

    Args:
        place: numbers of at least `LEAST` windows, increasing.
        level: their means, in steps.
        limit: in steps.
        over: length of a window, ns; a mean stands in its middle.

    Returns:
        `NOT_IN_SIGHT` where the trend is level or away from the limit; zeros where the line is at the limit already.
    """
    size = len(place)
    x = [2 * (each - place[-1]) - 1 for each in place]  # in halves of a window, from the end of the last
    sum_x, sum_y = sum(x), sum(level)
    wide = size * sum(each * each for each in x) - sum_x * sum_x  # n^2 times the variance of x
    both = size * sum(one * other for one, other in zip(x, level, strict=True)) - sum_x * sum_y
    high = size * sum(each * each for each in level) - sum_y * sum_y
    # from here on a place is told as u = n * x - sum_x, and the line's distance to the limit as n * wide times itself
    centre = size * wide * limit - sum_y * wide
    if centre + both * sum_x <= 0:  # at the end of the last window, u = -sum_x
        return Met(0, 0, 0)
    if both <= 0:
        return NOT_IN_SIGHT
    apart = high * wide - both * both  # what the line leaves unexplained
    student = quantile(size - 2) ** 2
    thousand = 10**6 * (size - 2)
    likely = _time(centre, both, size, sum_x, over)
    if not apart:
        return Met(likely, likely, likely)
    # thousand * (centre - both * u)^2 = student * apart * (wide + u^2) where an edge of the band meets the limit
    square = thousand * both * both - student * apart
    half = thousand * centre * both
    rest = thousand * centre * centre - student * apart * wide
    here = thousand * (centre + both * sum_x) ** 2 - student * apart * (wide + sum_x * sum_x)
    if here <= 0:
        earliest = 0
    else:
        root = isqrt(half * half - square * rest) + 1
        earliest = _time(rest, half + root, size, sum_x, over)
    latest = (
        _time(half + isqrt(half * half - square * rest), square, size, sum_x, over) if square > 0 else None
    )
    return Met(min(earliest, likely), likely, latest)


def _time(u: int, of: int, size: int, sum_x: int, over: int) -> int:
    """The time of a place that is told as `u / of`, rounded down."""
    return max((u + sum_x * of) * over // (2 * of * size), 0)
