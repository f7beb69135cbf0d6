"""The mean of each window of a single input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rules.windows import Ready, WindowDerivation

PER_STEP = 1000  # means are told in thousandths of the sensor's step


@dataclass(frozen=True, slots=True)
class WindowMeans(WindowDerivation):
    """Means, exact fractions of whole steps, rounded once, half to even, to a thousandth of a step."""

    def values(self, ready: Sequence[Ready]) -> list[tuple[int, int]]:
        """In thousandths of a step."""
        return [(window, half_even(PER_STEP * total, count)) for window, ((total, count),) in ready]


def half_even(numerator: int, denominator: int) -> int:
    """The nearest whole number, of two as near the even one; the denominator is positive."""
    whole, twice = divmod(numerator, denominator)
    twice *= 2
    return whole + (twice > denominator or (twice == denominator and whole % 2 == 1))
