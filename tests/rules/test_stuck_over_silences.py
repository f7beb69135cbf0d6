"""A number that stands still over silences: only time in which it was seen counts, and none of it is forgotten."""

from __future__ import annotations

import pytest

from readings.times import NEVER, SECOND
from rules import settling
from rules.carry import carry, end_at
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND
STILL = "unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}"
PLAN = f"""
reorder: 1 min
sensors: {{air: {{{STILL}}}}}
ccps:
  - id: C
    critical: [{{id: a, kind: threshold, of: air, at_most: 5.0 degC}}]
    silence: {{case: {{after: 2 min}}}}
"""


def moving(start, end, name="air"):
    """Readings that move a little, each 10 s."""
    return [(name, at, 3.0 + at // 10 % 2 / 10) for at in range(start, end, 10)]


def still(start, last, value=2.5, name="air"):
    """Readings of one number, each 10 s, up to and with the last."""
    return [(name, at, value) for at in range(start, last + 1, 10)]


STUCK = "stuck: unchanged for 1 min"


def test_an_instrument_that_falls_silent_now_and_then_is_stuck_all_the_same(bench):
    """Still from 100 s on, read for 50 s, silent for 40, and so on: 50 s and 10 s were seen by 200 s.

    The number never moves, so the fault never ends; no silence of 40 s is a loss.
    """
    rows = moving(0, 100)
    for start in range(100, 460, 90):
        rows += still(start, start + 50)
    assert bench(PLAN).alike(rows, until=420) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 100, 200, STUCK),
        ("indeterminate", 240, 275, "no reading"),
        ("indeterminate", 280, 280, STUCK),
        ("indeterminate", 330, 365, "no reading"),
        ("indeterminate", 370, 370, STUCK),
    ]
    assert bench(PLAN).told(rows, until=420) == [("opened", "instrument_fault", 100, None, 200)]


def test_bad_readings_are_a_silence_too(bench):
    """The same with no answer in place of nothing: known at 200 s."""
    rows = moving(0, 100)
    for start in range(100, 280, 90):
        rows += [*still(start, start + 50), *(("air", at, None) for at in range(start + 60, start + 90, 10))]
    assert bench(PLAN).alike(rows, until=240) == [("ok", 0, 0, ""), ("indeterminate", 100, 200, STUCK)]


def test_a_fault_goes_on_over_a_silence_until_the_number_moves(bench):
    """Known at 90 s; silent from 110 to 410 s, and the same number behind it: it ends with the other one at 430 s."""
    rows = [*moving(0, 30), *still(30, 110), *still(410, 420), ("air", 430, 3.0)]
    assert bench(PLAN).alike(rows, until=430) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 30, 90, STUCK),
        ("indeterminate", 110, 145, "no reading"),
        ("indeterminate", 410, 410, STUCK),
        ("ok", 430, 430, ""),
    ]
    assert bench(PLAN).told(rows, until=430) == [
        ("opened", "instrument_fault", 30, None, 90),
        ("returned", "instrument_fault", 30, 430, 90),
    ]


def test_a_fault_ends_with_another_number_behind_a_silence(bench):
    """Known at 90 s; silent from 110 to 410 s, and then it has moved."""
    rows = [*moving(0, 30), *still(30, 110), *still(410, 420, 2.6)]
    assert bench(PLAN).told(rows, until=420) == [
        ("opened", "instrument_fault", 30, None, 90),
        ("returned", "instrument_fault", 30, 410, 90),
    ]


def test_a_number_that_moved_in_a_silence_begins_anew(bench):
    """50 s of one number and 50 s of another are evidence; 10 s more of the second, and it is stuck from its first."""
    rows = [*moving(0, 30), *still(30, 80), *still(200, 250, 2.6)]
    known = [("ok", 0, 0, ""), ("indeterminate", 80, 115, "no reading")]
    assert bench(PLAN).alike(rows, until=250) == [*known, ("ok", 200, 200, "")]
    rows += still(260, 260, 2.6)
    assert bench(PLAN).alike(rows, until=260) == [*known, ("indeterminate", 200, 260, STUCK)]


def test_what_was_told_as_a_loss_is_the_fault_s_once_that_is_known(bench):
    """Seen for 50 s by 80 s, silent for 200, seen for 10 more by 290 s: one span without evidence, one event of it."""
    rows = [*moving(0, 30), *still(30, 80), *still(280, 290)]
    assert bench(PLAN).alike(rows, until=290) == [("ok", 0, 0, ""), ("indeterminate", 30, 290, STUCK)]
    assert bench(PLAN).told(rows, until=290) == [
        ("opened", "monitoring_loss", 80, 280, 200),
        ("returned", "monitoring_loss", 80, 280, 200),
        ("opened", "instrument_fault", 30, None, 290),
        ("withdrawn", "monitoring_loss", 80, 280, 200),
    ]


def test_a_deviation_that_rests_on_it_is_withdrawn_over_a_silence_too(bench):
    """Beyond the limit and still from 30 s on, 50 s seen, a silence, 10 s more seen by 130 s."""
    rows = [*moving(0, 30), *still(30, 80, 9.5), *still(120, 130, 9.5)]
    assert [event[:3] for event in bench(PLAN).told(rows, until=130)] == [
        ("opened", "deviation", 30),
        ("opened", "instrument_fault", 30),
        ("withdrawn", "deviation", 30),
    ]


def test_a_reading_that_stands_alone_has_not_been_seen_to_stand_still(bench):
    """At 30 s once, silent up to 100 s, then for 60 s: stuck from 100 s on."""
    rows = [*moving(0, 30), *still(30, 30), *still(100, 160)]
    assert bench(PLAN).alike(rows, until=160) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 30, 65, "no reading"),
        ("indeterminate", 100, 160, STUCK),
    ]


def test_it_reaches_back_ten_times_as_long_as_it_takes(bench):
    """Seen for 50 s from 30 s on; the number is there again at 630 s, or only at 640: then the fault begins there.

    The clock goes on either way: 10 s more, and it is known.
    """
    before = [*moving(0, 30), *still(30, 80)]
    assert bench(PLAN).alike([*before, *still(630, 640)], until=640) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 30, 640, STUCK),
    ]
    assert bench(PLAN).alike([*before, *still(640, 650)], until=650) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 80, 115, "no reading"),
        ("indeterminate", 640, 650, STUCK),
    ]


def test_the_raw_number_decides_behind_a_silence_too(bench):
    """The same displayed value on another count is a move; another displayed value on the same count is none."""
    one = [*moving(0, 30), *(("air", at, 2.5, 1000) for at in range(30, 90, 10))]
    other = [("air", at, 2.5, 1001) for at in range(150, 210, 10)]
    assert [span[0] for span in bench(PLAN).alike([*one, *other], until=200)] == ["ok", "indeterminate", "ok"]
    same = [("air", at, 2.6, 1000) for at in range(150, 210, 10)]
    assert bench(PLAN).alike([*one, *same], until=200) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 30, 160, STUCK),
    ]


def test_a_late_reading_that_shows_a_move_takes_the_fault_back(bench):
    """50 s and 10 s of one number were seen by 160 s; what came late from the silence is another number."""
    rows = [*moving(0, 30), *still(30, 80), *still(150, 170)]
    late = [("air", 115, 2.6)]
    assert [event[:2] for event in bench(PLAN).told([*rows, *late], until=170)] == [
        ("opened", "instrument_fault"),
        ("withdrawn", "instrument_fault"),
    ]


HEARTBEAT = """
reorder: 1 min
sensors:
  air: {unit: degC, resolution: 0.1, every: on change, alive_every: 60 s, stuck: {unchanged_for: 5 min}}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]}]
"""
ALIVE = "stuck: unchanged for 5 min"


def said(*times, value=3.4):
    """What speaks on change, and once a minute."""
    return [("air", 0, 3.0), ("air", 7, 3.2), ("air", 20, 3.1), *(("air", at, value) for at in times)]


def test_of_what_speaks_on_change_the_heartbeats_must_move(bench):
    """The same number from 31 s on, said again each minute: 300 s were seen at 331 s, and not at 271."""
    rows = said(31, 91, 151, 211, 271)
    assert bench(HEARTBEAT).alike(rows, until=330) == [("ok", 0, 0, "")]
    rows += [("air", 331, 3.4)]
    assert bench(HEARTBEAT).alike(rows, until=331) == [("ok", 0, 0, ""), ("indeterminate", 31, 331, ALIVE)]


def test_a_heartbeat_that_is_missed_once_is_no_silence(bench):
    """Silent after two minutes: from 91 to 211 s are 120 s, and count; 300 s were seen at 331 s as well."""
    rows = said(31, 91, 211, 271, 331)
    assert bench(HEARTBEAT).alike(rows, until=331) == [("ok", 0, 0, ""), ("indeterminate", 31, 331, ALIVE)]


def test_in_a_silence_of_heartbeats_the_clock_stands(bench):
    """60 s seen by 91 s, nothing up to 271 s, and 240 s more by 511 s; before that it is a silence, known at 211 s."""
    rows = said(31, 91, 271, 331, 391, 451)
    assert bench(HEARTBEAT).alike(rows, until=451) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 91, 211, "no reading"),
        ("ok", 271, 271, ""),
    ]
    rows += [("air", 511, 3.4)]
    assert bench(HEARTBEAT).alike(rows, until=511) == [("ok", 0, 0, ""), ("indeterminate", 31, 511, ALIVE)]


BEAT = """
sensors: {beat: {unit: count, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: beat, at_least: 0 count}]}]
"""


def test_a_counter_that_must_move_is_stuck_when_it_stands(bench):
    """It counts up to 50 s and stands there: 60 s of 5 were seen at 110 s; it counts on at 140 s."""
    rows = [("beat", at, float(min(at // 10, 5))) for at in range(0, 140, 10)]
    rows += [("beat", at, at / 10 - 8) for at in range(140, 200, 10)]
    assert bench(BEAT).alike(rows, until=190) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 50, 110, STUCK),
        ("ok", 140, 140, ""),
    ]


SEVERAL = f"""
reorder: 1 min
sensors: {{air: {{points: 2 points, {STILL}}}}}
ccps: [{{id: C, critical: [{{id: a, kind: threshold, of: air, at_most: 5.0 degC}}]}}]
"""


def both(*of_second, end):
    """The first point moves all the time; the second as told."""
    rows = [*moving(0, end, "air/1"), *of_second]
    return sorted(rows, key=lambda row: row[1])


def test_one_point_of_several_is_stuck_over_silences(bench):
    """The second stands still from 30 s on: 50 s seen by 80, a silence, 10 s more seen by 130 s."""
    second = [*moving(0, 30, "air/2"), *still(30, 80, name="air/2"), *still(120, 140, name="air/2")]
    assert bench(SEVERAL).alike(both(*second, end=150), until=140) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 30, 130, STUCK),
    ]


@pytest.mark.parametrize(
    ("again", "last"),
    [
        (600, [("indeterminate", 30, 610, STUCK)]),
        (
            1500,
            [("indeterminate", 80, 115, "no reading"), ("indeterminate", 1500, 1510, STUCK)],
        ),
    ],
)
def test_while_one_point_is_silent_for_long_the_others_become_final(bench, monkeypatch, again, last):
    """However little may wait: what belongs to a stretch waits for it, and behind what is final it begins anew.

    It reaches back for ten minutes, to 30 s from up to 630: the number that is there again at 600 s belongs to it, at
    1500 s no more.
    """
    monkeypatch.setattr(settling, "PATIENCE", 20)
    second = [
        *moving(0, 30, "air/2"),
        *still(30, 80, name="air/2"),
        *still(again, again + 20, name="air/2"),
    ]
    rows = both(*second, end=again + 30)
    assert bench(SEVERAL).alike(rows, until=again + 20) == [("ok", 0, 0, ""), *last]


@pytest.mark.parametrize("complete", [True, False])
def test_the_clock_goes_on_over_a_change_of_plan(bench, complete):
    """Seen for 50 s before it and for 10 s behind it, by 130 s, by a plan in which the limit is the same.

    What was stuck before it, known at 90 s, is so behind it at the first reading.
    """
    old, new = bench(PLAN), bench(PLAN.replace("id: a,", "id: a, basis: a report,"))
    for last, known in ((80, 130), (90, 90)):
        decisions, at = Decisions(old.program), START + 100 * SECOND
        before, changes = step(
            old.program,
            begin(old.program, complete=complete),
            old.block([*moving(0, 30), *still(30, last)]),
            at,
        )
        decisions.take(changes)
        end_at(before, at)
        state = carry(old.program, before, new.program, at)
        decisions.follow(new.program)
        behind = new.block(still(130, 130) if last == 90 else still(120, 130))
        state, changes = step(new.program, state, behind, START + 130 * SECOND)
        decisions.take(changes)
        (event,) = [each for each in decisions.events() if each.kind == "instrument_fault"]
        assert (event.start - START, event.end) == (30 * SECOND, NEVER)
        assert event.decided == START + known * SECOND


BRIDGED = f"""
reorder: 1 min
sensors: {{air: {{{STILL}, slew_at_most: 4 K/min}}, other: {{unit: degC, every: 10 s}}}}
ccps:
  - id: C
    critical: [{{id: a, kind: threshold, of: air, at_most: 5.0 degC}}]
    silence: {{bridge: {{up_to: 60 s, for: [air]}}, case: {{after: 2 min}}}}
"""


def test_a_fault_reaches_to_the_last_good_reading_though_a_bridge_seemed_one(bench):
    """One reading at 11 s, and a silence that was bridged up to 61 s, with a number that has not moved since.

    It was seen for 40 s by 101 s, and for 20 more from 220 to 240 s. So nothing was good before it: affected is what was
    made since judging began, at 1 s, live as well as in a replay.
    """
    heard = [61, 71, 81, 91, 101, 141, 180, 220, 230, 240]
    parts = [
        [("other", 1, 1.0)],
        [("air", 11, 2.6), ("air", 61, 2.5)],
        *([("air", at, 2.5)] for at in heard[1:]),
    ]
    make = bench(BRIDGED)
    state, decisions = begin(make.program), Decisions(make.program)
    for position, part in enumerate(parts):
        now = START + part[-1][1] * SECOND
        state, changes = step(make.program, state, make.block(part), now, position=position)
        decisions.take(changes)
    whole = make.decisions([row for part in parts for row in part], until=240)
    for each in (whole, decisions):
        (event,) = each.events()
        assert (event.start - START, event.since - START) == (61 * SECOND, 1 * SECOND)
