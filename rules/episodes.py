"""What is known of values told one after another, as [low, best, high]: the worst of each stretch that stands alike.

A stretch ends where the value crosses the bound, where readings are further apart than the silence, and where the limit
begins or ends to be judged. So each span of a verdict finds its worst value among the stretches that begin in it.
"""

from __future__ import annotations

from bisect import bisect_left
from math import inf

import msgspec
import numpy as np
import numpy.typing as npt

from readings.block import F64, I64
from readings.times import ALWAYS
from rules.derivation import CameTo, Integral, Spans

_PAST = 64  # stretches that are remembered, beside those of the last readings


class Episode(msgspec.Struct, array_like=True):
    """A stretch of values that stand alike, and the worst of them; None where nothing bounds that from above.

    `until` is the time of its last value; 0 where nothing goes on with it.
    """

    since: int
    until: int
    beyond: bool
    counts: float
    worst: Integral | None

    def replaced_by(self, counts: float, *, least: bool) -> bool:
        """Whether another value is worse, or as bad where nothing bounds the worst."""
        worse = counts < self.counts if least else counts > self.counts
        return worse or (counts == self.counts and self.worst is None)


class Episodes(msgspec.Struct, array_like=True):
    """The last of them, in order of time.

    Attributes:
        past: themselves.
        forgot: those that began up to here are remembered no more, ns.
    """

    past: list[Episode] = []
    forgot: int = ALWAYS

    def twin(self) -> Episodes:
        """An independent copy."""
        return Episodes(
            [Episode(each.since, each.until, each.beyond, each.counts, each.worst) for each in self.past],
            self.forgot,
        )

    def parted(self) -> Episodes:
        """A copy in which what is told next begins a stretch of its own."""
        same = self.twin()
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
            spans: when the limit is judged.
            least: the least is the worst; else the greatest.
            apart: values further apart have a silence between them, ns.
        """
        if len(self.past) > _PAST:
            self.forgot = self.past[-_PAST - 1].since
            del self.past[:-_PAST]
        if not time.size:
            return
        edges = np.sort(np.concatenate(spans.judged()))
        before = self.past[-1].until if self.past else ALWAYS
        place = np.searchsorted(edges, np.r_[before, time], "right")
        new = np.diff(place) != 0
        new |= np.diff(time, prepend=before) > apart
        new |= beyond != np.r_[self.past[-1].beyond if self.past else False, beyond[:-1]]
        new[0] |= not self.past
        first = np.flatnonzero(new)
        starts = first if new[0] else np.r_[0, first]
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), time.size], strict=True):
            part = counts[start:end]
            alike = start + np.flatnonzero(part == (part.min() if least else part.max()))
            bounded = alike[bounds[2][alike] != inf]
            row = int((bounded if bounded.size else alike)[0])
            count = float(counts[row])
            low, best, high = (float(column[row]) for column in bounds)
            worst = Integral(low, best, high) if high != inf else None
            if new[start]:
                self.past.append(Episode(int(time[start]), 0, bool(beyond[start]), count, worst))
            elif self.past[-1].replaced_by(count, least=least):
                self.past[-1].counts, self.past[-1].worst = count, worst
            self.past[-1].until = int(time[end - 1])

    def came_to(self, begin: int, end: int, *, least: bool) -> CameTo | None:
        """The worst of the stretches that begin in a span."""
        first, behind = (bisect_left(self.past, time, key=lambda each: each.since) for time in (begin, end))
        mine = self.past[first:behind]
        if not mine:
            return None
        worst = (min if least else max)(mine, key=lambda each: each.counts)
        return CameTo(worst.worst, worst.counts)
