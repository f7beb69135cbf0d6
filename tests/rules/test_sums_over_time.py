"""What is summed over time is the same however its readings come: in which blocks, at which hour, after which restart."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.times import HOUR, SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.memory import EngineState, keep_again

PLAN = """
line:
  state: {from: phase, codes: {"0": idle, "1": hot, "2": cold}}
  judged_when: [hot, cold]
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, points: 2 points, range: [0, 95], uncertainty: 0.3}
  o3: {unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 40 s}
  flow: {unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 40 s}
ccps:
  - id: C
    critical:
      - {id: f, kind: lethality, of: t, reference: 70 degC, z: 7.5 K, at_least: 0.5 min, during: hot, guard: uncertainty}
      - {id: pu, kind: pasteurisation_units, of: t, formula: 1.393^(T-60), at_most: 47 PU, during: hot}
      - {id: row, kind: table_dwell, of: t, table: fsis_1999_beef_7_log, during: hot}
      - {id: down, kind: cooling_curve, of: t, stages: [{from: 57 degC, to: 6 degC, within: 100 s}], during: cold}
      - id: log
        kind: log_inactivation
        of: o3
        flow: flow
        temperature: o3t
        volume: 100 L
        baffling: {factor: 0.7, basis: tracer study}
        judged_every: 20 s
        by: epa_2020_giardia_ozone
        at_least: 0.7 log
    operating:
      - {id: dm, kind: degree_minutes, of: t, above: 60.0 degC, at_most: 22 K.min, window: 5 min}
      - {id: mkt, kind: mean_kinetic_temperature, of: t, at_most: 62.0 degC, window: 5 min}
""".replace("ccps:", "  o3t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 40 s}\nccps:", 1)


@pytest.fixture(scope="module")
def plant(make_bench):
    """A line with all of them."""
    return make_bench(PLAN)


def readings(chance: random.Random, lost: float = 0.04) -> list[tuple[str, float, float | None]]:
    """Two batches, heated and cooled, with gaps."""
    rows: list[tuple[str, float, float | None]] = []
    value = {"1": 20.0, "2": 20.0}
    for n in range(160):
        phase = (0, 1, 2, 0)[n % 80 // 20]
        rows.append(("phase/1", n * 10, float(phase)))
        for point in "12":
            target = (20.0, 68.0, 5.0, 20.0)[phase] + chance.choice([-4.0, 0.0, 4.0])
            value[point] += (target - value[point]) * chance.choice([0.1, 0.3, 0.5])
            if chance.random() >= lost:
                rows.append((f"t/{point}", n * 10 + chance.randrange(3), round(value[point], 1)))
        for name, level in (("o3", 0.5), ("flow", 3.0), ("o3t", 12.0)):
            if chance.random() > 0.04:
                rows.append((f"{name}/1", n * 10, round(level * chance.uniform(0.7, 1.3), 1)))
    start = chance.randrange(140) * 10 if lost else -100
    kept = [row for row in rows if not (row[0][0] == "t" and start <= row[1] < start + 60)]
    return sorted(kept, key=lambda row: (row[1], row[0]))


def timeline(plant, rows, cuts=(), *, shift=0, anew=False):
    """All points of all limits, in blocks cut at these readings, perhaps from a state that was stored at each."""
    program = plant.program
    state, decisions = begin(program, complete=False), Decisions(program)
    edges = [0, *sorted(cut for cut in cuts if cut < len(rows)), len(rows)]
    blocks = []
    for number, (low, high) in enumerate(pairwise(edges)):
        block = plant.block([(name, at + shift, value) for name, at, value in rows[low:high]])
        blocks.append(block)
        last = max((int(time) for time in block.time), default=0)
        until = last if number < len(edges) - 2 else last + 10 * SECOND
        state, changes = step(program, state, block, until, position=number)
        decisions.take(changes)
        if anew:
            oldest, state = state.oldest_kept, EngineState.decode(state.encode())
            for again in range(oldest, number + 1) if oldest is not None else ():
                keep_again(program, state, blocks[again], again)
    decisions.finish(state)
    return {
        limit.limit: [
            (
                point.start - shift * SECOND,
                point.verdict,
                point.decided - shift * SECOND,
                point.low,
                point.integral,
            )
            for point in decisions.timeline(limit)
        ]
        for limit in program.limits
    }


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), cuts=st.sets(st.integers(1, 900), max_size=5))
def test_any_cut_into_blocks_gives_the_same(plant, seed, cuts):
    """The same verdicts, values and integrals, also with a restart at each cut."""
    rows = readings(random.Random(seed))
    assert repr(timeline(plant, rows, cuts)) == repr(timeline(plant, rows))
    assert repr(timeline(plant, rows, cuts, anew=True)) == repr(timeline(plant, rows))


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), hours=st.integers(-5000, 5000))
def test_shifting_time_shifts_decisions(plant, seed, hours):
    """By any number of hours."""
    rows = readings(random.Random(seed))
    assert repr(timeline(plant, rows, shift=hours * HOUR // SECOND)) == repr(timeline(plant, rows))


def test_each_of_them_decides_something(plant):
    """The readings above are no idle ones."""
    said = {name: set() for name in ("f", "pu", "row", "down", "log", "dm", "mkt")}
    for seed in range(12):
        rows = readings(random.Random(seed), lost=0.04 if seed % 2 else 0.0)
        for name, points in timeline(plant, rows).items():
            said[name] |= {str(verdict) for _, verdict, *_ in points}
    for name, verdicts in said.items():
        assert "ok" in verdicts, name
        assert verdicts & {"deviation", "operating"}, name
