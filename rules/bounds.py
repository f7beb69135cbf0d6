"""Holding values against bounds, exactly: in whole steps of the sensor's resolution.

A value is `value * per_unit / step` steps. What lies within `SNAP` of an edge lies on it, for a decimal such as -19.3 is not
a binary number, least of all one of 32 bits. Edges are exact fractions of a step. Whole numbers below 2**53 are exact in
float64, so the verdict is the same on every processor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction
from math import ceil, floor, inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from readings.units import Unit

if TYPE_CHECKING:
    from rules.quantities import Quantity

SNAP = 2**-10  # of a step


class Standing(IntEnum):
    """How a reading stands to its limit; the larger one prevails where several points speak at once."""

    WITHIN = 0  # and beyond the clearing bound, where there is one
    NEARLY = 1  # within the limit, not yet within the clearing bound
    EXCEPTED = 2  # beyond the limit, within the bound of a granted exception
    BRIDGED = 3  # no usable reading, and the limit holds all the same: see `rules.bridge`
    LOST = 4  # no usable reading
    STUCK = 5  # readings, but the number has not moved for too long: no evidence
    BEYOND = 6  # the limit does not hold


MISSING = (Standing.LOST, Standing.STUCK)  # nothing can be said
GOOD = (Standing.WITHIN, Standing.NEARLY)  # a reading, and it is within the limit itself


@dataclass(frozen=True, slots=True)
class Bound:
    """Bounds of one limit in steps.

    Attributes:
        per_unit: steps per unit, numerator.
        step: steps per unit, denominator.
        lower: least whole step that holds.
        upper: greatest whole step that holds.
        least: of values that are no whole steps, less than this is beyond; None where that is `lower`.
        most: likewise, more than this is beyond; None where that is `upper`.
    """

    per_unit: int
    step: int
    lower: float
    upper: float
    least: float | None = None
    most: float | None = None

    @classmethod
    def of(  # noqa: PLR0913 - the four bounds a plan may write
        cls,
        *,
        unit: Unit,
        resolution: Fraction,
        at_most: Quantity | None = None,
        at_least: Quantity | None = None,
        below: Quantity | None = None,
        above: Quantity | None = None,
        rounded: bool = False,
    ) -> Bound:
        """Bounds in steps of the resolution.

        Compared rounded (GB/T 8170-2008), a value is rounded once, half to even, to the digits in which the limit is
        written, in the limit's own unit. That is the same as holding it in full against the middle between the last number
        that holds and its neighbour, which itself holds where the last number is even; so nothing is rounded here.

        Raises:
            UnitError: a bound does not measure what the sensor measures.
        """
        edges = _rounded if rounded else _written
        lows = [edges(each, unit, over=over, side=1) for each, over in ((at_least, 0), (above, 1)) if each]
        highs = [edges(each, unit, over=over, side=-1) for each, over in ((at_most, 0), (below, 1)) if each]
        lower, upper, least, most = -inf, inf, -inf, inf
        if lows:
            edge, out = max((edge / resolution, out) for edge, out in lows)
            lower = float(floor(edge) + 1 if out else ceil(edge))
            least = float(edge) + (SNAP if out else -SNAP)
        if highs:
            edge, holds = min((edge / resolution, not out) for edge, out in highs)
            upper = float(floor(edge) if holds else ceil(edge) - 1)
            most = float(edge) + (SNAP if holds else -SNAP)
        steps = 1 / resolution
        return cls(steps.numerator, steps.denominator, lower, upper, least, most)

    def else_by(self, other: Bound) -> Bound:
        """The same, and where it has no bound on a side, that of another in the same steps."""
        low = self if self.lower != -inf else other
        high = self if self.upper != inf else other
        return replace(self, lower=low.lower, least=low.least, upper=high.upper, most=high.most)


def _written(bound: Quantity, unit: Unit, *, over: int, side: int) -> tuple[Fraction, bool]:  # noqa: ARG001
    """The edge of a bound, and whether it is itself beyond."""
    return bound.in_unit(unit), bool(over)


def _rounded(bound: Quantity, unit: Unit, *, over: int, side: int) -> tuple[Fraction, bool]:
    """The same of values that are rounded to its digits; `side` is 1 where it is a lower bound, -1 where an upper one."""
    grid = 10**bound.digits
    number = bound.value * grid
    last = side * (floor(side * number) + 1 if over else ceil(side * number))  # that holds, of its last digit
    half = Fraction(2 * last - side, 2 * grid)
    return bound.model_copy(update={"value": half}).in_unit(unit), last % 2 == 1


class BoundTable:
    """Many bounds as columns, so that readings of many limits are held against them in one pass."""

    def __init__(self, bounds: Sequence[Bound]) -> None:
        self.per_unit = np.array([bound.per_unit for bound in bounds], np.float64)
        self.step = np.array([bound.step for bound in bounds], np.float64)
        self.least = np.array([_or(bound.least, bound.lower - SNAP) for bound in bounds], np.float64)
        self.most = np.array([_or(bound.most, bound.upper + SNAP) for bound in bounds], np.float64)
        self._whole = bool((self.step == 1).all())

    def beyond(self, which: npt.NDArray[np.intp], value: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Whether each value lies beyond its bounds.

        Args:
            which: intp [n], row of this table for each value.
            value: float64 [n], finite, in the sensor's unit.
        """
        steps = value * self.per_unit[which]
        if not self._whole:
            steps /= self.step[which]
        return (steps > self.most[which]) | (steps < self.least[which])


def _or(said: float | None, whole: float) -> float:
    return whole if said is None else said
