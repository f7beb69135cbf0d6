"""A raw number becomes a value in the plan's unit, or a reason why it cannot."""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from gateway.calibration import Curve, Line, Pieces
from readings.quality import Reason
from readings.units import Unit, conversion

_BAD = Reason.NO_ANSWER  # the first of the reasons that leave no value
_S = TypeVar("_S", bound=float | str)
_EXACT = 2**53  # integers beyond are not exact in a float64

# NAMUR NE 43, in mA: at or below the first and at or above the last the loop has failed; inside the inner
# pair it is valid, and within 4 to 20 not saturated
_FAILED_LOW, _VALID_LOW, _FULL_LOW = Fraction("3.6"), Fraction("3.8"), Fraction(4)
_FULL_HIGH, _VALID_HIGH, _FAILED_HIGH = Fraction(20), Fraction("20.5"), Fraction(21)


def loop_reason(milliamps: Fraction) -> Reason:
    """What a 4 to 20 mA current says of itself (NAMUR NE 43)."""
    if milliamps <= _FAILED_LOW:
        return Reason.LOOP_LOW
    if milliamps >= _FAILED_HIGH:
        return Reason.LOOP_HIGH
    if milliamps < _VALID_LOW or milliamps > _VALID_HIGH:
        return Reason.LOOP_MARGIN
    return Reason.NONE if _FULL_LOW <= milliamps <= _FULL_HIGH else Reason.CLAMPED


def as_float16(number: float) -> float:
    """The number as a float16 holds it."""
    return _narrowed(number, ">e")


def as_float32(number: float) -> float:
    """The number as a float32 holds it; a sentinel of such a channel never compares equal otherwise."""
    return _narrowed(number, ">f")


def _narrowed(number: float, code: str) -> float:
    try:
        value: float = struct.unpack(code, struct.pack(code, number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)
    return value


def with_narrow(sentinels: Iterable[_S]) -> frozenset[_S | float]:
    """Sentinels, and each fraction as a float32 holds it: who widens one sends -999.9000244140625 for -999.9."""
    given = frozenset(sentinels)
    narrow = {as_float32(each) for each in given if isinstance(each, float)}
    return given | {each for each in narrow if math.isfinite(each)}


@dataclass(frozen=True, slots=True)
class Bend:
    """What a calibration in pieces adds to a gauge.

    Attributes:
        ends: raw numbers at which one line ends and the next begins, rising.
        lines: factor, offset and divisor of each line.
        bounds: raw numbers beyond which there is no value; None where each has one.
    """

    ends: tuple[Fraction, ...]
    lines: tuple[tuple[int, int, int], ...]
    bounds: tuple[Fraction, Fraction] | None


@dataclass(frozen=True, slots=True)
class Gauge:
    """`value = (raw * factor + offset) / divisor`, in integers, rounded once.

    Attributes:
        factor: of the raw number.
        offset: added to it.
        divisor: of both; positive.
        sentinels: raw numbers or texts by which the device says "no value".
        loop: mA per raw unit where the raw number is a current judged by NE 43; None elsewhere.
        decimal: raw floats stand for the decimals they were written as (JSON), not for their binary value.
        truth: the value is 0 or 1; another one is no truth value.
        bend: other lines instead, each for a range of raw numbers; None where there is the one.
    """

    factor: int = 1
    offset: int = 0
    divisor: int = 1
    sentinels: frozenset[float | str] = frozenset()
    loop: Fraction | None = None
    decimal: bool = False
    truth: bool = False
    bend: Bend | None = None

    def read(self, raw: float | Fraction) -> tuple[float, Reason]:
        """Value in the plan's unit, with its reason; NaN where the reason is bad."""
        reason = self.reason(raw)
        return (math.nan, reason) if reason >= _BAD else self.value(raw, reason)

    def value(self, raw: float | Fraction, reason: Reason = Reason.NONE) -> tuple[float, Reason]:
        """Value of a raw number that has one, with the reason known of it, or a worse one and NaN."""
        factor, offset, divisor = self.factor, self.offset, self.divisor
        if self.bend is not None:
            raw = self._exactly(raw)
            bounds = self.bend.bounds
            if bounds is not None and not bounds[0] <= raw <= bounds[1]:
                return math.nan, Reason.UNCALIBRATED
            factor, offset, divisor = self.bend.lines[bisect_left(self.bend.ends, raw)]
        if factor == divisor and not offset:
            value = float(raw)
        elif isinstance(raw, int):
            value = (raw * factor + offset) / divisor
        else:
            top, bottom = self._exactly(raw).as_integer_ratio()
            value = (top * factor + offset * bottom) / (divisor * bottom)
        if self.truth and value not in (0, 1):
            return math.nan, Reason.NOT_DECODED
        return value, reason

    def _exactly(self, raw: float | Fraction) -> float | Fraction:
        return Fraction(repr(raw)) if self.decimal and isinstance(raw, float) else raw

    def reason(self, raw: float | Fraction) -> Reason:
        """What the raw number says of itself, before anything is made of it."""
        if raw in self.sentinels:
            return Reason.SENTINEL
        if isinstance(raw, float) and not math.isfinite(raw):
            return Reason.NOT_A_NUMBER
        if self.loop is not None:
            return loop_reason(Fraction(raw) * self.loop)
        return Reason.NONE if isinstance(raw, float) or -_EXACT <= raw <= _EXACT else Reason.INEXACT


def gauge(  # noqa: PLR0913 - one argument per thing that a channel says
    *,
    source: Unit,
    target: Unit,
    scale: Fraction = Fraction(1),
    offset: Fraction = Fraction(0),
    curve: Curve | None = None,
    sentinels: Iterable[float | str] = (),
    loop: Fraction | None = None,
    decimal: bool = False,
) -> Gauge:
    """The gauge of a channel.

    Args:
        source: unit of `raw * scale + offset`, and of what the calibration makes of it.
        target: the plan's unit.
        scale: exact.
        offset: exact, in `source`.
        curve: calibration of `raw * scale + offset`; None where there is none.
        sentinels: raw numbers or texts that mean "no value".
        loop: mA per raw unit, where NE 43 applies.
        decimal: raw floats are decimals as written.

    Raises:
        UnitError: the units do not measure the same thing.
        ValueError: there is a calibration, and a scale of 0.
    """
    into = Line(*conversion(source, target))
    pieces = curve.pieces().behind(Line(scale, offset)) if curve else Pieces((), (Line(scale, offset),))
    lines = tuple(_in_integers(line.then(into)) for line in pieces.lines)
    factor, shift, divisor = lines[0]
    return Gauge(
        factor=factor,
        offset=shift,
        divisor=divisor,
        sentinels=with_narrow(sentinels),
        loop=loop,
        decimal=decimal,
        truth=target.dimension == "truth",
        bend=Bend(pieces.ends, lines, pieces.bounds) if pieces.ends or pieces.bounds else None,
    )


def _in_integers(line: Line) -> tuple[int, int, int]:
    """Factor, offset and divisor."""
    divisor = line.factor.denominator * line.offset.denominator
    top, bottom = int(line.factor * divisor), int(line.offset * divisor)
    common = math.gcd(top, bottom, divisor)
    return top // common, bottom // common, divisor // common
