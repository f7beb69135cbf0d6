"""Registers on the wire become raw numbers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a value is on the wire.

    A type of one byte is the high or the low half of a register. A type of 24 bits is the lower three of the four bytes
    of two registers. BCD is one decimal digit in four bits, without a sign. A text has as many registers as it says.
    """

    BOOL = "bool"
    INT8_HIGH = "int8_high"
    INT8_LOW = "int8_low"
    UINT8_HIGH = "uint8_high"
    UINT8_LOW = "uint8_low"
    INT16 = "int16"
    UINT16 = "uint16"
    INT24 = "int24"
    UINT24 = "uint24"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT16 = "float16"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BCD16 = "bcd16"
    BCD32 = "bcd32"
    TEXT = "text"

    @property
    def size(self) -> int:
        """How many registers it takes; a coil or discrete input takes one address as well. A text says itself."""
        return SIZE[self]

    @property
    def limits(self) -> tuple[int, int] | None:
        """The least and the greatest number it can hold; None where it is no whole number."""
        return _LIMITS.get(self)


class Order(StrEnum):
    """How a value's bytes lie in its registers; A is the most significant.

    Four letters name the orders that every width has: of eight bytes `BADC` is BADCFEHG, `CDAB` is GHEFCDAB, `DCBA` is
    HGFEDCBA. Eight letters name those in which the two halves of 64 bits lie otherwise than the words in each; values of
    32 and 16 bits then lie as one of the halves does.
    """

    ABCD = "ABCD"
    BADC = "BADC"
    CDAB = "CDAB"
    DCBA = "DCBA"
    EFGHABCD = "EFGHABCD"
    CDABGHEF = "CDABGHEF"
    FEHGBADC = "FEHGBADC"
    DCBAHGFE = "DCBAHGFE"

    @property
    def swapped(self) -> bool:
        """Whether the low byte of each register comes first."""
        return self in _SWAPPED

    def words(self, size: int) -> tuple[int, ...]:
        """Which register holds the first word of a value, the second, and so on."""
        if size == 4 and self in _HALVES:
            return _HALVES[self]
        return tuple(range(size))[:: -1 if self in _REVERSED else 1]


_SWAPPED = frozenset({Order.BADC, Order.DCBA, Order.FEHGBADC, Order.DCBAHGFE})
_REVERSED = frozenset({Order.CDAB, Order.DCBA, Order.CDABGHEF, Order.DCBAHGFE})
_HALVES: Mapping[Order, tuple[int, ...]] = {
    Order.EFGHABCD: (2, 3, 0, 1),
    Order.FEHGBADC: (2, 3, 0, 1),
    Order.CDABGHEF: (1, 0, 3, 2),
    Order.DCBAHGFE: (1, 0, 3, 2),
}
ORDER_NAMED = (
    {"big": Order.ABCD, "little": Order.CDAB}
    | {order.value: order for order in Order}
    | {"ABCDEFGH": Order.ABCD, "BADCFEHG": Order.BADC, "GHEFCDAB": Order.CDAB, "HGFEDCBA": Order.DCBA}
)

FORMAT: Final = {  # of `struct`, of the bytes in their order; each takes whole registers
    Kind.INT8_HIGH: "bx",
    Kind.INT8_LOW: "xb",
    Kind.UINT8_HIGH: "Bx",
    Kind.UINT8_LOW: "xB",
    Kind.INT16: "h",
    Kind.UINT16: "H",
    Kind.INT24: "I",
    Kind.UINT24: "I",
    Kind.INT32: "i",
    Kind.UINT32: "I",
    Kind.INT64: "q",
    Kind.UINT64: "Q",
    Kind.FLOAT16: "e",
    Kind.FLOAT32: "f",
    Kind.FLOAT64: "d",
    Kind.BCD16: "H",
    Kind.BCD32: "I",
}
_VALUE = {kind: struct.Struct(">" + code) for kind, code in FORMAT.items()}
SIZE: Final = {kind: packed.size // 2 for kind, packed in _VALUE.items()} | {Kind.BOOL: 1, Kind.TEXT: 0}
_LIMITS: dict[Kind, tuple[int, int]] = {
    **{
        Kind(f"{sign}int{bits}{half}"): (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        if not sign
        else (0, 2**bits - 1)
        for sign in ("", "u")
        for bits, half in ((8, "_high"), (8, "_low"), (16, ""), (24, ""), (32, ""), (64, ""))
    },
    Kind.BOOL: (0, 1),
    Kind.BCD16: (0, 9999),
    Kind.BCD32: (0, 99_999_999),
}


def _signed24(word: int) -> int:
    return (word & 0xFF_FFFF ^ 0x80_0000) - 0x80_0000


def _digits(word: int) -> int:
    try:
        return int(f"{word:x}")
    except ValueError as error:
        raise ValueError(f"{word:x} is no BCD: each four bits are a digit from 0 to 9") from error


REWORKED: Final[Mapping[Kind, Callable[[int], int]]] = {  # what `struct` cannot say
    Kind.INT24: _signed24,
    Kind.UINT24: lambda word: word & 0xFF_FFFF,
    Kind.BCD16: _digits,
    Kind.BCD32: _digits,
}


def decode(registers: Sequence[int], kind: Kind, order: Order = Order.ABCD) -> float:
    """The raw number that these registers (or this one bit) hold; `text_of` is for texts.

    Args:
        registers: exactly `kind.size` of them, each 0 to 65535; for a coil or discrete input one truth value.
        kind: what they hold.
        order: how the bytes lie.

    Raises:
        ValueError: a bool that is neither 0 nor 1, BCD with a digit above 9, another number of registers.
    """
    if kind is Kind.BOOL:
        (bit,) = registers
        if bit not in (0, 1):
            raise ValueError(f"a bool is 0 or 1, not {bit}")
        return int(bit)
    size = SIZE[kind]
    if len(registers) != size:
        raise ValueError(f"{kind} takes {size} registers, not {len(registers)}")
    words = [registers[place] for place in order.words(size)]
    number: float = _VALUE[kind].unpack(pack(words, swapped=order.swapped))[0]
    rework = REWORKED.get(kind)
    return number if rework is None else rework(int(number))


def pack(words: Sequence[int], *, swapped: bool) -> bytes:
    """Registers as bytes, the high byte of each first; with `swapped` the low one."""
    return struct.pack(f"{'<' if swapped else '>'}{len(words)}H", *words)


def text_of(registers: Sequence[int], order: Order = Order.ABCD) -> str:
    """The text that these registers hold, two bytes in each, up to the first zero; spaces around it do not count.

    Of the order only matters whether the bytes of each register are swapped: a text begins with its first register.

    Raises:
        ValueError: no UTF-8, of which ASCII is a part, or nothing that can be printed.
    """
    data = pack(registers, swapped=order.swapped).partition(b"\0")[0]
    text = data.decode("utf-8").strip()
    if not text.isprintable():
        raise ValueError(f"{text!r} has signs that cannot be printed")
    return text


def encode(number: float, kind: Kind, order: Order = Order.ABCD) -> list[int]:
    """The registers that `decode` reads as this number; what a type does not use of them is 0.

    Raises:
        struct.error: the number does not fit.
    """
    if kind is Kind.BOOL:
        return [int(bool(number))]
    size, places = SIZE[kind], order.words(SIZE[kind])
    if kind in (Kind.BCD16, Kind.BCD32):
        number = int(str(int(number)), 16)
    elif kind is Kind.INT24:
        number = int(number) & 0xFF_FFFF
    data = _VALUE[kind].pack(number)
    words = struct.unpack(f"{'<' if order.swapped else '>'}{size}H", data)
    return [words[places.index(place)] for place in range(size)]
