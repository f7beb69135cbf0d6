"""Holding values against bounds: in full, or rounded to the digits in which the limit is written (GB/T 8170-2008)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from readings.units import unit_named
from rules.bounds import Bound, BoundTable
from rules.quantities import Quantity


def beyond(
    unit: str, resolution: str, values: list[float], *, rounded: bool = True, **bounds: str
) -> list[bool]:
    """Whether each value is beyond bounds such as `at_least="121.0 degC"`."""
    given = {}
    for name, text in bounds.items():
        number, of = text.split()
        digits = len(number.partition(".")[2])
        given[name] = Quantity(value=Fraction(number), unit=unit_named(of), digits=digits)
    bound = Bound.of(unit=unit_named(unit), resolution=Fraction(resolution), rounded=rounded, **given)
    return BoundTable([bound]).beyond(np.zeros(len(values), np.intp), np.array(values)).tolist()


@pytest.mark.parametrize("resolution", ["0.01", "0.1"])
def test_a_number_of_32_bits_is_the_decimal_that_it_was_made_of(resolution):
    """121.1 is 121.09999847 as a float32, -19.3 is -19.29999924, and 134.4 is 134.39999390; 121.098 is less than 121.1."""
    warm, hot, cold = np.array([121.1, 134.4, -19.3], np.float32).astype(float).tolist()
    assert beyond("degC", resolution, [warm, 121.098], rounded=False, at_least="121.1 degC") == [False, True]
    assert beyond("degC", resolution, [hot], rounded=False, at_least="134.4 degC") == [False]
    assert beyond("degC", resolution, [cold, -19.298], rounded=False, at_most="-19.3 degC") == [False, True]
    assert beyond("degC", resolution, [warm, 121.102], rounded=False, above="121.1 degC") == [True, False]


@pytest.mark.parametrize("resolution", ["0.01", "0.1", "0.5"])
def test_rounded_to_the_digits_of_the_limit_whatever_the_resolution_is(resolution):
    """120.96 and 120.95 (half, to the even 121.0) are 121.0, 120.949 is 120.9: it is never rounded twice."""
    assert beyond("degC", resolution, [120.96, 120.95, 120.949, 121.0], at_least="121.0 degC") == [
        False,
        False,
        True,
        False,
    ]
    assert beyond("degC", resolution, [120.96], rounded=False, at_least="121.0 degC") == [True]


def test_a_half_goes_to_the_even_digit():
    """5.05 is 5.0, 5.15 is 5.2, -0.25 is -0.2: at most 5.0, at most 5.1, at least -0.2."""
    assert beyond("degC", "0.1", [5.05, 5.0501], at_most="5.0 degC") == [False, True]
    assert beyond("degC", "0.1", [5.15, 5.1499], at_most="5.1 degC") == [True, False]
    assert beyond("degC", "0.1", [-0.25, -0.2501], at_least="-0.2 degC") == [False, True]
    assert beyond("degC", "0.1", [-0.35, -0.3499], at_least="-0.3 degC") == [True, False]


def test_the_digits_are_those_that_are_written():
    """121 degC asks for whole degrees: 120.5 is the even 120, 120.6 is 121."""
    assert beyond("degC", "0.1", [120.5, 120.6], at_least="121 degC") == [True, False]
    assert beyond("degC", "0.1", [120.96, 120.99, 120.996], at_least="121.00 degC") == [True, True, False]


def test_exclusive_bounds_round_as_well():
    """Above 5.0: 5.04 is 5.0 and beyond, 5.06 is 5.1. Below 5.0: 4.96 is 5.0 and beyond, 4.94 is 4.9."""
    assert beyond("degC", "0.1", [5.04, 5.05, 5.06], above="5.0 degC") == [True, True, False]
    assert beyond("degC", "0.1", [4.96, 4.95, 4.94], below="5.0 degC") == [True, True, False]


def test_in_full_an_exclusive_bound_is_just_its_number():
    """Above 5.0 degC, 5.04 is; a value between two steps is held against the bound, not against the next step."""
    assert beyond("degC", "0.1", [5.0, 5.04], rounded=False, above="5.0 degC") == [True, False]
    assert beyond("degC", "0.1", [5.0, 4.96], rounded=False, below="5.0 degC") == [True, False]


def test_it_is_rounded_in_the_unit_of_the_limit():
    """250.0 degF on a sensor in degC: 121.084 degC is 249.951 degF, so 250.0; 121.082 degC is 249.948, so 249.9."""
    assert beyond("degC", "0.001", [121.084, 121.082], at_least="250.0 degF") == [False, True]


def test_whole_steps_are_told_for_what_follows_from_readings():
    """At least 3 min, judged in thousandths: 2.5 rounds to the even 2, so 2.501 is the least that holds."""
    three = Quantity(value=Fraction(3), unit=unit_named("min"), digits=0)
    bound = Bound.of(unit=unit_named("min"), resolution=Fraction(1, 1000), at_least=three, rounded=True)
    assert bound.lower == 2501


RETORT = """
line: {{state: {{from: phase, codes: {{"1": loading, "2": heating, "3": cooling}}}}, judged_when: heating}}
sensors:
  phase: {{unit: code, every: 10 s, silent_after: 60 s}}
  t: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 140]}}
ccps: [{{id: C, critical: [{{id: a, of: t, compare: rounded, {limit}}}]}}]
"""


def heated(bench, temperature: float, seconds: int, lost: tuple[int, ...] = ()) -> str:
    """What a cycle came to that was so long at a temperature, from 61 s on."""
    end = 60 + seconds + 5
    rows = [("phase", at, 1.0 if at < 60 else 2.0) for at in range(0, end, 10)]
    rows += [("phase", end, 3.0), ("phase", end + 10, 3.0)]
    rows += [
        ("t", at, temperature if 61 <= at <= 61 + seconds else 0.0)
        for at in range(1, end + 60, 10)
        if at not in lost
    ]
    return next(span[0] for span in bench.spans(rows, until=end + 50) if span[1] == 60)


def test_an_integral_is_rounded_to_the_digits_of_its_limit(make_bench):
    """At 121.1 degC: 160 s are 2.667 min and round to 3, 150 s are 2.5 min and round to the even 2."""
    bench = make_bench(
        RETORT.format(limit="kind: lethality, reference: 121.1 degC, z: 10 K, at_least: 3 min")
    )
    assert [heated(bench, 121.1, seconds) for seconds in (160, 150)] == ["ok", "deviation"]


def test_too_much_is_rounded_too_and_what_was_not_read_never_counts_as_within(make_bench):
    """60 degC for 20 min are 20 PU, 67 degC for 3 min are 30; with 20 s not read at all it cannot be shown to stay below."""
    bench = make_bench(
        RETORT.format(limit="kind: pasteurisation_units, formula: 10^((T-60)/7), at_most: 25 PU")
    )
    assert [heated(bench, 60.0, 1200), heated(bench, 67.0, 180)] == ["ok", "deviation"]
    assert heated(bench, 60.0, 1200, lost=(301,)) == "indeterminate"
