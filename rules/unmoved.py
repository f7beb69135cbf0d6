"""For how long numbers were seen that did not move, while their limit was judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import F64, I64
from rules.evidence import Index, Mask, TrackColumns
from rules.gates import gates_of
from rules.program import Program
from rules.signals import SignalState


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What tracks that can be stuck told, in order of track and time; columns.

    Attributes:
        track: intp [n].
        time: int64 [n], ns, one row for each time of a track.
        raw: float64 [n], NaN where there is none, infinite where there were several at once.
        value: float64 [n].
        begins: intp [k], rows at which tracks begin.
    """

    track: Index
    time: I64
    raw: F64
    value: F64
    begins: Index


@dataclass(frozen=True, slots=True, eq=False)
class Unmoved:
    """How the number of each reading stands to that of the reading before; columns by reading.

    Attributes:
        raw: float64 [n], of what is no reading that of the one before.
        value: float64 [n], likewise.
        moved: bool [n], it is another number, or there was none.
        silent: bool [n], it is the same behind a silence.
        judged: bool [n], its limit is judged.
        parts: bool [n], its limit began or ended to be judged since the reading before.
        seen: int64 [n], for how long it was seen while its limit was judged, ns.
        seen_before: int64 [n], that of the reading before, if it is the same number.
    """

    raw: F64
    value: F64
    moved: Mask
    silent: Mask
    judged: Mask
    parts: Mask
    seen: I64
    seen_before: I64


def unmoved(program: Program, signals: list[SignalState], tracks: TrackColumns, told: Told) -> Unmoved:
    """Hold each number against the one before.

    The clock stands in a silence and while the limit is not judged: what lies between two readings counts if it was judged
    all the time. It goes on where the number behind it is the same, and begins anew where the number moves, judged or not.

    Args:
        program: the plan made ready.
        signals: for the states in which a limit is judged.
        tracks: before what is told.
        told: what is told.
    """
    track, time, begins = told.track, told.time, told.begins
    mine = track[begins]
    unread = _unread(program, told)
    raw, value = _as_before(told, unread, tracks) if unread.any() else (told.raw, told.value)
    moved = np.empty(track.size, np.bool_)
    moved[1:] = ~_same(raw[1:], value[1:], raw[:-1], value[:-1])
    same = _same(raw[begins], value[begins], tracks.still_raw[mine], tracks.still_value[mine])
    moved[begins] = ~same
    gated = _gated(program, signals, tracks, told)
    passed = np.diff(time, prepend=time[:1])
    passed[begins] = np.where(same, time[begins] - tracks.last[mine], 0)
    silent = (passed > program.silent[track]) & ~moved
    passed[moved | silent | unread | ~gated.counts] = 0
    before = np.where(same, tracks.still_seen[mine], 0)
    edge = moved.copy()
    edge[begins] = True
    seen = _seen(passed, edge, begins, before)
    shifted = np.roll(seen, 1)
    shifted[begins] = before
    return Unmoved(raw, value, moved, silent, gated.judged, gated.parts, seen, shifted)


def _unread(program: Program, told: Told) -> Mask:
    """What is told at the end of a cycle, and not of a reading: it says nothing of the number."""
    unread: Mask = np.isnan(told.raw)
    if unread.any():
        limits = [program.limits[each] for each in program.limit_of[told.track[told.begins]].tolist()]
        cycles = [bool(limit.derived) and limit.terms.cycle is not None for limit in limits]
        unread &= np.repeat(np.array(cycles, np.bool_), np.diff(np.r_[told.begins, told.raw.size]))
    return unread


def _as_before(told: Told, unread: Mask, tracks: TrackColumns) -> tuple[F64, F64]:
    """The numbers, where none was read those of the reading before."""
    raw, value, rows = told.raw.copy(), told.value.copy(), told.begins[unread[told.begins]]
    raw[rows], value[rows] = tracks.still_raw[told.track[rows]], tracks.still_value[told.track[rows]]
    read = ~unread
    read[rows] = True
    of = np.maximum.accumulate(np.where(read, np.arange(raw.size), 0))
    return raw[of], value[of]


def _same(raw: F64, value: F64, before: F64, value_before: F64) -> Mask:
    """Whether a number is that of the reading before. Of a time with several, which is marked by infinity, it is not."""
    same: Mask = (raw == before) & np.isfinite(raw)
    unmarked = ~(np.isinf(raw) | np.isinf(before))
    same |= (np.isnan(raw) | np.isnan(before)) & unmarked & (value == value_before)
    return same


def _seen(passed: I64, edge: Mask, begins: Index, before: I64) -> I64:
    """For how long the number of each reading has been seen, ns.

    Args:
        passed: int64 [n], since the reading before; 0 in a silence.
        edge: bool [n], where another number begins, or another track.
        begins: rows at which tracks begin.
        before: int64, by track: for how long its number had been seen before.
    """
    total = np.cumsum(passed)  # may wrap around; differences do not
    first = np.flatnonzero(edge)
    until = -total[first]
    until[np.searchsorted(first, begins)] += before + passed[begins]
    seen: I64 = total + np.repeat(until, np.diff(np.r_[first, passed.size]))
    return seen


@dataclass(frozen=True, slots=True, eq=False)
class _Gated:
    """How the line gates readings; columns by reading.

    Attributes:
        judged: bool [n], whether its limit is judged.
        parts: bool [n], whether its limit began or ended to be judged since the reading before.
        counts: bool [n], whether it was judged all the time since then.
    """

    judged: Mask
    parts: Mask
    counts: Mask


def _gated(program: Program, signals: list[SignalState], tracks: TrackColumns, told: Told) -> _Gated:
    size = told.track.size
    found = _Gated(np.ones(size, np.bool_), np.zeros(size, np.bool_), np.ones(size, np.bool_))
    for low, high in zip(told.begins.tolist(), [*told.begins[1:].tolist(), size], strict=True):
        which = int(told.track[low])
        limit = program.limits[int(program.limit_of[which])]
        if not limit.gated:
            continue
        gates = gates_of(program, signals, limit, int(told.time[high - 1]), proven=False)
        passes = np.array([gate.time for gate in gates], np.int64)
        judged = np.array([True, *(gate.state == "judged" for gate in gates)])
        lasts = np.ones(judged.size, np.bool_)
        # where a cycle ends as the next begins, nothing lies between them
        lasts[1:-1] = passes[1:] != passes[:-1]
        rests = np.cumsum(~judged & lasts)
        times: I64 = np.r_[tracks.last[which], told.time[low:high]]
        passed = np.searchsorted(passes, times, "right")
        now, before = passed[1:], passed[:-1]
        found.judged[low:high] = judged[now]
        found.parts[low:high] = now != before
        found.counts[low:high] = judged[now] & judged[before] & (rests[now] == rests[before])
    return found
