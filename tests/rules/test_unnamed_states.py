"""A state that the plan does not name, and a batch that nobody names, glue no two batches into one."""

from __future__ import annotations

import random

import pytest

from readings.inputs import State
from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND
PLAN = """
reorder: 5 min
line: {state: {from: phase, codes: {"1": idle, "2": hold}}, judged_when: hold}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 150]}
ccps:
  - id: C
    critical:
      - {id: held, kind: dwell, of: t, at_least: 121.0 degC, for: 100 s}
      - {id: sum, kind: lethality, of: t, reference: 121.0 degC, z: 10 K, at_least: 2 min}
      - {id: most, kind: phase_duration, of: phase, during: hold, at_most: 200 s}
      - {id: air, kind: threshold, of: t, at_least: 121.0 degC}
"""


@pytest.fixture(scope="module")
def plant(make_bench):
    """A hold, and what holds at every moment."""
    return make_bench(PLAN)


def rows(phases, value=121.5):
    """Every 10 s: the code of the phase at each time, and the temperature."""
    found = []
    for n, code in enumerate(phases):
        found += [("phase", n * 10, float(code)), ("t", n * 10, value)]
    return found


def told(plant, given, limit, states=(), until=None):
    """(verdict, from, to) of one limit."""
    last = max(at for _, at, *_ in given) if until is None else until
    return [span[:3] for span in plant.spans(given, until=last, limit=limit, states=states)]


def test_two_holds_with_a_code_without_a_name_between_them_are_not_one(plant):
    """80 s, 60 s of a code 7, 80 s: 100 s in a row and 2 min in all were asked for, and neither of the two has them."""
    given = rows([1] * 2 + [2] * 8 + [7] * 6 + [2] * 8 + [1] * 3)
    for limit in ("held", "sum"):
        found = told(plant, given, limit)
        assert [verdict for verdict, *_ in found] == ["suspended", *["indeterminate"] * 3, "suspended"], limit
        assert [begins for _, begins, _ in found[1:]] == [20, 100, 160, 240]
    (limit,) = [each for each in plant.program.limits if each.limit == "held"]
    reasons = [point.reason for point in plant.decisions(given, until=260).timeline(limit)]
    assert reasons[1] == "cannot be shown: the line was in a state that the plan does not name"
    lost = [event for unit, event in plant.decisions(given, until=260).raised() if unit.limit == "held"]
    assert {str(event.kind) for event in lost} == {"monitoring_loss"}


def test_what_was_reached_before_a_code_without_a_name_is_ok(plant):
    """120 s in a row: whatever the line did then takes nothing back; and each hold is credited by itself."""
    given = rows([1] * 2 + [2] * 13 + [7] * 6 + [2] * 13 + [1] * 3)
    assert [(verdict, begins) for verdict, begins, _ in told(plant, given, "held")] == [
        ("suspended", 0),
        ("ok", 20),
        ("indeterminate", 150),
        ("ok", 210),
        ("suspended", 340),
    ]


def test_what_must_not_last_too_long_cannot_be_shown_where_nobody_knows_when_it_ended(plant):
    """80 s each: two short ones, or one of 220 s."""
    given = rows([1] * 2 + [2] * 8 + [7] * 6 + [2] * 8 + [1] * 3)
    assert "ok" not in {verdict for verdict, *_ in told(plant, given, "most")}


def test_what_holds_at_every_moment_is_judged_in_a_state_without_a_name(plant):
    """As it is: nothing mutes, and nothing is cut."""
    given = rows([1] * 2 + [2] * 8 + [7] * 6 + [2] * 8)
    assert told(plant, given, "air") == [("suspended", 0, 20), ("ok", 20, None)]


def test_a_code_with_a_name_between_two_holds_parts_them(plant):
    """Each is too short, and that is known."""
    given = rows([1] * 2 + [2] * 8 + [1] * 6 + [2] * 8 + [1] * 3)
    assert [verdict for verdict, *_ in told(plant, given, "held")] == ["suspended", "deviation"] * 2 + [
        "suspended"
    ]


ENTERED = """
line: {state: {from: phase, codes: {"1": idle, "2": mixing}} BATCH}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  batch: {unit: text, every: on change}
by_hand:
  ph: {unit: pH, resolution: 0.1, per: batch, during: mixing, within: 50 s}
ccps:
  - id: C
    critical: [{id: a, kind: by_hand, of: ph, at_most: 4.4 pH}]
"""


def test_a_value_by_hand_is_asked_for_anew_behind_a_code_without_a_name(make_bench):
    """Entered once, in the first mixing: it says nothing of the second, unless a name says that both are one batch."""
    given = [row for row in rows([1] + [2] * 6 + [7] * 3 + [2] * 10) if row[0] == "phase"]
    given = sorted([*given, ("ph", 30, 4.0)], key=lambda row: row[1])
    plain = make_bench(ENTERED.replace("BATCH", ""))
    assert told(plain, given, "a")[1:] == [("ok", 10, 100), ("indeterminate", 100, None)]
    named = make_bench(ENTERED.replace("BATCH", ", batch: {from: batch}"))
    states = [State(START, "L", "batch", "B1")]
    assert told(named, given, "a", states)[1:] == [("ok", 10, None)]


BATCHES = PLAN.replace(
    "judged_when: hold}", 'judged_when: hold, batch: {from: run, codes: {"1": first}}}'
).replace("sensors:", "sensors:\n  run: {unit: code, every: 10 s, silent_after: 60 s}")


def test_batches_that_the_plan_gives_no_name_are_still_two(make_bench):
    """Runs 7 and 8 stand in no list of codes: each is the name of a batch."""
    given = rows([1] * 2 + [2] * 16)
    runs = [("run", at, 7.0 if at < 100 else 8.0) for at in range(0, 180, 10)]
    found = told(make_bench(BATCHES), sorted(given + runs, key=lambda row: row[1]), "held")
    assert found == [("suspended", 0, 20), ("deviation", 20, 100), ("starting", 100, None)]


def test_while_nobody_says_which_batch_it_is_too_short_a_hold_is_no_deviation(make_bench):
    """The name of the run falls silent at 70 s, 60 s later nobody knows whether the hold of 110 s goes on."""
    given = rows([1] * 2 + [2] * 28 + [1])
    runs = [("run", at, 7.0) for at in range(0, 301, 10) if not 70 < at < 200]
    found = told(
        make_bench(BATCHES.replace("for: 100 s", "for: 120 s")),
        sorted(given + runs, key=lambda row: row[1]),
        "held",
    )
    assert [span[:2] for span in found] == [
        ("suspended", 0),
        ("indeterminate", 20),
        ("indeterminate", 130),
        ("indeterminate", 200),
        ("suspended", 300),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_codes_without_a_name_are_the_same_however_they_come(plant, seed):
    """Whole, and one by one out of order."""
    chance = random.Random(seed)
    phases, given = [1], []
    while len(phases) < 50:
        phases += [chance.choice([1, 2, 2, 7, 9])] * chance.randrange(1, 14)
    for name, at, value in rows(phases):
        if chance.random() > 0.05 and not (name == "phase" and 200 <= at < 200 + seed * 40):
            given.append((name, at, value - (chance.random() < 0.05)))
    whole = list(plant.decisions(given, until=given[-1][1]).lines())
    state, decisions, newest = begin(plant.program), Decisions(plant.program), 0
    for row in [given[0], *sorted(given[1:], key=lambda row: row[1] + chance.random() * 120)]:
        newest = max(newest, row[1])
        state, changes = step(plant.program, state, plant.block([row]), START + newest * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    assert list(decisions.lines()) == whole
