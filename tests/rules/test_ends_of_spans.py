"""Where what is judged ends before the next rate, mean or point of a chart could be told, nothing of it is missing."""

from __future__ import annotations

import random

import pytest

from readings.times import SECOND
from rules.course import CUT_SHORT
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND  # where a window of 20 s begins
PLAN = """
reorder: 5 min
line: {state: {from: valve, codes: {"0": stopped, "1": running}}, judged_when: running}
sensors:
  valve: {unit: code, every: 10 s, silent_after: 60 s}
  u: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 95]}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 95]}
ccps:
  - id: C
    critical:
      - {id: rise, kind: rate, of: u, at_most: 6.0 K/min}
    operating:
      - {id: chart, kind: ewma, of: u, target: 74.0 degC, sigma: 1.0 K, lambda: 0.2, width: 3}
    instruments:
      - {id: mean, kind: agreement, of: u, with: t, mean_over: 20 s, within: 1.0 K}
"""
LIMITS = ("rise", "chart", "mean")


@pytest.fixture(scope="module")
def plant(make_bench):
    """A line that stops."""
    return make_bench(PLAN)


def rows(until, running, *, silent=()):
    """Read every 10 s, the state first, the others 3 s and 4 s behind it; `silent`: (sensor, from, to) not read."""
    found = []
    for at in range(0, until + 1, 10):
        found.append(("valve", at, float(any(begins <= at < ends for begins, ends in running))))
        for name, read in (("u", at + 3), ("t", at + 4)):
            if read <= until and not any(name == of and begins <= read < ends for of, begins, ends in silent):
                found.append((name, read, 74.0))
    return found


def told(plant, given, limit, until):
    """(verdict, from, to) of one limit."""
    return [span[:3] for span in plant.spans(given, until=until, limit=limit)]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("stop", [150, 160, 170])
def test_a_span_that_ends_while_all_is_read_ends_ok(plant, limit, stop):
    """Nothing is told behind the last value, and nothing was missed before the line stopped; but a window is cut."""
    found = told(plant, rows(400, [(20, stop)]), limit, 400)
    cut = [("indeterminate", 140, 150)] if (limit, stop) == ("mean", 150) else []
    cut = [("indeterminate", 160, 170)] if (limit, stop) == ("mean", 170) else cut
    assert [verdict for verdict, *_ in found if verdict != "indeterminate"] == [
        "suspended",
        "starting",
        "ok",
        "suspended",
    ]
    assert [span for span in found if span[0] == "indeterminate"] == cut
    assert found[-1] == ("suspended", stop, None)


@pytest.mark.parametrize(("limit", "since"), [("rise", 143), ("chart", 143), ("mean", 160)])
def test_a_silence_through_the_end_is_missed_from_the_last_value_on(plant, limit, since):
    """Not read from 143 s to 273 s, and the line stops at 170 s: nobody knows what was between."""
    found = told(plant, rows(400, [(20, 170)], silent=[("u", 150, 270)]), limit, 400)
    assert found[2:] == [("ok", found[2][1], since), ("indeterminate", since, 170), ("suspended", 170, None)]


def test_of_several_inputs_each_must_be_read_through_the_end(plant):
    """The other one was not."""
    found = told(plant, rows(400, [(20, 170)], silent=[("t", 150, 270)]), "mean", 400)
    assert found[-2:] == [("indeterminate", 160, 170), ("suspended", 170, None)]
    assert told(plant, rows(400, [(20, 170)], silent=[("t", 150, 270)]), "rise", 400)[-2][0] == "ok"


@pytest.mark.parametrize("limit", LIMITS)
def test_a_sensor_that_is_switched_off_with_the_line_leaves_its_end_open(plant, limit):
    """Nothing was read behind the stop either: as of a sensor whose readings are judged themselves."""
    found = told(plant, rows(400, [(20, 170)], silent=[("u", 164, 999), ("t", 165, 999)]), limit, 400)
    assert [verdict for verdict, *_ in found[2:]] == ["ok", "indeterminate", "suspended"]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_stop_that_is_long_over_says_nothing_of_a_silence_behind_it(plant, limit):
    """Running again from 200 s on, and not read from 293 s on: known 35 s later, or two windows and 35 s."""
    given = rows(500, [(20, 150), (200, 900)], silent=[("u", 300, 999)])
    found = told(plant, given, limit, 500)
    cut = ["indeterminate"] if limit == "mean" else []  # from 140 s on
    assert [verdict for verdict, *_ in found[2:]] == [
        "ok",
        *cut,
        "suspended",
        "starting",
        "ok",
        "indeterminate",
    ]
    assert found[-1][1] == (280 if limit == "mean" else 293)


@pytest.mark.parametrize("limit", LIMITS)
def test_second_by_second_nothing_is_said_to_be_missing_that_is_not(plant, limit):
    """Two stops; live, at no time is anything indeterminate but a window that a stop has cut."""
    given = rows(420, [(0, 150), (200, 310)])
    (unit,) = [each for each in plant.program.limits if each.limit == limit]
    state = begin(plant.program)
    for at in range(421):
        state, changes = step(
            plant.program, state, plant.block([row for row in given if row[1] == at]), START + at * SECOND
        )
        for change in changes:
            points = change.rewrite.points if change.limit is unit and change.rewrite is not None else []
            missing = [point for point in points if str(point.verdict) == "indeterminate" and at > 60]
            assert all(point.reason == CUT_SHORT for point in missing), at


@pytest.mark.parametrize("seed", range(4))
def test_what_is_open_at_an_end_is_the_same_however_it_comes(plant, seed):
    """Stops and silences anywhere: whole, and one by one out of order."""
    chance = random.Random(seed)
    edges = sorted(chance.sample(range(0, 600, 10), 8))
    silent = [
        (chance.choice("ut"), at, at + chance.choice([20, 40, 90])) for at in chance.sample(range(600), 5)
    ]
    given = rows(620, list(zip(edges[::2], edges[1::2], strict=True)), silent=silent)
    whole = list(plant.decisions(given, until=620).lines())
    state, decisions, newest = begin(plant.program), Decisions(plant.program), 0
    for row in [given[0], *sorted(given[1:], key=lambda row: row[1] + chance.random() * 120)]:
        newest = max(newest, row[1])
        state, changes = step(plant.program, state, plant.block([row]), START + newest * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    assert list(decisions.lines()) == whole
