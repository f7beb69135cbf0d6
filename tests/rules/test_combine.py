"""How several points make one verdict, and what it means when one of them is lost."""

from __future__ import annotations

import itertools

import pytest

from readings.times import SECOND
from rules.bounds import MISSING, Standing
from rules.combine import combined
from rules.course import UNSEEN
from rules.engine import begin, step
from rules.faults import PlanError
from rules.terms import Terms
from rules.timeline import Verdict

START = 1_700_000_000 * SECOND
PLAN = """
sensors: {air: {points: 3, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, combine: WAY}]}]
"""
NAMES = ("air", "air/2", "air/3")


def rows(until, *, lost=(), warm=()):
    """Readings of three points; `lost` are (point, from, to), `warm` are (point, time)."""
    found = []
    for at in range(0, until, 10):
        for number, name in enumerate(NAMES, 1):
            if not any(point == number and start < at < end for point, start, end in lost):
                found.append((name, at, 9.0 if (number, at) in warm else 4.0))
    return found


def reasons(bench, given, until):
    """(verdict, from, reason) of the timeline."""
    state, _ = step(
        bench.program, begin(bench.program, complete=True), bench.block(given), until=START + until * SECOND
    )
    points = state.shown[0].points
    return [(str(point.verdict), (point.start - START) // SECOND, point.reason) for point in points]


def test_one_lost_point_is_spared_and_named(bench):
    """`2 of 3`: judged without it from its last reading on, known when its silence is; back, it speaks again."""
    make = bench(PLAN.replace("WAY", "2 of 3"))
    given = rows(200, lost=[(3, 50, 120)])
    assert make.spans(given, until=190) == [("ok", 0, 50, 0), ("ok", 50, 120, 85), ("ok", 120, None, 120)]
    assert reasons(make, given, 190)[1] == ("ok", 50, "without point 3 (no reading)")


def test_beyond_that_it_is_indeterminate(bench):
    """Two of three lost: from when the second is lost, and that is a monitoring loss after the plan's patience."""
    make = bench(PLAN.replace("WAY", "2 of 3"))
    given = rows(200, lost=[(3, 50, 180), (1, 80, 150)])
    assert make.spans(given, until=190) == [
        ("ok", 0, 50, 0),
        ("ok", 50, 80, 85),
        ("indeterminate", 80, 150, 115),
        ("ok", 150, 180, 150),
        ("ok", 180, None, 180),
    ]


def test_it_must_hold_at_every_point_that_speaks(bench):
    """`2 of 3` never means that one may be too warm."""
    make = bench(PLAN.replace("WAY", "2 of 3"))
    given = rows(200, lost=[(3, 50, 120)], warm=[(1, 20), (2, 90)])
    assert [span[:3] for span in make.spans(given, until=190)] == [
        ("ok", 0, 20),
        ("deviation", 20, 30),
        ("ok", 30, 50),
        ("ok", 50, 90),
        ("deviation", 90, 100),
        ("ok", 100, 120),
        ("ok", 120, None),
    ]
    assert reasons(make, given, 190)[5] == ("ok", 100, "without point 3 (no reading)")


def test_one_never_heard_is_spared_like_one_that_is_lost(bench):
    """The third is not wired: judged by two, and said so."""
    make = bench(PLAN.replace("WAY", "2 of 3"))
    assert reasons(make, rows(50, lost=[(3, -1, 100)]), 40) == [("ok", 0, "without point 3 (no reading yet)")]


def test_a_loss_while_the_return_is_watched_is_named_too(bench):
    """Warm, within again, then a point is lost before the return has lasted: the span without it says so."""
    way = "2 of 3, clears: {at_most: 4.0 degC, for: 60 s}"
    make = bench(PLAN.replace("WAY", way))
    given = rows(200, lost=[(3, 50, 300)], warm=[(1, 20)])
    assert reasons(make, given, 190) == [
        ("ok", 0, ""),
        ("deviation", 20, "air not at most 5.0 degC"),
        ("ok", 30, ""),
        ("ok", 50, "without point 3 (no reading)"),
    ]


def test_any_holds_while_one_point_holds(bench):
    """A breach needs all points; a lost one may be the one that holds, so that nothing can be said."""
    make = bench(PLAN.replace("WAY", "any"))
    warm = [(1, 20), (2, 20), (1, 40), (2, 40), (3, 40), (1, 100), (2, 100)]
    assert [span[:3] for span in make.spans(rows(200, lost=[(3, 80, 130)], warm=warm), until=190)] == [
        ("ok", 0, 40),
        ("deviation", 40, 50),
        ("ok", 50, 80),
        ("ok", 80, 100),
        ("indeterminate", 100, 110),
        ("ok", 110, 130),
        ("ok", 130, None),
    ]


STANDS = (UNSEEN, Standing.WITHIN, Standing.EXCEPTED, Standing.LOST, Standing.STUCK, Standing.BEYOND)


@pytest.mark.parametrize("any_point", [False, True])
@pytest.mark.parametrize("spared", [0, 1, 2])
def test_losing_a_point_never_makes_it_better(spared, any_point):
    """Whatever the others say: taking a point's evidence away turns no breach or doubt into ok, but for those spared."""
    terms = Terms(0, 0, 1, Verdict.DEVIATION, "", spared, any_point)
    for stands in itertools.product(STANDS, repeat=3):
        missing = sum(stood == UNSEEN or stood in MISSING for stood in stands)
        standing, known, _ = combined(terms, stands, [7, 8, 9], ["a", "b", "c"])
        fine = standing not in (*MISSING, Standing.BEYOND)
        assert not (fine and missing == 3)
        assert fine or standing in stands or standing == Standing.LOST
        if not any_point:
            assert not fine or (missing <= spared and Standing.BEYOND not in stands)
            assert (standing == Standing.BEYOND) == (Standing.BEYOND in stands)
        else:
            holds = any(stood in (Standing.WITHIN, Standing.EXCEPTED) for stood in stands)
            assert fine == holds
            assert (standing == Standing.BEYOND) == all(stood == Standing.BEYOND for stood in stands)
        assert known in (0, 7, 8, 9)


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("5 of 6", "5 of 6, but air has 3 points"),
        ("4 of 3", "at least 1 of the 3 points must speak"),
        ("0 of 3", "at least 1 of the 3 points must speak"),
        ("every", "write worst, any, or 5 of 6"),
        ("any, confirm: 2 readings", "any asks for all of them; use for_more_than"),
    ],
)
def test_a_count_that_does_not_fit_is_refused(bench, way, message):
    """How many there are is known to the plan."""
    with pytest.raises(PlanError, match=message):
        bench(PLAN.replace("WAY", way))


def test_a_breach_by_the_last_reading_of_a_spared_point_stays_one(bench):
    """One of two points may be missing: 7.5 degC at 0:10 and then silence was beyond the limit at 0:10."""
    made = bench(
        "sensors:\n  air: {points: 2 points, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}\n"
        "ccps:\n  - id: C\n    critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, combine: 1 of 2}]\n"
    )
    rows = [*(("air/1", at, 4.0) for at in range(0, 100, 10)), ("air/2", 0, 4.0), ("air/2", 10, 7.5)]
    assert [each[:2] for each in made.spans(rows, until=90)] == [
        ("ok", 0),
        ("deviation", 10),
        ("ok", 10.000000001),
    ]
