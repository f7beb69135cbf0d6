"""What grows in each cycle of the line and begins anew with the next: an integral, a time held.

It goes from reading to reading. A stretch between two readings that lies partly in a cycle counts with that part of its
time; so nothing before the cycle counts, and nothing behind it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from readings.block import I64
from readings.times import ALWAYS, NEVER
from rules.derivation import CameTo, Integral, Memory, Spans, Taken

_PAST = 64  # cycles that are remembered, beside those of the last readings
Mask = npt.NDArray[np.bool_]
UNTOLD = np.iinfo(np.int64).min  # a value that cannot be told: the derived track falls silent


class Past(Memory, tag=True, array_like=True):
    """A cycle, and what it came to.

    Attributes:
        since: when it began, ns.
        sums: the kind's own.
        heard: from here on it was read, ns.
        until: up to here, ns.
        unread: so much between was not, ns.
        bridged: silences that count as read: from, to, and why.
    """

    since: int
    sums: list[int]
    heard: int = ALWAYS
    until: int = ALWAYS
    unread: int = 0
    bridged: list[tuple[int, int, str]] = []


class Cycles(Memory, tag=True):
    """What is known of the cycles of one point.

    Attributes:
        time: of the last reading, ns; ALWAYS before the first.
        low, high: its least and greatest step.
        cycles: their sums, each kind's own, in order of time; the last may be going on.
        open: whether it is.
        forgot: cycles that began up to here are remembered no more, ns.
    """

    time: int = ALWAYS
    low: int = 0
    high: int = 0
    cycles: list[Past] = []
    open: bool = False
    forgot: int = ALWAYS

    def twin(self) -> Cycles:
        """An independent copy."""
        past = [
            Past(each.since, list(each.sums), each.heard, each.until, each.unread, list(each.bridged))
            for each in self.cycles
        ]
        return Cycles(self.time, self.low, self.high, past, self.open, self.forgot)

    @property
    def forgets(self) -> int:
        """See `Memory`."""
        return self.forgot

    def crossed(self, last: int, start: int) -> bool:
        """See `Memory`."""
        return any((last, start) == each[:2] for past in self.cycles for each in past.bridged)

    def forget(self) -> None:
        """Drop what is older than the last cycles."""
        if len(self.cycles) > _PAST:
            self.forgot = self.cycles[-_PAST - 1].since
            del self.cycles[:-_PAST]


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Stretches between readings of one cycle, in order; columns by stretch.

    Attributes:
        lasts: int64 [n], ns of it that lie in the cycle.
        apart: int64 [n], ns from reading to reading.
        low, high: (before, behind), int64 [n] each: least and greatest step of the readings around it; the same object
            where no time has two.
        end: int64 [n], when it ends: at a reading, or with the cycle.
        last: bool [n], it ends with the cycle.
        read: bool [n], the readings around it are no further apart than the silence, or that is bridged.
    """

    lasts: I64
    apart: I64
    low: tuple[I64, I64]
    high: tuple[I64, I64]
    end: I64
    last: npt.NDArray[np.bool_]
    read: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CycleDerivation(ABC):
    """A derivation that grows in each cycle; a kind says how.

    Attributes:
        silent: readings further apart leave a silence, ns.
        lower, upper: bounds of the value, in whole steps judged.
        step: the step in which it is judged.
        every_reading: give a value for each reading, not only where it matters.
    """

    silent: int
    lower: float
    upper: float
    step: Fraction
    every_reading: bool

    def fresh(self) -> Cycles:
        """Nothing heard yet."""
        return Cycles()

    def take(
        self,
        memory: Cycles,
        inputs: Sequence[Taken],
        spans: Spans,
        until: int,  # noqa: ARG002
    ) -> tuple[I64, I64]:
        """See `Derivation`."""
        memory.forget()
        time, low, high = inputs[0].around()
        if memory.time != ALWAYS:
            alike = high is low and memory.high == memory.low
            time, low = np.concatenate(([memory.time], time)), np.concatenate(([memory.low], low))
            high = low if alike else np.concatenate(([memory.high], high))
        times, values = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        goes_on = False
        for since, end in zip(*spans.cycles(), strict=True):
            if time.size < 2 or end <= time[0] or since > time[-1]:
                continue
            part = _part(time, low, high, int(since), int(end), self.silent)
            if part.end.size:
                bridged = self.bridged(part, inputs[0].spoke)
                told, value = self._telling(*self._grown(self._sums(memory, int(since), part, bridged), part))
                times.append(told)
                values.append(value)
                goes_on = bool(end > time[-1])
            late = self._late(memory, int(since), int(end), time)
            times.append(late)
            values.append(np.full(late.size, self.failed))
        memory.open = goes_on
        memory.time, memory.low, memory.high = int(time[-1]), int(low[-1]), int(high[-1])
        return np.concatenate(times), np.concatenate(values)

    def _grown(self, sums: list[int], part: Stretches) -> tuple[I64, I64]:
        """What the stretches make of it, and when; what time decides between two readings is told then."""
        time, value = _in_cycle(part, self.grow(sums, part))
        for due in self.due(sums):
            row = int(np.searchsorted(part.end, due))  # of the stretch in which it is due, or at whose end
            if row == part.end.size or due == part.end[row]:
                continue
            before = int(part.end[row] - part.lasts[row])
            if before < due <= before + self.silent:
                place = int(np.searchsorted(time, due))
                return np.insert(time, place, due), np.insert(value, place, self.failed)
        return time, value

    def _late(self, memory: Cycles, since: int, end: int, time: I64) -> I64:
        """When time decided a cycle in the silence at its end, of which no stretch tells; none or one, ns."""
        behind = int(np.searchsorted(time, end, "left"))
        mine = bool(memory.cycles) and since <= memory.cycles[-1].since < end
        if not mine or not 0 < behind < time.size or time[behind] == end:
            return np.empty(0, np.int64)
        before = int(time[behind - 1])
        silent = int(time[behind]) - before > self.silent
        due = self._due_behind(memory, before) if silent else NEVER
        return np.array([due] if due < end else [], np.int64)

    def foreseen(self, memory: Any) -> tuple[int, int]:
        """When the cycle that goes on began, and when it fails if nothing is heard before; NEVER where it does not."""
        if memory.open:
            due = self._due_behind(memory, memory.time)
            if due != NEVER:
                return memory.cycles[-1].since, due
        return ALWAYS, NEVER

    def _due_behind(self, memory: Cycles, last: int) -> int:
        """When the last cycle fails behind its last reading, before that is a silence, ns; NEVER where it does not."""
        dues = self.due(memory.cycles[-1].sums)
        return next((due for due in dues if last < due <= last + self.silent), NEVER)

    def due(self, sums: list[int]) -> list[int]:  # noqa: ARG002 - most kinds wait for what is read
        """When a cycle fails where nothing is heard that changes it, ns, in order of time; whatever was decided before."""
        return []

    @property
    def failed(self) -> int:
        """What is told then."""
        return 0

    def came_to(self, memory: Cycles, begin: int, end: int) -> CameTo | None:
        """See `Derivation`."""
        past = _began(memory, begin)
        if past is None:
            return None
        missing = (past.heard - begin, max(end - past.until, 0) if end != NEVER else 0)
        integral, note = self.said(past.sums, missing)
        note = "; ".join(each for each in (note, *(why for _, _, why in past.bridged)) if each)
        credited, least = self.credited(integral), float((self.lower - 0.001) * self.step)
        unread = past.unread + sum(each for each in missing if each > self.near)
        counts = self.counts(past.sums, integral, unread)
        return CameTo(
            integral,
            counts,
            note,
            unread,
            reachable=integral.high >= least,
            reached=credited >= least,
            exceeded=counts > float((self.upper + 0.999 * bool(unread)) * self.step),
            late=self.late(past.sums),
            short=self.short(past.sums),
        )

    def counts(self, sums: list[int], integral: Integral, unread: int) -> float:  # noqa: ARG002 - for kinds with clocks
        """What counts of it; see `CameTo`."""
        return self.credited(integral) if self.lower != -inf or unread else integral.high

    def late(self, sums: list[int]) -> tuple[int, float] | None:  # noqa: ARG002 - most kinds wait for what is read
        """See `CameTo`."""
        return None

    def short(self, sums: list[int]) -> str:  # noqa: ARG002 - of most the value says it
        """See `CameTo`."""
        return ""

    def credited(self, integral: Integral) -> float:
        """What counts of what is to be reached."""
        return integral.low

    @property
    def near(self) -> int:
        """What lies between readings no further apart than this was read, ns."""
        return self.silent

    @abstractmethod
    def begin(self, unread: int) -> list[int]:
        """The sums at the first reading of a cycle, so long behind its beginning, ns; 0 where it was read before."""

    @abstractmethod
    def grow(self, sums: list[int], stretches: Stretches) -> I64:
        """Take stretches into the sums, which are changed; the value at the end of each, in steps judged, or UNTOLD."""

    @abstractmethod
    def said(self, sums: list[int], missing: tuple[int, int]) -> tuple[Integral, str]:
        """What a cycle has come to, and what is to be said of it.

        Args:
            sums: of its stretches.
            missing: so long it lasted before the first of them, and so long behind the last, ns.
        """

    def bridged(self, part: Stretches, spoke: I64) -> list[tuple[int, int, str]]:  # noqa: ARG002 - of those that bridge
        """Silences that count as read, and why: the stretches are told.

        Args:
            part: stretches of a cycle; `read` is changed.
            spoke: int64, times of readings that were no evidence and had a value.
        """
        return []

    def _sums(
        self, memory: Cycles, since: int, part: Stretches, bridged: Sequence[tuple[int, int, str]]
    ) -> list[int]:
        if not memory.open or since != memory.cycles[-1].since:
            heard = int(part.end[0] - part.lasts[0])
            memory.cycles.append(Past(since, self.begin(heard - since), heard))
        past = memory.cycles[-1]
        past.until = int(part.end[-1])
        past.bridged += bridged
        if part.lasts.max() > self.near:
            over = part.lasts > self.near
            if bridged:
                over &= ~part.read
            past.unread += int(part.lasts[over].sum())
        return past.sums

    def _telling(self, time: I64, value: I64) -> tuple[I64, I64]:
        """Of a cycle, the values that matter.

        The first, the last, those around the bound and around silences, and enough not to be taken for a silence.
        """
        known = value != UNTOLD
        if not known.all():
            time, value = time[known], value[known]
        if self.every_reading or time.size < 4:
            return time, value
        within = (value >= self.lower) & (value <= self.upper)
        changes, silent = within[1:] != within[:-1], np.diff(time) > self.silent
        if value[-1] < 0:  # lost, once and for all
            changes |= (value[1:] < 0) != (value[:-1] < 0)
        tells = np.ones(
            time.size, np.bool_
        )  # the first is where the cycle begins, the second the first in it
        tells[2:-1] = changes[1:-1] | changes[2:] | silent[1:-1] | silent[2:]
        slot = time // max(self.silent // 2, 1)
        next_slot = slot[1:] != slot[:-1]
        tells[:-1] |= next_slot
        tells[1:] |= next_slot
        return time[tells], value[tells]


def _began(memory: Cycles, begin: int) -> Past | None:
    """The cycle that began then, if it is remembered."""
    place = bisect_left(memory.cycles, begin, key=lambda each: each.since)
    known = place < len(memory.cycles) and memory.cycles[place].since == begin
    return memory.cycles[place] if known else None


def _in_cycle(part: Stretches, value: I64) -> tuple[I64, I64]:
    """Values and their times, all in the cycle: what is at its end belongs to the next, so the last is told just before.

    Where a reading is of that very time, its value is the last.
    """
    if not part.last[-1]:
        return part.end, value
    time = part.end - part.last  # the last of them alone ends with the cycle
    return (time[:-1], value[:-1]) if part.end[-1] - part.lasts[-1] == time[-1] else (time, value)


def _part(  # noqa: PLR0913 - readings and a cycle
    time: I64, low: I64, high: I64, since: int, end: int, silent: int
) -> Stretches:
    """The stretches that lie in a cycle, wholly or partly, and the one that ends where it begins.

    A silence at the end of the cycle is left out: it was decided without it.
    """
    first = max(int(np.searchsorted(time, since, "left")) - 1, 0)
    last = min(int(np.searchsorted(time, end, "left")), time.size - 1)
    if time[last] > end and time[last] - time[last - 1] > silent:
        last -= 1
    starts, ends = time[first:last], time[first + 1 : last + 1]
    apart, until, over = ends - starts, ends.copy(), np.zeros(last - first, np.bool_)
    lasts, sides = apart.copy(), (low[first:last], low[first + 1 : last + 1])
    if last > first:  # the first alone can begin before the cycle, the last alone end with it
        until[-1], over[-1] = min(int(ends[-1]), end), ends[-1] >= end
        lasts[-1] = until[-1] - max(int(starts[-1]), since)
        lasts[0] = until[0] - max(int(starts[0]), since)
    return Stretches(
        lasts=lasts,
        apart=apart,
        low=sides,
        high=sides if high is low else (high[first:last], high[first + 1 : last + 1]),
        end=until,
        last=over,
        read=apart <= silent,
    )


def runs(held: Mask, lasts: I64, before: int, broken: Mask | None = None) -> I64:
    """Time without a break up to the end of each stretch, ns.

    Args:
        held: bool [n], whether the stretch counts.
        lasts: int64 [n], ns.
        before: the time before the first of them, ns.
        broken: bool [n], whether there is a break at its beginning.
    """
    counts = np.where(held, lasts, 0)
    total: I64 = before + np.cumsum(counts)
    breaks = np.where(held, 0, total)
    if broken is not None:
        breaks = np.maximum(breaks, np.where(broken, total - counts, 0))
    return total - np.maximum.accumulate(breaks)
