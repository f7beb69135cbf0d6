"""How long it takes until a limit is met, if it goes on as in the last windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from readings.block import I64
from readings.times import MINUTE
from rules.derivation import Integral, Memory, Spans, Taken
from rules.judged_spans import span_of
from rules.trend import met
from rules.window_means import WindowMeans
from rules.windows import Windows

PER_MINUTE = 1000  # what is judged is told in thousandths of a minute


class Course(Memory, tag=True):
    """The windows that a trend is told from: their numbers and means, in order; and those that are not over yet."""

    numbers: list[int]
    means: list[int]
    windows: Windows

    def twin(self) -> Course:
        """An independent copy."""
        return Course(list(self.numbers), list(self.means), self.windows.twin())


@dataclass(frozen=True, slots=True)
class Forecast:
    """The earliest plausible time of a breach; see `rules.trend` and `Derivation`.

    Attributes:
        means: of which windows.
        back: so many windows are looked back on.
        enough: of so many of them something must be known.
        limit: in thousandths of the sensor's step.
        rises: whether what is feared is above.
        farthest: a time longer than this is told as this, in thousandths of a minute.
    """

    means: WindowMeans
    back: int
    enough: int
    limit: int
    rises: bool
    farthest: int

    def fresh(self) -> Course:
        """Nothing heard yet."""
        return Course([], [], self.means.fresh())

    def take(self, memory: Course, inputs: Sequence[Taken], spans: Spans, until: int) -> tuple[I64, I64]:
        """See `Derivation`."""
        over = self.means.over
        time, mean = self.means.take(memory.windows, inputs, spans, until)
        numbers = (-(-time // over) - 1).tolist()
        known = np.array([*memory.numbers, *numbers], np.int64)
        span = span_of(spans, self.means.settle, (known + 1) * over - 1).tolist()
        spans_behind, of = span[: len(memory.numbers)], span[len(memory.numbers) :]
        current = spans_behind[-1] if spans_behind else None
        times, values = [], []
        for number, at, level, which in zip(numbers, time.tolist(), mean.tolist(), of, strict=True):
            if which < 0:
                continue
            if which != current:
                memory.numbers, memory.means, current = [], [], which
            memory.numbers.append(number)
            memory.means.append(level)
            while memory.numbers[0] <= number - self.back:
                del memory.numbers[0], memory.means[0]
            if len(memory.numbers) >= self.enough:
                times.append(at)
                values.append(self._told(memory))
        return np.array(times, np.int64), np.array(values, np.int64)

    def cycle(self, memory: Course, begin: int) -> tuple[Integral | None, str]:  # noqa: ARG002
        """Forecasts know no cycles."""
        return None, ""

    def _told(self, memory: Course) -> int:
        sign = 1 if self.rises else -1
        levels = [sign * each for each in memory.means]
        found = met(memory.numbers, levels, sign * self.limit, self.means.over)
        if found.earliest is None:
            return self.farthest
        return min(found.earliest * PER_MINUTE // MINUTE, self.farthest)
