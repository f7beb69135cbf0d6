"""The course of one limit that is decided once for each cycle of the line: each batch, each phase.

A cycle is a span in which the limit is judged. What is judged in it either has to *reach* its bound by the end (a
lethality, a hold), or has to *keep* within it until the end (a time in a phase). What it decides:

- while the cycle is under way and nothing is decided, it is `starting`;
- what reaches its bound is ok for the whole cycle, from then on known; what leaves the bound that it has to keep is a
  deviation of the whole cycle, from then on known;
- where what was reached has to be reached anew, as by a food that is heated again, it is under way again;
- at the end, what was not reached is a deviation of the whole cycle; if evidence was missing in it, or its beginning was
  not seen, nothing can be said;
- a span without evidence is indeterminate while the cycle is under way, and stays so where the cycle is ok without it.
"""

from __future__ import annotations

import copy
import math
from enum import IntEnum
from typing import Self

import msgspec

from readings.times import ALWAYS, NEVER
from rules.bounds import MISSING, Standing
from rules.course import UNSEEN, Gap, said_again
from rules.terms import Terms
from rules.timeline import Point, Verdict

UNDER_WAY = "under way"
UNWATCHED = "began before it was watched"
UNKNOWN = "its state was not known"
NOT_YET = "no reading yet"
TAKEN_OVER = "another version of the plan took over"


class Mark(IntEnum):
    """What is known of a point in a cycle."""

    UNHEARD = 0
    HEARD = 1  # all of it so far, and it has not reached the bound
    MISSED = 2  # not all of it
    REACHED = 3
    FAULTY = 4  # it was stuck: whatever it reached is no evidence


class Missed(msgspec.Struct, array_like=True):
    """Since when and why something of a point is not known, and what was known before."""

    time: int
    reason: str
    mark: int


class Lost(msgspec.Struct, array_like=True):
    """A span of a cycle without evidence; NEVER while it lasts."""

    gap: Gap
    end: int


class CycleCourse(msgspec.Struct, tag=True, array_like=True):
    """See the module. It is told the same things as a `Course`.

    Attributes:
        since: the beginning of the cycle; ALWAYS between cycles.
        partial: why its beginning was not seen; empty where it was.
        standing: of what is judged now, in this cycle.
        verdict: what the whole cycle is so far.
        decided: when that was known.
        reason: in words.
        excuse: the points that are spared.
        marks: by point, what is known of it in this cycle.
        missed: by point, since when something of it is not; None if all is.
        lost: its spans without evidence.
        low, high: values seen in it.
        points: the timeline that it has decided, in order of time.
        doubt: it is over, and what was not read may decide it.
        stuck: then, what came from these points is no evidence.
    """

    since: int = ALWAYS
    partial: str = ""
    standing: int = UNSEEN
    verdict: Verdict = Verdict.STARTING
    decided: int = 0
    reason: str = UNDER_WAY
    excuse: str = ""
    marks: list[int] = []
    missed: list[Missed | None] = []
    lost: list[Lost] = []
    low: float = math.nan
    high: float = math.nan
    points: list[Point] = []
    doubt: bool = False
    stuck: tuple[int, ...] = ()

    @classmethod
    def of(cls, points: int) -> Self:
        """The course of so many points."""
        return cls(marks=[Mark.UNHEARD] * points, missed=[None] * points)

    def twin(self) -> CycleCourse:
        """An independent copy."""
        same = copy.copy(self)
        same.marks, same.missed = list(self.marks), list(self.missed)
        same.lost = [copy.copy(lost) for lost in self.lost]
        same.points = [copy.copy(point) for point in self.points]
        return same

    @property
    def open_since(self) -> int:
        """From here on the timeline may still be decided as a whole; NEVER between cycles."""
        return self.since if self.since != ALWAYS else NEVER

    def begin(self, start: int) -> None:
        """Judging begins; if that is in a cycle, its beginning was not seen."""
        self._begin(start, partial=UNWATCHED)

    # -- what is heard ----------------------------------------------------------------------------------------

    def stand(self, terms: Terms, time: int, standing: int, *, known: int, reason: str = "") -> None:
        """From `time` on what is judged stands so; `known` is when that could first be known."""
        self.reach(terms, time)
        if self.since == ALWAYS or self._waits(terms, time, standing):
            return
        if standing in MISSING:
            self._lose(max(time, self.since), known, reason, fault=standing == Standing.STUCK)
        else:
            self.excuse = "" if standing == Standing.BEYOND else reason
            self._find(time)
            self._weigh(terms, time, standing)
        self.standing = standing
        self._draw()

    def mark(self, terms: Terms, point: int, time: int, standing: int, reason: str) -> None:
        """How one point stands: whether it has reached the bound is known for each, whatever they are together."""
        self.reach(terms, time)
        if self.since == ALWAYS:
            return
        if self.marks[point] == Mark.UNHEARD and self._is_late(terms, time):
            self.marks[point], self.missed[point] = Mark.MISSED, Missed(self.since, NOT_YET, Mark.UNHEARD)
        mark = self.marks[point]
        if standing in MISSING:
            if self.missed[point] is None:
                self.missed[point] = Missed(time, reason, mark)
            if standing == Standing.STUCK:
                self.marks[point] = Mark.FAULTY
            elif mark not in (Mark.REACHED, Mark.FAULTY):
                self.marks[point] = Mark.MISSED
        elif standing not in (Standing.BEYOND, Standing.NEARLY):
            self.marks[point] = Mark.FAULTY if mark == Mark.FAULTY else Mark.REACHED
        elif mark == Mark.REACHED and terms.cycle is not None and terms.cycle.anew:
            self.marks[point] = Mark.HEARD if self.missed[point] is None else Mark.MISSED
        elif mark == Mark.UNHEARD:
            self.marks[point] = Mark.HEARD

    def confirm(self, terms: Terms, time: int) -> None:
        """A cycle is not confirmed by readings in a row."""

    def lose_another(self, known: int, reason: str) -> None:
        """A cycle is not confirmed by readings in a row."""

    def saw(self, low: float, high: float) -> None:
        """Values of what is judged."""
        if self.since == ALWAYS:
            return
        self.low = low if math.isnan(self.low) else min(self.low, low)
        self.high = high if math.isnan(self.high) else max(self.high, high)

    def suspend(self, terms: Terms, time: int, reason: str, verdict: Verdict = Verdict.SUSPENDED) -> None:
        """The cycle is over (or, before it, the line is settling)."""
        self.reach(terms, time)
        if self.since != ALWAYS:
            self._end(terms, time)
            self._draw(over=True)
        self.since = ALWAYS
        self._set(Point(time, verdict, time, reason))

    def judge(self, terms: Terms, time: int, since: int, reason: str = "") -> None:
        """A cycle begins; `since` then it may have begun.

        Where the state of the line falls silent in a cycle, or is none that the plan names, and where it speaks again,
        nobody knows whether that goes on: it is over, and its end was not seen, for this reason; another one begins, and its
        beginning was not.
        """
        self.reach(terms, time)
        if self.since == ALWAYS:
            self._begin(time, partial=UNKNOWN if since < time else "")
        elif since < time and terms.cycle is not None and not terms.cycle.entered:
            self._end(terms, time, unseen=reason)
            self._draw(over=True)
            self._begin(time, partial=UNKNOWN)

    def pass_seam(self, terms: Terms, time: int) -> None:
        """From `time` on another version of the plan judges; a cycle under way is finished as it was begun."""
        self.reach(terms, time)
        if self.since == ALWAYS and self.points and self.points[-1].start < time:
            self.points.append(said_again(self.points[-1], time))

    def break_off(self, terms: Terms, time: int) -> None:
        """From `time` on another version of the plan judges otherwise, or not at all.

        Words that came late may show that a cycle was under way then: what was decided of it stays, and nobody will decide
        the rest. What lies behind is of the version that takes over.
        """
        self.reach(terms, time)
        if self.since != ALWAYS and self.since < time:
            self._end(terms, time, unseen=TAKEN_OVER)
            self._draw(over=True)
        self.since = ALWAYS
        self._set(Point(time, Verdict.SUSPENDED, time, TAKEN_OVER))

    def breached_at(self, time: int) -> bool:  # noqa: ARG002 - as a course is asked
        """A cycle is not broken off by what stands at one time."""
        return False

    def show_pending(self) -> None:
        """Take the values seen into the span that is shown."""
        if self.since != ALWAYS:
            self._draw()

    # -- what follows from time alone ---------------------------------------------------------------------------

    def reach(self, terms: Terms, time: int) -> None:
        """Time has come to `time` and nothing else was heard before it."""
        if self.due(terms) < time:
            self._lose(self.since, self.due(terms) + 1, self._not_yet(), fault=False)
            self.standing = Standing.LOST
            self._draw()

    def due(self, terms: Terms) -> int:
        """After which time something follows from time alone; NEVER if nothing does."""
        cycle = terms.cycle
        if self.since == ALWAYS or self.standing != UNSEEN or cycle is None or not cycle.patience:
            return NEVER
        return NEVER if cycle.optional else self.since + cycle.patience - 1

    # -- inside -------------------------------------------------------------------------------------------------

    def _waits(self, terms: Terms, time: int, standing: int) -> bool:
        """Whether a point that is not heard yet in this cycle may still be: points are read one after the other."""
        cycle = terms.cycle
        assert cycle is not None
        young = self.standing == UNSEEN and not self._is_late(terms, time)
        missed = self.standing == standing  # known already, by the time that has come
        return standing == Standing.LOST and (young or missed)

    def _is_late(self, terms: Terms, time: int) -> bool:
        """Whether something first heard at a time has missed the beginning of the cycle."""
        cycle = terms.cycle
        assert cycle is not None
        return time >= self.since + cycle.patience

    def _not_yet(self) -> str:
        """Who was not heard yet, where others were."""
        unheard = [point for point, mark in enumerate(self.marks) if mark == Mark.UNHEARD]
        some = 0 < len(unheard) < len(self.marks)
        return f"{NOT_YET} of point {unheard[0] + 1}" if some else NOT_YET

    def _begin(self, time: int, *, partial: str) -> None:
        self.since, self.partial, self.standing = time, partial, UNSEEN
        self.verdict = Verdict.INDETERMINATE if partial else Verdict.STARTING
        self.excuse, self.doubt, self.stuck = "", False, ()
        self.marks, self.missed = [Mark.UNHEARD] * len(self.marks), [None] * len(self.marks)
        self.decided, self.reason = time, partial or UNDER_WAY
        self.lost, self.low, self.high = [], math.nan, math.nan
        self._draw()

    def _lose(self, time: int, known: int, reason: str, *, fault: bool) -> None:
        self._find(time)
        self.lost.append(Lost(Gap(time, known, reason, fault), NEVER))

    def _find(self, time: int) -> None:
        if self.lost and self.lost[-1].end == NEVER:
            self.lost[-1].end = time

    def _weigh(self, terms: Terms, time: int, standing: int) -> None:
        cycle = terms.cycle
        assert cycle is not None
        reached = self.verdict == Verdict.OK
        if self.verdict == terms.breach or (reached and not cycle.anew):
            return
        if standing == Standing.BEYOND and (cycle.fails or not cycle.reach):
            self._decide(terms.breach, time, terms.beyond)
        elif cycle.reach and standing not in (Standing.BEYOND, Standing.NEARLY):
            if not reached:
                self._decide(Verdict.OK, time, self.excuse)
        elif reached and not (terms.any_point and Mark.REACHED in self.marks):
            under_way = Verdict.INDETERMINATE if self.partial else Verdict.STARTING
            self._decide(under_way, time, self.partial or UNDER_WAY)

    def _end(self, terms: Terms, time: int, *, unseen: str = "") -> None:
        cycle = terms.cycle
        assert cycle is not None
        self.lost = [lost for lost in self.lost if lost.gap.start < time]  # all of the cycle was heard
        faulty = any(lost.gap.fault for lost in self.lost) or not self._still_shown(terms, time)
        if self.verdict == terms.breach or (self.verdict == Verdict.OK and not faulty):
            if self.verdict == Verdict.OK and not self.partial and not unseen:
                self._spare(terms, time)
            return
        if cycle.optional and self.standing == UNSEEN:
            self._decide(Verdict.SUSPENDED, time, "not measured in this cycle")
        elif self.partial:
            self._decide(Verdict.INDETERMINATE, time, self.partial)
        elif unseen:
            self._decide(Verdict.INDETERMINATE, time, f"cannot be shown: {unseen}")
        elif cycle.reach and len(self.marks) > 1:
            self._tally(terms, time)
        elif self.standing == UNSEEN or self.lost:
            why = self.lost[0].gap.reason if self.lost else "no reading"
            self._decide(Verdict.INDETERMINATE, time, f"cannot be shown: {why}")
            self.doubt = not faulty
        elif cycle.reach:
            self._decide(terms.breach, time, terms.beyond)
        else:
            self._decide(Verdict.OK, time, self.excuse)
        if self.lost and self.lost[-1].end == NEVER:
            self.lost[-1].end = time

    def _tally(self, terms: Terms, time: int) -> None:
        """Of several points, each of which had to reach the bound: those of which not all is known say nothing."""
        heard = self._heard(time)
        unknown = [point for point, mark in enumerate(heard) if mark not in (Mark.HEARD, Mark.REACHED)]
        why = [self.missed[point] for point in unknown]
        said = [
            f"point {point + 1} ({missed.reason if missed is not None else NOT_YET})"
            for point, missed in zip(unknown, why, strict=True)
        ]
        if terms.any_point:
            shown, failed = Mark.REACHED in heard, not unknown
        else:
            failed = Mark.HEARD in heard
            shown = not failed and len(unknown) <= terms.spared
        if shown:
            self._decide(Verdict.OK, time, "; ".join(f"without {each}" for each in said))
            self._spare(terms, time)
        elif failed:
            self._decide(terms.breach, time, terms.beyond)
        else:
            self._decide(Verdict.INDETERMINATE, time, f"cannot be shown: {said[0]}")
            self.doubt = Mark.FAULTY not in heard

    def _spare(self, terms: Terms, time: int) -> None:
        """A point of which something was not read may have failed all the same; of one that was stuck nobody knows."""
        heard = self._heard(time)
        self.doubt = terms.spared > 0 and any(missed is not None for missed in self.missed)
        self.stuck = tuple(point for point, mark in enumerate(heard) if mark == Mark.FAULTY)

    def _heard(self, time: int) -> list[int]:
        """What is known of each point when the cycle ends."""
        return [
            missed.mark if missed is not None and missed.time >= time else mark
            for mark, missed in zip(self.marks, self.missed, strict=True)
        ]

    def _still_shown(self, terms: Terms, time: int) -> bool:
        """Whether what was reached at any point was reached at one that was not stuck, then or later."""
        heard = self._heard(time)
        return not terms.any_point or Mark.FAULTY not in heard or Mark.REACHED in heard

    def _decide(self, verdict: Verdict, time: int, reason: str) -> None:
        self.verdict, self.decided, self.reason = verdict, time, reason

    def _draw(self, *, over: bool = False) -> None:
        """The points of the present cycle, anew; the values seen stand at the last, or, when it is over, at the first."""
        while self.points and self.points[-1].start >= self.since:
            self.points.pop()
        fault = self.verdict == Verdict.INDETERMINATE and any(lost.gap.fault for lost in self.lost)
        first = Point(
            self.since,
            self.verdict,
            self.decided,
            self.reason,
            fault=fault,
            good=self.since,
            doubt=self.doubt,
            stuck=self.stuck,
        )
        self._set(first)
        parts = self.lost if self.verdict in (Verdict.STARTING, Verdict.OK) else []
        for lost in parts:
            gap = lost.gap
            missing = Verdict.INDETERMINATE
            self._set(Point(gap.start, missing, gap.known, gap.reason, fault=gap.fault, good=self.since))
            if lost.end != NEVER:
                decided = max(self.decided, lost.end)
                self._set(msgspec.structs.replace(first, start=lost.end, decided=decided))
        mine = [point for point in self.points if point.start >= self.since and point.verdict == self.verdict]
        at = mine[0] if over and mine else self.points[-1]  # where a silence stands before it
        if at.verdict == self.verdict:
            at.low, at.high = self.low, self.high

    def _set(self, point: Point) -> None:
        while self.points and self.points[-1].start >= point.start:
            self.points.pop()
        last = self.points[-1] if self.points else None
        same = last is not None and (last.verdict, last.reason) == (point.verdict, point.reason)
        if not same or point.start == self.since:
            self.points.append(point)
