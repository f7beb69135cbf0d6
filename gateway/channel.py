"""What a value of a Modbus device is made of: the part of the site file, and of device profiles, that says it."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from gateway.decode import Kind, Order
from gateway.fields import At, Duration, Exact, Settings
from gateway.measure import Measure
from gateway.registers import (
    Bits,
    Part,
    Register,
    Status,
    WireOrder,
    fits,
    possible,
    ranges_written_out,
    with_order,
)

_LONGEST_TEXT = 64  # registers


def _loop(value: Any) -> Any:
    return {} if value == "ne43" else value


class Loop(Settings):
    """A 4 to 20 mA loop, judged by NAMUR NE 43 on the raw current. `loop: ne43` takes all defaults.

    Attributes:
        milliamps: mA per raw unit.
        span: the values at 4 mA and at 20 mA, in the channel's unit; instead of scale and offset.
    """

    milliamps: Exact = Fraction(1)
    span: tuple[Exact, Exact] | None = None


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
        exponent: a register that says by which power of ten the number is multiplied; where it says how many decimals
            there are, its `times` is -1.
        loop: where it is a 4 to 20 mA current.
        codes: what the numbers mean; the value is the text then. A number that is not named is its digits.
        status: what the device says of the value in other registers or bits.
    """

    sentinels: Annotated[tuple[int | float | str, ...], BeforeValidator(ranges_written_out)] = ()
    at: At | None = None
    type: Kind | None = None
    order: WireOrder | None = None
    bits: Bits | None = None
    length: int | None = Field(None, ge=1, le=_LONGEST_TEXT)
    sum: tuple[Part, ...] | None = Field(None, min_length=2)
    difference: tuple[Part, ...] | None = Field(None, min_length=2)
    product: tuple[Part, ...] | None = Field(None, min_length=2)
    exponent: Part | None = None
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
            fits(self.at.table, self.type, self.bits)
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

    def with_order(self, order: Order) -> Self:
        """The same, with this order wherever none is said."""
        parts = {
            way: tuple(with_order(part, order) for part in getattr(self, way) or ()) or None
            for way in ("sum", "difference", "product")
        }
        return self.model_copy(
            update={
                **parts,
                "order": self.order or (order if self.at is not None else None),
                "exponent": self.exponent and with_order(self.exponent, order),
                "status": tuple(with_order(each, order) for each in self.status),
            }
        )


class Channel(Meant):
    """One value of a Modbus device, and what it is to the plan.

    Attributes:
        reads: `line/sensor` or `line/sensor/point`.
        every: how often it is read, where that differs from the device's.
    """

    reads: str
    every: Duration | None = None
