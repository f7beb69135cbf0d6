"""Registers on the wire become raw numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import StrEnum


class Kind(StrEnum):
    """What a value is on the wire."""

    BOOL = "bool"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"

    @property
    def size(self) -> int:
        """How many registers it takes; a coil or discrete input takes one address as well."""
        return _SIZE[self]


class Order(StrEnum):
    """How a value's bytes lie in its registers; A is the most significant of four (or of eight, likewise)."""

    ABCD = "ABCD"
    BADC = "BADC"
    CDAB = "CDAB"
    DCBA = "DCBA"


ORDER_NAMED = {"big": Order.ABCD, "little": Order.CDAB} | {order.value: order for order in Order}

_FORMAT = {
    Kind.INT16: "h",
    Kind.UINT16: "H",
    Kind.INT32: "i",
    Kind.UINT32: "I",
    Kind.INT64: "q",
    Kind.UINT64: "Q",
    Kind.FLOAT32: "f",
    Kind.FLOAT64: "d",
}
_VALUE = {kind: struct.Struct(">" + code) for kind, code in _FORMAT.items()}
_SIZE = {kind: packed.size // 2 for kind, packed in _VALUE.items()} | {Kind.BOOL: 1}
_WORDS = {size: struct.Struct(f">{size}H") for size in (1, 2, 4)}
_SWAPPED = {size: struct.Struct(f"<{size}H") for size in (1, 2, 4)}


def decode(registers: Sequence[int], kind: Kind, order: Order = Order.ABCD) -> float:
    """The raw number that these registers (or this one bit) hold.

    Args:
        registers: exactly `kind.size` of them, each 0 to 65535; for a coil or discrete input one truth value.
        kind: what they hold.
        order: how the bytes lie.

    Raises:
        ValueError: a bool that is neither 0 nor 1, or another number of registers.
    """
    if kind is Kind.BOOL:
        (bit,) = registers
        if bit not in (0, 1):
            raise ValueError(f"a bool is 0 or 1, not {bit}")
        return int(bit)
    size = _SIZE[kind]
    if len(registers) != size:
        raise ValueError(f"{kind} takes {size} registers, not {len(registers)}")
    words = registers[::-1] if order in (Order.CDAB, Order.DCBA) else registers
    packed = _SWAPPED if order in (Order.BADC, Order.DCBA) else _WORDS
    number: float = _VALUE[kind].unpack(packed[size].pack(*words))[0]
    return number


def encode(number: float, kind: Kind, order: Order = Order.ABCD) -> list[int]:
    """The registers that `decode` reads as this number.

    Raises:
        struct.error: the number does not fit.
    """
    if kind is Kind.BOOL:
        return [int(bool(number))]
    size = _SIZE[kind]
    packed = _SWAPPED if order in (Order.BADC, Order.DCBA) else _WORDS
    words = list(packed[size].unpack(_VALUE[kind].pack(number)))
    return words[::-1] if order in (Order.CDAB, Order.DCBA) else words
