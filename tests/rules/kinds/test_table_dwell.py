"""Dwell by a published table: any of its rows, without a break."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.plan_check import PlanError, load_plan

HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""
PLAN = """
line:
  state: {{from: oven, codes: {{"0": idle, "1": cooking}}}}
  judged_when: cooking
sensors:
  oven: {{unit: code, every: 10 s, silent_after: 60 s}}
  core: {{unit: {unit}, resolution: 0.1, every: 10 s, silent_after: 35 s, uncertainty: 0.5}}
ccps:
  - id: C
    critical: [{{id: a, kind: table_dwell, of: core, table: {limit}}}]
"""
BEEF = "fsis_1999_beef_7_log"


@pytest.fixture(scope="module")
def oven(make_bench):
    """Makes an oven with one limit."""
    made = {}

    def make(limit: str = BEEF, unit: str = "degF"):
        if (limit, unit) not in made:
            made[limit, unit] = make_bench(PLAN.format(limit=limit, unit=unit))
        return made[limit, unit]

    return make


def cooked(bench, values):
    """The point of a cycle that begins at 60 s, with readings every 10 s, None left out."""
    size = len(values)
    rows = [("oven/1", 10 * n, float(6 <= n < 6 + size)) for n in range(size + 12)]
    rows += [
        ("core/1", 10 * n, value)
        for n in range(size + 12)
        if (value := values[n - 6] if 6 <= n < 6 + size else 20.0) is not None
    ]
    (limit,) = bench.program.limits
    points = bench.decisions(rows, until=10 * (size + 11)).timeline(limit)
    return next(point for point in points if point.verdict not in ("suspended", "starting"))


@pytest.mark.parametrize(
    ("at", "seconds"), [(145.0, 240), (150.0, 72), (152.0, 46), (157.0, 15), (144.9, 300), (149.9, 91)]
)
def test_a_row_is_met_by_its_time_at_its_temperature(oven, at, seconds):
    """FSIS Appendix A (1999), 7 log: 145 degF 4 min, 150 degF 72 s; between rows the colder one counts."""
    enough = -(-seconds // 10) + 1
    assert cooked(oven(), [at] * enough).verdict == "ok"
    assert cooked(oven(), [at] * (enough - 1)).verdict == "deviation"


def test_it_says_how_much_of_the_time_was_got(oven):
    """180 s of 240 s at 145 degF."""
    point = cooked(oven(), [145.0] * 19)
    assert (point.verdict, point.integral.low) == ("deviation", 75.0)


def test_a_row_without_a_time_is_met_by_a_reading(oven):
    """158 degF: instantly."""
    assert cooked(oven(), [140.0, 158.0, 140.0]).verdict == "ok"
    assert cooked(oven(), [140.0, 157.9, 140.0]).verdict == "deviation"
    values = [140.0] * 20 + [158.0] * 3 + [140.0] * 20
    point = cooked(oven(), values)
    assert (point.decided - point.start) // 10**9 == 200  # and not before it


def test_a_hold_in_parts_does_not_add_up(oven):
    """2 min, a dip, 2 min: neither is 4 min at 145 degF; all of it is 290 s at 144."""
    values = [145.0] * 13 + [144.0] * 4 + [145.0] * 12
    assert cooked(oven(), values).verdict == "deviation"
    assert cooked(oven(), [*values, 145.0, 145.0]).verdict == "ok"


def test_a_hotter_time_in_a_hold_may_meet_its_own_row(oven):
    """80 s at 150 degF in a hold that is too short at 140."""
    assert cooked(oven(), [140.0] * 10 + [150.0] * 9 + [140.0] * 10).verdict == "ok"


def test_a_silence_breaks_a_hold(oven):
    """What was not read is not held; it may have been."""
    values = [145.0] * 26
    values[10:15] = [None] * 5
    point = cooked(oven(), values)
    assert point.verdict == "indeterminate"
    assert point.integral.high > 100 > point.integral.low


def test_degrees_celsius_are_the_stricter_ones_printed(oven):
    """62.8 degC is printed for 145 degF (62.78); 62.7 meets the row of 144 degF."""
    assert cooked(oven(unit="degC"), [62.8] * 25).verdict == "ok"
    assert cooked(oven(unit="degC"), [62.7] * 25).verdict == "deviation"
    assert cooked(oven(unit="degC"), [62.7] * 31).verdict == "ok"


def test_milk_in_a_vat(oven):
    """PMO: 63 degC for 30 min, or 72 degC for 15 s."""
    milk = oven("pmo_milk", "degC")
    assert cooked(milk, [63.0] * 181).verdict == "ok"
    assert cooked(milk, [63.0] * 180).verdict == "deviation"
    assert cooked(milk, [62.0, 72.0, 72.0, 72.0, 62.0]).verdict == "ok"
    assert cooked(milk, [62.0, 72.0, 72.0, 62.0]).verdict == "deviation"


def test_guarded_by_its_uncertainty(oven):
    """U = 0.5 degF: the row of 145 asks for 145.5."""
    assert cooked(oven(f"{BEEF}, guard: uncertainty"), [145.4] * 25).verdict == "deviation"
    assert cooked(oven(f"{BEEF}, guard: uncertainty"), [145.5] * 25).verdict == "ok"


@settings(max_examples=20, deadline=None)
@given(
    steps=st.lists(st.integers(1440, 1580), min_size=5, max_size=40),
    gone=st.tuples(st.integers(0, 39), st.integers(4, 10)),
    hotter=st.integers(0, 39),
)
def test_taking_readings_away_or_cooling_never_makes_it_ok(oven, steps, gone, hotter):
    """A silence never turns a deviation into ok; a hotter reading never turns ok into anything else."""
    values = [step / 10 for step in steps]
    whole = cooked(oven(), values).verdict
    less = [None if gone[0] <= n < gone[0] + gone[1] else v for n, v in enumerate(values)]
    assert whole == "ok" or cooked(oven(), less).verdict != "ok"
    more = [v + 2 if n == hotter else v for n, v in enumerate(values)]
    assert whole != "ok" or cooked(oven(), more).verdict == "ok"


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("fsis", "known are fsis_1999_beef_6.5_log"),
        (f"{BEEF}, at_least: 63 degC", "leave at_least out"),
        ("michigan_ultra_pasteurized", "no reading can tell"),
    ],
)
def test_what_cannot_be_meant_is_refused(limit, message):
    """With the words that say what to write."""
    with pytest.raises(PlanError, match=message):
        load_plan(HEAD + PLAN.format(limit=limit, unit="degC"), "plan.yaml")
