"""Units: converted exactly, or refused with the reason."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.errors import UnitError
from readings.spellings import SPELLINGS, spelt
from readings.units import UNITS, conversion, convert, decimal_text, parse_quantity, unit_named


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("0", "degF", "degC", Fraction(-160, 9)),
        ("250", "degF", "degC", Fraction(1090, 9)),  # 121.1 recurring, the reference of F0 in degF
        ("-40", "degF", "degC", Fraction(-40)),
        ("1", "mW.s/cm2", "mJ/cm2", Fraction(1)),
        ("400", "J/m2", "mJ/cm2", Fraction(40)),
        ("1", "g/m3", "mg/L", Fraction(1)),
        ("0.4", "mg/L", "ug/L", Fraction(400)),
        ("18", "delta_degF", "K", Fraction(10)),
        ("1", "bar", "kPa", Fraction(100)),
        ("60", "L/min", "m3/h", Fraction(18, 5)),
    ],
)
def test_known_conversions_are_exact(value, source, target, expected):
    """No rounding on the way."""
    assert convert(Fraction(value), UNITS[source], UNITS[target]) == expected


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("K", "degC", "temperature difference is not a temperature"),
        ("kPa", "kPa_abs", "gauge and absolute"),
        ("ppm", "mg/L", "mass ratio"),
        ("mW/cm2", "mJ/cm2", "dose is an irradiance times a time"),
        ("degC", "m3/h", "measures"),
    ],
)
def test_what_does_not_measure_the_same_is_refused(source, target, why):
    """The message says why, and what to mind."""
    with pytest.raises(UnitError, match=why):
        conversion(UNITS[source], UNITS[target])


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)), st.fractions())
def test_there_and_back_is_where_it_was(source, target, value):
    """Every conversion that is allowed has an exact inverse."""
    one, other = UNITS[source], UNITS[target]
    if one.dimension == other.dimension:
        assert convert(convert(value, one, other), other, one) == value


def test_an_unknown_unit_names_what_was_meant():
    """`C` could be coulomb, `mPa` is not MPa: close, and refused."""
    for name, meant in (
        ("C", "degC"),
        ("mPa", "MPa"),
        ("MW/cm2", "mW/cm2"),
        ("分", "min"),
        ("kg/cm2", "kgf/cm2"),
    ):
        with pytest.raises(UnitError, match=f"did you mean {meant}"):
            unit_named(name)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("°C", "degC"),
        ("℃", "degC"),
        ("摄氏度", "degC"),
        ("℉", "degF"),
        ("mg/l", "mg/L"),
        ("µg/L", "ug/L"),  # the micro sign
        ("μg/L", "ug/L"),  # the Greek letter
        ("毫克/升", "mg/L"),
        ("mJ/cm²", "mJ/cm2"),
        ("mW·s/cm²", "mW.s/cm2"),
        ("mW*s/cm2", "mW.s/cm2"),
        ("mg·min/L", "mg.min/L"),
        ("m³/h", "m3/h"),
        ("％", "%"),
        ("吨/小时", "t/h"),
        ("bara", "bar_abs"),
        ("barg", "bar"),
        ("kPa(g)", "kPa"),
        ("kPa（表压）", "kPa"),
        ("kPa gauge", "kPa"),
        ("psig", "psi"),
        ("psia", "psi_abs"),
        ("MPa abs", "MPa_abs"),
        ("千帕 绝压", "kPa_abs"),
    ],
)
def test_another_spelling_that_can_mean_one_thing_only_is_read(written, name):
    """As people write it, and under one name inside, so that hashes do not depend on it."""
    assert unit_named(written) is UNITS[name]


def test_every_spelling_leads_to_a_unit():
    """No entry of the table leads nowhere, or hides a unit that there is."""
    for written, name in SPELLINGS.items():
        assert name in UNITS
        assert written not in UNITS
        assert spelt(written) == name


def test_gauge_and_absolute_convert_among_themselves_alone():
    """1.2 bara is 120 kPa absolute, exactly; what it is in gauge depends on the day."""
    value, unit = parse_quantity("1.2 bara")
    assert convert(value, unit, UNITS["kPa_abs"]) == 120
    with pytest.raises(UnitError, match="atmosphere of the day"):
        convert(value, unit, UNITS["kPa"])


def test_a_pound_per_square_inch_is_exact():
    """0.45359237 kg under 9.80665 m/s2 on a square of 0.0254 m: by definition of each."""
    exact = Fraction("0.45359237") * Fraction("9.80665") / Fraction("0.0254") ** 2 / 1000
    assert convert(Fraction(1), UNITS["psi"], UNITS["kPa"]) == exact
    assert convert(Fraction(1), UNITS["kgf/cm2"], UNITS["kPa"]) == Fraction("98.0665")


def test_a_quantity_is_a_number_with_a_unit():
    """Exact value and unit; a bare number is refused."""
    assert parse_quantity("-18.0 degC") == (Fraction(-18), UNITS["degC"])
    assert parse_quantity("0.40mg/L") == (Fraction(2, 5), UNITS["mg/L"])
    for wrong in ("degC", "--1 degC", "about 5 degC"):
        with pytest.raises(UnitError, match="is not a quantity"):
            parse_quantity(wrong)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("-18", "has no unit"),
        ("\u221218 degC", "a dash that is no minus sign"),
        ("\u201318 degC", "a dash that is no minus sign"),
        ("１８ degC", "full-width digits"),
        ("≤ 5 degC", "has a comparison in it"),
        ("<=5 degC", "has a comparison in it"),
        ("±0.5 K", "has ± in it"),
        ("18 ± 1 degC", "holds two numbers"),
        ("18 degC +/- 1", "holds two numbers"),
        ("18-20 degC", "holds two numbers"),
        ("18~20 degC", "holds two numbers"),
        ("18 至 20 degC", "holds two numbers"),
        ("18 to 20 degC", "holds two numbers"),
        ("1,5 mg/L", "write the point"),
        ("1,000 L", "no thousands separators"),
        ("1e-3 mg/L", "write the number out"),
    ],
)
def test_what_is_nearly_a_quantity_is_refused_with_the_reason(text, why):
    """The usual mistakes are told by what stands there, not by what the parser missed."""
    with pytest.raises(UnitError, match=why.replace("+", r"\+")):
        parse_quantity(text)


@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_decimal_text_is_exact_for_decimals(digits, places):
    """The text of a decimal gives the same number back."""
    value = Fraction(digits, 10**places)
    assert Fraction(decimal_text(value)) == value


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("2", "K/min", "K/h", Fraction(120)),
        ("18", "delta_degF/min", "K/min", Fraction(10)),
        ("1", "bar/s", "kPa/min", Fraction(6000)),
        ("60", "count/h", "count/min", Fraction(1)),
        ("1", "mg/l/min", "mg/L/h", Fraction(60)),
        ("1", "千帕/min", "kPa/min", Fraction(1)),
    ],
)
def test_how_fast_something_changes_is_its_unit_per_time(value, source, target, expected):
    """Exactly, in whatever spelling the unit itself may have."""
    assert convert(Fraction(value), unit_named(source), unit_named(target)) == expected


def test_what_has_a_name_of_its_own_keeps_it():
    """A flow is no volume per time, for there is a flow."""
    assert unit_named("m3/h").dimension == "flow"
    assert unit_named("L/min") is UNITS["L/min"]


def test_a_temperature_per_time_is_a_difference_per_time():
    """Refused, with what to write; and what does not change in a measure has no rate."""
    with pytest.raises(UnitError, match="write K/min"):
        unit_named("degC/min")
    for name in ("bool/min", "min/h", "text/h", "K/L", "/min"):
        with pytest.raises(UnitError, match="no unit named"):
            unit_named(name)
