"""Cooling in stages, each with a clock of its own, in each cycle; see `rules.cooling_clock`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import I64
from readings.times import NEVER
from rules.cooling_clock import FAILED, FRESH, RUNNING, Clock, Stage
from rules.cycles import UNTOLD, CycleDerivation, Stretches
from rules.derivation import Integral

_UNMET = -1  # no reading yet


@dataclass(frozen=True, slots=True)
class Cooling(CycleDerivation):
    """See the module. Sums of a cycle: what was told last, and of each stage those of its clock.

    Attributes:
        stages: in order.
    """

    stages: tuple[Stage, ...]

    def begin(self, unread: int) -> list[int]:  # noqa: ARG002 - its clocks run from the beginning
        """Nothing met."""
        return [_UNMET, *(FRESH * len(self.stages))]

    def grow(self, sums: list[int], stretches: Stretches) -> I64:
        """DONE, RUNNING or FAILED at the end of each stretch; of the worst stage."""
        clocks = self._clocks(sums)
        (low_before, low), (_, high) = stretches.low, stretches.high
        if sums[0] == _UNMET:
            sums[0] = RUNNING
            first_ever = stretches.lasts[0] == stretches.apart[0]
            for clock in clocks:
                clock.begins(
                    int(stretches.end[0] - stretches.lasts[0]), int(low_before[0]) if first_ever else None
                )
        met = ~stretches.last
        told = np.full(stretches.end.size, sums[0], np.int64)
        if met.any():
            each = np.array([clock.run(stretches.end[met], low[met], high[met]) for clock in clocks])
            worst = each.max(axis=0)
            told[met] = np.where((each == UNTOLD).any(axis=0) & (worst != FAILED), UNTOLD, worst)
            sums[0] = int(told[met][-1])
            told[~met] = sums[0]  # as the last reading of the cycle left it
        return told

    def due(self, sums: list[int]) -> list[int]:
        """When each stage is too late that was not over in its time."""
        dues = [clock.overdue() for clock in self._clocks(sums)]
        return sorted(due for due in dues if due != NEVER)

    @property
    def failed(self) -> int:
        """A stage is too late."""
        return FAILED

    def counts(self, sums: list[int], integral: Integral, unread: int) -> float:
        """Of a stage that is too late what it has used, as it was judged."""
        used = max(clock.failed() for clock in self._clocks(sums))
        return used or CycleDerivation.counts(self, sums, integral, unread)

    def late(self, sums: list[int]) -> tuple[int, float] | None:
        """All of its time is used then."""
        due = min(clock.late() for clock in self._clocks(sums))
        return (due, 100.0) if due != NEVER else None

    def short(self, sums: list[int]) -> str:
        """It was too warm still, in its time."""
        return "its cycle ended before that time" if sums[0] == RUNNING else ""

    def _clocks(self, sums: list[int]) -> list[Clock]:
        return [
            Clock(stage, sums, 1 + len(FRESH) * number, self.silent)
            for number, stage in enumerate(self.stages)
        ]

    def said(self, sums: list[int], missing: tuple[int, int]) -> tuple[Integral, str]:  # noqa: ARG002 - its clocks run
        """Of the stage that has used most of its time, how much, in percent."""
        used = [clock.used() for clock in self._clocks(sums)]
        low, high = max(least for least, _ in used), max(most for _, most in used)
        return Integral(low, (low + high) / 2, high), ""
