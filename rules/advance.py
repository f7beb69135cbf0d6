"""Moving a side on by readings: what changes nothing is taken in columns, what changes something limit by limit."""

from __future__ import annotations

import numpy as np

from readings.block import I64, U8
from readings.times import ALWAYS, NEVER, format_duration
from rules.bounds import GOOD, MISSING, Standing
from rules.by_track import by_track
from rules.crossing import bridged, take_spoken
from rules.derivation import Spans
from rules.derive import derive
from rules.evidence import (
    UNSEEN,
    Cuts,
    ExcusedSpan,
    Heard,
    Mask,
    Runs,
    SeriesRows,
    TrackColumns,
    one_per_time,
    runs_of,
    standings,
    without_tolerated,
)
from rules.gates import firm_until, gates_of
from rules.granted import granted_spans
from rules.limit_state import BY_HAND, Kind, LimitState, Moment
from rules.limit_unit import LimitUnit
from rules.memory import EngineState, Side, feeds_of
from rules.paced import silent_from
from rules.program import Program
from rules.refused import forget_passed, take_next
from rules.silences import lost_from, named, why_between
from rules.stuck import Stretches, begin_stretches, end_stretches, final_of, stretches, take_still

PATIENCE = 1000  # moments: when so much waits, what may still come is not waited for
_HELD = (*GOOD, Standing.EXCEPTED)
_COUNTS_ON = (Standing.BEYOND, *MISSING)  # a gap neither confirms nor ends what was being confirmed


def advance(  # noqa: PLR0913 - the head and the tail are advanced alike
    program: Program,
    state: EngineState,
    side: Side,
    rows: SeriesRows,
    *,
    only: Mask | None = None,
    before: np.ndarray | None = None,
    stirred: Mask | None = None,
) -> Mask:
    """Take readings that are newer than all earlier ones of their track.

    Args:
        program: the plan made ready.
        state: whose series the rows count in.
        side: is changed.
        rows: readings.
        only: bool, per limit unit: pass the others over.
        before: int64, per limit unit: only readings before this time, and only those the side has not heard.
        stirred: bool, per limit unit: a signal of it has changed; every run is told. Without it, all with a signal.

    Returns:
        bool, per limit unit: must be looked at.
    """
    touched = np.zeros(len(program.limits), np.bool_)
    if not rows.time.size:
        return touched
    stirred = program.signalled if stirred is None else stirred
    heard = by_track(program, feeds_of(program, state), rows)
    if only is not None:
        heard = heard.pick(only[program.limit_of[heard.track]], only[program.limit_of[heard.bad_track]])
    if before is not None:
        heard = heard.pick(
            (heard.time < before[program.limit_of[heard.track]])
            & (heard.time > side.tracks.last[heard.track]),
            heard.bad_time < before[program.limit_of[heard.bad_track]],
        )
    if program.derives:
        heard = derive(program, state.head.signals, side, heard)
    excused, cuts, gated = _spans(program, state, heard)
    if state.first != ALWAYS or state.seams or state.ends != NEVER:
        stirred = stirred | _cut_at_seams(program, state, side, cuts)
    standing = standings(program, heard, excused)
    heard, standing = one_per_time(heard, standing)
    still = stretches(program, state.head.signals, side.tracks, heard, standing)
    if still is not None:
        cuts += still.cuts
        _tell_stuck_of_derived(program, side, heard, standing, still)
    cuts += _each_by_hand(program, heard)
    runs = runs_of(program, heard, standing, cuts)
    more = _sibling_cuts(program, side, heard, runs, still)
    if more:
        runs = runs_of(program, heard, standing, cuts + more)
    runs = without_tolerated(program, runs, program.plain)
    if runs.track.size:
        passed = np.maximum(gated, state.final + 1 if state.ends != NEVER else ALWAYS)[
            program.limit_of[runs.track]
        ]
        apart = stirred[program.limit_of[runs.track]] | (side.tracks.last[runs.track] < passed)
        _take(program, state, side, heard, runs, still, touched, apart)
    side.tracks.take_last(heard)
    worsened = _take_bad(program, side, heard)
    if program.bridges:
        take_spoken(side.tracks, heard)
    touched[program.limit_of[worsened[state.silent_shown[worsened]]]] = True
    return touched


def _spans(program: Program, state: EngineState, heard: Heard) -> tuple[list[ExcusedSpan], Cuts, I64]:
    """Where looser bounds hold, where runs must be cut because a state changed, and the last such time by limit unit."""
    excused: list[ExcusedSpan] = []
    cuts: Cuts = []
    gated = np.full(len(program.limits), ALWAYS, np.int64)
    if not heard.time.size:
        return excused, cuts, gated
    first, last = int(heard.time.min()), int(heard.time.max())
    spoke = np.zeros(len(program.tracks), np.bool_)
    spoke[heard.track] = True
    for number in np.unique(program.limit_of[spoke]).tolist():
        limit = program.limits[number]
        for granted in limit.exceptions:
            told = state.head.signals[granted.signal].told(program.signals[granted.signal], NEVER)
            spans = [span for span in granted_spans(granted, told) if span[0] <= last and span[1] > first]
            excused += [ExcusedSpan(track, *span, granted.bound) for span in spans for track in limit.tracks]
            cuts += [(track, np.array(span, np.int64)) for span in spans for track in limit.tracks]
        if limit.gated:
            gates = gates_of(program, state.head.signals, limit, max(last, state.until), memo=state.said)
            turns = Spans(gates).turns()
            cuts += [(track, turns) for track in limit.tracks]
            gated[number] = gates[-1].time if gates else ALWAYS
    return excused, cuts, gated


def _tell_stuck_of_derived(
    program: Program, side: Side, heard: Heard, standing: U8, still: Stretches
) -> None:
    """Tell what remembers the worst of what follows from readings when its instrument was stuck."""
    found = {track: since for (track, start), (since, _) in still.found.items() if since < start}
    for track, stands in zip(still.track.tolist(), still.since.tolist(), strict=True):
        if program.tracks[track].derived:
            mine = slice(*np.searchsorted(heard.track, [track, track + 1]).tolist())
            stuck = heard.time[mine][standing[mine] == Standing.STUCK]
            side.memories[track].tell_stuck(stuck, found.get(track, ALWAYS), stands)


def _each_by_hand(program: Program, heard: Heard) -> Cuts:
    """What people enter is told value by value."""
    if not program.by_hand.any():
        return []
    rows = np.flatnonzero(program.by_hand[heard.track])
    tracks = heard.track[rows]
    return [(track, heard.time[rows[tracks == track]]) for track in np.unique(tracks).tolist()]


def _cut_at_seams(program: Program, state: EngineState, side: Side, cuts: Cuts) -> Mask:
    """Where another version of the plan takes over a run ends; the limit units that have that before them."""
    if state.ends != NEVER:
        cuts += [(track, np.array([state.final + 1])) for track in range(len(program.tracks))]
    seamed: Mask = np.array([bool(held.seams) for held in side.limits], np.bool_)
    for number in np.flatnonzero(seamed).tolist():
        seams = np.array(side.limits[number].seams, np.int64)
        cuts += [(track, seams) for track in program.limits[number].tracks]
    return seamed


def _sibling_cuts(program: Program, side: Side, heard: Heard, runs: Runs, still: Stretches | None) -> Cuts:
    """Where runs of a limit with several points must be cut, so that each value falls into the right span.

    That is wherever another of its points changes or falls silent; and after the earliest point's last reading that is
    final, where that is not known yet, at every reading. What is decided once for each cycle has one span, the cycle, and
    its runs are cut there: how its points change within it parts no values.
    """
    cuts: Cuts = []
    for number in np.unique(program.limit_of[runs.track]).tolist():
        limit = program.limits[number]
        if len(limit.tracks) == 1 or _is_one_span(program, limit):
            continue
        mine = np.flatnonzero((program.limit_of[runs.track] == number) & (runs.track != limit.stand_in))
        ends = {track: int(side.tracks.last[track]) for track in limit.tracks}
        times = [runs.start[mine], runs.end[mine] + 1, np.array([end + 1 for end in ends.values()])]
        times.append(
            runs.start[mine[runs.standing[mine] == Standing.STUCK]] + 1
        )  # begins behind its first reading
        if limit.stand_in >= 0:
            entered = np.r_[side.tracks.last[limit.stand_in], runs.start[runs.track == limit.stand_in]]
            times.append(np.r_[entered, entered[entered != ALWAYS] + limit.counts_for + 1])
        waiting = [moment.time for moment in side.limits[number].queue if moment.kind != Kind.SAW]
        times.append(np.array(waiting, np.int64))  # points that have spoken later than this one
        finals = {track: final_of(side.tracks, track) for track in limit.tracks}
        for row in mine.tolist():
            ends[int(runs.track[row])] = finals[int(runs.track[row])] = int(runs.end[row])
        for track, since in zip(still.track.tolist(), still.since.tolist(), strict=True) if still else ():
            if track in finals and since != ALWAYS:
                finals[track] = since - 1
        known = min(finals.values())
        rows = np.flatnonzero((program.limit_of[heard.track] == number) & (heard.time > known))
        edges = np.unique(np.concatenate([*times, heard.time[rows]]))
        cuts += [(track, edges) for track in limit.tracks]
    return cuts


def _is_one_span(program: Program, limit: LimitUnit) -> bool:
    """Whether all values of a cycle fall into one span, and none of them may turn out to be no evidence."""
    cycle = limit.terms.cycle is not None and limit.stand_in < 0
    return cycle and not program.still[list(limit.tracks)].any()


def _take(  # noqa: PLR0913 - all of it is one step
    program: Program,
    state: EngineState,
    side: Side,
    heard: Heard,
    runs: Runs,
    still: Stretches | None,
    touched: Mask,
    apart: Mask,
) -> None:
    tracks = side.tracks
    head = side is state.head
    track = runs.track
    opens = np.zeros(track.size, np.bool_)
    if still is not None:
        over = np.flatnonzero(~still.goes_on)
        stuck = [found for (found, start), (since, _) in still.found.items() if since < start]
        end_stretches(tracks, np.setdiff1d(still.track[over], stuck))
        opens_at = np.full(len(program.tracks), ALWAYS, np.int64)
        opens_at[still.track[over]] = still.since[over]
        opens = runs.start == opens_at[track]
    alone = np.r_[True, track[1:] != track[:-1]] & np.r_[track[1:] != track[:-1], True]
    limit = program.limit_of[track]
    quiet = (
        alone
        & (runs.standing == tracks.standing[track])
        & (runs.start - tracks.last[track] <= program.silent[track])
        & ((runs.standing != Standing.BEYOND) | (tracks.beyond[track] >= program.confirm[track]))
        & (runs.standing != Standing.EXCEPTED)
    )
    if head:
        quiet &= (runs.end <= state.due[limit]) & ~state.silent_shown[track]
    quiet &= program.alone[track] & ~apart
    for found, start in still.found if still is not None else ():
        quiet[(track == found) & (runs.start == start)] = False
    _take_quiet(tracks, runs, np.flatnonzero(quiet), np.flatnonzero(quiet & opens))
    told = np.flatnonzero(~quiet)
    touched[limit[told]] = True
    for row in told.tolist():
        _tell(program, state, side, heard, runs, still, row, opens=bool(opens[row]))
    if still is not None:
        tracks.still_raw[still.track], tracks.still_value[still.track] = still.raw, still.value
        tracks.still_seen[still.track] = still.seen
    if not head:
        return
    tracks_told = np.unique(track[told])
    state.silent_shown[tracks_told] = False


def _take_quiet(tracks: TrackColumns, runs: Runs, rows: np.ndarray, opens: np.ndarray) -> None:
    begin_stretches(tracks, runs.track[opens], runs.start[opens])
    tracks.last[runs.track[rows]] = runs.end[rows]
    beyond = rows[runs.standing[rows] == Standing.BEYOND]
    tracks.beyond[runs.track[beyond]] += runs.size[beyond]
    rows = take_still(tracks, runs, rows)
    track = runs.track[rows]
    tracks.low[track] = np.fmin(tracks.low[track], runs.low[rows])
    tracks.high[track] = np.fmax(tracks.high[track], runs.high[rows])


def _tell(  # noqa: PLR0913 - one run of one track
    program: Program,
    state: EngineState,
    side: Side,
    heard: Heard,
    runs: Runs,
    still: Stretches | None,
    row: int,
    *,
    opens: bool,
) -> None:
    """One run that may change something: tell its limit, moment by moment."""
    tracks = side.tracks
    track, start, end = int(runs.track[row]), int(runs.start[row]), int(runs.end[row])
    standing = int(runs.standing[row])
    number = int(program.limit_of[track])
    held, limit = side.limits[number], program.limits[number]
    if track == limit.stand_in:
        _tell_by_hand(limit, held, tracks, runs, row)
        return
    point = limit.tracks.index(track)
    before, last = int(tracks.standing[track]), int(tracks.last[track])
    flush(held, tracks, point, track)
    known = silent_from(program, state.head.signals, limit, track, last, start, state.said)
    found = still.found.get((track, start)) if still is not None else None
    stays_stuck = before == standing == Standing.STUCK and found is None
    crossed = bool(limit.derived) and side.memories[track].crossed(last, start)
    if before not in (UNSEEN, Standing.LOST) and start > known and not crossed and not stays_stuck:
        reason = named(program, track, why_between(program, side, heard, track, last, known))
        lost = lost_from(program, state.head.signals, side, limit, track, start, state.said)
        gone = Moment(lost, Kind.LOSE, point, Standing.LOST, known, reason)
        bridge = program.bridges.get(track) if not limit.derived else None
        why = bridged(bridge, tracks, heard, runs, row) if bridge is not None else None
        if bridge is not None and why is not None:
            gone.until, gone.bridged, gone.others = start, named(program, track, why), bridge.others
        held.add(gone)
    if before == Standing.STUCK and not stays_stuck:
        tracks.still_since[track] = ALWAYS
    if opens:
        begin_stretches(tracks, track, start)
    if standing == Standing.STUCK:
        if found is not None:
            _tell_stuck(program, held, tracks, point, track, *found)
        tracks.last[track] = end
        return
    reason = _excuse(program, state, limit.tracks[point], start) if standing == Standing.EXCEPTED else ""
    good = limit.good_from(last) if standing == Standing.BEYOND and before in _HELD else NEVER
    held.add(Moment(start, Kind.STAND, point, standing, start, reason, good=good))
    if standing == Standing.BEYOND:
        _count_beyond(
            program,
            held,
            heard,
            runs,
            row,
            point,
            already=int(tracks.beyond[track]) if before in _COUNTS_ON else 0,
        )
        tracks.beyond[track] = runs.size[row] + (tracks.beyond[track] if before in _COUNTS_ON else 0)
    else:
        tracks.beyond[track] = 0
    if point < limit.seen:
        held.add(Moment(start, Kind.SAW, point, low=float(runs.low[row]), high=float(runs.high[row])))
    tracks.last[track], tracks.standing[track] = end, standing
    if len(limit.tracks) == 1 and limit.stand_in < 0:
        final = final_of(tracks, track)
        signals = state.head.signals
        if len(held.queue) <= PATIENCE:
            final = min(final, firm_until(program, signals, side.signals, limit, end))
        final = min(final, state.final)
        held.settle(
            limit.terms, final, gates_of(program, signals, limit, end, since=held.settled, memo=state.said)
        )


def _tell_by_hand(limit: LimitUnit, held: LimitState, tracks: TrackColumns, runs: Runs, row: int) -> None:
    """A value by hand that stands in for silent points: it counts from its time on, for so long."""
    track, time, standing = int(runs.track[row]), int(runs.start[row]), int(runs.standing[row])
    until = time + limit.counts_for
    good = int(tracks.last[track]) if tracks.standing[track] in _HELD else NEVER
    held.add(Moment(time, Kind.STAND, BY_HAND, standing, time, until=until, good=good))
    held.add(Moment(time, Kind.SAW, BY_HAND, low=float(runs.low[row]), high=float(runs.high[row])))
    held.add(Moment(until, Kind.LOSE, BY_HAND, Standing.LOST, until))
    tracks.last[track], tracks.standing[track] = time, standing


def _tell_stuck(  # noqa: PLR0913 - one stretch of one track
    program: Program, held: LimitState, tracks: TrackColumns, point: int, track: int, since: int, known: int
) -> None:
    """From its first reading on the stretch is no evidence, whatever it was taken for so far."""
    held.retract(point, since)
    if tracks.still_since[track] == since:
        tracks.beyond[track] = tracks.still_beyond[track]
    reason = named(program, track, f"stuck: unchanged for {format_duration(int(program.still[track]))}")
    held.add(Moment(since, Kind.LOSE, point, Standing.STUCK, known, reason))
    tracks.standing[track] = Standing.STUCK


def _count_beyond(  # noqa: PLR0913 - one run of one track
    program: Program, held: LimitState, heard: Heard, runs: Runs, row: int, point: int, *, already: int
) -> None:
    need = int(program.confirm[runs.track[row]])
    size = int(runs.size[row])
    if need > 1 and already < need <= already + size:
        time = int(heard.time[int(runs.first[row]) + need - already - 1])
        held.add(Moment(time, Kind.CONFIRM, point))


def flush(held: LimitState, tracks: TrackColumns, point: int, track: int) -> None:
    """Hand over the values seen since the last handing over; those that may be a stuck number's apart."""
    last = int(tracks.last[track])
    before = last if tracks.still_since[track] == ALWAYS else int(tracks.moved[track])
    if not np.isnan(tracks.low[track]):
        low, high = float(tracks.low[track]), float(tracks.high[track])
        held.add(Moment(before, Kind.SAW, point, low=low, high=high))
        tracks.low[track] = tracks.high[track] = np.nan
    if not np.isnan(tracks.still_low[track]):
        low, high = float(tracks.still_low[track]), float(tracks.still_high[track])
        held.add(Moment(last, Kind.SAW, point, low=low, high=high))
        tracks.still_low[track] = tracks.still_high[track] = np.nan


def _excuse(program: Program, state: EngineState, track: int, time: int) -> str:
    limit = program.limits[int(program.limit_of[track])]
    for granted in limit.exceptions:
        told = state.head.signals[granted.signal].told(program.signals[granted.signal], NEVER)
        if any(start <= time < end for start, end in granted_spans(granted, told)):
            return f"exception: {granted.name}"
    return "exception"


def _take_bad(program: Program, side: Side, heard: Heard) -> np.ndarray:
    """Remember the first unusable reading behind the last usable one; the tracks where that is a new one."""
    tracks = side.tracks
    stale = tracks.bad_time <= tracks.last
    tracks.bad_time[stale] = NEVER
    take_next(program, side, stale)
    forget_passed(side)
    if not heard.bad_time.size:
        return np.empty(0, np.intp)
    np.maximum.at(tracks.bad_last, heard.bad_track, heard.bad_time)
    behind = np.flatnonzero(heard.bad_time > tracks.last[heard.bad_track])
    track, first = np.unique(heard.bad_track[behind], return_index=True)
    time = heard.bad_time[behind[first]]
    sooner = time < tracks.bad_time[track]
    tracks.bad_time[track[sooner]] = time[sooner]
    tracks.bad_reason[track[sooner]] = heard.bad_reason[behind[first]][sooner]
    worsened: np.ndarray = track[sooner]
    return worsened
