"""Bridges and values by hand are the same in whatever order, blocks and restarts readings come."""

from __future__ import annotations

import random

import pytest

from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.memory import EngineState, keep_again

PLAN = """
reorder: 10 min
line: {unit: zone, zones: [Z], state: {from: st, codes: {0: stopped, 1: running}}, judged_when: running, settle: 30 s}
sensors:
  st: {unit: code, every: 10 s, silent_after: 2 min}
  air: {zones: {Z: 1 point}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, slew_at_most: 1 K/min}
  door: {zones: [Z], unit: bool, every: 10 s, silent_after: 60 s}
  two: {zones: {Z: 2 points}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}
  slow:
    zones: {Z: 1 point}
    unit: degC
    resolution: 0.1
    every: 10 s
    silent_after: 35 s
    slew_at_most: 2 K/min
    stuck: {unchanged_for: 40 s}
by_hand:
  hand: {unit: degC, resolution: 0.5, zones: [Z], every: 100 s}
  start: {unit: degC, zones: [Z], per: batch, before: running}
  rest: {unit: degC, zones: [Z], per: batch, during: stopped, within: 40 s}
ccps:
  - id: C
    critical:
      - {id: plain, kind: threshold, of: air, at_most: 6.0 degC}
      - {id: still, kind: band, of: slow, at_least: 0.5 degC, at_most: 6.5 degC, for_more_than: 15 s}
      - id: clear
        kind: threshold
        of: air
        at_most: 6.0 degC
        confirm: 2 readings
        clears: {at_most: 5.0 degC, for: 25 s}
        except: [{while: door, at_most: 7.0 degC, for_at_most: 60 s, recovers_within: 20 s}]
      - {id: stopped, kind: threshold, of: slow, at_most: 6.0 degC, during: stopped, after: 10 s}
    silence: {bridge: {up_to: 100 s}, case: {after: 100 s}}
  - id: D
    critical:
      - {id: others, kind: band, of: two, at_least: 0.5 degC, at_most: 6.5 degC}
      - {id: hold, kind: threshold, of: two, at_most: 7.0 degC, for_more_than: 15 s}
      - {id: any, kind: threshold, of: two, at_most: 4.0 degC, combine: any}
      - {id: spared, kind: threshold, of: two, at_most: 6.5 degC, combine: 1 of 2, clears: {at_most: 5.0 degC}}
    silence: {bridge: {up_to: 80 s, if: others good}, case: {after: 90 s}}
  - id: E
    critical:
      - {id: instead, kind: threshold, of: air, at_most: 3.0 degC}
      - id: instead-clear
        kind: threshold
        of: air
        at_most: 3.0 degC
        confirm: 2 readings
        clears: {at_most: 2.5 degC, for: 25 s}
      - {id: instead-two, kind: threshold, of: two, at_most: 4.0 degC, for_more_than: 15 s}
      - {id: instead-run, kind: threshold, of: slow, at_most: 3.5 degC, during: running}
      - {id: check, kind: threshold, of: hand, at_most: 4.0 degC}
      - {id: start, kind: by_hand, of: start, at_most: 3.0 degC}
      - {id: rest, kind: by_hand, of: rest, at_most: 3.0 degC}
    silence: {by_hand: {of: hand}, bridge: {up_to: 60 s, for: [air]}, case: {after: 90 s}}
"""
SERIES = ("st", "air/Z.1", "door/Z.1", "two/Z.1", "two/Z.2", "slow/Z.1", "hand/Z.1", "start/Z.1", "rest/Z.1")
BY_HAND = ("hand/Z.1", "start/Z.1", "rest/Z.1")


@pytest.fixture(scope="module")
def plant(make_bench):
    """The line, ready to be judged."""
    return make_bench(PLAN)


def make_rows(chance: random.Random, size: int):
    """Noise below and around the limits, bad readings, two of one time, stillness and gaps; in order of time."""
    rows = []
    for name in SERIES:
        measured = name not in ("st", "door/Z.1")
        value = 3.0 if measured else 1.0
        mine = []
        for number in range(size):
            if measured:
                value = max(0.0, min(9.0, value + chance.choice([-0.5, -0.1, 0, 0, 0, 0.1, 0.5])))
            elif chance.random() < 0.06:
                value = 1 - value
            at = number * 10 + chance.randrange(3)
            if chance.random() < (0.12 if name in BY_HAND else 0.9):
                mine.append((name, at, None if chance.random() < 0.03 else round(value, 1)))
            if measured and chance.random() < (0.01 if name in BY_HAND else 0.03):
                mine.append((name, at, round(value + 1, 1)))
        for _ in range(size // 20):
            start = chance.randrange(size) * 10
            end = start + chance.randrange(3, 13) * 10
            mine = [row for row in mine if not start <= row[1] < end]
        rows += mine
    return sorted(rows, key=lambda row: (row[1], row[0], -1 if row[2] is None else row[2]))


def judged(bench, parts, *, complete=False, restart=False):
    """Every span and event; with `restart` the memory is stored and read again every fifth part."""
    state, decisions, journal, newest = (
        begin(bench.program, complete=complete),
        Decisions(bench.program),
        [],
        0,
    )
    for position, rows in enumerate(parts):
        journal.append(bench.block(rows))
        newest = max(newest, int(journal[-1].time.max()))
        state, changes = step(bench.program, state, journal[-1], newest, position=position)
        decisions.take(changes)
        if restart and position % 5 == 3:
            oldest = state.oldest_kept
            state = EngineState.decode(state.encode())
            for again in range(oldest if oldest is not None else position + 1, position + 1):
                keep_again(bench.program, state, journal[again], again)
    decisions.finish(state)
    events = sorted((event.kind, event.start, event.end, event.decided) for event in decisions.events())
    return list(decisions.lines()), events


def in_parts(chance: random.Random, rows, often: float):
    """Cut into blocks."""
    parts = [[]]
    for row in rows:
        parts[-1].append(row)
        if chance.random() < often:
            parts.append([])
    return [part for part in parts if part]


@pytest.mark.parametrize("seed", [1, 2])
def test_silences_end_the_same_way_live_and_in_replay(plant, seed):
    """Whole, in parts with restarts, late by up to five minutes: the same spans, bridged and by hand among them."""
    chance = random.Random(seed)
    rows = make_rows(chance, 70)
    expected = judged(plant, [rows], complete=True)
    for said in ("bridged", "by hand (hand)"):
        assert any(said in line["reason"] for line in expected[0]), said
    assert judged(plant, in_parts(chance, rows, 0.6), restart=True) == expected
    late = sorted(rows[1:], key=lambda row: row[1] + chance.random() * 300)
    assert judged(plant, in_parts(chance, [rows[0], *late], 0.4), restart=True) == expected


def test_a_bridge_shows_in_revisions_as_it_became_known(plant):
    """Indeterminate at once, ok when the far side is heard: both stay tellable, byte for byte the same again."""
    chance = random.Random(3)
    parts = in_parts(chance, make_rows(chance, 60), 0.3)

    def told():
        state, found = begin(plant.program), []
        for part in parts:
            block = plant.block(part)
            state, changes = step(plant.program, state, block, int(block.time.max()) + 2 * SECOND)
            found += [repr((change.limit.key, change.rewrite, change.events)) for change in changes]
        return found

    assert told() == told()
