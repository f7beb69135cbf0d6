"""Mean kinetic temperature: the constant temperature that does as much harm as the changing ones, in a sliding window.

`TK = (dH/R) / -ln(mean(exp(-dH / (R T))))` (USP <1160>; Haynes 1971) with dH 83.144 kJ/mol and R 8.3144 J/mol/K, so that
dH/R is 10,000 K exactly; the mean is over time. The exponentials come from a table with one row for each step of
resolution, and the result is read back from such a table, ten rows a step, rounded up: nothing is computed that could
differ between processors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import lru_cache

import numpy as np

from readings.block import F64, I64
from readings.units import Unit, convert, unit_named
from rules.derivation import CameTo, Spans, Taken
from rules.sliding import Slid, Window

FINER = 10  # what is judged is so much finer than the sensor's resolution
_BITS = 40
_HALF = 20
_SLACK = 2.0**-8  # more than a mean in float64 can be off by, and less than any step
_ENERGY = Decimal(10_000)  # dH/R, K
_EXACT = Context(prec=40)


@dataclass(frozen=True)
class Harm:
    """exp(-dH / (R T)) by step, as parts of that of the greatest temperature, in 2 ** -40.

    Attributes:
        unit, step: of the sensor.
        first: the step of row 0.
        last: the step of the last row.
        low: int64 [rows], rounded down.
        high: int64 [rows], rounded up.
    """

    unit: Unit
    step: Fraction
    first: int
    last: int
    low: I64 = field(compare=False)
    high: I64 = field(compare=False)
    _finer: dict[int, F64] = field(default_factory=dict, compare=False)

    def finer(self, step: int) -> F64:
        """Of the `FINER` finer steps from a step on, rounded up; whole numbers that float64 holds exactly."""
        if step not in self._finer:
            top = _kelvin(self.first + self.high.size - 1, self.step, self.unit)
            finer = [
                _kelvin(Fraction(step * FINER + place, FINER), self.step, self.unit) for place in range(FINER)
            ]
            self._finer[step] = np.array([float(_part(each, top, up=True)) for each in finer])
        return self._finer[step]

    def temperature(self, mean: F64) -> I64:
        """The least finer step whose harm is not below the mean; float64 [n], in 2 ** -40."""
        mean = mean - _SLACK
        row = np.clip(np.searchsorted(self.high, mean, "right") - 1, 0, self.high.size - 2)
        found = np.empty(mean.size, np.int64)
        for each in np.unique(row).tolist():
            mine = row == each
            step = self.first + each
            found[mine] = step * FINER + np.searchsorted(self.finer(step), mean[mine], "left")
        return found


@lru_cache(maxsize=16)
def harm_table(*, unit: Unit, step: Fraction, lowest: int, highest: int) -> Harm:
    """The table of a sensor.

    Args:
        unit: of the sensor.
        step: its resolution, in its unit.
        lowest: of its range, in steps.
        highest: of its range, in steps.
    """
    top = _kelvin(highest, step, unit)
    kelvin = [_kelvin(number, step, unit) for number in range(lowest, highest + 1)]
    return Harm(
        unit=unit,
        step=step,
        first=lowest,
        last=highest,
        low=np.array([_part(each, top, up=False) for each in kelvin], np.int64),
        high=np.array([_part(each, top, up=True) for each in kelvin], np.int64),
    )


@dataclass(frozen=True, slots=True)
class KineticMean:
    """See `rules.derivation.Derivation`.

    Between two readings the warmer counts; that is an upper bound. Where something in the window was not read it is told
    only once it is too warm even if all that time was as cold as can be, or while it cannot be too warm.

    Attributes:
        window: in which the mean is taken.
        harm: of the sensor.
        upper: the greatest step judged that holds.
    """

    window: Window
    harm: Harm
    upper: float

    def fresh(self) -> Slid:
        """Nothing heard yet."""
        return Slid()

    def take(
        self,
        memory: Slid,
        inputs: Sequence[Taken],
        spans: Spans,
        until: int,  # noqa: ARG002 - one input
    ) -> tuple[I64, I64]:
        """See `Derivation`."""
        between = self.window.stretches(memory, inputs[0], spans)
        low, high = self.harm.low[self._row(between.low)], self.harm.high[self._row(between.high)]
        halves = [each for harm in (low, high) for each in (harm >> _HALF, harm & (2**_HALF - 1))]
        within, touched = self.window.slide(memory, between, *(half * between.known for half in halves))
        known, unread = within[-2], touched[-1]
        length = known if self.window.slew is not None else known + unread  # nothing read: as cold as can be
        coldest = self.harm.temperature(_mean(within[0], within[1], length, low)) - 1
        warmest = self.harm.temperature(_mean(within[2], within[3], known, high))
        bounded = (unread == 0) | ((warmest <= self.upper) & (self.window.slew is not None))
        told = bounded | (coldest > self.upper)
        time, counts = between.time[told], np.where(bounded, warmest, coldest)[told]
        if self.window.slew is None and unread.any():  # nothing read: as warm as can be
            hottest = self.harm.high[-1] >> _HALF, self.harm.high[-1] & (2**_HALF - 1)
            warm = [half + unread * each for half, each in zip(within[2:4], hottest, strict=True)]
            warmest = self.harm.temperature(_mean(warm[0], warm[1], known + unread, high))
        step = float(self.harm.step / FINER)
        low, most = coldest[told] * step, np.maximum(warmest, coldest)[told] * step
        bounds, beyond = (low, (low + most) / 2, most), counts > self.upper
        memory.told.take(time, counts * step, bounds, beyond, spans, least=False, apart=self.window.silent)
        return time, counts

    def _row(self, step: I64) -> I64:
        return np.clip(step - self.harm.first, 0, self.harm.high.size - 1)

    def came_to(self, memory: Slid, begin: int, end: int) -> CameTo | None:
        """See `Derivation`."""
        return memory.told.came_to(begin, end, least=False)


def _mean(upper: I64, lower: I64, time: I64, alone: I64) -> F64:
    """The mean of sums in two halves; before any time has passed, of the reading alone. The same on every processor."""
    some = time > 0
    sums = upper.astype(np.float64) * 2**_HALF + lower.astype(np.float64)
    return np.where(some, sums / np.where(some, time, 1).astype(np.float64), alone.astype(np.float64))


def _part(kelvin: Decimal, top: Decimal, *, up: bool) -> int:
    exponent = _EXACT.subtract(_EXACT.divide(_ENERGY, top), _EXACT.divide(_ENERGY, kelvin))
    scaled = _EXACT.multiply(_EXACT.exp(exponent), Decimal(2**_BITS))
    return int(scaled.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))


def _kelvin(number: int | Fraction, step: Fraction, unit: Unit) -> Decimal:
    value = convert(number * step, unit, unit_named("kelvin"))
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
