"""How two plans' texts differ: by key, with old and new value."""

from __future__ import annotations

import pytest

from rules.plan_check import load_plan
from rules.plan_difference import KeyDifference, differing_keys

PLAN = """\
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
basis: [GB 1, GB 2]
line: {unit: zone, zones: [A, B]}
sensors:
  air: {unit: degC, resolution: 0.1, zones: [A, B], every: 10 s}
ccps:
  - id: C
    critical:
      - {id: a, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 10 min}
      - {id: b, kind: threshold, of: air, at_most: 8.0 degC}
    on_deviation: {steps: [{do: hold}, {do: judge, by: QA}]}
"""


@pytest.mark.parametrize(
    ("was", "now", "differences"),
    [
        ("5.0 degC", "4.5 degC", [("ccps.C.critical.a.at_most", "5.0 degC", "4.5 degC")]),
        ("10 min", "600 s", []),
        (", for_more_than: 10 min", "", [("ccps.C.critical.a.for_more_than", "10 min", None)]),
        ("basis: [GB 1, GB 2]", "basis: [GB 1]", [("basis", "[GB 1, GB 2]", "[GB 1]")]),
        (
            "\n      - {id: b, kind: threshold, of: air, at_most: 8.0 degC}",
            "",
            [("ccps.C.critical.b", "{at_most: 8.0 degC, id: b, kind: threshold, of: air}", None)],
        ),
        (
            "zones: [A, B], every",
            "zones: {A: 1, B: 1}, every",
            [("sensors.air.zones", "[A, B]", "{A: 1, B: 1}")],
        ),
        ("by: QA", "by: QC", [("ccps.C.on_deviation.steps.judge.by", "QA", "QC")]),
        (
            "{do: hold}, {do: judge, by: QA}",
            "{do: judge, by: QA}",
            [("ccps.C.on_deviation.steps.hold", "{do: hold}", None)],
        ),
        (
            "{do: hold}, {do: judge, by: QA}",
            "{do: judge, by: QA}, {do: hold}",
            [("ccps.C.on_deviation.steps (order)", "[hold, judge]", "[judge, hold]")],
        ),
        ("every: 10 s}", "every: 10 s, backfill_up_to: 1 h}", [("sensors.air.backfill_up_to", None, "1 h")]),
    ],
)
def test_what_says_something_else_is_named(was, now, differences):
    """Each key that means something else, and none that is only written in another way."""
    assert was in PLAN
    old, new = load_plan(PLAN, "old"), load_plan(PLAN.replace(was, now), "new")
    assert differing_keys(old, new) == [KeyDifference(*each) for each in differences]
    assert differing_keys(new, old) == [KeyDifference(path, now, was) for path, was, now in differences]
    assert bool(differences) == (old.hash != new.hash)
