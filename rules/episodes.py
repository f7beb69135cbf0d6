"""What is known of values told one after another, as [low, best, high]: the worst of each stretch that stands alike.

A stretch ends where the value crosses the bound, where readings are further apart than the silence, where the limit
begins or ends to be judged, and where the instrument begins or ends to be stuck. So each span of a verdict finds its worst
value among the stretches that begin in it.

Some of that is known later than the values: that a number stands still for too long when it has, that a signal fell silent
at a time when that has passed. So what may still turn out to be a stretch of its own is kept as one until it is known: what
was told since the number last moved, and the last value.
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from dataclasses import dataclass
from math import inf, nan

import msgspec
import numpy as np
import numpy.typing as npt

from readings.block import F64, I64
from readings.times import ALWAYS
from rules.derivation import CameTo, Integral, Spans

_PAST = 64  # stretches that are remembered, beside those of the last readings


class Episode(msgspec.Struct, array_like=True):
    """A stretch of values that stand alike, and the worst of them; None where nothing bounds that from above.

    `until` is the time of its last value; 0 where nothing goes on with it. `own` is false where it may turn out to be of the
    stretch before it.
    """

    since: int
    until: int
    beyond: bool
    counts: float
    worst: Integral | None
    own: bool = True

    def replaced_by(self, counts: float, *, least: bool) -> bool:
        """Whether another value is worse, or as bad where nothing bounds the worst."""
        worse = counts < self.counts if least else counts > self.counts
        return worse or (counts == self.counts and self.worst is None)


class Episodes(msgspec.Struct, array_like=True):
    """The last of them, in order of time.

    Attributes:
        past: themselves.
        forgot: those that began up to here are remembered no more, ns.
        number: of the instrument, as last told; NaN where it cannot be stuck, infinite where it moved in that very time.
        stands: since when it is that number, ns.
        heard: times and numbers heard since the last value, int64 and float64 as bytes.
        least, most: of numbers heard before those.
        still: so long without a move, and it is stuck, ns; 0 for never.
    """

    past: list[Episode] = []
    forgot: int = ALWAYS
    number: float = nan
    stands: int = ALWAYS
    heard: tuple[bytes, bytes] = (b"", b"")
    least: float = nan
    most: float = nan
    still: int = 0

    def twin(self) -> Episodes:
        """An independent copy."""
        same = copy.copy(self)
        same.past = [copy.copy(each) for each in self.past]
        return same

    def parted(self) -> Episodes:
        """A copy in which what is told next begins a stretch of its own."""
        same = self.twin()
        if same.past:
            same.past[-1].until = 0
        return same

    def stand(self, time: I64, number: F64, still: int) -> None:
        """Hear what the instrument itself says, before the values that follow from it.

        Args:
            time: int64 [n], ns, later than all before, in order; several of one time where it says several numbers.
            number: float64 [n], on the wire.
            still: so long without a move, and it is stuck, ns.
        """
        times, numbers = self.heard
        self.heard, self.still = (times + time.tobytes(), numbers + number.tobytes()), still

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
        stuck = self._moves(time, counts)
        if not time.size:
            return
        parts = _Parts(time, time, counts, *bounds, beyond).behind(self._unsure())
        last = self.past[-1] if self.past else Episode(ALWAYS, ALWAYS, beyond=False, counts=nan, worst=None)
        edges = np.sort(np.r_[spans.turns(), stuck])
        before = np.r_[last.until, parts.until[:-1]]
        own = np.searchsorted(edges, parts.since, "right") != np.searchsorted(edges, before, "right")
        own |= parts.since - before > apart
        own |= parts.beyond != np.r_[last.beyond, parts.beyond[:-1]]
        own[0] |= not self.past
        new = own.copy()
        new[-1] = True
        if self.still and self.stands not in stuck:  # the present number may yet turn out to be stuck
            new[np.searchsorted(parts.since, self.stands, "left") :][:1] = True
        first = np.flatnonzero(new)
        starts = first if new[0] else np.r_[0, first]
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), new.size], strict=True):
            found = parts.worst_of(start, end, least=least)
            if new[start]:
                found.own = bool(own[start])
                self.past.append(found)
                continue
            if last.replaced_by(found.counts, least=least):
                last.counts, last.worst = found.counts, found.worst
            last.until = found.until

    def _unsure(self) -> list[Episode]:
        """Take out the last ones, which may be of one before."""
        count = len(self.past)
        while count and not self.past[count - 1].own:
            count -= 1
        unsure = self.past[count:]
        del self.past[count:]
        return unsure

    def _moves(self, time: I64, counts: F64) -> I64:
        """Times of values at which the instrument began to be stuck, or moved again; int64, in order.

        As in `rules.stuck`: of a value of whose time there is no number, the value says whether it moved.
        """
        heard, number = np.frombuffer(self.heard[0], np.int64), np.frombuffer(self.heard[1], np.float64)
        least, most, (self.least, self.most) = numbers_of(time, heard, number, (self.least, self.most))
        self.heard = (b"", b"")
        if not self.still or not time.size:
            return np.empty(0, np.int64)
        until, value = (self.past[-1].until, self.past[-1].counts) if self.past else (self.stands, nan)
        told, values = np.r_[self.number, np.where(least < most, inf, least)], np.r_[value, counts]
        same = (told[1:] == told[:-1]) & np.isfinite(told[1:])
        unsaid = np.isnan(told[1:]) | np.isnan(told[:-1])
        same |= unsaid & ~np.isinf(told[1:]) & ~np.isinf(told[:-1]) & (values[1:] == values[:-1])
        begins = np.r_[self.stands, time[~same]]
        last = np.r_[np.r_[until, time][:-1][~same], time[-1]]
        stuck = np.flatnonzero(last - begins >= self.still)
        self.number, self.stands = float(told[-1]), int(begins[-1])
        return np.unique(np.r_[begins[stuck], begins[np.minimum(stuck + 1, begins.size - 1)]])

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
        worst = (min if least else max)(mine, key=lambda each: each.counts)
        return CameTo(worst.worst, worst.counts)


def numbers_of(
    time: I64, heard: I64, number: F64, before: tuple[float, float]
) -> tuple[F64, F64, tuple[float, float]]:
    """Of each time that a value is told of, the least and the greatest number since the time before.

    Args:
        time: int64 [n], ns, of values.
        heard: int64 [m], ns, of numbers, in order.
        number: float64 [m].
        before: the least and the greatest heard earlier, behind the last value; NaN where there was none.

    Returns:
        float64 [n] each; and those behind the last of these times.
    """
    least, most = np.full(time.size + 1, nan), np.full(time.size + 1, nan)
    least[0], most[0] = before
    place = np.searchsorted(time, heard, "left")
    np.fmin.at(least, place, number)
    np.fmax.at(most, place, number)
    return least[:-1], most[:-1], (float(least[-1]), float(most[-1]))


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
        )
