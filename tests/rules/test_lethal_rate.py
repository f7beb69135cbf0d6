"""Lethal rates: the published numbers, at the precision in which they are printed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.times import SECOND
from readings.units import unit_named
from rules.lethal_rate import F0, PU_DEL_VECCHIO, PU_TENFOLD, LethalRateError, RateTable, rate_table
from rules.lethal_rate import Law as LethalLaw

DEG_C = unit_named("degC")
F0_AT_250F = LethalLaw(Fraction(1090, 9), Fraction(10))

# L = 10 ** ((T - reference) / 10), computed from the definition: reference 121.1 degC, and exactly 250 degF.
LETHAL_RATES = [
    (90, "0.000776", "0.000774"),
    (95, "0.002455", "0.002448"),
    (100, "0.007762", "0.007743"),
    (102, "0.012303", "0.012271"),
    (104, "0.019498", "0.019449"),
    (105, "0.024547", "0.024484"),
    (106, "0.030903", "0.030824"),
    (108, "0.048978", "0.048853"),
    (110, "0.077625", "0.077426"),
    ("111.1", "0.100000", "0.099744"),
    (112, "0.123027", "0.122713"),
    (114, "0.194984", "0.194486"),
    (115, "0.245471", "0.244844"),
    (116, "0.309030", "0.308240"),
    (117, "0.389045", "0.388051"),
    (118, "0.489779", "0.488527"),
    (119, "0.616595", "0.615020"),
    (120, "0.776247", "0.774264"),
    (121, "0.977237", "0.974740"),
    ("121.1", "1.000000", "0.997445"),
    (122, "1.230269", "1.227125"),
    (123, "1.548817", "1.544859"),
    (124, "1.949845", "1.944862"),
    (125, "2.454709", "2.448437"),
    (126, "3.090295", "3.082399"),
    (128, "4.897788", "4.885274"),
    (130, "7.762471", "7.742637"),
]

# Pasteurisation units a minute, computed from the two definitions: 1.393 ** (T - 60) (Del Vecchio, Dayharsh and
# Baselt 1951), and 10 ** ((T - 60) / 7). 1 at 60 degC and 10 at 67 degC (z = 7) are definitional.
PASTEURISATION_UNITS = [
    (50, "0.0363", "0.0373"),
    (52, "0.0705", "0.072"),
    (55, "0.1907", "0.1931"),
    (57, "0.37", "0.3728"),
    (58, "0.5153", "0.5179"),
    (60, "1.0", "1.0"),
    (61, "1.393", "1.3895"),
    (62, "1.9404", "1.9307"),
    (63, "2.703", "2.6827"),
    (64, "3.7653", "3.7276"),
    (65, "5.2451", "5.1795"),
    (66, "7.3065", "7.1969"),
    (67, "10.1779", "10.0"),
    (68, "14.1778", "13.895"),
    (70, "27.5113", "26.827"),
    (72, "53.3843", "51.7947"),
    (75, "144.3001", "138.9495"),
]


def printed(law: LethalLaw, at: int | str, places: int) -> Fraction:
    """The rate rounded to so many places."""
    return round(Fraction(law.rate(Fraction(at))), places)


@pytest.mark.parametrize(("at", "at_121_1", "at_250f"), LETHAL_RATES)
def test_the_lethal_rate_is_that_of_the_published_table(at: int | str, at_121_1: str, at_250f: str) -> None:
    """To six places; 121.1 degC and 250 degF are two references."""
    assert printed(F0, at, 6) == Fraction(at_121_1)
    assert printed(F0_AT_250F, at, 6) == Fraction(at_250f)


def test_120_degc_counts_0776_as_fao_prints_it() -> None:
    """FAO, Planning and engineering data 2: Fish canning (1985), chapter 1.5: L(120 degC) = 0.776."""
    assert printed(F0, 120, 3) == Fraction("0.776")


def test_250_degf_is_0256_percent_below_121_1_degc() -> None:
    """The ratio of the two references is 10 ** 0.00111: F0 differs by 0.256 %."""
    ratio = Fraction(F0_AT_250F.rate(Fraction(100))) / Fraction(F0.rate(Fraction(100)))
    assert round((1 - ratio) * 100, 3) == Fraction("0.256")


@pytest.mark.parametrize(("at", "del_vecchio", "tenfold"), PASTEURISATION_UNITS)
def test_pasteurisation_units_are_those_of_either_definition(at: int, del_vecchio: str, tenfold: str) -> None:
    """To four places, in both definitions."""
    assert printed(PU_DEL_VECCHIO, at, 4) == Fraction(del_vecchio)
    assert printed(PU_TENFOLD, at, 4) == Fraction(tenfold)


def test_the_two_definitions_are_38_percent_apart_at_75_degc() -> None:
    """144.3 and 138.95 PU a minute: which one is meant must be said."""
    apart = Fraction(PU_DEL_VECCHIO.rate(Fraction(75))) / Fraction(PU_TENFOLD.rate(Fraction(75))) - 1
    assert Fraction("3.8") <= apart * 100 < Fraction("3.9")


@pytest.mark.parametrize(
    ("d_ref", "z", "reference", "at", "expected"),
    [
        ("0.4", 10, 121, 111, "4.0"),  # GATE (AG) 2026, Q12
        ("0.21", 10, "121.1", "121.1", "0.21"),
        ("1.67", 9, 90, 90, "1.67"),
    ],
)
def test_decimal_reduction_times_follow_from_the_rate(
    d_ref: str, z: int, reference: int | str, at: int | str, expected: str
) -> None:
    """D(T) = D(reference) / L(T): D121 = 0.4 min and z = 10 K give D111 = 4.0 min."""
    law = LethalLaw(Fraction(reference), Fraction(z))
    assert Fraction(d_ref) / Fraction(law.rate(Fraction(at))) == Fraction(expected)


def table(law: LethalLaw = F0, **other: object) -> RateTable:
    """Of a sensor from 50 to 140 degC in tenths, read every 10 s."""
    given = {
        "unit": DEG_C,
        "step": Fraction(1, 10),
        "lowest": Fraction(50),
        "highest": Fraction(140),
        "longest": 15 * SECOND,
    }
    return rate_table(law, **{**given, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize("law", [F0, F0_AT_250F, PU_TENFOLD, PU_DEL_VECCHIO])
def test_a_table_bounds_the_rate_on_both_sides(law: LethalLaw) -> None:
    """In every row low <= rate <= high, and the two are one unit of the last place apart at most."""
    made = table(law, highest=Fraction(140 if law.reference > 100 else 90))
    for row in range(1, made.low.size - 1):
        rate = Fraction(law.rate(Fraction(made.first + row - 1, 10)))
        low, high = Fraction(int(made.low[row]), 2**made.bits), Fraction(int(made.high[row]), 2**made.bits)
        assert low <= rate <= high
        assert made.high[row] - made.low[row] <= 1


def test_a_table_grows_with_temperature() -> None:
    """A higher temperature never counts less, whichever column."""
    made = table(uncertainty=Fraction(3, 10))
    for column in (made.low, made.best, made.high, made.area):
        assert (np.diff(column) >= 0).all()


def test_beyond_the_table_the_bounds_still_hold() -> None:
    """Colder than the table counts nothing below; hotter counts no more than its hottest row below."""
    made = table()
    assert made.low[0] == 0
    assert made.high[0] == made.high[1]
    assert made.low[-1] == made.low[-2]
    assert made.high[-1] >= made.high[-2]


@given(bias=st.integers(-20, 20))
def test_uncertainty_goes_through_in_closed_form(bias: int) -> None:
    """A bias of b in the temperature is a factor of 10 ** (b / z) in the rate: +0.5 degC is 12.2 %."""
    shift = Fraction(bias, 10)
    factor = Fraction(F0.rate(F0.reference + shift))
    moved, there = Fraction(F0.rate(Fraction(115) + shift)), Fraction(F0.rate(Fraction(115)))
    assert abs(moved / there - factor) < Fraction(1, 10**40)


@pytest.mark.parametrize(("bias", "percent"), [("0.5", "12.2"), ("1", "25.9"), ("-1", "-20.6")])
def test_a_bias_costs_what_is_published(bias: str, percent: str) -> None:
    """F0 changes by 12.2 % for +0.5 K, 25.9 % for +1 K, -20.6 % for -1 K (closed form, z = 10 K)."""
    factor = Fraction(F0.rate(F0.reference + Fraction(bias)))
    assert round((factor - 1) * 100, 1) == Fraction(percent)


def test_the_credited_rate_is_that_of_the_temperature_less_its_uncertainty() -> None:
    """low is L(T - U), high is L(T + U)."""
    plain, unsure = table(), table(uncertainty=Fraction(3, 10))
    scale = 2.0 ** (plain.bits - unsure.bits)
    assert unsure.low[4:-1] * scale == pytest.approx(plain.low[1:-4], rel=1e-5, abs=2)
    assert unsure.high[1:-4] * scale == pytest.approx(plain.high[4:-1], rel=1e-5, abs=2)


def test_below_the_floor_nothing_counts() -> None:
    """PU from 50 degC on: 49.9 counts nothing in any column, 50.0 counts."""
    made = table(PU_TENFOLD, lowest=Fraction(0), highest=Fraction(90), floor_at=Fraction(50))
    row = 500 - made.first + 1
    assert made.low[row - 1] == made.best[row - 1] == made.high[row - 1] == made.area[row - 1] == 0
    assert made.low[row] > 0


def test_fahrenheit_and_celsius_count_the_same() -> None:
    """250 degF on a sensor in degF is the rate 1 of the reference 250 degF."""
    made = rate_table(
        F0_AT_250F,
        unit=unit_named("degF"),
        step=Fraction(1, 10),
        lowest=Fraction(100),
        highest=Fraction(280),
        longest=15 * SECOND,
    )
    row = 2500 - made.first + 1
    assert made.low[row] == made.high[row] == 2**made.bits


def test_edge_case_27_a_sentinel_counts_no_more_than_the_end_of_the_table() -> None:
    """850 degC would count as 10 ** 73 minutes: credited are 2 ** 20 at most, and what may have been is no number."""
    made = table(highest=Fraction(1000))
    assert made.low.size < 2000
    assert made.low[-1] <= 2 ** (20 + made.bits)
    assert made.unseen == 2**61


def test_a_range_without_a_rate_is_refused() -> None:
    """Finer than 100,000 steps, or hotter than any process: the message says what to do."""
    with pytest.raises(LethalRateError, match="give the sensor a range of at most 100000 steps"):
        table(step=Fraction(1, 10_000))
    with pytest.raises(LethalRateError, match=r"below 181\.\d+ degC"):
        table(lowest=Fraction(500), highest=Fraction(600))


def test_the_same_bytes_everywhere() -> None:
    """The tables are fixed numbers, typed here: 121.1 degC counts 1 exactly, 120.0 degC 0.776 247 116."""
    made = table()
    row = 1211 - made.first + 1
    assert made.low[row] == made.high[row] == 2**made.bits
    assert int(made.low[row - 11]) * 10**9 >> made.bits == 776_247_116
