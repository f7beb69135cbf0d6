"""Stuck instruments: a number that never moves is no evidence, and the fault is the instrument's."""

from __future__ import annotations

import pytest

from readings.inputs import State
from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError
from rules.memory import EngineState

START = 1_700_000_000 * SECOND
SENSOR = "air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}"
PLAN = f"""
sensors: {{{SENSOR}}}
ccps:
  - id: C
    critical: [{{id: a, kind: threshold, of: air, at_most: 5.0 degC}}]
    silence: {{case: {{after: 2 min}}}}
"""
STATES = f"""
line: {{state: {{from: mode, codes: {{running: running, cip: cip}}}}, judged_when: running}}
sensors: {{{SENSOR}, mode: {{unit: text, every: on change, alive_every: 1 h}}}}
ccps: [{{id: C, critical: [{{id: a, kind: threshold, of: air, at_most: 5.0 degC}}]}}]
"""


def every(values, start=0):
    """A reading each 10 s, with the value as raw number."""
    return [("air", start + at * 10, value) for at, value in enumerate(values)]


def moving(start, end):
    """Readings that move a little."""
    return [("air", at, 3.0 + at // 10 % 2 / 10) for at in range(start, end, 10)]


def events(bench, blocks, states=()):
    """What became of the events, block by block: (what, kind, from, to, decided) in seconds."""
    state, told = begin(bench.program), []
    for number, rows in enumerate(blocks):
        until = max(at for _, at, *_ in rows)
        block = bench.block(rows, states if number == 0 else ())
        state, changes = step(bench.program, state, block, START + until * SECOND, position=number)
        state = _restored(state, bench, blocks, number, states)
        told += [
            (
                change.what,
                str(change.event.kind),
                (change.event.start - START) // SECOND,
                None if change.event.end > START * 2 else (change.event.end - START) // SECOND,
                (change.event.decided - START) // SECOND,
            )
            for each in changes
            for change in each.events
        ]
    return told


def _restored(state, bench, blocks, number, states):
    """The state, stored and read again: what a restart has."""
    from rules.memory import keep_again

    oldest = state.oldest_kept
    again = EngineState.decode(state.encode())
    for position in range(oldest, number + 1) if oldest is not None else ():
        keep_again(
            bench.program,
            again,
            bench.block(blocks[position], states if position == 0 else ()),
            position,
        )
    return again


def test_a_number_that_stands_still_is_no_evidence_from_the_last_one_that_moved(bench):
    """Still from 30 s on, known a minute later; the span begins at the last moving reading and ends at the next one."""
    rows = [*moving(0, 30), *every([2.5] * 8, 30), ("air", 110, 3.0)]
    assert bench(PLAN).spans(rows, until=110) == [
        ("ok", 0, 30, 0),
        ("indeterminate", 30, 110, 90),
        ("ok", 110, None, 110),
    ]


def test_shorter_than_that_is_evidence(bench):
    """Still for 50 s of 60: nothing is wrong yet."""
    assert bench(PLAN).spans([*every([2.5] * 6), *moving(60, 100)], until=90) == [("ok", 0, None, 0)]


def test_the_raw_number_is_judged_not_the_displayed_one(bench):
    """A steady 2.5 degC whose counts move is alive; where nothing is known of counts the value counts in full."""
    counts = [("air", at, 2.5, 1000 + at // 10 % 2) for at in range(0, 200, 10)]
    assert bench(PLAN).spans(counts, until=190) == [("ok", 0, None, 0)]
    finer = [("air", at, 2.5 + at % 20 / 1000) for at in range(0, 200, 10)]
    assert bench(PLAN).spans(finer, until=190) == [("ok", 0, None, 0)]
    still = [("air", at, 2.5, 1000) for at in range(0, 200, 10)]
    assert bench(PLAN).spans(still, until=190) == [("indeterminate", 0, None, 60)]


def test_two_numbers_at_once_do_not_stand_still(bench):
    """A conflict is a doubt of its own kind; the worse of both is judged."""
    rows = [*every([2.5] * 4), ("air", 40, 2.5), ("air", 40, 2.6), *every([2.5] * 4, 50)]
    assert bench(PLAN).spans(rows, until=80) == [("ok", 0, None, 0)]


def test_a_silence_stays_a_silence(bench):
    """No reading is not a number that stands still: a monitoring loss; 20 s were seen before it and 20 s behind it."""
    rows = [*moving(0, 30), *every([2.5] * 3, 30), *every([2.5] * 3, 200)]
    assert bench(PLAN).spans(rows, until=220) == [
        ("ok", 0, 50, 0),
        ("indeterminate", 50, 200, 85),
        ("ok", 200, None, 200),
    ]
    assert [event[:3] for event in events(bench(PLAN), [rows])] == [
        ("opened", "monitoring_loss", 50),
        ("returned", "monitoring_loss", 50),
    ]


def test_it_is_one_instrument_fault_and_no_monitoring_loss(bench):
    """Opened when it can be known, however long it lasts and however silent it becomes meanwhile; returned by a move."""
    blocks = [[row] for row in [*moving(0, 30), *every([2.5] * 20, 30)]]
    blocks += [[("air", 600, 2.9)], [("air", 610, 3.0)]]
    assert events(bench(PLAN), blocks) == [
        ("opened", "instrument_fault", 30, None, 90),
        ("returned", "instrument_fault", 30, 600, 90),
    ]


def test_stuck_beyond_the_limit_is_a_fault_not_a_deviation(bench):
    """Whether the limit holds cannot be known: what was called a deviation is withdrawn in the step that knows it."""
    blocks = [[row] for row in [*moving(0, 30), *every([9.5] * 8, 30)]]
    assert events(bench(PLAN), blocks) == [
        ("opened", "deviation", 30, None, 30),
        ("opened", "instrument_fault", 30, None, 90),
        ("withdrawn", "deviation", 30, None, 30),
    ]


def test_a_deviation_that_began_before_goes_on(bench):
    """Beyond and moving, then stuck: the deviation is not known to have ended."""
    rows = [("air", 0, 3.0), ("air", 10, 8.0), *every([9.5] * 8, 20), ("air", 100, 3.0)]
    assert [
        (what, kind, start) for what, kind, start, *_ in events(bench(PLAN), [[row] for row in rows])
    ] == [
        ("opened", "deviation", 10),
        ("opened", "instrument_fault", 20),
        ("returned", "deviation", 10),
        ("returned", "instrument_fault", 20),
    ]


def test_late_readings_that_show_a_move_revise_it(bench):
    """The logger brings what lay between: nothing was stuck, and the fault is withdrawn."""
    still = [("air", at, 2.5) for at in range(0, 100, 30)]
    late = [("air", 45, 2.7)]
    assert [event[:2] for event in events(bench(PLAN), [still, late])] == [
        ("opened", "instrument_fault"),
        ("withdrawn", "instrument_fault"),
    ]


def said(at, text):
    return State(START + at * SECOND, "L", "mode", text)


def test_a_line_that_stands_still_has_no_stuck_instrument(bench):
    """While the limit is suspended a steady value raises nothing, and afterwards the clock begins with the line."""
    states = [said(0, "running"), said(25, "cip"), said(305, "running")]
    rows = [*moving(0, 30), *every([2.5] * 33, 30), *moving(360, 400)]
    assert bench(STATES).spans(rows, until=390, states=states) == [
        ("ok", 0, 25, 0),
        ("suspended", 25, 305, 25),
        ("ok", 305, None, 305),
    ]
    rows = [*moving(0, 30), *every([2.5] * 40, 30)]
    assert bench(STATES).spans(rows, until=420, states=states)[2:] == [
        ("ok", 305, 310, 305),
        ("indeterminate", 310, None, 370),
    ]


def test_a_line_state_heard_late_revises_it(bench):
    """Readings first, then the word that the line had stopped: what was called stuck is taken back."""
    make = bench(STATES)
    rows = [*moving(0, 30), *every([2.5] * 12, 30)]
    state, decisions = begin(make.program), Decisions(make.program)
    for block in (make.block(rows, [said(0, "running")]), make.block([], [said(25, "cip")])):
        state, changes = step(make.program, state, block, START + 140 * SECOND)
        decisions.take(changes)
    assert decisions.events() == []


def test_one_stuck_point_of_several_is_missed_and_another_beyond_still_counts(bench):
    """The limit must hold at every point: a stuck one cannot show it, one beyond shows that it does not."""
    make = bench(PLAN.replace("air: {", "air: {points: 2, "))
    rows = [*moving(0, 130), *(("air/2", at, 9.0 if at == 100 else 2.5) for at in range(0, 130, 10))]
    rows = sorted(rows, key=lambda row: row[1])
    swapped = [(name.replace("air/2", "x"), *rest) for name, *rest in rows]
    swapped = [("air/2" if name == "air" else "air", *rest) for name, *rest in swapped]
    for given in (rows, swapped):
        assert [span[:3] for span in make.spans(given, until=120)] == [
            ("indeterminate", 0, 100),
            ("deviation", 100, 110),
            ("ok", 110, None),
        ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("unchanged_for: 60 s", "unchanged_for: 15 s", "two of the same number say nothing"),
        ("every: 10 s", "every: on change", "say how often it is alive"),
        ("unit: degC", "unit: bool", "may well stand still"),
        ("unchanged_for", "unchanged", "unknown key unchanged; did you mean unchanged_for?"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(bench, old, new, message):
    """Too short to tell, without a rhythm, or of something that stands still by nature."""
    with pytest.raises(PlanError, match=message.replace("?", r"\?")):
        bench(PLAN.replace(old, new, 1))
