"""How fast a value changes: from one reading to the next, or to the one so long before, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from readings.block import I64
from readings.times import ALWAYS
from rules.derivation import CameTo, Memory, Spans, Taken
from rules.exact_ratio import floor_ratio
from rules.judged_spans import span_of
from rules.sliding import slot_of

MOST_BEHIND = 10_000  # readings that are looked back on


class Behind(Memory, tag=True):
    """Readings that the next ones are held against: times, least and greatest steps, int64 as bytes."""

    between: ClassVar[bool] = True

    time: bytes = b""
    low: bytes = b""
    high: bytes = b""

    def twin(self) -> Behind:
        """An independent copy."""
        return Behind(self.time, self.low, self.high)


@dataclass(frozen=True, slots=True)
class RateOfChange:
    """The change between two readings over the time between them; see `Derivation`.

    A rate is rounded in whole steps judged away from what holds, so that none beyond its bound comes to stand on it. Both
    readings lie in one span in which the limit is judged. Of several readings of one time the one counts that makes the
    rate the worse. Across a silence the mean rate says nothing of the fastest, unless it is beyond the bound already.

    Attributes:
        over: each reading is held against the last one at least so long before it, ns; 0 for the one before it. Of a long
            time the first reading of each round time is remembered, a thousandth of it at most: see `slot_of`.
        settle: so long after coming into a state no reading counts, ns.
        silent: readings further apart than this, beyond `over`, have a silence between them, ns.
        factor: rate in steps judged = change in steps of the sensor * factor / nanoseconds.
        lower, upper: bounds in steps judged; None where there is none.
        counts: it is a counter: where it falls it began again at 0, by a reset or because it is full, and counted since
            what it shows.
    """

    over: int
    settle: int
    silent: int
    factor: int
    lower: int | None
    upper: int | None
    counts: bool

    def fresh(self) -> Behind:
        """Nothing heard yet."""
        return Behind()

    def take(
        self,
        memory: Behind,
        inputs: Sequence[Taken],
        spans: Spans,
        until: int,  # noqa: ARG002 - one input
    ) -> tuple[I64, I64]:
        """See `Derivation`."""
        (taken,) = inputs
        new_time, new_low, new_high = taken.one_per_time()
        before = np.frombuffer(memory.time, np.int64)
        time = np.concatenate([before, new_time])
        low = np.concatenate([np.frombuffer(memory.low, np.int64), new_low])
        high = np.concatenate([np.frombuffer(memory.high, np.int64), new_high])
        span = span_of(spans, self.settle, time)
        row = np.arange(before.size, time.size)
        slot = slot_of(self.over)
        kept = np.flatnonzero(np.diff(time // slot, prepend=ALWAYS) != 0)
        past = row - 1
        if self.over:
            behind = np.searchsorted(time[kept], time[row] - self.over, "right") - 1
            past = np.where(behind >= 0, kept[np.maximum(behind, 0)], -1)
        whole = (past >= 0) & (span[row] >= 0) & (span[past] == span[row])
        row, past = row[whole], past[whole]
        elapsed = time[row] - time[past]
        value = self._worse(low[row], high[row], low[past], high[past], elapsed)
        known = (elapsed <= self.over + slot + self.silent) | self._beyond(value)
        kept = kept if self.over else np.arange(time.size)
        self._keep(memory, time[kept], low[kept], high[kept])
        return time[row[known]], value[known]

    def came_to(self, memory: Behind, begin: int, end: int) -> CameTo | None:  # noqa: ARG002
        """Nothing is known but the value."""
        return None

    def _worse(self, low: I64, high: I64, low_before: I64, high_before: I64, elapsed: I64) -> I64:
        """The rate that is nearest to a bound, or farthest beyond it."""
        fastest = self._rate(_risen(high, low_before, counts=self.counts), elapsed, up=True)
        if self.lower is None:
            return fastest
        slowest = self._rate(_risen(low, high_before, counts=self.counts), elapsed, up=False)
        if self.upper is None:
            return slowest
        return np.where(fastest - self.upper >= self.lower - slowest, fastest, slowest)

    def _rate(self, change: I64, elapsed: I64, *, up: bool) -> I64:
        if up:
            return -floor_ratio(-change, self.factor, elapsed)
        return floor_ratio(change, self.factor, elapsed)

    def _beyond(self, value: I64) -> np.ndarray:
        over = value > self.upper if self.upper is not None else np.zeros(value.size, np.bool_)
        return over | (value < self.lower) if self.lower is not None else over

    def _keep(self, memory: Behind, time: I64, low: I64, high: I64) -> None:
        """What the next readings can be held against: those of the time looked back on, and the last before it."""
        if time.size:
            back = int(np.searchsorted(time, time[-1] - self.over, "right")) if self.over else time.size
            first = max(back - 1, time.size - MOST_BEHIND - 1, 0)
            memory.time, memory.low, memory.high = (each[first:].tobytes() for each in (time, low, high))


def _risen(now: I64, before: I64, *, counts: bool) -> I64:
    return np.where(now < before, now, now - before) if counts else now - before
