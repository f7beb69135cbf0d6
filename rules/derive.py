"""Putting what follows from readings in the place of the readings that it follows from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from readings.block import F64, I64
from readings.times import ALWAYS
from rules.derivation import Memory, Spans, Taken, whole_steps
from rules.evidence import Heard, Index, TrackColumns
from rules.limit_unit import DerivedTrack
from rules.program import Program
from rules.signals import SignalState, gates_of


def derive(
    program: Program,
    signals: list[SignalState],
    tracks: TrackColumns,
    memories: Mapping[int, Memory],
    heard: Heard,
) -> Heard:
    """Take what inputs say out of what is heard, and put in what follows from it.

    Args:
        program: the plan made ready.
        signals: for the line's states.
        tracks: the inputs' last times are changed.
        memories: by derived track; are changed.
        heard: usable readings by track and time.
    """
    feeds = program.feeds[heard.track]
    bad_feeds = program.feeds[heard.bad_track]
    if not feeds.any() and not bad_feeds.any():
        return heard
    mine, rest = np.flatnonzero(feeds), np.flatnonzero(~feeds)
    found = [_Found.none()]
    for number in np.unique(program.limit_of[heard.track[mine]]).tolist():
        limit = program.limits[number]
        latest = max(int(tracks.last[track]) for track in limit.sources)
        latest = max(latest, int(heard.time[mine].max(initial=ALWAYS)))
        spans = Spans(gates_of(program, signals, limit, latest, proven=False))
        found += [
            _of_one(program, tracks, memories[each.track], heard, each, spans) for each in limit.derived
        ]
    track = np.concatenate([heard.track[rest], *(each.track for each in found)])
    time = np.concatenate([heard.time[rest], *(each.time for each in found)])
    value = np.concatenate([heard.value[rest], *(each.value for each in found)])
    order: Index = np.lexsort((time, track))
    raw = value
    if program.watches_still:
        raw = np.concatenate([heard.raw[rest], *(each.raw for each in found)])[order]
        value = value[order]
    else:
        raw = value = value[order]
    bad_track, bad_time, bad_reason = heard.bad_track, heard.bad_time, heard.bad_reason
    if bad_feeds.any():
        bad_track = np.where(bad_feeds, program.gives[bad_track], bad_track)
        known = np.flatnonzero(bad_track >= 0)
        by_track = known[np.lexsort((bad_time[known], bad_track[known]))]
        bad_track, bad_time, bad_reason = bad_track[by_track], bad_time[by_track], bad_reason[by_track]
    return Heard(
        track[order].astype(np.intp), time[order], value, raw, value, value, bad_track, bad_time, bad_reason
    )


class _Found:
    """What follows for one derived track."""

    __slots__ = ("raw", "time", "track", "value")

    def __init__(self, track: int, time: np.ndarray, value: F64, raw: F64) -> None:
        self.track = np.full(time.size, track, np.intp)
        self.time, self.value, self.raw = time, value, raw

    @classmethod
    def none(cls) -> _Found:
        return cls(0, np.empty(0, np.int64), np.empty(0), np.empty(0))


def _of_one(  # noqa: PLR0913 - one derived track of one limit unit
    program: Program,
    tracks: TrackColumns,
    memory: Memory,
    heard: Heard,
    each: DerivedTrack,
    spans: Spans,
) -> _Found:
    taken = []
    spoke = False
    raw_time, raw = np.empty(0, np.int64), np.empty(0)
    for track in each.inputs:
        low, high = (int(row) for row in np.searchsorted(heard.track, [track, track + 1], "left"))
        taken.append(_taken(program, track, heard, low, high))
        if high > low:
            spoke = True
            tracks.last[track] = max(int(tracks.last[track]), int(heard.time[high - 1]))
            if program.still[each.track]:
                said, value = heard.raw[low:high], heard.value[low:high]
                raw_time, raw = heard.time[low:high], np.where(np.isnan(said), value, said)
    if not spoke:
        return _Found.none()
    until = min(int(tracks.last[track]) for track in each.inputs)
    times, steps = each.derivation.take(memory, taken, spans, until)
    step = program.steps[each.track]
    values = steps * float(step.numerator) / float(step.denominator)
    if not program.still[each.track]:
        return _Found(each.track, times, values.astype(np.float64), np.full(times.size, np.nan))
    least, most = _numbers(tracks, each.inputs[0], raw_time, raw, times)
    moved = np.flatnonzero(least < most)  # two numbers of one time are a move
    rows = np.r_[np.arange(times.size), moved]
    return _Found(each.track, times[rows], values[rows].astype(np.float64), np.r_[least, most[moved]])


def _numbers(tracks: TrackColumns, track: int, time: I64, raw: F64, times: I64) -> tuple[F64, F64]:
    """Of each time something is derived for, the least and the greatest number of the one input since the time before.

    What is said behind the last of these times waits in the input's `still_low` and `still_high`: nothing else uses them.
    """
    least, most = np.full(times.size + 1, np.nan), np.full(times.size + 1, np.nan)
    least[0], most[0] = tracks.still_low[track], tracks.still_high[track]
    place = np.searchsorted(times, time, "left")
    np.fmin.at(least, place, raw)
    np.fmax.at(most, place, raw)
    tracks.still_low[track], tracks.still_high[track] = least[-1], most[-1]
    return least[:-1], most[:-1]


def _taken(program: Program, track: int, heard: Heard, low: int, high: int) -> Taken:
    """Of one time and value a reading counts once, however often it is said."""
    time, value = heard.time[low:high], heard.value[low:high]
    if (np.diff(time) == 0).any():
        order = np.lexsort((value, time))
        time, value = time[order], value[order]
        new = np.r_[True, (np.diff(time) != 0) | (np.diff(value) != 0)]
        time, value = time[new], value[new]
    return Taken(time, whole_steps(value, program.steps[track]))
