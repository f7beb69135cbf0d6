"""Edge cases of readings: where they end, begin, lie, repeat or never come. All cases stand in docs/edge-cases.md."""

from __future__ import annotations

import pytest

from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError

START = 1_700_000_000 * SECOND


def every(name: str, start: float, end: float, value: float | None, step: int = 10):
    """A reading of one value every so often, both ends included."""
    return [(name, start + at, value) for at in range(0, int(end - start) + 1, step)]


@pytest.fixture
def room(make_bench):
    """Makes a room with one limit on its air, read every 10 s; a loss of 90 s is a case."""

    def make(limit: str = "at_most: 5.0 degC", sensor: str = "range: [-50, 60]"):
        return make_bench(
            f"sensors: {{air: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, {sensor}}}}}\n"
            f"ccps:\n  - id: C\n    critical: [{{id: a, kind: threshold, of: air, {limit}}}]\n"
            "    silence: {case: {after: 90 s}}\n"
        )

    return make


def test_edge_case_1_an_excursion_that_ends_in_a_gap_lasts_to_the_first_good_reading(room):
    """Not to the last bad one; the gap itself is indeterminate, and a loss of its own when it lasts."""
    rows = [*every("air", 0, 60, 4.0), *every("air", 70, 100, 6.0), *every("air", 300, 330, 4.0)]
    assert [span[:3] for span in room().spans(rows, until=330)] == [
        ("ok", 0, 70),
        ("deviation", 70, 100),
        ("indeterminate", 100, 300),
        ("ok", 300, None),
    ]
    assert room().events(rows, until=330) == [("deviation", 70, 300), ("monitoring_loss", 100, 300)]


def test_edge_case_2_an_excursion_that_begins_in_a_gap_leaves_nothing_ok_since_the_last_good_reading(room):
    """It may have begun at any time in the gap: from the last good reading on nothing is ok."""
    rows = [*every("air", 0, 60, 4.0), *every("air", 300, 320, 6.0), *every("air", 330, 350, 4.0)]
    assert [span[:3] for span in room().spans(rows, until=350)] == [
        ("ok", 0, 60),
        ("indeterminate", 60, 300),
        ("deviation", 300, 330),
        ("ok", 330, None),
    ]


@pytest.mark.parametrize("sentinel", [-127.0, 85.0, 850.0, 32767.0, 65535.0, None])
def test_edge_case_5_a_fault_of_a_sensor_is_neither_ok_nor_a_breach(room, sentinel):
    """A sentinel, an impossible value, no answer: indeterminate from the last good reading, then a monitoring loss."""
    rows = [*every("air", 0, 60, 4.0), *every("air", 70, 200, sentinel)]
    assert [span[:2] for span in room().spans(rows, until=200)] == [("ok", 0), ("indeterminate", 60)]
    assert room().events(rows, until=200) == [("monitoring_loss", 60, None)]


def in_turn(bench, *parts, until: float):
    """The decisions of readings that come in this order, not sorted."""
    state, decisions = begin(bench.program), Decisions(bench.program)
    for rows in parts:
        newest = max(at for _, at, _ in rows)
        state, changes = step(bench.program, state, bench.block(rows), START + int(newest * SECOND))
        decisions.take(changes)
    state, changes = step(bench.program, state, bench.block([]), START + int(until * SECOND))
    decisions.take(changes)
    decisions.finish(state)
    return decisions


CYCLE = """
reorder: 1 h
line: {state: {from: phase, codes: {1: idle, 2: hold}}, judged_when: hold}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 140]}
ccps:
  - id: C
    critical: [{id: f, kind: lethality, of: t, reference: 121.1 degC, z: 10 K, at_least: 3.0 min}]
"""


def credited(bench, decisions):
    """The verdict of the one cycle, and what it came to at least and at most."""
    (limit,) = bench.program.limits
    [point] = [point for point in decisions.timeline(limit) if point.integral is not None]
    return str(point.verdict), point.integral.low, point.integral.high


def test_edge_case_7_a_clock_that_is_set_back_credits_no_time_twice(make_bench):
    """A minute at 121.1 degC is recorded over again: 3 min of event time stay 3 min, whatever was said how often."""
    bench = make_bench(CYCLE)
    phase = [*every("phase", 0, 50, 1.0), *every("phase", 60, 230, 2.0), *every("phase", 240, 260, 1.0)]
    hot = every("t", 60, 230, 121.1)
    straight = credited(bench, in_turn(bench, [*phase, *hot, *every("t", 240, 260, 20.0)], until=270))
    assert straight[0] == "deviation", "170 s"
    before, again = hot[:12], [("t", at - 60, value) for _, at, value in hot[12:]]
    back = [*every("phase", 60, 170, 2.0), *every("phase", 180, 200, 1.0)]
    verdict, _, high = credited(
        bench, in_turn(bench, [*phase[:6], *before], [*back, *again, *every("t", 180, 200, 20.0)], until=210)
    )
    assert (verdict, high) == ("deviation", pytest.approx(2.0, abs=0.001))


def test_edge_case_7_a_clock_that_jumps_ahead_leaves_a_gap(room):
    """An hour is lost: what was not read is not ok."""
    rows = [*every("air", 0, 60, 4.0), *every("air", 3660, 3700, 4.0)]
    assert [span[:3] for span in room().spans(rows, until=3700)] == [
        ("ok", 0, 60),
        ("indeterminate", 60, 3660),
        ("ok", 3660, None),
    ]


def test_edge_case_9_the_same_reading_twice_is_one_and_two_of_one_time_are_the_worse(room):
    """A duplicate confirms nothing and starts no timer anew; of a conflict the worse one is credited."""
    bench = room("at_most: 5.0 degC, confirm: 2 readings")
    once = [*every("air", 0, 60, 4.0), ("air", 70, 6.0), *every("air", 80, 100, 4.0)]
    assert bench.events(once, until=100) == bench.events([*once, *once], until=100) == []
    conflict = [*every("air", 0, 100, 4.0), ("air", 50, 6.0)]
    assert room().events(conflict, until=100) == [("deviation", 50, 60)]


@pytest.mark.parametrize(
    ("bound", "value", "expected"),
    [
        ("at_least: 121.0 degC", 120.96, "deviation"),
        ("at_least: 121.0 degC, compare: rounded", 120.96, "ok"),
        ("at_least: 121.0 degC, compare: rounded", 120.94, "deviation"),
        ("at_least: 121.0 degC", 121.0, "ok"),
        ("above: 121.0 degC", 121.0, "deviation"),
        ("at_most: 0.3 degC", 0.1 + 0.2, "ok"),
        ("below: 0.3 degC", 0.1 + 0.2, "deviation"),
        ("at_most: -0.3 degC", -0.1 - 0.2, "ok"),
    ],
)
def test_edge_case_13_a_value_is_compared_as_a_number_of_steps(make_bench, bound, value, expected):
    """120.96 shown as 121.0 is not 121.0 unless the plan rounds; 0.1 + 0.2 is 0.3."""
    bench = make_bench(
        "sensors: {t: {unit: degC, resolution: 0.01, every: 10 s}}\n"
        f"ccps:\n  - id: C\n    critical: [{{id: a, kind: threshold, of: t, {bound}}}]\n"
    )
    assert bench.spans(every("t", 0, 20, value), until=20)[-1][0] == expected


def test_edge_case_19_a_clearing_bound_delays_the_end_and_never_the_beginning(room):
    """Beyond at 70 s, it is a deviation from then on and known then, however long it must stay away to end."""
    rows = [*every("air", 0, 60, 4.0), *every("air", 70, 80, 6.0), *every("air", 90, 200, 4.0)]
    plain = room().spans(rows, until=200)
    slow = room("at_most: 5.0 degC, clears: {at_most: 4.5 degC, for: 60 s}").spans(rows, until=200)
    assert plain[1] == slow[1] == ("deviation", 70, 90, 70)
    known = room("at_most: 5.0 degC, clears: {at_most: 4.5 degC, for: 60 s}").events(rows[:14], until=130)
    assert known == [("deviation", 70, None)], "40 s away: still open as known then"


def test_edge_case_20_a_sensor_that_never_spoke_is_missed(make_bench):
    """The plan says which sensors there are: one that was never heard is a monitoring loss like one that fell silent."""
    bench = make_bench(
        "sensors: {air: {unit: degC, every: 10 s}, ghost: {unit: degC, every: 10 s, points: 2 points}}\n"
        "ccps:\n  - id: C\n    critical:\n"
        "      - {id: a, kind: threshold, of: air, at_most: 5 degC}\n"
        "      - {id: g, kind: threshold, of: ghost, at_most: 5 degC}\n"
        "    silence: {case: {after: 90 s}}\n"
    )
    rows = every("air", 0, 200, 4.0)
    assert bench.events(rows[:9], until=80) == []
    assert bench.events(rows, until=200) == [("monitoring_loss", 0, None)]
    half = bench.spans([*rows, *every("ghost/2", 0, 200, 4.0)], until=200, limit="g")
    assert [span[:2] for span in half] == [("indeterminate", 0)]


WINDOWS = """
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, points: 2 points, range: [-50, 60]}
  glass: {unit: degC, resolution: 0.1, every: 10 s}
  other: {unit: degC, resolution: 0.1, every: 10 s}
ccps:
  - id: C
    instruments: [{id: agree, kind: agreement, of: glass, with: other, mean_over: 40 s, within: 0.5 K}]
    operating:
      - {id: spread, kind: spread, of: air, at_most: 2.0 K, mean_over: 40 s}
      - {id: ewma, kind: ewma, of: air, target: 4.0 degC, sigma: 1.0 K, lambda: 0.2, width: 2.7, mean_over: 40 s}
      - id: breach
        kind: time_to_breach
        of: air
        limit: {at_most: 9.0 degC}
        warns_within: 5 min
        trend_over: 3 min
        mean_over: 20 s
    critical:
      - {id: sum, kind: degree_minutes, of: air, above: 5.0 degC, at_most: 30 K.min, window: 2 min}
      - {id: mkt, kind: mean_kinetic_temperature, of: air, at_most: 5.0 degC, window: 2 min}
      - {id: rate, kind: rate, of: air, at_most: 1.0 K/min, over: 60 s}
      - {id: other, kind: threshold, of: other, at_most: 5.0 degC}
"""


@pytest.mark.parametrize("limit", ["agree", "spread", "ewma", "breach", "sum", "mkt", "rate"])
def test_edge_case_21_an_empty_window_is_no_zero(make_bench, limit):
    """Of nothing there is no mean, no spread, no sum, no rate: never ok, before the first reading and behind the last."""
    bench = make_bench(WINDOWS)
    rows = every("other", 0, 1000, 4.0)
    assert {span[0] for span in bench.spans(rows, until=1000, limit=limit)} <= {"indeterminate", "starting"}
    for name in ("air/1", "air/2", "glass"):
        rows += every(name, 0, 300, 4.0)
    spans = bench.spans(rows, until=1000, limit=limit)
    assert "ok" in {span[0] for span in spans}
    assert spans[-1][0] == "indeterminate"
    assert 280 <= spans[-1][1] <= 300, "from its last reading, or its last whole window"


def test_edge_case_27_what_is_colder_than_can_be_or_hotter_than_the_range_counts_nothing(make_bench):
    """A sentinel of 850 degC is 10^72 min of F0 as a number: it credits nothing, and may have been what the range allows."""
    bench = make_bench(CYCLE)
    phase = [*every("phase", 0, 50, 1.0), *every("phase", 60, 230, 2.0), *every("phase", 240, 260, 1.0)]
    for sentinel in (850.0, -300.0, 1e300):
        rows = [*phase, *every("t", 60, 140, 100.0), ("t", 150, sentinel), *every("t", 160, 260, 100.0)]
        verdict, low, high = credited(bench, bench.decisions(rows, until=270))
        assert (verdict, low) == ("indeterminate", pytest.approx(0.02, abs=0.01))
        assert high < 20 / 60 * 10 ** ((140 - 121.1) / 10) + 0.1, "20 s at the top of the range"
    with pytest.raises(PlanError, match="range"):
        make_bench(CYCLE.replace(", range: [0, 140]", ""))


def test_edge_case_28_flapping_is_one_deviation_where_returns_do_not_last(room):
    """Ten crossings, 20 s apart: one deviation with a minute to clear, ten without."""
    rows = [("air", at, 6.0 if at // 20 % 2 else 4.0) for at in range(0, 400, 10)]
    rows += every("air", 400, 500, 4.0)
    merged = room("at_most: 5.0 degC, clears: {at_most: 4.5 degC, for: 60 s}")
    assert merged.events(rows, until=500) == [("deviation", 20, 400)]
    assert len(room().events(rows, until=500)) == 10
