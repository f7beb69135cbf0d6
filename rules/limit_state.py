"""One limit unit's memory: its course, how each of its points stands, and what is not final yet.

A moment is final once every point of the limit has spoken later than it, for readings of a point come in order of time
(those that don't make the limit be judged again). What is not final is kept in a queue and judged on a copy.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable
from enum import IntEnum
from itertools import islice

import msgspec

from readings.times import ALWAYS, NEVER
from rules.bounds import GOOD, MISSING, Standing
from rules.combine import Stood, combined
from rules.course import UNSEEN, Course
from rules.cycle_course import CycleCourse
from rules.entered_course import EnteredCourse
from rules.gate import Gate
from rules.limit_unit import LimitUnit
from rules.terms import Terms

BY_HAND = 1 << 30  # in place of a point, behind them all: the value by hand that stands in for silent ones


class Kind(IntEnum):
    """What happened; of one time, in this order."""

    STAND = 1
    CONFIRM = 2
    SAW = 3
    LOSE = 4  # after the last reading, which is of the same time


class Moment(msgspec.Struct, array_like=True, order=True):
    """Something that happened to a point of a limit.

    Attributes:
        time: ns.
        kind: `Kind`.
        point: position of the track in its limit.
        standing: for STAND and LOSE.
        known: for both: when it could first be known.
        reason: for both: why lost, or by which exception.
        low: for SAW.
        high: for SAW.
        until: for LOSE: the next reading, where the silence is bridged up to there; for STAND of a value by hand: so
            long it counts; else 0.
        bridged: for LOSE: why it is.
        others: for LOSE: it is if the other points, of so many from the first, all stayed good.
        good: for STAND of readings beyond: when the point was last read within; NEVER where nothing says so.
    """

    time: int
    kind: int
    point: int
    standing: int = 0
    known: int = 0
    reason: str = ""
    low: float = math.nan
    high: float = math.nan
    until: int = 0
    bridged: str = ""
    others: int = 0
    good: int = NEVER


class LimitState(msgspec.Struct, array_like=True):
    """See the module.

    Attributes:
        course: decided up to `settled`.
        stands: how each point stands, as of `settled`.
        known: since when that was known, per point.
        reasons: the reason that goes with it, per point.
        queue: moments after `settled`, in order.
        settled: everything up to here is final, ns.
        hand: how the last value by hand that stands in for silent points stands; UNSEEN where none counts.
        hand_known: since when that was known.
        hand_until: so long it counts, ns.
        seams: behind `settled`, where another version of the plan takes over, by the same terms.
    """

    course: Course | CycleCourse | EnteredCourse
    stands: list[int]
    known: list[int]
    reasons: list[str]
    queue: list[Moment] = []
    settled: int = ALWAYS
    seams: list[int] = []
    hand: int = UNSEEN
    hand_known: int = 0
    hand_until: int = ALWAYS

    @classmethod
    def of(cls, limit: LimitUnit) -> LimitState:
        """The memory of a limit unit that has heard nothing."""
        points = len(limit.tracks)
        return cls(_course(limit.terms, points), [UNSEEN] * points, [0] * points, [""] * points)

    def twin(self) -> LimitState:
        """An independent copy."""
        return LimitState(
            self.course.twin(),
            list(self.stands),
            list(self.known),
            list(self.reasons),
            list(self.queue),
            self.settled,
            list(self.seams),
            self.hand,
            self.hand_known,
            self.hand_until,
        )

    def begin(self, start: int) -> None:
        """Judging begins."""
        self.course.begin(start)
        self.settled = start - 1

    def add(self, moment: Moment) -> None:
        """Take a moment that is later than everything settled."""
        insort(self.queue, moment)

    def retract(self, point: int, since: int) -> None:
        """What was heard of a point from `since` on, which is not settled, was no evidence."""
        self.queue = [moment for moment in self.queue if moment.point != point or moment.time < since]
        for number, moment in enumerate(self.queue):
            if moment.bridged and moment.point == point and moment.until == since:  # the far side of a bridge
                self.queue[number] = msgspec.structs.replace(moment, until=0, bridged="", others=0)

    def settle(self, terms: Terms, until: int, gates: list[Gate]) -> None:
        """Make everything up to `until` final; a bridge is when both its sides are.

        Silences that begin at `until` wait: another point's may begin with them.
        """
        waits = [each.time for each in self.queue if each.bridged and each.time <= until < each.until]
        until = min([until, *(time - 1 for time in waits)])
        if until <= self.settled:
            return
        due, lost = 0, Moment(until, Kind.LOSE, -1)
        while due < len(self.queue) and self.queue[due] < lost:
            due += 1
        passed = [gate for gate in gates if self.settled < gate.time <= until]
        self.play(terms, self.queue, passed, until, due=due)
        del self.queue[:due]
        self.settled = until

    def as_of(
        self, terms: Terms, until: int, gates: list[Gate], silences: list[Moment], heard: int
    ) -> Course | CycleCourse:
        """The course as it stands at `until`, on a copy.

        Args:
            terms: of the limit.
            until: ns.
            gates: how the line's state gates the limit.
            silences: the silences of points that have not ended.
            heard: up to here every point has spoken, or its silence is known, ns.
        """
        ahead = self.twin()
        over = [gate.time for gate in gates if gate.state != "judged" and gate.time > heard + 1]
        if terms.cycle is not None and over:
            gates = [gate for gate in gates if gate.time < over[0]]  # a cycle ends when all of it was heard
        moments = sorted(each for each in (*ahead.queue, *silences) if each.time <= until)
        passed = [gate for gate in gates if self.settled < gate.time <= until]
        ahead.play(terms, moments, passed, until, due=len(moments))
        ahead.course.reach(terms, until)
        ahead.course.show_pending()
        return ahead.course

    def play(self, terms: Terms, moments: list[Moment], gates: list[Gate], until: int, *, due: int) -> None:
        """Let `due` of these happen in order; see `_before`."""
        passes: list[tuple[int, Gate | int]] = [(seam, seam) for seam in self.seams if seam <= until]
        passes += [(gate.time, gate) for gate in gates]
        self.seams = [seam for seam in self.seams if seam > until]
        waiting = iter(sorted(passes, key=lambda each: each[0]))
        pending = next(waiting, None)
        for number, moment in enumerate(islice(moments, due)):
            while pending is not None and _before(terms, *pending, moment):
                self._pass(terms, pending[1])
                pending = next(waiting, None)
            bridged = moment.bridged and self._holds(moment, islice(moments, number + 1, None))
            self._happen(terms, _crossed(moment) if bridged else moment)
        while pending is not None:
            self._pass(terms, pending[1])
            pending = next(waiting, None)

    def _pass(self, terms: Terms, gate: Gate | int) -> None:
        if isinstance(gate, int):
            self.course.pass_seam(terms, gate)
        elif gate.state == "judged":
            self._begin(terms, gate)
        elif not isinstance(self.course, Course):
            if gate.first and isinstance(self.course, EnteredCourse):
                self.course.forget()
            self.course.suspend(terms, gate.time, gate.reason, gate.verdict)
        elif gate.since is not None:
            since, known, whole = gate.since, gate.known, gate.whole
            self.course.rest(terms, gate.time, gate.reason, since=since, known=known, whole=whole)
        else:
            self.course.suspend(terms, gate.time, gate.reason, gate.verdict, whole=gate.whole)
            self.wait(gate.counts)

    def wait(self, counts: int) -> None:
        """It is starting until something follows from readings that counts; how points stood before says nothing."""
        if counts == NEVER or not isinstance(self.course, Course):
            return
        for point, stood in enumerate(self.stands):
            if stood not in MISSING:
                self.stands[point], self.known[point], self.reasons[point] = UNSEEN, 0, ""
        self.course.wait(counts)

    def _begin(self, terms: Terms, gate: Gate) -> None:
        """Judging begins; of a cycle that begins nothing is known, however its points stood in the one before."""
        course, since = self.course, gate.since if gate.since is not None else gate.time
        was = course.since
        course.judge(terms, gate.time, since, gate.reason)
        if isinstance(course, CycleCourse) and not isinstance(course, EnteredCourse) and course.since != was:
            points = len(self.stands)
            self.stands, self.known, self.reasons = [UNSEEN] * points, [0] * points, [""] * points

    def _holds(self, silence: Moment, ahead: Iterable[Moment]) -> bool:
        """Whether the other points stayed good for as long as a silence lasted, where it takes that to bridge it."""
        others = {point for point in range(silence.others) if point != silence.point}
        if any(self.stands[point] not in GOOD for point in others):
            return False
        for moment in ahead:
            if moment.time > silence.until:
                break
            speaks = moment.kind == Kind.STAND or (moment.kind == Kind.LOSE and moment.time < silence.until)
            if moment.point in others and speaks and moment.standing not in GOOD:
                return False
        return True

    def _happen(self, terms: Terms, moment: Moment) -> None:
        if moment.point == BY_HAND:
            self._take_by_hand(terms, moment)
        elif moment.kind == Kind.SAW:
            self.course.saw(moment.low, moment.high)
        elif moment.kind == Kind.CONFIRM:
            self.course.confirm(terms, moment.time)
        elif not self._too_early(moment):
            point = moment.point
            if moment.kind == Kind.LOSE and terms.by_hand:
                self._outdate_hand(terms)
            self.stands[point], self.known[point] = moment.standing, moment.known
            self.reasons[point] = moment.reason
            if isinstance(self.course, CycleCourse):
                self.course.mark(terms, point, moment.time, moment.standing, moment.reason)
            self._combine(terms, moment.time, lost=moment.kind == Kind.LOSE, good=moment.good)

    def _too_early(self, moment: Moment) -> bool:
        """Whether something followed from readings while the line settles."""
        waits = isinstance(self.course, Course) and NEVER > self.course.counts > moment.time
        return waits and moment.kind == Kind.STAND

    def _combine(self, terms: Terms, time: int, *, lost: bool, good: int) -> None:
        standing, known, reason = self.stood(terms)
        if standing == Standing.BEYOND and isinstance(self.course, Course):
            self.course.held_until(good)
        known = max(known, time)
        same = standing == self.course.standing and (
            standing in (Standing.BEYOND, *MISSING) or reason == self.course.excuse
        )
        if lost and standing not in MISSING and self.course.breached_at(time):
            time += 1  # a breach by the very reading behind which nothing was heard stays one
        if not same:
            self.course.stand(terms, time, standing, known=known, reason=reason)
        if terms.by_hand and isinstance(self.course, Course):
            self.course.seen = self.hand_known if self.by_hand(terms) else ALWAYS
        if standing == Standing.BEYOND and terms.confirm > 1:
            if self.by_hand(terms):
                self.course.confirm(terms, time)
            else:
                self._lose_another(terms, time)

    def stood(self, terms: Terms) -> Stood:
        """How the limit stands: by its points, or by hand while they say nothing."""
        if not self.by_hand(terms):
            return combined(terms, self.stands, self.known, self.reasons)
        _, known, _ = combined(terms, self.stands, self.known, self.reasons)
        return self.hand, max(known, self.hand_known), f"by hand ({terms.by_hand})"

    def by_hand(self, terms: Terms) -> bool:
        """Whether a value by hand stands in for points that say nothing."""
        if not terms.by_hand or self.hand == UNSEEN:
            return False
        standing, _, _ = combined(terms, self.stands, self.known, self.reasons)
        return standing == UNSEEN or standing in MISSING

    def _outdate_hand(self, terms: Terms) -> None:
        """Points fall silent: a value by hand that is older than their last readings says no better than these did."""
        if self.hand == UNSEEN or self.by_hand(terms):
            return
        last, _, _ = combined(terms, self.stands, self.known, self.reasons)
        if last == Standing.BEYOND:
            self.hand = UNSEEN
        elif last in (Standing.NEARLY, Standing.EXCEPTED):
            self.hand = max(self.hand, last)

    def _take_by_hand(self, terms: Terms, moment: Moment) -> None:
        if moment.kind == Kind.SAW:
            if self.by_hand(terms):
                self.course.saw(moment.low, moment.high)
            return
        if moment.kind == Kind.STAND:
            self.hand, self.hand_known, self.hand_until = moment.standing, moment.known, moment.until
        elif moment.time >= self.hand_until:  # and no other was entered since
            self.hand = UNSEEN
        self._combine(terms, moment.time, lost=moment.kind == Kind.LOSE, good=moment.good)

    def _lose_another(self, terms: Terms, time: int) -> None:
        """Beyond at one point, while others that are not spared are missing: their readings might have confirmed it."""
        lost = [point for point, stood in enumerate(self.stands) if stood == UNSEEN or stood in MISSING]
        if len(lost) > terms.spared:
            known = max(time, sorted(self.known[point] for point in lost)[terms.spared])
            self.course.lose_another(known, self.reasons[lost[0]])


def _course(terms: Terms, points: int) -> Course | CycleCourse | EnteredCourse:
    if terms.cycle is None:
        return Course()
    return (EnteredCourse if terms.cycle.entered else CycleCourse).of(points)


def _before(terms: Terms, time: int, gate: Gate | int, moment: Moment) -> bool:
    """Whether a gate, or a seam, is passed before something that happens: a reading of its very time is behind it.

    Where judging begins it begins with how that reading stands, and not with the one before it. Where it ends with the
    very reading behind which nothing was heard, nothing of it was lost.
    """
    begins = isinstance(gate, Gate) and gate.state == "judged" and terms.cycle is None
    if time == moment.time and begins:
        return moment.kind >= Kind.SAW
    ends = moment.kind == Kind.LOSE and isinstance(gate, Gate) and not begins
    return time <= moment.time + ends


def _crossed(silence: Moment) -> Moment:
    """A silence that is bridged, as it is known behind it."""
    return msgspec.structs.replace(
        silence, standing=Standing.BRIDGED, known=silence.until, reason=silence.bridged
    )
