"""What becomes known while time goes on, and earlier verdicts are forgotten, is one event where a file makes one of it."""

from __future__ import annotations

import pytest

from readings.inputs import State
from readings.times import HOUR, MINUTE, NEVER, SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.events import events_of
from rules.timeline import Point, Verdict
from rules.version import Version

START = 1_700_000_000 * SECOND
BATCHES = """
reorder: 1 min
line: {state: {from: mode, codes: {"0": idle, "1": hold}}, judged_when: hold, batch: {from: batch}}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 40 s}
  core: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 40 s}
  batch: {unit: text, every: on change}
ccps:
  - id: C
    critical: [{id: a, kind: dwell, of: core, at_least: 72.0 degC, for: 60 s}]
    silence: {case: {after: 90 s}}
"""
WHILE = """
reorder: 1 min
sensors:
  core: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 40 s}
  door: {unit: bool, every: 10 s, silent_after: 40 s}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: core, at_least: 72.0 degC, while: {door: false}, after: 25 s}]
    silence: {case: {after: 10 min}}
"""


def happened(plant, rows, texts=(), *, whole):
    """(kind, from, to, since) in seconds; in one step as from a file, or as it comes."""
    state, decisions = begin(plant.program, complete=whole), Decisions(plant.program)
    said = [State(START + at * SECOND, "L", "batch", text) for at, text in texts]
    rows = sorted(rows, key=lambda row: row[1])
    end = rows[-1][1]
    for at in [end] if whole else range(0, end + 1, 10):
        since = -1 if whole else at - 10
        block = plant.block(
            [row for row in rows if since < row[1] <= at],
            [each for each in said if since < (each.time - START) // SECOND <= at],
        )
        state, changes = step(plant.program, state, block, START + at * SECOND)
        decisions.take(changes)
    return sorted(
        (
            str(each.kind),
            (each.start - START) // SECOND,
            None if each.end == NEVER else (each.end - START) // SECOND,
            (each.since - START) // SECOND,
        )
        for each in decisions.events()
    )


@pytest.mark.parametrize("whole", [True, False], ids=["file", "live"])
def test_each_batch_that_fails_is_a_deviation_of_its_own(bench, whole):
    """Three in one hold, of 100, 600 and 200 s, all of them at 50 degC."""
    rows = [(name, at, value) for at in range(0, 1101, 10) for name, value in (("core/1", 50.0),)]
    rows += [("mode", at, float(100 <= at < 1000)) for at in range(0, 1101, 10)]
    assert happened(bench(BATCHES), rows, [(0, "1"), (200, "2"), (800, "3")], whole=whole) == [
        ("deviation", 100, 200, 100),
        ("deviation", 200, 800, 200),
        ("deviation", 800, 1000, 800),
    ]


@pytest.mark.parametrize("whole", [True, False], ids=["file", "live"])
def test_a_thermometer_that_is_silent_through_two_batches_is_one_loss(bench, whole):
    """Read until 120 s and from 200 to 210 s: neither batch 1, until 200 s, nor batch 2 can be shown to hold for 60 s."""
    rows = [("core/1", at, 50.0) for at in (*range(0, 121, 10), *range(200, 211, 10), *range(1000, 1101, 10))]
    rows += [("mode", at, float(100 <= at < 1000)) for at in range(0, 1101, 10)]
    lost = bench(BATCHES.replace("72.0 degC, for: 60 s", "40.0 degC, for: 60 s"))
    assert happened(lost, rows, [(0, "1"), (200, "2")], whole=whole) == [
        ("monitoring_loss", 100, 1000, 100),
    ]


@pytest.mark.parametrize("whole", [True, False], ids=["file", "live"])
def test_a_long_deviation_keeps_what_led_into_it(bench, whole):
    """The door was heard at 100 s, and is silent from 140 to 250 s; 25 s are waited for; then it is a deviation."""
    rows = [("core/1", at, 50.0 if 160 <= at < 1000 else 80.0) for at in range(0, 1101, 10)]
    rows += [("door", at, 0.0) for at in (*range(0, 101, 10), *range(250, 1101, 10))]
    assert happened(bench(WHILE), rows, whole=whole) == [("deviation", 275, 1000, 140)]


def test_an_event_that_is_over_is_told_again_when_late_readings_show_a_worse_value(bench):
    """Judged 25 s after the door first spoke. Back at 70 s from 70.0 degC; the 65.0 degC of 60 s comes at 80 s.

    Its beginning and end stay, its worst does not.
    """
    plant = bench(WHILE)
    state, told = begin(plant.program), []
    late = ("core", 60, 65.0)
    for at in range(0, 90, 10):
        rows = [("core", at, 70.0 if at in (50, 60) else 80.0), ("door", at, 0.0)]
        rows = [("door", 60, 0.0)] if at == 60 else [*rows, late] if at == 80 else rows
        state, changes = step(plant.program, state, plant.block(rows), START + at * SECOND)
        told += [(at, each.what, each.event.low) for change in changes for each in change.events]
    assert told == [(50, "opened", 70.0), (70, "returned", 70.0), (80, "revised", 65.0)]


PRODUCTS = """
reorder: 1 min
products: [{id: P, name: p}, {id: Q, name: q}]
line: {state: {from: mode, codes: {"0": idle, "1": hold}}, judged_when: hold, product: {from: made}}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 40 s}
  core: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 40 s}
  made: {unit: text, every: on change}
ccps:
  - id: C
    critical: [{id: a, kind: dwell, of: core, for: 60 s, by_product: {P: {at_least: 72.0 degC}, Q: {at_least: 80.0 degC}}}]
    silence: {case: {after: 90 s}}
"""


def test_product_that_nobody_knew_is_affected_until_it_is_known_and_not_until_the_next_batch(make_bench):
    """Z is none of the plan's, from 0 to 120 s: a loss of Q at 90 s. P from then on; Q begins at 400 s, long after."""
    plant = make_bench(PRODUCTS)
    products = {0: "Z", 120: "P", 400: "Q"}
    (limit,) = [each for each in plant.program.limits if each.limit == "a-Q"]
    state, told = begin(plant.program), []
    for at in range(0, 481, 10):
        said = [State(START + at * SECOND, "L", "made", products[at])] if at in products else []
        block = plant.block([("mode", at, 1.0), ("core", at, 75.0)], said)
        state, changes = step(plant.program, state, block, START + at * SECOND)
        told += [each for change in changes if change.limit is limit for each in change.events]
    assert [(each.what, str(each.event.kind)) for each in told] == [
        ("opened", "monitoring_loss"),
        ("returned", "monitoring_loss"),
    ]
    assert (told[-1].event.through - START) // SECOND == 120


def test_a_later_cycle_of_an_event_began_in_it_and_says_nothing_of_what_held_before(make_bench):
    """Of product that nobody knew from 10 s on, and of a batch from 300 s on: one loss, of which no last good is known."""
    (limit,) = make_bench(BATCHES).program.limits
    points = [
        Point(10 * SECOND, Verdict.INDETERMINATE, 10 * SECOND, "product Z is not in the plan"),
        Point(300 * SECOND, Verdict.INDETERMINATE, 300 * SECOND, "no reading yet", good=300 * SECOND),
    ]
    (loss,) = events_of(limit, points, 400 * SECOND)
    assert (loss.start, loss.end, loss.last_good, loss.since) == (10 * SECOND, NEVER, NEVER, 10 * SECOND)


SPREAD = """
sensors: {pair: {unit: degC, resolution: 0.1, every: 10 s, points: 2 points}}
ccps:
  - id: C
    critical: [{id: a, kind: spread, of: pair, at_most: 1.0 K, mean_over: 30 s}]
    silence: {case: {after: 90 s}}
"""


@pytest.mark.parametrize(("switch", "since"), [(480, 80), (100, 90)])
def test_what_was_read_before_a_span_is_reckoned_by_the_windows_of_the_plan_in_force_there(
    make_bench, switch, since
):
    """Lost at 100 s: a window of 20 s, of the plan before, began at 80 s; one of 30 s, of the present one, at 90 s."""
    (limit,) = make_bench(SPREAD).program.limits
    begins = START // MINUTE * MINUTE + HOUR  # windows are counted from 1970
    points = [
        Point(begins, Verdict.OK, begins),
        Point(begins + 100 * SECOND, Verdict.INDETERMINATE, begins + 130 * SECOND, "no reading"),
    ]
    before = Version(
        begins + switch * SECOND, "hash", limit.method, [], over=20 * SECOND, lost_after=90 * SECOND
    )
    (loss,) = events_of(limit, points, begins + 600 * SECOND, [before])
    assert (loss.since - begins) // SECOND == since
