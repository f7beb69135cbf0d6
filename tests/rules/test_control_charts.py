"""What charts show: published numbers, and the same wherever points are cut."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from rules.cumulative_sum import CumulativeSum, held_between
from rules.moving_average import MovingAverage, half_width
from rules.run_rules import NELSON, WESTERN_ELECTRIC, RunRules

# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4: lambda 0.3, target 50, s 2.0539, limits at 3 sigma.
EWMA_POINTS = [
    "52.0 47.0 53.0 49.3 50.1 47.0 51.0 50.1 51.2 50.5",
    "49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1",
]
EWMA = [
    "50.60 49.52 50.56 50.18 50.16 49.21 49.75 49.85 50.26 50.33",
    "50.11 49.36 49.52 50.05 49.38 49.92 50.73 51.23 51.94 51.99",
]
# 6.3.2.3: target 325, h 4.1959, k 0.3175; the sums as printed.
CUSUM_POINTS = [
    "324.925 324.675 324.725 324.350 325.350 325.225 324.125 324.525 325.225 324.600",
    "324.625 325.150 328.325 327.250 327.825 328.500 326.675 327.775 326.875 328.350",
]
CUSUM_ABOVE = [
    "0.00 0.00 0.00 0.00 0.03 0.00 0.00 0.00 0.00 0.00",
    "0.00 0.00 3.01 4.94 7.45 10.63 11.99 14.44 16.00 19.04",
]
CUSUM_BELOW = [
    "0.00 0.01 0.00 0.33 0.00 0.00 0.56 0.72 0.17 0.25",
    "0.31 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00",
]
# Montgomery and Runger, Applied Statistics and Probability for Engineers, 3rd edition, table 16-8: target 99, K 1, H 10.
CONCENTRATION = "102.0 94.8 98.3 98.4 102.0 98.5 99.0 97.7 100.0 98.1 101.3 98.7 101.1 98.4 97.0 96.7 100.3 101.4 97.2 101.0"
ABOVE = "2.0 0.0 0.0 0.0 2.0 0.5 0.0 0.0 0.0 0.0 1.3 0.0 1.1 0.0 0.0 0.0 0.3 1.7 0.0 1.0"
BELOW = "0.0 3.2 2.9 2.5 0.0 0.0 0.0 0.3 0.0 0.0 0.0 0.0 0.0 0.0 1.0 2.3 0.0 0.0 0.8 0.0"


def numbers(*rows):
    return [Fraction(each) for row in rows for each in row.split()]


def whole(values, unit):
    return np.array([int(each * unit) for each in values], np.int64)


def cut(statistic, points, chance):
    """The same points in parts of any size."""
    before, found, at = statistic.fresh(), [], 0
    while at < points.size:
        size = chance.choice([1, 1, 2, 7, 40, 100])
        shown, before = statistic.step(before, points[at : at + size])
        before = np.frombuffer(before.tobytes(), np.int64)
        found += shown.tolist()
        at += size
    return found


def test_ewma_of_the_handbook():
    """All 20 averages at the precision printed, and limits of 52.5884 and 47.4115, which it prints with a rounded root."""
    points = whole([each - 50 for each in numbers(*EWMA_POINTS)], 10_000)
    shown, _ = MovingAverage(Fraction(3, 10)).step(np.zeros(1, np.int64), points)
    for got, printed in zip(shown.tolist(), numbers(*EWMA), strict=True):
        assert abs(50 + Fraction(got, 10_000) - printed) <= Fraction(1, 200)
    half = half_width(Fraction(3, 10), 3 * Fraction("2.0539"))
    assert float(50 + half) == pytest.approx(52.5884, abs=5e-4)
    assert float(50 - half) == pytest.approx(47.4115, abs=5e-4)


def test_an_average_is_that_of_fractions():
    """Over 300 points and for lambda from 0.02 to 1, within two steps of the recursion in exact fractions."""
    chance = random.Random(5)
    points = [chance.randrange(-40_000, 40_000) for _ in range(300)]
    for part in (Fraction(1, 50), Fraction(1, 5), Fraction(7, 10), Fraction(1)):
        shown, _ = MovingAverage(part).step(np.zeros(1, np.int64), np.array(points, np.int64))
        exact = Fraction(0)
        for got, point in zip(shown.tolist(), points, strict=True):
            exact = part * point + (1 - part) * exact
            assert abs(got - exact) <= 2


def test_cusum_of_the_handbook():
    """Both sums of all 20 groups within the rounding of the page, and the first signal at group 14."""
    points = whole([each - 325 for each in numbers(*CUSUM_POINTS)], 10_000)
    slack, enough = 3175, 41959
    above = held_between(0, points - slack, 10**9)
    below = held_between(0, -points - slack, 10**9)
    for got, printed in zip(above.tolist(), numbers(*CUSUM_ABOVE), strict=True):
        assert abs(Fraction(got, 10_000) - printed) <= Fraction(6, 1000)
    for got, printed in zip(below.tolist(), numbers(*CUSUM_BELOW), strict=True):
        assert abs(Fraction(got, 10_000) - printed) <= Fraction(6, 1000)
    shown, _ = CumulativeSum(slack, 2 * enough).step(np.zeros(2, np.int64), points)
    assert np.flatnonzero(shown > enough).tolist() == list(range(13, 20))
    assert not (shown < -enough).any()


def test_cusum_of_a_textbook():
    """Table 16-8: both sums exactly."""
    points = whole([each - 99 for each in numbers(CONCENTRATION)], 10)
    assert held_between(0, points - 10, 100).tolist() == whole(numbers(ABOVE), 10).tolist()
    assert held_between(0, -points - 10, 100).tolist() == whole(numbers(BELOW), 10).tolist()


def test_a_sum_is_held_between_its_ends():
    """As point by point, where moves are small, and where each is greater than what lies between the ends."""
    chance = random.Random(6)
    for reach in (3, 40, 5000):
        moves = [chance.randrange(-reach, reach + 1) for _ in range(4000)]
        now, expected = 17, []
        for move in moves:
            now = min(50, max(0, now + move))
            expected.append(now)
        assert held_between(17, np.array(moves, np.int64), 50).tolist() == expected


def test_a_sum_comes_back_in_time():
    """A shift of any length is over, in what is shown, as soon as one of twice h: here 5 points behind it."""
    statistic = CumulativeSum(10, 100)
    shift, back = np.full(5000, 40, np.int64), np.full(5, 0, np.int64)
    shown, _ = statistic.step(statistic.fresh(), np.concatenate([shift, back]))
    assert shown.max() == 100
    assert shown[-1] == 50


# Made for each of Nelson's definitions, in sigma about a centre of 0: (rule, points, where it is first broken).
PATTERNS = [
    (1, "0 0.5 -0.4 3.1", 3),
    (2, "0.2 0.2 0.2 0.2 0.2 0.2 0.2 0.2 0.2", 8),
    (3, "-1.2 -0.8 -0.3 0.1 0.6 1.1", 5),
    (4, "0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5", 13),
    (5, "2.2 0.1 2.3", 2),
    (6, "1.2 1.3 0.2 1.4 1.1", 4),
    (7, "0.5 -0.5 0.3 -0.2 0.1 -0.1 0.4 -0.4 0.2 -0.3 0.6 -0.6 0.1 -0.2 0.3", 14),
    (8, "1.2 -1.3 1.4 -1.1 1.5 -1.2 1.3 -1.6", 7),
]
SIGMA = (10, 20, 30)


def broken(rules, points, which):
    statistic = RunRules(tuple((number, rules[number]) for number in which), SIGMA)
    return statistic.step(statistic.fresh(), whole(numbers(points), 10))[0].tolist()


@pytest.mark.parametrize(("rule", "points", "first"), PATTERNS)
def test_a_rule_of_nelson_is_broken_where_its_pattern_is_complete(rule, points, first):
    """At that point and no sooner, and in a mirror as well."""
    for said in (points, " ".join(str(-Fraction(each)) for each in points.split())):
        found = broken(NELSON, said, [rule])
        assert [bool(each) for each in found] == [False] * first + [True]
        assert found[first] == rule


@pytest.mark.parametrize(
    ("rule", "points", "first"),
    [
        (1, "0 0.5 -0.4 3.1", 3),
        (2, "2.2 0.1 2.3", 2),
        (3, "1.2 1.3 0.2 1.4 1.1", 4),
        (4, "0.2 0.2 0.2 0.2 0.2 0.2 0.2 0.2", 7),
    ],
)
def test_a_rule_of_western_electric_is_broken_where_its_pattern_is_complete(rule, points, first):
    """The handbook's fourth asks for eight on one side, Nelson's second for nine."""
    found = broken(WESTERN_ELECTRIC, points, [rule])
    assert [bool(each) for each in found] == [False] * first + [True]
    assert found[first] == rule


@pytest.mark.parametrize(
    ("rule", "points"),
    [
        (1, "3.0 -3.0"),
        (2, "0.2 0.2 0.2 0.2 0 0.2 0.2 0.2 0.2 0.2"),
        (3, "-1.2 -0.8 -0.8 0.1 0.6 1.1"),
        (4, "0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5 -0.5 -0.5 0.5 -0.5 0.5 -0.5 0.5"),
        (5, "2.2 0.1 -2.3"),
        (5, "2.0 2.3"),
        (6, "1.2 1.3 0.2 -1.4 1.1"),
        (6, "1.2 1.3 1.2 0.1 0.2"),
        (7, "0.5 -0.5 0.3 -0.2 0.1 -0.1 0.4 1.1 -0.4 0.2 -0.3 0.6 -0.6 0.1 -0.2"),
        (8, "1.2 -1.3 1.4 -1.1 1.0 -1.2 1.3 -1.6"),
    ],
)
def test_what_is_no_pattern_breaks_no_rule(rule, points):
    """On the line is not beyond it, on the target on no side, equal is neither up nor down."""
    assert not any(broken(NELSON, points, [rule]))


def test_the_first_of_several_rules_is_named():
    """A point beyond three sigma that is the second of three beyond two breaks rules 1 and 5."""
    assert broken(NELSON, "2.5 3.5", [1, 5]) == [0, 1]
    assert broken(NELSON, "2.5 3.5", [5]) == [0, 5]


@pytest.mark.parametrize(
    "statistic",
    [
        MovingAverage(Fraction(1, 20)),
        MovingAverage(Fraction(9, 10)),
        CumulativeSum(400, 3000),
        RunRules(tuple(sorted(NELSON.items())), (700, 1400, 2100)),
        RunRules(tuple(sorted(WESTERN_ELECTRIC.items())), (300, 600, 900)),
    ],
)
def test_where_points_are_cut_does_not_matter(statistic):
    """In one, one by one, or in parts; and what is remembered is at most 256 bytes."""
    chance = random.Random(7)
    points = np.cumsum([chance.randrange(-900, 901) for _ in range(500)]).astype(np.int64) // 4
    whole_at_once, after = statistic.step(statistic.fresh(), points)
    assert cut(statistic, points, chance) == whole_at_once.tolist()
    assert after.nbytes <= 256
    assert len(set(whole_at_once.tolist())) > 1
