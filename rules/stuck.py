"""Numbers that never move: readings that are no evidence because their instrument is stuck.

A stretch is readings of one number, while the limit is judged. The number is the raw one on the wire, which moves long
before the displayed value does; where there is none, it is the value in full. Only time in which it was seen while the limit
was judged counts: in a silence, and while the line stands, the clock stands, and goes on where the number behind it is the
same. A stretch at whose end the number was seen for as long as the plan says is stuck from its first reading on, and that is
known at the reading with which it was. Until then it may still turn out to be stuck, and nothing of it is final.

Where the limit begins or ends to be judged a stretch ends, and with the next reading that is judged another begins, with the
clock as it stood. What is known to be stuck stays so, judged or not, until the number moves.

Over a silence a stretch goes on up to `_FAR` times as long as it takes to be stuck, for the past must become final; and not
behind a reading that stands alone, or where it is known to be stuck already. Otherwise the reading behind the silence begins
a stretch, with the clock as it stood.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from readings.block import F64, I64, U8
from readings.times import ALWAYS
from rules.bounds import MISSING, Standing
from rules.evidence import Cuts, Heard, Index, Mask, Runs, TrackColumns
from rules.program import Program
from rules.signals import SignalState
from rules.unmoved import Told, unmoved

_FAR = 10


@dataclass(slots=True, eq=False)
class Stretches:
    """How the tracks that can be stuck stand after what was heard; columns by track that was heard.

    Attributes:
        track: intp [k].
        since: int64 [k], the first reading of the last number; ALWAYS where the limit is not judged.
        raw: float64 [k], the last raw number.
        value: float64 [k], the last value.
        seen: int64 [k], for how long that number was seen, ns.
        goes_on: bool [k], everything heard belongs to the stretch that there was.
        found: by track and time of its first reading heard, each stretch found stuck: its first reading of all, and when
            it was known.
        cuts: where runs must be cut, so that none reaches from what is evidence into what may not be.
    """

    track: Index
    since: I64
    raw: F64
    value: F64
    seen: I64
    goes_on: Mask
    found: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    cuts: Cuts = field(default_factory=list)


def stretches(
    program: Program, signals: list[SignalState], tracks: TrackColumns, heard: Heard, standing: U8
) -> Stretches | None:
    """Find what stands still; the standing of readings that are stuck becomes STUCK.

    Args:
        program: the plan made ready.
        signals: for the states in which a limit is judged.
        tracks: before what is heard.
        heard: usable readings, one per track and time.
        standing: uint8 [n], is changed.

    Returns:
        None where no track was heard that can be stuck.
    """
    rows = np.flatnonzero(program.still[heard.track]) if program.watches_still else np.empty(0, np.intp)
    if not rows.size:
        return None
    track, time, raw, value = heard.track[rows], heard.time[rows], heard.raw[rows], heard.value[rows]
    edge = np.empty(rows.size, np.bool_)
    np.not_equal(track[1:], track[:-1], out=edge[1:])
    edge[0] = True
    begins = np.flatnonzero(edge)
    mine = track[begins]
    numbers = unmoved(program, signals, tracks, Told(track, time, raw, value, begins))
    seen, silent = numbers.seen, numbers.silent
    parted = numbers.parts & (numbers.seen_before < program.still[track])
    edge |= numbers.moved | parted
    told = numbers.judged | (seen >= program.still[track])
    goes_on = ~numbers.moved[begins] & (tracks.still_since[mine] != ALWAYS) & told[begins] & ~parted[begins]
    apart = (seen == 0) | (seen >= program.still[track])
    most = _FAR * program.still[track]
    far = time[begins] - tracks.still_since[mine] > most[begins]
    goes_on &= ~silent[begins] | ~(apart[begins] | far | (tracks.standing[mine] == Standing.LOST))
    start = time.copy()
    start[begins[goes_on]] = tracks.still_since[mine[goes_on]]
    silent &= ~edge
    edge |= silent & apart
    _part_far(time, start, most, edge, np.flatnonzero(silent & ~apart))
    first = np.flatnonzero(edge)
    since = start[first]
    last = np.r_[first[1:], rows.size] - 1
    stuck = told[first] & (seen[last] >= program.still[track[first]])
    trailing = np.searchsorted(first, np.r_[begins[1:], rows.size], "left") - 1
    found = Stretches(
        track=mine,
        since=np.where(told[first[trailing]], since[trailing], ALWAYS),
        raw=numbers.raw[last[trailing]],
        value=numbers.value[last[trailing]],
        seen=seen[last[trailing]],
        goes_on=goes_on & (first[trailing] == begins),
    )
    for number in np.flatnonzero(stuck).tolist():
        low, high = int(first[number]), int(last[number]) + 1
        standing[rows[low:high]] = Standing.STUCK
        which, began = int(track[low]), int(since[number])
        if began != time[low] and tracks.standing[which] == Standing.STUCK:
            continue  # known already
        known = low + int(np.searchsorted(seen[low:high], program.still[which], "left"))
        found.found[which, int(time[low])] = began, int(time[known])
        found.cuts.append((which, time[low : low + 1]))
    inside = np.flatnonzero((found.since > time[begins]) & ~found.goes_on)
    found.cuts += [(int(mine[row]), found.since[row : row + 1]) for row in inside.tolist()]
    return found


def _part_far(time: I64, start: I64, most: I64, edge: Mask, silences: Index) -> None:
    """Silences over which a stretch would reach back too far become edges, one after the other.

    Args:
        time: int64 [n], of each reading, ns.
        start: int64 [n], at an edge: when the stretch began, ns.
        most: int64 [n], so far back at most, ns.
        edge: bool [n], where stretches begin; is changed.
        silences: rows behind silences that are no edges.
    """
    if not silences.size:
        return
    begin = np.maximum.accumulate(np.where(edge, np.arange(time.size), 0))[silences]
    over = time[silences] - start[begin] > most[silences]
    parted = 0
    for row, began in zip(silences[over].tolist(), begin[over].tolist(), strict=True):
        if time[row] - start[max(began, parted)] > most[row]:
            edge[row], parted = True, row


def reaches_back(program: Program, tracks: TrackColumns, track: int) -> int:
    """How long a silence of a track may last and turn out to belong to a stretch, ns; 0 where none goes on over it."""
    still, seen = int(program.still[track]), int(tracks.still_seen[track])
    goes_on = tracks.still_since[track] != ALWAYS and tracks.standing[track] not in MISSING and seen > 0
    return _FAR * still if goes_on else 0


def end_stretches(tracks: TrackColumns, over: Index) -> None:
    """These tracks have moved: what was seen while they stood still is seen like anything else."""
    tracks.low[over] = np.fmin(tracks.low[over], tracks.still_low[over])
    tracks.high[over] = np.fmax(tracks.high[over], tracks.still_high[over])
    tracks.still_low[over] = tracks.still_high[over] = np.nan
    tracks.still_since[over] = ALWAYS


def begin_stretches(tracks: TrackColumns, track: Index | int, start: I64 | int) -> None:
    """From `start` on these tracks may be standing still."""
    tracks.moved[track] = tracks.last[track]
    tracks.still_beyond[track] = tracks.beyond[track]
    tracks.still_since[track] = start


def take_still(tracks: TrackColumns, runs: Runs, rows: Index) -> Index:
    """Take the values of runs that go on as before and may be standing still; the rows that remain to be taken."""
    track = runs.track[rows]
    speaks = runs.standing[rows] != Standing.STUCK
    still = (tracks.still_since[track] != ALWAYS) & speaks
    mine = track[still]
    tracks.still_low[mine] = np.fmin(tracks.still_low[mine], runs.low[rows[still]])
    tracks.still_high[mine] = np.fmax(tracks.still_high[mine], runs.high[rows[still]])
    rest: Index = rows[speaks & ~still]
    return rest


def final_of(tracks: TrackColumns, track: int) -> int:
    """Up to when what was heard of a track is evidence or not for good, ns."""
    if tracks.still_since[track] == ALWAYS or tracks.standing[track] in MISSING:
        return int(tracks.last[track])
    return int(tracks.still_since[track]) - 1
