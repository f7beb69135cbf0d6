"""Why nothing follows from readings: the first bad one behind the last value, whenever that was told.

Readings every 10 s, silent behind 35 s; START is a whole multiple of 40 s.
"""

from __future__ import annotations

import pytest

from readings.times import SECOND
from rules.engine import begin, step

HEAD = """
line: {state: {from: st, codes: {"0": stop, "1": run}}, judged_when: run}
sensors:
  st: {unit: code, every: 10 s, silent_after: 10 min}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical: [{id: c, kind: threshold, of: air, at_most: 50 degC}]
    operating: [%s]
"""
EACH = "{id: a, kind: cusum, of: air, target: 20.0 degC, sigma: 2.0 K, k: 0.5, h: 4}"
MEANS = (
    "{id: a, kind: ewma, of: air, target: 20.0 degC, sigma: 2.0 K, lambda: 0.2, width: 2.7, mean_over: 40 s}"
)
RUNS = [("st", 0.0, 1.0)]


def good(*times):
    """Readings of the target."""
    return [("air", float(at), 20.0) for at in times]


def bad(*times):
    """Without an answer."""
    return [("air", float(at), None) for at in times]


def spans(bench, rows, *, until):
    """(verdict, from, reason) of the operating limit's spans: the same whole, one by one, and in threes."""
    found = [
        bench.decisions(rows, until=until),
        *(bench.lived(rows, size=size, until=until)[0] for size in (1, 3)),
    ]
    begin = int(bench.block(rows).time.min())
    told = [
        [(str(point.verdict), (point.start - begin) / SECOND, point.reason) for point in each.timeline(limit)]
        for each in found
        for limit in bench.program.limits[1:]
    ]
    assert told[0] == told[1] == told[2]
    return told[0]


def test_a_reading_that_comes_behind_a_later_bad_one_leaves_that_to_be_told(bench):
    """Bad at 20 and 40 s, and the reading of 30 s comes last: of it the last value, and 40 s is behind it, within 65 s."""
    rows = [*RUNS, *good(0, 10), *bad(20, 40), *good(30)]
    assert spans(bench(HEAD % EACH), rows, until=100)[-1] == ("indeterminate", 30, "no answer")


@pytest.mark.parametrize(
    ("lost", "why"),
    [((50,), "no answer"), ((30, 50), "no answer"), ((30, 40, 50), "no answer"), ((30, 40), "no reading")],
)
def test_a_mean_that_is_told_later_asks_for_the_first_bad_reading_behind_its_window(bench, lost, why):
    """The mean to 40 s is told at 60 s, and the only one: of the next window one reading came. Silent behind 155 s.

    Its window is 0 to 40 s and the track silent for two windows and 35 s: 40 + 115. Bad readings up to 40 s are not behind.
    """
    rows = [*RUNS, *good(0, 10, 20), *bad(*lost), *good(60)]
    assert spans(bench(HEAD % MEANS), rows, until=200)[-1] == ("indeterminate", 40, why)


def test_two_means_that_are_told_at_once_have_between_them_what_was_heard_before_both(bench):
    """Those to 40 and to 240 s are told by the readings of 200 and 250 s, which come together; bad at 30 and 50 s.

    Silent behind 155 s, and 50 s is the first behind 40 s. Of the window to 240 s two of four readings came.
    """
    rows = [*RUNS, *good(0, 10, 20), *bad(30, 50), *good(200, 210, 250)]
    assert spans(bench(HEAD % MEANS), rows, until=250)[-2:] == [
        ("indeterminate", 40, "no answer"),
        ("ok", 240, ""),
    ]


def test_what_was_said_while_the_line_stood_is_no_reason_behind_a_value_of_later(bench):
    """Stopped from 25 to 75 s with bad readings at 30 and 60 s; values again at 80 and 90 s, nothing behind: no reading."""
    rows = [*RUNS, *good(0, 10, 20), ("st", 25.0, 0.0), *bad(30), *good(40, 50), *bad(60), *good(70)]
    rows += [("st", 75.0, 1.0), *good(80, 90)]
    assert spans(bench(HEAD % EACH), rows, until=130)[-1] == ("indeterminate", 90, "no reading")


def test_a_sensor_that_is_dead_for_long_is_remembered_in_little(bench):
    """Bad every 10 s for an hour: kept are those within 115 s of the last reading, of 20 s, and the first one behind."""
    plant = bench(HEAD % MEANS)
    block = plant.block([*RUNS, *good(0, 10, 20), *bad(*range(30, 3630, 10))])
    state, _ = step(plant.program, begin(plant.program), block, int(block.time.max()))
    (kept,) = state.head.refused.values()
    first = int(block.time.min())
    assert [(time - first) // SECOND for time, _ in kept] == [*range(30, 150, 10)]
