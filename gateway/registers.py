"""Numbers on the wire of a Modbus device, as the site file and device profiles say where they are."""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from gateway.decode import ORDER_NAMED, Kind, Order
from gateway.fields import At, Exact, Settings
from readings.quality import Reason

_BITS = re.compile(r"(\d{1,2})(?: *to *(\d{1,2}))?")
_RANGE = re.compile(r"(-?\d{1,20}) +to +(-?\d{1,20})")
_MOST = 2000  # sentinels of one range
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


def written_bits(bits: tuple[int, int]) -> str | int:
    """The bits as they are written: `3`, `4 to 7`."""
    return bits[0] if bits[0] == bits[1] else f"{bits[0]} to {bits[1]}"


def ranges_written_out(value: Any) -> Any:
    """Each number of a range such as `-32768 to -32001`."""
    if not isinstance(value, list | tuple):
        return value
    found: list[Any] = []
    for each in value:
        match = _RANGE.fullmatch(each) if isinstance(each, str) else None
        if match is None:
            found.append(each)
            continue
        least, greatest = int(match[1]), int(match[2])
        if not 0 <= greatest - least < _MOST:
            raise ValueError(
                f"{each!r} is no range of sentinels; write at most {_MOST} numbers, the least first"
            )
        found += range(least, greatest + 1)
    return tuple(found)


WireOrder = Annotated[Order, BeforeValidator(_order)]
Sentinels = Annotated[tuple[int | float, ...], BeforeValidator(ranges_written_out)]
Bits = Annotated[tuple[int, int], BeforeValidator(_bits), PlainSerializer(written_bits)]


class Register(Settings):
    """One number on the wire.

    Attributes:
        at: table and address from 0.
        type: what the registers hold.
        order: of its bytes, where it differs from the device's.
        bits: of an unsigned number, the bit or the first and the last of those that count; 0 is the least.
        sentinels: numbers by which the device says "no value", as this type reads them; `-32768 to -32001` for all
            of a range.
    """

    at: At
    type: Kind
    order: WireOrder | None = None
    bits: Bits | None = None
    sentinels: Sentinels = ()

    @model_validator(mode="after")
    def _fits(self) -> Register:
        if self.type is Kind.TEXT:
            raise ValueError("a text is no number")
        fits(self.at.table, self.type, self.bits)
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
        means: what it says when it is one of `when`, or none of `unless`.
        when: the numbers that say it; 1 where nothing else is said.
        unless: the numbers that do not say it, while all others do.
    """

    at: At
    type: Kind = Kind.BOOL
    order: WireOrder | None = None
    bits: Bits | None = None
    means: Means
    when: tuple[int, ...] = Field((1,), min_length=1)
    unless: tuple[int, ...] | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Status:
        if self.unless is not None and "when" in self.model_fields_set:
            raise ValueError("a status has `when` or `unless`; write one of them")
        if self.type.limits is None:
            raise ValueError(f"a status is a whole number or a bool, not {self.type}")
        fits(self.at.table, self.type, self.bits)
        possible(self.unless or self.when, self.type)
        return self


_O = TypeVar("_O", Part, Status)


def with_order(part: _O, order: Order) -> _O:
    """The same, with this order where it says none."""
    return part.model_copy(update={"order": part.order or order})


def fits(table: str, kind: Kind, bits: tuple[int, int] | None) -> None:
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
        raise ValueError(f"bits {written_bits(bits)}: {kind} {said}")


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
