"""The engine: `step(program, state, inputs, until)` gives what changed.

It decides at once. Every limit unit has a head, advanced as readings come, and a tail that stands a reorder window
behind; what comes late sets the head back to the tail, and the window is judged again. What was shown is compared with
what holds now, so the same readings give the same timeline in whatever order and in whatever blocks they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from readings.block import Block
from readings.inputs import State
from readings.times import ALWAYS, NEVER
from rules import again
from rules.advance import advance
from rules.carry import hand_over
from rules.course import Course
from rules.cycle_course import CycleCourse
from rules.events import EventChange, compare_events, events_of
from rules.evidence import Mask, SeriesRows
from rules.foreseen import foreseen
from rules.gate import Gate
from rules.gates import WordMemo, firm_until, gates_of, heard_of
from rules.hear_signals import forget_lots, forget_some_signals, hear_signals
from rules.limit_state import LimitState, Moment
from rules.limit_unit import LimitUnit
from rules.line_events import StartChange, leave_line, look_at_line
from rules.losses import loss_due, resting
from rules.memory import EngineState, Kept, Shown, begin, heeded, rows_of, within
from rules.paced import silent_from
from rules.program import Program
from rules.settling import settle
from rules.signed_ends import signed_states
from rules.silences import silences
from rules.timeline import Point, Rewrite, rewrite, trim
from rules.version import Version
from rules.weighing import weigh

__all__ = ["Change", "begin", "judge_from", "step"]

LEFT = "not in the plan that holds from here on"


@dataclass(frozen=True, slots=True)
class Change:
    """What a step changed for one limit unit.

    Attributes:
        limit: which.
        rewrite: how its timeline went on; None if only events changed.
        events: events that opened, were revised, returned or were withdrawn.
        until: how far time had come.
        versions: of the plan, by which the limit unit was and is judged, in order of time; the last one is the present.
        starts: of a state of the line, in place of a limit: what became of its starts.
    """

    limit: LimitUnit
    rewrite: Rewrite | None
    events: list[EventChange]
    until: int
    versions: tuple[Version, ...]
    starts: list[StartChange] = field(default_factory=list)

    def version(self, time: int) -> Version:
        """The version in force at a time."""
        return next(each for each in self.versions if time < each.until)


def step(
    program: Program, state: EngineState, inputs: Block, until: int, *, position: int = 0
) -> tuple[EngineState, list[Change]]:
    """Take inputs and time; say what changed.

    Args:
        program: the plan made ready.
        state: consumed.
        inputs: readings, states, and signed ends of production; those of other lines are passed over.
        until: how far time has come, ns; never taken back.
        position: where the inputs stand in the journal.

    Returns:
        The state, and the changes in the order of the plan's limits.
    """
    return _step(program, state, inputs, until, until, position)


def _step(  # noqa: PLR0913 - of the version before, time has come to the switch, and lateness is as of now
    program: Program, state: EngineState, inputs: Block, until: int, told: int, position: int
) -> tuple[EngineState, list[Change]]:
    rows = rows_of(state, inputs, program.plan.line_id)
    states = [said for said in inputs.states if said.line == program.plan.line_id]
    states += signed_states(program, inputs.acts)
    earlier, parted = _step_before(program, state, inputs, rows, states, told, position)
    mine = within(state, rows.time)
    if not mine.all():
        rows = rows.pick(mine)
    states = [said for said in states if state.first <= said.time < state.ends]
    if state.start == ALWAYS:
        heard = [said.time for said in states]
        heard += [int(rows.time.min())] if rows.time.size else []
        if not heard and until == ALWAYS:
            return state, earlier
        judge_from(state, min([until, *heard]) if until != ALWAYS else min(heard))
    if state.tail is not None:
        forget_lots(program, state)
    heeds = heeded(program, state, rows, told)
    if not heeds.all():
        state.passed[position] = np.flatnonzero(mine)[~heeds].tolist()
        rows = rows.pick(heeds)
    state.until = max(until, state.until, int(rows.time.max()) if rows.time.size else ALWAYS)
    touched, back = hear_signals(program, state, states, rows, told)
    stirred = bool(touched.any())
    state.said = WordMemo(state.until)
    back |= again.late(program, state, rows) | parted
    if state.tail is not None and rows.time.size:
        state.kept.append(Kept.of(position, rows))
    known = np.full(len(program.limits), NEVER) if _is_known(state, rows) else None
    only = ~back if back.any() else None
    touched |= advance(program, state, state.head, rows, only=only, before=known, stirred=touched)
    if back.any():
        touched |= again.judge_again(program, state, back)
    changes = _show(program, state, touched | _due(program, state))
    changes += _show_lines(program, state, stirred=stirred)
    if state.tail is not None:
        again.follow(program, state)
    else:
        forget_some_signals(program, state)
    return state, [*earlier, *changes]


def _step_before(  # noqa: PLR0913 - what was heard, for those whom it concerns
    program: Program,
    state: EngineState,
    inputs: Block,
    rows: SeriesRows,
    states: list[State],
    told: int,
    position: int,
) -> tuple[list[Change], bool]:
    """Let the version before hear what is its own: what it says of limits that the present one does not have.

    Returns:
        The changes; and whether everything must be judged again, for what it hands over may be another.
    """
    before = state.before
    if before is None:
        state.late += int((rows.time < max(state.first, state.start)).sum())
        return [], False
    at, ends = before.state.until, before.state.ends
    heard = bool((rows.time < ends).any()) or any(said.time < ends for said in states)
    if state.tail is None:  # what was before has come, and what is of the very time was heard before too
        inputs, heard = Block(), False
    before.state, changes = _step(before.program, before.state, inputs, at, told, position)
    if heard:
        hand_over(program, state)
    if told > at + min(program.window, before.program.window):
        state.before = None
    left = {before.program.limits[number].key for number in before.state.left}
    left |= {before.program.lines[number].key for number in before.state.lines_left}
    return [change for change in changes if change.limit.key in left], heard


def _is_known(state: EngineState, rows: SeriesRows) -> bool:
    """Whether the version before has heard some of it, and handed it over: what is of the very time of the switch."""
    return state.first != ALWAYS and bool(rows.time.size) and int(rows.time.min()) == state.first


def judge_from(state: EngineState, start: int) -> None:
    """Let judging begin at a time, ns, whatever is heard first: what was said before holds from then on."""
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


def _show_lines(program: Program, state: EngineState, *, stirred: bool) -> list[Change]:
    changes = []
    for number, (unit, shown) in enumerate(zip(program.lines, state.lines, strict=True)):
        if number in state.lines_left:
            events = leave_line(shown, state.until)
            if events:
                changes.append(Change(unit, None, events, state.until, (Version.of(program, unit),)))
            continue
        if not stirred and shown.due >= state.until:
            continue
        back = min(state.until - 2 * program.window, _firm(program, state, unit))
        events, starts = look_at_line(program, state.head.signals, unit, shown, state.until, back)
        if events or starts:
            versions = (Version.of(program, unit),)
            changes.append(Change(unit, None, events, state.until, versions, starts))
    return changes


def open_spans(program: Program, state: EngineState) -> list[Point | None]:
    """The open span of every limit unit, with the values seen in it up to now; None before the first input."""
    everybody = np.ones(len(program.limits), np.bool_)
    if state.start != ALWAYS and _show(program, state, everybody):
        raise AssertionError("a step has left something unsaid")
    return [shown.points[-1] if shown.points else None for shown in state.shown]


def _look(program: Program, state: EngineState, number: int) -> Change | None:
    limit, held, shown = program.limits[number], state.head.limits[number], state.shown[number]
    gated = gates_of(program, state.head.signals, limit, state.until, since=held.settled, memo=state.said)
    silences = _silences(program, state, limit)
    coming = list(foreseen(state.head.memories, limit, gated)) if limit.terms.cycle is not None else []
    silences += [moment for moment in coming if moment.time < state.until]
    settle(program, state, state.head, number, state.until)
    left = number in state.left
    heard = NEVER if left else _heard(program, state, limit)
    course = held.as_of(limit.terms, state.until, gated, silences, heard)
    if left:
        course.break_off(limit.terms, state.until)
        course.suspend(limit.terms, state.until, LEFT)
    weigh(state.head.memories, limit, course, shown.points)
    trim(course.points, shown.points[0].start if shown.points else max(state.start, state.first))
    change = rewrite(shown.points, course.points, shown.gone)
    if change is not None:
        starts = {point.start for point in course.points}
        shown.gone = sorted({*shown.gone, *change.superseded} - starts)
    events = events_of(limit, course.points, state.until, shown.versions)
    event_changes = compare_events(shown.events, events)
    state.due[number] = min(
        course.due(limit.terms),
        _pending_loss(limit, course, state, shown),
        _next_signal(program, state, limit, gated),
        _unheard(state, limit, gated),
        *(_runs_out(program, state, limit) if limit.paced else ()),
        *(moment.time for moment in coming if moment.time >= state.until),
        *(seam - 1 for seam in held.seams if seam > state.until),
        min((each.time for each in held.queue if each.time > state.until), default=NEVER) - 1,
    )
    shown.points, shown.events = course.points, events
    if state.ends == NEVER:  # else another version goes on from here with what this one has shown
        _forget(program, state, number, held, shown)
    if change is None and not event_changes:
        return None
    versions = (*shown.versions, Version.of(program, limit))
    return Change(limit, change, event_changes, state.until, versions)


def _pending_loss(limit: LimitUnit, course: Course | CycleCourse, state: EngineState, shown: Shown) -> int:
    due = loss_due(limit, course.points, shown.versions)
    return due - 1 if due > state.until else NEVER


def _unheard(state: EngineState, limit: LimitUnit, gated: list[Gate]) -> int:
    """At once again, until all inputs have spoken behind the end of a cycle: they add to what it came to."""
    if limit.terms.cycle is None:
        return NEVER
    last = min((int(state.head.tracks.last[track]) for track in limit.sources), default=NEVER)
    begun = max((gate.time for gate in gated if gate.time <= state.until), default=ALWAYS)
    return state.until - 1 if last < begun else NEVER


def _next_signal(program: Program, state: EngineState, limit: LimitUnit, gated: list[Gate]) -> int:
    """When a gate passes or a signal falls silent next, just before; NEVER if none will."""
    users = {*limit.gating, *(granted.signal for granted in limit.exceptions)}
    silences = [
        state.head.signals[number].last + program.signals[number].silent - 1
        for number in users
        if program.signals[number].silent and state.head.signals[number].last != ALWAYS
    ]
    coming = [time for time in silences if time >= state.until]
    coming += [gate.time - 1 for gate in gated if gate.time > state.until]
    heard = heard_of(program, state.head.signals, limit.gate, state.until) if limit.gated else None
    coming += [heard.due() - 1] if heard is not None else []
    return min(coming, default=NEVER)


def _silences(program: Program, state: EngineState, limit: LimitUnit) -> list[Moment]:
    tracks = state.head.tracks
    for track in limit.tracks:
        last = int(tracks.last[track])
        state.silent_shown[track] = last != ALWAYS and state.until - last > program.silent[track]
    return silences(program, state.head.signals, state.head, limit, state.until)


def _runs_out(program: Program, state: EngineState, limit: LimitUnit) -> Iterator[int]:
    """When the last values run out that people enter every so often, if the line goes on as it does."""
    signals = state.head.signals
    for track in limit.tracks:
        last = int(state.head.tracks.last[track])
        known = NEVER if last == ALWAYS else silent_from(program, signals, limit, track, last, state.until)
        yield known if known >= state.until else NEVER


def _heard(program: Program, state: EngineState, limit: LimitUnit) -> int:
    """Up to when every point of a limit unit has spoken, or its silence is known; people are not waited for."""
    if limit.entered:
        return state.until
    last, silent = state.head.tracks.last, program.silent
    return min(
        state.until if state.until - int(last[track]) > silent[track] else int(last[track])
        for track in limit.tracks
    )


def _firm(program: Program, state: EngineState, limit: LimitUnit) -> int:
    """Back to here late truth may change how the line gates a limit unit."""
    if state.tail is None or program.nights is None or program.nights.counter < 0:
        return NEVER
    heard, known = (side.signals[program.nights.counter].count for side in (state.head, state.tail))
    first = heard.first - 1 if heard is not None and known is None else NEVER
    until = state.until - limit.window
    return min(first, firm_until(program, state.head.signals, state.tail.signals, limit, until))


def _forget(program: Program, state: EngineState, number: int, held: LimitState, shown: Shown) -> None:
    """Drop what can no longer change; what remains begins outside every event."""
    limit = program.limits[number]
    known = [held, *_waiting(state, number)]  # late truth begins with the tail
    if state.before is not None:
        known += _waiting(state.before.state, state.before.number_of(limit))
    horizon = min(state.until - limit.window - limit.lost_after, *(_decided(limit, each) for each in known))
    horizon = min(horizon, _firm(program, state, limit))
    if len(shown.points) < 2 or shown.points[1].start > horizon:
        return
    old = [point.start for point in resting(limit, shown.points, shown.versions) if point.start <= horizon]
    if old:
        trim(shown.points, old[-1])
        trim(held.course.points, old[-1])
        shown.events = [event for event in shown.events if event.end > old[-1]]
        shown.gone = [start for start in shown.gone if start > old[-1]]


def _waiting(state: EngineState, number: int | None) -> list[LimitState]:
    """A limit unit as late truth may still find it; none where all is known, or a version does not have it."""
    return [] if state.tail is None or number is None else [state.tail.limits[number]]


def _decided(limit: LimitUnit, held: LimitState) -> int:
    """Up to when a limit unit is decided, ns: a silence may begin at the very end of what is settled, a cycle has begun."""
    return min(held.settled - 1, held.course.open_since - (limit.terms.cycle is not None))
