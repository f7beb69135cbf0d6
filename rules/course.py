"""The course of one limit for one unit of product: from how its readings stand to what the verdict is.

Fed with changes of standing in order of event time. What it decides:

- an excursion counts from its first reading beyond the limit to the first reading back, and is a deviation when it
  lasts longer than the hold and enough readings confirmed it; it is decided when the hold is over, not later;
- a span without usable readings is indeterminate from the last usable reading to the next, one of a stuck instrument
  from the last moving reading to the next moving one; an excursion goes on through it when both sides are beyond;
- an excursion may be older than its first reading: one that is met behind such a span may have begun with it, and have
  been confirmed in it. Once it may so have outlasted its hold, it is indeterminate from its first reading on, until a
  reading within, or until what was read suffices for a deviation;
- a deviation ends at the first reading within the clearing bound that begins an unbroken stay there for the clearing
  time; hysteresis never delays the beginning.
"""

from __future__ import annotations

import copy
import math
from enum import IntEnum

import msgspec

from readings.times import ALWAYS, NEVER
from rules.bounds import MISSING, Standing
from rules.terms import Terms
from rules.timeline import Point, Verdict

UNSEEN = -1  # no reading ever
CUT_SHORT = "no whole window before the end"
TOO_SHORT = "ended before it could be judged"


class Phase(IntEnum):
    """Where the course is."""

    OFF = 0  # not judged: suspended or starting
    HOLDING = 1
    PENDING = 2  # beyond the limit, tolerated so far
    DEVIATING = 3
    RETURNING = 4  # within the clearing bound, not yet for long enough


class Piece(msgspec.Struct, array_like=True):
    """A part of an excursion between gaps, with the values seen in it."""

    start: int
    low: float = math.nan
    high: float = math.nan


class Gap(msgspec.Struct, array_like=True):
    """A span without evidence: where it begins, when that was known, why, and whether the instrument is at fault."""

    start: int
    known: int
    reason: str
    fault: bool = False


class Course(msgspec.Struct, tag=True, array_like=True):
    """See the module.

    Attributes:
        phase: where it is.
        standing: of the readings now.
        excuse: the exception that a reading stands in, or the points that are spared.
        astray: since when there was no reading within the limit; it says something while the standing is none.
        blurred: whether anything was missing since `astray`.
        confirmed_at: when enough readings in a row were beyond.
        since: of an excursion, its first reading.
        may_since: of an excursion, since when it may have lasted.
        doubt: of an excursion, a gap before or in it; None if there is none.
        doubted: of an excursion, whether it was said that it may have outlasted its hold.
        back: the first reading of a return.
        pieces: of an excursion, its parts; of a return, those before another version of the plan.
        gaps: of an excursion, those between them.
        gap: the present one.
        back_excuses: (from, known, excuse) since `back`.
        back_low, back_high: values since `back`.
        points: the timeline that it has decided, in order of time.
        seams: where another version of the plan took over; no span reaches across.
        known: when it could first be known that readings stand as now.
        seen: when the value by hand was measured by which they stand so; ALWAYS where they stand by themselves.
        good: of readings beyond, when they last were within; NEVER where nothing says so.
        made: since when the limit is judged, or starting; a time in which nobody knows ends neither.
        counts: while it is starting until something follows from readings, from when on that counts; else NEVER.
    """

    phase: Phase = Phase.HOLDING
    standing: int = UNSEEN
    excuse: str = ""
    astray: int = ALWAYS
    blurred: bool = True
    confirmed_at: int = NEVER
    since: int = 0
    may_since: int = 0
    doubt: Gap | None = None
    doubted: bool = False
    back: int = 0
    pieces: list[Piece] = []
    gaps: list[Gap] = []
    gap: Gap | None = None
    back_excuses: list[tuple[int, int, str]] = []
    back_low: float = math.nan
    back_high: float = math.nan
    points: list[Point] = []
    seams: list[int] = []
    known: int = ALWAYS
    seen: int = ALWAYS
    good: int = NEVER
    made: int = ALWAYS
    counts: int = NEVER

    def twin(self) -> Course:
        """An independent copy."""
        same = copy.copy(self)
        same.pieces = [copy.copy(piece) for piece in self.pieces]
        same.gaps = list(self.gaps)
        same.gap = copy.copy(self.gap)
        same.back_excuses = list(self.back_excuses)
        same.points = [copy.copy(point) for point in self.points]
        same.seams = list(self.seams)
        return same

    @property
    def open_since(self) -> int:
        """From here on the timeline may still be decided as a whole; NEVER where it is decided as time goes on."""
        return NEVER

    def begin(self, start: int) -> None:
        """Judging begins; without a reading yet nothing can be said."""
        self._set(start, Verdict.INDETERMINATE, start, "no reading yet")

    # -- what is heard ----------------------------------------------------------------------------------------

    def stand(self, terms: Terms, time: int, standing: int, *, known: int, reason: str = "") -> None:
        """From `time` on readings stand so; `known` is when that could first be known."""
        self.reach(terms, time)
        lost = self.standing == UNSEEN or self.standing in MISSING
        if not lost and self.standing != Standing.BEYOND:
            by_hand = self.seen != ALWAYS  # and nobody has looked since
            self.astray, self.blurred = (max(self.astray, self.seen), True) if by_hand else (time, False)
        self.blurred |= standing in MISSING
        self.standing, self.known = standing, known
        self.excuse = "" if standing in (Standing.BEYOND, *MISSING) else reason
        if standing in MISSING:
            self._end_gap()
            self.gap = Gap(time, known, reason, standing == Standing.STUCK)
        elif standing != Standing.BEYOND:
            self.confirmed_at = self.good = NEVER
        if self.phase != Phase.OFF:
            self._enter(terms, time, lost=lost, known=known)
        elif standing not in MISSING:
            self.gap = None
            if self.counts <= time:
                self.blurred = False  # the time in which it was starting is not judged
                self.judge(terms, time, time)

    def confirm(self, terms: Terms, time: int) -> None:
        """Enough readings in a row were beyond the limit, the last of them at `time`."""
        self.reach(terms, time)
        self.confirmed_at = min(self.confirmed_at, time)
        if self.phase == Phase.PENDING and self.standing == Standing.BEYOND:
            self._raise_if_due(terms, time)

    def held_until(self, time: int) -> None:
        """A point that is beyond was last within at `time`, before it; NEVER where that is not known."""
        if self.seen != ALWAYS and self.standing != Standing.BEYOND:
            time = max(time, self.seen) if time != NEVER else time
        self.good = min(self.good, time)
        if self.phase == Phase.DEVIATING and self.points and _is_breach(self.points[-1]):
            self.points[-1].good = min(self.points[-1].good, self._last_good)

    def lose_another(self, known: int, reason: str) -> None:
        """Beyond by one point's readings, while nothing is heard of another: there it may have been confirmed."""
        if self.phase == Phase.PENDING and self.doubt is None:
            self.doubt = Gap(self.since, known, reason)

    def saw(self, low: float, high: float) -> None:
        """Values of readings that stand as now."""
        if self.phase == Phase.PENDING and self.pieces:
            piece = self.pieces[-1]
            piece.low = low if math.isnan(piece.low) else min(piece.low, low)
            piece.high = high if math.isnan(piece.high) else max(piece.high, high)
        elif self.phase == Phase.RETURNING:
            self.back_low = low if math.isnan(self.back_low) else min(self.back_low, low)
            self.back_high = high if math.isnan(self.back_high) else max(self.back_high, high)
        elif self.phase != Phase.OFF and self.points:
            self.points[-1].saw(low, high)

    def suspend(
        self,
        terms: Terms,
        time: int,
        reason: str,
        verdict: Verdict = Verdict.SUSPENDED,
        *,
        whole: int = NEVER,
    ) -> None:
        """The limit is not judged, or is starting; or nobody knows whether it is to be.

        What was read behind the last whole window, or in a span without any value, was judged by nobody.

        Args:
            terms: of the limit.
            time: from then on, ns.
            reason: in words.
            verdict: what is said from there on.
            whole: of what is judged in windows, when the last one ended that lies whole before `time`, ns; else NEVER.
        """
        self.reach(terms, time)
        if self.phase == Phase.PENDING:
            self._tolerated(terms, time)
        elif self.phase == Phase.RETURNING:
            self._fall_back()
        if self.phase == Phase.OFF:
            self._open(Verdict.STARTING, self.counts, time, TOO_SHORT)
        else:
            self._open(Verdict.OK, whole, time, CUT_SHORT)
        self.phase, self.counts = Phase.OFF, NEVER
        if verdict != Verdict.INDETERMINATE:  # it may have been judged all along
            self.made = time if verdict == Verdict.STARTING else NEVER
        self._set(time, verdict, time, reason)

    def wait(self, counts: int) -> None:
        """It is starting, and what was judged before says nothing: what follows from readings from `counts` on ends that."""
        self.counts = counts
        if self.standing not in MISSING:
            self.standing, self.excuse, self.good, self.blurred = UNSEEN, "", NEVER, True

    def rest(  # noqa: PLR0913 - as for suspend
        self, terms: Terms, time: int, reason: str, *, since: int, known: int, whole: int = NEVER
    ) -> None:
        """Nothing is made from `since` on, as is known at `known`: a silence that began then is not missed."""
        start, gap = time, self.gap
        if gap is not None and self.phase in (Phase.HOLDING, Phase.DEVIATING) and gap.known >= since:
            point = self.points[-1]
            missed = point.verdict == Verdict.INDETERMINATE and not point.fault and point.start >= gap.start
            start = min(time, point.start) if missed else time
        self.suspend(terms, time, reason, whole=whole)
        if self.points[-1].start == time:
            self._set(start, Verdict.SUSPENDED, max(time, known), reason)

    def judge(self, terms: Terms, time: int, since: int, reason: str = "") -> None:  # noqa: ARG002 - of cycles
        """Judging begins (again), with the standing as it is; `since` then it may be that it should have begun."""
        if self.phase != Phase.OFF:
            return
        self.phase, self.astray = Phase.HOLDING, max(self.astray, since)
        self.made, self.counts = min(self.made, time), NEVER
        if self.standing == UNSEEN:
            self._set(time, Verdict.INDETERMINATE, time, "no reading yet")
        elif self.standing in MISSING and self.gap is not None:
            self.gap = Gap(time, max(time, self.gap.known), self.gap.reason, self.gap.fault)
            self._set(time, Verdict.INDETERMINATE, self.gap.known, self.gap.reason, fault=self.gap.fault)
        else:
            self._enter(terms, time, lost=True, known=max(time, self.known))

    def pass_seam(self, terms: Terms, time: int) -> None:
        """From `time` on another version of the plan judges, by the same terms: what holds is said again."""
        self.reach(terms, time)
        self.seams.append(time)
        if self.points and self.points[-1].start < time:
            self.points.append(said_again(self.points[-1], time))
        if self.phase == Phase.PENDING and self.standing == Standing.BEYOND:
            self.pieces.append(Piece(time))
        elif self.phase == Phase.RETURNING:
            self.pieces.append(Piece(self.back, self.back_low, self.back_high))
            self.back_low = self.back_high = math.nan

    def break_off(self, terms: Terms, time: int) -> None:
        """At `time` the limit itself changes: what was decided stays, what was counted is counted no more."""
        self.reach(terms, time)
        if self.phase == Phase.PENDING:
            self._tolerated(terms, time)
        elif self.phase == Phase.RETURNING:
            self._fall_back()

    def take_over(self, terms: Terms, time: int, *, deviating: bool) -> None:
        """The limit is judged from `time` on, by the standing and behind the points that this course has.

        A deviation goes on until readings have returned to what holds now.
        """
        self.seams.append(time)
        self.phase = Phase.DEVIATING if deviating else Phase.HOLDING
        self.astray, self.blurred = time, self.standing == UNSEEN or self.standing in MISSING
        if self.standing == UNSEEN:
            self._set(time, Verdict.INDETERMINATE, time, "no reading yet")
        else:
            self._enter(terms, time, lost=True, known=time)

    def breached_at(self, time: int) -> bool:
        """Whether a breach begins at this very time."""
        return bool(self.points) and self.points[-1].start == time and _is_breach(self.points[-1])

    def show_pending(self) -> None:
        """Take the values of an excursion that is tolerated (so far) into the spans where they were seen."""
        for piece in self.pieces if self.phase == Phase.PENDING else ():
            covering = [point for point in self.points if point.start <= piece.start]
            if covering and covering[-1].verdict == Verdict.OK and not math.isnan(piece.low):
                covering[-1].saw(piece.low, piece.high)
        if self.phase == Phase.RETURNING:
            self._take_back_values()

    # -- what follows from time alone ----------------------------------------------------------------------------

    def reach(self, terms: Terms, time: int) -> None:
        """Time has come to `time` and nothing else was heard before it."""
        while (due := self.due(terms)) < time:
            if self.phase == Phase.RETURNING:
                self._returned(self.back + terms.clear_for)
            elif due == self._certain(terms):
                self._raise(terms, due)
            else:
                self._doubt(terms, self.since, due)

    def due(self, terms: Terms) -> int:
        """After which time something follows from time alone; NEVER if nothing does."""
        if self.phase == Phase.RETURNING:
            return self.back + terms.clear_for - 1
        return min(self._certain(terms), self._doubtful(terms)) if self.phase == Phase.PENDING else NEVER

    # -- inside -------------------------------------------------------------------------------------------------

    def _certain(self, terms: Terms) -> int:
        """After which time a pending excursion is one that counts; NEVER while it is not confirmed, or not read."""
        if self.standing != Standing.BEYOND or self.confirmed_at == NEVER:
            return NEVER
        return max(self.since + terms.hold, self.confirmed_at)

    def _doubtful(self, terms: Terms) -> int:
        """After which time a pending excursion may be one that counts; NEVER if that was said, or cannot be yet."""
        missing = self.gap if self.standing in MISSING else self.doubt
        confirmed = self.confirmed_at if missing is None else missing.known  # or may have been
        return NEVER if self.doubted or confirmed == NEVER else max(self.may_since + terms.hold, confirmed)

    def _enter(self, terms: Terms, time: int, *, lost: bool, known: int) -> None:
        if self.standing in MISSING:
            self._lose(time)
        elif self.standing == Standing.BEYOND:
            self._go_beyond(terms, time, lost=lost)
        else:
            self._come_within(terms, time, lost=lost, known=known)

    def _lose(self, time: int) -> None:
        assert self.gap is not None
        if self.phase == Phase.RETURNING:
            self._fall_back()
        self._set(time, Verdict.INDETERMINATE, self.gap.known, self.gap.reason, fault=self.gap.fault)

    def _end_gap(self) -> None:
        if self.gap is not None and self.phase == Phase.PENDING:
            self.gaps.append(self.gap)
            self.doubt = self.gap
        self.gap = None

    def _go_beyond(self, terms: Terms, time: int, *, lost: bool) -> None:
        behind = self.gap
        if lost:
            self._end_gap()
        if self.phase == Phase.PENDING:
            self.pieces.append(Piece(time))
            self._go_on(terms, time)
        elif self.phase == Phase.HOLDING:
            self.phase, self.since = Phase.PENDING, time
            self.may_since = min(self.astray, time)
            self.doubt = (behind or Gap(self.may_since, time, "")) if self.blurred else None
            self.doubted = False
            self.pieces, self.gaps = [Piece(time)], []
            if terms.confirm == 1:
                self.confirmed_at = time
            self._go_on(terms, time)
        elif self.phase == Phase.RETURNING:
            self._fall_back()
        elif lost:
            self._breach(terms, time, time)

    def _go_on(self, terms: Terms, time: int) -> None:
        """Beyond the limit from this reading on, and not known before it."""
        self._raise_if_due(terms, time)
        if self.phase != Phase.PENDING:
            return
        if self.doubted or self._doubtful(terms) < time:
            self._doubt(terms, time, time)
        else:
            self._set(time, Verdict.OK, time)

    def _doubt(self, terms: Terms, start: int, decided: int) -> None:
        """It may have lasted for longer than it may: from `start` on it cannot be shown that the limit holds."""
        self.doubted = True
        gaps = [*self.gaps, *([self.gap] if self.gap is not None else [])]
        fault = any(gap.fault and gap.start >= start for gap in gaps)
        stuck = fault or (self.doubt is not None and self.doubt.fault)
        why = f"{'stuck' if stuck else 'no reading'}: may have been {terms.beyond}"
        self._set(start, Verdict.INDETERMINATE, decided, why, fault=fault, good=self._last_good)

    def _come_within(self, terms: Terms, time: int, *, lost: bool, known: int) -> None:
        if lost:
            self._end_gap()
        if self.phase == Phase.PENDING:
            self._tolerated(terms, time)
        if self.phase == Phase.HOLDING:
            self._set(time, Verdict.OK, known, self.excuse)
        elif self.phase == Phase.RETURNING:
            if self.standing != Standing.WITHIN:
                self._fall_back()
            else:
                self.back_excuses.append((time, known, self.excuse))
        elif self.standing == Standing.WITHIN:
            if lost:
                self._breach(terms, time, time)
            self.phase, self.back = Phase.RETURNING, time
            self.back_excuses = [(time, known, self.excuse)]
            self.back_low = self.back_high = math.nan
            if terms.clear_for == 0:
                self._returned(time)
        elif lost:
            self._breach(terms, time, time)

    def _raise_if_due(self, terms: Terms, time: int) -> None:
        if self.confirmed_at <= time and (terms.hold == 0 or self.since + terms.hold < time):
            self._raise(terms, time)

    def _raise(self, terms: Terms, decided: int) -> None:
        self.phase = Phase.DEVIATING
        parts: list[Piece | Gap] = [*self.pieces, *self.gaps]
        for part in sorted(parts, key=lambda part: (part.start, isinstance(part, Gap))):
            if isinstance(part, Gap):
                self._set(part.start, Verdict.INDETERMINATE, part.known, part.reason, fault=part.fault)
                continue
            self._breach(terms, part.start, decided)
            if not math.isnan(part.low):
                self._covering(part.start).saw(part.low, part.high)
        self.pieces, self.gaps = [], []

    def _breach(self, terms: Terms, start: int, decided: int) -> None:
        fault = terms.breach == Verdict.INDETERMINATE
        self._set(start, terms.breach, decided, terms.beyond, fault=fault, good=self._last_good)

    @property
    def _last_good(self) -> int:
        """When the limit was last read to hold, in the time in which it has been judged; NEVER if nothing says so."""
        return max(self.good, self.made) if self.good != NEVER else NEVER

    def _tolerated(self, terms: Terms, time: int) -> None:
        """The excursion ended at `time`, before it counted; in a gap that is found out later it may have."""
        doubtful = self._doubtful(terms)
        if doubtful != NEVER and self.may_since + terms.hold < time:
            self._doubt(terms, self.since, doubtful)
        self.show_pending()
        self.phase = Phase.HOLDING
        self.pieces, self.gaps = [], []

    def _fall_back(self) -> None:
        self.phase = Phase.DEVIATING
        self._take_back_values()
        self.pieces = []

    def _returned(self, decided: int) -> None:
        self.phase = Phase.HOLDING
        for time, known, excuse in self.back_excuses:
            self._set(time, Verdict.OK, max(decided, known), excuse)
        self.back_excuses = []
        self._take_back_values()
        self.pieces = []

    def _open(self, verdict: Verdict, since: int, end: int, why: str) -> None:
        """What says this verdict up to `end` says nothing from `since` on; what it was said by stays."""
        begin = next((point.start for point in reversed(self.points) if point.verdict != verdict), None)
        said = [point.start for point in self.points if begin is None or point.start > begin]
        if not said or since == NEVER:
            return
        start = max(since, said[0])
        if start < end:
            self._set(start, Verdict.INDETERMINATE, end, why)

    def _take_back_values(self) -> None:
        """The values of a return, into the spans where they were seen."""
        for piece in self.pieces:
            if not math.isnan(piece.low):
                self._covering(piece.start).saw(piece.low, piece.high)
        if self.points and not math.isnan(self.back_low):
            self.points[-1].saw(self.back_low, self.back_high)

    def _covering(self, time: int) -> Point:
        """The span that holds at a time."""
        return next((point for point in reversed(self.points) if point.start <= time), self.points[0])

    def _set(  # noqa: PLR0913 - a change point
        self,
        start: int,
        verdict: Verdict,
        decided: int,
        reason: str = "",
        *,
        fault: bool = False,
        good: int = NEVER,
    ) -> None:
        while self.points and self.points[-1].start >= start:
            point = self.points[-1]
            broke = _is_breach(point) and not (point.fault and fault)
            if broke and verdict == Verdict.INDETERMINATE and point.start == start:
                start += 1  # a breach by the very reading behind which nothing was heard stays one
                break
            self.points.pop()
        last = self.points[-1] if self.points else None
        if last is None or last.verdict != verdict or last.reason != reason or start in self.seams:
            self.points.append(Point(start, verdict, decided, reason, fault=fault, good=good))
        for seam in self.seams:
            if seam > start:
                self.points.append(said_again(self.points[-1], seam))


def said_again(point: Point, time: int) -> Point:
    """What holds, said from `time` on as well, because another version of the plan judges from there."""
    decided = max(point.decided, time)
    return Point(time, point.verdict, decided, point.reason, fault=point.fault, again=True)


def _is_breach(point: Point) -> bool:
    return point.fault or point.verdict in (Verdict.DEVIATION, Verdict.OPERATING)
