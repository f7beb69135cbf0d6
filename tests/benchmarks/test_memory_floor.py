"""The floor of memory that rises and falls with the work, and whether it is flat."""

from __future__ import annotations

from math import inf

import pytest

from benchmarks.memory_flat import Sample, judged
from benchmarks.memory_floor import Slope, floor, slope


def test_the_floor_is_the_least_of_each_window():
    """Where in its window it was stays known; what is left behind the last whole window says nothing."""
    samples = [(0.0, 120.0), (40.0, 110.0), (99.0, 250.0), (100.0, 140.0), (199.5, 115.0), (210.0, 1.0)]
    assert floor(samples, 100.0) == [(40.0, 110.0), (199.5, 115.0)]


def test_nothing_seen_has_no_floor():
    """No sample, no point; no pair of points, no interval."""
    assert floor([]) == []
    assert slope([(0.0, 1.0)]) == Slope(best=0.0, low=-inf, high=inf, points=1)


def test_the_slope_is_that_of_the_middle_pair():
    """Points every 360 s, a tenth of an hour, at 0 1 2 9 MB: pairs rise by 10 10 70, 10 40, 30 MB an hour.

    In order 10 10 10 30 40 70: their middle is 20. Of 24 orders of four points one has no inversion, 3 more have one:
    to leave one slope out on either side errs in 2 of 24, to leave two in 8: the interval is all of them.
    """
    points = [(0.0, 0.0), (360.0, 1.0), (720.0, 2.0), (1080.0, 9.0)]
    found = slope(points)
    assert found.best == pytest.approx(20.0)
    assert (found.low, found.high) == pytest.approx((10.0, 70.0))
    assert found.points == 4


def test_one_wild_point_of_six_moves_the_interval_little():
    """A flat floor with one point 90 MB too high at its end: five pairs rise, ten are level, the interval leaves out two.

    Six points have 720 orders: 1 + 5 + 14 = 20 with fewer than three inversions, 49 with fewer than four; 5 % are 36. So
    the third least and the third greatest are its ends: 0, and of 64.8 (over 5), 81, 108, 162, 324 MB an hour the 108.
    """
    points = [(1000.0 * at, 300.0 if at < 5 else 390.0) for at in range(6)]
    found = slope(points)
    assert found.best == 0.0
    assert (found.low, found.high) == pytest.approx((0.0, 108.0))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-5.0, 9.9, "flat"),
        (1.0, 9.9, "flat"),
        (-5.0, 10.0, "not shown"),
        (-inf, inf, "not shown"),
        (0.1, 40.0, "grows"),
    ],
)
def test_flat_is_what_surely_rises_by_less_than_ten(low: float, high: float, said: str):
    """Flat needs the whole interval under 10 MB an hour; an interval that holds both 0 and 10 shows neither."""
    assert Slope(best=(low + high) / 2, low=low, high=high, points=6).said() == said


@pytest.mark.parametrize(("leak", "said"), [(0.0, "flat"), (60.0, "grows")])
def test_hills_are_no_growth_and_hide_none(leak: float, said: str):
    """Every 100 s a hill of 150 MB comes and goes: what counts is whether the floor under it rises, with children's.

    A hill is gone 50 s after it came: the floors of the last windows are at 3050 and 3350 s; at 60 MB an hour 51 and 56 MB.
    """
    looks = [
        Sample(at, 250.0 + leak * at / 3600 + max(0.0, 150 - at % 100 * 3), 30.0, 50.0, 0)
        for at in range(3600)
    ]
    floors, words = judged(looks)
    assert floors.endswith(", 300, 300" if not leak else ", 351, 356")
    assert f": {said} (" in words
    assert words.startswith(f"floor of the second half: {leak:+.1f} MB an hour")
