"""Cooling in stages: how long a food took from one temperature down to another, in each cycle.

The clock of a stage starts at the last reading at or above its first temperature, and stops at the first reading at or
below its second. Re-heating does not stop a clock that runs. One that has stopped begins anew where the food is at or above
the first temperature again: then the stage is not over, and this cooling has to be over in the same time. A food that is
met colder than the first temperature has been cooling since the cycle began. So the time counted is the longest that it can
have taken; where readings are missing, it is told only once the shortest is too long as well, or the longest is not. Too
late it is when the time is over, and not only at the next reading: a food that was too warm at its last reading has not
been seen to be cold in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import I64
from readings.times import NEVER
from rules.cycles import UNTOLD

DONE, RUNNING, FAILED = 0, 1, 2  # what is told of a cycle
_UNKNOWN = -1  # nobody saw when a clock started
# earliest and latest start; stopped; longest and shortest time; last warm reading; and of the coolings before this one:
# whether one may have been too long, the longest and the shortest time of any
FRESH = [0, NEVER, 0, 0, 0, 0, 0, 0, 0]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage in steps of the sensor.

    Attributes:
        begins: the least step that is not colder than its first temperature.
        again: the least step that may not be colder: a food that was cooled is hot again.
        ends: the greatest step that is not hotter than its second.
        within: ns.
    """

    begins: int
    again: int
    ends: int
    within: int


class Clock:
    """One stage in one cycle; for its sums see `FRESH`."""

    def __init__(self, stage: Stage, sums: list[int], at: int, silent: int) -> None:
        self._stage, self._sums, self._at, self._silent = stage, sums, at, silent

    def begins(self, time: int, low: int | None) -> None:
        """The cycle begins: at a reading, or (None) at a time before its first reading."""
        if low is None or low >= self._stage.begins:
            self._put(time)
        else:
            self._put(_UNKNOWN, time)

    def run(self, time: I64, low: I64, high: I64) -> I64:
        """What is told of the stage at each reading of the cycle."""
        told = np.full(time.size, RUNNING, np.int64)
        row = 0
        while row < time.size:
            told[row:] = RUNNING
            open_ = self._sums[self._at + 6]
            stop = row + self._cool(told[row:], time[row:], low[row:], high[row:])
            if open_:
                told[row:] = np.where(told[row:] == FAILED, FAILED, UNTOLD)
            row = self._heated(stop, time, high)
        return told

    def _cool(self, told: I64, time: I64, low: I64, high: I64) -> int:
        """Tell of one cooling: to its end, or to the last reading.

        Returns:
            The reading with which it is over.
        """
        earliest, latest, stopped, longest, shortest, warm = self._get()
        row = 0
        if latest == NEVER:
            colder = np.flatnonzero(low < self._stage.begins)
            if not colder.size:
                self._put(int(time[-1]))
                return time.size
            row = int(colder[0])
            earliest = int(time[row - 1]) if row else earliest
            latest = int(time[row])
        stop = row
        if not stopped:
            cold = np.flatnonzero(high[row:] <= self._stage.ends)
            stop = row + int(cold[0]) if cold.size else time.size
            running = time[row:stop]
            told[row:stop] = self._judged(running - earliest, running - latest, earliest, latest)
            warm = int(time[stop - 1]) if stop > row else warm
            if stop < time.size:
                stopped = 1
                longest = int(time[stop]) - earliest
                shortest = max(warm - latest, 0)
            elif running.size:
                longest, shortest = int(time[-1]) - earliest, int(time[-1]) - latest
        self._put(earliest, latest, stopped, longest, shortest, warm)
        if stopped:
            told[stop:] = self._ended()
        return stop

    def _heated(self, stop: int, time: I64, high: I64) -> int:
        """Begin anew where a food that has been cooled is hot again; there, or behind the last reading."""
        hot = np.flatnonzero(high[stop:] >= self._stage.again)
        ended = self._ended() if hot.size else FAILED
        if ended == FAILED:
            return time.size
        before, (least, most) = self._sums[self._at + 6 : self._at + len(FRESH)], self._used()
        row = stop + int(hot[0])
        self._put(int(time[row]), *FRESH[1:6])
        self._sums[self._at + 6 : self._at + len(FRESH)] = [
            int(before[0] or ended == UNTOLD),
            max(before[1], most),
            max(before[2], least),
        ]
        return row

    def used(self) -> tuple[float, float]:
        """At least and at most so much of its time has been used, by any cooling, in percent."""
        (least, most), (longest, shortest) = self._used(), self._sums[self._at + 7 : self._at + len(FRESH)]
        within = self._stage.within
        return 100 * max(least, shortest) / within, 100 * max(most, longest) / within

    def _used(self) -> tuple[int, int]:
        """By this cooling, ns."""
        earliest, latest, _, longest, shortest, _ = self._get()
        if latest == NEVER:
            return 0, 0
        return shortest, longest if earliest != _UNKNOWN else max(shortest, self._stage.within)

    def failed(self) -> float:
        """What it has used of its time if that was too long, for certain, in percent; 0 if it was not."""
        earliest, latest, stopped, longest, shortest, warm = self._get()
        if latest == NEVER:
            return 0.0
        used = shortest if earliest == _UNKNOWN else longest
        if stopped:
            told = self._ended()
            warm = max(warm, earliest)
            if earliest + longest - warm > self._silent:  # and not all that lies in a silence
                used = max(min(used, warm - earliest), self._stage.within)
        else:
            told = int(self._judged(np.array([longest]), np.array([shortest]), earliest, latest)[0])
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

    def _ended(self) -> int:
        """What is told once it is cold; too late it was if its time was over before that, and before a silence was one."""
        earliest, latest, _, longest, shortest, warm = self._get()
        within = self._stage.within
        if earliest != _UNKNOWN and longest <= within:
            return DONE
        seen = earliest != _UNKNOWN and latest - earliest <= self._silent
        late = seen and earliest + within <= max(warm, earliest) + self._silent
        return FAILED if late or shortest >= within else UNTOLD

    def _get(self) -> list[int]:
        return self._sums[self._at : self._at + 6]

    def _put(self, *values: int) -> None:
        self._sums[self._at : self._at + len(values)] = values
