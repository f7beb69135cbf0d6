"""Promise 4 for plans and plant days drawn by chance: whole and in order, or however it came, the record is the same."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings
from msgspec.structs import replace

from readings.block import Block, BlockBuilder
from readings.inputs import Series, State
from readings.quality import Reason
from readings.times import ALWAYS, NEVER, SECOND, parse_time
from rules import again
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.memory import EngineState, keep_again
from rules.plan_check import load_plan

_SPEC = importlib.util.spec_from_file_location("any_plant", Path(__file__).with_name("any_plant.py"))
any_plant = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(any_plant)

START = parse_time("2026-12-01T00:00:00Z")
HEAD = """plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-01-01T00:00:00Z"""
SIZE = 30  # scans
LATE = 40  # s; with what a block waits for, less than every reorder window
SEEDS = settings.default.max_examples // 4  # 25; --hypothesis-profile=fuzz: 1,250


def time_of(row):
    """Of a row, ns."""
    return START + row[0] * SECOND


def block_of(rows) -> Block:
    """Rows as the journal holds them."""
    builder = BlockBuilder()
    for row in rows:
        time, (_, name, value) = time_of(row), row
        if isinstance(value, str):
            builder.state(State(time, "L", name, value))
            continue
        reason = (
            Reason.NO_ANSWER
            if value is None
            else Reason.BY_HAND
            if name in ("probe", "first")
            else Reason.NONE
        )
        told = math.nan if value is None else value
        builder.reading(Series("L", *name.split("/")), time=time, value=told, reason=reason, received=time)
    return builder.build()


def recorded(decisions):
    """Everything a record holds: spans with their integrals and reasons, and events.

    Of an event not its id, which is of its beginning as it was first known, and of an open one not its values so far.
    """
    events = []
    for limit, event in decisions.raised():
        low, high = (event.low, event.high) if event.end != NEVER else (math.nan, math.nan)
        events.append((limit.key, repr(replace(event, id="", low=low, high=high))))
    return [repr(line) for line in decisions.lines()], sorted(events)


def whole(program, rows, until):
    """What holds of all of it, in order of time."""
    decisions = Decisions(program)
    state, changes = step(program, begin(program, complete=True), block_of(rows), ALWAYS)
    decisions.take(changes)
    state, changes = step(program, state, Block(), until)
    decisions.take(changes)
    decisions.finish(state)
    return recorded(decisions)


def live(program, rows, until, chance):
    """The same as it comes: in parts, time running ahead of some, the memory stored and read again now and then."""
    state, decisions, journal, now = begin(program), Decisions(program), [], ALWAYS
    while rows:
        size = chance.choice([1, 2, 8, 8])
        journal.append(block_of(rows[:size]))
        now = max(now, *(time_of(row) for row in rows[:size]))
        rows = rows[size:]
        if rows and chance.random() < 0.3:
            now = max(now, now + int(chance.random() * (time_of(rows[0]) - now)))
        state, changes = step(program, state, journal[-1], now, position=len(journal) - 1)
        decisions.take(changes)
        if chance.random() < 0.1:
            oldest, state = state.oldest_kept, EngineState.decode(state.encode())
            for position in range(oldest if oldest is not None else len(journal), len(journal)):
                keep_again(program, state, journal[position], position)
    while now < until:
        now = min(until, now + chance.choice([10, 60]) * SECOND)
        state, changes = step(program, state, Block(), now, position=len(journal))
        decisions.take(changes)
    decisions.finish(state)
    assert state.late == 0
    return recorded(decisions)


def shuffled(chance, rows):
    """Late, some more and some less; the first stays first, for judging begins with it."""
    keyed = [(row[0] + chance.random() * LATE, number) for number, row in enumerate(rows) if number]
    return [rows[0], *(rows[number] for _, number in sorted(keyed))]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_record_says_the_same_however_its_readings_came(seed, monkeypatch):
    """In order or late, in whatever parts, restarted, and however far the tail lags behind."""
    chance = Random(seed)
    plan = any_plant.a_plan(chance, HEAD)
    program, rows = compile_plan(load_plan(plan, "plan.yaml")), any_plant.a_day(chance, plan, SIZE)
    until = time_of(rows[-1]) + 400 * SECOND
    lag = chance.choice([1.0, 1.25, 2.0, 3.0])
    monkeypatch.setattr(again, "lag_of", lambda program: int(lag * program.window))
    came = shuffled(chance, rows) if chance.random() < 0.7 else rows
    assert live(program, came, until, chance) == whole(program, rows, until)
