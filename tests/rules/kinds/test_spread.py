"""Spread: how far points lie apart, by the means of windows of a minute."""

from __future__ import annotations

import pytest

from readings.times import SECOND

FIRST = -1_700_000_000 % 60  # s until the first whole minute: windows are whole minutes
PLAN = """
line: {state: {from: mode, codes: {0: stopped, 1: running}}, judged_when: running}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 40 s}
  air: {unit: degC, points: 3 points, resolution: 0.1, every: 10 s, silent_after: 35 s}
ccps:
  - id: C
    critical: [{id: a, kind: spread, of: air, at_most: 1.0 K, mean_over: 1 min}]
    silence: {case: {after: 3 min}}
"""


@pytest.fixture(scope="module")
def plant(make_bench):
    """Three points in one room."""
    return make_bench(PLAN)


def shown(plant, third, *, second=lambda _: 5.5, mode=lambda _: 1.0, until=600):
    """Spans in seconds since the first whole minute, from there on: 5.0, 5.5 and the third, a reading each 10 s."""
    rows = []
    for at in range(0, until + 1, 10):
        for name, said in (("mode", mode), ("air/1", lambda _: 5.0), ("air/2", second), ("air/3", third)):
            value = said(at)
            if value is not ...:
                rows.append((name, FIRST + at, value))
    return [
        (verdict, since - FIRST, None if end is None else end - FIRST, decided - FIRST)
        for verdict, since, end, decided in plant.spans(rows, until=FIRST + until)
        if since >= FIRST + 60
    ]


def test_on_the_bound_it_holds_and_one_reading_moves_the_mean(plant):
    """6.0 - 5.0 is 1.0 K. One of six at 6.1 is a mean of 6.0167: 1.017 K, known at 180 s, until the next window is over."""
    assert shown(plant, lambda _: 6.0) == [("ok", 60, None, 60)]
    assert shown(plant, lambda at: 6.1 if at == 150 else 6.0) == [
        ("ok", 60, 180, 60),
        ("deviation", 180, 240, 180),
        ("ok", 240, None, 240),
    ]


def test_what_was_made_in_the_last_good_window_is_affected(plant):
    """The window from 60 to 120 s was good, and its value stood at 120 s: what follows its beginning is in doubt."""
    rows = [("mode", FIRST + at, 1.0) for at in range(0, 601, 10)]
    for point, value in ((1, 5.0), (2, 5.5), (3, 6.0)):
        rows += [
            (f"air/{point}", FIRST + at, 6.1 if (point, at) == (3, 150) else value)
            for at in range(0, 601, 10)
        ]
    ((_, event),) = plant.decisions(rows, until=FIRST + 600).raised()
    since = event.since - (1_700_000_000 + FIRST) * SECOND
    assert (since, event.through - event.start) == (60 * SECOND, 60 * SECOND)


def test_a_reading_at_the_end_of_a_window_is_of_the_next(plant):
    """7.0 at 180 s: 6.1667 from 180 to 240 s, and nothing is wrong with the window before."""
    assert shown(plant, lambda at: 7.0 if at == 180 else 6.0) == [
        ("ok", 60, 240, 60),
        ("deviation", 240, 300, 240),
        ("ok", 300, None, 300),
    ]


def test_half_of_the_readings_make_a_mean(plant):
    """7.0 from 120 s on, three readings of six: 2.0 K. Two of six are no mean, and nothing is decided by them."""
    three = shown(plant, lambda at: ... if 150 <= at < 180 else 7.0 if 120 <= at < 150 else 6.0)
    assert three == [("ok", 60, 180, 60), ("deviation", 180, 240, 180), ("ok", 240, None, 240)]
    assert shown(plant, lambda at: ... if 140 <= at < 180 else 7.0 if 120 <= at < 140 else 6.0) == [
        ("ok", 60, None, 60)
    ]


def test_a_lost_point_can_be_apart(plant):
    """Last heard at 120 s: after two windows and 35 s nothing can be said, since the last window that counted."""
    lost = shown(plant, lambda _: 6.0, second=lambda at: ... if 130 <= at <= 250 else 5.5)
    assert lost == [("ok", 60, 120, 60), ("indeterminate", 120, 300, 275), ("ok", 300, None, 300)]


def test_a_window_is_whole_in_one_state(plant):
    """9.0 from 140 s on, stopped from 150 to 330 s: no window holds it whole; the first of the next run ends at 420 s.

    What was read from 120 to 150 s nobody has judged.
    """
    stopped = shown(
        plant,
        lambda at: 9.0 if 140 <= at < 360 else 6.0,
        mode=lambda at: 0.0 if 150 <= at < 330 else 1.0,
    )
    assert stopped == [
        ("ok", 60, 120, 60),
        ("indeterminate", 120, 150, 150),
        ("suspended", 150, 330, 150),
        ("starting", 330, 420, 330),
        ("ok", 420, None, 420),
    ]


def test_a_window_that_ends_with_the_run_counts_in_it(plant):
    """9.0 from 120 s on, stopped at 180 s: 4.0 K at the very end of the run is a deviation of it, and of all of it."""
    found = shown(
        plant, lambda at: 9.0 if 60 <= at < 180 else 6.0, mode=lambda at: 0.0 if at >= 180 else 1.0, until=300
    )
    assert found == [("ok", 60, 120, 60), ("deviation", 120, 180, 120), ("suspended", 180, None, 180)]
