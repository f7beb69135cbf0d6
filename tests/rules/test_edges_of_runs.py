"""Where a run of the line begins and ends, what is judged in windows says nothing that no window has shown."""

from __future__ import annotations

import random

import pytest

from readings.times import SECOND
from rules.course import CUT_SHORT, TOO_SHORT
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND  # where a window of 40 s begins
PLAN = """
reorder: 2 min
line: {state: {from: mode, codes: {"0": stopped, "1": running}}, judged_when: running}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 60 s}
  r: {unit: degC, resolution: 0.1, points: 2 points, every: 10 s, silent_after: 35 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical:
      - {id: apart, kind: spread, of: r, at_most: 1.0 K, mean_over: 40 s}
      - {id: twice, kind: spread, of: r, at_most: 1.0 K, mean_over: 40 s, confirm: 2 readings}
      - {id: later, kind: spread, of: r, at_most: 1.0 K, mean_over: 40 s, after: 50 s}
      - {id: rise, kind: rate, of: r, at_most: 6.0 K/min}
      - {id: warm, kind: threshold, of: t, at_most: 8.0 degC}
    silence: {case: {after: 2 min}}
"""


@pytest.fixture(scope="module")
def plant(make_bench):
    """A line that is judged while it runs."""
    return make_bench(PLAN)


def rows(until, running, far=(), lost=()):
    """All read in one scan every 10 s: r/2 is 4 K from r/1 in `far`; neither r/2 nor t is read in `lost`."""

    def within(at, spans):
        return any(begins <= at < ends for begins, ends in spans)

    found = []
    for at in range(0, until + 1, 10):
        found += [("mode", at, float(within(at, running))), ("r/1", at, 5.0)]
        if not within(at, lost):
            found += [("r/2", at, 9.0 if within(at, far) else 5.0), ("t", at, 5.0)]
    return found


def told(plant, given, limit, until):
    """(verdict, from, to, decided) of one limit."""
    return plant.spans(given, until=until, limit=limit)


def events(plant, given, limit, until):
    """(kind, from, to, decided, affected since), in s, of one limit."""
    return [
        (
            str(event.kind),
            *((at - START) / SECOND for at in (event.start, event.end, event.decided, event.since)),
        )
        for of, event in plant.decisions(given, until=until).raised()
        if of.limit == limit
    ]


def test_a_breach_that_the_first_window_shows_is_told_though_the_run_ends(plant):
    """Running from 100 to 170 s: one window, 120 to 160 s, is whole in it, and 4 K apart in it. All the run is affected."""
    given = rows(300, [(100, 170)], far=[(120, 160)])
    assert told(plant, given, "apart", 300)[1:] == [
        ("starting", 100, 160, 100),
        ("deviation", 160, 170, 160),
        ("suspended", 170, None, 170),
    ]
    assert events(plant, given, "apart", 300) == [("deviation", 160, 170, 160, 100)]


def test_the_first_window_that_counts_ends_the_start(plant):
    """Of a run from 100 s on it is over at 160 s; where nothing counts for 50 s, the one from 160 s is, over at 200 s."""
    given = rows(300, [(100, 999)])
    assert told(plant, given, "apart", 300)[1:] == [("starting", 100, 160, 100), ("ok", 160, None, 160)]
    assert told(plant, given, "later", 300)[1:] == [("starting", 100, 200, 100), ("ok", 200, None, 200)]


def test_a_rate_that_is_known_ends_the_start_too(plant):
    """Running from 100 to 120 s, and 4 K more at 110 s than at 100 s: 24 K/min, though two readings more were awaited."""
    given = rows(300, [(100, 120)], far=[(110, 999)])
    assert told(plant, given, "rise", 300)[1:] == [
        ("starting", 100, 110, 100),
        ("deviation", 110, 120, 110),
        ("suspended", 120, None, 120),
    ]


def test_a_first_window_beyond_waits_for_the_one_that_confirms_it(plant):
    """Two in a row are believed: the windows from 120 s and from 160 s. One alone is not, and nothing else was missing."""
    both = rows(300, [(100, 999)], far=[(120, 200)])
    assert told(plant, both, "twice", 300)[2] == ("deviation", 160, 240, 200)
    one = rows(300, [(100, 999)], far=[(120, 160)])
    assert told(plant, one, "twice", 300)[2:] == [("ok", 160, None, 160)]


def test_windows_of_the_stop_show_nothing_of_the_run(plant):
    """r/2 is not read from 90 s on, and the windows before were fine: at no time is anything ok in the run from 100 s on.

    Two windows after the start, at 180 s, there should have been one.
    """
    given = rows(300, [(100, 999)], lost=[(90, 999)])
    for until in range(100, 300, 5):
        known = [row for row in given if row[1] <= until]
        verdicts = [verdict for verdict, start, *_ in told(plant, known, "apart", until) if start >= 100]
        assert verdicts == (["starting"] if until < 180 else ["starting", "indeterminate"]), until


def test_what_a_stop_cuts_off_the_last_window_is_not_ok(plant):
    """Stopped at 230 s, behind the window that ended at 200 s: 4 K from then on, and no window says so."""
    given = rows(400, [(0, 230)], far=[(200, 230)])
    spans = told(plant, given, "apart", 400)
    assert spans[-3:] == [
        ("ok", 40, 200, 40),
        ("indeterminate", 200, 230, 230),
        ("suspended", 230, None, 230),
    ]
    decisions = plant.decisions(given, until=400)
    (limit,) = [each for each in plant.program.limits if each.limit == "apart"]
    assert decisions.timeline(limit)[-2].reason == CUT_SHORT
    assert not events(plant, given, "apart", 400), (
        "short of a window it is no monitoring loss, however many stops"
    )
    assert told(plant, [row for row in given if row[1] <= 220], "apart", 220)[-1] == ("ok", 40, None, 40)


def test_a_window_that_ends_with_the_run_is_not_cut(plant):
    """Stopped at 240 s, where a window ends."""
    assert told(plant, rows(400, [(0, 240)]), "apart", 400)[-2:] == [
        ("ok", 40, 240, 40),
        ("suspended", 240, None, 240),
    ]


def test_a_run_with_one_whole_window_is_not_ok_behind_it(plant):
    """Running from 100 to 170 s: the window that is whole in it ends at 160 s; what is behind it was judged by nobody."""
    spans = told(plant, rows(300, [(100, 170)]), "apart", 300)
    assert [span[0] for span in spans[1:]] == ["starting", "indeterminate", "suspended"]
    assert [span[1] for span in spans[1:]] == [100, 160, 170]


def test_a_breach_lasts_until_the_stop(plant):
    """A deviation from 200 s on has not returned: what is behind the window that showed it is no gap."""
    given = rows(400, [(0, 230)], far=[(160, 200)])
    assert told(plant, given, "apart", 400)[-2:] == [
        ("deviation", 200, 230, 200),
        ("suspended", 230, None, 230),
    ]


def stops(until, run, pause):
    """Runs of `run` s, each behind a stop of `pause` s."""
    return [(at + pause, at + pause + run) for at in range(0, until, run + pause)]


def test_a_line_that_never_runs_for_a_whole_window_loses_its_limit(plant):
    """30 s in every 40 s: 120 s of it come to no more than the patience, the fifth run does, from 10 s on, known at 200 s.

    Then the count begins anew: the next is known at 400 s.
    """
    spans = told(plant, rows(410, stops(410, 30, 10)), "apart", 410)
    assert spans[1:3] == [("indeterminate", 10, 40, 40), ("suspended", 40, 50, 40)]
    assert events(plant, rows(410, stops(410, 30, 10)), "apart", 410) == [
        ("monitoring_loss", 10, 200, 200, 10),
        ("monitoring_loss", 210, 400, 400, 210),
    ]
    assert not events(plant, rows(199, stops(199, 30, 10)), "apart", 199)


def test_a_run_is_said_to_be_too_short_only_from_when_a_window_could_count(plant):
    """70 s from 100 s on, of which nothing counts for 50 s: starting until 150 s."""
    given = rows(300, [(100, 170)])
    assert told(plant, given, "later", 300)[1:] == [
        ("starting", 100, 150, 100),
        ("indeterminate", 150, 170, 170),
        ("suspended", 170, None, 170),
    ]
    (limit,) = [each for each in plant.program.limits if each.limit == "later"]
    assert plant.decisions(given, until=300).timeline(limit)[2].reason == TOO_SHORT


def test_a_morning_of_short_starts_opens_nothing(plant):
    """Three starts of 30 s, and then a run: 90 s that nobody could judge, and the first window shows that it holds."""
    given = rows(600, [(10, 40), (50, 80), (90, 120), (140, 999)])
    assert told(plant, given, "apart", 600)[-1] == ("ok", 200, None, 200)
    assert not plant.decisions(given, until=600).raised()


def test_a_silence_is_counted_together_over_stops(plant):
    """A thermometer of a line that runs 50 s in every minute is dead from 110 s on, last read at 100 s.

    Not shown: 20 s until 120 s, 50 s until 180 s, 50 s until 240 s; the patience of 120 s is over with the next second of
    running, at 250 s. From 310 s on it counts anew: 50 s, 50 s, and 20 s of the run from 430 s.
    """
    given = rows(600, stops(600, 50, 10), lost=[(110, 999)])
    assert events(plant, given, "warm", 600) == [
        ("monitoring_loss", 100, 300, 250, 100),
        ("monitoring_loss", 310, 480, 450, 310),
    ]


def test_what_is_shown_in_between_begins_the_count_anew(plant):
    """The same, but read at 200 and 210 s: 20, 50 and 10 s are not shown before that, 30 and 50 s behind it."""
    given = rows(300, stops(300, 50, 10), lost=[(110, 200), (220, 999)])
    assert not events(plant, given, "warm", 300)


@pytest.mark.parametrize("seed", range(3))
def test_a_record_of_short_runs_is_the_same_however_it_comes(plant, seed):
    """Runs of any length, windows beyond and readings that are missing: whole, and one by one out of order."""
    chance = random.Random(seed)
    edges = sorted(chance.sample(range(0, 1000, 10), 24))
    far = [(at, at + 50) for at in chance.sample(range(1000), 5)]
    lost = [(at, at + chance.choice([30, 90, 300])) for at in chance.sample(range(1000), 3)]
    given = rows(1000, list(zip(edges[::2], edges[1::2], strict=True)), far, lost)
    state, decisions, newest = begin(plant.program), Decisions(plant.program), 0
    for row in [given[0], *sorted(given[1:], key=lambda row: row[1] + chance.random() * 100)]:
        newest = max(newest, row[1])
        state, changes = step(plant.program, state, plant.block([row]), START + newest * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    whole = plant.decisions(given, until=1000)
    assert list(decisions.lines()) == list(whole.lines())
    assert sorted((limit.key, event.start, event.end) for limit, event in decisions.raised()) == sorted(
        (limit.key, event.start, event.end) for limit, event in whole.raised()
    )
