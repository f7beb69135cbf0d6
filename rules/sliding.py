"""What a sliding window of time holds, bounded on both sides: sums between readings, and what was not read.

At each reading the window reaches back by its length. What lies between two readings is known to a least and a greatest;
a stretch that the window's old edge cuts counts whole in the greatest and not at all in the least. Between readings that
are further apart than the silence nothing was read: that time is told, and counts in no sum unless the plan says how fast
the value can move. Time in which the limit is not judged counts nothing, nor does what lay before the first reading.

So that a long window stays small, its old edge moves in steps of round times, a thousandth of it at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from readings.block import I64
from readings.times import ALWAYS, DAY, HOUR, MINUTE, SECOND, US, format_duration
from rules.derivation import Memory, Spans, Taken
from rules.episodes import Episodes
from rules.exact_ratio import floor_ratio

if TYPE_CHECKING:
    from rules.sensor import Sensor

_SLOTS = (SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)
LONGEST = 31 * DAY  # of a window: sums in 64 bits hold no more


class Slid(Memory, tag=True):
    """What a window still reaches.

    Attributes:
        time: of the last reading, ns; ALWAYS before the first.
        low, high: its least and greatest step.
        sums: up to it: the kind's own, and microseconds known and not read; empty before the first.
        edges: times at which the old edge may lie, int64 as bytes.
        at_edges: sums up to them, int64 as bytes, one row for each.
        told: what it came to at its readings.
    """

    between: ClassVar[bool] = True

    time: int = ALWAYS
    low: int = 0
    high: int = 0
    sums: list[int] = []
    edges: bytes = b""
    at_edges: bytes = b""
    told: Episodes = msgspec.field(default_factory=Episodes)

    def twin(self) -> Slid:
        """An independent copy."""
        sums, told = list(self.sums), self.told.twin()
        return Slid(self.time, self.low, self.high, sums, self.edges, self.at_edges, told)

    def parted(self, seam: int) -> Slid:
        """See `Memory`."""
        same = self.twin()
        same.told = self.told.parted(seam)
        return same

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


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """Stretches between readings; int64 [n] each.

    Attributes:
        time: of the reading that ends it, ns.
        known: microseconds that count, and in which the value is bounded.
        unread: microseconds that count, and were not read.
        low, high: least and greatest step in it: of the readings around it, or as far as it can have moved.
    """

    time: I64
    known: I64
    unread: I64
    low: I64
    high: I64


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window.

    Attributes:
        length: ns.
        silent: readings further apart leave time that was not read, ns.
        slew: how fast the value can move at most, steps per ns; it bounds what was not read. None: nothing does.
    """

    length: int
    silent: int
    slew: Fraction | None = None

    def stretches(self, memory: Slid, taken: Taken, spans: Spans) -> Between:
        """The stretches before each new reading. The memory is told of the last reading."""
        time, low, high = taken.around()
        before = memory.time if memory.time != ALWAYS else int(time[0])
        times = np.r_[before, time]
        lows = np.r_[memory.low if memory.time != ALWAYS else low[0], low]
        highs = np.r_[memory.high if memory.time != ALWAYS else high[0], high]
        judged = np.diff(_judged(spans, times)) // US
        apart = np.diff(times)
        read = apart <= self.silent
        below, above = np.minimum(lows[:-1], lows[1:]), np.maximum(highs[:-1], highs[1:])
        known = read
        if self.slew is not None and not read.all():
            moves = -floor_ratio(-apart, self.slew.numerator, np.full(apart.size, self.slew.denominator))
            known = np.ones_like(read)
            below = np.where(read, below, (lows[:-1] + lows[1:] - moves) // 2)
            above = np.where(read, above, -(-(highs[:-1] + highs[1:] + moves) // 2))
        memory.low, memory.high = int(low[-1]), int(high[-1])
        return Between(
            time=time,
            known=np.where(known, judged, 0),
            unread=np.where(read, 0, judged),
            low=below,
            high=above,
        )

    def slide(self, memory: Slid, between: Between, *columns: I64) -> tuple[I64, I64]:
        """Take new stretches into the memory; what the window holds at the reading that ends each.

        Args:
            memory: is changed.
            between: the stretches.
            columns: what each adds to sums of the kind's own, int64 [n] each.

        Returns:
            Sums of the stretches that lie wholly in the window, and of those that lie in it at all: int64 [k + 2, n], the
            kind's own, then the microseconds that are known and that were not read.
        """
        time = between.time
        added = np.array([*columns, between.known, between.unread])
        before = np.array(memory.sums or [0] * len(added))
        sums = np.cumsum(added, axis=1) + before[:, None]
        edges = np.frombuffer(memory.edges, np.int64)
        at_edges = np.frombuffer(memory.at_edges, np.int64).reshape(-1, len(added))
        slot = slot_of(self.length)
        since = memory.time if memory.time != ALWAYS else int(time[0]) - slot
        first = time // slot != np.r_[since, time[:-1]] // slot
        edges = np.r_[edges, time[first]]
        at_edges = np.concatenate([at_edges, sums.T[first]])
        old = time - self.length
        touched = np.maximum(np.searchsorted(edges, old, "right") - 1, 0)
        whole = np.minimum(np.searchsorted(edges, old, "left"), edges.size - 1)
        kept = int(touched[-1])
        base = at_edges[kept]
        memory.time, memory.sums = int(time[-1]), (sums[:, -1] - base).tolist()
        memory.edges, memory.at_edges = edges[kept:].tobytes(), (at_edges[kept:] - base).tobytes()
        return sums - at_edges[whole].T, sums - at_edges[touched].T


def slot_of(length: int) -> int:
    """A round time, a thousandth of a length at most, ns; 1 where the length is too short for one."""
    return max((each for each in _SLOTS if each * 1000 <= length), default=1)


def _judged(spans: Spans, time: I64) -> I64:
    """How long it has been judged up to each time, ns, from the first on."""
    begins, ends = spans.judged()
    start, stop = int(time[0]), int(time[-1])
    begins, ends = np.clip(begins, start, stop), np.clip(ends, start, stop)
    whole = np.r_[0, np.cumsum(ends - begins)]
    span = np.searchsorted(begins, time, "right") - 1
    known = np.maximum(span, 0)
    inside = np.clip(time - begins[known], 0, (ends - begins)[known])
    return np.where(span >= 0, whole[known] + inside, 0)


def thermometer_faults(name: str, window: int, sensor: Sensor) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with a thermometer that is to be summed up in a window, or with the window.

    Args:
        name: of the sensor.
        window: ns.
        sensor: itself.
    """
    if sensor.unit.dimension != "temperature":
        yield ("of",), f"{name} is no thermometer: it measures {sensor.unit.dimension}"
    elif not isinstance(sensor.every, int):
        yield ("of",), f"{name} speaks on change: a sum needs readings at regular times, such as every: 60 s"
    elif window < 10 * sensor.every:
        every = format_duration(sensor.every)
        message = f"a window of {format_duration(window)}, but a reading of {name} comes only every {every}"
        yield ("window",), message
    elif window > LONGEST:
        longest = format_duration(LONGEST)
        yield ("window",), f"a window of {format_duration(window)} is too long; {longest} is the longest"
