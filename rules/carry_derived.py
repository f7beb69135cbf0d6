"""Where another version of a plan changes a limit on what follows from readings: what was read before the switch counts on.

No stretch between two readings, and no window, is judged by nobody because a plan took over in it: where nothing but the
bound has changed, what was remembered goes on, and is judged by what holds now. Where what it follows from is another (a
window, a level, a sensor), it begins with the last reading before the switch, so that what lies between that and the first
one behind it counts as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.times import ALWAYS
from rules.derivation import Spans, Taken
from rules.gates import gates_of
from rules.limit_unit import DerivedTrack, LimitUnit
from rules.memory import EngineState, Side
from rules.program import Program
from rules.silences import copy_unread


@dataclass(frozen=True, slots=True)
class Old:
    """A limit unit in the version before.

    Attributes:
        program: of that version.
        state: as of the switch.
        number: of the limit unit; None if that version did not have it.
    """

    program: Program
    state: EngineState
    number: int | None


def go_on_deriving(old: Old, new: Program, side: Side, number: int) -> None:
    """Give what the derivations of a limit unit remember at the switch.

    A limit that is decided per cycle begins with its next cycle, and remembers nothing.

    Args:
        old: the version before.
        new: the present one.
        side: is changed; its signals are known.
        number: of the limit unit.
    """
    limit = new.limits[number]
    for derived in limit.derived if limit.terms.cycle is None else ():
        there = _goes_on(old, new, derived)
        if there is None:
            _begin_with_the_last(old, new, side, limit, derived)
            continue
        head = old.state.head
        side.memories[derived.track] = head.memories[there.track].parted(old.state.until)
        side.tracks.copy_rows(head.tracks, np.array(derived.inputs), np.array(there.inputs))
        copy_unread(head, there.inputs, side, derived.inputs)


def remembered(old: Old, new: Program, track: int) -> int | None:
    """The derived track of the version before that goes on in this one, if it has had a value; else None."""
    limit = new.limits[int(new.limit_of[track])]
    derived = next(each for each in limit.derived if each.track == track)
    there = _goes_on(old, new, derived) if limit.terms.cycle is None else None
    return there.track if there is not None and old.state.head.tracks.last[there.track] != ALWAYS else None


def same_reading(old: Old, new: Program, sensor: str) -> bool:
    """Whether a sensor's readings are the same evidence in both versions."""
    sensors = (plan.sensors[sensor] for plan in (old.program.plan, new.plan))
    was, now = ((each.unit, each.step, each.range, each.uncertain) for each in sensors)
    return was == now


def _goes_on(old: Old, new: Program, derived: DerivedTrack) -> DerivedTrack | None:
    """What it was in the version before, where nothing but the bound has changed."""
    if old.number is None:
        return None
    was, now = old.program.tracks, new.tracks
    heard = [now[track].series for track in derived.inputs]
    for there in old.program.limits[old.number].derived:
        if [was[track].series for track in there.inputs] == heard:
            same = all(same_reading(old, new, each.sensor) for each in heard)
            return there if same and there.remembers_like(derived) else None
    return None


def _begin_with_the_last(old: Old, new: Program, side: Side, limit: LimitUnit, derived: DerivedTrack) -> None:
    """Begin with the last readings before the switch, where what lies between two readings counts."""
    memory, tracks = side.memories[derived.track], side.tracks
    heard = [_last_before(old, new, track) for track in derived.inputs] if memory.between else []
    if not heard or None in heard:
        return
    spans = Spans(gates_of(new, side.signals, limit, old.state.until, proven=False))
    taken = []
    for track, (time, low, high) in zip(derived.inputs, filter(None, heard), strict=True):
        times, values = np.array([time] * 2), np.array([low, high])
        tracks.take_input(track, times, values)
        taken.append(Taken.of(times, values, new.steps[track]))
    derived.derivation.take(memory, taken, spans, min(int(tracks.last[track]) for track in derived.inputs))
    side.memories[derived.track] = memory.parted(old.state.until)


def _last_before(old: Old, new: Program, track: int) -> tuple[int, float, float] | None:
    """Time, least and greatest value of the last reading before the switch; None where there is none of use."""
    theirs, at = old.state.head.tracks, old.state.until
    series = new.tracks[track].series
    if series.sensor not in old.program.plan.sensors or not same_reading(old, new, series.sensor):
        return None
    for there, each in enumerate(old.program.tracks):
        if each.series != series or each.derived:
            continue
        found = theirs.last[there], theirs.last_low[there], theirs.last_high[there]
        if (
            theirs.last[there] == at and old.program.feeds[there]
        ):  # what is read at the switch itself is heard anew
            found = theirs.moved[there], theirs.low[there], theirs.high[there]
        if ALWAYS < found[0] < at and not np.isnan(found[1]):
            return int(found[0]), float(found[1]), float(found[2])
    return None
