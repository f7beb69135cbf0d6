"""Promise 4 for what follows from how values move: the same readings give the same timeline, however they come."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from shared import shared

from rules.compile_plan import compile_plan
from rules.plan_check import load_plan

live = shared(Path(__file__).parents[1] / "test_replay_equals_live.py", name="replay_equals_live")

PLAN = """
plan: L
name: x
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
reorder: 10 min
line:
  {unit: zone, zones: [Z], state: {from: st, codes: {0: stopped, 1: running}}, judged_when: running, settle: 30 s}
sensors:
  st: {unit: code, every: 10 s, silent_after: 2 min}
  air: {zones: {Z: 1 point}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  two: {zones: {Z: 2 points}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  probe: {zones: {Z: 1 point}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 40 s}}
  o3: {zones: {Z: 1 point}, unit: count, every: 10 s, silent_after: 45 s}
ccps:
  - id: D
    critical:
      - {id: rate, kind: rate, of: air, at_most: 6.0 K/min, at_least: -8.0 K/min}
      - {id: rate-over, kind: rate, of: air, at_most: 3.0 K/min, over: 40 s, confirm: 2 readings}
      - {id: rate-stuck, kind: rate, of: probe, at_most: 3.0 K/min, for_more_than: 15 s}
      - {id: rate-two, kind: rate, of: two, at_most: 3.0 K/min, during: [running, stopped]}
    operating:
      - {id: ewma, kind: ewma, of: air, target: 4.0 degC, sigma: 1.0 K, lambda: 0.2, width: 2.7}
      - {id: ewma-two, kind: ewma, of: two, target: 4.0 degC, sigma: 1.0 K, lambda: 0.4, width: 1.5, mean_over: 30 s}
      - {id: cusum, kind: cusum, of: air, target: 4.0 degC, sigma: 1.0 K, k: 0.5, h: 4, clears: {for: 25 s}}
      - {id: cusum-mean, kind: cusum, of: probe, target: 4.0 degC, k: 0.2 K, h: 1.5 K, mean_over: 20 s, during: stopped}
      - {id: we, kind: western_electric, of: air, target: 4.0 degC, sigma: 1.0 K}
      - {id: nelson, kind: nelson, of: two, target: 4.0 degC, sigma: 1.0 K, mean_over: 20 s, combine: 1 of 2}
      - id: forecast
        kind: time_to_breach
        of: air
        limit: {at_most: 6.0 degC}
        warns_within: 2 min
        trend_over: 2 min
        mean_over: 20 s
      - id: forecast-low
        kind: time_to_breach
        of: two
        limit: {at_least: 1.0 degC}
        warns_within: 90 s
        trend_over: 100 s
        mean_over: 20 s
        during: [running, stopped]
    instruments:
      - {id: idle, kind: rate, of: o3, at_most: 0 count/min, during: stopped, after: 10 s}
"""
PROGRAMS = [
    compile_plan(load_plan(text, "plan.yaml"))
    for text in (PLAN, PLAN.replace("judged_when: running, settle: 30 s", ""))
]


@pytest.mark.parametrize(("seed", "size"), [(0, 24), (1, 8), (7, 24)])
@pytest.mark.parametrize("program", PROGRAMS, ids=["gated", "ungated"])
def test_order_blocks_duplicates_and_restarts_do_not_matter(program, seed, size):
    """Whole, in parts, one by one and restarted, late and doubled: one effective timeline."""
    chance = random.Random(seed)
    rows = live.make_rows(chance, size)
    expected = live.judge([rows], complete=True, program=program)
    parts = live.cut(chance, rows, 0.3, whole_times=True)
    assert live.judge(parts, complete=True, program=program) == expected
    assert live.judge([[row] for row in rows], restart=True, program=program) == expected
    late = live.cut(chance, live.shuffle(chance, rows), 0.4, whole_times=False)
    assert live.judge(late, restart=True, program=program) == expected


def test_every_kind_has_something_to_say():
    """Or the test above would hold for kinds that never decide."""
    rows = live.make_rows(random.Random(5), 120)
    lines, events = live.judge([rows], complete=True, program=PROGRAMS[0])
    told = {line["limit"] for line in lines if line["verdict"] in ("deviation", "operating")}
    kinds = {limit.kind for limit in PROGRAMS[0].limits if limit.limit in told}
    assert kinds == {limit.kind for limit in PROGRAMS[0].limits}
    assert "instrument_fault" in {kind for kind, *_ in events}
