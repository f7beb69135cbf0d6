"""What is known of values told one after another, as [low, best, high]: the worst of each stretch that stands alike.

A stretch ends where the value crosses the bound, where readings are further apart than the silence, where the limit
begins or ends to be judged, and where the instrument begins or ends to be stuck. So each span of a verdict finds its worst
value among the stretches that begin in it.

Some of that is known later than the values: that a number stands still for too long when it has, that a signal fell silent
at a time when that has passed. So what may still turn out to be a stretch of its own is kept as one until it is known: what
was told since the number last moved, and the last value. Which readings are stuck is `rules.stuck`'s to find, once it is
known what follows from them: until it has, what was taken waits.
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from dataclasses import dataclass, replace
from math import inf, nan
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from readings.block import F64, I64
from readings.times import ALWAYS
from rules.derivation import CameTo, Integral, Spans

_PAST = 64  # stretches that are remembered, beside those of the last readings
_NONE = np.empty(0, np.int64)


class Episode(msgspec.Struct, array_like=True):
    """A stretch of values that stand alike, and the worst of them; None where nothing bounds that from above.

    `until` is the time of its last value; 0 where nothing goes on with it. `own` is false where it may turn out to be of the
    stretch before it. `stuck`: it is known to be of no evidence, for its instrument was.
    """

    since: int
    until: int
    beyond: bool
    counts: float
    worst: Integral | None
    own: bool = True
    stuck: bool = False

    def replaced_by(self, counts: float, *, least: bool) -> bool:
        """Whether another value is worse, or as bad where nothing bounds the worst."""
        worse = counts < self.counts if least else counts > self.counts
        return worse or (counts == self.counts and self.worst is None)


class Episodes(msgspec.Struct, array_like=True):
    """The last of them, in order of time.

    Attributes:
        past: themselves.
        forgot: those that began up to here are remembered no more, ns.
        awaits: the instrument may be stuck, so that values wait until `tell_stuck` says whether it was.
        waiting: they; None once that was said.
        seam: here another version of the plan took over, ns; ALWAYS where none has.
    """

    past: list[Episode] = []
    forgot: int = ALWAYS
    awaits: bool = False
    waiting: Any = None  # a `_Waiting`; none is ever stored
    seam: int = ALWAYS

    def twin(self) -> Episodes:
        """An independent copy."""
        same = copy.copy(self)
        same.past = [copy.copy(each) for each in self.past]
        return same

    def parted(self, seam: int) -> Episodes:
        """A copy in which what is told next begins a stretch of its own, and so does what is told of `seam`, ns, or later.

        A window that ends before the seam may be told behind it.
        """
        same = self.twin()
        same.seam = seam
        if same.past:
            same.past[-1].until = 0
        return same

    def take(  # noqa: PLR0913 - values in columns
        self,
        time: I64,
        counts: F64,
        bounds: tuple[F64, F64, F64],
        beyond: npt.NDArray[np.bool_],
        spans: Spans,
        *,
        least: bool,
        apart: int,
    ) -> None:
        """Take values.

        Args:
            time: int64 [n], ns, later than all before.
            counts: float64 [n], what counts of each.
            bounds: float64 [n] each, low, best and high; inf where nothing bounds it from above.
            beyond: bool [n], whether that is beyond the bound.
            spans: when the limit is judged, with every time at which that may turn out to be otherwise.
            least: the least is the worst; else the greatest.
            apart: values further apart have a silence between them, ns.
        """
        if len(self.past) > _PAST:
            self.forgot = self.past[-_PAST - 1].since
            del self.past[:-_PAST]
        if not time.size:
            return
        parts = _Parts(time, time, counts, *bounds, beyond, np.zeros(time.size, np.bool_))
        self.waiting = _Waiting(parts, spans.turns(), least=least, apart=apart)
        if not self.awaits:
            self.tell_stuck(_NONE, ALWAYS, ALWAYS)

    def tell_stuck(self, stuck: I64, since: int, stands: int) -> None:
        """Say of what was taken when the instrument was stuck.

        Args:
            stuck: int64, times of values at which it was.
            since: it was since then, as is known now; ALWAYS where that was known, or is not so.
            stands: its present number stands since then, and may yet turn out to be stuck; ALWAYS where it may not.
        """
        waiting, self.waiting = self.waiting, None
        if waiting is None:
            return
        unsure = self._unsure(since)
        for each in unsure:
            each.stuck |= each.since >= since != ALWAYS
        new_parts = replace(waiting.parts, stuck=np.isin(waiting.parts.since, stuck))
        parts = new_parts.behind(unsure)
        last = self.past[-1] if self.past else Episode(ALWAYS, ALWAYS, beyond=False, counts=nan, worst=None)
        edges = waiting.turns if self.seam == ALWAYS else np.union1d(waiting.turns, [self.seam])
        before = np.r_[last.until, parts.until[:-1]]
        own = np.searchsorted(edges, parts.since, "right") != np.searchsorted(edges, before, "right")
        own |= parts.since - before > waiting.apart
        own |= parts.beyond != np.r_[last.beyond, parts.beyond[:-1]]
        own |= parts.stuck != np.r_[last.stuck, parts.stuck[:-1]]
        own[0] |= not self.past
        new = own.copy()
        new[-1] = True
        if stands >= int(parts.since[0]):  # the present number may yet turn out to be stuck
            new[np.searchsorted(parts.since, stands, "left") :][:1] = True
        first = np.flatnonzero(new)
        starts = first if new[0] else np.r_[0, first]
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), new.size], strict=True):
            found = parts.worst_of(start, end, least=waiting.least)
            if new[start]:
                found.own = bool(own[start])
                self.past.append(found)
                continue
            if last.replaced_by(found.counts, least=waiting.least):
                last.counts, last.worst = found.counts, found.worst
            last.until = found.until

    def _unsure(self, since: int) -> list[Episode]:
        """Take out the last ones, which may be of one before, and all that are stuck as is known now."""
        count = len(self.past)
        while count and (not self.past[count - 1].own or self.past[count - 1].since >= since != ALWAYS):
            count -= 1
        unsure = self.past[count:]
        del self.past[count:]
        return unsure

    def came_to(self, begin: int, end: int, *, least: bool) -> CameTo | None:
        """The worst of the stretches that begin in a span.

        A silence begins with the last value, which is of the span before it.
        """
        first, behind = (bisect_left(self.past, time, key=lambda each: each.since) for time in (begin, end))
        if behind < len(self.past) and self.past[behind].since == end and not self.past[behind].own:
            behind += 1
        mine = self.past[first:behind]
        if not mine:
            return None
        worst = mine[0]
        for each in mine[1:]:
            if worst.replaced_by(each.counts, least=least):
                worst = each
        return CameTo(
            worst.worst, worst.counts, whole=self._ends(first) < begin and self._ends(behind) <= end
        )

    def _ends(self, behind: int) -> int:
        """When the stretches before one end, with what may turn out to be of them; ALWAYS where none is before it."""
        while 0 < behind < len(self.past) and not self.past[behind].own:
            behind += 1
        return self.past[behind - 1].until if behind else ALWAYS


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Values, or stretches of them, in columns; see `Episode`."""

    since: I64
    until: I64
    counts: F64
    low: F64
    best: F64
    high: F64
    beyond: npt.NDArray[np.bool_]
    stuck: npt.NDArray[np.bool_]

    def behind(self, earlier: list[Episode]) -> _Parts:
        """These behind others."""
        if not earlier:
            return self
        worst = [each.worst or Integral(0.0, inf, inf) for each in earlier]
        return _Parts(
            np.r_[np.array([each.since for each in earlier], np.int64), self.since],
            np.r_[np.array([each.until for each in earlier], np.int64), self.until],
            np.r_[[each.counts for each in earlier], self.counts],
            np.r_[[each.low for each in worst], self.low],
            np.r_[[each.best for each in worst], self.best],
            np.r_[[each.high for each in worst], self.high],
            np.r_[[each.beyond for each in earlier], self.beyond],
            np.r_[[each.stuck for each in earlier], self.stuck],
        )

    def worst_of(self, start: int, end: int, *, least: bool) -> Episode:
        """What some of them come to together."""
        mine = self.counts[start:end]
        alike = start + np.flatnonzero(mine == (mine.min() if least else mine.max()))
        bounded = alike[self.high[alike] != inf]
        row = int((bounded if bounded.size else alike)[0])
        low, best, high = (float(column[row]) for column in (self.low, self.best, self.high))
        return Episode(
            since=int(self.since[start]),
            until=int(self.until[end - 1]),
            beyond=bool(self.beyond[start]),
            counts=float(self.counts[row]),
            worst=Integral(low, best, high) if high != inf else None,
            stuck=bool(self.stuck[start]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """What `Episodes.take` was given."""

    parts: _Parts
    turns: I64
    least: bool
    apart: int
