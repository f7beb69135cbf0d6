"""Straight lines between the points of a certificate, and an honest end beyond them."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calibration import Curve, Outside
from gateway.gauge import Gauge, gauge
from gateway.measure import Measure
from readings.quality import Reason
from readings.units import unit_named

DEGC = unit_named("degC")
POINTS = ((Fraction(0), Fraction(1)), (Fraction(100), Fraction(99)), (Fraction(200), Fraction(202)))


def gauge_of(outside: Outside = Outside.BAD, **more: object) -> Gauge:
    curve = Curve(POINTS, outside)
    return gauge(source=DEGC, target=DEGC, curve=curve, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "value"), [(0, 1.0), (50, 50.0), (100, 99.0), (150, 150.5), (200, 202.0), (100.5, 99.515)]
)
def test_between_the_points(raw: float, value: float) -> None:
    """On a point its true value, between two the straight line."""
    assert gauge_of().read(raw) == (value, Reason.NONE)


@pytest.mark.parametrize("raw", [-1, 200.5, 201, 1e9])
def test_beyond_the_points_there_is_no_value(raw: float) -> None:
    """Nobody has tried what the instrument shows there."""
    value, reason = gauge_of().read(raw)
    assert math.isnan(value)
    assert reason is Reason.UNCALIBRATED


@pytest.mark.parametrize("raw", [-20.3, 121.1, 80.05])
def test_the_ends_of_a_certificate_are_the_decimals_that_were_written(raw: float) -> None:
    """-20.3 is on the point -20.3, though as a binary fraction it is 7e-16 below: in JSON decimals are meant."""
    curve = Curve(((Fraction("-20.3"), Fraction(-20)), (Fraction("121.1"), Fraction(121))), Outside.BAD)
    value, reason = gauge(source=DEGC, target=DEGC, curve=curve, decimal=True).read(raw)
    # -20 + (80.05 + 20.3) * 141 / 141.4 = -20 + 14149.35 / 141.4
    assert value == pytest.approx({-20.3: -20.0, 121.1: 121.0, 80.05: 80.0661244695898}[raw], rel=1e-13)
    assert reason is Reason.NONE


def test_beyond_the_points_if_the_site_says_so() -> None:
    """The outer lines go on, or the outer values hold."""
    extended, held = gauge_of(Outside.EXTEND), gauge_of(Outside.HOLD)
    assert extended.read(-100)[0] == -97.0  # 1 - 100 * 0.98
    assert extended.read(300)[0] == 305.0  # 202 + 100 * 1.03
    assert [held.read(raw)[0] for raw in (-100, 0, 50, 200, 300)] == [1.0, 1.0, 50.0, 202.0, 202.0]


def test_a_calibration_is_of_what_the_instrument_shows() -> None:
    """The pairs are of `raw * scale + offset`; sentinels and current loops are judged on the raw number before."""
    tenths = gauge_of(scale=Fraction(1, 10), sentinels=[32767])
    assert tenths.read(500) == (50.0, Reason.NONE)
    assert tenths.read(32767)[1] is Reason.SENTINEL
    loop = gauge_of(scale=Fraction("12.5"), offset=Fraction(-50), loop=Fraction(1))
    assert loop.read(12) == (99.0, Reason.NONE)
    assert loop.read(3)[1] is Reason.LOOP_LOW


def test_a_falling_scale_turns_the_points() -> None:
    """A transmitter that falls as its value rises is calibrated by the same points."""
    falling = gauge_of(scale=Fraction(-1), offset=Fraction(200))
    assert [falling.read(raw)[0] for raw in (0, 50, 100, 150, 200)] == [202.0, 150.5, 99.0, 50.0, 1.0]
    assert falling.read(201)[1] is Reason.UNCALIBRATED
    assert falling.read(-1)[1] is Reason.UNCALIBRATED


def test_two_points_make_a_line_without_end() -> None:
    """raw 819 is 4 mA and 4095 is 20 mA: -50 and 150 degC, and on beyond."""
    measure = Measure.model_validate({"unit": "degC", "two_point": [[819, -50], [4095, 150]]})
    read = gauge(source=DEGC, target=DEGC, curve=measure.curve).read
    assert read(819) == (-50.0, Reason.NONE)
    assert read(2457) == (50.0, Reason.NONE)
    assert read(4914) == (200.0, Reason.NONE)


def test_calibration_then_the_plans_unit() -> None:
    """A point of 0.5 degC is 32.9 degF."""
    curve = Curve(((Fraction(0), Fraction("0.5")), (Fraction(100), Fraction(100))), Outside.EXTEND)
    assert gauge(source=DEGC, target=unit_named("degF"), curve=curve).read(0)[0] == 32.9


@given(st.floats(-1000, 1000))
def test_no_step_at_a_point(raw: float) -> None:
    """A calibration has no jump: neighbours in the last place differ by no more than the steepest line makes of it."""
    read = gauge_of(Outside.EXTEND).read
    near = math.nextafter(raw, math.inf)
    assert abs(read(near)[0] - read(raw)[0]) <= 1.03 * (near - raw) + 1e-12


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"piecewise": [[0, 1], [0, 2]]}, "rise in their first number: 0 does not come behind 0"),
        ({"piecewise": [[0, 1]]}, "at least 2"),
        ({"two_point": [[5, 1], [0, 2]]}, "rise in their first number: 0 does not come behind 5"),
        ({"two_point": [[0, 1], [1, 2]], "piecewise": [[0, 1], [1, 2]]}, "two calibrations"),
        ({"outside": "hold"}, "goes with piecewise alone"),
    ],
)
def test_what_is_no_calibration_is_refused(said: dict[str, object], message: str) -> None:
    """Points that do not rise, too few of them, or two calibrations at once."""
    with pytest.raises(ValueError, match=message):
        Measure.model_validate({"unit": "degC"} | said)


def test_a_scale_of_nothing() -> None:
    """A scale of 0 makes every number the same, and leaves nothing to calibrate."""
    with pytest.raises(ValueError, match="scale of 0"):
        gauge_of(scale=Fraction(0))
