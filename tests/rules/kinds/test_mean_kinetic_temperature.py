"""Mean kinetic temperature: the oracle of USP <1160>, and its place between mean and greatest."""

from __future__ import annotations

import math

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
  air: {{unit: {unit}, resolution: {step}, every: 60 s, silent_after: 3 min, range: [{low}, {high}]}}
ccps:
  - id: C
    critical: [{{id: a, kind: mean_kinetic_temperature, of: air, {limit}}}]
"""


@pytest.fixture(scope="module")
def store(make_bench):
    """Makes a store with one limit."""
    made = {}

    def make(limit="at_most: 8.0 degC, window: 2 h", *, step="0.1", low=-30, high=40, unit="degC"):
        key = (limit, step, low, high, unit)
        if key not in made:
            text = PLAN.format(limit=limit, step=step, low=low, high=high, unit=unit)
            made[key] = make_bench(text)
        return made[key]

    return make


def mkt(bench, steps):
    """The value after constant temperatures of so many minutes each, (degC, minutes)."""
    rows, at = [], 0
    for value, minutes in steps:
        rows += [("air/1", at + 60 * n, value) for n in range(minutes)]
        at += 60 * minutes
        rows.append(("air/1", at - 0.000001, value))
    derived = bench.program.limits[0].derived[0]
    block = bench.block(rows)
    step = bench.program.steps[derived.inputs[0]]
    times = sorted(zip(block.time.tolist(), block.value.tolist(), strict=True))
    taken = Taken(
        np.array([time for time, _ in times], np.int64),
        np.array([round(value / float(step)) for _, value in times], np.int64),
    )
    _, values = derived.derivation.take(derived.derivation.fresh(), [taken], Spans([]), 0)
    return float(values[-1] * bench.program.steps[derived.track])


# dH/R = 10,000 K exactly (USP <1160>: 83.144 kJ/mol, 8.3144e-3 kJ/mol/K), 273.15 K: computed from the definition.
ORACLE = [
    ([(5.0, 10)], 5.0),
    ([(5.0, 90), (15.0, 10)], 6.7261),
    ([(20.0, 10), (25.0, 10), (30.0, 10)], 25.8582),
    ([(5.0, 110), (12.0, 10)], 5.8663),
    ([(-20.0, 115), (-10.0, 5)], -19.1277),
]


@pytest.mark.parametrize(("steps", "expected"), ORACLE)
def test_it_is_that_of_the_definition(store, steps, expected):
    """To four places, with a thermometer that reads thousandths."""
    low, high = int(min(value for value, _ in steps)), int(max(value for value, _ in steps)) + 1
    bench = store("at_most: 30.0 degC, window: 2 h", step="0.001", low=low, high=high)
    assert mkt(bench, steps) == pytest.approx(expected, abs=0.00011)


def test_a_dozen_months_of_different_temperatures(store):
    """Twelve spans of 10 min, 18 to 27 degC: between their mean and the warmest, as the definition computes it."""
    months = [18.0, 19.0, 20.5, 22.0, 23.5, 25.0, 27.0, 26.5, 25.0, 22.5, 20.0, 19.0]
    harm = sum(math.exp(-10_000 / (value + 273.15)) for value in months) / 12
    expected = 10_000 / -math.log(harm) - 273.15
    assert mkt(store("at_most: 30.0 degC, window: 2 h"), [(value, 10) for value in months]) == pytest.approx(
        expected, abs=0.011
    )


def test_in_degf_it_is_the_same(store):
    """41 degF for 90 min and 59 for 10: 6.7261 degC is 44.107 degF."""
    bench = store("at_most: 60.0 degF, window: 2 h", low=-20, high=100, unit="degF")
    assert mkt(bench, [(41.0, 90), (59.0, 10)]) == pytest.approx(44.107, abs=0.011)


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(-200, 300), st.integers(1, 10)), min_size=1, max_size=10))
def test_it_lies_between_the_mean_and_the_warmest(store, steps):
    """min <= mean <= MKT <= max, and constant temperatures are themselves."""
    found = mkt(store(), [(value / 10, minutes) for value, minutes in steps])
    mean = sum(value * minutes for value, minutes in steps) / sum(minutes for _, minutes in steps) / 10
    assert mean - 0.0001 <= found <= max(value for value, _ in steps) / 10 + 0.0001


def spans(bench, values):
    """(verdict, from, to) in minutes of readings a minute apart, None left out."""
    rows = [("air/1", 60 * n, value) for n, value in enumerate(values) if value is not None]
    return [
        (verdict, begin / 60, None if end is None else end / 60)
        for verdict, begin, end, _ in bench.spans(rows, until=60 * (len(values) - 1))
    ]


def test_a_warm_spell_is_too_much_and_is_forgotten(store):
    """At 5 degC and 20 degC for 30 of 120 min: a deviation until the window has left it."""
    found = spans(store(), [5.0] * 120 + [20.0] * 30 + [5.0] * 150)
    assert [verdict for verdict, *_ in found] == ["ok", "deviation", "ok"]
    assert 120 < found[1][1] < 150
    assert 220 < found[1][2] <= 270


def test_what_was_not_read_cannot_be_shown_while_the_window_reaches_it(store):
    """A silence of 10 min: it may have been warm."""
    found = spans(store(), [5.0] * 100 + [None] * 10 + [5.0] * 200)
    assert [verdict for verdict, *_ in found] == ["ok", "indeterminate", "ok"]
    assert found[1][1:] == (99, 230)


def test_what_was_read_may_be_too_warm_all_the_same(store):
    """20 degC for most of the window is too warm however cold the silence was."""
    found = spans(store(), [20.0] * 60 + [None] * 10 + [20.0] * 60)
    assert found[-1][0] == "deviation"


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("window: 7 d", "one bound: at_most or below"),
        ("at_least: 8.0 degC, window: 7 d", "one bound: at_most or below"),
        ("at_most: 8.0 degC, window: 5 min", "comes only every 1 min"),
        ("at_most: 8.0 K, window: 1 d", "not a temperature"),
    ],
)
def test_what_cannot_be_meant_is_refused(limit, message):
    """With the words that say what to write."""
    text = HEAD + PLAN.format(limit=limit, step="0.1", low=-30, high=40, unit="degC")
    with pytest.raises(PlanError, match=message):
        load_plan(text, "plan.yaml")


def test_a_thermometer_without_a_range_is_refused():
    """The table ends somewhere."""
    text = HEAD + PLAN.format(limit="at_most: 8.0 degC, window: 1 d", step="0.1", low=0, high=1, unit="degC")
    with pytest.raises(PlanError, match="has no range"):
        load_plan(text.replace(", range: [0, 1]", ""), "plan.yaml")
