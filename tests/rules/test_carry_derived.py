"""A plan that takes over between two readings: what lies between them is judged by one of the versions, never by none."""

from __future__ import annotations

import pytest

from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.times import ALWAYS, MINUTE
from rules.carry import carry, end_at
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.plan_check import load_plan

START = 28_333_320 * MINUTE  # a whole hour, so that windows begin with it
PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
reorder: 10 min
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min, range: [-50, 60]}
  pair: {points: 2 points, unit: degC, resolution: 0.1, every: 30 s, silent_after: 5 min}
ccps:
  - {id: C, critical: [{id: a, kind: threshold, of: air, at_most: 50.0 degC}], operating: [{id: b, %s}]}
"""
WARM = "kind: degree_minutes, of: air, above: %s degC, at_most: %s K.min, window: 60 min"
Row = tuple[str, float, float]


def blocks_of(rows: list[Row]) -> list[Block]:
    """One for each reading: (sensor/point, minutes, value)."""
    found = []
    for name, minutes, value in rows:
        builder, time = BlockBuilder(), START + int(minutes * MINUTE)
        builder.reading(Series("L", *name.split("/")), time=time, value=value, received=time)
        found.append(builder.build(time))
    return found


def judged(old: str, new: str, at: float, rows: list[Row], *, way: str) -> list[tuple[str, float]]:
    """(verdict, from in minutes) of limit `b` where the second plan takes over at a time."""
    first, second = (compile_plan(load_plan(PLAN % text, "plan.yaml")) for text in (old, new))
    switch = START + int(at * MINUTE)
    decisions, complete = Decisions(first), way == "complete"
    program, state = first, begin(first, complete=complete)
    rows = sorted(rows, key=lambda row: row[1])
    late = [rows.pop(next(n for n, row in enumerate(rows) if row[1] == at - 0.5))] if way == "late" else []
    for position, block in enumerate(blocks_of(rows + late)):
        time = int(block.time[0])
        if program is first and time >= switch:
            if complete:
                end_at(state, switch)
                same = [each for each in blocks_of(rows) if each.time[0] == switch]
                for each in same:
                    state, changes = step(first, state, each, ALWAYS)
                    decisions.take(changes)
            program, state = second, carry(first, state, second, switch)
            decisions.follow(second)
        state, changes = step(program, state, block, time, position=position)
        decisions.take(changes)
    decisions.finish(state)
    limit = next(each for each in decisions.judged() if each.limit == "b")
    return [(str(each.verdict), (each.start - START) / MINUTE) for each in decisions.timeline(limit)]


def minutes(last: int, value: float = 10.0) -> list[Row]:
    return [("air", minute, value) for minute in range(last + 1)]


WAYS = pytest.mark.parametrize("way", ["complete", "live"])


@WAYS
def test_a_window_goes_on_where_only_its_bound_is_changed(way):
    """10 K above the level: 50 K.min at minute 5, 60 at 6, which the bound of 60 still allows, 70 at 7."""
    found = judged(WARM % ("0.0", "100"), WARM % ("0.0", "60"), 5.5, minutes(9), way=way)
    assert found == [("ok", 0), ("ok", 5.5), ("operating", 7)]


@WAYS
def test_what_is_too_much_by_the_new_bound_is_so_from_the_switch_on(way):
    """50 K.min stood in the window at the last reading before it, and 40 is what holds now."""
    found = judged(WARM % ("0.0", "100"), WARM % ("0.0", "40"), 5.5, minutes(9), way=way)
    assert found == [("ok", 0), ("operating", 5.5)]


@WAYS
def test_what_lies_between_the_last_and_the_first_reading_counts_by_another_level(way):
    """5 K above the new level since the reading of minute 5: 5 K.min at 6, 20 at 9, 25 at 10; 20 are allowed."""
    found = judged(WARM % ("0.0", "100"), WARM % ("5.0", "20"), 5.5, minutes(12), way=way)
    assert found == [("ok", 0), ("indeterminate", 5.5), ("ok", 6), ("operating", 10)]


@WAYS
def test_so_does_what_ends_with_a_reading_at_the_very_switch(way):
    """The switch is at the reading of minute 5: since that of minute 4 it is 5 K.min at 5, 20 at 8 and 25 at 9."""
    found = judged(WARM % ("0.0", "100"), WARM % ("5.0", "20"), 5, minutes(12), way=way)
    assert found == [("ok", 0), ("ok", 5), ("operating", 9)]


def test_a_reading_that_comes_late_from_before_the_switch_is_the_last_before_it():
    """20.0 at minute 5, said behind the switch at 5.5: 15 K above, the farther counts: 15 at 6, 20 at 7, 25 at 8."""
    rows = [row for row in minutes(12) if row[1] != 5] + [("air", 5.0, 20.0)]
    found = judged(WARM % ("0.0", "200"), WARM % ("5.0", "20"), 5.5, rows, way="late")
    assert found == [("ok", 0), ("indeterminate", 5.5), ("ok", 6), ("operating", 8)]


@WAYS
def test_a_rise_over_the_switch_is_a_rate_by_what_holds_now(way):
    """From 0.0 at minute 5 to 7.5 at minute 6 is 7.5 K/min: more than the 7 that hold since 5.5."""
    rows = [*minutes(5, 0.0), ("air", 6.0, 7.5), ("air", 7.0, 7.5)]
    rate = "kind: rate, of: air, at_most: %s K/min"
    found = judged(rate % 8, rate % 7, 5.5, rows, way=way)
    assert found == [("indeterminate", 0), ("ok", 1), ("ok", 5.5), ("operating", 6), ("ok", 7)]


@WAYS
def test_a_window_of_time_over_the_switch_is_judged_whole_by_what_holds_now(way):
    """Points lie 2 K apart to minute 5, not at all from 5.5 on: 1.5 K in the mean of minutes 4 to 6, 0.5 are allowed."""
    rows = []
    for half in range(20):
        rows += [("pair/1", half / 2, 2.0 if half < 11 else 0.0), ("pair/2", half / 2, 0.0)]
    spread = "kind: spread, of: pair, at_most: %s K, mean_over: 2 min"
    found = judged(spread % "3.0", spread % "0.5", 5.5, rows, way=way)
    assert found == [("indeterminate", 0), ("ok", 2), ("operating", 5.5), ("ok", 8)]
    found = judged(spread % "3.0", spread % "2.0", 5.5, rows, way=way)
    assert found == [("indeterminate", 0), ("ok", 2), ("ok", 5.5)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "kind: mean_kinetic_temperature, of: air, at_most: 20.0 degC, window: 60 min",
            "kind: mean_kinetic_temperature, of: air, at_most: 19.0 degC, window: 60 min",
        ),
        (
            "kind: ewma, of: air, target: 10.0 degC, sigma: 0.5 K, lambda: 0.2, width: 3",
            "kind: ewma, of: air, target: 10.0 degC, sigma: 0.5 K, lambda: 0.2, width: 2.5",
        ),
    ],
)
def test_what_was_remembered_goes_on_where_nothing_but_the_bound_differs(old, new):
    """There is a value from the switch on, and none is waited for."""
    assert judged(old, new, 5.5, minutes(9), way="live")[-1] == ("ok", 5.5)
