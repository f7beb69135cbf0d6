"""A dwell whose credit ends with the first dip is lost when that comes, and not at the end of the cycle."""

from __future__ import annotations

import random

import pytest

from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step

BASE = 1_700_000_000
PLAN = """
line:
  state: {from: phase, codes: {"1": loading, "3": hold, "4": cool}}
  judged_when: hold
sensors:
  phase: {unit: code, every: 1 s, silent_after: 10 s}
  t: {unit: degC, resolution: 0.1, every: 1 s, silent_after: 5 s, points: 2 points}
ccps:
  - id: C
    critical:
      - {id: both, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s}
      - {id: one, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s, combine: 1 of 2}
      - {id: any, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s, combine: any}
      - {id: again, kind: dwell, of: t, at_least: 121.0 degC, for: 20 s, made_good_by: a longer hold}
"""


@pytest.fixture(scope="module")
def retort(make_bench):
    """A retort with two points."""
    return make_bench(PLAN)


def held(first, second=None, until=70):
    """Rows a second: loading to 10 s, hold to 60 s, cooling; values by second for each point, None left out, else 121.5."""
    rows = [("phase/1", at, 1.0 if at < 10 else 3.0 if at < 60 else 4.0) for at in range(until)]
    for point, values in (("1", first), ("2", second or {})):
        for at in range(until):
            value = values.get(at, 121.5 if 10 <= at < 60 else 90.0)
            rows += [(f"t/{point}", at, value)] if value is not None else []
    return sorted(rows, key=lambda row: row[1])


def hold(bench, rows, limit, until=69):
    """(verdict, decided) of the hold that begins at 10 s."""
    return next(
        (verdict, decided)
        for verdict, start, _, decided in bench.spans(rows, until=until, limit=limit)
        if start == 10
    )


def test_a_dip_before_the_time_is_over_is_a_deviation_at_once(retort):
    """10 s held, then a dip at 20 s: nothing that follows can make it 20 s; the one that may be held anew goes on."""
    rows = [row for row in held({20: 120.0}, {20: 120.0}) if row[1] <= 25]
    assert hold(retort, rows, "both", 25) == ("deviation", 20)
    assert hold(retort, rows, "again", 25)[0] == "starting"
    assert hold(retort, held({20: 120.0}, {20: 120.0}), "again") == ("ok", 41)


def test_a_dip_behind_the_time_costs_nothing(retort):
    """20 s are over at 30 s; a dip at 35 s comes too late to matter."""
    assert hold(retort, held({35: 120.0}, {35: 120.0}), "both") == ("ok", 30)


def test_what_was_never_hot_is_not_lost_before_the_end(retort):
    """Until 30 s it comes up; the time begins with the first hot reading."""
    cold = dict.fromkeys(range(10, 30), 100.0)
    assert hold(retort, held(cold, cold), "both") == ("ok", 50)


def test_a_hold_that_was_hot_before_the_phase_has_not_begun(retort):
    """Hot at 9 s and at 10 s, where it begins, cold from 11 s to 20 s: no time of it was held, so nothing is lost yet."""
    values = {9: 121.5, **dict.fromkeys(range(11, 20), 100.0)}
    assert hold(retort, held(values, values), "both") == ("ok", 40)


def test_one_lost_point_is_enough_where_it_must_hold_at_each(retort):
    """Of two points one dips: lost for both; where one of them suffices, only when both have."""
    assert hold(retort, held({20: 120.0}), "both") == ("deviation", 20)
    assert hold(retort, held({20: 120.0}), "any") == ("ok", 30)
    assert hold(retort, held({20: 120.0}, {25: 120.0}), "any") == ("deviation", 25)


def test_in_a_silence_it_may_have_been_held_on(retort):
    """A dip follows: 24 s may have been held in spite of 8 s of silence, and nothing is said; 17 s are too few."""
    silent = dict.fromkeys(range(21, 28))
    assert hold(retort, held({**silent, 34: 120.0}, {**silent, 34: 120.0}), "both")[0] == "indeterminate"
    short = dict.fromkeys(range(14, 21))
    assert hold(retort, held({**short, 27: 120.0}, {**short, 27: 120.0}), "both") == ("deviation", 27)


def test_an_end_that_is_cold_is_no_dip(retort):
    """The hold ends before the time is over, and cooling begins: too short, as is known at its end."""
    rows = [row if row[0] != "phase/1" or row[1] < 25 else ("phase/1", row[1], 4.0) for row in held({})]
    rows = [row if row[1] < 25 or row[0] == "phase/1" else (row[0], row[1], 80.0) for row in rows]
    assert hold(retort, rows, "both") == ("deviation", 25)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_same_however_the_readings_are_cut(retort, seed):
    """Second by second, or all at once: what is lost, when, and what was credited."""
    chance = random.Random(seed)
    values = [
        {
            at: chance.choice([120.0, None, None, None, None, None, None])
            for at in range(10, 60)
            if chance.random() < 0.2
        }
        for _ in range(2)
    ]
    rows = held(*values)
    whole = retort.decisions(rows, until=69)
    state, parts = begin(retort.program, complete=True), Decisions(retort.program)
    for at in range(70):
        block = retort.block([row for row in rows if row[1] == at])
        state, changes = step(retort.program, state, block, (BASE + at) * SECOND)
        parts.take(changes)
    parts.finish(state)
    for limit in retort.program.limits:
        assert whole.timeline(limit)[-2:] == parts.timeline(limit)[-2:] or [
            (point.start, point.verdict, point.reason, point.integral) for point in whole.timeline(limit)
        ] == [(point.start, point.verdict, point.reason, point.integral) for point in parts.timeline(limit)]


@pytest.mark.parametrize("seed", range(6))
def test_readings_taken_away_make_nothing_ok(retort, seed):
    """Of a hold with dips some good readings are left out: what was not ok is not ok."""
    chance = random.Random(seed)
    dips = [{chance.randrange(12, 55): 120.0 for _ in range(chance.randrange(3))} for _ in range(2)]
    rows = held(*dips)
    fewer = [row for row in rows if row[0] == "phase/1" or row[2] < 121 or chance.random() > 0.15]
    for limit in ("both", "one", "again"):
        if hold(retort, rows, limit)[0] != "ok":
            assert hold(retort, fewer, limit)[0] != "ok", limit


SLOW = """
line:
  state: {from: phase, codes: {"1": loading, "3": hold, "4": cool}}
  judged_when: hold
sensors:
  phase: {unit: code, every: 1 s, silent_after: 10 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical:
      - {id: again, kind: dwell, of: t, at_least: 121.0 degC, for: 120 s, made_good_by: a longer hold}
      - {id: once, kind: dwell, of: t, at_least: 121.0 degC, for: 120 s}
      - {id: row, kind: table_dwell, of: t, table: michigan_cream_for_butter}
"""


def may_have_been(bench, limit, begins, read, ends=270):
    """Verdict of the hold from `begins` to 270 s with these readings by second, and the longest that it may have been."""
    rows = [("phase/1", at, 1.0 if at < begins else 3.0 if at < ends else 4.0) for at in range(ends + 30)]
    rows += [("t/1", at, value) for at, value in read.items()]
    (found,) = [each for each in bench.program.limits if each.limit == limit]
    points = bench.decisions(rows, until=ends + 29).timeline(found)
    (point,) = [each for each in points if each.integral is not None]
    return str(point.verdict), point.integral.high


@pytest.mark.parametrize("limit", ["again", "once"])
def test_the_unread_end_goes_on_from_the_last_reading_alone(make_bench, limit):
    """Cold to 111 s and from 181 s to 211 s: hot for 70 s at most, or from 211 s to 270 s for 59 s. 120 s it cannot be."""
    bench = make_bench(SLOW)
    cold = dict.fromkeys([*range(1, 112, 10), *range(181, 212, 10)], 20.0)
    assert may_have_been(bench, limit, 60, cold) == ("deviation", 70.0)
    hot = {**cold, **dict.fromkeys(range(191, 212, 10), 121.5)}
    assert may_have_been(bench, limit, 60, hot) == ("deviation", 89.0), "from 181 s, cold, on"
    hot = {**cold, **dict.fromkeys(range(181, 212, 10), 121.5)}
    assert may_have_been(bench, limit, 60, hot) == ("indeterminate", 159.0), "from 111 s on"


@pytest.mark.parametrize("limit", ["again", "once"])
def test_the_unread_beginning_goes_on_to_the_first_reading_alone(make_bench, limit):
    """First read at 100 s, cold, 80 s behind the beginning; cold up to 180 s, hot up to 270 s: 90 s at most, not 170."""
    bench = make_bench(SLOW)
    read = {at: 121.5 if at > 180 else 20.0 for at in range(100, 300, 10)}
    assert may_have_been(bench, limit, 20, read) == ("deviation", 90.0)
    read = {at: 121.5 if at < 150 else 20.0 for at in range(100, 300, 10)}
    assert may_have_been(bench, limit, 20, read) == ("indeterminate", 130.0), (
        "from 20 s to 150 s, where it is cold"
    )


def test_a_row_of_a_table_is_told_likewise(make_bench):
    """Cream: 85 degC for 15 s. Cold on both sides of 8 s, and 9 s before the end: 9 s of 15 s at most, which are 60 %."""
    bench = make_bench(SLOW.replace("every: 10 s, silent_after: 35 s", "every: 1 s, silent_after: 3 s"))
    cold = dict.fromkeys([*range(61), *range(61, 81), *range(88, 92)], 20.0)
    assert may_have_been(bench, "row", 60, cold, ends=100) == ("deviation", 60.0)
    late = dict.fromkeys([*range(80, 86), *range(90, 110)], 20.0)
    assert may_have_been(bench, "row", 71, late, ends=100) == ("deviation", 60.0), "first read at 80 s"
