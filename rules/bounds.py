"""Holding values against bounds, exactly: in whole steps of the sensor's resolution.

A value is `value * per_unit / step` steps; a step number within `SNAP` of a whole one is that whole one, for a decimal
such as -19.3 is not a binary number. Bounds are whole numbers of steps. Whole numbers below 2**53 are exact in
float64, so the verdict is the same on every processor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from math import ceil, floor, inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from readings.units import Unit

if TYPE_CHECKING:
    from rules.quantities import Quantity

SNAP = 1e-6


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
        lower: least step that holds.
        upper: greatest step that holds.
        rounding: (numerator, denominator) from steps to the limit's own digits; None compares in full.
    """

    per_unit: int
    step: int
    lower: float
    upper: float
    rounding: tuple[int, int] | None = None

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
        """Bounds in steps of the resolution, or, compared rounded, in steps of the limit's last digit (GB/T 8170).

        Raises:
            UnitError: a bound does not measure what the sensor measures.
        """
        given = [bound for bound in (at_most, at_least, below, above) if bound is not None]
        grid = resolution
        if rounded and given:
            grid = max(resolution, *(Fraction(1, 10**bound.digits) for bound in given))
        lower, upper = -inf, inf
        if at_most is not None:
            upper = float(floor(at_most.in_unit(unit) / grid))
        if below is not None:
            upper = min(upper, float(ceil(below.in_unit(unit) / grid) - 1))
        if at_least is not None:
            lower = float(ceil(at_least.in_unit(unit) / grid))
        if above is not None:
            lower = max(lower, float(floor(above.in_unit(unit) / grid) + 1))
        steps = 1 / resolution
        ratio = resolution / grid
        return cls(
            per_unit=steps.numerator,
            step=steps.denominator,
            lower=lower,
            upper=upper,
            rounding=(ratio.numerator, ratio.denominator) if ratio != 1 else None,
        )


class BoundTable:
    """Many bounds as columns, so that readings of many limits are held against them in one pass."""

    def __init__(self, bounds: Sequence[Bound]) -> None:
        self.per_unit = np.array([bound.per_unit for bound in bounds], np.float64)
        self.step = np.array([bound.step for bound in bounds], np.float64)
        self.lower = np.array([bound.lower for bound in bounds], np.float64) - SNAP
        self.upper = np.array([bound.upper for bound in bounds], np.float64) + SNAP
        rounding = [bound.rounding or (1, 1) for bound in bounds]
        self.rounds = np.array([bound.rounding is not None for bound in bounds], np.bool_)
        self.numerator = np.array([pair[0] for pair in rounding], np.float64)
        self.denominator = np.array([pair[1] for pair in rounding], np.float64)
        self._whole = bool((self.step == 1).all())
        self._full = not self.rounds.any()

    def beyond(self, which: npt.NDArray[np.intp], value: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Whether each value lies beyond its bounds.

        Args:
            which: intp [n], row of this table for each value.
            value: float64 [n], finite, in the sensor's unit.
        """
        steps = value * self.per_unit[which]
        if not self._whole:
            steps /= self.step[which]
        if not self._full:
            rounds = self.rounds[which]
            rows = which[rounds]
            steps[rounds] = np.rint(np.rint(steps[rounds]) * self.numerator[rows] / self.denominator[rows])
        return (steps > self.upper[which]) | (steps < self.lower[which])
