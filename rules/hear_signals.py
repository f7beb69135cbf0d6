"""Hearing what the line says of itself, in time or late."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from readings.inputs import State
from readings.times import AHEAD, ALWAYS, NEVER
from rules.evidence import Mask, SeriesRows
from rules.memory import EngineState
from rules.program import Program
from rules.signals import meaning


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
            if signal.series.sensor == said.name and said.zone in ("", signal.zone):
                before = list(state.head.signals[number].told(signal, state.until))
                state.head.signals[number].hear_text(signal, said.time, meaning(signal, said.text))
                _mark(program, state, number, before, touched, back)
    for number, signal in enumerate(program.signals) if rows.time.size else ():
        code = state.series.get(signal.series)
        mine = rows.pick(_speaks(rows, code)) if code is not None else None
        if mine is not None and code is not None and mine.time.size:
            before = list(state.head.signals[number].told(signal, state.until))
            _hear(program, state, number, code, mine)
            _mark(program, state, number, before, touched, back)
    return touched, back


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


def _mark(  # noqa: PLR0913 - what was told before, and whom it concerns
    program: Program,
    state: EngineState,
    signal: int,
    before: list[tuple[int, str]],
    touched: Mask,
    back: Mask,
) -> None:
    """Who must look at a change of a signal, and who must judge again because it lies in what was judged."""
    after = state.head.signals[signal].told(program.signals[signal], state.until)
    changed = min((at for at, _ in set(before) ^ set(after)), default=NEVER)
    if changed == NEVER:
        return
    for number, limit in enumerate(program.limits):
        if signal in (limit.gate, limit.batch) or any(
            granted.signal == signal for granted in limit.exceptions
        ):
            touched[number] = True
            heard = max(int(state.head.tracks.last[track]) for track in (*limit.tracks, *limit.sources))
            back[number] |= state.tail is not None and changed <= max(
                heard, state.head.limits[number].settled
            )


def forget_lots(program: Program, state: EngineState) -> None:
    """Drop lots that no window, no open event and nothing that was kept through a silence can ask for any more.

    Before a step, never after it: whoever is told of an event that ended in the step still asks for its lots.
    """
    heard = state.head.tracks.last
    oldest = min(
        [
            state.until - 2 * program.window,
            *(event.start for shown in state.shown for event in shown.events),
            int(heard[heard != ALWAYS].min(initial=NEVER)),
        ]
    )
    for zone in {zone for _, zone, _ in state.lots}:
        old = [each for each in state.lots if each[1] == zone and each[0] <= oldest]
        state.lots = [each for each in state.lots if each not in old[:-1]]


def forget_signals(program: Program, state: EngineState) -> None:
    """Drop changes that no window and no count of exceptions can ask for any more."""
    for number, signal in enumerate(state.head.signals):
        users = [
            limit
            for limit in program.limits
            if number in (limit.gate, limit.batch)
            or any(granted.signal == number for granted in limit.exceptions)
        ]
        reach = max(
            [
                0,
                *(limit.settle for limit in users),
                *(
                    granted.window + granted.lasts + granted.recovers
                    for limit in users
                    for granted in limit.exceptions
                ),
            ]
        )
        side = state.tail or state.head
        settled = min((side.limits[program.limits.index(limit)].settled for limit in users), default=NEVER)
        signal.prune(min(settled, state.until - 2 * program.window) - reach)
