"""Cooling in stages: how long a food took from one temperature down to another, in each cycle.

The clock of a stage starts at the last reading at or above its first temperature, and stops at the first reading at or
below its second. Re-heating does not stop a clock that runs. A food that is met colder than the first temperature has been
cooling since the cycle began. So the time counted is the longest that it can have taken; where readings are missing, it is
told only once the shortest is too long as well, or the longest is not. Too late it is when the time is over, and not only at
the next reading: a food that was too warm at its last reading has not been seen to be cold in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import I64
from readings.times import NEVER
from rules.cycles import UNTOLD, CycleDerivation, Stretches
from rules.derivation import Integral

DONE, RUNNING, FAILED = 0, 1, 2  # what is told of a cycle
_UNMET = -1  # no reading yet
_UNKNOWN = -1  # nobody saw when a clock started


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage in steps of the sensor.

    Attributes:
        begins: the least step that is not colder than its first temperature.
        ends: the greatest step that is not hotter than its second.
        within: ns.
    """

    begins: int
    ends: int
    within: int


class _Clock:
    """One stage in one cycle; its sums are six: see `_FRESH`."""

    def __init__(self, stage: Stage, sums: list[int], at: int, silent: int) -> None:
        self._stage, self._sums, self._at, self._silent = stage, sums, at, silent

    def begins(self, time: int, low: int | None) -> None:
        """The cycle begins: at a reading, or (None) at a time before its first reading."""
        if low is None or low >= self._stage.begins:
            self._put(0, time)
        else:
            self._put(0, _UNKNOWN)
            self._put(1, time)

    def run(self, time: I64, low: I64, high: I64) -> I64:
        """What is told of the stage at each reading of the cycle."""
        earliest, latest, stopped, longest, shortest, warm = self._get()
        told = np.full(time.size, RUNNING, np.int64)
        row = 0
        if latest == NEVER:
            colder = np.flatnonzero(low < self._stage.begins)
            if not colder.size:
                self._put(0, int(time[-1]))
                return told
            row = int(colder[0])
            earliest = int(time[row - 1]) if row else earliest
            latest = int(time[row])
        if not stopped:
            cold = np.flatnonzero(high[row:] <= self._stage.ends)
            stop = row + int(cold[0]) if cold.size else time.size
            running = time[row:stop]
            told[row:stop] = self._judged(running - earliest, running - latest, earliest, latest)
            warm = int(time[stop - 1]) if stop > row else warm
            if stop < time.size:
                stopped, row = 1, stop
                longest = int(time[stop]) - earliest
                shortest = max(warm - latest, 0)
            elif running.size:
                longest, shortest = int(time[-1]) - earliest, int(time[-1]) - latest
        if stopped:
            told[row:] = self._ended(longest, shortest, latest - earliest, known=earliest != _UNKNOWN)
        self._sums[self._at : self._at + 6] = [earliest, latest, stopped, longest, shortest, warm]
        return told

    def used(self) -> tuple[float, float]:
        """At least and at most so much of its time has been used, in percent."""
        earliest, latest, _, longest, shortest, _ = self._get()
        if latest == NEVER:
            return 0.0, 0.0
        most = longest if earliest != _UNKNOWN else max(shortest, self._stage.within)
        return 100 * shortest / self._stage.within, 100 * most / self._stage.within

    def failed(self) -> float:
        """What it has used of its time if that was too long, as it was read, in percent; 0 if it was not."""
        earliest, latest, stopped, longest, shortest, _ = self._get()
        if latest == NEVER:
            return 0.0
        if stopped:
            told = self._ended(longest, shortest, latest - earliest, known=earliest != _UNKNOWN)
        else:
            told = int(self._judged(np.array([longest]), np.array([shortest]), earliest, latest)[0])
        used = shortest if earliest == _UNKNOWN else longest
        return 100 * used / self._stage.within if told == FAILED else 0.0

    def late(self) -> int:
        """When its time is over behind its last reading, before that is a silence, ns; NEVER where it is not."""
        earliest, _, stopped, longest, _, _ = self._get()
        last, due = earliest + longest, self.overdue()
        return due if not stopped and last < due <= last + self._silent else NEVER

    def overdue(self) -> int:
        """When its time is over, if it is still too warm then, ns; NEVER where it was not, or nobody saw it start."""
        earliest, latest, stopped, longest, _, _ = self._get()
        unseen = latest == NEVER or earliest == _UNKNOWN or latest - earliest > self._silent
        if unseen or (stopped and longest <= self._stage.within):
            return NEVER
        return earliest + self._stage.within

    def _judged(self, longest: I64, shortest: I64, earliest: int, latest: int) -> I64:
        """Of readings that are too warm: what is too warm when the time is over comes too late."""
        seen = earliest != _UNKNOWN and latest - earliest <= self._silent
        late = (longest if seen else shortest) >= self._stage.within
        open_ = (longest >= self._stage.within) | (earliest == _UNKNOWN)
        return np.where(late, FAILED, np.where(open_, UNTOLD, RUNNING))

    def _ended(self, longest: int, shortest: int, start: int, *, known: bool) -> int:
        """What is told once it is cold; `start`: between the two readings at which its clock may have started."""
        if known and longest <= self._stage.within:
            return DONE
        seen = known and start <= self._silent and longest - shortest - start <= self._silent
        return FAILED if seen or shortest >= self._stage.within else UNTOLD

    def _get(self) -> list[int]:
        return self._sums[self._at : self._at + 6]

    def _put(self, place: int, value: int) -> None:
        self._sums[self._at + place] = value


_FRESH = [
    0,
    NEVER,
    0,
    0,
    0,
    0,
]  # earliest and latest start; stopped; longest and shortest time; last warm reading


@dataclass(frozen=True, slots=True)
class Cooling(CycleDerivation):
    """See the module. Sums of a cycle: what was told last, and of each stage those of its clock.

    Attributes:
        stages: in order.
    """

    stages: tuple[Stage, ...]

    def begin(self, unread: int) -> list[int]:  # noqa: ARG002 - its clocks run from the beginning
        """Nothing met."""
        return [_UNMET, *(_FRESH * len(self.stages))]

    def grow(self, sums: list[int], stretches: Stretches) -> I64:
        """DONE, RUNNING or FAILED at the end of each stretch; of the worst stage."""
        clocks = self._clocks(sums)
        (low_before, low), (_, high) = stretches.low, stretches.high
        if sums[0] == _UNMET:
            sums[0] = RUNNING
            first_ever = stretches.lasts[0] == stretches.apart[0]
            for clock in clocks:
                clock.begins(
                    int(stretches.end[0] - stretches.lasts[0]), int(low_before[0]) if first_ever else None
                )
        met = ~stretches.last
        told = np.full(stretches.end.size, sums[0], np.int64)
        if met.any():
            each = np.array([clock.run(stretches.end[met], low[met], high[met]) for clock in clocks])
            worst = each.max(axis=0)
            told[met] = np.where((each == UNTOLD).any(axis=0) & (worst != FAILED), UNTOLD, worst)
            sums[0] = int(told[met][-1])
            told[~met] = sums[0]  # as the last reading of the cycle left it
        return told

    def due(self, sums: list[int]) -> list[int]:
        """When each stage is too late that was not over in its time."""
        dues = [clock.overdue() for clock in self._clocks(sums)]
        return sorted(due for due in dues if due != NEVER)

    @property
    def failed(self) -> int:
        """A stage is too late."""
        return FAILED

    def counts(self, sums: list[int], integral: Integral, unread: int) -> float:
        """Of a stage that is too late what it has used, as it was judged."""
        used = max(clock.failed() for clock in self._clocks(sums))
        return used or CycleDerivation.counts(self, sums, integral, unread)

    def late(self, sums: list[int]) -> tuple[int, float] | None:
        """All of its time is used then."""
        due = min(clock.late() for clock in self._clocks(sums))
        return (due, 100.0) if due != NEVER else None

    def _clocks(self, sums: list[int]) -> list[_Clock]:
        return [_Clock(stage, sums, 1 + 6 * number, self.silent) for number, stage in enumerate(self.stages)]

    def said(self, sums: list[int], missing: tuple[int, int]) -> tuple[Integral, str]:  # noqa: ARG002 - its clocks run
        """Of the stage that has used most of its time, how much, in percent."""
        used = [clock.used() for clock in self._clocks(sums)]
        low, high = max(least for least, _ in used), max(most for _, most in used)
        return Integral(low, (low + high) / 2, high), ""
