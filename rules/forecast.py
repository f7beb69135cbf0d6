"""How long it takes until a limit is met, if it goes on as in the last windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from readings.block import I64
from readings.times import MINUTE
from rules.derivation import CameTo, Memory, Spans, Taken
from rules.episodes import Episodes
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
    told: Episodes = msgspec.field(default_factory=Episodes)

    def twin(self) -> Course:
        """An independent copy."""
        return Course(list(self.numbers), list(self.means), self.windows.twin(), self.told.twin())

    def parted(self, seam: int) -> Course:
        """See `Memory`."""
        windows, told = self.windows.twin(), self.told.parted(seam)
        return Course(list(self.numbers), list(self.means), windows, told)

    def await_stuck(self) -> None:
        """See `Memory`."""
        self.told.awaits = True

    def tell_stuck(self, stuck: I64, since: int, stands: int) -> None:
        """See `Memory`."""
        self.told.tell_stuck(stuck, since, stands)

    @property
    def forgets(self) -> int:
        """See `Memory`."""
        return self.told.forgot


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
        within: it warns within this, in thousandths of a minute.
        silent: after this the sensor is silent, ns.
    """

    means: WindowMeans
    back: int
    enough: int
    limit: int
    rises: bool
    farthest: int
    within: float
    silent: int

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
        times: list[int] = []
        values: list[tuple[int, int, int]] = []
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
        told, columns = np.array(times, np.int64), np.array(values, np.int64).reshape(-1, 3).T
        low, best, high = (column / PER_MINUTE for column in columns)
        apart = 2 * over + self.silent
        memory.told.take(
            told, low, (low, best, high), columns[0] < self.within, spans, least=True, apart=apart
        )
        return told, columns[0]

    def came_to(self, memory: Course, begin: int, end: int) -> CameTo | None:
        """See `Derivation`."""
        return memory.told.came_to(begin, end, least=True)

    def _told(self, memory: Course) -> tuple[int, int, int]:
        """The earliest, the likely and the latest time of a breach."""
        sign = 1 if self.rises else -1
        levels = [sign * each for each in memory.means]
        found = met(memory.numbers, levels, sign * self.limit, self.means.over)
        early, likely, late = (
            self.farthest if each is None else min(each * PER_MINUTE // MINUTE, self.farthest)
            for each in (found.earliest, found.likely, found.latest)
        )
        return early, likely, late
