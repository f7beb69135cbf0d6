"""What is known of the worst value of each span, where that is known later than the values."""

from __future__ import annotations

import numpy as np
import pytest

from readings.times import ALWAYS, NEVER, SECOND
from rules.carry import carry
from rules.decisions import Decisions
from rules.derivation import CameTo, Integral, Spans
from rules.engine import begin, step
from rules.episodes import Episodes
from rules.gate import Gate

START = 1_700_000_000 * SECOND
PLAN = """
sensors:
  air: {unit: degC, resolution: 0.1, range: [0, 90], every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 3 min}}
ccps:
  - id: C
    critical: [{id: mkt, kind: mean_kinetic_temperature, of: air, at_most: 65.0 degC, window: 5 min}]
"""
GATED = """
line: {state: {from: st, codes: {"0": stop, "1": run}}, judged_when: run, produced: {from: count, contradicted_after: 60 s}}
sensors:
  st: {unit: code, every: 10 s, silent_after: 40 s}
  count: {unit: count, every: 10 s, silent_after: 60 s}
"""


def take(told, rows, gates=(), *, found=None, above=99.0):
    """Rows of seconds and value, and the bound. `found`: seconds that were stuck, since when, since when it stands."""
    time = np.array([at * SECOND for at, _ in rows], np.int64)
    counts = np.array([value for _, value in rows], np.float64)
    told.awaits = found is not None
    bounds = counts - 1, counts - 0.5, counts
    told.take(time, counts, bounds, counts > above, Spans(list(gates)), least=False, apart=35 * SECOND)
    if found is not None:
        stuck, since, stands = found
        at = np.array([each * SECOND for each in stuck], np.int64)
        told.tell_stuck(at, *(ALWAYS if each is None else each * SECOND for each in (since, stands)))


def worst(told, begin, end=None):
    """What a span, in seconds, has come to."""
    came_to = told.came_to(begin * SECOND, NEVER if end is None else end * SECOND, least=False)
    return came_to and CameTo(came_to.integral, came_to.counts)


def came(value):
    """As it is told."""
    return CameTo(Integral(value - 1, value - 0.5, value), value)


def in_parts(rows, size, stretch=None):
    """Taken so many at once; the number stands from 30 to 60 s, and is found to be stuck at 60 s if that is a stretch."""
    told = Episodes()
    for at in range(0, len(rows), size):
        part = rows[at : at + size]
        first, last = part[0][0], part[-1][0]
        known = stretch is not None and last >= stretch[-1]
        stuck = [time for time, _ in part if time in stretch] if known else []
        since = 30 if known and first <= 60 else None
        take(told, part, found=(stuck, since, last if last < 30 else 30 if last <= 60 else last))
    return told


MOVES = [(0, 5.0), (10, 6.0), (20, 4.0)]
STANDS = [(30, 7.0), (40, 8.0), (50, 9.0), (60, 10.0)]


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_what_was_told_while_the_instrument_was_stuck_is_of_no_span_around(size):
    """Stuck from 30 to 60 s: the span before has come to 6, the one behind to 6.5, the stuck one to 10."""
    told = in_parts([*MOVES, *STANDS, (70, 6.5), (80, 3.0)], size, stretch=(30, 40, 50, 60))
    assert worst(told, 0, 30) == came(6.0)
    assert worst(told, 30, 70) == came(10.0)
    assert worst(told, 70) == came(6.5)


def test_a_stretch_in_which_the_bound_was_crossed_is_of_no_span_before_once_it_is_known_to_be_stuck():
    """Stuck from 30 to 60 s, as is known at 60 s, with the bound, 7.5, crossed at 40 s: the span before has come to 6."""
    told = Episodes()
    take(told, MOVES, found=((), None, 20), above=7.5)
    for at, value in STANDS[:3]:
        take(told, [(at, value)], found=((), None, 30), above=7.5)
    take(told, STANDS[3:], found=((60,), 30, 30), above=7.5)
    assert worst(told, 0, 30) == came(6.0)
    assert worst(told, 30) == came(10.0)


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_a_number_that_moves_in_time_parts_nothing(size):
    """It stands from 30 to 60 s and is not stuck: all has come to 10, and is remembered as one, but for the last value."""
    told = in_parts([*MOVES, *STANDS, (70, 3.0), (80, 3.0), (90, 3.0)], size)
    assert worst(told, 0) == came(10.0)
    assert [each.since // SECOND for each in told.past if each.own] == [0]


def test_a_number_that_stands_for_long_is_remembered_in_one_stretch_and_its_last_value():
    """A thousand values taken one by one while the number stands, and might yet turn out to be stuck."""
    told = Episodes()
    for at in range(0, 10_000, 10):
        take(told, [(at, 5.0)], found=((), None, 0))
    assert len(told.past) == 2


@pytest.mark.parametrize(
    ("begin", "end", "whole"), [(0, 30, True), (0, 20, False), (20, 60, False), (40, 60, True)]
)
@pytest.mark.parametrize("stands", [None, 10, 30])
def test_a_stretch_that_reaches_over_an_end_of_a_span_is_not_whole_in_it(begin, end, whole, stands):
    """Two stretches, to 30 s and from 40 s on, where it crosses the bound; wherever the number stands as yet."""
    told = Episodes()
    take(told, [(0, 5.0), (10, 6.0), (20, 4.0), (30, 5.0)], found=((), None, stands), above=8.0)
    take(told, [(40, 9.0), (50, 9.5)], above=8.0)
    assert told.came_to(begin * SECOND, end * SECOND, least=False).whole is whole


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_window_that_ended_before_a_switch_and_is_told_behind_it_is_of_no_span_behind(size):
    """Another version takes over at 25 s; the value of 20 s is told then, with those of 30 and 40 s."""
    told = Episodes()
    take(told, [(0, 5.0), (10, 6.0)])
    told = told.parted(25 * SECOND)
    rows = [(20, 7.0), (30, 4.0), (40, 4.5)]
    for at in range(0, 3, size):
        take(told, rows[at : at + size])
    assert worst(told, 0, 25) == came(7.0)
    assert worst(told, 25) == came(4.5)


def test_of_values_that_are_as_bad_the_one_with_a_bound_is_told_wherever_they_are_parted():
    """10 at 20 s with nothing that bounds it, 10 at 40 s with a bound: in one stretch, and in two, the second is told."""
    for gates in ([], [Gate(30 * SECOND, "judged"), Gate(30 * SECOND, "judged")]):
        told = Episodes()
        counts, high = np.array([10.0, 10.0]), np.array([np.inf, 10.0])
        time = np.array([20, 40], np.int64) * SECOND
        beyond = np.zeros(2, np.bool_)
        told.take(
            time,
            counts,
            (counts - 1, counts - 0.5, high),
            beyond,
            Spans(gates),
            least=False,
            apart=35 * SECOND,
        )
        assert worst(told, 0) == came(10.0)


def test_a_state_that_is_known_later_parts_the_value_of_its_very_time():
    """Told at 40 s, of a span that began at 40 s, as is known at 50 s: 8 is of that, not of what was before."""
    told = Episodes()
    take(told, [(20, 5.0), (30, 6.0), (40, 8.0)])
    assert worst(told, 40) == came(8.0)
    take(told, [(50, 7.0)], [Gate(40 * SECOND, "suspended", "stop")])
    assert worst(told, 0, 40) == came(6.0)
    assert worst(told, 40) == came(8.0)


def test_a_time_at_which_it_may_turn_out_that_nothing_was_made_parts_values():
    """Judged before and behind 40 s, as far as was known then: 6 is of what was before, 8 of what began."""
    told = Episodes()
    gates = [Gate(30 * SECOND, "judged"), Gate(40 * SECOND, "judged")]
    take(told, [(20, 5.0), (30, 6.0), (40, 8.0), (50, 7.0)], gates)
    assert worst(told, 30, 40) == came(6.0)
    assert worst(told, 40) == came(8.0)


def test_the_last_value_before_a_silence_is_of_the_span_before():
    """A silence begins at the last value, 8 at 40 s, and that belongs to what was judged; the next one stands apart."""
    told = Episodes()
    take(told, [(20, 5.0), (30, 6.0), (40, 8.0)])
    assert worst(told, 0, 40) == came(8.0)
    take(told, [(80, 4.0)])
    assert worst(told, 0, 40) == came(8.0)
    assert worst(told, 80) == came(4.0)


def _spans(bench, rows, size):
    """Verdict, second, worst and greatest value known of each span."""
    state, decisions = begin(bench.program), Decisions(bench.program)
    for number, at in enumerate(range(0, len(rows), size)):
        part = rows[at : at + size]
        until = START + int(part[-1][1] * SECOND)
        state, changes = step(bench.program, state, bench.block(part), until, position=number)
        decisions.take(changes)
    decisions.finish(state)
    (limit,) = bench.program.limits
    return [
        (str(each.verdict), (each.start - START) // SECOND, each.high, each.integral and each.integral.high)
        for each in decisions.timeline(limit)
        if each.verdict == "ok"
    ]


@pytest.mark.parametrize("size", [1, 7, 500])
def test_a_span_before_a_stuck_stretch_shows_its_own_worst_value(bench, size):
    """20 degC to 300 s; 30 degC from 310 s, a number that never moves until 610 s; then 20 degC again.

    By hand: all of the first span was 20.0 degC. At 610 s the window, 310 to 610 s, is 30.0 degC, between two readings the
    warmer counted.
    """
    rows = [("air", at, 20.0, 400.0 + at) for at in range(0, 310, 10)]
    rows += [("air", at, 30.0, 9.0) for at in range(310, 610, 10)]
    rows += [("air", at, 20.0, 400.0 + at) for at in range(610, 700, 10)]
    assert _spans(bench(PLAN), rows, size) == [("ok", 0, 20.0, 20.0), ("ok", 610, 30.0, 30.0)]


@pytest.mark.parametrize("size", [1, 7, 500])
def test_a_number_that_stood_alone_before_a_silence_is_of_the_span_before_though_it_is_read_again(
    bench, size
):
    """20 degC to 30 s, 30 degC at 40 s, nothing to 100 s, then the same number to 230 s: 130 s of it were seen, not 3 min.

    By hand: at 40 s 30 s were 20 degC and 10 s 30 degC, the warmer of two readings. exp(-10000 / T) of 303.15 K is 3.0809
    times that of 293.15 K, so the mean is (3 + 3.0809) / 4 = 1.5202 times as much, and 10000 / T less by ln 1.5202 =
    0.41886: 10000 / (34.1122 - 0.4189) = 296.795 K, 23.645 degC.
    """
    rows = [("air", at, 20.0, 400.0 + at) for at in range(0, 40, 10)]
    rows += [("air", at, 30.0, 9.0) for at in (40, *range(100, 240, 10))]
    rows += [("air", at, 20.0, 400.0 + at) for at in range(240, 300, 10)]
    moving = PLAN.replace(
        "resolution: 0.1,", "resolution: 0.1, slew_at_most: 4 K/min,"
    )  # values go on behind it
    found = _spans(bench(moving), rows, size)
    assert found[0] == ("ok", 0, pytest.approx(23.65), pytest.approx(23.65))


@pytest.mark.parametrize("size", [1, 7, 500])
def test_a_span_that_begins_as_a_counter_falls_silent_shows_the_value_of_that_very_time(bench, size):
    """20.0 degC all along, of a line that rests, and is silent behind 40 s: nobody knows from 80 s on, and it is judged.

    From 140 s on the counter has stood for 60 s: nothing is made. It is silent behind 130 s: at 190 s, as is known behind
    190 s, nobody knows again.
    """
    rows = [("st", at, 0.0) for at in range(0, 50, 10)] + [("count", at, 5.0) for at in range(0, 140, 10)]
    rows += [("air", at, 20.0, 400.0 + at) for at in range(0, 300, 10)]
    rows.sort(key=lambda row: row[1])
    found = _spans(bench(GATED + PLAN.removeprefix("\nsensors:\n")), rows, size)
    assert found == [("ok", 80, 20.0, 20.0), ("ok", 190, 20.0, 20.0)]


@pytest.mark.parametrize("after", [0, 1])
def test_a_span_that_begins_as_another_window_takes_over_shows_its_own_worst_value(bench, after):
    """20.0 degC to 100 s, when a window of 4 min takes over; 10.0 degC behind it. Between 100 and 110 s the warmer counts.

    By hand: at 110 s the new window holds 10 s of 20.0 degC alone.
    """
    old, new = bench(PLAN).program, bench(PLAN.replace("window: 5 min", "window: 4 min")).program
    rows = [("air", at, 20.0 if at <= 100 else 10.0, 400.0 + at) for at in range(0, 160, 10)]
    at = START + 100 * SECOND + after
    state, decisions = begin(old, complete=True), Decisions(old)
    early = [row for row in rows if row[1] < 100 + after]
    state, changes = step(old, state, bench(PLAN).block(early), at - 1)
    decisions.take(changes)
    state = carry(old, state, new, at)
    decisions.follow(new)
    state, changes = step(new, state, bench(PLAN).block(rows[len(early) :]), START + 150 * SECOND)
    decisions.take(changes)
    decisions.finish(state)
    points = [point for point in decisions.timeline(new.limits[0]) if point.verdict == "ok"]
    assert [(point.high, point.integral and point.integral.high) for point in points] == [(20.0, 20.0)] * 2
