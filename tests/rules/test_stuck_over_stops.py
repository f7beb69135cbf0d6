"""A number that stands still while the line runs, stops and runs again: only the time in which it was judged counts."""

from __future__ import annotations

import pytest

AIR = "air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}"
PLAN = f"""
reorder: 1 min
line: {{state: {{from: mode, codes: {{running: running, cip: cip}}}}, judged_when: running}}
sensors: {{{AIR}, mode: {{unit: text, every: on change, alive_every: 1 h}}}}
ccps: [{{id: C, critical: [{{id: a, kind: threshold, of: air, at_most: 5.0 degC}}]}}]
"""
STUCK = "stuck: unchanged for 1 min"


def moving(start, end):
    """Readings that move a little, each 10 s."""
    return [("air", at, 3.0 + at // 10 % 2 / 10) for at in range(start, end, 10)]


def still(start, last, value=2.5):
    """Readings of one number, each 10 s, up to and with the last."""
    return [("air", at, value) for at in range(start, last + 1, 10)]


def day(readings, **states):
    """Readings, with what the line is in from when on (`cip=[65, 135]`), in order of time."""
    said = [("mode", at, name) for name, times in states.items() for at in times]
    return sorted([*readings, *said], key=lambda row: row[1])


THREE_RUNS = {"running": [0, 105, 175], "cip": [65, 135]}


def test_short_runs_do_not_set_a_frozen_instrument_free(bench):
    """One number from 30 s on: 30 s of it in the first run, 20 in the second, and the last 10 in the third, by 190 s.

    What was decided of the first two stays. The fault begins with the first reading of the run in which it is known.
    """
    rows = day([*moving(0, 30), *still(30, 200)], **THREE_RUNS)
    assert bench(PLAN).alike(rows, until=200) == [
        ("ok", 0, 0, ""),
        ("suspended", 65, 65, "cip"),
        ("ok", 105, 105, ""),
        ("suspended", 135, 135, "cip"),
        ("ok", 175, 175, ""),
        ("indeterminate", 180, 190, STUCK),
    ]
    assert bench(PLAN).told(rows, until=200) == [("opened", "instrument_fault", 180, None, 190)]


def test_what_is_stuck_stays_so_over_a_stop(bench):
    """Known at 90 s; the line stops at 95, and runs again at 145 s: no evidence from then on, and not a reading later.

    Each run has a fault of its own. Another number, at 180 s, ends it.
    """
    rows = day([*moving(0, 30), *still(30, 170), *moving(180, 200)], running=[0, 145], cip=[95])
    assert bench(PLAN).alike(rows, until=190) == [
        ("ok", 0, 0, ""),
        ("indeterminate", 30, 90, STUCK),
        ("suspended", 95, 95, "cip"),
        ("indeterminate", 145, 145, STUCK),
        ("ok", 180, 180, ""),
    ]
    assert bench(PLAN).told(rows, until=190) == [
        ("opened", "instrument_fault", 30, None, 90),
        ("returned", "instrument_fault", 30, 95, 90),
        ("opened", "instrument_fault", 145, None, 145),
        ("returned", "instrument_fault", 145, 180, 145),
    ]


def test_what_is_stuck_and_moves_in_a_stop_is_evidence_in_the_next_run(bench):
    """Known at 90 s; the line stands from 95 to 145 s, and at 120 s the number moves once."""
    rows = day([*moving(0, 30), *still(30, 110), *still(120, 180, 2.6)], running=[0, 145], cip=[95])
    assert bench(PLAN).alike(rows, until=180)[2:] == [("suspended", 95, 95, "cip"), ("ok", 145, 145, "")]


def test_a_number_that_rightly_stands_while_the_line_does_is_not_stuck_when_it_starts(bench):
    """Seen for 10 s before a stop of a quarter of an hour, and for 40 behind it, by 1090 s; 10 s more, and it is."""
    rows = day([*moving(0, 30), *still(30, 1090)], running=[0, 1045], cip=[45])
    assert bench(PLAN).alike(rows, until=1090) == [
        ("ok", 0, 0, ""),
        ("suspended", 45, 45, "cip"),
        ("ok", 1045, 1045, ""),
    ]
    assert bench(PLAN).alike([*rows, *still(1100, 1100)], until=1100)[3:] == [
        ("indeterminate", 1050, 1100, STUCK)
    ]


@pytest.mark.parametrize("at", [50, 80, 110, 150])
def test_any_other_number_ends_it_in_a_stop_as_in_a_run(bench, at):
    """As with the short runs, but for one reading: of what was seen behind it less than 60 s was judged by 200 s."""
    readings = [("air", each, 2.6 if each == at else value) for _, each, value in still(30, 200)]
    rows = day([*moving(0, 30), *readings], **THREE_RUNS)
    assert [span[0] for span in bench(PLAN).alike(rows, until=200)] == ["ok", "suspended"] * 2 + ["ok"]


def test_a_silence_in_a_stop_is_not_counted_either(bench):
    """Seen for 30 s by 60 s; the line stands from 65 to 175 s, and nothing is read behind 70 s; 30 s more by 210 s."""
    rows = day([*moving(0, 30), *still(30, 70), *still(180, 210)], running=[0, 175], cip=[65])
    assert bench(PLAN).alike(rows, until=210) == [
        ("ok", 0, 0, ""),
        ("suspended", 65, 65, "cip"),
        ("indeterminate", 175, 175, "no reading"),
        ("indeterminate", 180, 210, STUCK),
    ]


def test_a_stop_between_two_readings_parts_them(bench):
    """Seen for 50 s by 80 s; the line stands from 82 to 84 s. 80 to 90 s was not judged throughout: known at 100 s."""
    rows = day([*moving(0, 30), *still(30, 100)], running=[0, 84], cip=[82])
    assert bench(PLAN).alike([row for row in rows if row[1] <= 90], until=90)[2:] == [("ok", 84, 84, "")]
    assert bench(PLAN).alike(rows, until=100)[2:] == [("ok", 84, 84, ""), ("indeterminate", 90, 100, STUCK)]


def test_a_late_word_that_the_line_stood_takes_the_time_back(bench):
    """Still from 30 s on, and stuck at 90; it turns out that the line stood from 45 to 75 s: 10 s and 10 s count."""
    late = [("mode", 45, "cip"), ("mode", 75, "running")]
    rows = [*day([*moving(0, 30), *still(30, 90)], running=[0]), *late]
    assert [event[:3] for event in bench(PLAN).told(rows, until=95)] == [
        ("opened", "instrument_fault", 30),
        ("withdrawn", "instrument_fault", 30),
    ]


def test_a_late_word_that_the_line_ran_counts_the_time(bench):
    """Taken for a stop from 45 to 115 s; it turns out that it ran from 65 s on: 10 s and 30 s by 100 s, and 20 more."""
    rows = [*day([*moving(0, 30), *still(30, 120)], running=[0, 115], cip=[45]), ("mode", 65, "running")]
    assert bench(PLAN).told(rows, until=120) == [("opened", "instrument_fault", 70, None, 120)]


BATCHES = f"""
reorder: 1 min
line: {{batch: {{from: batch}}}}
sensors: {{{AIR}, batch: {{unit: text, every: on change}}}}
ccps: [{{id: C, critical: [{{id: a, kind: dwell, of: air, at_least: 2.0 degC, for: 20 s}}]}}]
"""


def test_short_batches_do_not_set_a_frozen_instrument_free(bench):
    """One number, a batch each 40 s; values that follow are told from the second reading on, and at the end of each batch.

    Seen for 20 s by 30 s, for 30 more from 40 to 70 s, and for the last 10 by 90 s, in the third batch. The first two were
    decided when they had been held for 20 s, and stay.
    """
    batches = [("batch", at, f"b{at}") for at in range(0, 160, 40)]
    rows = sorted([*batches, *still(0, 120)], key=lambda row: row[1])
    assert bench(BATCHES).alike(rows, until=120) == [
        ("ok", 0, 20, ""),
        ("ok", 40, 60, ""),
        ("indeterminate", 80, 120, f"cannot be shown: {STUCK}"),
        ("starting", 120, 120, "under way"),
    ]


def test_a_number_that_moves_with_each_batch_is_not_stuck(bench):
    """As before, but each batch has its own number: none was seen for longer than 40 s."""
    batches = [("batch", at, f"b{at}") for at in range(0, 160, 40)]
    rows = [(name, at, value + at // 40) for name, at, value in still(0, 120)]
    found = bench(BATCHES).alike(sorted([*batches, *rows], key=lambda row: row[1]), until=120)
    assert [span[0] for span in found] == ["ok", "ok", "ok", "starting"]
