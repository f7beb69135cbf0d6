"""Control charts: what is judged follows from point after point of a chart about a target.

A point is a reading, or the mean of a window. A chart begins with the span in which it is judged: after a stop it begins
anew. Within a span its points follow each other, also across a gap, in which the verdict is indeterminate: what had run
out of control before it is not forgotten for want of readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from readings.block import I64
from readings.times import ALWAYS
from rules.derivation import CameTo, Memory, Spans, Taken
from rules.judged_spans import span_of
from rules.window_means import PER_STEP, WindowMeans
from rules.windows import Windows


class Statistic(Protocol):
    """What a chart shows, in whole numbers: thousandths of the sensor's step, mostly."""

    def fresh(self) -> I64:
        """What is remembered before the first point."""

    def step(self, before: I64, deviation: I64) -> tuple[I64, I64]:
        """Take points.

        Args:
            before: int64, what is remembered.
            deviation: int64 [n], of each point from the target, in thousandths of a step.

        Returns:
            int64 [n], what is shown at each point; int64, what is remembered.
        """


class Charted(Memory, tag=True):
    """Where a chart is.

    Attributes:
        last: time of its last point, ns; ALWAYS before the first.
        shown: what its statistic remembers, int64 as bytes.
        windows: that are not over yet, where means are its points.
    """

    last: int
    shown: bytes
    windows: Windows

    def twin(self) -> Charted:
        """An independent copy."""
        return Charted(self.last, self.shown, self.windows.twin())


@dataclass(frozen=True, slots=True)
class ChartDerivation:
    """See the module and `Derivation`.

    Attributes:
        statistic: what is shown.
        target: in thousandths of the sensor's step.
        settle: so long after coming into a state nothing counts, ns.
        means: the windows whose means are points; None where each reading is one.
        about: whether values are given as such, about the target; else as deviations from it.
    """

    statistic: Statistic
    target: int
    settle: int
    means: WindowMeans | None
    about: bool

    def fresh(self) -> Charted:
        """No point yet."""
        windows = self.means.fresh() if self.means is not None else Windows([])
        return Charted(ALWAYS, self.statistic.fresh().tobytes(), windows)

    def take(self, memory: Charted, inputs: Sequence[Taken], spans: Spans, until: int) -> tuple[I64, I64]:
        """See `Derivation`."""
        time, deviation = self._points(memory, inputs, spans, until)
        if not time.size:
            return time, deviation
        span = span_of(spans, self.settle, np.concatenate([[memory.last], time]))
        inside = span[1:] >= 0
        if not inside.any():
            return time[:0], deviation[:0]
        time, deviation, current = time[inside], deviation[inside], int(span[0])
        span = span[1:][inside]
        first = np.flatnonzero(np.diff(span, prepend=-1) != 0)
        values = np.empty_like(time)
        for begin, end in zip(first.tolist(), [*first[1:].tolist(), time.size], strict=True):
            going_on = memory.last != ALWAYS and int(span[begin]) == current
            before = np.frombuffer(memory.shown, np.int64) if going_on else self.statistic.fresh()
            values[begin:end], after = self.statistic.step(before, deviation[begin:end])
            memory.shown = after.tobytes()
            memory.last, current = int(time[end - 1]), int(span[begin])
        return time, values + self.target if self.about else values

    def came_to(self, memory: Charted, begin: int, end: int) -> CameTo | None:  # noqa: ARG002
        """Nothing is known but the value."""
        return None

    def _points(self, memory: Charted, inputs: Sequence[Taken], spans: Spans, until: int) -> tuple[I64, I64]:
        """Times of points, and how far each lies from the target; of one time the farthest counts."""
        if self.means is not None:
            time, mean = self.means.take(memory.windows, inputs, spans, until)
            return time, mean - self.target
        time, low, high = inputs[0].one_per_time()
        below, above = low * PER_STEP - self.target, high * PER_STEP - self.target
        return time, np.where(above >= -below, above, below)
