"""Spreading readings over the tracks that their series feed: by track, and by time in each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from readings.block import I64
from rules.evidence import Heard, Index, Mask, SeriesRows, begins_of, far_between
from rules.program import Program


def by_track(program: Program, series_tracks: list[tuple[int, ...]], rows: SeriesRows) -> Heard:
    """Spread readings over the tracks that their series feed, by track and time.

    Args:
        program: the plan made ready.
        series_tracks: for each series of the rows, its tracks.
        rows: readings of those series.
    """
    heard = _as_they_lie(program, series_tracks, rows)
    return heard if heard is not None else _sorted(program, series_tracks, rows)


def _as_they_lie(program: Program, series_tracks: list[tuple[int, ...]], rows: SeriesRows) -> Heard | None:
    """Of readings that lie series by series, in order of time in each, as in the archive: nothing needs to be sorted.

    None where they lie otherwise, or where few readings of one series stand together.
    """
    begins = begins_of(rows.which)
    series = rows.which[begins].tolist()
    if not far_between(begins, rows.which.size) or len(set(series)) < len(series):
        return None
    back = rows.time[1:] < rows.time[:-1]
    back[begins[1:] - 1] = False
    if back.any():
        return None
    ends = np.r_[begins[1:], rows.which.size]
    pairs = sorted((track, place) for place, code in enumerate(series) for track in series_tracks[code])
    track = np.array([pair[0] for pair in pairs], np.intp)
    place = np.array([pair[1] for pair in pairs], np.intp)
    low, high = np.minimum.reduceat(rows.value, begins)[place], np.maximum.reduceat(rows.value, begins)[place]
    worst = np.maximum.reduceat(rows.quality, begins)[place]
    usable = _usable(program, track, worst, low) & _usable(program, track, worst, high)
    return _gathered(program, rows, track, begins[place], ends[place], usable)


def _gathered(  # noqa: PLR0913 - columns of one thing
    program: Program, rows: SeriesRows, track: Index, begins: Index, ends: Index, usable: Mask
) -> Heard:
    """Stretches of tracks, in the order of tracks; those that are not usable as a whole are looked into."""
    good: list[slice | Index] = []
    bad: list[Index] = [np.empty(0, np.intp)]
    for number, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        whole = slice(begin, end)
        if usable[number]:
            good.append(whole)
            continue
        fine = _usable(program, track[number], rows.quality[whole], rows.value[whole])
        good.append(begin + np.flatnonzero(fine))
        bad.append(begin + np.flatnonzero(~fine))
    sizes = [part.stop - part.start if isinstance(part, slice) else part.size for part in good]
    time, value = _column(rows.time, good), _column(rows.value, good)
    lost = np.concatenate(bad)
    return Heard(
        track=np.repeat(track, sizes),
        time=time,
        value=value,
        raw=_column(rows.raw, good) if program.watches_still else value,
        low=value,
        high=value,
        bad_track=np.repeat(track[~usable], [part.size for part in bad[1:]]),
        bad_time=rows.time[lost],
        bad_reason=rows.reason[lost],
    )


def _column(column: npt.NDArray[Any], parts: list[slice | Index]) -> npt.NDArray[Any]:
    """These parts of a column, one after the other; the column itself where that is what they are."""
    behind = 0
    for part in parts:
        if not isinstance(part, slice) or part.start != behind:
            return np.concatenate([column[each] for each in parts])
        behind = part.stop
    return column[:behind]


def _usable(program: Program, track: Index, quality: npt.NDArray[Any], value: npt.NDArray[Any]) -> Mask:
    usable: Mask = quality <= program.usable[track]
    usable &= (value >= program.range_low[track]) & (value <= program.range_high[track]) & np.isfinite(value)
    return usable


def _sorted(program: Program, series_tracks: list[tuple[int, ...]], rows: SeriesRows) -> Heard:
    """Of readings as they come."""
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
    usable = _usable(program, track, quality, value)
    bad = np.flatnonzero(~usable)
    bad_order = bad[np.lexsort((time[bad], track[bad]))]
    bad_track, bad_time, bad_reason = track[bad_order], time[bad_order], reason[bad_order]
    if bad.size:
        good = np.flatnonzero(usable)
        raw = raw[good] if program.watches_still else raw
        track, time, value = track[good], time[good], value[good]
    order = _order(track, time, len(program.tracks))
    track, time, value = track[order], time[order], value[order]
    raw = raw[order] if program.watches_still else value
    return Heard(track, time, value, raw, value, value, bad_track, bad_time, bad_reason)


def _order(track: Index, time: I64, tracks: int) -> Index:
    if track.size < 2:
        return np.arange(track.size)
    if (np.diff(time) >= 0).all():
        small = track.astype(np.uint16) if tracks < 65536 else track
        return np.argsort(small, kind="stable")
    return np.lexsort((time, track))
