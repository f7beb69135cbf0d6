"""What the numbers of a device mean: compiled once from the settings, asked at every poll."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import mul

from gateway.channel import Meant
from gateway.decode import Kind, Order
from gateway.gauge import Gauge, as_float16, as_float32, gauge
from gateway.registers import Part, Register, Status
from gateway.requests import Span, coalesce
from readings.quality import Quality, Reason
from readings.units import Unit, unit_named

Raw = int | float | str | Reason
"""A number or a text on the wire, or the reason why there is none."""

Measured = tuple[float, float, Reason]
"""Value in the plan's unit, raw number, reason; value and raw are NaN where there is none."""

_NAN = math.nan
_TENS = 30  # beyond which no register says a power of ten in earnest


@dataclass(frozen=True, slots=True)
class Wire:
    """A number, a bit or a text on the wire.

    Attributes:
        span: its addresses.
        kind: what they hold.
        order: of the bytes.
        bits: the first and the last that count; None where all do.
    """

    span: Span
    kind: Kind
    order: Order
    bits: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """How several numbers become one: `difference` is the first one less all others.

    Attributes:
        way: `sum`, `difference` or `product`.
        times: by what each is multiplied first.
        sentinels: of each, by which the device says "no value".
    """

    way: str
    times: tuple[Fraction, ...]
    sentinels: tuple[frozenset[float], ...]

    def number(self, parts: Sequence[float]) -> int | Fraction | Reason:
        """The one number, exactly, or the reason why there is none."""
        for part, absent in zip(parts, self.sentinels, strict=True):
            if part in absent:
                return Reason.SENTINEL
            if not math.isfinite(part):
                return Reason.NOT_A_NUMBER
        first, *others = (Fraction(part) * times for part, times in zip(parts, self.times, strict=True))
        if self.way == "product":
            made = reduce(mul, others, first)
        else:
            made = first + sum(others) if self.way == "sum" else first - sum(others)
        return made.numerator if made.denominator == 1 else made


@dataclass(frozen=True, slots=True)
class Said:
    """What a device says of a value elsewhere.

    Attributes:
        numbers: by which it is said, or is not.
        reason: that the reading then has.
        otherwise: it is said by all numbers but these.
    """

    numbers: frozenset[float]
    reason: Reason
    otherwise: bool = False

    def of(self, number: Raw) -> Reason:
        """What this number says of the value; why there is none, where there is none."""
        if isinstance(number, Reason):
            return number
        return self.reason if (number in self.numbers) is not self.otherwise else Reason.NONE


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value's numbers on the wire mean.

    Attributes:
        wires: the numbers, then the power of ten where there is one, then what the device says of the value.
        gauge: from the number to the value; None for a text.
        made: how several numbers become one; None where it is one.
        exponent: by what the power of ten is multiplied, and its sentinels; None where there is none.
        said: what the device says of the value, one for each of the last wires.
        codes: what numbers mean as texts; None where they are numbers, or the text is written out.
        absent: numbers that are no text.
    """

    wires: tuple[Wire, ...]
    gauge: Gauge | None
    made: Made | None = None
    exponent: tuple[Fraction, frozenset[float]] | None = None
    said: tuple[Said, ...] = ()
    codes: Mapping[int, str] | None = None
    absent: frozenset[float] = frozenset()

    @property
    def plain(self) -> Gauge | None:
        """The gauge, where the value is one number and nothing else is asked."""
        return self.gauge if len(self.wires) == 1 and self.made is None else None

    @property
    def spans(self) -> tuple[Span, ...]:
        """What must be read, each from one answer: numbers of a value that lie side by side are never torn apart."""
        return coalesce(wire.span for wire in self.wires)

    def measured(self, raws: Sequence[Raw]) -> Measured:
        """Value, raw number and reason of what came for each wire.

        What the device says of a value takes the value away or doubts it; it never makes another one of it. What it was
        to say and cannot be read is as bad as the value itself.
        """
        assert self.gauge is not None
        count = len(self.made.times) if self.made else 1
        for part in raws[:count]:
            if isinstance(part, Reason):
                return _NAN, _NAN, part
        try:
            return self._judged(raws, count)
        except OverflowError:  # a power of ten or a product beyond what a float can hold
            return _NAN, _NAN, Reason.NOT_A_NUMBER

    def _judged(self, raws: Sequence[Raw], count: int) -> Measured:
        assert self.gauge is not None
        raw = self.made.number([_number(part) for part in raws[:count]]) if self.made else _number(raws[0])
        if isinstance(raw, Reason):
            return _NAN, _NAN, raw
        reason = self.gauge.reason(raw)
        if reason.quality is Quality.BAD:
            return _NAN, float(raw), reason
        number: float | Fraction = raw
        if self.exponent is not None:
            power = self._power(raws[count])
            if isinstance(power, Reason):
                return _NAN, float(raw), power
            number, count = Fraction(raw) * power, count + 1
        value, reason = self.gauge.value(number, reason)
        return self._doubted(value, float(raw), reason, raws[count:])

    def _power(self, raw: Raw) -> Fraction | Reason:
        if isinstance(raw, Reason):
            return raw
        assert self.exponent is not None
        times, absent = self.exponent
        if raw in absent:
            return Reason.SENTINEL
        if not math.isfinite(_number(raw)):
            return Reason.NOT_A_NUMBER
        tens = Fraction(_number(raw)) * times
        if tens.denominator != 1 or abs(tens) > _TENS:
            return Reason.NOT_DECODED
        return Fraction(10) ** int(tens)

    def _doubted(self, value: float, raw: float, reason: Reason, told: Sequence[Raw]) -> Measured:
        for said, number in zip(self.said, told, strict=True):
            word = said.of(number)
            if word.quality > reason.quality:
                reason = word
        return (_NAN if reason.quality is Quality.BAD else value), raw, reason

    def text(self, raws: Sequence[Raw]) -> str | Reason:
        """The text of what came for each wire, or the reason why there is none."""
        raw = raws[0]
        if isinstance(raw, Reason):
            return raw
        if isinstance(raw, str):
            text = raw
        elif raw in self.absent:
            return Reason.SENTINEL
        else:
            assert self.codes is not None
            text = self.codes.get(int(raw), str(int(raw)))
        reason = self._doubted(0.0, _NAN, Reason.NONE, raws[1:])[2]
        return reason if reason.quality is Quality.BAD else text


def _number(raw: Raw) -> float:
    assert not isinstance(raw, str)
    return raw


def meaning(meant: Meant, *, order: Order, target: Unit) -> Meaning:
    """What a value of the settings means.

    Args:
        meant: what the settings or a profile say.
        order: of bytes where the value itself says none.
        target: the plan's unit.

    Raises:
        UnitError: its unit cannot become the plan's.
        ValueError: its calibration does not fit.
    """
    wires = [_wire(each, order) for each in meant.numbers]
    if meant.at is not None and meant.length is not None:
        wires.append(
            Wire(Span(meant.at.table, meant.at.number, meant.length), Kind.TEXT, meant.order or order)
        )
    if meant.exponent is not None:
        wires.append(_wire(meant.exponent, order))
    wires += [_wire(each, order) for each in meant.status]
    return Meaning(
        wires=tuple(wires),
        gauge=None if meant.textual else _gauge(meant, target),
        made=_made(*meant.made_of) if meant.made_of else None,
        exponent=(meant.exponent.times, as_held(meant.exponent.sentinels, meant.exponent.type))
        if meant.exponent
        else None,
        said=tuple(
            Said(frozenset(each.unless or each.when), each.means.reason, otherwise=each.unless is not None)
            for each in meant.status
        ),
        codes=meant.codes,
        absent=as_held(meant.sentinels, meant.type) if meant.codes else frozenset(),
    )


def _made(way: str, parts: Sequence[Part]) -> Made:
    sentinels = tuple(as_held(part.sentinels, part.type) for part in parts)
    return Made(way, tuple(part.times for part in parts), sentinels)


def _gauge(meant: Meant, target: Unit) -> Gauge:
    scale, offset = meant.scale, meant.offset
    if meant.loop and meant.loop.span:
        low, high = meant.loop.span
        per_milliamp = (high - low) / Fraction(16)
        scale, offset = per_milliamp * meant.loop.milliamps, low - 4 * per_milliamp
    return gauge(
        source=unit_named(meant.unit),
        target=target,
        scale=scale,
        offset=offset,
        curve=meant.curve,
        sentinels=as_held(meant.sentinels, meant.type),
        loop=meant.loop.milliamps if meant.loop else None,
    )


def as_held(sentinels: Iterable[float | str], kind: Kind | None) -> frozenset[float]:
    """Sentinels as the type holds them: a float32 is never equal to 1e30 as it was written."""
    held = {Kind.FLOAT16: as_float16, Kind.FLOAT32: as_float32}
    narrow = held.get(kind) if kind else None
    numbers = [each for each in sentinels if not isinstance(each, str)]
    return frozenset(numbers if narrow is None else map(narrow, numbers))


def _wire(register: Register | Status, order: Order) -> Wire:
    kind = register.type
    if kind is Kind.BOOL and register.bits:
        kind = Kind.UINT16
    span = Span(register.at.table, register.at.number, kind.size)
    return Wire(span, kind, register.order or order, register.bits)
