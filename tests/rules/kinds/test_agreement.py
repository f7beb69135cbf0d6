"""Agreement of indicator and recorder, and the spread between points: on means, exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest

from readings.inputs import State
from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError

START = 1_700_000_000 * SECOND  # 20 s past a whole minute
FIRST = 40  # s from there to the next whole minute
PLAN = """
line: {state: {from: phase, codes: {1: loading, 3: hold}}}
sensors:
  tid: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 30 s}
  trd: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 30 s}
  r: {points: 3, unit: degC, resolution: 0.1, every: 10 s, silent_after: 30 s}
  phase: {unit: code, every: on change, alive_every: 1 h}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: tid, at_least: 121.0 degC}]
    operating: [{id: spread, kind: spread, of: r, at_most: 1.0 K, mean_over: 1 min}]
    instruments:
      - {id: recorder, kind: agreement, of: trd, with: tid, mean_over: 1 min, within: 0.5 K, not_above: 0.0 K}
"""
AGREEMENT = "kind: agreement, of: trd, with: tid, mean_over: 1 min, within: 0.5 K, not_above: 0.0 K"


def steady(_at):
    return 121.5


def readings(seconds, trd, tid=steady):
    """Both every 10 s, from the first whole minute on."""
    found = []
    for at in range(FIRST, FIRST + seconds + 1, 10):
        found += [("tid", at, tid(at - FIRST)), ("trd", at, trd(at - FIRST))]
    return found


def short(spans):
    """(verdict, from, to) in seconds since the first whole minute."""
    return [
        (verdict, start - FIRST, None if end is None else end - FIRST) for verdict, start, end, _ in spans
    ]


def test_a_recorder_above_its_indicator_is_an_instrument_fault(bench):
    """0.1 K above in one minute's mean: indeterminate from that minute's end, an instrument fault, never a deviation."""
    make = bench(PLAN)
    rows = readings(300, lambda at: 121.6 if 60 <= at < 120 else 121.4)
    assert short(make.spans(rows, until=FIRST + 300, limit="recorder")) == [
        ("indeterminate", 0, 60),
        ("ok", 60, 120),
        ("indeterminate", 120, 180),
        ("ok", 180, None),
    ]
    state, changes = step(
        make.program, begin(make.program, complete=True), make.block(rows), START + 340 * SECOND
    )
    events = [event for change in changes for event in change.events]
    assert {(event.what, str(event.event.kind)) for event in events if event.event.end < START * 2} == {
        ("opened", "instrument_fault"),
        ("returned", "instrument_fault"),
    }
    decisions = Decisions(make.program)
    decisions.take(changes)
    decisions.finish(state)
    [line] = [each for each in decisions.lines() if each["reason"].startswith("trd")]
    assert (line["class"], line["worst"]) == ("instrument", 0.1)
    assert line["reason"] == "trd not within 0.5 K of tid and not above it by more than 0.0 K"


def test_a_moment_does_not_matter_the_mean_does(bench):
    """A lag in a fast rise disagrees by degrees for a moment; over the minute it is a fault only when the means are."""
    make = bench(PLAN)
    rows = readings(180, lambda at: 120.9 if at == 70 else 121.5)
    assert short(make.spans(rows, until=FIRST + 180, limit="recorder"))[1:] == [("ok", 60, None)]
    rows = readings(180, lambda at: 118.4 if at == 70 else 121.5)
    assert short(make.spans(rows, until=FIRST + 180, limit="recorder"))[2:] == [
        ("indeterminate", 120, 180),
        ("ok", 180, None),
    ]


@pytest.mark.parametrize(("low", "verdict"), [("118.5", "ok"), ("118.4", "indeterminate")])
def test_the_bound_is_inclusive_and_exact(bench, low, verdict):
    """One of six readings 3.0 K lower is a mean of exactly 0.5 K, which holds; 3.1 K lower is 0.517 K, which doesn't."""
    assert Fraction("121.5") - Fraction(low) in (Fraction(3), Fraction("3.1"))
    rows = readings(120, lambda at: float(low) if at == 70 else 121.5)
    assert bench(PLAN).spans(rows, until=FIRST + 120, limit="recorder")[-1][0] == verdict


def test_a_minute_without_enough_readings_says_nothing(bench):
    """Fewer than half of those expected: no mean, and after a while nothing can be said."""
    make = bench(PLAN)
    rows = [row for row in readings(400, steady) if row[0] == "tid" or not 60 < row[1] - FIRST < 300]
    assert short(make.spans(rows, until=FIRST + 400, limit="recorder")) == [
        ("indeterminate", 0, 60),
        ("indeterminate", 60, 360),
        ("ok", 360, None),
    ]


def test_a_minute_across_two_phases_says_nothing(bench):
    """A mean over come-up and hold compares nothing: only windows whole in one state count, and the first is awaited.

    Hold from 90 s on: the minute from 60 s is of both, the one from 120 s is the first, and over at 180 s.
    """
    make = bench(PLAN.replace("not_above: 0.0 K", "not_above: 0.0 K, during: hold"))
    states = [State(START, "L", "phase", "1"), State(START + (FIRST + 90) * SECOND, "L", "phase", "3")]
    rows = readings(300, lambda at: 130.0 if at <= 100 else 121.4)
    assert short(make.spans(rows, until=FIRST + 300, limit="recorder", states=states)) == [
        ("suspended", -40, 90),
        ("starting", 90, 180),
        ("ok", 180, None),
    ]
    rows = readings(300, lambda at: 121.4 if at <= 200 else 130.0)
    assert short(make.spans(rows, until=FIRST + 300, limit="recorder", states=states))[2:] == [
        ("ok", 180, 240),
        ("indeterminate", 240, None),
    ]


def test_a_file_of_weeks_is_judged_to_its_end(bench):
    """However many windows come in one block, each is judged: a fault in the first of 5,000 minutes is found."""
    make = bench(PLAN)
    rows = []
    for at in range(FIRST, FIRST + 5000 * 60, 15):
        rows += [("tid", at, 121.5), ("trd", at, 121.6 if at < FIRST + 60 else 121.4)]
    assert short(make.spans(rows, until=FIRST + 5000 * 60, limit="recorder")) == [
        ("indeterminate", 0, 60),
        ("indeterminate", 60, 120),
        ("ok", 120, None),
    ]


def test_the_spread_is_between_the_greatest_and_the_least_mean(bench):
    """Three points: the means lie 1.0 K apart, which holds; 1.2 K warns, and is no event."""
    make = bench(PLAN)
    rows = []
    for at in range(FIRST, FIRST + 241, 10):
        low = 120.8 if 60 <= at - FIRST < 120 else 121.0
        rows += [("r", at, 121.5), ("r/2", at, 122.0), ("r/3", at, low)]
    assert short(make.spans(rows, until=FIRST + 240, limit="spread")) == [
        ("indeterminate", 0, 60),
        ("ok", 60, 120),
        ("operating", 120, 180),
        ("ok", 180, None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("within: 0.5 K", "within: 0.5 degC", "a temperature difference is not a temperature"),
        ("within: 0.5 K, ", "", "within is missing"),
        ("within: 0.5 K", "within: 0.5 K, at_most: 1 K", "write within, not at_most"),
        ("not_above: 0.0 K", "not_above: -1.0 K", "nothing is within"),
        ("with: tid", "with: tit", "no sensor named tit"),
        ("with: tid", "with: trd", "always agrees with itself"),
        ("with: tid", "with: r", "one point of trd goes with one of r"),
        ("with: tid", "with: phase", "one unit for both"),
        ("mean_over: 1 min, within", "mean_over: 15 s, within", "windows of 15 s, but a reading of trd"),
        ("at_most: 1.0 K", "at_least: 1.0 K", "a spread has one bound: at_most or below"),
        ("spread, of: r", "spread, of: tid", "tid has one point: nothing lies apart"),
        ("at_most: 1.0 K", "at_most: 1.0 K, combine: 2 of 3", "leave combine out"),
        (
            "operating: [{id: spread",
            f"operating: [{{id: x, {AGREEMENT}}}, {{id: spread",
            "write it under instruments",
        ),
        (
            "instruments:\n",
            "instruments:\n      - {id: x, kind: threshold, of: tid, at_least: 1 degC}\n",
            "judges the product, not an instrument",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(bench, old, new, message):
    """Units, missing keys, one sensor twice, points without a counterpart, means of a single reading."""
    assert old in PLAN
    with pytest.raises(PlanError, match=message):
        bench(PLAN.replace(old, new, 1))
