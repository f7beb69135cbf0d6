"""A raw number becomes a value in the plan's unit, or a reason why it cannot."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from readings.quality import Reason
from readings.units import Unit, conversion

_BAD = Reason.NO_ANSWER  # the first of the reasons that leave no value
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


def as_float32(number: float) -> float:
    """The number as a float32 holds it; a sentinel of such a channel never compares equal otherwise."""
    try:
        value: float = struct.unpack(">f", struct.pack(">f", number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)
    return value


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
    """

    factor: int = 1
    offset: int = 0
    divisor: int = 1
    sentinels: frozenset[float | str] = frozenset()
    loop: Fraction | None = None
    decimal: bool = False
    truth: bool = False

    def read(self, raw: float) -> tuple[float, Reason]:
        """Value in the plan's unit, with its reason; NaN where the reason is bad."""
        reason = self._reason(raw)
        if reason >= _BAD:
            return math.nan, reason
        if self.factor == self.divisor and not self.offset:
            value = float(raw)
        elif isinstance(raw, int):
            value = (raw * self.factor + self.offset) / self.divisor
        else:
            top, bottom = (Fraction(repr(raw)) if self.decimal else Fraction(raw)).as_integer_ratio()
            value = (top * self.factor + self.offset * bottom) / (self.divisor * bottom)
        if self.truth and value not in (0, 1):
            return math.nan, Reason.NOT_DECODED
        return value, reason

    def _reason(self, raw: float) -> Reason:
        if raw in self.sentinels:
            return Reason.SENTINEL
        if not math.isfinite(raw):
            return Reason.NOT_A_NUMBER
        if self.loop is not None:
            return loop_reason(Fraction(raw) * self.loop)
        return Reason.NONE if -_EXACT <= raw <= _EXACT or isinstance(raw, float) else Reason.INEXACT


def gauge(  # noqa: PLR0913 - one argument per thing that a channel says
    *,
    source: Unit,
    target: Unit,
    scale: Fraction = Fraction(1),
    offset: Fraction = Fraction(0),
    sentinels: Iterable[float | str] = (),
    loop: Fraction | None = None,
    decimal: bool = False,
) -> Gauge:
    """The gauge of a channel.

    Args:
        source: unit of `raw * scale + offset`.
        target: the plan's unit.
        scale: exact.
        offset: exact, in `source`.
        sentinels: raw numbers or texts that mean "no value".
        loop: mA per raw unit, where NE 43 applies.
        decimal: raw floats are decimals as written.

    Raises:
        UnitError: the units do not measure the same thing.
    """
    times, plus = conversion(source, target)
    factor, shift = scale * times, offset * times + plus
    divisor = factor.denominator * shift.denominator
    top, bottom = int(factor * divisor), int(shift * divisor)
    common = math.gcd(top, bottom, divisor)
    return Gauge(
        factor=top // common,
        offset=bottom // common,
        divisor=divisor // common,
        sentinels=frozenset(sentinels),
        loop=loop,
        decimal=decimal,
        truth=target.dimension == "truth",
    )
