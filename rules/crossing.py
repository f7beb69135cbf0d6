"""What stands on both sides of a silence, and what was said in it, in columns."""

from __future__ import annotations

import numpy as np

from readings.block import I64
from rules.bounds import GOOD
from rules.bridge import Bridge
from rules.evidence import Heard, Runs, TrackColumns

_HAD_A_VALUE = 60  # reasons below it leave the value: uncertain readings, and those out of range


def bridged(bridge: Bridge, tracks: TrackColumns, heard: Heard, runs: Runs, row: int) -> str | None:
    """Why the silence before a run of readings is bridged, as far as its own track can tell; None where it is not."""
    track, start = int(runs.track[row]), int(runs.start[row])
    last = int(tracks.last[track])
    if tracks.standing[track] not in GOOD or runs.standing[row] not in GOOD:
        return None
    if start - last > bridge.up_to or _spoke_between(tracks, heard, track, last, start):
        return None
    first = int(runs.first[row])
    low, high = float(tracks.last_low[track]), float(tracks.last_high[track])
    if first and heard.track[first - 1] == track:
        low, high = float(heard.low[first - 1]), float(heard.high[first - 1])
    return bridge.why((low, high), (float(heard.low[first]), float(heard.high[first])), start - last)


def _spoke_between(tracks: TrackColumns, heard: Heard, track: int, last: int, start: int) -> bool:
    """Whether a reading that is no evidence gave a value all the same: nobody can say that it was not so."""
    if last < tracks.spoke[track] < start:
        return True
    low, high = (int(np.searchsorted(heard.bad_track, track, side)) for side in ("left", "right"))
    time = heard.bad_time[low:high]
    return bool(((time > last) & (time < start) & (heard.bad_reason[low:high] < _HAD_A_VALUE)).any())


def spoke_of(tracks: TrackColumns, heard: Heard, track: int, gives: int) -> I64:
    """Times of readings of an input that were no evidence and had a value: the last one known, and those heard now, int64.

    Args:
        tracks: as they were before.
        heard: what inputs said.
        track: the input.
        gives: the track that follows from it; it remembers the last one.
    """
    low, high = (int(np.searchsorted(heard.bad_track, track, side)) for side in ("left", "right"))
    time, reason = heard.bad_time[low:high], heard.bad_reason[low:high]
    told: I64 = np.r_[tracks.spoke[gives], time[reason < _HAD_A_VALUE]]
    return told


def take_spoken(tracks: TrackColumns, heard: Heard) -> None:
    """Remember when a reading that is no evidence gave a value last."""
    rows = np.flatnonzero(heard.bad_reason < _HAD_A_VALUE)
    np.maximum.at(tracks.spoke, heard.bad_track[rows], heard.bad_time[rows])
