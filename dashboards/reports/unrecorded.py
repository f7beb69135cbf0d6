"""When nothing of a line was recorded: neither this program nor any device spoke. What was uploaded later is recorded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dashboards.reports.measured import Interval
from ingest.history import History
from readings.block import I64, Block
from readings.inputs import Series
from rules.plan import Plan


def unrecorded(history: History, plan: Plan, known: Mapping[Series, Block], span: Interval) -> list[Interval]:
    """The spans without one reading of the line, each from the last before it, ns UTC.

    A span counts when it is longer than one of the sensors that spoke until then may be silent.

    Args:
        history: of the archive.
        plan: of the line: its sensors, and how long each may be silent.
        known: series that were read already, over the whole span.
        span: that is looked at, ns UTC.
    """
    patience = _patience(plan)
    start, end = span
    if not patience or start >= end:
        return []
    heard = {
        one: np.concatenate(
            [
                history.rows(one, start - silence, start).time,
                known[one].time if one in known else np.empty(0, np.int64),
            ]
        )
        for one, silence in patience.items()
    }
    shortest = min(patience.values())
    for since, until in _pauses(heard, span, shortest):
        for one in patience:
            if one not in known:
                heard[one] = np.union1d(heard[one], history.rows(one, since, until).time)
    found = []
    for since, until in _pauses(heard, span, shortest):
        spoke = [silence for one, silence in patience.items() if since - _last(heard[one], since) <= silence]
        if until - since > min(spoke, default=shortest):
            found.append((max(since, start), until))
    return found


def _patience(plan: Plan) -> dict[Series, int]:
    """Of each series of numbers that is to speak, how long it may be silent, ns."""
    return {
        Series(plan.line_id, name, point): sensor.silence
        for name, sensor in plan.sensors_.items()
        if sensor.silence and sensor.unit.dimension != "text"
        for points in sensor.point_names().values()
        for point in points
    }


def _pauses(heard: Mapping[Series, I64], span: Interval, longer_than: int) -> list[Interval]:
    """Between readings of whatever series; an end of the span stands for one that there is not."""
    start, end = span
    times = np.unique(np.concatenate(list(heard.values())))
    times = times[times < end]
    if not len(times) or times[0] > start:
        times = np.concatenate([[start], times])
    times = np.concatenate([times, [end]])
    wide = np.flatnonzero(np.diff(times) > longer_than)
    return [(int(times[at]), int(times[at + 1])) for at in wide if times[at + 1] > start]


def _last(times: I64, at: int) -> int:
    place = int(np.searchsorted(times, at, "right"))
    return int(times[place - 1]) if place else -(2**62)
