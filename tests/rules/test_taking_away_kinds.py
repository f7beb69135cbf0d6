"""Promise 1 for kinds that judge what follows from readings: whoever takes a silence's worth away makes nothing ok.

Where a kind cuts time into windows, whole windows are taken: one that keeps half of its readings counts by those that it
has. Not so for points that are spared, and values by hand, whose absence is none before they are due. Charts and
forecasts are no such kinds: fewer points make another chart, as docs/plan-language.md says. Of the line's state it is so
for what is decided per cycle; elsewhere an unknown state is judged, which is another question put to the same readings.
"""

from __future__ import annotations

import random
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.times import SECOND

PLAN = """
line: {state: {from: phase, codes: {0: idle, 1: hot, 2: cold}}, judged_when: [hot, cold]}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, points: 2 points, range: [0, 95], uncertainty: 0.3}
  glass: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  o3: {unit: mg/L, resolution: 0.1, every: 10 s, silent_after: 40 s}
  flow: {unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 40 s}
  uv: {unit: mW/cm2, resolution: 0.1, every: 10 s, silent_after: 40 s}
  water: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 40 s}
ccps:
  - id: C
    critical:
      - {id: hold, kind: dwell, of: t, at_least: 60.0 degC, for: 80 s, during: hot}
      - {id: long, kind: phase_duration, of: phase, during: hot, at_least: 150 s}
      - {id: short, kind: phase_duration, of: phase, during: cold, at_most: 220 s}
      - {id: f, kind: lethality, of: t, reference: 70 degC, z: 7.5 K, at_least: 0.4 min, during: hot}
      - {id: pu, kind: pasteurisation_units, of: t, formula: 1.393^(T-60), at_least: 20 PU, during: hot}
      - {id: pu-most, kind: pasteurisation_units, of: t, formula: 1.393^(T-60), at_most: 60 PU, during: hot}
      - {id: row, kind: table_dwell, of: t, table: fsis_1999_beef_7_log, during: hot}
      - {id: down, kind: cooling_curve, of: t, stages: [{from: 57 degC, to: 21 degC, within: 2 min}], during: cold}
      - {id: sum, kind: degree_minutes, of: t, above: 60.0 degC, at_most: 14 K.min, window: 3 min}
      - {id: mkt, kind: mean_kinetic_temperature, of: t, at_most: 62.0 degC, window: 3 min}
      - {id: rate, kind: rate, of: glass, at_most: 60 K/min, at_least: -60 K/min}
      - {id: slow, kind: rate, of: glass, at_most: 20 K/min, over: 40 s, confirm: 2 readings}
      - id: contact
        kind: contact_time
        of: o3
        flow: flow
        volume: 100 L
        baffling: {factor: 0.7, basis: tracer study}
        judged_every: 20 s
        at_least: 0.5 mg.min/L
      - id: log
        kind: log_inactivation
        of: o3
        flow: flow
        temperature: water
        volume: 100 L
        baffling: {factor: 0.7, basis: tracer study}
        judged_every: 20 s
        by: epa_2020_giardia_ozone
        at_least: 0.7 log
      - id: dose
        kind: uv_dose
        of: uv
        flow: flow
        setpoint: {intensity_at_least: 4.0 mW/cm2, flow_at_most: 3.6 m3/h}
        delivers: 40 mJ/cm2
      - id: lit
        kind: uv_exposure
        of: uv
        flow: flow
        volume: 8 L
        sensor: at the wall
        judged_every: 20 s
        at_least: 30 mJ/cm2
    operating:
      - {id: spread, kind: spread, of: t, at_most: 6.0 K, mean_over: 20 s}
    instruments:
      - {id: agree, kind: agreement, of: glass, with: water, mean_over: 20 s, within: 15 K}
"""
NAMES = ("phase/1", "t/1", "t/2", "glass/1", "o3/1", "flow/1", "uv/1", "water/1")
NOT_OK = ("deviation", "indeterminate", "operating")
SIZE = 80  # readings every 10 s: twice idle, hot, cold


@pytest.fixture(scope="module")
def plant(make_bench):
    """A line with all of them."""
    return make_bench(PLAN)


def readings(chance: random.Random) -> list[tuple[str, float, float | None]]:
    """Two batches around their limits, with a few readings that are missing."""
    rows: list[tuple[str, float, float | None]] = []
    lengths = [chance.randrange(2, 6), chance.randrange(10, 20), chance.randrange(8, 24)] * 2
    phases = [phase for phase, length in zip((0, 1, 2) * 2, lengths, strict=True) for _ in range(length)]
    phases += [0] * (SIZE - len(phases)) if len(phases) < SIZE else []
    heat = {"t/1": 20.0, "t/2": 20.0, "glass/1": 20.0}
    for n, phase in enumerate(phases[:SIZE]):
        rows.append(("phase/1", n * 10, float(phase)))
        for name, value in heat.items():
            target = (20.0, 66.0, 5.0)[phase] + chance.choice([-4.0, 0.0, 4.0])
            heat[name] = value + (target - value) * chance.choice([0.3, 0.5])
            rows.append((name, n * 10 + chance.randrange(3), round(heat[name], 1)))
        for name, level in (("o3/1", 0.5), ("flow/1", 3.0), ("uv/1", 5.0), ("water/1", 20.0)):
            rows.append((name, n * 10, round(level * chance.uniform(0.7, 1.3), 1)))
    return sorted(
        (row for row in rows if row[0] == "phase/1" or chance.random() > 0.02),
        key=lambda row: (row[1], row[0]),
    )


def worse(plant, rows, less, name: str) -> list[tuple[object, ...]]:
    """Where less evidence makes ok what was not."""
    until = SIZE * 10 + 100
    with_them, without = (plant.decisions(each, until=until) for each in (rows, less))
    found: list[tuple[object, ...]] = []
    for limit in plant.program.limits:
        if name == "phase/1" and limit.terms.cycle is None:
            continue
        points, fewer = with_them.timeline(limit), without.timeline(limit)
        for time in sorted({point.start for point in (*points, *fewer)}):
            was, now = (
                each[bisect_right(each, time, key=lambda point: point.start) - 1] for each in (points, fewer)
            )
            if was.verdict in NOT_OK and now.verdict == "ok":
                found.append((limit.limit, time / SECOND - 1_700_000_000, was, now))
    return found


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    name=st.sampled_from(NAMES),
    start=st.integers(1, SIZE // 4),
    length=st.integers(2, 8),
)
def test_taking_a_silence_away_makes_nothing_ok(plant, seed, name, start, length):
    """For longer than the sensor may be silent, of whole windows: what was not ok is not ok without."""
    rows = readings(random.Random(seed))
    less = [row for row in rows if row[0] != name or not start * 40 <= row[1] < (start + length) * 40]
    assert worse(plant, rows, less, name) == []
