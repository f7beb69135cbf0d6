"""Signals of a long file: what is forgotten of them changes nothing that is decided."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from readings.block import Block
from readings.inputs import Series, State
from readings.times import ALWAYS, SECOND
from rules import hear_signals
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND
SERIES = (
    Series("L", "air", "A.1"),
    Series("L", "air", "A.2"),
    Series("L", "mode"),
    Series("L", "door", "A.1"),
)
PLAN = """
line: {unit: zone, zones: [A], state: {from: mode, codes: {"0": stopped, "1": running, "2": hold}}, settle: 40 s}
sensors:
  air: {unit: degC, resolution: 0.1, zones: {A: 2 points}, range: [-50, 150], every: 10 s, silent_after: 35 s}
  mode: {unit: code, every: 10 s, silent_after: 60 s}
  door: {unit: bool, zones: [A], every: 10 s, silent_after: 60 s}
ccps:
  - id: C
    critical:
      - {id: warm, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 20 s, during: running}
      - id: door
        kind: threshold
        of: air
        at_most: 4.0 degC
        except: [{while: door, at_most: 8.0 degC, for_at_most: 2 min, at_most_times: 3 per 20 min, recovers_within: 1 min}]
      - {id: held, kind: dwell, of: air, at_least: 2.0 degC, for: 40 s, during: [running, hold]}
    operating:
      - {id: sum, kind: degree_minutes, of: air, above: 0.0 degC, at_most: 20 K.min, window: 10 min, during: running}
"""


def blocks(seed: int, count: int) -> list[Block]:
    """Two hours and a half in so many blocks: a line that changes its state every few minutes, a door likewise."""
    draw = np.random.default_rng(seed)
    size = 900
    air = np.round(draw.normal(3.0, 2.0, (2, size)), 1)
    mode = np.repeat(draw.integers(0, 3, 60), size // 60)
    door = np.repeat(draw.integers(0, 2, 90), size // 90)
    value = np.stack([air[0], air[1], mode, door], 1).ravel()
    which = np.tile(np.arange(4, dtype=np.int32), size)
    time = START + np.repeat(np.arange(size), 4) * 10 * SECOND + which * SECOND
    there = draw.random(value.size) > 0.04
    there[1200:1300] &= which[1200:1300] != 2
    value, which, time = value[there], which[there], time[there]
    none = np.zeros(value.size, np.uint8)
    whole = Block(SERIES, which, time, value, value, none, none, time, np.full(value.size, -1))
    edges = np.linspace(0, value.size, count + 1).astype(int).tolist()
    return [whole.part(start, stop) for start, stop in pairwise(edges)]


def decided(program, given: list[Block]) -> list[dict]:
    state, decisions = begin(program, complete=True), Decisions(program)
    for block in given:
        state, changes = step(program, state, block, ALWAYS)
        decisions.take(changes)
    decisions.finish(state)
    return list(decisions.lines())


@pytest.mark.parametrize("seed", range(3))
def test_what_is_forgotten_changes_nothing(make_bench, monkeypatch, seed):
    """Gates, exceptions that are counted, cycles, sums over windows: the same, whether signals are remembered whole,
    or only as far back as anything can still ask for them.
    """
    program = make_bench(PLAN).program
    monkeypatch.setattr(hear_signals, "_MANY", 1 << 30)
    expected = decided(program, blocks(seed, 40))
    assert {line["verdict"] for line in expected} >= {"ok", "deviation", "suspended", "starting"}
    for many in (0, 16):
        monkeypatch.setattr(hear_signals, "_MANY", many)
        assert decided(program, blocks(seed, 40)) == expected


def test_a_long_file_does_not_remember_every_change(make_bench):
    """After an hour of changes only the last ones are held."""
    program = make_bench(PLAN).program
    state = begin(program, complete=True)
    longest = 0
    for block in blocks(1, 60):
        state, _ = step(program, state, block, ALWAYS)
        longest = max(longest, *(len(signal.said) for signal in state.head.signals))
    assert 2 <= longest < 40


def test_a_bad_reading_of_a_text_changes_nothing(bench) -> None:
    """Where a gateway hears that a text has no value, what it said last goes on: 60 s of running, then stopped.

    6 degC is above the limit of 5 for more than 20 s from the beginning on; the line stops after 60 s.
    """
    held = bench(
        "line: {state: {from: phase, codes: {run: running, stop: stopped}}}\n"
        "sensors:\n"
        "  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}\n"
        "  phase: {unit: text, every: on change, alive_every: 5 min}\n"
        "ccps:\n"
        "  - id: C\n"
        "    critical: [{id: a, of: air, kind: threshold, at_most: 5.0 degC, for_more_than: 20 s, during: running}]\n"
    )
    rows = [("air", at, 6.0) for at in range(0, 100, 10)]
    states = [
        State(START - SECOND, "L", "phase", "run"),
        State(START + 60 * SECOND, "L", "phase", "stop"),
    ]
    spans = held.spans([*rows, ("phase", 35, None), ("phase", 75, None)], until=100, states=states)
    assert spans == held.spans(rows, until=100, states=states)
    assert [(verdict, start) for verdict, start, *_ in spans][-2:] == [
        ("deviation", 0.0),
        ("suspended", 60.0),
    ]
