"""Registers become the numbers that the device means."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decode import ORDER_NAMED, Kind, Order, decode, encode, text_of


@pytest.mark.parametrize(
    ("registers", "kind", "order", "number"),
    [
        ([0xFF3F], Kind.INT16, Order.ABCD, -193),
        ([0x3FFF], Kind.INT16, Order.BADC, -193),
        ([0xFFFF], Kind.UINT16, Order.ABCD, 65535),
        ([0x1234, 0x5678], Kind.UINT32, Order.ABCD, 0x12345678),
        ([0x3412, 0x7856], Kind.UINT32, Order.BADC, 0x12345678),
        ([0x5678, 0x1234], Kind.UINT32, Order.CDAB, 0x12345678),
        ([0x7856, 0x3412], Kind.UINT32, Order.DCBA, 0x12345678),
        ([0xC19A, 0x6666], Kind.FLOAT32, Order.ABCD, -19.299999237060547),
        ([0x6666, 0xC19A], Kind.FLOAT32, Order.CDAB, -19.299999237060547),
        ([0xFFFF] * 4, Kind.INT64, Order.DCBA, -1),
        ([1], Kind.BOOL, Order.ABCD, 1),
        ([0x80FF], Kind.INT8_HIGH, Order.ABCD, -128),
        ([0x80FF], Kind.INT8_LOW, Order.ABCD, -1),
        ([0x80FF], Kind.UINT8_HIGH, Order.ABCD, 128),
        ([0x80FF], Kind.UINT8_LOW, Order.ABCD, 255),
        ([0x80FF], Kind.UINT8_LOW, Order.BADC, 128),
        ([0x00FF, 0xFFFE], Kind.INT24, Order.ABCD, -2),
        ([0x7F80, 0x0000], Kind.INT24, Order.ABCD, -8388608),  # the highest byte is not part of it
        ([0x1212, 0x3456], Kind.UINT24, Order.ABCD, 0x123456),
        ([0x3456, 0x1212], Kind.UINT24, Order.CDAB, 0x123456),
        ([0x4A2C], Kind.FLOAT16, Order.ABCD, 12.34375),
        ([0x2C4A], Kind.FLOAT16, Order.BADC, 12.34375),
        ([0x405E, 0xDCCC, 0xCCCC, 0xCCCD], Kind.FLOAT64, Order.ABCD, 123.45),
        ([0x1987], Kind.BCD16, Order.ABCD, 1987),
        ([0x8719], Kind.BCD16, Order.BADC, 1987),
        ([0x0012, 0x3456], Kind.BCD32, Order.ABCD, 123456),
        ([0x3456, 0x0012], Kind.BCD32, Order.CDAB, 123456),
    ],
)
def test_known_values(registers: list[int], kind: Kind, order: Order, number: float) -> None:
    """Types and byte orders as devices use them."""
    assert decode(registers, kind, order) == number


@pytest.mark.parametrize(
    ("order", "registers"),
    [
        ("ABCD", [0x0102, 0x0304, 0x0506, 0x0708]),
        ("ABCDEFGH", [0x0102, 0x0304, 0x0506, 0x0708]),
        ("BADCFEHG", [0x0201, 0x0403, 0x0605, 0x0807]),
        ("GHEFCDAB", [0x0708, 0x0506, 0x0304, 0x0102]),
        ("HGFEDCBA", [0x0807, 0x0605, 0x0403, 0x0201]),
        ("EFGHABCD", [0x0506, 0x0708, 0x0102, 0x0304]),
        ("CDABGHEF", [0x0304, 0x0102, 0x0708, 0x0506]),
        ("FEHGBADC", [0x0605, 0x0807, 0x0201, 0x0403]),
        ("DCBAHGFE", [0x0403, 0x0201, 0x0807, 0x0605]),
    ],
)
def test_orders_of_64_bits(order: str, registers: list[int]) -> None:
    """Each order of eight bytes is read as its letters say; a device sends A as 01, B as 02 and so on."""
    assert decode(registers, Kind.UINT64, ORDER_NAMED[order]) == 0x0102030405060708


@pytest.mark.parametrize(
    ("order", "registers", "alone"),
    [
        (Order.EFGHABCD, [0x0102, 0x0304], 0x0102),
        (Order.CDABGHEF, [0x0304, 0x0102], 0x0102),
        (Order.FEHGBADC, [0x0201, 0x0403], 0x0201),
        (Order.DCBAHGFE, [0x0403, 0x0201], 0x0201),
    ],
)
def test_narrow_values_lie_as_half_a_wide_one(order: Order, registers: list[int], alone: int) -> None:
    """Of a device with one of these orders, values of 32 bits lie as the letters A to D do, those of 16 as A and B."""
    assert decode(registers, Kind.UINT32, order) == 0x01020304
    assert decode([alone], Kind.UINT16, order) == 0x0102


@pytest.mark.parametrize(
    ("registers", "order", "text"),
    [
        ([0x4142, 0x4300, 0x5A5A], Order.ABCD, "ABC"),  # what follows the zero was there before
        ([0x4241, 0x2043], Order.BADC, "ABC"),
        ([0x4142, 0x4320], Order.CDAB, "ABC"),  # a text begins with its first register
        ([0xE6B0, 0xB4E5, 0x8D87], Order.ABCD, "水升"),
        ([0x0000, 0x4141], Order.ABCD, ""),
    ],
)
def test_texts(registers: list[int], order: Order, text: str) -> None:
    """Two letters in a register, up to the first zero."""
    assert text_of(registers, order) == text


@pytest.mark.parametrize("registers", [[0xFFFE], [0x4107], [0x41E6]])
def test_texts_that_are_none(registers: list[int]) -> None:
    """Bytes that are no UTF-8, or a control sign, are no text."""
    with pytest.raises(ValueError, match=r"decode|printed"):
        text_of(registers)


def test_digits_above_nine() -> None:
    """A BCD register with a digit above 9 holds no number."""
    with pytest.raises(ValueError, match="1a00 is no BCD"):
        decode([0x1A00], Kind.BCD16)


_PLAIN = [kind for kind in Kind if kind not in (Kind.BOOL, Kind.TEXT, Kind.BCD16, Kind.BCD32)]


@given(st.sampled_from(_PLAIN), st.sampled_from(list(Order)), st.data())
def test_encode_is_the_inverse(kind: Kind, order: Order, data: st.DataObject) -> None:
    """Any number of a type comes back from its registers, in any order."""
    registers = data.draw(st.lists(st.integers(0, 65535), min_size=kind.size, max_size=kind.size))
    number = decode(registers, kind, order)
    if not math.isnan(number):  # which has many forms
        assert decode(encode(number, kind, order), kind, order) == number


@given(st.integers(0, 9999), st.sampled_from([Order.ABCD, Order.BADC]))
def test_encode_writes_digits(number: int, order: Order) -> None:
    """Any number of four digits comes back from its BCD."""
    assert decode(encode(number, Kind.BCD16, order), Kind.BCD16, order) == number


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.limits and kind is not Kind.BOOL])
def test_limits_are_those_of_the_type(kind: Kind) -> None:
    """The least and the greatest number of a type come back from the wire; no answer is beyond them."""
    least, greatest = kind.limits or (0, 0)
    assert decode(encode(least, kind), kind) == least
    assert decode(encode(greatest, kind), kind) == greatest
    every_bit = decode([0xFFFF] * kind.size, kind) if "bcd" not in kind else greatest
    assert least <= every_bit <= greatest


@pytest.mark.parametrize(("registers", "kind"), [([2], Kind.BOOL), ([1], Kind.INT32), ([1, 2], Kind.INT16)])
def test_what_does_not_fit_is_refused(registers: list[int], kind: Kind) -> None:
    """Another number of registers, or a bool that is none, gives no number."""
    with pytest.raises(ValueError, match=r"takes|bool"):
        decode(registers, kind)


@pytest.mark.recorded
def test_vectors_of_others(recordings: Path) -> None:
    """The cases by which another gateway tests its decoding."""
    kinds = {"FLOAT32-IEEE": Kind.FLOAT32, "FLOAT64-IEEE": Kind.FLOAT64, "FLOAT16-IEEE": Kind.FLOAT16}
    kinds |= {
        "INT8L": Kind.INT8_LOW,
        "INT8H": Kind.INT8_HIGH,
        "UINT8L": Kind.UINT8_LOW,
        "UINT8H": Kind.UINT8_HIGH,
    }
    kinds |= {kind.value.upper(): kind for kind in Kind if kind not in (Kind.BOOL, Kind.TEXT)}
    orders = {"AB": Order.ABCD, "BA": Order.DCBA} | {order.value: order for order in Order}
    tried: set[Kind] = set()
    count = 0
    for case in json.loads((recordings / "modbus/decode_vectors_big_endian.json").read_text())["cases"]:
        kind = kinds.get(case.get("dataType") or case.get("dataTypeIn") or case.get("dtype"))
        wire = bytes.fromhex(case.get("registers_hex", ""))
        if kind is None or len(wire) != 2 * kind.size or case["byte_order"] not in orders:
            continue
        registers = [int.from_bytes(wire[at : at + 2], "big") for at in range(0, len(wire), 2)]
        number = decode(registers, kind, orders[case["byte_order"]]) * (case.get("scale") or 1)
        told = case["read"]
        if "int" in told["type"].lower():
            number = math.trunc(number)  # they cut decimals off there
        if number < 0 < told["value"]:
            continue  # they turn it into an unsigned one there
        assert number == pytest.approx(told["value"], rel=1e-6), case["name"]
        tried.add(kind)
        count += 1
    assert count > 70
    assert tried >= {Kind.FLOAT16, Kind.INT8_LOW, Kind.UINT8_HIGH, Kind.UINT64, Kind.FLOAT64}


@pytest.mark.recorded
def test_the_same_registers_in_both_orders(recordings: Path) -> None:
    """What another gateway reads of one page of registers from the other end, we read as well."""
    page = recordings / "modbus/register_pages"
    big = json.loads((page / "values_holding_registers_values_big.json").read_text())
    little = json.loads((page / "values_holding_registers_values_little.json").read_text())
    names = {
        f"{bits}{name}": Kind(f"{name}{bits}" if name != "uint" else f"uint{bits}")
        for name in ("int", "uint", "float")
        for bits in (16, 32, 64)
    }
    for name, kind in names.items():
        registers = encode(
            float(little[name]) if kind.limits is None else int(little[name]), kind, Order.DCBA
        )
        turned = decode(registers, kind, Order.ABCD)
        # they round to six places, and print no exponent
        assert turned == pytest.approx(float(big[name]), rel=1e-6, abs=5e-7), name
