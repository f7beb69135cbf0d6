"""The course of a value that people enter once for each batch or lot.

One value within its bounds makes the batch ok, from then on known; one beyond makes it a deviation, whatever stands
beside it. What is due before the cycle begins is decided when it begins, by the last value before. None in time is
indeterminate from the beginning of the cycle, known when it was due.
"""

from __future__ import annotations

import math

from readings.times import ALWAYS, NEVER
from rules.bounds import Standing
from rules.course import UNSEEN
from rules.cycle_course import CycleCourse
from rules.terms import Terms
from rules.timeline import Verdict

NOT_ENTERED = "not entered"


class EnteredCourse(CycleCourse, tag=True):
    """See the module.

    Attributes:
        closed: it was due before, and what comes now is of the next cycle, or of none.
    """

    closed: bool = False

    def stand(self, terms: Terms, time: int, standing: int, *, known: int, reason: str = "") -> None:
        """A value was entered that stands so."""
        if self.since == ALWAYS:
            self.standing = standing
        elif not self.closed:
            super().stand(terms, time, standing, known=known, reason=reason)

    def saw(self, low: float, high: float) -> None:
        """Values that were entered; before the cycle the last one counts."""
        if self.since == ALWAYS:
            self.low, self.high = low, high
        elif not self.closed:
            super().saw(low, high)

    def suspend(self, terms: Terms, time: int, reason: str, verdict: Verdict = Verdict.SUSPENDED) -> None:
        """The cycle is over; what is entered from now on may be for the next."""
        ended = self.since != ALWAYS or (terms.cycle is not None and terms.cycle.lasts)
        super().suspend(terms, time, reason, verdict)
        if ended:
            self.standing, self.closed, self.low, self.high = UNSEEN, False, math.nan, math.nan

    def judge(self, terms: Terms, time: int, since: int, reason: str = "") -> None:
        """A cycle begins; what was due before it is decided."""
        begins = self.since == ALWAYS
        before = self.standing, self.low, self.high
        super().judge(terms, time, since, reason)
        if begins and terms.cycle is not None and terms.cycle.before:
            self._take_before(terms, time, *before)
        elif begins and terms.cycle is not None and terms.cycle.lasts and before[0] != UNSEEN:
            self.standing, self.low, self.high = before  # of a lot that is there, before the line ran
            self._weigh(terms, time, self.standing)
            self._draw()

    def reach(self, terms: Terms, time: int) -> None:
        """Time has come to `time` and nothing was entered before it."""
        if (due := self.due(terms)) < time:
            self._lose(self.since, due, NOT_ENTERED, fault=False)
            self.standing = Standing.LOST
            self._draw()

    def due(self, terms: Terms) -> int:
        """After which time it was missed; measured at that very time it is in time. NEVER if nothing is due."""
        before = super().due(terms)
        return before if before == NEVER else before + 1

    def forget(self) -> None:
        """The line says for the first time what it does, and it does not run: whether it ran before, nobody knows."""
        if self.since != ALWAYS and self.partial and self.verdict == Verdict.STARTING and not self.lost:
            self.since = ALWAYS

    def _begin(self, time: int, *, partial: str) -> None:
        super()._begin(time, partial=partial)
        if partial:  # it is not due yet
            self.verdict = Verdict.STARTING
            self._draw()

    def _take_before(self, terms: Terms, time: int, stood: int, low: float, high: float) -> None:
        self.closed = True
        if stood == UNSEEN:
            self._lose(time, time, NOT_ENTERED, fault=False)
            self.standing = Standing.LOST
        else:
            self.standing, self.low, self.high = stood, low, high
            self._weigh(terms, time, stood)
        self._draw()

    def _weigh(self, terms: Terms, time: int, standing: int) -> None:
        if standing == Standing.BEYOND and self.verdict != terms.breach:
            self._decide(terms.breach, time, terms.beyond)
        elif standing != Standing.BEYOND and self.verdict not in (Verdict.OK, terms.breach):
            self._decide(Verdict.OK, time, self.excuse)

    def _end(self, terms: Terms, time: int, *, unseen: str = "") -> None:
        if self.verdict in (Verdict.OK, terms.breach) or ((self.partial or unseen) and not self.lost):
            super()._end(terms, time, unseen=unseen)
            return
        self._decide(Verdict.INDETERMINATE, self.lost[0].gap.known if self.lost else time, NOT_ENTERED)
        self._find(time)
