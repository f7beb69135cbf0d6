"""What a sliding window of time holds, bounded on both sides: sums between readings, and what was not read.

At each reading the window reaches back by its length. What lies between two readings is known to a least and a greatest;
a stretch that the window's old edge cuts counts whole in the greatest and not at all in the least. Between readings that
are further apart than the silence nothing is known: that time counts in no sum, and is told. Time in which the limit is
not judged counts nothing, nor does what lay before the first reading.

So that a long window stays small, its old edge moves in steps of a 2,048th of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from readings.block import I64
from readings.times import ALWAYS, US
from rules.derivation import Memory, Spans, Taken

SLOTS = 2048
_COLUMNS = 4  # sums: least, greatest, time read, time not read (us)


class Slid(Memory, tag=True):
    """What a window still reaches.

    Attributes:
        time: of the last reading, ns; ALWAYS before the first.
        low, high: its least and greatest step.
        sums: up to it: least, greatest, microseconds read and not read.
        edges: times at which the old edge may lie, int64 as bytes.
        at_edges: sums up to them, int64 as bytes, one row for each.
    """

    time: int = ALWAYS
    low: int = 0
    high: int = 0
    sums: list[int] = msgspec.field(default_factory=lambda: [0] * _COLUMNS)
    edges: bytes = b""
    at_edges: bytes = b""

    def twin(self) -> Slid:
        """An independent copy."""
        return Slid(self.time, self.low, self.high, list(self.sums), self.edges, self.at_edges)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What the window held at each reading that is judged; int64 [n].

    Attributes:
        time: of the reading, ns.
        least: of the stretches that lie wholly in it.
        greatest: of those that lie in it at all.
        greatest_inside: of those that lie wholly in it.
        inside: microseconds read of those that lie wholly in it.
        unread: microseconds in which nothing was read, of those that lie in it at all.
    """

    time: I64
    least: I64
    greatest: I64
    greatest_inside: I64
    inside: I64
    unread: I64


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """Stretches between readings; int64 [n] each.

    Attributes:
        time: of the reading that ends it, ns.
        read, unread: microseconds that count, and were read or were not.
        low, high: least and greatest step of the readings around it.
    """

    time: I64
    read: I64
    unread: I64
    low: I64
    high: I64


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window.

    Attributes:
        length: ns.
        silent: readings further apart leave time that was not read, ns.
    """

    length: int
    silent: int

    def stretches(self, memory: Slid, taken: Taken, spans: Spans) -> Between:
        """The stretches before each new reading. The memory is told of the last reading."""
        time, low, high = taken.one_per_time()
        before = memory.time if memory.time != ALWAYS else int(time[0])
        times = np.r_[before, time]
        lows = np.r_[memory.low if memory.time != ALWAYS else low[0], low]
        highs = np.r_[memory.high if memory.time != ALWAYS else high[0], high]
        judged = np.diff(_judged(spans, times)) // US
        read = np.diff(times) <= self.silent
        memory.low, memory.high = int(low[-1]), int(high[-1])
        return Between(
            time=time,
            read=np.where(read, judged, 0),
            unread=np.where(read, 0, judged),
            low=np.minimum(lows[:-1], lows[1:]),
            high=np.maximum(highs[:-1], highs[1:]),
        )

    def slide(self, memory: Slid, between: Between, least: I64, greatest: I64) -> Held:
        """Take new stretches into the memory; what the window holds at the reading that ends each.

        Args:
            memory: is changed.
            between: the stretches.
            least: what each adds at least, int64 [n].
            greatest: what each adds at most, int64 [n].
        """
        time = between.time
        columns = np.array([least, greatest, between.read, between.unread])
        sums = np.cumsum(columns, axis=1) + np.array([memory.sums]).T
        edges = np.frombuffer(memory.edges, np.int64)
        at_edges = np.frombuffer(memory.at_edges, np.int64).reshape(-1, _COLUMNS)
        slot = max(self.length // SLOTS, 1)
        before = memory.time if memory.time != ALWAYS else int(time[0]) - slot
        first = time // slot != np.r_[before, time[:-1]] // slot
        edges = np.r_[edges, time[first]]
        at_edges = np.concatenate([at_edges, sums.T[first]])
        old = time - self.length
        touched = np.searchsorted(edges, old, "right") - 1
        inside = np.minimum(np.searchsorted(edges, old, "left"), max(edges.size - 1, 0))
        reaches = (touched >= 0)[:, None]
        outer = np.where(reaches, at_edges[touched], at_edges[0] if edges.size else 0)
        inner = at_edges[inside]
        held = Held(
            time=time,
            least=sums[0] - inner[:, 0],
            greatest=sums[1] - outer[:, 1],
            greatest_inside=sums[1] - inner[:, 1],
            inside=sums[2] - inner[:, 2],
            unread=sums[3] - outer[:, 3],
        )
        kept = max(int(touched[-1]), 0)
        memory.time = int(time[-1])
        base = at_edges[kept]
        memory.sums = [int(total) - int(under) for total, under in zip(sums[:, -1], base, strict=True)]
        memory.edges = edges[kept:].tobytes()
        memory.at_edges = (at_edges[kept:] - base).tobytes()
        return held


def _judged(spans: Spans, time: I64) -> I64:
    """How long it has been judged up to each time, ns, from the first on."""
    begins, ends = spans.cycles()
    start, stop = int(time[0]), int(time[-1])
    begins, ends = np.clip(begins, start, stop), np.clip(ends, start, stop)
    whole = np.r_[0, np.cumsum(ends - begins)]
    span = np.searchsorted(begins, time, "right") - 1
    known = np.maximum(span, 0)
    inside = np.clip(time - begins[known], 0, (ends - begins)[known])
    return np.where(span >= 0, whole[known] + inside, 0)
