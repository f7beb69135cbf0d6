"""The very time of a change: what is read then belongs to the state that begins, whatever is judged and however it came."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from readings.inputs import State
from readings.times import ALWAYS, SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.memory import EngineState, keep_again

START = 1_700_000_000 * SECOND  # 20 s past a whole minute
PASTEURISER = """
reorder: 5 min
line: {state: {from: valve, codes: {"0": diverted, "1": forward}}, judged_when: forward}
sensors:
  valve: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 95], stuck: {unchanged_for: 30 s}}
  u: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 95]}
ccps:
  - id: C
    critical:
      - {id: once, kind: threshold, of: u, at_least: 72.0 degC}
      - {id: twice, kind: threshold, of: u, at_least: 72.0 degC, confirm: 2 readings}
      - {id: long, kind: threshold, of: u, at_least: 72.0 degC, for_more_than: 20 s}
      - {id: cleared, kind: threshold, of: u, at_least: 72.0 degC, clears: {at_least: 73.0 degC}}
      - {id: still, kind: threshold, of: t, at_least: 72.0 degC}
      - {id: rise, kind: rate, of: u, at_most: 6.0 K/min}
      - {id: held, kind: dwell, of: u, at_least: 72.0 degC, for: 30 s}
      - {id: row, kind: table_dwell, of: u, table: fsis_1999_beef_7_log}
      - {id: sum, kind: lethality, of: u, reference: 72.0 degC, z: 7 K, at_least: 0.3 min}
      - {id: short, kind: phase_duration, of: valve, during: forward, at_most: 60 s}
    instruments:
      - {id: mean, kind: agreement, of: u, with: t, mean_over: 20 s, within: 1.0 K}
"""


@pytest.fixture(scope="module")
def plant(make_bench):
    """The line, ready to be judged."""
    return make_bench(PASTEURISER)


def rows(u, valve, t=None):
    """Read every 10 s, all in one scan."""
    found = []
    for n, (value, code) in enumerate(zip(u, valve, strict=True)):
        found += [("valve", n * 10, float(code)), ("u", n * 10, value)]
        found += [("t", n * 10, t[n])] if t is not None else []
    return found


def told(plant, given, limit, until=None):
    """(verdict, from, to) of one limit."""
    last = max(at for _, at, *_ in given) if until is None else until
    return [span[:3] for span in plant.spans(given, until=last, limit=limit)]


def test_a_fall_in_the_scan_that_diverts_is_no_deviation(plant):
    """71 in the scan in which the valve turns: nothing too cold went forward."""
    cold = rows([74.0, 74.0, 71.0, 71.0], [1, 1, 0, 0])
    for limit in ("once", "twice", "long", "cleared"):
        assert told(plant, cold, limit) == [("ok", 0, 20), ("suspended", 20, None)], limit


def test_a_fall_in_the_scan_that_diverts_confirms_nothing(plant):
    """One reading beyond went forward, and it takes two; the second one was diverted."""
    cold = rows([74.0, 71.0, 71.0, 71.0], [1, 1, 0, 0])
    assert told(plant, cold, "twice") == [("ok", 0, 20), ("suspended", 20, None)]
    assert told(plant, cold, "once") == [("ok", 0, 10), ("deviation", 10, 20), ("suspended", 20, None)]


def test_an_excursion_as_long_as_its_hold_when_the_line_stops_was_tolerated(plant):
    """From 10 s to 30 s is 20 s, and more than 20 s is asked for."""
    cold = rows([74.0, 71.0, 71.0, 71.0, 71.0], [1, 1, 1, 0, 0])
    assert told(plant, cold, "long") == [("ok", 0, 30), ("suspended", 30, None)]


def test_what_is_read_as_the_line_begins_is_judged(plant):
    """71 in the scan in which the valve turns forward: that much went forward too cold."""
    cold = rows([74.0, 74.0, 71.0, 74.0], [0, 0, 1, 1])
    assert told(plant, cold, "once")[1:] == [("deviation", 20, 30), ("ok", 30, None)]
    (limit,) = [each for each in plant.program.limits if each.limit == "once"]
    assert plant.decisions(cold, until=30).timeline(limit)[1].low == 71.0


def test_judging_begins_with_the_reading_of_its_time_and_not_with_the_one_before(plant):
    """72.5 clears nothing that was begun, and breaks nothing either: what was too cold was read while diverted."""
    warmer = rows([71.0, 71.0, 72.5, 72.5], [0, 0, 1, 1])
    assert told(plant, warmer, "cleared") == [("suspended", 0, 20), ("ok", 20, None)]


def test_a_value_that_stands_still_from_the_scan_on_in_which_the_line_begins_is_stuck_then(plant):
    """30 s without a move while it is judged, the first of them at its beginning; what stood before counts nothing."""
    still = rows([74.0] * 7, [0, 0, 1, 1, 1, 1, 1], t=[74.0] * 7)
    assert told(plant, still, "still")[:2] == [("suspended", 0, 20), ("indeterminate", 20, None)]
    shorter = rows([74.0] * 7, [0, 0, 1, 1, 1, 0, 0], t=[74.0] * 7)
    assert told(plant, shorter, "still") == [("suspended", 0, 20), ("ok", 20, 50), ("suspended", 50, None)]


def test_a_rate_is_told_between_readings_of_one_state(plant):
    """10 K at the very turns are no rate of any state; 2 K between two readings of one are, at 12 K/min."""
    turn = rows([64.0, 64.0, 74.0, 74.0, 74.0, 76.0, 76.0, 66.0], [0, 0, 1, 1, 1, 1, 1, 0])
    assert told(plant, turn, "rise") == [
        ("suspended", 0, 20),
        ("starting", 20, 30),
        ("ok", 30, 50),
        ("deviation", 50, 60),
        ("ok", 60, 70),
        ("suspended", 70, None),
    ]


def test_a_window_that_ends_where_the_state_ends_counts_and_so_does_one_that_begins_there(plant):
    """Windows of 20 s, forward from 20 s to 80 s, with 2 K between the two in the last, and none elsewhere.

    The first one is whole at 40 s.
    """
    u, t = [74.0, 74.1, 74.0, 74.1, 74.0, 74.1, 76.0, 76.1, 74.0], [74.0, 74.1] * 4 + [74.0]
    apart = rows(u, [0, 0, 1, 1, 1, 1, 1, 1, 0], t=t)
    (limit,) = [each for each in plant.program.limits if each.limit == "mean"]
    points = plant.decisions(apart, until=80).timeline(limit)
    assert [(str(point.verdict), (point.start - START) / SECOND) for point in points] == [
        ("suspended", 0),
        ("starting", 20),
        ("ok", 40),
        ("indeterminate", 80 - 1e-9),
        ("suspended", 80),
    ]
    assert points[3].fault
    assert (points[2].high, points[3].high) == (0.0, 2.0)


def test_edge_8_the_first_reading_of_a_hold_belongs_to_the_hold(plant):
    """Forward from 20 s to 50 s, hot all the while: 30 s, though the last of its readings is of 40 s.

    From reading to reading 20 s are shown, and the rest up to the scan that ends it: that one is still hot. Where it is
    cold nobody knows how long it was hot.
    """
    hot = rows([70.0, 70.0, 74.0, 74.0, 74.0, 74.0, 70.0], [0, 0, 1, 1, 1, 0, 0])
    assert told(plant, hot, "held") == [("suspended", 0, 20), ("ok", 20, 50), ("suspended", 50, None)]
    cold = rows([70.0, 70.0, 74.0, 74.0, 74.0, 70.0, 70.0], [0, 0, 1, 1, 1, 0, 0])
    assert told(plant, cold, "held")[1] == ("deviation", 20, 50)


def test_a_row_without_a_time_is_met_by_a_reading_of_the_hold_alone(plant):
    """Hot enough at once (158 degF) in the scan that begins it; in the one that ends it that is no part of it."""
    begins = rows([50.0, 50.0, 71.0, 50.0, 50.0], [0, 0, 1, 1, 0])
    ends = rows([50.0, 50.0, 50.0, 50.0, 71.0], [0, 0, 1, 1, 0])
    assert told(plant, begins, "row")[1][:2] == ("ok", 20)
    assert told(plant, ends, "row")[1][:2] == ("deviation", 20)


def test_what_is_summed_is_known_just_before_its_end(plant):
    """18 s are asked for: 10 s at 1 up to 20 s, then 10 s at 372, up to the scan that ends it, and no later."""
    warm = rows([60.0, 72.0, 90.0, 90.0, 60.0], [0, 1, 1, 0, 0])
    assert told(plant, warm, "sum")[1] == ("ok", 10, 30)


def test_a_silent_state_mutes_nothing_from_the_very_time_on_at_which_it_is_silent(plant):
    """Last told to be diverted at 20 s, silent after 60 s: what is read at 80 s is judged."""
    silent = [row for row in rows([71.0] * 10, [0] * 10) if row[0] != "valve" or row[1] <= 20]
    assert told(plant, silent, "once") == [("suspended", 0, 80), ("deviation", 80, None)]
    assert told(plant, [row for row in silent if row[1] < 80], "once") == [("suspended", 0, None)]
    assert told(plant, silent, "once", until=80) == told(plant, silent, "once")


ENTERED = """
reorder: 5 min
line: {state: {from: phase, codes: {"0": idle, "1": mixing, "2": filling}}, batch: {from: batch}}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  batch: {unit: text, every: on change}
by_hand:
  ph: {unit: pH, resolution: 0.1, per: batch, before: filling}
ccps:
  - id: C
    critical: [{id: a, kind: by_hand, of: ph, at_most: 4.4 pH}]
"""


@pytest.mark.parametrize(("entered", "verdict"), [(29, "ok"), (30, "indeterminate"), (31, "indeterminate")])
def test_what_is_due_before_a_state_is_not_measured_as_it_begins(bench, entered, verdict):
    """Filling begins at 30 s."""
    make = bench(ENTERED)
    given = [("phase", at, 2.0 if at >= 30 else 1.0) for at in range(0, 61, 10)] + [("ph", entered, 4.0)]
    found = told(make, sorted(given, key=lambda row: row[1]), "a", until=60)
    assert (found[-1][0], found[-1][1]) == (verdict, 30)


def live(plant, parts, *, restart=False):
    """The lines decided of blocks as they come: (rows, states) each; the memory is stored after every third."""
    state, decisions, journal, newest = begin(plant.program), Decisions(plant.program), [], ALWAYS
    for position, (readings, states) in enumerate(parts):
        journal.append(plant.block(readings, states))
        times = [*(START + int(at * SECOND) for _, at, *_ in readings), *(each.time for each in states)]
        newest = max([newest, *times])
        state, changes = step(plant.program, state, journal[-1], newest, position=position)
        decisions.take(changes)
        if restart and position % 3 == 2:
            oldest = state.oldest_kept
            state = EngineState.decode(state.encode())
            for again in range(oldest if oldest is not None else position + 1, position + 1):
                keep_again(plant.program, state, journal[again], again)
    decisions.finish(state)
    return list(decisions.lines())


@pytest.mark.parametrize("limit", ["once", "twice", "held", "rise", "still", "mean", "sum"])
def test_a_state_that_comes_behind_the_reading_of_its_time_takes_it_over(plant, limit):
    """Value first and state a block later, or a minute late: decided as if they had come in one scan."""
    given = rows(
        [74.0, 71.0, 71.0, 74.0, 74.0, 76.0, 76.1, 70.0, 74.0],
        [1, 1, 0, 0, 1, 1, 1, 0, 0],
        t=[74.0, 74.1, 74.0, 74.1, 74.1, 74.1, 74.1, 74.2, 74.0],
    )
    whole = [line for line in live(plant, [(given, ())]) if line["limit"] == limit]
    backwards = sorted(given, key=lambda row: (row[1], row[0] == "valve"))
    apart = [([row], ()) for row in backwards]
    assert [line for line in live(plant, apart, restart=True) if line["limit"] == limit] == whole
    late = sorted(given[1:], key=lambda row: row[1] + 60 * (row[0] == "valve"))
    assert [
        line for line in live(plant, [([row], ()) for row in (given[0], *late)]) if line["limit"] == limit
    ] == whole


STATES = st.lists(st.integers(0, 1), min_size=3, max_size=25)


@settings(max_examples=30, deadline=None)
@given(codes=STATES, draw=st.randoms(use_true_random=False))
@example(codes=[1, 0, 1], draw=random.Random(1))
def test_every_reading_is_judged_by_the_state_of_its_time(plant, codes, draw):
    """Each scan by itself says what holds from it to the next: told in one file, or shuffled and stored in between."""
    u = [draw.choice([70.0, 74.0]) for _ in codes]
    given = rows(u, codes)
    expected = []
    for n, (value, code) in enumerate(zip(u, codes, strict=True)):
        verdict = "suspended" if not code else "ok" if value >= 72 else "deviation"
        if not expected or expected[-1][0] != verdict:
            expected.append((verdict, n * 10))
    found = [(verdict, begins) for verdict, begins, _ in told(plant, given, "once")]
    assert found == expected
    mixed = sorted(given[1:], key=lambda row: row[1] + draw.random() * 100)
    parts = [([row], ()) for row in (given[0], *mixed)]
    assert live(plant, parts, restart=True) == live(plant, [(given, ())])


def test_a_value_that_comes_behind_the_end_of_its_span_is_told(plant):
    """The valve is known to be turned when the last value before that comes: the worst of the span is that value."""
    given = rows([74.0, 74.0, 73.0, 74.0], [1, 1, 1, 0])
    late = [*(row for row in given if row[:2] != ("u", 20)), ("u", 20, 73.0)]
    ordered = [row for row in late if row[:2] != ("u", 30)] + [("u", 30, 74.0)]
    assert live(plant, [([row], ()) for row in ordered]) == live(plant, [(given, ())])


BATCHES = """
reorder: 5 min
line: {state: {from: phase, codes: {"1": idle, "2": hold}}, judged_when: hold, batch: {from: batch}}
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  batch: {unit: text, every: on change}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 150]}
ccps:
  - id: C
    critical:
      - {id: a, kind: dwell, of: t, at_least: 121.0 degC, for: 30 s}
      - {id: f0, kind: lethality, of: t, reference: 121.0 degC, z: 10 K, at_least: 0.5 min}
"""


def test_a_reading_at_the_turn_of_two_batches_begins_the_second(bench):
    """40 s hot in the first, and from its first reading on 20 s in the second; none of them counts twice."""
    make = bench(BATCHES)
    given = [
        (name, at, value)
        for at in range(0, 71, 10)
        for name, value in (("phase", 2.0 if at >= 10 else 1.0), ("t", 121.0))
    ]
    states = [State(START + at * SECOND, "L", "batch", text) for at, text in ((0, "A"), (50, "B"))]
    rows_of = [span[:3] for span in make.spans(given, until=70, limit="a", states=states)]
    assert rows_of == [("suspended", 0, 10), ("ok", 10, 50), ("starting", 50, None)]
    (limit,) = [each for each in make.program.limits if each.limit == "f0"]
    points = make.decisions(given, until=70, states=states).timeline(limit)
    credited = [point.integral.low for point in points if point.integral is not None]
    assert credited == pytest.approx([40 / 60, 20 / 60], abs=1e-3)
    apart = [
        ([], states[:1]),
        *(([row], ()) for row in given[:12]),
        ([], states[1:]),
        *(([row], ()) for row in given[12:]),
    ]
    assert live(make, apart, restart=True) == live(make, [(given, states)])
