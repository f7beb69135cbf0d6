"""Lethal rate: how much a minute at a temperature counts, from a table with one row for each step of resolution.

`L(T) = 10 ** ((T - reference) / z)` (Bigelow; Ball and Olson 1957), so that the lethality F is the integral of L over time;
with reference 121.1 degC and z 10 K it is F0. The reference is exact: 250 degF is 121.111 degC, which makes F0 0.26 % less.
Pasteurisation units are the same with 60 degC, in either of two definitions that are 3.8 % apart at 75 degC.

The tables are made with exact fractions and `decimal`, whose exp and ln are correctly rounded: the same bytes everywhere.
What is credited comes from rates rounded down, what can have been at most from rates rounded up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import numpy as np

from readings.block import I64
from readings.errors import HaccplineError
from readings.times import MS, US
from readings.units import Unit, convert, unit_named

GRAIN = 10  # a rate of 1 for a microsecond is 2 ** GRAIN grains
_DEG_C = unit_named("degC")
_MOST_ROWS = 100_000
_MOST_RATE = 2**20  # a minute that counts as two years
_TICKS = (US, 10 * US, 100 * US, MS)
_EXACT = Context(prec=50, Emax=10_000, Emin=-10_000)


class LethalRateError(HaccplineError):
    """A rate that no table can hold."""


@dataclass(frozen=True, slots=True)
class Law:
    """`rate(T) = base ** ((T - reference) / z)`.

    Attributes:
        reference: where the rate is 1, degC.
        z: so many K make the rate `base` times as great.
        base: 10, but for the pasteurisation units of Del Vecchio.
    """

    reference: Fraction
    z: Fraction
    base: Fraction = Fraction(10)

    def rate(self, temperature: Fraction) -> Decimal:
        """The rate at a temperature, degC, to 50 digits."""
        exponent = (temperature - self.reference) / self.z
        whole = floor(exponent)
        power = self.base**whole
        rest = exponent - whole
        factor = _EXACT.exp(_decimal(rest * Fraction(_ln(self.base)))) if rest else Decimal(1)
        return _EXACT.multiply(_decimal(power), factor)


F0 = Law(Fraction("121.1"), Fraction(10))
"""Of low-acid canned food: reference 121.1 degC, z 10 K."""
PU_TENFOLD = Law(Fraction(60), Fraction(7))
"""Pasteurisation units with z 7 K: 10 PU a minute at 67 degC."""
PU_DEL_VECCHIO = Law(Fraction(60), Fraction(1), Fraction("1.393"))
"""Pasteurisation units of beer, 1.393 ** (T - 60) a minute (Del Vecchio, Dayharsh and Baselt 1951)."""


@dataclass(frozen=True, eq=False)
class RateTable:
    """Rates by step of resolution; a row more at each end stands for all temperatures beyond.

    Rates are whole numbers of 2 ** -bits. The table ends where the range does, or where the rate is 2 ** 20. Below it
    nothing is credited, above it what its hottest row is.

    Attributes:
        first: the step of row 1.
        tick: time is counted in whole ones, ns: a microsecond, or a millionth of `longest` where that is more.
        bits: of the fraction.
        low: int64 [rows], rounded down; of the temperature less its uncertainty.
        high: int64 [rows], rounded up; of the temperature and its uncertainty.
        best: int64 [rows], rounded to the nearest; of the temperature as read, or less so much as is asked.
        area: int64 [rows], the integral of the rate over steps, from the coldest row: two rows' difference over their
            distance is the mean rate of a temperature that goes linearly from one to the other.
        longest: so far apart readings may be, and what lies between them is known, ns.
        unseen: grains for a microsecond in which nothing was read: the greatest rate of the sensor's range, rounded up.
    """

    first: int
    tick: int
    bits: int
    low: I64
    high: I64
    best: I64
    area: I64
    longest: int
    unseen: int


@lru_cache(maxsize=64)
def rate_table(  # noqa: PLR0913 - all that a table depends on
    law: Law,
    *,
    unit: Unit,
    step: Fraction,
    lowest: Fraction,
    highest: Fraction,
    longest: int,
    uncertainty: Fraction = Fraction(0),
    best_less: Fraction = Fraction(0),
    floor_at: Fraction | None = None,
) -> RateTable:
    """The table of a sensor.

    Args:
        law: how temperatures count.
        unit: of the sensor: degC, degF or kelvin.
        step: its resolution, in its unit.
        lowest: of its range, in its unit.
        highest: of its range, in its unit.
        longest: so far apart readings may be, ns; beyond nothing is credited.
        uncertainty: of the sensor, in its unit (a difference).
        best_less: the best estimate is of a temperature so much lower than read: where that is what counts.
        floor_at: temperatures below count nothing, in its unit.

    Raises:
        LethalRateError: the range is too wide for its resolution, or all of it too hot for the law.
    """
    hottest = law.reference + law.z * 20 * Fraction(_EXACT.divide(_ln(Fraction(2)), _ln(law.base)))
    hottest = convert(hottest, _DEG_C, unit) - uncertainty - step  # where the rate is _MOST_RATE
    first, last = floor(lowest / step), ceil(min(highest, hottest) / step)
    per_step = law.z / (_celsius(step, unit) - _celsius(Fraction(0), unit))
    slope = Fraction(_ln(law.base)) / per_step  # of ln(rate), for a step
    if not 0 < last - first < _MOST_ROWS:
        raise LethalRateError(
            f"no table of rates has {last - first} steps; give the sensor a range of at most {_MOST_ROWS} steps,"
            f" below {float(hottest):g} {unit.name}"
        )
    top = law.rate(_celsius(last * step + uncertainty, unit))
    tick = next((each for each in _TICKS if longest < each * 2**21), _TICKS[-1])
    ticks = max(longest // tick + 1, ceil(1 / slope))  # or steps of area
    bits = min(61 - (ticks * (int(top) + 1)).bit_length(), 40)
    if bits < GRAIN:
        raise LethalRateError("readings so far apart at such rates cannot be added up; read more often")
    steps = range(first, last + 1)
    low, best, high, area = [], [], [], []
    foot = law.rate(_celsius(floor_at if floor_at is not None else first * step - best_less, unit))
    for number in steps:
        at = number * step
        low.append(_rate_at(law, at - uncertainty, unit, floor_at))
        best.append(_rate_at(law, at - best_less, unit, floor_at))
        high.append(_rate_at(law, at + uncertainty, unit, floor_at))
        rise = _EXACT.subtract(best[-1], foot)
        area.append(_EXACT.divide(rise, _decimal(slope)) if rise > 0 else Decimal(0))
    cold, hot = _whole(high[0], bits, ROUND_CEILING), 2**61 // ticks
    return RateTable(
        first=first,
        tick=tick,
        bits=bits,
        low=_column(low, bits, ROUND_FLOOR, below=0),
        high=_column(high, bits, ROUND_CEILING, below=cold, above=hot),
        best=_column(best, bits, ROUND_HALF_EVEN, below=0),
        area=_column(area, bits, ROUND_HALF_EVEN, below=_whole(area[0], bits, ROUND_HALF_EVEN)),
        longest=longest,
        unseen=_whole(high[-1], GRAIN, ROUND_CEILING) if highest <= hottest else 2**61,
    )


def _rate_at(law: Law, at: Fraction, unit: Unit, floor_at: Fraction | None) -> Decimal:
    return Decimal(0) if floor_at is not None and at < floor_at else law.rate(_celsius(at, unit))


def _celsius(value: Fraction, unit: Unit) -> Fraction:
    return convert(value, unit, _DEG_C)


@lru_cache(maxsize=8)
def _ln(base: Fraction) -> Decimal:
    return _EXACT.ln(_decimal(base))


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _whole(value: Decimal, bits: int, rounding: str) -> int:
    return int(_EXACT.multiply(value, Decimal(2**bits)).to_integral_value(rounding))


def _column(values: list[Decimal], bits: int, rounding: str, *, below: int, above: int | None = None) -> I64:
    rows = [_whole(value, bits, rounding) for value in values]
    column = np.array([below, *rows, rows[-1] if above is None else above], np.int64)
    column.setflags(write=False)
    return column
