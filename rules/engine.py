"""The engine: `step(program, state, inputs, until)` gives what changed.

It decides at once. Every limit unit has a head, advanced as readings come, and a tail that stands a reorder window
behind; what comes late sets the head back to the tail, and the window is judged again. What was shown is compared with
what holds now, so the same readings give the same timeline in whatever order and in whatever blocks they came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import Block
from readings.times import ALWAYS, NEVER
from rules import again
from rules.advance import advance, silence
from rules.bounds import Standing
from rules.course import Course
from rules.events import EventChange, compare_events, events_of, loss_due
from rules.evidence import Mask
from rules.hear_signals import forget_lots, hear_signals
from rules.limit_state import LimitState, Moment
from rules.limit_unit import LimitUnit
from rules.memory import EngineState, Kept, Shown, begin, heeded, rows_of
from rules.program import Program
from rules.settling import settle
from rules.signals import Gate, gates_of
from rules.timeline import Point, Rewrite, Verdict, rewrite, trim

__all__ = ["Change", "begin", "step"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a step changed for one limit unit.

    Attributes:
        limit: which.
        rewrite: how its timeline went on; None if only events changed.
        events: events that opened, were revised, returned or were withdrawn.
        until: how far time had come.
    """

    limit: LimitUnit
    rewrite: Rewrite | None
    events: list[EventChange]
    until: int


def step(
    program: Program, state: EngineState, inputs: Block, until: int, *, position: int = 0
) -> tuple[EngineState, list[Change]]:
    """Take inputs and time; say what changed.

    Args:
        program: the plan made ready.
        state: consumed.
        inputs: readings and states; those of other lines are passed over.
        until: how far time has come, ns; never taken back.
        position: where the inputs stand in the journal.

    Returns:
        The state, and the changes in the order of the plan's limits.
    """
    rows = rows_of(state, inputs, program.plan.line_id)
    states = [said for said in inputs.states if said.line == program.plan.line_id]
    if state.start == ALWAYS:
        heard = [*rows.time.tolist(), *(said.time for said in states)]
        if not heard and until == ALWAYS:
            return state, []
        _begin(state, min([until, *heard]) if until != ALWAYS else min(heard))
    if state.tail is not None:
        forget_lots(program, state)
    heeds = heeded(program, state, rows, until)
    if not heeds.all():
        state.passed[position] = np.flatnonzero(~heeds).tolist()
        rows = rows.pick(heeds)
    state.until = max(until, state.until, int(rows.time.max()) if rows.time.size else ALWAYS)
    touched, back = hear_signals(program, state, states, rows, until)
    back |= again.late(program, state, rows)
    if state.tail is not None and rows.time.size:
        state.kept.append(Kept(position, rows, int(rows.time.max())))
    touched |= advance(program, state, state.head, rows, only=~back if back.any() else None, stirred=touched)
    if back.any():
        touched |= again.judge_again(program, state, back)
    changes = _show(program, state, touched | _due(program, state))
    if state.tail is not None:
        again.follow(program, state)
    return state, changes


def _begin(state: EngineState, start: int) -> None:
    state.start = start
    for side in (state.head, state.tail):
        for limit in side.limits if side is not None else ():
            limit.begin(start)


def _due(program: Program, state: EngineState) -> Mask:
    """Which limit units must be looked at because of the time alone."""
    due: Mask = state.due < state.until
    tracks = state.head.tracks
    seen = tracks.last != ALWAYS
    silent = seen & ~state.silent_shown
    silent[silent] = state.until - tracks.last[silent] > program.silent[silent]
    due[program.limit_of[silent]] = True
    return due


def _show(program: Program, state: EngineState, touched: Mask) -> list[Change]:
    changes = []
    for number in np.flatnonzero(touched).tolist():
        change = _look(program, state, number)
        if change is not None:
            changes.append(change)
    return changes


def open_spans(program: Program, state: EngineState) -> list[Point | None]:
    """The open span of every limit unit, with the values seen in it up to now; None before the first input."""
    everybody = np.ones(len(program.limits), np.bool_)
    if state.start != ALWAYS and _show(program, state, everybody):
        raise AssertionError("a step has left something unsaid")
    return [shown.points[-1] if shown.points else None for shown in state.shown]


def _look(program: Program, state: EngineState, number: int) -> Change | None:
    limit, held, shown = program.limits[number], state.head.limits[number], state.shown[number]
    gated = gates_of(program, state.head.signals, limit, state.until)
    silences = _silences(program, state, limit)
    settle(program, state, state.head, number, state.until)
    course = held.as_of(limit.terms, state.until, gated, silences)
    if shown.points:
        trim(course.points, shown.points[0].start)
    change = rewrite(shown.points, course.points, shown.gone)
    if change is not None:
        starts = {point.start for point in course.points}
        shown.gone = sorted({*shown.gone, *change.superseded} - starts)
    events = events_of(limit, course.points, state.until)
    event_changes = compare_events(shown.events, events)
    state.due[number] = min(
        course.due(limit.terms),
        _pending_loss(limit, course, state),
        _next_signal(program, state, limit, gated),
    )
    shown.points, shown.events = course.points, events
    _forget(state, limit, held, shown)
    if change is None and not event_changes:
        return None
    return Change(limit, change, event_changes, state.until)


def _pending_loss(limit: LimitUnit, course: Course, state: EngineState) -> int:
    due = loss_due(limit, course.points)
    return due - 1 if due > state.until else NEVER


def _next_signal(program: Program, state: EngineState, limit: LimitUnit, gated: list[Gate]) -> int:
    """When a gate passes or a signal falls silent next, just before; NEVER if none will."""
    users = {limit.gate, *(granted.signal for granted in limit.exceptions)} - {-1}
    silences = [
        state.head.signals[number].last + program.signals[number].silent
        for number in users
        if program.signals[number].silent and state.head.signals[number].last != ALWAYS
    ]
    coming = [time for time in silences if time >= state.until]
    coming += [gate.time - 1 for gate in gated if gate.time > state.until]
    return min(coming, default=NEVER)


def _silences(program: Program, state: EngineState, limit: LimitUnit) -> list[Moment]:
    found = []
    tracks = state.head.tracks
    for point, track in enumerate(limit.tracks):
        last = int(tracks.last[track])
        silent = last != ALWAYS and state.until - last > program.silent[track]
        state.silent_shown[track] = silent
        if not silent or tracks.standing[track] == Standing.LOST:
            continue
        found.append(silence(program, tracks, point, track))
    return found


def _forget(state: EngineState, limit: LimitUnit, held: LimitState, shown: Shown) -> None:
    """Drop what can no longer change; what remains begins outside every event."""
    horizon = min(state.until - limit.window - limit.lost_after, held.settled)
    quiet = (Verdict.OK, Verdict.OPERATING, Verdict.SUSPENDED, Verdict.STARTING)
    old = [point.start for point in shown.points if point.start <= horizon and point.verdict in quiet]
    if old:
        trim(shown.points, old[-1])
        trim(held.course.points, old[-1])
        shown.events = [event for event in shown.events if event.end > old[-1]]
        shown.gone = [start for start in shown.gone if start > old[-1]]
