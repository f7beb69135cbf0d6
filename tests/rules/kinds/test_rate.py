"""Rates of change: exactly, between readings of one span, and what a counter says that should not move."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.times import MINUTE, SECOND
from rules.derivation import Spans, Taken
from rules.faults import PlanError
from rules.rate_of_change import RateOfChange

START = 1_700_000_000 * SECOND
NO_GATES = Spans(())
COUNTED = """
line: {state: {from: filler, codes: {0: stopped, 1: running}}, judged_when: running}
sensors:
  filler: {unit: code, every: 5 s, silent_after: 60 s}
  bottles: {unit: count, every: 5 s, silent_after: 60 s}
ccps:
  - id: C
    critical: [{id: speed, kind: rate, of: bottles, at_most: 60 count/min, over: 1 min}]
    instruments: [{id: idle, kind: rate, of: bottles, at_most: 0 count/min, during: stopped, after: 10 s}]
"""


def rows(name, values, every=10, start=0):
    return [(name, start + number * every, value) for number, value in enumerate(values)]


def short(spans):
    return [(verdict, start, end) for verdict, start, end, _ in spans]


def test_a_change_that_is_too_fast_is_beyond_from_the_reading_that_shows_it(simple):
    """0.4 K in 10 s is 2.4 K/min; 0.3 K is 1.8; the first reading alone shows nothing."""
    bench = simple("kind: rate, at_most: 2.0 K/min")
    found = bench.spans(rows("air", [5.0, 5.3, 5.7, 6.0, 6.0]), until=40)
    assert short(found) == [("indeterminate", 0, 10), ("ok", 10, 20), ("deviation", 20, 30), ("ok", 30, None)]


def test_the_bound_itself_holds_exactly_and_below_it_does_not(simple):
    """0.1 K in 3 s is 2 K/min; `below` asks for less; a hair more time is less."""
    readings = [("air", 0, 5.0), ("air", 3, 5.1), ("air", 6.001, 5.2), ("air", 9, 5.3)]
    inclusive = simple("kind: rate, at_most: 2.0 K/min").spans(readings, until=9)
    exclusive = simple("kind: rate, below: 2.0 K/min").spans(readings, until=9)
    assert short(inclusive) == [("indeterminate", 0, 3), ("ok", 3, 9), ("deviation", 9, None)]
    assert short(exclusive) == [
        ("indeterminate", 0, 3),
        ("deviation", 3, 6.001),
        ("ok", 6.001, 9),
        ("deviation", 9, None),
    ]


def test_a_fall_has_a_bound_of_its_own(simple):
    """At least -1 K/min: 0.1 K in 10 s is 0.6 K/min down, 0.2 K is too fast."""
    bench = simple("kind: rate, at_least: -1.0 K/min, at_most: 6.0 K/min")
    found = bench.spans(rows("air", [5.0, 4.9, 4.7, 4.7, 5.7, 6.8]), until=50)
    assert [verdict for verdict, *_ in found] == ["indeterminate", "ok", "deviation", "ok", "deviation"]


def test_over_a_time_each_reading_is_held_against_the_one_so_long_before(simple):
    """One step of 1 K is 1 K/min over a minute, and no breach of that; a second within the minute is one."""
    values = [5.0] * 7 + [6.0, 6.0, 7.0] + [7.0] * 7
    bench = simple("kind: rate, at_most: 1.0 K/min, over: 60 s")
    found = bench.spans(rows("air", values), until=160)
    assert short(found) == [
        ("indeterminate", 0, 60),
        ("ok", 60, 90),
        ("deviation", 90, 130),
        ("ok", 130, None),
    ]


def test_a_worst_value_is_the_fastest_change_in_the_unit_written(simple):
    """K/h as written: 0.1 K in 10 s is 36 K/h."""
    bench = simple("kind: rate, at_most: 20 K/h")
    decisions = bench.decisions(rows("air", [5.0, 5.1, 5.1]), until=20)
    limit = bench.program.limits[0]
    assert [limit.worst(point.low, point.high) for point in decisions.timeline(limit)][1:] == [36.0, 0.0]


def test_silence_is_no_steady_value(simple):
    """Silent after 35 s: indeterminate; across the silence a slow mean says nothing, a fast one is a breach."""
    bench = simple("kind: rate, at_most: 2.0 K/min")
    slow = [("air", 0, 5.0), ("air", 10, 5.0), ("air", 70, 6.0), ("air", 80, 6.0)]
    fast = [("air", 0, 5.0), ("air", 10, 5.0), ("air", 70, 7.1), ("air", 80, 7.1)]
    assert short(bench.spans(slow, until=80)) == [
        ("indeterminate", 0, 10),
        ("indeterminate", 10, 80),
        ("ok", 80, None),
    ]
    assert short(bench.spans(fast, until=80)) == [
        ("indeterminate", 0, 10),
        ("indeterminate", 10, 70),
        ("deviation", 70, 80),
        ("ok", 80, None),
    ]


def test_of_several_readings_of_one_time_the_worst_counts(simple):
    """5.0 and 5.4 at one time: the rise to 5.4 and the rise from 5.0 both count."""
    bench = simple("kind: rate, at_most: 2.0 K/min")
    readings = [("air", 0, 5.0), ("air", 10, 5.0), ("air", 10, 5.4), ("air", 20, 5.4), ("air", 30, 5.4)]
    assert short(bench.spans(readings, until=30))[1:] == [("deviation", 10, 30), ("ok", 30, None)]


def idle(make, counts, states, until):
    """Verdicts and faults of the counter that should stand still; counts every 5 s."""
    readings = rows("bottles", counts, every=5) + [("filler", at, float(state)) for at, state in states]
    decisions = make.decisions(readings, until=until)
    found = next(each for each in make.program.limits if each.limit == "idle")
    faults = [
        (event.start - START) // SECOND for event in decisions.events() if "instrument" in str(event.kind)
    ]
    return [
        (str(point.verdict), (point.start - START) // SECOND) for point in decisions.timeline(found)
    ], faults


def line(stopped_at, until):
    return [(at, 0 if at >= stopped_at else 1) for at in range(0, until + 1, 5)]


def test_a_counter_that_moves_while_the_line_is_stopped_is_an_instrument_fault(bench):
    """Running until 60 s, stopped then; two bottles at 100 s contradict it. What moved before it stopped does not.

    From 70 s on readings count, so the first rate is told at 75 s.
    """
    make = bench(COUNTED)
    counts = [*range(13)] + [12] * 7 + [14] * 5
    verdicts, faults = idle(make, counts, line(60, 120), 120)
    assert verdicts == [
        ("suspended", 0),
        ("starting", 60),
        ("ok", 75),
        ("indeterminate", 100),
        ("ok", 105),
    ]
    assert faults == [100]


def test_a_counter_that_stands_still_while_the_line_is_stopped_raises_nothing(bench):
    """No fault, and ok as soon as two readings say so."""
    counts = [*range(13)] + [12] * 12
    verdicts, faults = idle(bench(COUNTED), counts, line(60, 120), 120)
    assert not faults
    assert verdicts[-1][0] == "ok"


@pytest.mark.parametrize(("after", "moved"), [(0, False), (3, True)])
def test_a_counter_that_begins_again_counted_what_it_shows(bench, after, moved):
    """Set back to 0 while the line is stopped: nothing was counted. To 3: three were."""
    counts = [*range(13)] + [12] * 7 + [after] * 5
    _, faults = idle(bench(COUNTED), counts, line(60, 120), 120)
    assert bool(faults) == moved


@pytest.mark.parametrize(
    ("limit", "column", "message"),
    [
        ("kind: rate", "", "a rate is bounded"),
        ("kind: rate, at_most: 2.0 K/min, below: 3.0 K/min", "", "one upper bound"),
        ("kind: rate, at_most: 2.0 K/min, at_least: -60 K/h", "", "same unit"),
        ("kind: rate, at_most: 2.0 K", "", "how fast air changes is measured in K/min, not in K"),
        ("kind: rate, at_most: 2.0 kPa/min", "", "how fast air changes is measured in K/min, not in kPa/min"),
        ("kind: rate, at_most: 2.0 degC/min", "", "write K/min"),
        (
            "kind: rate, at_most: 2.0 K/min, over: 15 s",
            "",
            "over 15 s, but a reading of air comes only every 10 s",
        ),
    ],
)
def test_what_cannot_be_judged_is_refused(simple, limit, column, message):
    """With what to write instead."""
    with pytest.raises(PlanError, match=message):
        simple(limit)


def test_a_totaliser_has_the_flow_for_its_rate(bench):
    """Litres are counted in L/min, grams in kg/h, millimetres in m/min."""
    for unit, bound in (
        ("L", "5 L/min"),
        ("m3", "1 m3/h"),
        ("g", "1 kg/min"),
        ("mm", "0.5 m/min"),
        ("kPa_abs", "2 kPa/s"),
    ):
        make = bench(f"""
sensors: {{x: {{unit: {unit}, resolution: 0.1, every: 10 s, silent_after: 35 s}}}}
ccps: [{{id: C, critical: [{{id: a, kind: rate, of: x, at_most: {bound}}}]}}]
""")
        assert short(make.spans(rows("x", [1.0, 1.0]), until=10)) == [
            ("indeterminate", 0, 10),
            ("ok", 10, None),
        ]
    litres = bench("""
sensors: {x: {unit: L, resolution: 0.1, every: 10 s, silent_after: 35 s}}
ccps: [{id: C, critical: [{id: a, kind: rate, of: x, at_most: 0.6 L/min}]}]
""")
    assert [verdict for verdict, *_ in litres.spans(rows("x", [1.0, 1.1, 1.3]), until=20)] == [
        "indeterminate",
        "ok",
        "deviation",
    ]


def by_fractions(readings, over, silent, factor, upper):
    found = []
    for place, (time, step) in enumerate(readings):
        past = [each for each in readings[:place] if each[0] <= time - over]
        if past:
            elapsed = time - past[-1][0]
            value = -(-(step - past[-1][1]) * factor // elapsed)
            if elapsed <= over + silent or value > upper:
                found.append((time, value))
    return found


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(-300, 300)), min_size=1, max_size=40),
    st.sampled_from([0, 60 * SECOND, 10 * MINUTE]),
    st.lists(st.integers(1, 40), max_size=6),
)
def test_it_is_what_fractions_give_wherever_readings_are_cut(moves, over, cuts):
    """In parts or in one; and what is remembered is no longer than what is looked back on."""
    time = np.cumsum([apart * SECOND for apart, _ in moves]) + START
    step = np.array([at for _, at in moves], np.int64)
    derivation = RateOfChange(
        over=over,
        settle=0,
        silent=90 * SECOND,
        factor=60_000 * SECOND,
        lower=None,
        upper=500_000,
        counts=False,
    )
    memory, found, at = derivation.fresh(), [], 0
    for size in [*cuts, time.size]:
        part = Taken(time[at : at + size], step[at : at + size])
        times, values = derivation.take(memory, [part], NO_GATES, 0)
        found += list(zip(times.tolist(), values.tolist(), strict=True))
        memory = memory.twin()
        at += size
    readings = list(zip(time.tolist(), step.tolist(), strict=True))
    assert found == by_fractions(readings, over, 90 * SECOND, 60_000 * SECOND, 500_000)
    kept = np.frombuffer(memory.time, np.int64)
    assert (kept[1:] > time[-1] - over).all() or over == 0


def test_more_readings_than_can_be_looked_back_on_are_refused(make_bench):
    """Every 50 ms over 10 min are 12,000; a day of them is looked back on minute by minute."""
    text = (
        "sensors:\n  air: {unit: degC, resolution: 0.1, every: 50 ms}\n"
        "ccps: [{id: C, critical: [{id: a, kind: rate, of: air, at_most: 2.0 K/min, over: OVER}]}]\n"
    )
    with pytest.raises(PlanError, match="more than 10000 readings of air"):
        make_bench(text.replace("OVER", "10 min"))
    make_bench(text.replace("OVER", "24 h"))


def test_over_a_day_it_is_held_against_the_first_reading_of_a_minute(make_bench):
    """Read every 20 s: the reading that is 24 h and 40 s older counts, and the rate is over just that time."""
    bench = make_bench(
        "sensors:\n  air: {unit: degC, resolution: 0.1, every: 20 s}\n"
        "ccps: [{id: C, critical: [{id: a, kind: rate, of: air, at_most: 1.0 K/d, over: 24 h}]}]\n"
    )
    derivation = bench.program.limits[0].derived[0].derivation
    memory, day = derivation.fresh(), 24 * 60 * MINUTE
    time = START // MINUTE * MINUTE + 20 * SECOND * np.arange(3 * 24 * 60 + 6, dtype=np.int64)
    step = np.r_[np.zeros(3, np.int64), np.full(time.size - 3, 10)]
    cuts = [0, 7, 2000, time.size - 2, time.size]
    told = [derivation.take(memory, [Taken(time[a:b], step[a:b])], NO_GATES, 0) for a, b in pairwise(cuts)]
    times, rates = (np.concatenate(column) for column in zip(*told, strict=True))
    assert times.tolist() == time[3 * 24 * 60 :].tolist()
    one_kelvin = 10_000  # in ten-thousandths of a K/d, over 24 h
    later = [-(-one_kelvin * day // (day + more * SECOND)) for more in (0, 20, 40)]
    assert rates.tolist() == [*later, 0, 0, 0]
    assert np.frombuffer(memory.time, np.int64).size <= 24 * 60 + 2


@given(
    st.lists(st.integers(-50, 50), min_size=3, max_size=60),
    st.integers(1, 40),
    st.integers(0, 10**6),
)
def test_cuts_and_shifts_of_time_change_no_rate(values, cut, minutes):
    """Read in one piece or in two, now or whole minutes later: the same rates; over 20 min, second by second remembered."""
    made = RateOfChange(20 * MINUTE, 0, MINUTE, 600 * SECOND, None, 10**9, counts=False)
    time = np.arange(len(values), dtype=np.int64) * 45 * SECOND + START // MINUTE * MINUTE
    step, found = np.array(values, np.int64), []
    for parts, by in (((0, len(values)), 0), ((0, min(cut, len(values) - 1), len(values)), minutes * MINUTE)):
        memory, told = made.fresh(), []
        for a, b in pairwise(parts):
            told += np.array(made.take(memory, [Taken(time[a:b] + by, step[a:b])], NO_GATES, 0)).T.tolist()
        found.append([(at - by, rate) for at, rate in told])
    assert found[0] == found[1]
