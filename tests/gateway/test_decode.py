"""Registers become the numbers that the device means."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decode import Kind, Order, decode, encode


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
    ],
)
def test_known_values(registers: list[int], kind: Kind, order: Order, number: float) -> None:
    """Types and byte orders as devices use them."""
    assert decode(registers, kind, order) == number


@given(
    st.sampled_from([kind for kind in Kind if kind is not Kind.BOOL]), st.sampled_from(list(Order)), st.data()
)
def test_encode_is_the_inverse(kind: Kind, order: Order, data: st.DataObject) -> None:
    """Any number of a type comes back from its registers, in any order."""
    registers = data.draw(st.lists(st.integers(0, 65535), min_size=kind.size, max_size=kind.size))
    number = decode(registers, kind, order)
    if not math.isnan(number):  # which has many forms
        assert decode(encode(number, kind, order), kind, order) == number


@pytest.mark.parametrize(("registers", "kind"), [([2], Kind.BOOL), ([1], Kind.INT32), ([1, 2], Kind.INT16)])
def test_what_does_not_fit_is_refused(registers: list[int], kind: Kind) -> None:
    """Another number of registers, or a bool that is none, gives no number."""
    with pytest.raises(ValueError, match=r"takes|bool"):
        decode(registers, kind)


@pytest.mark.recorded
def test_vectors_of_others(recordings: Path) -> None:
    """The cases by which another gateway tests its decoding."""
    kinds = {"FLOAT32-IEEE": Kind.FLOAT32, "FLOAT64-IEEE": Kind.FLOAT64}
    kinds |= {kind.value.upper(): kind for kind in Kind if kind is not Kind.BOOL}
    orders = {"AB": Order.ABCD, "BA": Order.DCBA} | {order.value: order for order in Order}
    tried = 0
    for case in json.loads((recordings / "modbus/decode_vectors_big_endian.json").read_text())["cases"]:
        kind = kinds.get(case.get("dataType") or case.get("dataTypeIn"))
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
        tried += 1
    assert tried > 50
