"""Degree-minutes: the sum in a sliding window, and what is said where something was not read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.derivation import Spans, Taken
from rules.plan_check import PlanError, load_plan

HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""
PLAN = """
sensors:
  air: {{unit: {unit}, resolution: 0.1, every: 60 s, silent_after: 3 min}}
ccps:
  - id: C
    critical: [{{id: a, kind: degree_minutes, of: air, {limit}}}]
"""
SUM = "above: -18.0 degC, at_most: 20 K.min, window: 30 min"


@pytest.fixture(scope="module")
def store(make_bench):
    """Makes a store with one limit."""
    made = {}

    def make(limit: str = SUM, unit: str = "degC"):
        if (limit, unit) not in made:
            made[limit, unit] = make_bench(PLAN.format(limit=limit, unit=unit))
        return made[limit, unit]

    return make


def spans(bench, values):
    """(verdict, from, to) in minutes of readings a minute apart, None left out."""
    rows = [("air/1", 60 * n, value) for n, value in enumerate(values) if value is not None]
    found = []
    for verdict, begin, end, _ in bench.spans(rows, until=60 * (len(values) - 1)):
        found.append((verdict, begin / 60, None if end is None else end / 60))
    return found


def worst(bench, values):
    """Least and greatest value of the last span."""
    rows = [("air/1", 60 * n, value) for n, value in enumerate(values) if value is not None]
    (limit,) = bench.program.limits
    return bench.decisions(rows, until=60 * (len(values) - 1)).timeline(limit)[-1]


def test_a_constant_excess_adds_up_to_its_product(store):
    """2 K for 10 min are 20 K.min; the eleventh minute is too much, and is known at its end."""
    assert spans(store(), [-16.0] * 11) == [("ok", 0, None)]
    assert worst(store(), [-16.0] * 11).high == 20
    assert spans(store(), [-16.0] * 12)[-1] == ("deviation", 11, None)


def test_what_is_at_the_level_counts_nothing(store):
    """-18.0 for hours."""
    assert worst(store(), [-18.0] * 200).high == 0


def test_it_forgets_what_the_window_has_left(store):
    """1 K for 15 min in any half hour, for ever: 16 of 20."""
    values = ([-17.0] * 15 + [-18.0] * 15) * 6
    assert [verdict for verdict, *_ in spans(store(), values)] == ["ok"]
    assert worst(store(), values).high == 16


def test_between_two_readings_the_farther_counts(store):
    """A single reading of 5 K above counts in the minute before and the minute behind it."""
    assert worst(store(), [-18.0] * 5 + [-13.0] + [-18.0] * 5).high == 10


def test_below_a_level_is_the_same_downwards(store):
    """Hot holding: 60 degC, 58 for 11 min is 22 K.min."""
    hot = "below: 60.0 degC, at_most: 20 K.min, window: 30 min"
    assert spans(store(hot), [58.0] * 12)[-1] == ("deviation", 11, None)
    assert spans(store(hot), [62.0] * 60) == [("ok", 0, None)]


def test_degrees_fahrenheit_are_counted_in_kelvin(store):
    """3.6 degF above for 10 min are 20 K.min."""
    cold = "above: 0.0 degF, at_most: 20 K.min, window: 30 min"
    assert worst(store(cold, "degF"), [3.6] * 11).high == 20


def test_what_was_not_read_cannot_be_shown_while_the_window_reaches_it(store):
    """5 min of silence: indeterminate from its last reading on until the window has left it."""
    values = [-18.0] * 20 + [None] * 5 + [-18.0] * 60
    assert [(v, b, e) for v, b, e in spans(store(), values)] == [
        ("ok", 0, 19),
        ("indeterminate", 19, 55),
        ("ok", 55, None),
    ]


def test_what_was_not_read_is_bounded_by_the_greatest_slew(make_bench):
    """5 min of silence at 1 K/min: at most 3 K above in between, 15 K.min; at 4 K/min it may have been too much."""
    for slew, verdicts in (
        ("1 K/min", ["ok", "indeterminate", "ok"]),
        ("4 K/min", ["ok", "indeterminate", "ok"]),
    ):
        text = PLAN.format(unit="degC", limit=SUM).replace(
            "silent_after", f"slew_at_most: {slew}, silent_after"
        )
        found = spans(make_bench(text), [-18.0] * 20 + [None] * 5 + [-18.0] * 60)
        assert [verdict for verdict, *_ in found] == verdicts
        assert found[1][2] == (25 if slew == "1 K/min" else 55)


def test_what_was_read_may_be_too_much_all_the_same(store):
    """15 min at 2 K above, and a silence in them: a deviation by what was read."""
    values = [-16.0] * 8 + [None] * 5 + [-16.0] * 12
    assert ("deviation", 17, None) in spans(store(), values)


def test_only_time_in_which_it_is_judged_counts(make_bench):
    """While the store stands empty nothing adds up."""
    bench = make_bench(
        "line: {state: {from: st, codes: {0: empty, 1: full}}, judged_when: full}\n"
        "sensors:\n"
        "  st: {unit: code, every: 60 s, silent_after: 5 min}\n"
        "  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 3 min}\n"
        "ccps: [{id: C, critical: [{id: a, kind: degree_minutes, of: air, above: -18.0 degC, at_most: 20 K.min,"
        " window: 30 min}]}]\n"
    )
    rows = [("st/1", 60 * n, float(n < 5 or n >= 40)) for n in range(60)]
    rows += [("air/1", 60 * n, -16.0 if n < 48 else -18.0) for n in range(60)]
    found = [verdict for verdict, *_ in bench.spans(rows, until=3540)]
    assert found == ["ok", "suspended", "ok"]


def not_ok(found):
    """The minutes in which it was not ok."""
    return {n for verdict, begin, end in found if verdict != "ok" for n in range(int(begin), int(end or 90))}


@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(st.integers(-200, -140), min_size=20, max_size=90),
    start=st.integers(1, 80),
    gone=st.integers(4, 30),
    warmer=st.integers(0, 89),
)
def test_taking_readings_away_or_warming_never_makes_it_ok(store, values, start, gone, warmer):
    """Wherever it was not ok, it is not ok with a silence there, nor with a warmer reading."""
    bench = store()
    degrees = [value / 10 for value in values]
    whole = not_ok(spans(bench, degrees))
    less = not_ok(spans(bench, [None if start <= n < start + gone else v for n, v in enumerate(degrees)]))
    hotter = not_ok(spans(bench, [v + 5 if n == warmer else v for n, v in enumerate(degrees)]))
    assert whole <= less
    assert whole <= hotter


@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(st.integers(-200, -140), min_size=20, max_size=90),
    cuts=st.sets(st.integers(1, 89), max_size=6),
)
def test_it_is_the_same_however_it_is_cut(store, values, cuts):
    """In one block or in several: the same values at the same times."""

    derivation = store().program.limits[0].derived[0].derivation
    time = np.arange(len(values), dtype=np.int64) * 60 * 10**9
    step = np.array(values, np.int64)
    whole = derivation.take(derivation.fresh(), [Taken(time, step)], Spans([]), 0)
    memory, times, found = derivation.fresh(), [], []
    for part in np.split(np.arange(len(values)), sorted(cut for cut in cuts if cut < len(values))):
        at, value = derivation.take(memory, [Taken(time[part], step[part])], Spans([]), 0)
        times += at.tolist()
        found += value.tolist()
        memory = memory.twin()
    assert (times, found) == (whole[0].tolist(), whole[1].tolist())


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("above: -18.0 degC, window: 24 h", "write at_most: 2000 K.min"),
        ("at_most: 20 K.min, window: 24 h", "write the level"),
        ("above: -18.0 degC, below: 5.0 degC, at_most: 20 K.min, window: 24 h", "both stand here"),
        ("above: -18.0 degC, at_most: 20 K, window: 24 h", "write at_most: 2000 K.min"),
        ("above: -18.05 degC, at_most: 20 K.min, window: 24 h", "finer than the sensor's resolution"),
        ("above: -18.0 degC, at_most: 20 K.min, window: 5 min", "comes only every 1 min"),
        ("above: -18.0 degC, at_most: 20 K.min, window: 60 d", "is the longest"),
        ("above: 18.0 kPa, at_most: 20 K.min, window: 24 h", "kPa"),
    ],
)
def test_what_cannot_be_meant_is_refused(limit, message):
    """With the words that say what to write."""
    with pytest.raises(PlanError, match=message):
        load_plan(HEAD + PLAN.format(limit=limit, unit="degC"), "plan.yaml")
