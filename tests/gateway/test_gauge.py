"""Raw numbers become values exactly, or reasons."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.gauge import Gauge, as_float32, gauge, loop_reason
from readings.errors import UnitError
from readings.quality import Reason
from readings.units import unit_named

DEGC, DEGF = unit_named("degC"), unit_named("degF")


def in_degc(**more: object) -> Gauge:
    return gauge(source=DEGC, target=DEGC, **more)  # type: ignore[arg-type]


@given(st.integers(-32768, 32767))
def test_tenths_are_what_a_person_would_write(raw: int) -> None:
    """-193 tenths is the float that the text -19.3 is, for every int16."""
    assert in_degc(scale=Fraction(1, 10)).read(raw) == (float(Decimal(raw) / 10), Reason.NONE)


@given(st.decimals(-200, 200, places=1))
def test_conversion_is_rounded_once(written: Decimal) -> None:
    """A decimal in degF becomes the float nearest to its exact value in degC."""
    value, _ = gauge(source=DEGF, target=DEGC, decimal=True).read(float(written))
    assert value == float((Fraction(written) - 32) * 5 / 9)


def test_scale_and_offset() -> None:
    """`raw * scale + offset`, then the plan's unit."""
    kelvin = gauge(source=unit_named("kelvin"), target=DEGC, scale=Fraction(1, 100), offset=Fraction(0))
    assert kelvin.read(25385) == (-19.3, Reason.NONE)


def test_what_measures_something_else_is_refused() -> None:
    """A temperature difference is no temperature, however it is scaled."""
    with pytest.raises(UnitError, match="temperature difference is not a temperature"):
        gauge(source=unit_named("K"), target=DEGC)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (-32768, Reason.SENTINEL),
        (math.nan, Reason.NOT_A_NUMBER),
        (math.inf, Reason.NOT_A_NUMBER),
    ],
)
def test_no_value(raw: float, reason: Reason) -> None:
    """Sentinels and what is no number give no value."""
    value, told = in_degc(sentinels=[-32768, 32767]).read(raw)
    assert math.isnan(value)
    assert told is reason


def test_sentinels_of_every_width() -> None:
    """The largest int64 and a float32's 1e30 are recognised as they come from the wire."""
    assert in_degc(sentinels=[2**63 - 1]).read(2**63 - 1)[1] is Reason.SENTINEL
    assert in_degc(sentinels=[as_float32(1e30)]).read(as_float32(1e30))[1] is Reason.SENTINEL
    assert as_float32(1e30) != 1e30
    assert as_float32(1e300) == math.inf


def test_a_sentinel_that_was_a_float32_once_is_known() -> None:
    """-999.9 is the float32 c479f99a, and that is -999.9000244140625 where a device writes it out as a double."""
    read = in_degc(sentinels=[-999.9, 1e30, 16777217], decimal=True).read
    assert read(1.0000000150474662e30)[1] is Reason.SENTINEL
    assert read(-999.9)[1] is Reason.SENTINEL
    assert read(-999.9000244140625)[1] is Reason.SENTINEL
    assert read(-999.90002)[1] is Reason.NONE
    assert read(16777216)[1] is Reason.NONE


def test_more_than_a_float_holds_is_uncertain() -> None:
    """An integer beyond 2**53 is not kept exactly, and says so."""
    assert in_degc().read(2**53)[1] is Reason.NONE
    assert in_degc().read(2**53 + 1)[1] is Reason.INEXACT


def test_truth_is_0_or_1() -> None:
    """A truth value of 2 is none."""
    truth = gauge(source=unit_named("bool"), target=unit_named("bool"))
    assert truth.read(1) == (1.0, Reason.NONE)
    assert truth.read(2)[1] is Reason.NOT_DECODED


@pytest.mark.parametrize(
    ("milliamps", "reason"),
    [
        ("0", Reason.LOOP_LOW),
        ("3.6", Reason.LOOP_LOW),
        ("3.61", Reason.LOOP_MARGIN),
        ("3.79", Reason.LOOP_MARGIN),
        ("3.8", Reason.CLAMPED),
        ("4", Reason.NONE),
        ("20", Reason.NONE),
        ("20.5", Reason.CLAMPED),
        ("20.51", Reason.LOOP_MARGIN),
        ("21", Reason.LOOP_HIGH),
        ("24", Reason.LOOP_HIGH),
    ],
)
def test_current_loop(milliamps: str, reason: Reason) -> None:
    """NAMUR NE 43 at each of its borders."""
    assert loop_reason(Fraction(milliamps)) is reason


def test_broken_wire_is_never_a_cold_room() -> None:
    """0 mA of a -50 to 150 degC transmitter is no -100 degC; 4 mA is -50."""
    probe = in_degc(scale=Fraction("12.5") / 1000, offset=Fraction(-100), loop=Fraction(1, 1000))
    assert math.isnan(probe.read(0)[0])
    assert probe.read(0)[1] is Reason.LOOP_LOW
    assert probe.read(4000) == (-50.0, Reason.NONE)
    assert probe.read(20000) == (150.0, Reason.NONE)
