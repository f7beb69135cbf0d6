"""What a value of a Modbus device is made of: the part of the site file, and of device profiles, that says it."""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from gateway.decode import ORDER_NAMED, Kind, Order
from gateway.fields import At, Duration, Exact, Settings
from gateway.measure import Measure
from readings.quality import Reason

_BITS = re.compile(r"(\d{1,2})(?: *to *(\d{1,2}))?")
_BIT_TABLES = ("coil", "discrete")
_WIDTH = {
    Kind.BOOL: 16,
    Kind.UINT8_HIGH: 8,
    Kind.UINT8_LOW: 8,
    Kind.UINT16: 16,
    Kind.UINT24: 24,
    Kind.UINT32: 32,
    Kind.UINT64: 64,
}
_LONGEST_TEXT = 64  # registers


def _order(value: Any) -> Order:
    if str(value) not in ORDER_NAMED:
        raise ValueError(
            f"{value!r} is no order; write big, little, ABCD, BADC, CDAB or DCBA; for 64 bits also EFGHABCD, "
            "CDABGHEF, FEHGBADC or DCBAHGFE"
        )
    return ORDER_NAMED[str(value)]


def _bits(value: Any) -> tuple[int, int]:
    if isinstance(value, tuple):
        return value
    match = None if isinstance(value, bool) else _BITS.fullmatch(str(value).strip())
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise ValueError(f"{value!r} are no bits; write one, such as 3, or the first and the last: 4 to 7")
    return int(match[1]), int(match[2] or match[1])


def _written_bits(bits: tuple[int, int]) -> str | int:
    return bits[0] if bits[0] == bits[1] else f"{bits[0]} to {bits[1]}"


def _loop(value: Any) -> Any:
    return {} if value == "ne43" else value


WireOrder = Annotated[Order, BeforeValidator(_order)]
Bits = Annotated[tuple[int, int], BeforeValidator(_bits), PlainSerializer(_written_bits)]


class Loop(Settings):
    """A 4 to 20 mA loop, judged by NAMUR NE 43 on the raw current. `loop: ne43` takes all defaults.

    Attributes:
        milliamps: mA per raw unit.
        span: the values at 4 mA and at 20 mA, in the channel's unit; instead of scale and offset.
    """

    milliamps: Exact = Fraction(1)
    span: tuple[Exact, Exact] | None = None


class Register(Settings):
    """One number on the wire.

    Attributes:
        at: table and address from 0.
        type: what the registers hold.
        order: of its bytes, where it differs from the device's.
        bits: of an unsigned number, the bit or the first and the last of those that count; 0 is the least.
        sentinels: numbers by which the device says "no value", as this type reads them.
    """

    at: At
    type: Kind
    order: WireOrder | None = None
    bits: Bits | None = None
    sentinels: tuple[int | float, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Register:
        if self.type is Kind.TEXT:
            raise ValueError("a text is no number")
        fits(self.at.table, self.type, self.bits, self.order)
        possible(self.sentinels, self.type)
        return self


class Part(Register):
    """One of several numbers that make a value.

    Attributes:
        times: by what it is multiplied first: 65536 for a high word, 60 for minutes beside seconds.
    """

    times: Exact = Fraction(1)


class Means(StrEnum):
    """What a device's status says of its values, by the words of NAMUR NE 107.

    `fault` is its failure, `bypass` its check function (calibration, simulation, manual), `doubted` its out of
    specification. Its maintenance required leaves a value good, and is not said here.
    """

    FAULT = "fault"
    BYPASS = "bypass"
    DOUBTED = "doubted"

    @property
    def reason(self) -> Reason:
        """The reason of a reading of which it is said."""
        return _SAID[self]


_SAID = {Means.FAULT: Reason.DEVICE_FAULT, Means.BYPASS: Reason.BYPASS, Means.DOUBTED: Reason.DOUBTED}


class Status(Settings):
    """A bit or a number by which a device says how far its values are to be trusted.

    Attributes:
        at: table and address from 0.
        type: of a register; `bool` for a coil or discrete input, or for one bit.
        order: of its bytes, where it differs from the device's.
        bits: those of the register that count.
        means: what it says when it is one of `when`.
        when: the numbers that say it; 1 where nothing else is said.
    """

    at: At
    type: Kind = Kind.BOOL
    order: WireOrder | None = None
    bits: Bits | None = None
    means: Means
    when: tuple[int, ...] = Field((1,), min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Status:
        if self.type.limits is None:
            raise ValueError(f"a status is a whole number or a bool, not {self.type}")
        fits(self.at.table, self.type, self.bits, self.order)
        possible(self.when, self.type)
        return self


class Meant(Measure):
    """What a value of a device is, whoever reads it.

    Attributes:
        at: table and address from 0.
        type: what the registers hold.
        order: of its bytes, where it differs from the device's.
        bits: of an unsigned number, the bit or the first and the last of those that count; 0 is the least.
        length: of a text, in registers; two letters in each.
        sum, difference, product: the value is made of several numbers, instead of `at` and `type`. A difference is
            the first one less all others.
        exponent: a register that says by which power of ten the number is multiplied.
        loop: where it is a 4 to 20 mA current.
        codes: what the numbers mean; the value is the text then. A number that is not named is its digits.
        status: what the device says of the value in other registers or bits.
    """

    at: At | None = None
    type: Kind | None = None
    order: WireOrder | None = None
    bits: Bits | None = None
    length: int | None = Field(None, ge=1, le=_LONGEST_TEXT)
    sum: tuple[Part, ...] | None = Field(None, min_length=2)
    difference: tuple[Part, ...] | None = Field(None, min_length=2)
    product: tuple[Part, ...] | None = Field(None, min_length=2)
    exponent: Register | None = None
    loop: Annotated[Loop | None, BeforeValidator(_loop)] = None
    codes: dict[int, str] | None = Field(None, min_length=1)
    status: tuple[Status, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _unit_that_goes_without_saying(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "unit" in given:
            return given
        if given.get("type") == "text" or given.get("codes"):
            return {"unit": "text"} | given
        return {"unit": "bool"} | given if given.get("type") == "bool" else given

    @model_validator(mode="after")
    def _fits_together(self) -> Meant:
        made = self.made_of
        if (self.at is None) == (made is None) or (self.at is None) != (self.type is None):
            raise ValueError("a value has `at` and `type`, or one of sum, difference, product")
        if made is not None and (self.bits or self.order):
            raise ValueError(f"bits and order belong to the parts of a {made[0]}")
        if (self.type is Kind.TEXT) != (self.length is not None):
            raise ValueError("a text has a length in registers, and nothing else has")
        if self.at is not None and self.type is not None:
            fits(self.at.table, self.type, self.bits, self.order)
            possible(self.sentinels, self.type)
        if (self.unit == "text") != self.textual:
            raise ValueError(f"unit {self.unit}: `type: text` and `codes` make a text, and nothing else does")
        if self.textual and (self.loop or self.curve or self.exponent or self.scale != 1 or self.offset):
            raise ValueError("a text has no scale, offset, calibration, exponent or loop")
        if self.loop and self.loop.span and (self.scale != 1 or self.offset != 0):
            raise ValueError("a loop with a span needs no scale and no offset")
        return self

    @property
    def textual(self) -> bool:
        """Whether it is a text, written in the registers or meant by a code."""
        return self.type is Kind.TEXT or self.codes is not None

    @property
    def made_of(self) -> tuple[Literal["sum", "difference", "product"], tuple[Part, ...]] | None:
        """How several numbers make the value, and which; None where it is one number.

        Raises:
            ValueError: more than one way is given.
        """
        ways: list[tuple[Literal["sum", "difference", "product"], tuple[Part, ...]]] = []
        if self.sum:
            ways.append(("sum", self.sum))
        if self.difference:
            ways.append(("difference", self.difference))
        if self.product:
            ways.append(("product", self.product))
        if len(ways) > 1:
            raise ValueError("a value is a sum or a difference or a product; write one of them")
        return ways[0] if ways else None

    @property
    def numbers(self) -> tuple[Register, ...]:
        """The numbers it is made of; none for a text that is written out."""
        if self.at is None or self.type is None:
            return self.made_of[1] if self.made_of else ()
        if self.type is Kind.TEXT:
            return ()
        return (Register(at=self.at, type=self.type, order=self.order, bits=self.bits),)


class Channel(Meant):
    """One value of a Modbus device, and what it is to the plan.

    Attributes:
        reads: `line/sensor` or `line/sensor/point`.
        every: how often it is read, where that differs from the device's.
    """

    reads: str
    every: Duration | None = None


def fits(table: str, kind: Kind, bits: tuple[int, int] | None, order: Order | None) -> None:
    """Hold a type against the table it is read from.

    Raises:
        ValueError: what is said of it does not go together.
    """
    if table in _BIT_TABLES:
        if kind is not Kind.BOOL or bits:
            raise ValueError(f"a {table} of type {kind}: coils and discrete inputs are bool, without bits")
    elif kind is Kind.BOOL and (bits is None or bits[0] != bits[1]):
        raise ValueError(f"a bool in a {table} register is one bit of it; write which, such as bits: 3")
    if bits and bits[1] >= _WIDTH.get(kind, 0):
        width = _WIDTH.get(kind)
        said = f"has the bits 0 to {width - 1}" if width else "has no bits; read it as an unsigned number"
        raise ValueError(f"bits {_written_bits(bits)}: {kind} {said}")
    if order is not None and kind not in (Kind.BOOL, Kind.TEXT):
        order.words(kind.size)


def possible(numbers: tuple[int | float | str, ...], kind: Kind) -> None:
    """Hold numbers that a device is said to send against the type that reads them.

    Raises:
        ValueError: the type never reads such a number, and whoever waits for it waits for ever.
    """
    if kind.limits is None:
        return
    least, greatest = kind.limits
    for number in numbers:
        if isinstance(number, str):
            raise ValueError(f"{number!r} is a text; a register holds numbers")
        if number != int(number) or not least <= number <= greatest:
            turned = int(number) - 2 * (greatest + 1)
            hint = f"; as {kind} it is {turned}" if least < 0 <= number and turned >= least else ""
            raise ValueError(f"{number} is never read from {kind}, {least} to {greatest}{hint}")
