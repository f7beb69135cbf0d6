"""Judging again: what comes late, and the tail that makes it possible."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from readings.times import ALWAYS
from rules.advance import advance
from rules.evidence import Mask, SeriesRows
from rules.gates import WordMemo
from rules.hear_signals import forget_signals
from rules.memory import EngineState, feeds_of, horizon_of
from rules.program import Program
from rules.settling import settle
from rules.silences import copy_unread
from rules.timeline import trim

_AT_ONCE = 200_000  # readings that the tail takes at once, about


def late(program: Program, state: EngineState, rows: SeriesRows) -> Mask:
    """Which limit units hear a reading that is not newer than the last one of its track."""
    back = np.zeros(len(program.limits), np.bool_)
    if not rows.time.size:
        return back
    tracks = state.head.tracks
    newest = np.maximum(tracks.last, tracks.bad_last)
    for limit, held in zip(program.limits, state.head.limits, strict=True):
        if limit.stand_in >= 0:  # what it stands in for has spoken later
            newest[limit.stand_in] = max(newest[limit.stand_in], held.settled - 1)
    oldest = np.full(len(state.series), np.iinfo(np.int64).max)
    which, time = rows.which, rows.time
    if state.tail is None and state.first != ALWAYS:  # what is of the very time of the switch: see `engine`
        mine = time != state.first
        which, time = which[mine], time[mine]
    np.minimum.at(oldest, which, time)
    feeds = feeds_of(program, state)
    for code in np.flatnonzero(oldest < np.iinfo(np.int64).max).tolist():
        for track in feeds[code]:
            if oldest[code] <= newest[track]:
                back[program.limit_of[track]] = True
    if state.tail is None and back.any():
        raise ValueError("readings said to be complete and in order of time are not")
    return back


def judge_again(program: Program, state: EngineState, limits: Mask) -> Mask:
    """Set these limit units back to the tail and hear everything kept once more."""
    assert state.tail is not None
    state.said = WordMemo(state.until)
    rows = np.flatnonzero(limits[program.limit_of])
    state.head.tracks.copy_rows(state.tail.tracks, rows)
    state.silent_shown[rows] = False
    for number in np.flatnonzero(limits).tolist():
        state.head.limits[number] = state.tail.limits[number].twin()
        for derived in program.limits[number].derived:
            state.head.memories[derived.track] = state.tail.memories[derived.track].twin()
            copy_unread(state.tail, derived.inputs, state.head, derived.inputs)
    if not state.kept:
        state.due[limits] = ALWAYS
        return limits.copy()
    everything = _together([kept.rows for kept in state.kept])
    latest = np.full(len(program.limits), np.iinfo(np.int64).max)
    state.due[limits] = ALWAYS
    return limits | advance(program, state, state.head, everything, only=limits, before=latest)


def _together(parts: list[SeriesRows]) -> SeriesRows:
    return SeriesRows(
        np.concatenate([part.which for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.raw for part in parts]),
        np.concatenate([part.quality for part in parts]),
        np.concatenate([part.reason for part in parts]),
    )


def lag_of(program: Program) -> int:
    """So far the tail lags behind before it follows, ns: one window or more; by how much decides nothing."""
    return 2 * program.window


def follow(program: Program, state: EngineState) -> None:
    """Let the tail follow once the readings kept reach back far enough, and drop those that it has taken."""
    assert state.tail is not None
    if not state.kept or state.kept[0].newest > state.until - lag_of(program):
        return
    before = np.array([state.until - limit.window for limit in program.limits], np.int64)
    decided = state.until - program.shortest
    rows = _together([kept.rows for kept in state.kept if int(kept.rows.time.min()) <= decided])
    _follow_signals(program, state, rows)
    for part in _one_after_the_other(rows):
        advance(program, state, state.tail, part, before=before)
    for number, limit in enumerate(program.limits):
        settle(program, state, state.tail, number, state.until - limit.window)
        if state.shown[number].points:
            trim(state.tail.limits[number].course.points, state.shown[number].points[0].start)
    horizon = np.array([horizon_of(program, state, series, state.until) for series in state.series], np.int64)
    for kept in state.kept:
        if (
            kept.newest < int(horizon.max(initial=ALWAYS))
            or (kept.rows.time < horizon[kept.rows.which]).any()
        ):
            kept.rows = kept.rows.pick(kept.rows.time >= horizon[kept.rows.which])
    state.kept = [kept for kept in state.kept if kept.rows.time.size]
    oldest = state.oldest_kept
    state.passed = {at: rows for at, rows in state.passed.items() if oldest is not None and at >= oldest}
    forget_signals(program, state)


def _one_after_the_other(rows: SeriesRows) -> Iterator[SeriesRows]:
    """In parts, each later than the one before: what is worked out of them at once stays small."""
    first, last = int(rows.time.min()), int(rows.time.max())
    count = -(-rows.time.size // _AT_ONCE)
    edges = np.array([first + (last - first) * number // count for number in range(1, count)], np.int64)
    part = np.searchsorted(edges, rows.time, side="right")
    for number in range(count):
        yield rows.pick(part == number) if count > 1 else rows


def _follow_signals(program: Program, state: EngineState, rows: SeriesRows) -> None:
    """What was said up to a window ago, for hearing late numbers again. Texts need none: each is kept for itself."""
    assert state.tail is not None
    series = list(state.series)
    for number, signal in enumerate(program.signals):
        head, tail = state.head.signals[number], state.tail.signals[number]
        end = state.until - program.window
        codes = [code for code, each in enumerate(series) if each == signal.series]
        mine = np.isin(rows.which, codes) & (rows.quality == 0) & np.isfinite(rows.value)
        mine &= (rows.time < end) & (rows.time > tail.last)
        if mine.any() and signal.counts is not None:
            time, value = rows.time[mine], rows.value[mine]
            order = np.lexsort((value, time))
            tail.hear(signal, time[order], value[order])
        elif mine.any():
            state.tail.signals[number] = head.until(int(rows.time[mine].max()))
