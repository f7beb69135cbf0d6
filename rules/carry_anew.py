"""Where another version of a plan changes a limit, or is the first to have it: beginning with what is known already."""

from __future__ import annotations

import numpy as np

from readings.times import ALWAYS, NEVER, format_duration
from rules.bounds import MISSING, Standing
from rules.carry_derived import Old, go_on_deriving, remembered, same_reading
from rules.course import UNSEEN, Course, Gap, Phase
from rules.cycle_course import CycleCourse
from rules.foreseen import foreseen
from rules.gates import gates_of
from rules.granted import granted_spans
from rules.limit_state import BY_HAND, Kind, Moment
from rules.limit_unit import LimitUnit
from rules.memory import Side
from rules.program import Program
from rules.silences import silences, why_silent
from rules.weighing import weigh

_Stood = tuple[int, int, str]  # standing, since when it is known, reason


def begin_anew(old: Old, new: Program, side: Side, number: int) -> None:
    """Judge a limit unit from the switch on by the last readings, behind what was decided until then.

    Args:
        old: the version before.
        new: the present one.
        side: is changed; its signals are known.
        number: of the limit unit.
    """
    limit, held, at = new.limits[number], side.limits[number], old.state.until
    go_on_deriving(old, new, side, number)
    for point, track in enumerate(limit.tracks):
        stood = _stand(old, new, side, limit, track)
        held.stands[point], held.known[point], held.reasons[point] = stood
    _stand_in(old, new, side, number)
    held.settled = at - 1  # the line may turn at that very time
    was, course = _decided(old), held.course
    if was is not None:
        course.points = was.points
    past = [gate for gate in gates_of(new, side.signals, limit, at) if gate.time < at]
    judged = not past or past[-1].state == "judged"
    if isinstance(course, Course):
        standing, _, reason = held.stood(limit.terms)
        course.seen = held.hand_known if held.by_hand(limit.terms) else ALWAYS
        course.standing = standing
        if standing in MISSING:
            course.gap = Gap(at, at, reason, standing == Standing.STUCK)
        elif standing not in (UNSEEN, Standing.BEYOND):
            course.excuse = reason
        course.seams = list(was.seams) if isinstance(was, Course) else []
        deviating = isinstance(was, Course) and was.phase == Phase.DEVIATING
        course.take_over(limit.terms, at, deviating=deviating)
    elif judged:
        course.begin(at)
    if not judged:
        course.suspend(limit.terms, at, past[-1].reason, past[-1].verdict)
        held.wait(past[-1].counts)
        if isinstance(course, CycleCourse):
            course.pass_seam(limit.terms, at)


def _stand_in(old: Old, new: Program, side: Side, number: int) -> None:
    """A value by hand that stands in for silent points counts by what holds now, for as long as it holds now."""
    limit, held, at = new.limits[number], side.limits[number], old.state.until
    if limit.stand_in < 0:
        return
    standing, known, _ = _stand(old, new, side, limit, limit.stand_in)
    until = int(side.tracks.last[limit.stand_in]) + limit.counts_for
    if standing != UNSEEN and standing not in MISSING and until > at:
        held.hand, held.hand_known, held.hand_until = standing, known, until
        held.add(Moment(until, Kind.LOSE, BY_HAND, Standing.LOST, until))


def _decided(old: Old) -> Course | CycleCourse | None:
    """The course of the version before, broken off at the switch.

    A cycle may end with it; what is read at that very time is judged by what holds from there on.
    """
    if old.number is None:
        return None
    program, state, at = old.program, old.state, old.state.until
    limit, head = program.limits[old.number], state.head
    last = at if limit.terms.cycle is not None else at - 1
    gates = [gate for gate in gates_of(program, head.signals, limit, at) if gate.time <= last]
    silent = silences(program, head.signals, head, limit, at)
    coming = foreseen(head.memories, limit, gates) if limit.terms.cycle is not None else []
    silent += [moment for moment in coming if moment.time < at]
    course = head.limits[old.number].as_of(limit.terms, last, gates, silent, NEVER)
    course.break_off(limit.terms, at)
    weigh(head.memories, limit, course, state.shown[old.number].points)
    return course


def _stand(old: Old, new: Program, side: Side, limit: LimitUnit, track: int) -> _Stood:
    """How a point stands at the switch; what is known of it goes into the side's columns."""
    theirs, at = old.state.head.tracks, old.state.until
    there = _same_evidence(old, new, track)
    if there is None:
        return UNSEEN, 0, ""
    mine, row = side.tracks, np.array([track])
    fresh = type(mine).fresh(1)
    stuck = bool(theirs.standing[there] == Standing.STUCK and new.still[track] == old.program.still[there])
    mine.copy_rows(theirs, row, np.array([there]))
    for name in ("low", "high", "beyond", "still_low", "still_high", "still_beyond"):
        getattr(mine, name)[row] = getattr(fresh, name)
    if not stuck:
        for name in ("still_since", "still_raw", "still_value", "still_seen", "moved"):
            getattr(mine, name)[row] = getattr(fresh, name)
    standing, reason = Standing.STUCK, f"stuck: unchanged for {format_duration(int(new.still[track]))}"
    if not stuck:
        standing, reason = _by_last_reading(old, new, side, limit, track, there)
    mine.standing[track] = standing
    sensor = new.tracks[track].series.sensor
    named = standing in MISSING and sensor != limit.sensor
    return standing, at, f"{sensor}: {reason}" if named else reason


def _by_last_reading(  # noqa: PLR0913 - of one point, here and there
    old: Old, new: Program, side: Side, limit: LimitUnit, track: int, there: int
) -> tuple[Standing, str]:
    theirs, at = old.state.head.tracks, old.state.until
    last = int(theirs.last[there])
    if theirs.standing[there] in MISSING or at - last > new.silent[track]:
        return Standing.LOST, why_silent(theirs, there, at)
    values = np.array([theirs.last_low[there], theirs.last_high[there]])
    beyond = new.bounds.beyond(np.array([track, track]), values)
    if not beyond.any():
        row = int(new.clearing[track])
        nearly = row >= 0 and bool(new.bounds.beyond(np.array([row, row]), values).any())
        return (Standing.NEARLY if nearly else Standing.WITHIN), ""
    for granted in limit.exceptions:
        told = side.signals[granted.signal].told(new.signals[granted.signal], NEVER)
        looser = new.bounds.beyond(np.full(2, granted.bound), values)
        if not looser.any() and any(start <= last < end for start, end in granted_spans(granted, told)):
            return Standing.EXCEPTED, f"exception: {granted.name}"
    return Standing.BEYOND, ""


def _same_evidence(old: Old, new: Program, track: int) -> int | None:
    """A track of the version before on which the same readings were judged, and some were."""
    wanted = new.tracks[track]
    if wanted.derived:
        return remembered(old, new, track)
    for number, each in enumerate(old.program.tracks):
        heard = old.state.head.tracks.last[number] != ALWAYS
        if each.series == wanted.series and not each.derived and not old.program.feeds[number] and heard:
            return number if same_reading(old, new, wanted.series.sensor) else None
    return None
