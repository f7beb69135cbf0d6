"""When a trend meets a limit: in whole numbers, and as by the textbook's formulas in floats."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from readings.times import MINUTE
from rules.trend import NOT_IN_SIGHT, Met, met, quantile

OVER = 5 * MINUTE


def line(x, y):
    """Slope, level at 0, and the standard error of the slope, by ordinary least squares."""
    slope, level = np.polyfit(x, y, 1)
    spread = math.sqrt(((y - level - slope * x) ** 2).sum() / (x.size - 2))
    return slope, level, spread, spread / math.sqrt(((x - x.mean()) ** 2).sum())


def root(of, low, high):
    """Where a function that rises goes through 0."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if of(middle) >= 0 else (middle, high)
    return high


def by_floats(place, level, limit):
    """(earliest, likely, latest) in ns from the end of the last window, by ordinary least squares."""
    x = (np.array(place, float) - place[-1] - 0.5) * OVER / 1e9
    slope, start, spread, error = line(x, np.array(level, float))
    student = quantile(x.size - 2) / 1000

    def edge(at, sign):
        band = math.sqrt(1 / x.size + (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum())
        return start + slope * at + sign * student * spread * band - limit

    likely = (limit - start) / slope
    earliest = 0 if edge(0, 1) >= 0 else root(lambda at: edge(at, 1), 0, likely)
    certain = slope > student * error
    latest = root(lambda at: edge(at, -1), likely, likely * 1e5) if certain else None
    return [None if each is None else each * 1e9 for each in (earliest, likely, latest)]


def beyond(value, freedom):
    """The chance that Student's t is greater, by Simpson's rule."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    x = np.linspace(0, value, 2001)
    density = scale * (1 + x * x / freedom) ** (-(freedom + 1) / 2)
    weights = np.r_[1, np.tile([4, 2], 999), 4, 1]
    return 0.5 - float((density * weights).sum()) * value / 6000


def test_the_quantiles_are_those_of_the_distribution():
    """Each row as printed, to three decimals; between rows the greater."""
    for freedom in [*range(1, 31), 40, 60, 100]:
        printed = quantile(freedom) / 1000
        assert beyond(printed + 0.0005, freedom) <= 0.05 <= beyond(printed - 0.0005, freedom)
    assert quantile(39) == quantile(30)
    assert quantile(5000) == quantile(100)


def test_an_exact_line_meets_its_limit_at_once_at_the_earliest_and_at_the_latest():
    """Ten steps a window, 35 below at the end of the last: three windows and a half."""
    found = met([3, 4, 5, 6], [0, 10, 20, 30], 70, OVER)
    assert found == Met(7 * OVER // 2, 7 * OVER // 2, 7 * OVER // 2)


@pytest.mark.parametrize("seed", range(30))
def test_it_is_what_the_textbook_gives(seed):
    """Noisy lines of 4 to 40 windows, some missing: within a second of the same in floats."""
    chance = random.Random(seed)
    size = chance.randrange(4, 41)
    place = sorted(chance.sample(range(2 * size), size))
    slope = chance.uniform(2, 30)
    level = [round(slope * each + chance.gauss(0, chance.choice([1, 20, 100]))) for each in place]
    limit = round(slope * (place[-1] + 1) + chance.uniform(10, 2000))
    found = met(place, level, limit, OVER)
    if found in (NOT_IN_SIGHT, Met(0, 0, 0)):
        fitted, start, *_ = line(np.array(place, float), np.array(level, float))
        assert fitted <= 0 or start + fitted * (place[-1] + 0.5) >= limit
        return
    for got, expected in zip(
        (found.earliest, found.likely, found.latest), by_floats(place, level, limit), strict=True
    ):
        assert (got is None) == (expected is None)
        assert got is None or got == pytest.approx(expected, rel=1e-6, abs=1e9)
    assert found.earliest <= found.likely <= (found.latest or found.likely)


def test_no_trend_toward_the_limit_is_no_breach_in_sight():
    """Level, or falling away from it: nothing is foreseen, however noisy it is."""
    assert met([0, 1, 2, 3], [5, 5, 5, 5], 10, OVER) == NOT_IN_SIGHT
    assert met([0, 1, 2, 3], [9, 2, 8, 1], 10, OVER) == NOT_IN_SIGHT


def test_at_the_limit_already_there_is_no_time_left():
    """The line itself stands at or beyond it, whichever way it goes."""
    assert met([0, 1, 2, 3], [12, 12, 12, 12], 12, OVER) == Met(0, 0, 0)
    assert met([0, 1, 2, 3], [30, 25, 22, 19], 12, OVER) == Met(0, 0, 0)


def test_more_noise_makes_the_earliest_earlier_and_the_latest_later():
    """The same line, likely at the same time."""
    straight = [10 * number for number in range(12)]
    noise = [1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1]
    found = [
        met(range(12), [each + k * off for each, off in zip(straight, noise, strict=True)], 300, OVER)
        for k in (1, 4)
    ]
    assert found[1].earliest < found[0].earliest < found[0].likely
    assert found[0].latest is not None
    assert found[1].latest is None or found[1].latest > found[0].latest
