"""From when on, and why, nothing is heard of what is judged."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from readings.block import I64
from readings.quality import REASON_TEXT
from readings.times import ALWAYS, NEVER
from rules.bounds import Standing
from rules.evidence import Heard, TrackColumns
from rules.gate import Gate
from rules.gates import WordMemo, gates_of
from rules.limit_state import Kind, Moment
from rules.limit_unit import LimitUnit
from rules.memory import Side
from rules.paced import silent_from
from rules.program import Program
from rules.signals import SignalState

NO_READING = "no reading"


def silences(
    program: Program, signals: list[SignalState], side: Side, limit: LimitUnit, until: int
) -> list[Moment]:
    """The silences of a limit's points that have not ended at `until`, and were not taken into its course."""
    found = []
    for point, track in enumerate(limit.tracks):
        last = int(side.tracks.last[track])
        if last != ALWAYS and side.tracks.standing[track] != Standing.LOST:
            known = silent_from(program, signals, limit, track, last, until)
            found += [silence(program, signals, side, limit, point, known, until)] if until > known else []
    return found


def silence(  # noqa: PLR0913 - of one point of a limit
    program: Program,
    signals: list[SignalState],
    side: Side,
    limit: LimitUnit,
    point: int,
    known: int,
    until: int,
) -> Moment:
    """The silence of a point since its last usable reading as of `until`, and when it was known."""
    track = limit.tracks[point]
    reason = named(program, track, why_silent(side.tracks, track, known))
    start = lost_from(program, signals, side, limit, track, until)
    return Moment(start, Kind.LOSE, point, Standing.LOST, known, reason)


def lost_from(  # noqa: PLR0913 - of one track
    program: Program,
    signals: list[SignalState],
    side: Side,
    limit: LimitUnit,
    track: int,
    until: int,
    memo: WordMemo | None = None,
) -> int:
    """From when on a track that is silent is lost, ns: from its last value on.

    What follows from readings has no values where it is not judged. Where a span ends before the next value could have been
    missed, and what it follows from was read through that end, nothing of the span was lost: it is lost from its end on.

    Args:
        program: the plan made ready.
        signals: what was heard of the line.
        side: what is known of the readings.
        limit: the limit unit that it is evidence for.
        track: which.
        until: how far time has come, ns.
        memo: as for `gates_of`.
    """
    last = int(side.tracks.last[track])
    inputs = next((each.inputs for each in limit.derived if each.track == track), ())
    if not limit.gated or limit.terms.cycle is not None or not inputs:
        return last
    gates = gates_of(program, signals, limit, until, since=last, memo=memo)
    end = next((gate.time for gate in gates if gate.time > last and gate.state != "judged"), NEVER)
    if end - last > program.silent[track]:
        return last
    return end if all(_read(program, side, each, end, until) for each in inputs) else last


def _read(program: Program, side: Side, track: int, end: int, until: int) -> bool:
    """Whether an input was read through the end of a span, or may still be."""
    last = int(side.tracks.last[track])
    spoken = last >= end or until - last <= program.tracks[track].silent
    return spoken and end not in side.unread.get(track, ())


def note_unread(  # noqa: PLR0913 - new readings of an input
    unread: dict[int, list[int]],
    track: int,
    gates: Sequence[Gate],
    *,
    last: int,
    time: I64,
    silent: int,
    told: int,
) -> None:
    """Remember at which ends of what is judged an input was not read: with a silence around them.

    Args:
        unread: by input track, in order of time; is changed.
        track: the input.
        gates: of its limit.
        last: its reading before, ns; ALWAYS if there is none.
        time: int64 [n], of its new readings, ns.
        silent: its readings further apart leave a silence, ns.
        told: what was before this time is not asked for any more, ns.
    """
    known = unread.pop(track, [])
    read = np.r_[last, time] if last != ALWAYS else time
    apart = np.diff(read)
    if (apart > silent).any():
        ends = [gate.time for gate in gates if gate.state != "judged" and read[0] < gate.time <= read[-1]]
        known += [end for end in ends if apart[np.searchsorted(read, end, "left") - 1] > silent]
    if kept := known[bisect_right(known, told) :]:
        unread[track] = kept


def copy_unread(source: Side, theirs: Sequence[int], side: Side, inputs: Sequence[int]) -> None:
    """Take over at which ends inputs were not read, and what they said that was no evidence."""
    for there, here in zip(theirs, inputs, strict=True):
        side.unread.pop(here, None)
        side.refused.pop(here, None)
        if there in source.unread:
            side.unread[here] = list(source.unread[there])
        if there in source.refused:
            side.refused[here] = list(source.refused[there])


def named(program: Program, track: int, reason: str) -> str:
    """Why there is no evidence; of a sensor that stands beside the limit's own, with its name."""
    sensor = program.tracks[track].series.sensor
    return reason if sensor == program.limits[int(program.limit_of[track])].sensor else f"{sensor}: {reason}"


def why_silent(tracks: TrackColumns, track: int, known: int) -> str:
    """Why there is no usable reading since the last one, as could be known at `known`."""
    if tracks.last[track] < tracks.bad_time[track] <= known:
        return REASON_TEXT[int(tracks.bad_reason[track])] or "out of range"
    return NO_READING


def why_between(  # noqa: PLR0913 - of one track
    program: Program, side: Side, heard: Heard, track: int, last: int, known: int
) -> str:
    """Why there was none between the last one and those that are heard now."""
    found = why_silent(side.tracks, track, known)
    if found != NO_READING:
        return found
    of = next((each for each in side.refused if program.gives[each] == track), -1)
    bad = [each for each in side.refused.get(of, ()) if each[0] > last][:1]
    low = int(np.searchsorted(heard.bad_track, track, "left"))
    high = int(np.searchsorted(heard.bad_track, track, "right"))
    row = low + int(np.searchsorted(heard.bad_time[low:high], last, "right"))
    if row < high:
        bad.append((int(heard.bad_time[row]), int(heard.bad_reason[row])))
    time, reason = min(bad, default=(NEVER, 0))
    return (REASON_TEXT[reason] or "out of range") if time <= known else found
