"""A point that is silent while a cycle goes on is missed then and there, though the others have not come to it yet."""

from __future__ import annotations

import random

import pytest

from readings.inputs import State
from readings.times import NEVER, SECOND
from rules import again
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND
PLAN = """
reorder: 5 min
line: {state: {from: phase, codes: {"1": loading, "2": hold}}, judged_when: hold, batch: {from: batch}}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  batch: {unit: text, every: on change}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, points: 3 points, range: [0, 150]}
ccps:
  - id: C
    critical:
      - {id: all, kind: dwell, of: t, at_least: 121.0 degC, for: 300 s}
      - {id: two, kind: dwell, of: t, at_least: 121.0 degC, for: 300 s, combine: 2 of 3}
      - {id: any, kind: dwell, of: t, at_least: 121.0 degC, for: 300 s, combine: any}
      - {id: row, kind: table_dwell, of: t, table: fsis_1999_beef_7_log}
    silence: {case: {after: 90 s, as: monitoring_loss}}
"""


@pytest.fixture(scope="module")
def plant(make_bench):
    """A retort of three points."""
    return make_bench(PLAN)


def rows(until, *, hold=(100, 500), silent=None, cold=()):
    """In the hold, hot at all points but those that are cold then; points are read 3 s one after the other.

    `silent` says of points from when to when they are not read.
    """
    found = []
    for at in range(0, until + 1, 10):
        held = hold[0] <= at < hold[1]
        found.append(("phase", at, 2.0 if held else 1.0))
        for point in (1, 2, 3):
            read = at + 3 * (point - 1)
            begins, ends = (silent or {}).get(point, (NEVER, NEVER))
            if read <= until and not begins <= read < ends:
                found.append((f"t/{point}", read, 121.5 if held and point not in cold else 50.0))
    return found


def told(plant, given, limit, until, states=()):
    """(verdict, from, to, decided) of one limit."""
    return plant.spans(given, until=until, limit=limit, states=states)


def test_a_point_that_falls_silent_in_a_hold_is_missed_while_it_goes_on(plant):
    """Read last at 186 s, silent for 35 s at 221 s: nothing can be said since 186 s, though no point is there yet."""
    given = rows(300, silent={3: (190, NEVER)})
    assert told(plant, [row for row in given if row[1] <= 220], "all", 220)[-1] == (
        "starting",
        100,
        None,
        100,
    )
    assert told(plant, given, "all", 300)[1:] == [
        ("starting", 100, 186, 100),
        ("indeterminate", 186, None, 221),
    ]
    assert told(plant, given, "two", 300)[1:] == [("starting", 100, None, 100)], "one may be missing"


def test_two_of_three_that_fall_silent_are_missed_where_one_is_spared(plant):
    """Known once the second of them is known to be silent: read last at 223 s, silent at 258 s."""
    given = rows(300, silent={3: (190, NEVER), 2: (230, NEVER)})
    assert told(plant, given, "two", 300)[1:] == [
        ("starting", 100, 223, 100),
        ("indeterminate", 223, None, 258),
    ]


def test_a_point_that_never_speaks_is_missed_after_the_patience_of_its_sensor(plant):
    """From the beginning of the hold, known 35 s later, by name; and 90 s later it is a monitoring loss, while it runs."""
    given = rows(300, silent={2: (0, NEVER)})
    assert told(plant, [row for row in given if row[1] <= 134], "all", 134)[-1] == (
        "starting",
        100,
        None,
        100,
    )
    assert told(plant, given, "all", 300)[1:] == [("indeterminate", 100, None, 135)]
    decisions = plant.decisions(given, until=300)
    (limit,) = [each for each in plant.program.limits if each.limit == "all"]
    assert decisions.timeline(limit)[-1].reason == "no reading yet of point 2"
    loss = [event for unit, event in decisions.raised() if unit.limit == "all"]
    assert [(str(event.kind), event.start - START, event.decided - START, event.end) for event in loss] == [
        ("monitoring_loss", 100 * SECOND, 190 * SECOND, NEVER)
    ]


def test_a_point_that_comes_back_is_missed_no_more_and_its_hold_begins_anew(plant):
    """Not read from 186 s to 306 s: what was lost stays lost; it holds on to 496 s, 190 s, and too short is not shown."""
    given = rows(520, silent={3: (190, 300)})
    running = told(plant, [row for row in given if row[1] <= 400], "all", 400)[1:]
    assert running == [
        ("starting", 100, 186, 100),
        ("indeterminate", 186, 306, 221),
        ("starting", 306, None, 306),
    ]
    assert told(plant, given, "all", 520)[1][:3] == ("indeterminate", 100, 500)
    assert told(plant, given, "two", 520)[1][:3] == ("ok", 100, 500)


def test_what_was_first_heard_behind_the_patience_says_nothing_of_the_whole_hold(plant):
    """Nobody saw point 3 for 150 s: that it then held for 250 s is no deviation, and no ok."""
    given = rows(520, silent={3: (0, 250)})
    assert told(plant, given, "all", 520)[1][:3] == ("indeterminate", 100, 500)
    cold = rows(520, cold=(3,))
    assert told(plant, cold, "all", 520)[1][:3] == ("deviation", 100, 500)


def test_what_was_reached_in_one_batch_says_nothing_of_the_next(plant):
    """Two batches without a pause; in the second only point 1 is read: hot at once, which is enough for that point alone."""
    given = [row for row in rows(400, hold=(100, 900)) if row[1] < 200 or row[0] in ("phase", "t/1")]
    states = [State(START + at * SECOND, "L", "batch", text) for at, text in ((0, "A"), (200, "B"))]
    found = told(plant, given, "row", 400, states)
    assert [span[:3] for span in found[1:3]] == [("ok", 100, 193), ("indeterminate", 193, 200)]
    assert found[3] == ("indeterminate", 200, None, 235)
    early = told(plant, [row for row in given if row[1] <= 230], "row", 232, states)
    assert early[-1][:3] == ("starting", 200, None)


@pytest.mark.parametrize("seed", range(2))
def test_nothing_flickers_where_a_cycle_begins(plant, seed):
    """Second by second through a pause and a second hold, points read one after the other: none is ever missed."""
    chance = random.Random(seed)
    given = [
        *rows(340, hold=(100, 150)),
        *((name, at + 350, value) for name, at, value in rows(160, hold=(60, 160))),
    ]
    given = [(name, at if name == "phase" else at + chance.randrange(3), value) for name, at, value in given]
    state, decisions = begin(plant.program), Decisions(plant.program)
    for at in range(510):
        block = plant.block([row for row in given if row[1] == at])
        state, changes = step(plant.program, state, block, START + at * SECOND)
        decisions.take(changes)
        for change in changes:
            for point in change.rewrite.points if change.rewrite is not None else ():
                assert str(point.verdict) != "indeterminate" or at < 100, (at, change.limit.limit, point)
    assert state.until == START + 509 * SECOND


def test_who_was_not_heard_is_named_as_it_stood_when_the_patience_was_over(plant):
    """At 135 s nobody had heard points 2 and 3: that point 2 speaks at 263 s, and point 3 never, changes no name."""
    given = rows(400, silent={2: (0, 260), 3: (0, NEVER)})
    (limit,) = [each for each in plant.program.limits if each.limit == "all"]
    timeline = plant.decisions(given, until=400).timeline(limit)
    assert [(each.start - START, each.reason) for each in timeline[1:]] == [
        (100 * SECOND, "no reading yet of point 2")
    ]


@pytest.mark.parametrize(("seed", "lag"), [(0, 2), (1, 2), (1, 1), (1, 1.25), (1, 3)])
def test_what_is_missed_is_the_same_however_it_comes(plant, monkeypatch, seed, lag):
    """Whole, and one by one out of order, however many windows the tail lags behind before it follows."""
    monkeypatch.setattr(again, "lag_of", lambda program: int(lag * program.window))
    chance = random.Random(seed)
    given = rows(
        520, silent={3: (chance.randrange(400), chance.choice([300, NEVER])), 2: (0, chance.randrange(300))}
    )
    whole = list(plant.decisions(given, until=520).lines())
    mixed = [given[0], *sorted(given[1:], key=lambda row: row[1] + chance.random() * 120)]
    state, decisions, newest = begin(plant.program), Decisions(plant.program), 0
    for row in mixed:
        newest = max(newest, row[1])
        state, changes = step(plant.program, state, plant.block([row]), START + newest * SECOND)
        decisions.take(changes)
    state, changes = step(plant.program, state, plant.block([]), START + 520 * SECOND)
    decisions.take(changes)
    decisions.finish(state)
    assert list(decisions.lines()) == whole


WHILE = """
line: {state: {from: phase, codes: {"1": loading, "2": hold}}, judged_when: hold}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  door: {unit: bool, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 150]}
ccps:
  - id: C
    critical: [{id: a, kind: dwell, of: t, at_least: 121.0 degC, for: 60 s, while: {door: false}}]
"""


def test_what_is_read_in_a_silence_of_the_state_counts_nowhere_though_a_signal_comes_to_hold_in_it(
    make_bench,
):
    """The state is silent from 100 to 400 s; the door is shut from 200 s on: whether that is a hold, nobody knows."""
    shut = [("door", at, float(at < 200)) for at in range(0, 501, 10)]
    hot = [("t", at, 121.5) for at in range(0, 501, 10)]
    phase = [("phase", at, 2.0) for at in (*range(0, 101, 10), *range(400, 501, 10))]
    given = sorted([*shut, *hot, *phase], key=lambda row: row[1])
    found = make_bench(WHILE).alike(given, until=500)
    assert found == [
        ("suspended", 0.0, 0.0, "door is on"),
        ("indeterminate", 200.0, 400.0, "its state was not known"),
        ("ok", 400.0, 460.0, ""),
    ]
