"""Calibration: what an instrument shows becomes what is true, by straight lines between points of a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise


class Outside(StrEnum):
    """What becomes of a number beyond the points of a calibration."""

    BAD = "bad"  # no value: nobody has tried what the instrument shows there
    EXTEND = "extend"  # the first and the last line go on
    HOLD = "hold"  # the value of the nearest point


@dataclass(frozen=True, slots=True)
class Line:
    """`value = number * factor + offset`, exact.

    Attributes:
        factor: per unit of the number.
        offset: added.
    """

    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)

    def then(self, other: Line) -> Line:
        """This line, and the other one of what it gives."""
        return Line(self.factor * other.factor, self.offset * other.factor + other.offset)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Lines that follow each other.

    Attributes:
        ends: where each line but the last one ends, rising; the end still belongs to it.
        lines: one more than ends.
        bounds: least and greatest number that has a value; None where each has one.
    """

    ends: tuple[Fraction, ...]
    lines: tuple[Line, ...]
    bounds: tuple[Fraction, Fraction] | None = None

    def behind(self, first: Line) -> Pieces:
        """The same, of what another line gives.

        Raises:
            ValueError: that line gives the same for every number.
        """
        if not first.factor:
            raise ValueError("a scale of 0 leaves nothing to calibrate")
        ends, lines, bounds = self.ends, tuple(first.then(line) for line in self.lines), self.bounds
        ends = tuple((end - first.offset) / first.factor for end in ends)
        if bounds:
            bounds = ((bounds[0] - first.offset) / first.factor, (bounds[1] - first.offset) / first.factor)
        if first.factor > 0:
            return Pieces(ends, lines, bounds)
        return Pieces(ends[::-1], lines[::-1], bounds and bounds[::-1])


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a calibration and what lies between and beyond.

    Attributes:
        points: (shown, true), at least two, rising in what is shown.
        outside: what becomes of a number beyond them.

    Raises:
        ValueError: they do not rise.
    """

    points: Sequence[tuple[Fraction, Fraction]]
    outside: Outside

    def __post_init__(self) -> None:
        for (one, _), (behind, _) in pairwise(self.points):
            if behind <= one:
                raise ValueError(
                    "the points of a calibration rise in their first number: "
                    f"{float(behind):g} does not come behind {float(one):g}"
                )

    def pieces(self) -> Pieces:
        """The lines between the points, and those beyond."""
        between = tuple(_through(left, right) for left, right in pairwise(self.points))
        inner = tuple(shown for shown, _ in self.points[1:-1])
        (least, low), (greatest, high) = self.points[0], self.points[-1]
        if self.outside is Outside.HOLD:
            lines = (Line(Fraction(0), low), *between, Line(Fraction(0), high))
            return Pieces((least, *inner, greatest), lines)
        return Pieces(inner, between, (least, greatest) if self.outside is Outside.BAD else None)


def _through(left: tuple[Fraction, Fraction], right: tuple[Fraction, Fraction]) -> Line:
    factor = (right[1] - left[1]) / (right[0] - left[0])
    return Line(factor, left[1] - left[0] * factor)
