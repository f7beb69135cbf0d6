"""Degree-minutes: how far, for how long, a temperature was beyond a level, in a sliding window of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from readings.block import I64
from rules.derivation import CameTo, Spans, Taken
from rules.sliding import Slid, Window

STEP = Fraction(1, 1000)  # judged are thousandths of a K.min


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
        farthest: beyond the level the sensor reads so many steps at most; None where it has no range.
    """

    window: Window
    level: int
    above: bool
    unit: Fraction
    upper: float
    farthest: int | None

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
        time, counts = between.time[told], np.where(bounded, most, least)[told]
        unread = touched[-1][told] if self.window.slew is None else np.zeros_like(time)
        self._remember(memory, time, counts, (least[told], most[told], unread), spans)
        return time, counts

    def came_to(self, memory: Slid, begin: int, end: int) -> CameTo | None:
        """See `Derivation`."""
        return memory.told.came_to(begin, end, least=False)

    def _remember(
        self, memory: Slid, time: I64, counts: I64, said: tuple[I64, I64, I64], spans: Spans
    ) -> None:
        """What was not read may have lain as far beyond the level as the range goes; without a range nothing bounds it."""
        least, most, unread = said
        known = unread == 0
        if self.farthest is not None:
            known[:] = True
        time, beyond = time[known], counts[known] > self.upper
        more = unread[known] * ((self.farthest or 0) * self.unit.denominator)
        judged, low, high = (
            each / STEP.denominator
            for each in (counts[known], least[known], most[known] - (-more // self.unit.numerator))
        )
        bounds = (low, (low + high) / 2, high)
        memory.told.take(time, judged, bounds, beyond, spans, least=False, apart=self.window.silent)
