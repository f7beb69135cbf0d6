"""Hearing what the line says of itself, in time or late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from readings.inputs import State
from readings.times import AHEAD, ALWAYS, NEVER
from rules.evidence import Mask, SeriesRows, begins_of
from rules.gates import heard_of
from rules.losses import counted_since
from rules.memory import EngineState
from rules.nights import UNKNOWN, Nights, Word
from rules.program import Program
from rules.signals import SignalState, meaning

_MANY = 16  # changes of a signal


def hear_signals(
    program: Program, state: EngineState, states: Sequence[State], rows: SeriesRows, told: int
) -> tuple[Mask, Mask]:
    """Take states, lots and signals; `told` is how far time is said to have come, ALWAYS where nothing says so.

    Returns:
        bool, per limit unit: must be looked at; and bool, per limit unit: must be judged again, for the change falls
        into what was judged already.
    """
    touched = np.zeros(len(program.limits), np.bool_)
    back = np.zeros(len(program.limits), np.bool_)
    for said in states:
        if told != ALWAYS and said.time > told + AHEAD:
            state.early += 1
            continue
        if (
            state.tail is not None
            and said.time < max(state.until, told) - program.window
            and not _is_news(program, state, said)
        ):
            state.late += 1
            continue
        if said.name == _lot_sensor(program):
            _hear_lot(state, said)
        for number, signal in enumerate(program.signals):
            if signal.series.sensor == said.name and said.zone in ("", signal.zone) and signal.counts is None:
                before = _told(program, state, number)
                text = meaning(signal, said.text)
                state.head.signals[number].hear_text(signal, said.time, text, since=state.start)
                _mark(program, state, number, before, touched, back)
    for number, code, mine in _spoken(program, state, rows):
        before = _told(program, state, number)
        _hear(program, state, number, code, mine)
        _mark(program, state, number, before, touched, back)
    return touched, back


def _spoken(program: Program, state: EngineState, rows: SeriesRows) -> Iterator[tuple[int, int, SeriesRows]]:
    """The signals of which there are usable readings: number, number of the series, and the readings."""
    codes = [state.series.get(signal.series, -1) for signal in program.signals]
    signals = np.zeros(len(state.series) + 1, np.bool_)
    signals[codes] = True
    signals[-1] = False
    said = np.flatnonzero(signals[rows.which])
    if not said.size:
        return
    said = said[np.argsort(rows.which[said], kind="stable")]
    begins = begins_of(rows.which[said])
    stretches = dict(zip(rows.which[said[begins]].tolist(), np.split(said, begins[1:].tolist()), strict=True))
    for number, code in enumerate(codes):
        if code in stretches:
            mine = rows.pick(stretches[code])
            mine = mine.pick(_speaks(mine, code))
            if mine.time.size:
                yield number, code, mine


def _is_news(program: Program, state: EngineState, said: State) -> bool:
    """Whether a text is newer than all that was heard of its kind, however late it comes."""
    last = [each[0] for each in state.lots if each[1] == said.zone and said.name == _lot_sensor(program)]
    last += [
        state.head.signals[number].last
        for number, signal in enumerate(program.signals)
        if signal.series.sensor == said.name and said.zone in ("", signal.zone)
    ]
    return said.time > max(last, default=ALWAYS)


def _lot_sensor(program: Program) -> str | None:
    return program.plan.line.lot.from_ if program.plan.line.lot is not None else None


def _hear_lot(state: EngineState, said: State) -> None:
    """A lot holds from its first word on; said again, it says nothing new."""
    others = [each for each in state.lots if each[1] != said.zone]
    mine = sorted({*(each for each in state.lots if each[1] == said.zone), (said.time, said.zone, said.text)})
    kept = [each for number, each in enumerate(mine) if not number or mine[number - 1][2] != each[2]]
    state.lots = sorted(others + kept)


def _hear(program: Program, state: EngineState, number: int, code: int, mine: SeriesRows) -> None:
    heard, signal = state.head.signals[number], program.signals[number]
    order = np.lexsort((mine.value, mine.time))
    if state.tail is None or int(mine.time.min()) > heard.last:
        heard.hear(signal, mine.time[order], mine.value[order])
        return
    tail = state.tail.signals[number]  # late: hear the window again, in order
    anew = tail.until(tail.last)
    parts = [kept.rows.pick(_speaks(kept.rows, code)) for kept in state.kept]
    time = np.concatenate([*(part.time for part in parts), mine.time])
    value = np.concatenate([*(part.value for part in parts), mine.value])
    order = np.lexsort((value, time))
    order = order[time[order] > tail.last]
    anew.hear(signal, time[order], value[order])
    state.head.signals[number] = anew


def _speaks(rows: SeriesRows, code: int) -> Mask:
    speaks: Mask = (rows.which == code) & (rows.quality == 0) & np.isfinite(rows.value)
    return speaks


class _Told(NamedTuple):
    """What a signal tells, by itself or with others, from `since` on."""

    since: int
    changes: set[tuple[int, str] | Word]


def _told(program: Program, state: EngineState, number: int, since: int | None = None) -> _Told:
    signals, until = state.head.signals, state.until
    nights = program.nights
    gates = {limit.gate for limit in program.limits if limit.gated} if nights is not None else set()
    if nights is None or number not in {*gates, nights.counter, nights.signed}:
        return _Told(ALWAYS, set(signals[number].told(program.signals[number], until)))
    heard = [
        each
        for gate in (gates & {number} or gates)
        if (each := heard_of(program, signals, gate, until)) is not None
    ]
    if since is None:  # in a file nothing that was before what is firm can change any more
        since = min(_spoke(signals, gates, nights), *(each.firm_until() for each in heard), NEVER)
        since = ALWAYS if state.tail is not None else since
    return _Told(since, {word for each in heard for word in each.words(since=since)})


def _spoke(signals: list[SignalState], gates: set[int], nights: Nights) -> int:
    return min(signals[number].last for number in {*gates, nights.counter, nights.signed} - {-1})


def _mark(  # noqa: PLR0913 - what was told before, and whom it concerns
    program: Program,
    state: EngineState,
    signal: int,
    before: _Told,
    touched: Mask,
    back: Mask,
) -> None:
    """Who must look at a change of a signal, and who must judge again because it lies in what was judged."""
    after = _told(program, state, signal, before.since)
    changed = min((change[0] for change in before.changes ^ after.changes), default=NEVER)
    if changed == NEVER:
        return
    nights = program.nights
    of_line = nights is not None and signal in (nights.counter, nights.signed)
    for number, limit in enumerate(program.limits):
        if (
            signal in limit.gating
            or (of_line and limit.gated)
            or any(granted.signal == signal for granted in limit.exceptions)
        ):
            touched[number] = True
            heard = max(int(state.head.tracks.last[track]) for track in (*limit.tracks, *limit.sources))
            back[number] |= state.tail is not None and changed <= max(
                heard, state.head.limits[number].settled
            )


def forget_lots(program: Program, state: EngineState) -> None:
    """Drop lots that no window, no open event, no cycle under way and nothing kept through a silence can ask for any more.

    Before a step, never after it: whoever is told of an event that ended in the step still asks for its lots.
    """
    if len(state.lots) < 2:
        return
    heard = state.head.tracks.last
    oldest = min(
        [
            state.until - 2 * program.window,
            *(event.since for shown in state.shown for event in shown.events),
            *(
                counted_since(limit, shown.points, state.until - 2 * program.window)
                for limit, shown in zip(program.limits, state.shown, strict=True)
            ),
            *(start.start for line in state.lines for start in line.starts),
            *(fault.start for line in state.lines for fault in line.faults),
            *(
                held.course.open_since
                for side in (state.head, state.tail or state.head)
                for held in side.limits
            ),
            int(heard[heard != ALWAYS].min(initial=NEVER)),
        ]
    )
    for zone in {zone for _, zone, _ in state.lots}:
        old = [each for each in state.lots if each[1] == zone and each[0] <= oldest]
        state.lots = [each for each in state.lots if each not in old[:-1]]


def forget_signals(program: Program, state: EngineState) -> None:
    """Drop changes that no window and no count of exceptions can ask for any more."""
    nights = program.nights
    for number, signal in enumerate(state.head.signals):
        users, reach = _users(program)[number]
        side = state.tail or state.head
        settled = min((side.limits[limit].settled for limit in users), default=NEVER)
        before = min(settled, state.until - 2 * program.window) - reach
        signal.prune(before if nights is None else _asked(program, state, nights, before))


@lru_cache(maxsize=64)
def _users(program: Program) -> list[tuple[list[int], int]]:
    """Of each signal the limit units that ask for it, and how far behind what is settled they do, ns."""
    nights = program.nights
    found = []
    for number in range(len(program.signals)):
        of_line = nights is not None and number in (nights.counter, nights.signed)
        users = [
            at
            for at, limit in enumerate(program.limits)
            if number in limit.gating
            or (limit.gated and of_line)
            or any(granted.signal == number for granted in limit.exceptions)
        ]
        asked = [program.limits[at] for at in users]
        reach = max(
            [
                program.plan.line.settle,
                *(limit.settle for limit in asked),
                *(
                    granted.window + granted.lasts + granted.recovers
                    for limit in asked
                    for granted in limit.exceptions
                ),
            ]
        )
        found.append((users, reach))
    return found


def forget_some_signals(program: Program, state: EngineState) -> None:
    """In a file, where nothing is judged again: forget now and then, or looking at a signal would cost more and more."""
    if any(len(signal.changes) > _MANY or len(signal.said) > _MANY for signal in state.head.signals):
        forget_signals(program, state)


def _asked(program: Program, state: EngineState, nights: Nights, before: int) -> int:
    """Back to when the line last ran before that, for what rests since then may still be asked for."""
    ran = [before - nights.pause]
    for gate in {unit.gate for unit in program.lines}:
        said = [
            at
            for at, text in state.head.signals[gate].changes
            if at <= before and (text == UNKNOWN or text in nights.producing)
        ]
        ran.append(said[-1] if said else state.start)
    return min(ran)
