"""Units: converted exactly, or refused with the reason."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.errors import UnitError
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
    """`°C` and `mg/l` are not units here, but close."""
    with pytest.raises(UnitError, match="did you mean degC"):
        unit_named("°C")
    with pytest.raises(UnitError, match="did you mean mg/L"):
        unit_named("mg/l")


def test_a_quantity_is_a_number_with_a_unit():
    """Exact value and unit; a bare number is refused."""
    assert parse_quantity("-18.0 degC") == (Fraction(-18), UNITS["degC"])
    assert parse_quantity("0.40mg/L") == (Fraction(2, 5), UNITS["mg/L"])
    for wrong in ("18", "degC", "1e3 degC", "--1 degC"):
        with pytest.raises(UnitError):
            parse_quantity(wrong)


@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_decimal_text_is_exact_for_decimals(digits, places):
    """The text of a decimal gives the same number back."""
    value = Fraction(digits, 10**places)
    assert Fraction(decimal_text(value)) == value
