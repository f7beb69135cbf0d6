"""Control charts as limits: what warns, when, and what is refused."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from readings.times import SECOND
from rules.engine import begin, step
from rules.faults import PlanError

START = 1_700_000_000 * SECOND  # 20 s past a whole minute
CHARTS = {
    "ewma": "kind: ewma, target: 4.0 degC, sigma: 1.0 K, lambda: 0.2, width: 3",
    "cusum": "kind: cusum, target: 4.0 degC, sigma: 1.0 K, k: 0.5, h: 4",
    "western_electric": "kind: western_electric, target: 4.0 degC, sigma: 1.0 K",
    "nelson": "kind: nelson, target: 4.0 degC, sigma: 1.0 K",
}


IN_CONTROL = [3.2, 4.6, 5.4, 3.9, 4.1, 2.6, 3.7, 5.3, 4.2, 2.8]  # breaks no rule, also over and over


def rows(values, every=10, start=0):
    return [("air", start + number * every, value) for number, value in enumerate(values)]


@pytest.fixture
def charted(bench):
    """A bench with one chart on `air`, read every 10 s, among the operating limits."""

    def make(chart, place="operating", line=""):
        text = f"sensors:\n  air: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}\n{line}"
        critical = (
            ""
            if place == "critical"
            else "    critical: [{id: c, kind: threshold, of: air, at_most: 50 degC}]\n"
        )
        return bench(f"{text}ccps:\n  - id: C\n{critical}    {place}: [{{id: a, of: air, {chart}}}]\n")

    return make


def short(spans):
    return [(verdict, start) for verdict, start, *_ in spans]


def test_an_average_drifts_out_of_its_limits(charted):
    """3 sigma * sqrt(0.2 / 1.8) = 1 K: readings of 5.5 degC bring it to 5.0 at the fifth: 1.5 * (1 - 0.8^n)."""
    found = charted(CHARTS["ewma"]).spans(rows([4.0] * 3 + [5.5] * 6 + [4.0] * 3), until=110)
    assert short(found) == [("ok", 0), ("operating", 70), ("ok", 90)]
    assert 1.5 * (1 - 0.8**4) < 1.0 < 1.5 * (1 - 0.8**5)


def test_an_average_exactly_on_its_limit_holds(charted):
    """lambda 1 and width 1: the average is the reading, and 5.0 degC is on the line."""
    chart = "kind: ewma, target: 4.0 degC, sigma: 1.0 K, lambda: 1, width: 1"
    assert short(charted(chart).spans(rows([5.0, 5.1, 3.0, 2.9]), until=30)) == [
        ("ok", 0),
        ("operating", 10),
        ("ok", 20),
        ("operating", 30),
    ]


@pytest.mark.parametrize(
    "widths", ["sigma: 1.0 K, k: 0.5, h: 4", "k: 0.5 K, h: 4 K", "sigma: 2.0 K, k: 0.5 K, h: 2"]
)
def test_a_sum_of_small_deviations_warns(charted, widths):
    """0.9 K above counts 0.4 each time: 4 is passed at the eleventh; k and h in sigma or as quantities."""
    chart = charted(f"kind: cusum, target: 4.0 degC, {widths}")
    found = short(chart.spans(rows([4.9] * 12), until=110))
    assert found == [("ok", 0), ("operating", 100)]


def test_a_sum_below_is_negative(charted):
    """The worst value says on which side, and how far."""
    make = charted(CHARTS["cusum"])
    decisions = make.decisions(rows([0.0, 0.0]), until=10)
    limit = next(each for each in make.program.limits if each.limit == "a")
    assert [limit.worst(point.low, point.high) for point in decisions.timeline(limit)] == [-3.5, -7.0]


def test_a_broken_rule_is_named_by_its_number(charted):
    """Eight above the target break the fourth rule of Western Electric, one beyond 3 sigma the first."""
    make = charted(CHARTS["western_electric"])
    decisions = make.decisions(rows([4.5] * 8 + [3.9, 7.1]), until=90)
    limit = next(each for each in make.program.limits if each.limit == "a")
    points = decisions.timeline(limit)
    assert [(str(point.verdict), (point.start - START) // SECOND) for point in points] == [
        ("ok", 0),
        ("operating", 70),
        ("ok", 80),
        ("operating", 90),
    ]
    assert [limit.worst(point.low, point.high) for point in points] == [0, 4, 0, 1]
    assert "Western Electric" in points[1].reason


def test_only_the_rules_named_are_looked_for(charted):
    """Nelson's second asks for nine on one side."""
    values = rows([4.5] * 10)
    assert short(charted(CHARTS["nelson"] + ", rules: [1, 3]").spans(values, until=90)) == [("ok", 0)]
    assert short(charted(CHARTS["nelson"] + ", rules: [2]").spans(values, until=90)) == [
        ("ok", 0),
        ("operating", 80),
    ]


def test_means_are_points_of_their_own(charted):
    """Readings that swing by 4 K have means that do not; windows of a minute begin at whole minutes, 40 s from the start."""
    values = [2.0, 6.0] * 30
    assert "operating" in dict(
        short(charted(CHARTS["nelson"] + ", rules: [8]").spans(rows(values), until=590))
    )
    found = short(charted(CHARTS["nelson"] + ", mean_over: 60 s").spans(rows(values), until=590))
    assert found == [("indeterminate", 0), ("ok", 40)]


@pytest.mark.parametrize("kind", CHARTS)
@pytest.mark.parametrize("means", ["", ", mean_over: 20 s"])
def test_a_silence_is_never_ok(charted, kind, means):
    """Whatever the chart has shown: without readings nothing can be said, and behind it the chart goes on."""
    make = charted(CHARTS[kind] + means)
    readings = [*rows(IN_CONTROL * 2), *rows(IN_CONTROL * 2, start=2000)]
    found = make.spans(readings, until=2190)
    silent = [
        (verdict, start, end) for verdict, start, end, _ in found if start < 1990 and (end or 9999) > 300
    ]
    assert [verdict for verdict, *_ in silent] == ["indeterminate"]
    assert "ok" in [verdict for verdict, start, *_ in found if start >= 2000]


@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_begins_anew_behind_a_stop(bench, kind):
    """What had run out of control when the line stopped is no finding of the next run, whose first reading is a point."""
    make = bench(f"""
line: {{state: {{from: st, codes: {{0: stopped, 1: running}}}}, judged_when: running}}
sensors:
  st: {{unit: code, every: 10 s, silent_after: 60 s}}
  air: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}
ccps:
  - id: C
    critical: [{{id: c, kind: threshold, of: air, at_most: 50 degC}}]
    operating: [{{id: a, of: air, {CHARTS[kind]}}}]
""")
    states = [("st", at, float(not 300 <= at < 340)) for at in range(0, 600, 10)]
    values = rows([9.0] * 30 + IN_CONTROL * 3)
    found = make.spans([*states, *values], until=590)
    assert [(verdict, start) for verdict, start, *_ in found if start >= 300] == [
        ("suspended", 300),
        ("ok", 340),
    ]
    assert "operating" in dict(short(found))


@pytest.mark.parametrize("kind", CHARTS)
def test_shifting_time_shifts_what_is_decided(charted, kind):
    """By a week, all else the same."""
    chance = random.Random(3)
    values = [4 + chance.choice([-2.5, -1, -0.2, 0.3, 1.2, 2.6]) for _ in range(200)]
    make = charted(CHARTS[kind])
    week = 7 * 24 * 3600
    now = make.spans(rows(values), until=1990)
    later = make.spans(rows(values, start=week), until=week + 1990)
    assert [(verdict, start + week) for verdict, start, *_ in now] == short(later)
    assert len(now) > 3


@pytest.mark.parametrize("means", ["", ", mean_over: 20 s"])
def test_what_is_remembered_is_small(charted, means):
    """However long it has run, the state of a chart stays below 2 kB."""
    sizes = []
    for kind in CHARTS.values():
        make = charted(kind + means)
        plain = charted("kind: threshold, at_most: 9 degC")
        kept = []
        for bench in (make, plain):
            state, _ = step(
                bench.program,
                begin(bench.program),
                bench.block(rows([4.0, 4.1, 3.9] * 2000)),
                START + 59_990 * SECOND,
            )
            kept.append(len(state.encode()))
        sizes.append(kept[0] - kept[1])
    assert max(sizes) < 2000


@pytest.mark.parametrize("place", ["critical", "instruments"])
@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_is_no_critical_limit(charted, kind, place):
    """It warns; what holds is the limit beside it. And it says nothing of an instrument."""
    with pytest.raises(
        PlanError, match="write it under operating" if place == "critical" else "not an instrument"
    ):
        charted(CHARTS[kind], place)


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        ("kind: ewma, target: 4.0 degC, sigma: 0 K, lambda: 0.2, width: 3", "sigma is greater than 0"),
        ("kind: ewma, target: 4.0 degC, sigma: 1.0 K, lambda: 0, width: 3", "lambda is above 0"),
        ("kind: ewma, target: 4.0 degC, sigma: 1.0 K, lambda: 1.1, width: 3", "lambda is above 0"),
        ("kind: ewma, target: 4.0 degC, sigma: 1.0 K, lambda: 0.2, width: 0", "width is greater than 0"),
        ("kind: ewma, target: 4.0 degC, lambda: 0.2, width: 3", "sigma is missing"),
        (
            "kind: ewma, target: 4.0 degC, sigma: 1.0 degC, lambda: 0.2, width: 3",
            "difference is not a temperature",
        ),
        ("kind: ewma, target: 4.0 K, sigma: 1.0 K, lambda: 0.2, width: 3", "difference is not a temperature"),
        ("kind: cusum, target: 4.0 degC, k: 0.5, h: 4", "write sigma"),
        ("kind: cusum, target: 4.0 degC, sigma: 1.0 K, k: -0.5, h: 4", "k is not negative"),
        ("kind: cusum, target: 4.0 degC, sigma: 1.0 K, k: 0.5, h: 0", "h greater than 0"),
        ("kind: cusum, target: 4.0 degC, sigma: 1.0 K, k: 0.5 kPa, h: 4", "K"),
        ("kind: cusum, target: 4.0 degC, sigma: 1.0 K, k: yes, h: 4", "true or false"),
        ("kind: nelson, target: 4.0 degC, sigma: 1.0 K, rules: [9]", "Nelson's rules are 1 to 8"),
        ("kind: western_electric, target: 4.0 degC, sigma: 1.0 K, rules: []", "rules are 1 to 4"),
        (
            "kind: nelson, target: 4.0 degC, sigma: 1.0 K, mean_over: 15 s",
            "windows of 15 s, but a reading of air",
        ),
        ("kind: nelson, target: 4.0 degC, sigma: 1.0 K, at_most: 5 degC", "leave at_most out"),
        (
            "kind: nelson, target: 4.0 degC, sigma: 1.0 K, clears: {at_most: 5 degC}",
            "clears: {for: 10 min} alone",
        ),
        ("kind: nelson, target: 4.0 degC, sigma: 1.0 K, guard: uncertainty", "has no guard band"),
    ],
)
def test_what_cannot_be_charted_is_refused(charted, chart, message):
    """With what to write instead."""
    with pytest.raises(PlanError, match=message):
        charted(chart)


def test_numbers_and_quantities_of_a_chart_belong_to_the_plan_as_they_are_meant(charted):
    """0.50 and 0.5 are the same plan; half a sigma and half a kelvin are not."""
    one, same, other = (
        charted(f"kind: cusum, target: 4.0 degC, sigma: 1.0 K, k: {k}, h: 4").program.hash
        for k in ("0.5", "0.50", "0.5 K")
    )
    assert one == same != other
    limit = charted(CHARTS["ewma"]).program.plan.ccps[0].operating[0]
    assert limit.lambda_ == Fraction(1, 5)
