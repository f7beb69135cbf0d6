"""What the line is doing, by everything that speaks of it: its state, a counter, a calendar, a signed end of production.

Some of it is known later than the time that it is of: that the counter stands where it stood is known when it speaks again.
Such a word takes the place of another at times that are known beforehand, and `firm_until` says up to when nothing can
change any more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from readings.times import ALWAYS, DAY, NEVER
from readings.units import decimal_text
from rules.calendar import Shifts
from rules.counter import Count, Hole, Move
from rules.nights import APART, ENDED, IDLE, LONGEST, LOST, RESTS, UNKNOWN, Contradiction, Nights, Quiet, Word

if TYPE_CHECKING:
    from rules.limit_unit import Signal
    from rules.signals import SignalState

S = TypeVar("S", Move, Hole)
Span = tuple[int, str, int, Quiet | None]
_LONG_AGO = 60 * DAY  # a signature that is older ends nothing any more


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a line up to now.

    Attributes:
        nights: what the plan says.
        signals: by index into `Program.signals`.
        state: the line's state; None where it has none.
        changes: (from, text) of the state, silences included, in order of time.
        until: how far time has come, ns.
    """

    nights: Nights
    signals: Sequence[SignalState]
    state: Signal | None
    changes: list[tuple[int, str]]
    until: int

    @property
    def count(self) -> Count | None:
        """What the counter said; None if it never did."""
        found = self.signals[self.nights.counter].count if self.nights.counter >= 0 else None
        return found if found is not None and found.first != NEVER else None

    @property
    def signatures(self) -> list[tuple[int, str]]:
        """(from, ENDED or BEGUN and who) in order of time."""
        return self.signals[self.nights.signed].changes if self.nights.signed >= 0 else []

    def words(self, *, proven: bool = True, since: int = ALWAYS) -> list[Word]:
        """What the line is said to do up to now, in order of time.

        Args:
            proven: with what became known later than the time that it is of; without, as it was known at its time. The
                times of the words are the same.
            since: words before the last that is not later than this may be left out.
        """
        found: list[Word] = []
        first = max(0, bisect_right(self.changes, since, key=lambda change: change[0]) - 3)
        for start, text, end, quiet in self._spans(0 if self.state is None else first, self.until):
            if quiet is not None:
                found += self._of_quiet(quiet, proven=proven, since=since)
            else:
                found.append(Word(start, text))
                found += [
                    Word(each.known, UNKNOWN)
                    for each in (self._contradicted(start, end) if self._rests(text) else ())
                ]
        return found

    def contradictions(self, *, since: int = ALWAYS) -> list[Contradiction]:
        """Where the state was contradicted, in order of time; those that were over before `since` may be left out."""
        first = max(0, bisect_right(self.changes, since, key=lambda change: change[0]) - 3)
        return [
            found
            for start, text, end, quiet in self._spans(first)
            if quiet is None and self._rests(text)
            for found in self._contradicted(start, end)
        ]

    def firm_until(self) -> int:
        """From here on what is said may still change by what the counter says next, ns; NEVER if it cannot."""
        count, nights = self.count, self.nights
        if count is None:
            return NEVER
        firm = NEVER
        for _, _, end, quiet in self._back():
            if end <= count.last:
                break
            if quiet is not None and (end == NEVER or self.until <= end + nights.window):
                firm = max(quiet.lost, count.last, self.until - LONGEST)
        return firm

    def due(self) -> int:
        """When what is said may change next by time alone, ns; NEVER if it will not."""
        nights, count = self.nights, self.count
        coming = []
        if count is not None:
            lost = self.changes[-1][0] if self.changes and self.changes[-1][1] == LOST else ALWAYS
            coming += [count.last + nights.silent + 1, max(lost, count.changed(self.until)) + nights.pause]
            coming += [time + nights.window + 1 for time, text in self.changes[-2:] if text != LOST]
        if nights.shifts is not None:
            coming += [at for span in nights.shifts.windows(self.until, self.until + 8 * DAY) for at in span]
        return min((time for time in coming if time > self.until), default=NEVER)

    # -- inside -------------------------------------------------------------------------------------------------

    def _rests(self, text: str) -> bool:
        producing = self.nights.producing
        return bool(producing) and text not in (LOST, UNKNOWN, *producing)

    def _spans(self, first: int = 0, until: int = NEVER) -> list[Span]:
        """(from, text, until, silence) of the state; all of the time is a silence where the line has none."""
        if self.state is not None:
            last = bisect_right(self.changes, until, key=lambda change: change[0])
            return [self._span(self.state, number) for number in range(first, last)]
        begins = [self.count.first] if self.count is not None else []
        begins += [time for time, _ in self.signatures[:1]]
        return [(min(begins), LOST, NEVER, Quiet(ALWAYS, min(begins), NEVER, "", ALWAYS))] if begins else []

    def _back(self) -> Iterator[Span]:
        """The same, the last first."""
        if self.state is None:
            yield from self._spans()
            return
        for number in range(len(self.changes) - 1, -1, -1):
            yield self._span(self.state, number)

    def _span(self, state: Signal, number: int) -> Span:
        start, text = self.changes[number]
        end = self.changes[number + 1][0] if number + 1 < len(self.changes) else NEVER
        if text != LOST:
            return start, text, end, None
        told = start - state.silent
        word = self.changes[number - 1][1] if number else ""
        ran, ended = ALWAYS, told
        for at, said in reversed(self.changes[:number]):
            if said != LOST and not self._rests(said):
                ran = ended
                break
            ended = at
        return start, text, end, Quiet(told, start, end, word, ran)

    def _of_quiet(self, quiet: Quiet, *, proven: bool, since: int) -> Iterator[Word]:
        """A silence, piece by piece: in each nothing begins or ends that says anything of it."""
        first = max(quiet.lost, since - DAY) if self.state is None else quiet.lost
        end = min(quiet.back, max(self.until, first) + 1)
        times = sorted({first, *(at for at in self._edges(quiet, first, end) if first < at < end)})
        for time in times:
            idle = self._idle(quiet, time, proven=proven)
            yield idle if idle is not None else Word(time, LOST, "", quiet.told)

    def _edges(self, quiet: Quiet, first: int, end: int) -> Iterator[int]:
        nights, count = self.nights, self.count
        if nights.shifts is not None:
            for span in nights.shifts.windows(first, end):
                yield from span
        yield from (time for time, _ in self.signatures)
        if count is None:
            return
        yield from (quiet.lost + nights.pause, count.first + nights.pause, count.last + nights.silent)
        for move in _reaching(count.moves, first - nights.pause, end):
            yield from (move.start, move.end + nights.pause)
        for hole in _reaching(count.holes, first - nights.pause, end):
            yield from (hole.start + nights.silent, hole.end, hole.end + nights.pause)

    def _idle(self, quiet: Quiet, time: int, *, proven: bool) -> Word | None:
        """That nothing is made from a time on, by the proof that there is; None if there is none."""
        count = self.count
        changed = count.changed(time) if count is not None else ALWAYS
        hole = count.hole_at(time) if count is not None and proven else None
        if hole is not None and (
            hole.end - hole.start > LONGEST or hole.end - self.nights.window > quiet.back
        ):
            hole = None  # what it shows came too late
        if hole is None or hole.before == hole.after:
            ended = self._ended(quiet, time, changed)
            if ended is not None:
                return ended
        return self._counted(quiet, time, changed, hole) if count is not None else None

    def _ended(self, quiet: Quiet, time: int, changed: int) -> Word | None:
        shifts = self.nights.shifts
        if shifts is None:
            return None
        row = bisect_right(self.signatures, time, key=lambda signed: signed[0]) - 1
        if row >= 0 and self.signatures[row][1].startswith(ENDED):
            at, said = self.signatures[row]
            over = _since_hours(shifts, at, time)
            if over is not None and quiet.ran <= at and changed <= at:
                who = said.removeprefix(ENDED).partition(APART)[0].strip()
                reason = f"{RESTS[0]}end signed by {who} at {shifts.local_text(at)}"
                return Word(time, IDLE, reason, max(at, quiet.told, over))
        if self.nights.stopped and self.count is not None and quiet.word and self._rests(quiet.word):
            at = quiet.told
            over = _since_hours(shifts, at, time)
            known = self.count.first <= at and changed <= at
            unheard = self.count.last < quiet.back and self.until > quiet.back + self.nights.window
            if over is not None and known and not unheard:
                reason = f"{RESTS[0]}{quiet.word} at {shifts.local_text(at)}"
                return Word(time, IDLE, reason, max(at, over))
        return None

    def _counted(self, quiet: Quiet, time: int, changed: int, hole: Hole | None) -> Word | None:
        count, nights = self.count, self.nights
        assert count is not None
        if hole is not None and hole.before == hole.after and hole.start + nights.silent <= time:
            return self._stood(time, hole.before, max(hole.start, quiet.told), hole.end)
        lost = count.last + nights.silent
        silent = lost <= time and lost < self.until
        for past in reversed(count.holes):
            if past.start + nights.silent <= time < past.end:
                silent = True
            if past.end <= time:
                break
        stood = max(quiet.lost, changed, count.first) + nights.pause <= time
        if self.state is None or silent or not stood:
            return None
        return self._stood(time, count.at(time), max(quiet.told, changed, count.first), 0)

    def _stood(self, time: int, steps: int, since: int, known: int) -> Word:
        stood = decimal_text(steps * self.nights.step)
        return Word(time, IDLE, f"{RESTS[1]}{self.nights.counts} stood at {stood}", since, known)

    def _contradicted(self, start: int, end: int) -> list[Contradiction]:
        count, nights = self.count, self.nights
        if count is None:
            return []
        found = []
        for move in _reaching(count.moves, start, end):
            begun = max(start, move.start)
            known = bisect_left(move.marks, begun + nights.pause)
            if move.after > move.before and known < len(move.marks) and move.marks[known] < end:
                found.append(Contradiction(begun, move.marks[known], end))
        found += [
            Contradiction(hole.start, hole.end, end)
            for hole in _reaching(count.holes, start, end)
            if start <= hole.start and hole.end < end
            if hole.after > hole.before and hole.end - hole.start > nights.pause
        ]
        return [min(found, key=lambda each: each.known)] if found else []


def _reaching(stretches: Sequence[S], start: int, end: int) -> Iterator[S]:
    """Those that reach into start <= time <= end, in order of time."""
    for each in stretches[bisect_left(stretches, start, key=lambda each: each.end) :]:
        if each.start > end:
            return
        yield each


def _since_hours(shifts: Shifts, at: int, time: int) -> int | None:
    """Where no production hours began behind `at`, and none go on at `time`: the end of those last on, or `at`."""
    if time - at > _LONG_AGO:
        return None
    over = at
    for begin, end in shifts.windows(at, time):
        if at < begin <= time or begin <= time < end:
            return None
        over = max(over, end) if end <= time else over
    return over
