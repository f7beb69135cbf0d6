"""Composed values, scales from other registers, status words: what the numbers of a device mean together."""

from __future__ import annotations

import math
from typing import Any

import pytest

from gateway.channel import Channel
from gateway.decode import Order
from gateway.meaning import Meaning, Raw, meaning
from gateway.requests import Span
from readings.quality import Reason
from readings.units import unit_named

HIGH = {"at": "holding 10", "type": "uint16", "times": 65536}
LOW = {"at": "holding 11", "type": "uint16"}


def meant(*, unit: str = "degC", target: str = "", order: Order = Order.ABCD, **said: Any) -> Meaning:
    channel = Channel.model_validate({"reads": "l/s", "unit": unit} | said)
    return meaning(channel, order=order, target=unit_named(target or unit))


def value(of: Meaning, *raws: Raw) -> tuple[float | None, Reason]:
    """The value (None where there is none) and its reason."""
    number, _, reason = of.measured(raws)
    return (None if math.isnan(number) else number), reason


def test_a_high_and_a_low_word() -> None:
    """hi * 65536 + lo, read in one request, raw and value exact."""
    energy = meant(unit="count", sum=[HIGH, LOW])
    assert energy.spans == (Span("holding", 10, 2),)
    assert energy.measured([1, 2]) == (65538.0, 65538.0, Reason.NONE)
    assert energy.measured([65535, 65535]) == (4294967295.0, 4294967295.0, Reason.NONE)


def test_parts_far_apart_are_read_apart() -> None:
    """Two registers that do not touch need not come from one answer."""
    apart = meant(unit="count", difference=[LOW, {"at": "holding 40", "type": "uint16"}])
    assert apart.spans == (Span("holding", 11, 1), Span("holding", 40, 1))
    assert value(apart, 100, 58) == (42.0, Reason.NONE)


def test_a_product_is_scaled_as_any_number() -> None:
    """A reading of 123.4 A times a transformer ratio of 20, in tenths."""
    power = meant(unit="A", target="mA", scale="0.1", product=[LOW, HIGH | {"times": 1}])
    assert value(power, 1234, 20) == (2468000.0, Reason.NONE)


def test_floats_are_added_exactly() -> None:
    """0.1 and 0.2 as floats are rounded once, after they were added."""
    both = [{"at": "holding 0", "type": "float64"}, {"at": "holding 4", "type": "float64"}]
    assert value(meant(sum=both), 0.1, 0.2) == (0.1 + 0.2, Reason.NONE)
    assert value(meant(sum=both), 1e16, 1.0) == (1e16, Reason.INEXACT)
    assert value(meant(sum=[*both, {"at": "holding 8", "type": "float64"}]), 1e16, 1.0, -1e16) == (
        1.0,
        Reason.NONE,
    )


def test_no_part_no_value() -> None:
    """A part that is a sentinel, not a number, or not there, takes the whole."""
    whole = meant(unit="count", sum=[HIGH, LOW | {"sentinels": [65535]}])
    assert value(whole, 0, 65535) == (None, Reason.SENTINEL)
    assert value(whole, Reason.NO_ANSWER, 5) == (None, Reason.NO_ANSWER)
    floats = meant(sum=[{"at": "holding 0", "type": "float32"}, {"at": "holding 2", "type": "float32"}])
    assert value(floats, 1.0, math.nan) == (None, Reason.NOT_A_NUMBER)
    assert value(floats, 1.0, -math.inf) == (None, Reason.NOT_A_NUMBER)


SCALED = {
    "at": "holding 70",
    "type": "int16",
    "sentinels": [-32768],
    "exponent": {"at": "holding 84", "type": "int16", "sentinels": [-32768]},
}


def test_a_scale_from_another_register() -> None:
    """SunSpec: the number times ten to the power of its scale factor; the raw number is what stood on the wire."""
    voltage = meant(unit="V", **SCALED)
    assert voltage.measured([2304, -1]) == (230.4, 2304.0, Reason.NONE)
    assert voltage.measured([23, 1]) == (230.0, 23.0, Reason.NONE)
    assert voltage.measured([23, 0]) == (23.0, 23.0, Reason.NONE)


def test_sentinels_of_number_and_scale() -> None:
    """0x8000 in either says that there is none; the number's is judged before it is scaled."""
    voltage = meant(unit="V", **SCALED)
    assert value(voltage, -32768, -1) == (None, Reason.SENTINEL)
    assert value(voltage, 2304, -32768) == (None, Reason.SENTINEL)
    assert value(voltage, 2304, Reason.ILLEGAL_ADDRESS) == (None, Reason.ILLEGAL_ADDRESS)
    assert value(voltage, 2304, 31) == (None, Reason.NOT_DECODED)


def test_beyond_every_float() -> None:
    """A float near the end of its range times ten to the thirtieth is no number, and no crash."""
    huge = meant(unit="V", **SCALED | {"type": "float64", "sentinels": []})
    assert value(huge, 1e300, 30) == (None, Reason.NOT_A_NUMBER)


STATUS = [
    {"at": "input 9", "type": "bool", "bits": 0, "means": "fault"},
    {"at": "input 9", "type": "bool", "bits": 3, "means": "bypass"},
    {"at": "input 9", "type": "uint16", "bits": "8 to 9", "means": "doubted", "when": [2, 3]},
    {"at": "discrete 5", "type": "bool", "means": "fault", "when": [0]},
]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((0, 0, 0, 1), (-19.3, Reason.NONE)),
        ((1, 0, 0, 1), (None, Reason.DEVICE_FAULT)),
        ((0, 1, 0, 1), (None, Reason.BYPASS)),
        ((0, 0, 1, 1), (-19.3, Reason.NONE)),
        ((0, 0, 2, 1), (-19.3, Reason.DOUBTED)),
        ((0, 0, 3, 1), (-19.3, Reason.DOUBTED)),
        ((0, 1, 3, 1), (None, Reason.BYPASS)),
        ((0, 0, 0, 0), (None, Reason.DEVICE_FAULT)),
        ((0, 0, 0, Reason.NO_ANSWER), (None, Reason.NO_ANSWER)),
    ],
)
def test_status_becomes_quality(told: tuple[Raw, ...], expected: tuple[float | None, Reason]) -> None:
    """Bits say fault, bypass or doubt, the worst wins; what cannot be asked is not taken for well."""
    air = meant(at="input 4", type="int16", scale="0.1", status=STATUS)
    assert value(air, -193, *told) == expected
    assert air.measured([-193, *told])[1] == -193.0


def test_a_sentinel_says_more_than_the_status() -> None:
    """What the number says of itself stays, whatever the status says as well."""
    air = meant(at="input 4", type="int16", sentinels=[-32768], status=STATUS[:1])
    assert value(air, -32768, 1) == (None, Reason.SENTINEL)


def test_codes_become_texts() -> None:
    """What a number means by the device; one that it does not name is its digits, never another one's meaning."""
    state = meant(unit="text", at="holding 3", type="uint16", codes={1: "running", 2: "stopped"})
    assert [state.text([raw]) for raw in (1, 2, 7)] == ["running", "stopped", "7"]
    assert state.text([Reason.NO_ANSWER]) is Reason.NO_ANSWER


def test_texts_have_sentinels_and_status_too() -> None:
    """A code for "no value" is no text, nor is one of a device that is at fault."""
    state = meant(
        unit="text", at="holding 3", type="uint16", codes={1: "on"}, sentinels=[65535], status=STATUS[:1]
    )
    assert state.text([65535, 0]) is Reason.SENTINEL
    assert state.text([1, 1]) is Reason.DEVICE_FAULT
    assert state.text([1, 0]) == "on"


def test_a_text_takes_its_registers() -> None:
    """`length` registers, asked in one piece."""
    lot = meant(unit="text", at="holding 100", type="text", length=8)
    assert lot.spans == (Span("holding", 100, 8),)
    assert lot.text(["L-2026-118"]) == "L-2026-118"


def test_sentinels_of_narrow_floats() -> None:
    """1e30 written in the site file is the float32 nearest to it on the wire."""
    ozone = meant(unit="mg/L", at="input 0", type="float32", sentinels=[1e30])
    assert value(ozone, 1.0000000150474662e30) == (None, Reason.SENTINEL)
    assert value(ozone, 0.5) == (0.5, Reason.NONE)


def test_decimals_from_another_register() -> None:
    """A controller that says how many decimals its number has: 1234 with 1 is 123.4."""
    decimals = {"at": "input 1001", "type": "uint16", "times": -1}
    shown = meant(at="input 1000", type="int16", exponent=decimals)
    assert shown.measured([1234, 1]) == (123.4, 1234.0, Reason.NONE)
    assert shown.measured([1234, 0]) == (1234.0, 1234.0, Reason.NONE)
    assert value(
        meant(at="input 0", type="int16", exponent={"at": "input 4", "type": "float32"}), 5, math.nan
    ) == (
        None,
        Reason.NOT_A_NUMBER,
    )


def test_a_wrong_device_gives_no_values() -> None:
    """A register by which a device is known says fault unless it reads what it must."""
    known = {"at": "input 104", "type": "uint16", "means": "fault", "unless": [0x544B, 0x544D]}
    shown = meant(at="input 1000", type="int16", status=[known])
    assert value(shown, 5, 0x544B) == (5.0, Reason.NONE)
    assert value(shown, 5, 0x544D) == (5.0, Reason.NONE)
    assert value(shown, 5, 0) == (None, Reason.DEVICE_FAULT)
