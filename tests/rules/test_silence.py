"""Silence and unusable readings: never ok, never a deviation, and in time a loss of monitoring."""

from __future__ import annotations

import math

import numpy as np
import pytest

from readings.quality import Reason
from readings.times import MINUTE, SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.notices import silence_patience
from rules.plan_check import load_plan

BASE = 1_700_000_000
PLAN = """
sensors:
  air: {unit: degC, resolution: 0.1, range: [-50, 60], every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}
ccps:
  - id: C
    critical:
      - {id: a, kind: threshold, of: air, at_most: -15.0 degC}
      - {id: low, kind: threshold, of: air, at_least: -40.0 degC}
    operating:
      - {id: mean, kind: spread, of: pair, at_most: 2.0 K, mean_over: 1 min}
    silence: {case: {after: 3 min}, notice: {after: 1 min}}
"""
POINTS = "  pair: {unit: degC, resolution: 0.1, points: 2 points, every: 10 s, silent_after: 35 s}\n"


@pytest.fixture(scope="module")
def store(make_bench):
    """A cold room with a limit on either side."""
    return make_bench(PLAN.replace("ccps:", f"{POINTS}ccps:"))


def judged(bench, rows, *, until: float):
    """Verdict spans of the limit `a` and the kinds of events; rows are (sensor, s, value, reason)."""
    block = bench.block([(name, at, value) for name, at, value, _ in rows])
    block.quality[:] = [reason.quality for *_, reason in rows]
    block.reason[:] = [reason for *_, reason in rows]
    block.value[:] = [math.nan if value is None else value for _, _, value, _ in rows]
    state, changes = step(
        bench.program, begin(bench.program, complete=True), block, int((BASE + until) * SECOND)
    )
    decisions = Decisions(bench.program)
    decisions.take(changes)
    decisions.finish(state)
    spans = [
        (str(each.verdict), each.start / SECOND - BASE, each.reason)
        for limit in bench.program.limits
        if limit.limit == "a"
        for each in decisions.timeline(limit)
    ]
    return spans, sorted({str(event.kind) for event in decisions.events()})


def alive(start: int, end: int):
    """Good readings that move."""
    return [("air", at, -20.0 - (at % 20) / 100, Reason.NONE) for at in range(start, end, 10)]


@pytest.mark.parametrize(
    ("what", "value", "reason"),
    [
        ("not a number", math.nan, Reason.NONE),
        ("out of range, above", 99.0, Reason.NONE),
        ("out of range, below", -127.0, Reason.NONE),
        ("a sentinel that the gateway knows", None, Reason.SENTINEL),
        ("a broken current loop", None, Reason.LOOP_LOW),
        ("uncertain", -20.0, Reason.DOUBTED),
        ("no answer", None, Reason.NO_ANSWER),
    ],
)
def test_edge_case_5_a_sensor_fault_is_no_breach_and_not_ok(store, what, value, reason):
    """Whatever is no evidence makes the verdict indeterminate, on either side of a limit, and lasting it is a loss."""
    rows = [*alive(0, 60), *(("air", at, value, reason) for at in range(60, 300, 10))]
    spans, events = judged(store, rows, until=300)
    assert [(verdict, start) for verdict, start, _ in spans] == [("ok", 0), ("indeterminate", 50)], what
    assert events == ["monitoring_loss"], what


def test_edge_case_5_a_stuck_sensor_is_an_instrument_fault(store):
    """A number that stands still says nothing: no breach, not ok."""
    rows = [*alive(0, 60), *(("air", at, -20.0, Reason.NONE) for at in range(60, 300, 10))]
    spans, events = judged(store, rows, until=300)
    assert spans[-1][0] == "indeterminate"
    assert spans[-1][2].startswith("stuck")
    assert events == ["instrument_fault"]


def test_edge_case_21_an_empty_window_is_not_zero(store):
    """A mean of nothing is nothing: it holds no limit and breaks none, and says that it cannot be judged."""
    rows = [("pair/1", at, -20.0) for at in range(0, 400, 10)] + [
        ("pair/2", at, -20.5) for at in range(0, 130, 10)
    ]
    assert [each[0] for each in store.spans(rows, until=400, limit="mean")][-1] == "indeterminate"
    nothing = store.spans([("air", 0, -20.0)], until=400, limit="mean")
    assert [each[0] for each in nothing] == ["indeterminate"]
    worst = store.decisions(rows, until=400).timeline(
        next(limit for limit in store.program.limits if limit.limit == "mean")
    )[-1]
    assert np.isnan([worst.low, worst.high]).all()


def test_the_four_steps_have_a_time_each(make_bench):
    """Gap at once, verdict at 35 s, notice at 1 min, a loss at 3 min: none of them is another."""
    bench = make_bench(PLAN.replace("ccps:", f"{POINTS}ccps:"))
    rows = [("air", 0, -20.0), ("air", 10, -20.1)]
    assert bench.spans(rows, until=45) == [("ok", 0, None, 0)]
    assert bench.spans(rows, until=46)[-1][:2] == ("indeterminate", 10)
    assert bench.events(rows, until=189.9) == []
    assert bench.events(rows, until=190) == [("monitoring_loss", 10, None)] * 2
    assert silence_patience(bench.program.plan, "C", "a") == MINUTE


def test_a_gap_shorter_than_the_silence_changes_no_verdict(store):
    """30 s without a reading, of 35: the times of the readings show it, and nothing else does."""
    rows = [("air", at, -20.0 - at / 100) for at in (0, 10, 40, 50)]
    assert store.spans(rows, until=50) == [("ok", 0, None, 0)]


def test_a_value_by_hand_is_missed_when_it_is_due_and_told_of_from_then(make_bench):
    """The times of the control point count from when it is due."""
    plan = load_plan(
        """
plan: L
name: x
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
sensors:
  air: {unit: degC, every: 10 s}
by_hand:
  t: {unit: degC, every: 15 min, grace: 1 min}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: 1 degC}, {id: t, kind: threshold, of: t, at_most: 1 degC}]
    silence: {verdict: {after: 20 s}, notice: {after: 2 min}}
""",
        "plan.yaml",
    )
    assert silence_patience(plan, "C", "a") == 2 * MINUTE
    assert silence_patience(plan, "C", "t") == 18 * MINUTE
