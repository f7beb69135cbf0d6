"""Degree-minutes: how far, for how long, a temperature was beyond a level, in a sliding window of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from readings.block import I64
from rules.derivation import Integral, Spans, Taken
from rules.sliding import Slid, Window


@dataclass(frozen=True, slots=True)
class DegreeMinutes:
    """See `rules.derivation.Derivation`.

    Between two readings it counts as far as the farther of them lies beyond the level; that is an upper bound. Where
    something in the window was not read it is told only once what was read is too much, at the nearer of the two, or
    while it cannot be too much however fast the value moved.

    Attributes:
        window: in which it counts.
        level: in steps of the sensor.
        above: what lies above the level counts; else what lies below.
        unit: steps x microseconds in a step judged.
        upper: the greatest step judged that holds.
    """

    window: Window
    level: int
    above: bool
    unit: Fraction
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
        near, far = between.low - self.level, between.high - self.level
        if not self.above:
            near, far = -far, -near
        within, touched = self.window.slide(
            memory, between, np.maximum(near, 0) * between.known, np.maximum(far, 0) * between.known
        )
        least = within[0] * self.unit.denominator // self.unit.numerator
        most = -(-touched[1] * self.unit.denominator // self.unit.numerator)
        bounded = (touched[-1] == 0) | ((most <= self.upper) & (self.window.slew is not None))
        told = bounded | (least > self.upper)
        return between.time[told], np.where(bounded, most, least)[told]

    def cycle(self, memory: Slid, begin: int) -> tuple[Integral | None, str]:  # noqa: ARG002
        """A window knows no cycles."""
        return None, ""
