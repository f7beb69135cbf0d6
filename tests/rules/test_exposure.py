"""Exposure: bounds that hold, closed forms that are met, published integrals."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.block import I64
from readings.times import MINUTE, SECOND
from readings.units import unit_named
from rules.exposure import MINUTE_OF_GRAINS, Credit, Exposures, exposures, running, total
from rules.lethal_rate import F0, PU_TENFOLD, Law, RateTable, rate_table

DEG_C = unit_named("degC")


def between(
    table: RateTable, time: I64, low: I64, high: I64 | None = None, *, credit: Credit = "lower bound"
) -> Exposures:
    """Exposures of the stretches between readings."""
    lasts = np.diff(time)
    bottom = (low[:-1], low[1:])
    top = bottom if high is None else (high[:-1], high[1:])
    return exposures(table, lasts=lasts, apart=lasts, low=bottom, high=top, credit=credit)


def integral(
    profile: list[tuple[float, float]],
    *,
    law: Law = F0,
    longest: int = 30 * MINUTE,
    credit: Credit = "lower bound",
    uncertainty: str = "0",
    floor_at: str | None = None,
) -> tuple[float, float, float]:
    """[low, best, high] in minutes of readings given as (minute, degC)."""
    table = rate_table(
        law,
        unit=DEG_C,
        step=Fraction(1, 10),
        lowest=Fraction(0),
        highest=Fraction(140) if law is not PU_TENFOLD else Fraction(95),
        longest=longest,
        uncertainty=Fraction(uncertainty),
        floor_at=None if floor_at is None else Fraction(floor_at),
    )
    time = np.array([round(minute * MINUTE) for minute, _ in profile], np.int64)
    step = np.array([round(10 * value) for _, value in profile], np.int64)
    found = between(table, time, step, credit=credit)
    low, best, high = (int(column.sum()) / MINUTE_OF_GRAINS for column in (found.low, found.best, found.high))
    return low, best, high


# Reference 121 degC, z 10 K (a note on F0 by Fedegari): minutes, degC, F.
ISOTHERMAL = [(15, 121, 15.0), (15, 111, 1.5), (15, 124, 29.929)]


@pytest.mark.parametrize(("minutes", "at", "expected"), ISOTHERMAL)
def test_constant_temperatures_count_as_published(minutes: int, at: float, expected: float) -> None:
    """15 min at 121, 111 and 124 degC are 15.0, 1.5 and 29.929 min at 121 degC, in all three values."""
    law = Law(Fraction(121), Fraction(10))
    assert integral([(0, at), (minutes, at)], law=law) == pytest.approx((expected,) * 3, abs=0.0005)


@pytest.mark.parametrize(("minutes", "at"), [(3, 121.1), (30, 111.1), (12.22, 115.0)])
def test_botulinum_cooks_are_an_f0_of_3(minutes: float, at: float) -> None:
    """3 min at 121.1 degC, 30 at 111.1, 12.22 at 115: F0 = 3.0, the least for low-acid canned food."""
    assert integral([(0, at), (minutes, at)])[0] == pytest.approx(3.0, abs=0.005)


def by_rates(rates: list[float]) -> float:
    """F0 by trapezoid of lethal rates 5 min apart, each as a temperature in tenths."""
    at = [0.0 if rate == 0 else 121.1 + 10 * math.log10(rate) for rate in rates]
    return integral([(5 * n, value) for n, value in enumerate(at)], credit="trapezoid")[1]


def test_the_fao_example_of_the_heating_phase() -> None:
    """FAO, Fish canning (1985), 1.5: rates from 0 to 0.776 with 1.342 in between, every 5 min: 8.65 min (printed 8.6)."""
    rates = [0.0, 0.02, 0.062, 0.13, 0.23, 0.37, 0.53, 0.776]
    assert sum(rates[1:-1]) == pytest.approx(1.342)
    assert by_rates(rates) == pytest.approx(8.65, abs=0.05)


def test_the_fao_example_of_the_whole_process() -> None:
    """FAO, Fish canning (1985), 1.5: rates that add up to 2.925, every 5 min: F0 = 14.6 min."""
    rates = [0.0, 0.13, 0.37, 0.776, 0.8, 0.62, 0.2, 0.029, 0.0]
    assert sum(rates) == pytest.approx(2.925)
    assert by_rates(rates) == pytest.approx(14.6, abs=0.06)


@pytest.mark.parametrize(
    ("d", "reference", "decades", "minutes"),
    [
        ("0.21", "121.1", 12, 2.52),  # C. botulinum, 12 D
        ("0.5", "121", 6, 3.0),  # 10^8 to 10^2; GATE (AG) 2026, Q5
        ("0.5", "121", 12, 6.0),  # GATE (AG) 2026, Q2
    ],
)
def test_so_many_decades_are_so_many_minutes_at_the_reference(
    d: str, reference: str, decades: int, minutes: float
) -> None:
    """F = n D: that long at the reference temperature counts n times the decimal reduction time."""
    law = Law(Fraction(reference), Fraction(10))
    low, _, high = integral([(0, float(reference)), (minutes, float(reference))], law=law)
    assert low / float(d) == high / float(d) == pytest.approx(decades)


def test_cases_of_the_data_folder(recordings: Path) -> None:
    """Every profile of the published examples that has an F, to its printed place."""
    cases = json.loads((recordings / "expected" / "f0_pu_examples.json").read_text(encoding="utf-8"))
    profiles = [case for case in cases if "profile" in case]
    assert len(profiles) == 3
    for case in profiles:
        law = Law(Fraction(str(case["Tref"])), Fraction(str(case["z"])))
        low, best, high = integral(case["profile"], law=law)
        assert low == best == pytest.approx(case["F0_min"], abs=0.0005)
        assert high == pytest.approx(case["F0_min"], abs=0.0005)


def test_one_minute_at_60_degc_is_one_pu() -> None:
    """The definition of the pasteurisation unit."""
    assert integral([(0, 60), (1, 60)], law=PU_TENFOLD) == (1.0, 1.0, 1.0)


def test_a_ramp_equals_its_closed_form_and_the_trapezoid_does_not() -> None:
    """100 to 120 degC in 30 min: z / (r ln 10) (L1 - L0) = 5.005 min; the trapezoid of its ends credits 2.35 times."""
    ramp = [(0.0, 100.0), (30.0, 120.0)]
    exact = 10 / ((20 / 30) * math.log(10)) * (10 ** (-0.11) - 10 ** (-2.11))
    low, best, high = integral(ramp)
    assert best == pytest.approx(exact, rel=1e-6)
    assert low < best < high
    assert integral(ramp, credit="trapezoid")[1] / exact == pytest.approx(2.35, abs=0.01)


@given(
    start=st.integers(1000, 1150),
    rise=st.integers(-30, 30),
    parts=st.integers(1, 8),
)
def test_a_linear_ramp_equals_its_closed_form(start: int, rise: int, parts: int) -> None:
    """However it is cut into readings on whole steps, the best estimate is z / (r ln 10) (L1 - L0)."""
    profile = [(float(n), (start + rise * n) / 10) for n in range(parts + 1)]
    _, best, _ = integral(profile)
    first, last = 10 ** ((start / 10 - 121.1) / 10), 10 ** (((start + rise * parts) / 10 - 121.1) / 10)
    exact = parts * first if rise == 0 else 10 / (rise / 10 * math.log(10)) * (last - first)
    assert best == pytest.approx(exact, rel=1e-4)


profiles = st.lists(st.tuples(st.integers(5, 30), st.integers(900, 1350)), min_size=2, max_size=30)
"""Seconds since the reading before, and tenths of a degree."""


def minutes_of(spans: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """Readings from spans."""
    at, found = 0, []
    for seconds, step in spans:
        at += seconds
        found.append((at / 60, step / 10))
    return found


@given(spans=profiles, credit=st.sampled_from(["lower bound", "trapezoid"]))
def test_low_best_and_high_are_in_order(spans: list[tuple[int, int]], credit: Credit) -> None:
    """low <= best <= high, whatever was read, with gaps (over 15 s) and without."""
    low, best, high = integral(minutes_of(spans), credit=credit, longest=15 * SECOND, uncertainty="0.3")
    assert 0 <= low <= best <= high


@given(spans=profiles, which=st.integers(0, 29), by=st.integers(1, 100))
def test_raising_a_temperature_never_lowers_f0(spans: list[tuple[int, int]], which: int, by: int) -> None:
    """In none of its three values."""
    which %= len(spans)
    raised = [(s, step + by if n == which else step) for n, (s, step) in enumerate(spans)]
    before = integral(minutes_of(spans), longest=15 * SECOND)
    after = integral(minutes_of(raised), longest=15 * SECOND)
    assert all(was <= now for was, now in zip(before, after, strict=True))


@given(
    steps=st.lists(st.integers(900, 1350), min_size=3, max_size=30),
    jitter=st.lists(st.integers(-1, 1), min_size=30, max_size=30),
    gone=st.sets(st.integers(0, 29)),
)
def test_taking_readings_away_never_raises_the_credit(
    steps: list[int], jitter: list[int], gone: set[int]
) -> None:
    """With readings every 8 to 12 s, and 15 s at most between two that are credited."""
    time = np.array([10 * n + jitter[n] for n in range(len(steps))], np.int64) * SECOND
    kept = np.array([n for n in range(len(steps)) if n not in gone], np.intp)
    values = np.array(steps, np.int64)
    table = rate_table(
        F0, unit=DEG_C, step=Fraction(1, 10), lowest=Fraction(0), highest=Fraction(140), longest=15 * SECOND
    )
    whole = between(table, time, values)
    less = between(table, time[kept], values[kept])
    assert less.low.sum() <= whole.low.sum()


def test_a_reading_left_out_earns_nothing_in_its_span() -> None:
    """Every 10 s at 121.1 degC: without the reading at 20 s, the 20 s around it count nothing, but can have been hot."""
    whole = [(n / 6, 121.1) for n in range(7)]
    less = [reading for reading in whole if reading[0] != 2 / 6]
    assert integral(whole, longest=15 * SECOND)[0] == pytest.approx(1)
    low, best, high = integral(less, longest=15 * SECOND)
    assert low == best == pytest.approx(40 / 60)
    assert high > 20  # it may have been 140 degC, the top of its range


def test_readings_of_one_time_that_differ_are_credited_at_the_least() -> None:
    """low goes by the least of them, high by the greatest."""
    table = rate_table(
        F0, unit=DEG_C, step=Fraction(1, 10), lowest=Fraction(0), highest=Fraction(140), longest=15 * SECOND
    )
    time = np.array([0, 10 * SECOND], np.int64)
    low, high = np.array([1211, 1111], np.int64), np.array([1211, 1211], np.int64)
    found = between(table, time, low, high)
    assert int(found.low[0]) * 6 / MINUTE_OF_GRAINS == pytest.approx(0.1)
    assert int(found.high[0]) * 6 / MINUTE_OF_GRAINS == pytest.approx(1)


def test_a_part_of_a_microsecond_is_no_time_below_and_a_whole_one_above() -> None:
    """8.5 us at the reference temperature are 8 below, 9 above."""
    table = rate_table(
        F0, unit=DEG_C, step=Fraction(1, 10), lowest=Fraction(0), highest=Fraction(140), longest=SECOND
    )
    step = np.array([1211, 1211], np.int64)
    found = between(table, np.array([0, 8500], np.int64), step)
    assert (int(found.low[0]), int(found.high[0])) == (8 * 1024, 9 * 1024)


def test_a_stretch_that_counts_in_part_counts_with_that_part_of_its_time() -> None:
    """Of 10 s between two readings 4 s lie in the cycle: 4 s are credited, at the colder of the two."""
    table = rate_table(
        F0, unit=DEG_C, step=Fraction(1, 10), lowest=Fraction(0), highest=Fraction(140), longest=15 * SECOND
    )
    low = (np.array([1211], np.int64), np.array([1221], np.int64))
    part, whole = np.array([4 * SECOND], np.int64), np.array([10 * SECOND], np.int64)
    found = exposures(table, lasts=part, apart=whole, low=low, high=low)
    assert int(found.low[0]) / MINUTE_OF_GRAINS == pytest.approx(4 / 60)


def test_below_the_floor_nothing_is_counted_and_a_ramp_through_it_counts_its_hot_part() -> None:
    """PU from 50 degC on: an hour at 49.9 is nothing; a ramp from 40 to 60 counts from 50 on, exactly."""
    assert integral([(0, 49.9), (60, 49.9)], law=PU_TENFOLD, floor_at="50", longest=120 * MINUTE) == (0, 0, 0)
    _, best, _ = integral([(0, 40), (20, 60)], law=PU_TENFOLD, floor_at="50")
    exact = 7 / math.log(10) * (1 - 10 ** (-10 / 7))
    assert best == pytest.approx(exact, rel=1e-6)


def test_many_alike_count_what_their_row_says() -> None:
    """By a reference of 121 degC a second at 111 counts 1e5 us of 1024 grains, at 121 1e6; so do 300 of them each."""
    law = Law(Fraction(121), Fraction(10))
    table = rate_table(
        law, unit=DEG_C, step=Fraction(1), lowest=Fraction(100), highest=Fraction(130), longest=2 * SECOND
    )
    step = np.r_[np.full(301, 111), np.full(301, 121)]
    found = between(table, np.arange(602) * SECOND, step)
    for column in (found.low, found.best, found.high):
        assert set(np.unique(column[:300]).tolist()) <= {102_400_000 - 1, 102_400_000, 102_400_000 + 1}
        assert np.unique(column[301:]).tolist() == [1_024_000_000]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), credit=st.sampled_from(["lower bound", "log-mean", "trapezoid"]))
def test_a_stretch_among_many_counts_what_it_counts_alone(seed: int, credit: Credit) -> None:
    """With steps up and down, jumps over the whole table and beyond it, two readings of a time, gaps, other lengths."""
    draw = np.random.default_rng(seed)
    table = rate_table(
        F0, unit=DEG_C, step=Fraction(1), lowest=Fraction(90), highest=Fraction(130), longest=15 * SECOND
    )
    step = 110 + np.cumsum(draw.integers(-4, 5, 400)) % 25
    step[draw.integers(0, 400, 3)] += draw.integers(-60, 60, 3)
    most = step + np.where(draw.random(400) < 0.02, draw.integers(0, 40, 400), 0) * draw.integers(0, 2)
    apart = np.full(399, 10 * SECOND)
    apart[draw.integers(0, 399, 4)] = draw.integers(1, 40 * SECOND, 4)
    lasts = apart - np.where(draw.random(399) < 0.01, draw.integers(0, apart), 0)
    low = (step[:-1], step[1:])
    high = low if (most == step).all() else (most[:-1], most[1:])
    slew = Fraction(1, 10**9)
    found = exposures(table, lasts=lasts, apart=apart, low=low, high=high, credit=credit, slew=slew)
    for row in range(399):
        one = slice(row, row + 1)
        alone = exposures(
            table,
            lasts=lasts[one],
            apart=apart[one],
            low=(low[0][one], low[1][one]),
            high=(high[0][one], high[1][one]),
            credit=credit,
            slew=slew,
        )
        assert (found.low[row], found.best[row], found.high[row]) == (
            alone.low[0],
            alone.best[0],
            alone.high[0],
        )


@given(
    parts=st.lists(st.integers(0, 2**40), max_size=40),
    start=st.integers(0, 2**70),
    unit=st.integers(1, 2**31 - 1),
)
def test_sums_are_exact(parts: list[int], start: int, unit: int) -> None:
    """The running sum is that of whole numbers of any size, as far as its column reaches."""
    told, end = running(start, np.array(parts, np.int64), unit=unit)
    assert end == total(start, np.array(parts, np.int64)) == start + sum(parts)
    sums = [start + sum(parts[: n + 1]) for n in range(len(parts))]
    if start // unit < 2**61:
        assert told.tolist() == [total // unit for total in sums]


def test_sums_of_huge_spans_are_exact_or_capped() -> None:
    """Spans in which nothing was read can be as great as they like: no sum wraps around."""
    parts = np.full(100, 2**61, np.int64)
    told, end = running(5, parts, unit=MINUTE_OF_GRAINS // 1000)
    assert end == total(5, parts) == 5 + 100 * 2**61
    assert told.tolist() == [(5 + (n + 1) * 2**61) // (MINUTE_OF_GRAINS // 1000) for n in range(100)]
    assert running(0, parts, unit=1)[0].max() == 2**62


def test_the_lower_bound_of_a_simulated_can_costs_little() -> None:
    """A can heated and cooled exponentially: at 10 s the lower bound is within 1 % of the integral, at 60 s within 4 %."""

    def can(minute: float) -> float:
        heated = 122 - 82 * math.exp(-min(minute, 60) / 12)
        return heated if minute <= 60 else 20 + (heated - 20) * math.exp(-(minute - 60) / 12)

    exact = integral([(n / 600, can(n / 600)) for n in range(90 * 600)])[1]
    for every, part in ((10, 0.01), (60, 0.04)):
        low, best, high = integral([(n * every / 60, can(n * every / 60)) for n in range(5400 // every)])
        assert (1 - part) * exact < low < exact < high
        assert best == pytest.approx(exact, rel=0.005)
