"""From readings to runs: how each reading stands to its limit, and where that changes.

Everything here works on columns: all tracks of a line at once, for a hundred readings or for millions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from readings.block import F64, I64, U8
from readings.times import ALWAYS, NEVER
from rules.bounds import Standing
from rules.program import Program

Index = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Cuts = list[tuple[int, I64]]  # times at which runs of a track must end, whatever they say
UNSEEN = 255
_LONG = 64  # readings that stand together and are worth a look as a whole


@dataclass(slots=True, eq=False)
class SeriesRows:
    """Readings in columns, `which` counting in a list of series kept beside."""

    which: Index
    time: I64
    value: F64
    raw: F64
    quality: U8
    reason: U8

    def pick(self, mask: Mask | Index) -> SeriesRows:
        """Only these rows."""
        return SeriesRows(
            self.which[mask],
            self.time[mask],
            self.value[mask],
            self.raw[mask],
            self.quality[mask],
            self.reason[mask],
        )

    def own(self) -> SeriesRows:
        """The same in columns of their own: a view holds all of the block that it was read from."""
        return self if self.time.flags.owndata else self.pick(np.arange(self.time.size))


@dataclass(slots=True, eq=False)
class Heard:
    """Readings by track: sorted by track, then by time. Unusable ones are kept apart.

    Attributes:
        track: intp [n].
        time: int64 [n], ns.
        value: float64 [n], finite.
        raw: float64 [n], NaN where there is none; the same array as `value` where no track asks for it.
        low: float64 [n], the least value of that time; the same array as `value` where no time has two.
        high: float64 [n], the greatest value of that time.
        bad_track: intp [m].
        bad_time: int64 [m].
        bad_reason: uint8 [m].
    """

    track: Index
    time: I64
    value: F64
    raw: F64
    low: F64
    high: F64
    bad_track: Index
    bad_time: I64
    bad_reason: U8

    def pick(self, good: Mask | Index, bad: Mask | Index) -> Heard:
        """Only these usable and these unusable readings."""
        return Heard(
            self.track[good],
            self.time[good],
            self.value[good],
            self.raw[good],
            self.low[good],
            self.high[good],
            self.bad_track[bad],
            self.bad_time[bad],
            self.bad_reason[bad],
        )


@dataclass(slots=True, eq=False)
class TrackColumns:
    """Where every track is; one row per track.

    Attributes:
        last: time of the last usable reading, ALWAYS if there was none.
        standing: how it stood, UNSEEN if there was none.
        beyond: how many in a row were beyond the limit.
        low: least value since the last one was handed over, NaN if none.
        high: greatest value likewise.
        last_low, last_high: least and greatest value of the time `last`.
        bad_time: time of the first unusable reading since `last`, NEVER if none.
        bad_reason: its reason.
        bad_last: time of the last unusable reading.
        spoke: time of the last unusable reading that had a value all the same.
        still_since: where a track can be stuck, time of the first reading of the present number; ALWAYS where it cannot.
        still_raw: the present number on the wire, NaN if there is none.
        still_value: the present value.
        still_seen: for how long the present number was seen, ns.
        still_low, still_high: like `low` and `high`, of readings since `still_since`; those are of readings before.
        still_beyond: like `beyond`, before `still_since`.
        moved: time of the last usable reading before `still_since`.

    Of a track that is not judged, for what is judged follows from it, `low` and `high` are of the usable reading before
    `last`, and `moved` is its time.
    """

    last: I64
    standing: U8
    beyond: I64
    low: F64
    high: F64
    last_low: F64
    last_high: F64
    bad_time: I64
    bad_reason: U8
    bad_last: I64
    spoke: I64
    still_since: I64
    still_raw: F64
    still_value: F64
    still_seen: I64
    still_low: F64
    still_high: F64
    still_beyond: I64
    moved: I64

    @classmethod
    def fresh(cls, size: int) -> TrackColumns:
        """Columns of tracks that never heard anything."""
        return cls(
            last=np.full(size, ALWAYS, np.int64),
            standing=np.full(size, UNSEEN, np.uint8),
            beyond=np.zeros(size, np.int64),
            low=np.full(size, np.nan),
            high=np.full(size, np.nan),
            last_low=np.full(size, np.nan),
            last_high=np.full(size, np.nan),
            bad_time=np.full(size, NEVER, np.int64),
            bad_reason=np.zeros(size, np.uint8),
            bad_last=np.full(size, ALWAYS, np.int64),
            spoke=np.full(size, ALWAYS, np.int64),
            still_since=np.full(size, ALWAYS, np.int64),
            still_raw=np.full(size, np.nan),
            still_value=np.full(size, np.nan),
            still_seen=np.zeros(size, np.int64),
            still_low=np.full(size, np.nan),
            still_high=np.full(size, np.nan),
            still_beyond=np.zeros(size, np.int64),
            moved=np.full(size, ALWAYS, np.int64),
        )

    def take_last(self, heard: Heard) -> None:
        """Remember the values of the last reading of each track."""
        if heard.track.size:
            rows = np.flatnonzero(np.r_[heard.track[1:] != heard.track[:-1], True])
            self.last_low[heard.track[rows]] = heard.low[rows]
            self.last_high[heard.track[rows]] = heard.high[rows]

    def take_input(self, track: int, time: I64, value: F64) -> None:
        """Remember the last two readings of a track from which what is judged follows.

        Args:
            track: which.
            time: int64 [n], in order, later than `last`; at least one.
            value: float64 [n].
        """
        last = _first_of_last(time, time.size)
        if last:
            before = _first_of_last(time, last)
            self.moved[track] = time[before]
            self.low[track], self.high[track] = value[before:last].min(), value[before:last].max()
        else:
            self.moved[track] = self.last[track]
            self.low[track], self.high[track] = self.last_low[track], self.last_high[track]
        self.last[track] = time[last]
        self.last_low[track], self.last_high[track] = value[last:].min(), value[last:].max()

    def copy_rows(self, source: TrackColumns, rows: Index, theirs: Index | None = None) -> None:
        """Take these rows over from another, where they are `theirs` (the same ones unless told)."""
        for name in self.__slots__:
            getattr(self, name)[rows] = getattr(source, name)[rows if theirs is None else theirs]


@dataclass(slots=True, eq=False)
class Runs:
    """Readings of one track that stand alike, without a silence in between; columns by run.

    Attributes:
        track: intp [r].
        start: int64 [r], time of the first reading.
        end: int64 [r], time of the last reading.
        standing: uint8 [r].
        size: int64 [r], how many readings.
        low: float64 [r].
        high: float64 [r].
        first: intp [r], row of the first reading in what was heard.
    """

    track: Index
    start: I64
    end: I64
    standing: U8
    size: I64
    low: F64
    high: F64
    first: Index


def _first_of_last(time: I64, end: int) -> int:
    """The first row of the last time before a row."""
    row = end - 1
    while row and time[row - 1] == time[row]:
        row -= 1
    return row


def begins_of(column: Index) -> Index:
    """Rows at which a column begins to say something else."""
    if not column.size:
        return np.empty(0, np.intp)
    edge = np.empty(column.size, np.bool_)
    edge[0] = True
    np.not_equal(column[1:], column[:-1], out=edge[1:])
    return np.flatnonzero(edge)


def far_between(begins: Index, rows: int) -> bool:
    """Whether stretches are long enough that it pays to look at the extremes of each before its readings."""
    return 0 < begins.size <= rows // _LONG


def standings(program: Program, heard: Heard, excused: list[ExcusedSpan]) -> U8:
    """How each usable reading stands to its limit (`Standing`), exceptions granted included."""
    begins = begins_of(heard.track)
    if far_between(begins, heard.track.size):
        found = _stand_in_stretches(program, heard, begins)
    else:
        found = _stand(program, heard.track, heard.value)
    for span in excused:
        low = int(np.searchsorted(heard.track, span.track, "left"))
        high = int(np.searchsorted(heard.track, span.track, "right"))
        times = heard.time[low:high]
        start = low + int(np.searchsorted(times, span.start, "left"))
        end = low + int(np.searchsorted(times, span.end, "left"))
        rows = start + np.flatnonzero(found[start:end] == Standing.BEYOND)
        if rows.size:
            holds = ~program.bounds.beyond(np.full(rows.size, span.bound, np.intp), heard.value[rows])
            found[rows[holds]] = Standing.EXCEPTED
    return found


def _stand(program: Program, track: Index, value: F64) -> U8:
    beyond = program.bounds.beyond(track, value)
    found = np.where(beyond, np.uint8(Standing.BEYOND), np.uint8(Standing.WITHIN))
    row = program.clearing[track]
    cleared = row >= 0
    if cleared.any():
        rows = np.flatnonzero(cleared & ~beyond)
        not_clear = program.bounds.beyond(row[rows], value[rows])
        found[rows[not_clear]] = Standing.NEARLY
    return found


def _stand_in_stretches(program: Program, heard: Heard, begins: Index) -> U8:
    """The same: where the least and the greatest value of a stretch are within, so is what lies between them."""
    found = np.full(heard.track.size, Standing.WITHIN, np.uint8)
    track, value = heard.track[begins], heard.value
    mixed = _stand(program, track, np.minimum.reduceat(value, begins)) != Standing.WITHIN
    mixed |= _stand(program, track, np.maximum.reduceat(value, begins)) != Standing.WITHIN
    ends = np.r_[begins[1:], value.size]
    for number in np.flatnonzero(mixed).tolist():
        stretch = slice(int(begins[number]), int(ends[number]))
        found[stretch] = _stand(program, heard.track[stretch], value[stretch])
    return found


@dataclass(frozen=True, slots=True)
class ExcusedSpan:
    """In this span a track's readings are held against a looser bound."""

    track: int
    start: int
    end: int
    bound: int


def one_per_time(heard: Heard, standing: U8) -> tuple[Heard, U8]:
    """Where a track has several readings of one time, the worst standing counts.

    Their raw number is infinite where they differ: whoever gives two numbers at once does not stand still.
    """
    same = heard.time[1:] == heard.time[:-1]
    if same.any():
        same &= heard.track[1:] == heard.track[:-1]
    if not same.any():
        return heard, standing
    order = np.lexsort((heard.value, standing, heard.time, heard.track))
    track, time, value = heard.track[order], heard.time[order], heard.value[order]
    last = np.r_[(np.diff(time) != 0) | (np.diff(track) != 0), True]
    first = np.flatnonzero(np.r_[True, last[:-1]])
    kept = order[last]
    one = heard.pick(kept, np.arange(heard.bad_time.size))
    one.low, one.high = np.minimum.reduceat(value, first), np.maximum.reduceat(value, first)
    raw = heard.raw[order]
    least, most = np.fmin.reduceat(raw, first), np.fmax.reduceat(raw, first)
    one.raw = np.where((one.low != one.high) | (least < most), np.inf, most)
    return one, standing[kept]


def runs_of(program: Program, heard: Heard, standing: U8, cuts: Cuts) -> Runs:
    """Consecutive readings of a track that stand alike, cut at silences and at the given times.

    Args:
        program: the plan made ready.
        heard: usable readings, one per track and time.
        standing: uint8 [n].
        cuts: (track, times) at which a run must end, whatever it says.
    """
    size = len(heard.time)
    if size == 0:
        none = np.empty(0, np.int64)
        return Runs(
            none.astype(np.intp),
            none,
            none,
            none.astype(np.uint8),
            none,
            none.astype(float),
            none.astype(float),
            none.astype(np.intp),
        )
    edge = np.empty(size, np.bool_)
    edge[0] = True
    np.not_equal(heard.track[1:], heard.track[:-1], out=edge[1:])
    begins = np.flatnonzero(edge)
    edge[1:] |= standing[1:] != standing[:-1]
    _mark_silences(program, heard, begins, edge)
    for track, times in cuts:
        low = int(np.searchsorted(heard.track, track, "left"))
        high = int(np.searchsorted(heard.track, track, "right"))
        rows = low + np.searchsorted(heard.time[low:high], times, "left")
        edge[rows[rows < high]] = True
    first = np.flatnonzero(edge)
    last = np.r_[first[1:], size] - 1
    return Runs(
        track=heard.track[first],
        start=heard.time[first],
        end=heard.time[last],
        standing=standing[first],
        size=last - first + 1,
        low=np.minimum.reduceat(heard.low, first),
        high=np.maximum.reduceat(heard.high, first),
        first=first,
    )


def _mark_silences(program: Program, heard: Heard, begins: Index, edge: Mask) -> None:
    """Mark where a reading comes later than its track may be silent; `begins` of tracks are marked already."""
    apart = np.diff(heard.time)
    if not far_between(begins, heard.time.size):
        edge[1:] |= apart > program.silent[heard.track[1:]]
        return
    apart[begins[1:] - 1] = 0
    longest = np.maximum.reduceat(apart, np.minimum(begins, apart.size - 1))
    silent, ends = program.silent[heard.track[begins]], np.r_[begins[1:], heard.time.size]
    for number in np.flatnonzero(longest > silent).tolist():
        first, last = int(begins[number]), int(ends[number])
        edge[first + 1 : last] |= apart[first : last - 1] > silent[number]


def without_tolerated(program: Program, runs: Runs, plain: Mask) -> Runs:
    """Runs beyond the limit that are over, too short to count, and between runs within, become part of those.

    This says in columns what the course would say one by one; flapping around a limit costs no more than quiet.

    Args:
        program: the plan made ready.
        runs: of all tracks.
        plain: bool, per limit unit: one point, no signals, no clearing of its own.
    """
    if runs.track.size < 3:
        return runs
    limit = program.limit_of[runs.track]
    track, standing = runs.track, runs.standing
    near = (track[1:] == track[:-1]) & (runs.start[1:] - runs.end[:-1] <= program.silent[track[1:]])
    within = (standing == Standing.WITHIN) & plain[limit] & ~program.by_hand[track]
    short = runs.start[2:] - runs.start[1:-1] <= program.hold[limit[1:-1]]
    short |= runs.size[1:-1] < program.confirm[track[1:-1]]
    gone = np.zeros(track.size, np.bool_)
    gone[1:-1] = (standing[1:-1] == Standing.BEYOND) & within[:-2] & within[2:] & near[:-1] & near[1:] & short
    if not gone.any():
        return runs
    begins = ~gone
    begins[1:] &= ~gone[:-1]
    first = np.flatnonzero(begins)
    last = np.r_[first[1:], track.size] - 1
    return Runs(
        track=track[first],
        start=runs.start[first],
        end=runs.end[last],
        standing=standing[first],
        size=np.add.reduceat(runs.size, first),
        low=np.minimum.reduceat(runs.low, first),
        high=np.maximum.reduceat(runs.high, first),
        first=runs.first[first],
    )
