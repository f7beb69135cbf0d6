"""Judging again: what comes late, and the tail that makes it possible."""

from __future__ import annotations

import numpy as np

from readings.inputs import Series
from readings.times import ALWAYS
from rules.advance import advance, flush
from rules.evidence import Mask, SeriesRows
from rules.hear_signals import forget_signals
from rules.memory import EngineState
from rules.program import Program
from rules.signals import SignalState, gates_of
from rules.timeline import trim


def not_too_late(program: Program, state: EngineState, rows: SeriesRows) -> SeriesRows:
    """Readings older than the reorder window stay in the archive and decide nothing any more."""
    if state.tail is None or not rows.time.size:
        return rows
    horizon = np.array([_horizon(program, state, series) for series in state.series], np.int64)
    fresh = rows.time >= horizon[rows.which]
    if fresh.all():
        return rows
    state.late += int(rows.time.size - fresh.sum())
    return rows.pick(fresh)


def _horizon(program: Program, state: EngineState, series: Series) -> int:
    tracks, signals = program.heard.get(series, ((), ()))
    if signals:
        return max(state.start, state.until - program.window)
    windows = [program.limits[program.tracks[track].limit].window for track in tracks]
    return max(state.start, state.until - max(windows)) if windows else ALWAYS


def late(program: Program, state: EngineState, rows: SeriesRows) -> Mask:
    """Which limit units hear a reading that is not newer than the last one of its track."""
    back = np.zeros(len(program.limits), np.bool_)
    if not rows.time.size:
        return back
    tracks = state.head.tracks
    newest = np.maximum(tracks.last, tracks.bad_last)
    oldest = np.full(len(state.series), np.iinfo(np.int64).max)
    np.minimum.at(oldest, rows.which, rows.time)
    for series, code in state.series.items():
        for track in program.heard.get(series, ((), ()))[0]:
            if oldest[code] <= newest[track]:
                back[program.limit_of[track]] = True
    if state.tail is None and back.any():
        raise ValueError("readings said to be complete and in order of time are not")
    return back


def judge_again(program: Program, state: EngineState, limits: Mask) -> Mask:
    """Set these limit units back to the tail and hear everything kept once more."""
    assert state.tail is not None
    rows = np.flatnonzero(limits[program.limit_of])
    state.head.tracks.copy_rows(state.tail.tracks, rows)
    state.silent_shown[rows] = False
    for number in np.flatnonzero(limits).tolist():
        state.head.limits[number] = state.tail.limits[number].twin()
    everything = _together([kept.rows for kept in state.kept])
    latest = np.full(len(program.limits), np.iinfo(np.int64).max)
    state.due[limits] = ALWAYS
    return limits | advance(program, state, state.head, everything, only=limits, before=latest)


def _together(parts: list[SeriesRows]) -> SeriesRows:
    return SeriesRows(
        np.concatenate([part.which for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.quality for part in parts]),
        np.concatenate([part.reason for part in parts]),
    )


def follow(program: Program, state: EngineState) -> None:
    """Let the tail follow once the readings kept reach back two windows, and drop those that it has taken."""
    assert state.tail is not None
    if not state.kept or min(kept.newest for kept in state.kept[:1]) > state.until - 2 * program.window:
        return
    before = np.array([state.until - limit.window for limit in program.limits], np.int64)
    rows = _together([kept.rows for kept in state.kept])
    _follow_signals(program, state, rows)
    advance(program, state, state.tail, rows, before=before)
    for number, limit in enumerate(program.limits):
        held = state.tail.limits[number]
        for point, track in enumerate(limit.tracks):
            flush(held, state.tail.tracks, point, track)
        last = min(int(state.tail.tracks.last[track]) for track in limit.tracks)
        held.settle(limit.terms, last, gates_of(program, state.tail.signals, limit, last))
        if state.shown[number].points:
            trim(held.course.points, state.shown[number].points[0].start)
    horizon = np.array([_horizon(program, state, series) for series in state.series], np.int64)
    for kept in state.kept:
        if (
            kept.newest < int(horizon.max(initial=ALWAYS))
            or (kept.rows.time < horizon[kept.rows.which]).any()
        ):
            kept.rows = kept.rows.pick(kept.rows.time >= horizon[kept.rows.which])
    state.kept = [kept for kept in state.kept if kept.rows.time.size]
    forget_signals(program, state)


def _follow_signals(program: Program, state: EngineState, rows: SeriesRows) -> None:
    assert state.tail is not None
    series = list(state.series)
    for number, signal in enumerate(program.signals):
        head, tail = state.head.signals[number], state.tail.signals[number]
        end = state.until - program.window
        codes = [code for code, each in enumerate(series) if each == signal.series]
        mine = np.flatnonzero(
            np.isin(rows.which, codes) & (rows.quality == 0) & (rows.time < end) & (rows.time > tail.last)
        )
        if mine.size:
            tail.last = int(rows.time[mine].max())
        state.tail.signals[number] = SignalState(
            [change for change in head.changes if change[0] <= tail.last], tail.last
        )
