"""Edge cases of what a plan says: exceptions, units, holds, points, phases. All cases stand in docs/edge-cases.md."""

from __future__ import annotations

import pytest

from readings.times import HOUR
from rules.cases import Case, Stage, act_on, check_action
from rules.faults import PlanError
from rules.lint import RULES
from rules.linting import doubts
from rules.plan_check import load_plan

HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""


def every(name: str, start: int, end: int, value: float, step: int = 10):
    """A reading of one value every so often, both ends included."""
    return [(name, at, value) for at in range(start, end + 1, step)]


DEFROST = """
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  defrost: {unit: bool, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical:
      - id: a
        kind: threshold
        of: air
        at_most: -15 degC
        except: [{while: defrost, at_most: 7 degC, for_at_most: 60 s, at_most_times: 2 per 10 min, recovers_within: 20 s}]
"""


@pytest.mark.parametrize(
    ("warmest", "lasts", "signal", "excused"),
    [
        (6.0, 50, True, True),
        (7.1, 50, True, False),  # in level
        (6.0, 120, True, False),  # in time: a heater that does not switch off
        (6.0, 50, False, False),  # and only while the signal says so
    ],
)
def test_edge_case_6_a_defrost_is_excused_within_its_bounds_and_a_failed_one_is_not(
    make_bench, warmest, lasts, signal, excused
):
    """An exception that hid a failed defrost would hide what it is for."""
    rows = [*every("air", 0, 90, -20.0), *every("air", 100, 90 + lasts, warmest)]
    rows += every("air", 100 + lasts, 300, -20.0)
    rows += [("defrost", at, float(signal and 100 <= at < 100 + lasts)) for at in range(0, 301, 10)]
    decisions = make_bench(DEFROST).decisions(rows, until=300)
    assert ("deviation" in {str(event.kind) for event in decisions.events()}) is not excused
    reasons = {line["reason"] for line in decisions.lines()}
    assert ("exception: defrost" in reasons) or not excused, "what is excused is on record"


@pytest.mark.parametrize(
    ("unit", "bound", "said"),
    [
        ("degC", "5 K", "a temperature difference is not a temperature"),
        ("degC", "41.5 degF", "finer than the sensor's resolution"),
        ("mg/L", "0.4 ppm", "ppm"),
        ("mW/cm2", "40 mJ/cm2", "mJ/cm2"),
        ("kPa", "1.0 bar_abs", "atmosphere"),
        ("degC", "5", "has no unit"),
    ],
)
def test_edge_case_14_units_that_do_not_measure_the_same_are_refused(unit, bound, said):
    """A temperature difference, a mass fraction, a dose, an absolute pressure in the place of another: never converted."""
    text = (
        f"{HEAD}sensors: {{t: {{unit: {unit}, resolution: 0.1, every: 10 s}}}}\n"
        f"ccps:\n  - id: C\n    critical: [{{id: a, kind: threshold, of: t, at_most: {bound}}}]\n"
    )
    with pytest.raises(PlanError, match=said):
        load_plan(text, "plan.yaml")


@pytest.mark.parametrize(
    ("unit", "bound", "holds", "too_much"),
    [
        ("degC", "41.0 degF", 5.0, 5.1),
        ("mJ/cm2", "400 J/m2", 40.0, 40.1),
        ("mJ/cm2", "40 mW.s/cm2", 40.0, 40.1),
        ("kPa", "1.5 bar", 150.0, 150.1),
        ("mg/L", "300 ug/L", 0.3, 0.4),
    ],
)
def test_edge_case_14_units_that_measure_the_same_are_converted_exactly(
    make_bench, unit, bound, holds, too_much
):
    """The bound itself holds, one step beyond it does not."""
    bench = make_bench(
        f"sensors: {{t: {{unit: {unit}, resolution: 0.1, every: 10 s}}}}\n"
        f"ccps:\n  - id: C\n    critical: [{{id: a, kind: threshold, of: t, at_most: {bound}}}]\n"
    )
    assert bench.spans(every("t", 0, 20, holds), until=20)[-1][0] == "ok"
    assert bench.spans(every("t", 0, 20, too_much), until=20)[-1][0] == "deviation"


SLOW = (
    HEAD + "line: {state: {from: p, codes: {1: idle, 2: hold}}, judged_when: hold}\n"
    "sensors: {t: {unit: degC, resolution: 0.1, every: EVERY}, p: {unit: code, every: 1 s}}\n"
    "ccps:\n  - id: C\n    critical: [{id: a, kind: dwell, of: t, at_least: 72 degC, for: 15 s}]\n"
)


def test_edge_case_15_readings_too_slow_for_the_limit_are_refused_or_doubted():
    """15 s at 72 degC: read every 10 s no reading can tell, every 6 s it is doubtful, every second it is not."""
    with pytest.raises(PlanError, match="held for 15 s, but a reading of t comes only every 10 s"):
        load_plan(SLOW.replace("EVERY", "10 s"), "plan.yaml")
    told = [
        {doubt.name for doubt in doubts(load_plan(SLOW.replace("EVERY", each), "plan.yaml"), RULES)}
        for each in ("6 s", "1 s")
    ]
    assert ["slow-sensor" in names for names in told] == [True, False]


SIX = """
sensors: {t: {unit: degC, resolution: 0.1, points: 6 points, every: 10 s, silent_after: 35 s}}
ccps:
  - id: C
    critical:
      - {id: all, kind: threshold, of: t, at_least: 121.0 degC}
      - {id: five, kind: threshold, of: t, at_least: 121.0 degC, combine: 5 of 6}
"""


def test_edge_case_17_a_mean_hides_no_cold_spot_and_a_lost_point_is_missed(make_bench):
    """Five at 123 and one at 120 are a deviation; of five at 123 and one lost nothing can be said, unless it is spared."""
    bench = make_bench(SIX)
    rows = [each for point in range(1, 7) for each in every(f"t/{point}", 0, 200, 123.0)]
    cold = [(name, at, 120.0 if name == "t/4" and at > 100 else value) for name, at, value in rows]
    lost = [row for row in rows if row[0] != "t/4" or row[1] <= 100]
    ends = {
        (name, limit): bench.spans(given, until=200, limit=limit)[-1][0]
        for name, given in (("cold", cold), ("lost", lost))
        for limit in ("all", "five")
    }
    assert ends == {
        ("cold", "all"): "deviation",
        ("cold", "five"): "deviation",
        ("lost", "all"): "indeterminate",
        ("lost", "five"): "ok",
    }


CHART = """
sensors: {glass: {unit: degC, resolution: 0.1, every: 10 s}, chart: {unit: degC, resolution: 0.1, every: 10 s}}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: glass, at_least: 121.0 degC}]
    instruments: [{id: higher, kind: agreement, of: chart, with: glass, mean_over: 60 s, within: 1.0 K, not_above: 0.0 K}]
"""


@pytest.mark.parametrize(("chart", "faulty"), [(121.5, False), (121.6, True), (120.6, False), (120.4, True)])
def test_edge_case_18_a_recorder_above_the_indicator_is_a_fault_of_its_own(make_bench, chart, faulty):
    """0.1 K above is too much, 0.9 K below is not; the product's own limit holds all the while."""
    bench = make_bench(CHART)
    rows = [*every("glass", 0, 300, 121.5), *every("chart", 0, 300, chart)]
    assert bench.events(rows, until=300) == ([("instrument_fault", 40, None)] if faulty else [])
    assert {span[0] for span in bench.spans(rows, until=300)} == {"ok"}


FILLER = """
line:
  state: {from: state, codes: {0: stopped, 1: running}}
  judged_when: running
  produced: {from: bottles, contradicted_after: 60 s}
sensors:
  state: {unit: code, every: 10 s, silent_after: 60 s}
  bottles: {unit: count, every: 10 s, silent_after: 60 s}
  o3: {unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 60 s}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: o3, at_least: 0.20 mg/L}]}]
"""


def test_edge_case_22_a_line_that_says_it_is_stopped_while_bottles_leave_it_mutes_nothing(make_bench):
    """The contradiction is raised, and the limit is judged as if the line ran."""
    rows = [("state", at, float(at < 200)) for at in range(0, 801, 10)]
    rows += [("bottles", at, float(at)) for at in range(0, 801, 10)]
    rows += [("o3", at, 0.3 if at < 400 else 0.1) for at in range(0, 801, 10)]
    kinds = {kind for kind, *_ in make_bench(FILLER).events(rows, until=800)}
    assert kinds == {"instrument_fault", "deviation"}
    still = [row if row[0] != "bottles" else ("bottles", row[1], min(row[2], 200.0)) for row in rows]
    assert make_bench(FILLER).events(still, until=800) == []


def test_edge_case_30_who_is_told_changes_no_decision_and_an_answer_closes_nothing():
    """A case that was acknowledged, and returned to normal, stays open until somebody else verified it."""
    case = Case("c1", "L", "C", "", "C:a", 0, events={"e1": True})
    check_action(case, "acknowledge", "ann", ["qa"], {}, now=HOUR)
    act_on(case, "acknowledge", "ann", {}, now=HOUR)
    case.events["e1"] = False
    assert case.stage == Stage.ACKNOWLEDGED
