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
        bad_time: time of the first unusable reading since `last`, NEVER if none.
        bad_reason: its reason.
        bad_last: time of the last unusable reading.
        still_since: where a track can be stuck, time of the first reading of the present number; ALWAYS where it cannot.
        still_raw: the present number on the wire, NaN if there is none.
        still_value: the present value.
        still_low, still_high: like `low` and `high`, of readings since `still_since`; those are of readings before.
        still_beyond: like `beyond`, before `still_since`.
        moved: time of the last usable reading before `still_since`.
    """

    last: I64
    standing: U8
    beyond: I64
    low: F64
    high: F64
    bad_time: I64
    bad_reason: U8
    bad_last: I64
    still_since: I64
    still_raw: F64
    still_value: F64
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
            bad_time=np.full(size, NEVER, np.int64),
            bad_reason=np.zeros(size, np.uint8),
            bad_last=np.full(size, ALWAYS, np.int64),
            still_since=np.full(size, ALWAYS, np.int64),
            still_raw=np.full(size, np.nan),
            still_value=np.full(size, np.nan),
            still_low=np.full(size, np.nan),
            still_high=np.full(size, np.nan),
            still_beyond=np.zeros(size, np.int64),
            moved=np.full(size, ALWAYS, np.int64),
        )

    def copy_rows(self, source: TrackColumns, rows: Index) -> None:
        """Take these rows over from another."""
        for name in self.__slots__:
            getattr(self, name)[rows] = getattr(source, name)[rows]


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


def sort_by_track(program: Program, series_tracks: list[tuple[int, ...]], rows: SeriesRows) -> Heard:
    """Spread readings over the tracks that their series feed, by track and time.

    Args:
        program: the plan made ready.
        series_tracks: for each series of the rows, its tracks.
        rows: readings of those series.
    """
    which, time, value, quality, reason = rows.which, rows.time, rows.value, rows.quality, rows.reason
    raw = rows.raw if program.watches_still else value
    widest = max((len(tracks) for tracks in series_tracks), default=0)
    first = np.array([tracks[0] if tracks else -1 for tracks in series_tracks], np.intp)
    track = first[which]
    if widest > 1:
        tracks, keep = [track], [np.arange(len(track))]
        for place in range(1, widest):
            more = np.array([ts[place] if len(ts) > place else -1 for ts in series_tracks], np.intp)[which]
            rows_more = np.flatnonzero(more >= 0)
            tracks.append(more[rows_more])
            keep.append(rows_more)
        track = np.concatenate(tracks)
        order = np.concatenate(keep)
        raw = raw[order] if program.watches_still else raw
        time, value, quality, reason = time[order], value[order], quality[order], reason[order]
    if track.size and track.min() < 0:
        fed = np.flatnonzero(track >= 0)
        raw = raw[fed] if program.watches_still else raw
        track, time, value = track[fed], time[fed], value[fed]
        quality, reason = quality[fed], reason[fed]
    usable = quality <= program.usable[track]
    usable &= (value >= program.range_low[track]) & (value <= program.range_high[track]) & np.isfinite(value)
    bad = np.flatnonzero(~usable)
    bad_order = bad[np.lexsort((time[bad], track[bad]))]
    bad_track, bad_time, bad_reason = track[bad_order], time[bad_order], reason[bad_order]
    if bad.size:
        good = np.flatnonzero(usable)
        raw = raw[good] if program.watches_still else raw
        track, time, value = track[good], time[good], value[good]
    order = _by_track(track, time, len(program.tracks))
    track, time, value = track[order], time[order], value[order]
    raw = raw[order] if program.watches_still else value
    return Heard(track, time, value, raw, value, value, bad_track, bad_time, bad_reason)


def _by_track(track: Index, time: I64, tracks: int) -> Index:
    if track.size < 2:
        return np.arange(track.size)
    if (np.diff(time) >= 0).all():
        small = track.astype(np.uint16) if tracks < 65536 else track
        return np.argsort(small, kind="stable")
    return np.lexsort((time, track))


def standings(program: Program, heard: Heard, excused: list[ExcusedSpan]) -> U8:
    """How each usable reading stands to its limit (`Standing`), exceptions granted included."""
    beyond = program.bounds.beyond(heard.track, heard.value)
    found = np.where(beyond, np.uint8(Standing.BEYOND), np.uint8(Standing.WITHIN))
    row = program.clearing[heard.track]
    cleared = row >= 0
    if cleared.any():
        rows = np.flatnonzero(cleared & ~beyond)
        not_clear = program.bounds.beyond(row[rows], heard.value[rows])
        found[rows[not_clear]] = Standing.NEARLY
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
    same = (np.diff(heard.time) == 0) & (np.diff(heard.track) == 0)
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
    edge[1:] |= standing[1:] != standing[:-1]
    edge[1:] |= np.diff(heard.time) > program.silent[heard.track[1:]]
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
    within = (standing == Standing.WITHIN) & plain[limit]
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
