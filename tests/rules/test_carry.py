"""A plan that replaces another: the same readings give the same timeline over the switch, in whatever way they came."""

from __future__ import annotations

import random

import numpy as np
import pytest

from readings.block import Block
from readings.inputs import Series
from readings.times import ALWAYS, SECOND, format_time
from rules.carry import beside, carry, end_at
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.memory import EngineState, keep_again
from rules.plan_check import load_plan
from rules.program import Program
from rules.same_terms import same_terms

START = 1_700_000_000 * SECOND
OLD_TEXT = """
plan: L
name: x
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
reorder: 10 min
line: {state: {from: st, codes: {0: stopped, 1: running}}, judged_when: running, settle: 30 s}
sensors:
  st: {unit: code, every: 10 s, silent_after: 2 min}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  probe: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 40 s}}
  pair: {points: 2 points, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  defrost: {unit: bool, every: 10 s, silent_after: 60 s}
ccps:
  - id: C
    critical:
      - {id: plain, kind: threshold, of: air, at_most: 5.0 degC}
      - {id: hold, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 45 s}
      - {id: clear, kind: threshold, of: air, at_most: 5.0 degC, clears: {at_most: 4.0 degC, for: 25 s}}
      - {id: still, kind: threshold, of: probe, at_most: 5.0 degC, confirm: 2 readings, during: [running, stopped]}
      - {id: dwell, kind: dwell, of: probe, at_most: 6.0 degC, for: 40 s}
      - {id: points, kind: band, of: pair, at_least: 1.0 degC, at_most: 6.0 degC, for_more_than: 15 s}
      - id: spared
        kind: threshold
        of: pair
        at_most: 5.0 degC
        combine: 1 of 2
        except: [{while: defrost, at_most: 7.0 degC, for_at_most: 60 s, recovers_within: 20 s}]
    operating:
      - {id: spread, kind: spread, of: pair, at_most: 1.0 K, mean_over: 30 s}
      - {id: warm, kind: degree_minutes, of: air, above: 3.0 degC, at_most: 2 K.min, window: 2 min}
      - {id: level, kind: degree_minutes, of: air, above: 3.0 degC, at_most: 2 K.min, window: 2 min}
      - {id: pace, kind: rate, of: air, at_most: 8 K/min}
      - {id: trend, kind: ewma, of: air, target: 4.0 degC, sigma: 0.5 K, lambda: 0.2, width: 3}
    silence: {case: {after: 90 s, as: monitoring_loss}}
"""
CHANGES = (
    ("hold, kind: threshold, of: air, at_most: 5.0", "hold, kind: threshold, of: air, at_most: 4.0"),
    ("clears: {at_most: 4.0 degC, for: 25 s}", "clears: {at_most: 3.0 degC, for: 35 s}"),
    ("spread, of: pair, at_most: 1.0", "spread, of: pair, at_most: 1.5"),
    (
        "id: warm, kind: degree_minutes, of: air, above: 3.0 degC, at_most: 2 ",
        "id: warm, kind: degree_minutes, of: air, above: 3.0 degC, at_most: 1 ",
    ),
    (
        "id: level, kind: degree_minutes, of: air, above: 3.0",
        "id: level, kind: degree_minutes, of: air, above: 2.5",
    ),
    ("pace, kind: rate, of: air, at_most: 8", "pace, kind: rate, of: air, at_most: 7"),
    ("width: 3", "width: 2.5"),
    ("id: points, kind: band, of: pair, at_least: 1.0", "id: other, kind: band, of: pair, at_least: 2.0"),
    ("combine: 1 of 2", "combine: any"),
    ("after: 90 s", "after: 60 s"),
)
NEW_TEXT = OLD_TEXT
for _before, _after in CHANGES:
    assert _before in NEW_TEXT
    NEW_TEXT = NEW_TEXT.replace(_before, _after)
OLD, NEW = compile_plan(load_plan(OLD_TEXT, "old.yaml")), compile_plan(load_plan(NEW_TEXT, "new.yaml"))
SERIES = (
    Series("L", "st"),
    Series("L", "defrost"),
    Series("L", "air"),
    Series("L", "probe"),
    Series("L", "pair", "1"),
    Series("L", "pair", "2"),
)
Row = tuple[int, int, float]


def make_rows(chance: random.Random, size: int) -> list[Row]:
    """(series, time, value) around the limits, with gaps, in order of time."""
    rows = []
    for series in range(len(SERIES)):
        value = 4.0 if series > 1 else float(series == 0)
        gap = chance.randrange(size)
        for number in range(size):
            if series > 1:
                value = max(0.0, min(9.0, value + chance.choice([-1.5, 0, 0, 0, 1.5])))
            elif chance.random() < 0.1:
                value = 1 - value
            if not gap <= number < gap + 7 and chance.random() > 0.1:
                rows.append((series, START + (number * 10 + chance.randrange(3)) * SECOND, value))
    return sorted(rows, key=lambda row: (row[1], row[0]))


def make_block(rows: list[Row]) -> Block:
    size = len(rows)
    return Block(
        series=SERIES,
        which=np.array([row[0] for row in rows], np.int32),
        time=np.array([row[1] for row in rows], np.int64),
        value=np.array([row[2] for row in rows], np.float64),
        raw=np.full(size, np.nan),
        quality=np.zeros(size, np.uint8),
        reason=np.zeros(size, np.uint8),
        received=np.zeros(size, np.int64),
        seq=np.full(size, -1, np.int64),
    )


def restarted(program: Program, state: EngineState, journal: list[Block]) -> EngineState:
    """The memory stored, read again, and given the readings of the journal that it keeps."""
    oldest, before = state.oldest_kept, state.before
    state = EngineState.decode(state.encode())
    if before is not None:
        state.before = beside(before.program, EngineState.decode(before.state.encode()), program)
    for position in range(oldest if oldest is not None else len(journal), len(journal)):
        keep_again(program, state, journal[position], position)
    return state


def judged(parts: list[list[Row]], at: int, *, complete: bool = False, restart: bool = False):
    """(decisions, events) of these parts under OLD, and from `at` on under NEW."""
    program, state, decisions, journal = OLD, begin(OLD, complete=complete), Decisions(OLD), []
    for position, rows in enumerate(parts):
        until = max(row[1] for row in rows)
        if program is OLD and until >= at:
            for early in ([row for row in rows if row[1] < at], [row for row in rows if row[1] == at]):
                state, changes = step(OLD, state, make_block(early if complete else []), ALWAYS)
                decisions.take(changes)
                end_at(state, at)
            program, state = NEW, carry(OLD, state, NEW, at)
            decisions.follow(NEW)
        mine = [row for row in rows if row[1] >= at or not complete or program is OLD]
        journal.append(make_block(mine))
        state, changes = step(program, state, journal[-1], until, position=position)
        decisions.take(changes)
        if restart and position % 7 == 3:
            state = restarted(program, state, journal)
    decisions.finish(state)
    events = sorted((event.kind, event.start, event.end, event.decided) for event in decisions.events())
    return [repr(line) for line in decisions.lines()], events


def shuffled(chance: random.Random, rows: list[Row]) -> list[list[Row]]:
    """In parts, late by up to five minutes; the first stays first, for judging begins with it."""
    keyed = sorted((row[1] + chance.random() * 300 * SECOND, row) for row in rows[1:])
    parts: list[list[Row]] = [[rows[0]]]
    for _, row in keyed:
        if chance.random() < 0.4:
            parts.append([])
        parts[-1].append(row)
    return parts


@pytest.mark.parametrize("seed", range(4))
def test_over_a_switch_order_blocks_and_restarts_do_not_matter(seed):
    """Whole and in order, one by one, late and restarted: one effective timeline, one set of events."""
    chance = random.Random(seed)
    rows = make_rows(chance, 40)
    at = rows[len(rows) // 2][1] + chance.choice([0, 1])
    expected = judged([rows], at, complete=True)
    assert judged([[row] for row in rows], at, restart=True) == expected
    assert judged(shuffled(chance, rows), at, restart=True) == expected
    assert {format_time(at)} <= {line.partition("'from': '")[2].partition("'")[0] for line in expected[0]}


@pytest.mark.parametrize("seed", range(4))
def test_what_is_read_in_the_scan_of_the_switch_is_judged_by_what_begins(seed):
    """All of it read at once, every ten seconds, and the switch at one of these: the same, however it comes."""
    chance = random.Random(100 + seed)
    scans = {(row[0], row[1] - (row[1] - START) % (10 * SECOND), row[2]) for row in make_rows(chance, 40)}
    rows = sorted((row for row in scans), key=lambda row: (row[1], row[0], row[2]))
    at = rows[len(rows) // 2][1]
    expected = judged([rows], at, complete=True)
    assert judged([[row] for row in rows], at, restart=True) == expected
    assert judged(shuffled(chance, rows), at, restart=True) == expected


def test_only_what_changes_a_limit_begins_anew():
    """Names, bases and the patience for a case change nothing; a bound, a hold, a sensor's silence and a state do."""

    def same(before: str, after: str, limit: str = "plain") -> bool:
        assert before in OLD_TEXT
        new = compile_plan(load_plan(OLD_TEXT.replace(before, after), "new.yaml"))
        number = [each.limit for each in OLD.limits].index(limit)
        return same_terms(OLD, number, new, [each.limit for each in new.limits].index(limit))

    assert same("id: plain,", "id: plain, basis: report 7, name: Air,")
    assert same("after: 90 s", "after: 60 s")
    assert same("sensors:\n", "sensors:\n  more: {unit: degC, every: 10 s}\n")
    assert not same(
        "plain, kind: threshold, of: air, at_most: 5.0", "plain, kind: threshold, of: air, at_most: 5.1"
    )
    assert not same("for_more_than: 45 s", "for_more_than: 46 s", "hold")
    assert not same(
        "air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}",
        "air: {unit: degC, every: 10 s}",
    )
    assert not same("settle: 30 s", "settle: 20 s")
    assert not same("for_at_most: 60 s", "for_at_most: 50 s", "spared")


def test_each_span_names_the_plan_in_force_where_it_begins():
    """No span reaches across the switch, and what a limit is judged by is said on either side."""
    rows = [(2, START + second * SECOND, 4.0) for second in range(0, 200, 10)]
    at = START + 95 * SECOND
    lines, _ = judged([[row] for row in rows], at)
    of_plain = [line for line in lines if "'limit': 'plain'" in line]
    assert [OLD.hash in line for line in of_plain] == [True, False]
    assert [NEW.hash in line for line in of_plain] == [False, True]
