"""Promise 4 for what is summed over a batch or a window: late, doubled, cut and restarted, it is the same in the end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import shared

silence = shared(Path(__file__).with_name("test_silence_replay.py"), name="silence_replay")

PLAN = """
reorder: 4 min
line: {state: {from: phase, codes: {0: idle, 1: hot, 2: cold}}, judged_when: [hot, cold], batch: {from: run}}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 35 s}
  run: {unit: code, every: 10 s, silent_after: 10 min}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, points: 2 points, range: [0, 95], uncertainty: 0.3}
  probe:
    {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 95], optional: true,
     stuck: {unchanged_for: 40 s}}
  o3: {unit: mg/L, resolution: 0.1, every: 10 s, silent_after: 40 s}
  flow: {unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 40 s}
  uv: {unit: mW/cm2, resolution: 0.1, every: 10 s, silent_after: 40 s}
  water: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 40 s}
ccps:
  - id: C
    critical:
      - {id: hold, kind: dwell, of: t, at_least: 60.0 degC, for: 80 s, during: hot, made_good_by: a longer hold}
      - {id: long, kind: phase_duration, of: phase, during: hot, at_least: 90 s}
      - {id: short, kind: phase_duration, of: phase, during: cold, at_most: 120 s}
      - {id: pu, kind: pasteurisation_units, of: t, formula: 1.393^(T-60), at_least: 9 PU, during: hot, guard: uncertainty}
      - {id: pu-most, kind: pasteurisation_units, of: t, formula: 10^((T-60)/7), at_most: 40 PU, during: hot}
      - {id: row, kind: table_dwell, of: t, table: fsis_1999_beef_7_log, during: hot}
      - {id: down, kind: cooling_curve, of: t, stages: [{from: 57 degC, to: 21 degC, within: 2 min}], during: cold}
      - {id: log, kind: log_inactivation, of: o3, flow: flow, temperature: water, volume: 100 L,
         baffling: {factor: 0.7, basis: tracer study}, judged_every: 20 s, by: epa_2020_giardia_ozone, at_least: 1.0 log}
      - {id: lit, kind: uv_exposure, of: uv, flow: flow, volume: 8 L, sensor: at the wall, judged_every: 20 s,
         at_least: 30 mJ/cm2}
    supporting:
      - {id: f, kind: lethality, of: probe, reference: 70 degC, z: 7.5 K, at_least: 0.4 min, during: hot}
    operating:
      - {id: sum, kind: degree_minutes, of: t, above: 60.0 degC, at_most: 14 K.min, window: 3 min}
      - {id: mkt, kind: mean_kinetic_temperature, of: t, at_most: 62.0 degC, window: 3 min}
"""
SIZE = 75  # readings of each sensor: over three reorder windows


@pytest.fixture(scope="module")
def plant(make_bench):
    """The line, ready to be judged."""
    return make_bench(PLAN)


def make_rows(chance: random.Random, size: int = SIZE, *, warmer: float = 0.0):
    """Batches that are heated and cooled, two of them without a rest; gaps in all sensors, bad and doubled readings."""
    rows, heat, phase, run, left = [], {"t/1": 20.0, "t/2": 20.0, "probe/1": 20.0}, 0, 0, 3
    for n in range(size):
        if left == 0:
            phase = (phase + 1) % 3 if chance.random() < 0.8 else phase
            run += phase in (0, 1)
            left = chance.randrange(3, 16)
        left -= 1
        said = {"phase/1": float(phase), "run/1": float(run)}
        for name, value in heat.items():
            target = (20.0, 69.0, 5.0)[phase] + chance.choice([-4.0, 0.0, 4.0])
            heat[name] = value + (target - value) * chance.choice([0.3, 0.5])
            said[name] = round(heat[name] + warmer, 1)
        for name, level in (("o3/1", 0.5), ("flow/1", 3.0), ("uv/1", 5.0), ("water/1", 20.0)):
            said[name] = round(level * chance.uniform(0.7, 1.3), 1)
        for name, value in said.items():
            at = n * 10 + chance.randrange(3)
            if chance.random() > 0.06:
                rows.append((name, at, None if chance.random() < 0.02 else value))
            if chance.random() < 0.02:
                rows.append((name, at, value + (name in heat)))
    for name in said:
        start = chance.randrange(size) * 10
        rows = [
            row for row in rows if row[0] != name or not start <= row[1] < start + chance.choice([30, 60])
        ]
    return sorted(rows, key=lambda row: (row[1], row[0], -1 if row[2] is None else row[2]))


@pytest.mark.parametrize(("seed", "size"), [(1, SIZE), (2, 40), (3, 40)])
def test_edge_case_10_what_is_summed_is_the_same_however_late_it_comes(plant, seed, size):
    """Whole, cut and restarted, late by up to two minutes and doubled."""
    chance = random.Random(seed)
    rows = make_rows(chance, size)
    expected = silence.judged(plant, [rows], complete=True)
    assert silence.judged(plant, silence.in_parts(chance, rows, 0.2), restart=True) == expected
    late = sorted(rows[1:], key=lambda row: row[1] + chance.random() * 120)
    doubled = [
        again for row in [rows[0], *late] for again in ([row, row] if chance.random() < 0.05 else [row])
    ]
    assert silence.judged(plant, silence.in_parts(chance, doubled, 0.2), restart=True) == expected


def test_every_kind_has_something_to_say(plant):
    """Or the test above would hold for kinds that never decide; and what is credited lies below what is likely."""
    said, ordered = {}, 0
    for seed in range(6):
        decisions = plant.decisions(make_rows(random.Random(seed)), until=SIZE * 10)
        for limit in plant.program.limits:
            for point in decisions.timeline(limit):
                said.setdefault(limit.limit, set()).add(str(point.verdict))
                if point.integral is not None:
                    ordered += 1
                    assert point.integral.low <= point.integral.best <= point.integral.high, (
                        limit.limit,
                        point,
                    )
    assert {name for name, verdicts in said.items() if not verdicts & {"deviation", "operating"}} == set()
    assert {name for name, verdicts in said.items() if "ok" not in verdicts} == set()
    assert ordered > 50


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), warmer=st.floats(0.1, 20))
def test_warmer_credits_no_less(plant, seed, warmer):
    """All of it by as much: no F0 and no PU is less, and what was reached stays reached."""
    cool, warm = (
        plant.decisions(make_rows(random.Random(seed), 40, warmer=more), until=400)
        for more in (0.0, round(warmer, 1))
    )
    for limit in plant.program.limits:
        if limit.limit not in ("hold", "pu", "pu-most", "row", "f"):
            continue
        before = {point.start: point for point in cool.timeline(limit) if point.integral is not None}
        after = {point.start: point for point in warm.timeline(limit) if point.integral is not None}
        for start in before.keys() & after.keys():
            was, now = before[start], after[start]
            if limit.limit == "pu-most":
                certain = now.verdict == "deviation"
                if was.verdict == now.verdict:
                    assert now.integral.low >= was.integral.low or not certain
                    assert now.integral.high >= was.integral.high or certain
                continue
            assert was.verdict != "ok" or now.verdict == "ok", limit.limit
            if limit.limit in ("pu", "f"):
                assert now.integral.low >= was.integral.low, limit.limit


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), hours=st.integers(-9000, 9000))
def test_shifting_time_shifts_decisions(plant, seed, hours):
    """By whole hours, which are whole windows."""
    rows = make_rows(random.Random(seed), 40)
    shifted = [(name, at + hours * 3600, value) for name, at, value in rows]
    told = [
        [
            (
                limit.limit,
                point.start - by,
                str(point.verdict),
                point.decided - by,
                point.reason.partition(" at 20")[0],  # a dip names its time
                point.integral,
            )
            for limit in plant.program.limits
            for point in decisions.timeline(limit)
        ]
        for decisions, by in (
            (plant.decisions(rows, until=400), 0),
            (plant.decisions(shifted, until=400 + hours * 3600), hours * 3600 * 10**9),
        )
    ]
    assert told[0] == told[1]
