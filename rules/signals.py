"""What the line says of itself over time: truths, states, names, a counter."""

from __future__ import annotations

from bisect import bisect_right, insort

import msgspec
import numpy as np

from readings.block import F64, I64
from readings.times import ALWAYS, NEVER
from rules.counter import Count
from rules.derivation import whole_steps
from rules.limit_unit import Signal
from rules.nights import LOST, UNKNOWN


class Said(msgspec.Struct, array_like=True, order=True):
    """From `start` to `end` a signal said the same, again and again."""

    start: int
    end: int
    text: str


class SignalState(msgspec.Struct, array_like=True):
    """What a signal has said, and what follows from it.

    Attributes:
        said: in order of time. Each text stands for itself, so that a late one finds its place.
        changes: (from, text) that follow; a truth says "1" or "0"; LOST once it is silent.
        last: when it last spoke, ns.
        count: of a counter, what it said.
    """

    said: list[Said] = []
    changes: list[tuple[int, str]] = []
    last: int = ALWAYS
    count: Count | None = None

    def hear(self, signal: Signal, time: I64, value: F64) -> None:
        """Take usable readings in order of time, later than all before; of one time, the last counts."""
        if len(time) == 0:
            return
        if (np.diff(time) == 0).any():
            last_of_time = np.r_[np.diff(time) != 0, True]
            time, value = time[last_of_time], value[last_of_time]
        if signal.counts is not None:
            self.count = self.count or Count()
            steps = whole_steps(value, signal.counts)
            new = time > self.last
            self.count.hear(time[new], steps[new], silent=signal.silent, pause=signal.pause)
            self.last = self.count.last
            return
        near = np.diff(time) <= (signal.silent or NEVER)
        starts = np.flatnonzero(np.r_[True, ~((value[1:] == value[:-1]) & near)])
        for row, end in zip(starts.tolist(), [*(starts[1:] - 1).tolist(), len(time) - 1], strict=True):
            self._add(
                signal, Said(int(time[row]), int(time[end]), _text(signal, float(value[row]))), merge=True
            )

    def hear_text(self, signal: Signal, time: int, text: str, *, since: int = ALWAYS) -> None:
        """Take a text, in time or late; one heard before changes nothing.

        Args:
            signal: it is of.
            time: from which it holds, ns.
            text: what was said.
            since: judging began then, ns: what was said last before holds from then on.
        """
        said = Said(time, time, text)
        if time > self.last:
            self._add(signal, said, merge=False, since=since)
        elif said not in self.said:
            insort(self.said, said)
            everything, self.said, self.changes, self.last = self.said, [], [], ALWAYS
            for each in everything:
                self._add(signal, each, merge=False, since=since)

    def _add(self, signal: Signal, said: Said, *, merge: bool, since: int = ALWAYS) -> None:
        if signal.silent and self.last != ALWAYS and said.start - self.last > signal.silent:
            self._change(max(self.last + signal.silent, since), LOST)
            merge = False
        self._change(max(said.start, since), said.text)
        if merge and self.said and self.said[-1].text == said.text:
            self.said[-1].end = said.end
        else:
            self.said.append(said)
        self.last = max(self.last, said.end)

    def _change(self, time: int, text: str) -> None:
        if self.changes and self.changes[-1][0] == time:
            self.changes.pop()  # of one time, the last counts
        if not self.changes or self.changes[-1][1] != text:
            self.changes.append((time, text))

    def until(self, time: int) -> SignalState:
        """A copy of what was said up to a time, which is one of those at which it spoke; of a counter, the last."""
        if self.count is not None:
            return SignalState(last=self.last, count=self.count.twin())
        return SignalState(
            [Said(each.start, min(each.end, time), each.text) for each in self.said if each.start <= time],
            [change for change in self.changes if change[0] <= time],
            time,
        )

    def told(self, signal: Signal, until: int) -> list[tuple[int, str]]:
        """The changes as they stand at `until`, silence included."""
        if signal.silent and self.last != ALWAYS and until - self.last >= signal.silent:
            lost = self.last + signal.silent
            if self.changes and self.changes[-1][1] != LOST:
                return [*self.changes, (lost, LOST)]
        return self.changes

    def prune(self, before: int) -> None:
        """Forget changes that nothing can ask for any more; the one that holds at `before` stays."""
        keep = bisect_right(self.changes, before, key=lambda change: change[0]) - 1
        if keep > 0:
            del self.changes[:keep]
        keep = bisect_right(self.said, before, key=lambda each: each.start) - 1
        if keep > 0:
            del self.said[:keep]
        if self.count is not None:
            self.count.prune(before)


def code_text(number: float) -> str:
    """A code that comes as a number, as a plan writes it."""
    return str(int(number)) if number == int(number) else str(number)


def _text(signal: Signal, number: float) -> str:
    return meaning(signal, code_text(number))


def meaning(signal: Signal, code: str) -> str:
    """What a code means by the plan; of a state, UNKNOWN if the plan gives codes, and not this one."""
    return signal.codes.get(code, UNKNOWN if signal.codes and not signal.names else code)
