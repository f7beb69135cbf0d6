"""What a benchmark gives back: figures, each with its floor and what is aimed at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Size(StrEnum):
    """How much is measured."""

    TINY = "tiny"  # seconds for all of them: shows that they run, their numbers say nothing
    QUICK = "quick"
    FULL = "full"


Tell = Callable[[str], None]  # takes a line of progress


class MissingError(Exception):
    """A program that the benchmark needs is not installed; the message names it."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure, or its ratio to the floor, should be.

    Attributes:
        least: at least this; None if there is no such bound.
        most: less than this.
        of_floor: the ratio is meant.
    """

    least: float | None = None
    most: float | None = None
    of_floor: bool = False

    def __str__(self) -> str:
        """`>= 5,000,000`, `< 10`, `>= 0.5 of floor`."""
        bounds = [f">= {self.least:,g}" if self.least is not None else ""]
        bounds += [f"< {self.most:,g}" if self.most is not None else ""]
        return " ".join(filter(None, bounds)) + (" of floor" if self.of_floor else "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        name: what was measured.
        value: how much.
        unit: of the value and the floor.
        floor: what the same run gives for the least that could be done; None where there is nothing to compare.
        target: what is aimed at.
        note: a word more.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    target: Target | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a part of the floor."""
        return None if not self.floor else self.value / self.floor

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        judged = self.ratio if self.target.of_floor else self.value
        if judged is None:
            return None
        return (self.target.least is None or judged >= self.target.least) and (
            self.target.most is None or judged < self.target.most
        )
