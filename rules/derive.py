"""Putting what follows from readings in the place of the readings that it follows from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from readings.block import F64, I64
from readings.times import ALWAYS
from rules.crossing import spoke_of
from rules.cycle_course import CycleCourse
from rules.derivation import Spans, Taken
from rules.evidence import Heard, Index, TrackColumns, begins_of
from rules.gates import gates_of
from rules.limit_unit import DerivedTrack, LimitUnit
from rules.memory import Side
from rules.program import Program
from rules.refused import note_refused
from rules.signals import SignalState
from rules.silences import note_unread

_NO_TRACK, _NO_TIME, _NO_VALUE = np.empty(0, np.intp), np.empty(0, np.int64), np.empty(0)
_NOTHING = Taken(_NO_TIME, _NO_TIME)


def derive(
    program: Program,
    signals: list[SignalState],
    side: Side,
    heard: Heard,
) -> Heard:
    """Take what inputs say out of what is heard, and put in what follows from it.

    Args:
        program: the plan made ready.
        signals: for the line's states.
        side: the inputs' last times, and what derivations remember, are changed.
        heard: usable readings by track and time.
    """
    begins = begins_of(heard.track)
    ends = np.r_[begins[1:], heard.track.size].tolist()
    here = heard.track[begins]
    bad_feeds = program.feeds[heard.bad_track]
    feeding = np.flatnonzero(program.feeds[here]).tolist()
    if not feeding and not bad_feeds.any():
        return heard
    rows = {int(here[place]): slice(int(begins[place]), ends[place]) for place in feeding}
    newest = max((int(heard.time[each.stop - 1]) for each in rows.values()), default=ALWAYS)
    found = []
    for number in sorted({int(program.limit_of[track]) for track in rows}):
        limit = program.limits[number]
        latest = max(newest, *(int(side.tracks.last[track]) for track in limit.sources))
        course = side.limits[number].course
        since = course.since if isinstance(course, CycleCourse) else ALWAYS
        spans = Spans(gates_of(program, signals, limit, latest, proven=False), since)
        found += [_of_one(program, side, limit, heard, rows, each, spans) for each in limit.derived]
    if len(feeding) < begins.size:
        rest = np.flatnonzero(~program.feeds[heard.track])
        found.append(_Found(heard.track[rest], heard.time[rest], heard.value[rest], heard.raw[rest]))
    track = np.concatenate([_NO_TRACK, *(each.track for each in found)])
    time = np.concatenate([_NO_TIME, *(each.time for each in found)])
    raw = value = np.concatenate([_NO_VALUE, *(each.value for each in found)])
    if program.watches_still:
        raw = np.concatenate([_NO_VALUE, *(each.numbers for each in found)])
    if (track[1:] < track[:-1]).any():  # each part of it is in order of time
        order = np.argsort(
            track.astype(np.uint16) if program.limit_of.size < 1 << 16 else track, kind="stable"
        )
        track, time, value = track[order], time[order], value[order]
        raw = raw[order] if program.watches_still else value
    bad_track, bad_time, bad_reason = heard.bad_track, heard.bad_time, heard.bad_reason
    if bad_feeds.any():
        note_refused(program, side, heard)
        bad_track = np.where(bad_feeds, program.gives[bad_track], bad_track)
        known = np.flatnonzero(bad_track >= 0)
        by_track = known[np.lexsort((bad_time[known], bad_track[known]))]
        bad_track, bad_time, bad_reason = bad_track[by_track], bad_time[by_track], bad_reason[by_track]
    return Heard(track, time, value, raw, value, value, bad_track, bad_time, bad_reason)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What follows for one derived track; or what is judged as it was read."""

    track: Index
    time: I64
    value: F64
    raw: F64 | None

    @classmethod
    def of(cls, track: int, time: I64, value: F64, raw: F64 | None = None) -> _Found:
        return cls(np.full(time.size, track, np.intp), time, value, raw)

    @property
    def numbers(self) -> F64:
        """The raw numbers; NaN where there are none."""
        return np.full(self.time.size, np.nan) if self.raw is None else self.raw


def _of_one(  # noqa: PLR0913 - one derived track of one limit unit
    program: Program,
    side: Side,
    limit: LimitUnit,
    heard: Heard,
    rows: Mapping[int, slice],
    each: DerivedTrack,
    spans: Spans,
) -> _Found:
    tracks, taken, before = side.tracks, [], {}
    spoke, bridges = False, each.track in program.bridges
    raw_time, raw = np.empty(0, np.int64), np.empty(0)
    for track in each.inputs:
        mine = rows.get(track)
        if mine is None:
            taken.append(_NOTHING)
            continue
        spoke = True
        new = _taken(program, track, heard.time[mine], heard.value[mine])
        taken.append(replace(new, spoke=spoke_of(tracks, heard, track, each.track)) if bridges else new)
        before[track] = int(tracks.last[track])
        tracks.take_input(track, heard.time[mine], heard.value[mine])
        if program.still[each.track]:
            said, value = heard.raw[mine], heard.value[mine]
            raw_time, raw = heard.time[mine], np.where(np.isnan(said), value, said)
            side.memories[each.track].await_stuck()
    if not spoke:
        return _Found.of(each.track, _NO_TIME, _NO_VALUE)
    until = min(int(tracks.last[track]) for track in each.inputs)
    times, steps = each.derivation.take(side.memories[each.track], taken, spans, until)
    if limit.gated and limit.terms.cycle is None:
        told = int(tracks.last[each.track])
        for track, last in before.items():
            silent = program.tracks[track].silent
            time = heard.time[rows[track]]
            note_unread(side.unread, track, spans.gates, last=last, time=time, silent=silent, told=told)
    step = program.steps[each.track]
    values = steps * float(step.numerator) / float(step.denominator)
    if not program.still[each.track]:
        return _Found.of(each.track, times, values.astype(np.float64))
    least, most = _numbers(tracks, each.inputs[0], raw_time, raw, times)
    moved = np.flatnonzero(least < most)  # two numbers of one time are a move
    told = np.r_[np.arange(times.size), moved]
    in_time = np.argsort(told, kind="stable")
    told, raw = told[in_time], np.r_[least, most[moved]][in_time]
    return _Found.of(each.track, times[told], values[told].astype(np.float64), raw)


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


def _taken(program: Program, track: int, time: I64, value: F64) -> Taken:
    """Of one time and value a reading counts once, however often it is said."""
    if (time[1:] == time[:-1]).any():
        order = np.lexsort((value, time))
        time, value = time[order], value[order]
        new = np.r_[True, (np.diff(time) != 0) | (np.diff(value) != 0)]
        time, value = time[new], value[new]
    return Taken.of(time, value, program.steps[track])
