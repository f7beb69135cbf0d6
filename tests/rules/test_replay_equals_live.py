"""Promise 4: the same readings give the same timeline, whatever their order, blocks, duplicates or restarts were."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from readings.block import Block
from readings.inputs import Series
from readings.times import ALWAYS, SECOND
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.memory import EngineState, keep_again
from rules.plan_check import load_plan

PLAN = """
plan: L
name: x
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
reorder: 4 min
line:
  {unit: zone, zones: [Z], state: {from: st, codes: {0: stopped, 1: running}}, judged_when: running, settle: 30 s}
sensors:
  st: {unit: code, every: 10 s, silent_after: 45 s}
  air: {zones: {Z: 1 point}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  two: {zones: {Z: 2 points}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  defrost: {zones: [Z], unit: bool, every: 10 s, silent_after: 60 s}
  probe:
    {zones: {Z: 1 point}, unit: degC, resolution: 0.1, range: [-5, 20], every: 10 s, silent_after: 35 s,
     stuck: {unchanged_for: 40 s}}
  o3: {zones: {Z: 1 point}, unit: mg/L, resolution: 0.1, every: 10 s, silent_after: 45 s}
  lamp: {zones: {Z: 1 point}, unit: mW/cm2, resolution: 0.1, every: 10 s, silent_after: 35 s}
  lamp2: {zones: {Z: 1 point}, unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 55 s, stuck: {unchanged_for: 50 s}}
  pair: {zones: {Z: 2 points}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}
ccps:
  - id: C
    critical:
      - {id: plain, kind: threshold, of: air, at_most: 5.0 degC}
      - {id: hold, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 45 s}
      - {id: clear, kind: threshold, of: air, at_most: 5.0 degC, confirm: 2 readings, clears: {at_most: 4.0 degC, for: 25 s}}
      - {id: long-hold, kind: threshold, of: air, at_most: 5.0 degC, confirm: 2 readings, for_more_than: 100 s}
      - {id: stopped-hold, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 45 s, during: stopped, after: 0 s}
      - id: two-confirm
        kind: band
        of: two
        at_least: 1.0 degC
        at_most: 6.0 degC
        for_more_than: 60 s
        confirm: 4 readings
      - {id: confirm, kind: threshold, of: air, at_most: 5.0 degC, confirm: 3 readings, for_more_than: 10 s}
      - id: except
        kind: threshold
        of: air
        at_most: 5.0 degC
        for_more_than: 20 s
        except:
          - while: defrost
            at_most: 7.0 degC
            for_at_most: 60 s
            at_most_times: 2 per 5 min
            recovers_within: 20 s
      - {id: points, kind: band, of: two, at_least: 1.0 degC, at_most: 6.0 degC, for_more_than: 15 s}
      - id: points-clear
        kind: band
        of: two
        at_least: 1.0 degC
        at_most: 6.0 degC
        confirm: 2 readings
        clears: {at_most: 5.0 degC, at_least: 2.0 degC, for: 20 s}
    silence: {case: {after: 90 s, as: monitoring_loss}}
  - id: D
    instruments:
      - {id: agree, kind: agreement, of: air, with: probe, mean_over: 40 s, within: 1.5 K, not_above: 0.5 K}
      - id: agree-hold
        kind: agreement
        of: air
        with: probe
        mean_over: 30 s
        within: 2.0 K
        during: [running, stopped]
        after: 15 s
        for_more_than: 60 s
    operating:
      - {id: spread, kind: spread, of: pair, at_most: 1.0 K, mean_over: 30 s, during: running, confirm: 2 readings}
    critical:
      - {id: still, kind: threshold, of: probe, at_most: 5.0 degC}
      - {id: still-hold, kind: threshold, of: probe, at_most: 5.0 degC, for_more_than: 45 s}
      - id: still-clear
        kind: threshold
        of: probe
        at_most: 5.0 degC
        confirm: 3 readings
        clears: {at_most: 4.0 degC, for: 25 s}
        except: [{while: defrost, at_most: 7.0 degC, for_at_most: 60 s, recovers_within: 20 s}]
      - {id: pair, kind: band, of: pair, at_least: 1.0 degC, at_most: 6.0 degC, during: [running, stopped]}
      - {id: pair-spared, kind: band, of: pair, at_least: 1.0 degC, at_most: 6.0 degC, combine: 1 of 2}
      - {id: pair-any, kind: threshold, of: pair, at_most: 4.0 degC, combine: any, for_more_than: 25 s}
      - id: spared-clear
        kind: threshold
        of: pair
        at_most: 5.0 degC
        combine: 1 of 2
        confirm: 2 readings
        clears: {at_most: 4.0 degC, for: 45 s}
        except: [{while: defrost, at_most: 7.0 degC, for_at_most: 60 s, recovers_within: 20 s}]
      - id: contact
        kind: contact_time
        of: o3
        flow: lamp2
        volume: 60 L
        baffling: {factor: 0.9, basis: none}
        judged_every: 20 s
        at_least: 2.0 mg.min/L
        during: running
      - id: dose
        kind: uv_dose
        of: lamp
        flow: lamp2
        setpoint: {intensity_at_least: 2.0 mW/cm2, flow_at_most: 6.0 m3/h}
        delivers: 40 mJ/cm2
        for_more_than: 15 s
      - {id: still-stopped, kind: threshold, of: probe, at_most: 5.0 degC, during: stopped, after: 15 s}
      - {id: dwell, kind: dwell, of: two, at_most: 5.0 degC, for: 60 s, made_good_by: a longer hold, during: running}
      - {id: dwell-once, kind: dwell, of: pair, at_most: 6.0 degC, for: 50 s, combine: 1 of 2, during: [running, stopped]}
      - {id: dwell-stuck, kind: dwell, of: probe, at_most: 6.0 degC, for: 40 s, combine: any, during: stopped}
      - {id: short, kind: phase_duration, of: st, during: stopped, at_most: 70 s}
      - {id: long, kind: phase_duration, of: st, during: running, at_least: 90 s}
      - {id: f, kind: lethality, of: probe, reference: 4.0 degC, z: 10 K, at_least: 1.0 min, during: running}
      - id: pair-hold
        kind: band
        of: pair
        at_least: 1.0 degC
        at_most: 6.0 degC
        for_more_than: 35 s
        confirm: 2 readings
"""
PROGRAM = compile_plan(load_plan(PLAN, "plan.yaml"))
UNGATED = compile_plan(load_plan(PLAN.replace("judged_when: running, settle: 30 s", ""), "plan.yaml"))
SERIES = (
    Series("L", "air", "Z.1"),
    Series("L", "two", "Z.1"),
    Series("L", "two", "Z.2"),
    Series("L", "defrost", "Z.1"),
    Series("L", "st"),
    Series("L", "probe", "Z.1"),
    Series("L", "pair", "Z.1"),
    Series("L", "pair", "Z.2"),
    Series("L", "lamp", "Z.1"),
    Series("L", "lamp2", "Z.1"),
    Series("L", "o3", "Z.1"),
)
MEASURED = (0, 1, 2, 5, 6, 7, 8, 9, 10)
START = 1_700_000_000 * SECOND


def make_rows(chance: random.Random, size: int) -> list[tuple[int, int, float, int]]:
    """(series, time, value, quality) with noise around the limits, bad readings, conflicts and gaps, in order of time."""
    rows = []
    for series in range(len(SERIES)):
        value = 4.0 if series in MEASURED else float(series == 4)
        for number in range(size):
            time = START + number * 10 * SECOND + chance.randrange(3) * SECOND
            if series in MEASURED:
                moves = [-1.5, -0.5, 0, 0.5, 1.5] if series < 3 else [-1.5, 0, 0, 0, 0, 0, 1.5]
                value = max(0.0, min(9.0, value + chance.choice(moves)))
            elif chance.random() < 0.1:
                value = 1 - value
            if chance.random() < 0.12:
                continue
            bad = chance.random() < 0.05
            rows.append((series, time, math.nan if bad else value, 2 if bad else 0))
            if chance.random() < 0.05:
                rows.append((series, time, math.nan if bad else value + 1, 2 if bad else 0))
        for _ in range(2):
            start = START + chance.randrange(size) * 10 * SECOND
            end = start + chance.randrange(3, 14) * 10 * SECOND
            rows = [row for row in rows if row[0] != series or not start <= row[1] < end]
    return sorted(rows, key=lambda row: (row[1], row[0], row[2] if row[2] == row[2] else 0.0))


def _raw(row: tuple[int, int, float, int]) -> float:
    """What stood on the wire: mostly as the value, now and then a count beside it, now and then nothing."""
    dice = hash((row[0], row[1] // SECOND)) % 40
    return math.nan if dice < 4 else row[2] * 100 + (dice == 5)


def make_block(rows: list[tuple[int, int, float, int]]) -> Block:
    size = len(rows)
    quality = np.array([row[3] for row in rows], np.uint8)
    return Block(
        series=SERIES,
        which=np.array([row[0] for row in rows], np.int32),
        time=np.array([row[1] for row in rows], np.int64),
        value=np.array([row[2] for row in rows], np.float64),
        raw=np.array([_raw(row) for row in rows], np.float64),
        quality=quality,
        reason=np.where(quality == 2, 60, 0).astype(np.uint8),
        received=np.zeros(size, np.int64),
        seq=np.full(size, -1, np.int64),
    )


def judge(parts, *, complete=False, restart=False, ticks=None, program=PROGRAM):
    """(decisions, events) of these parts; with `restart` the memory is stored and read again every seventh part."""
    state, decisions, journal = begin(program, complete=complete), Decisions(program), []
    for position, rows in enumerate(parts):
        until = ticks[position] if ticks else max((row[1] for row in rows), default=ALWAYS)
        journal.append(make_block(rows))
        state, changes = step(program, state, journal[-1], until, position=position)
        decisions.take(changes)
        if restart and position % 7 == 3:
            oldest = state.oldest_kept
            state = EngineState.decode(state.encode())
            if oldest is not None:
                for again in range(oldest, position + 1):
                    keep_again(program, state, journal[again], again)
    decisions.finish(state)
    events = sorted((event.kind, event.start, event.end, event.decided) for event in decisions.events())
    return list(decisions.lines()), events


def cut(chance: random.Random, rows, often: float, *, whole_times: bool):
    parts, part = [], []
    for number, row in enumerate(rows):
        part.append(row)
        ends_time = number + 1 == len(rows) or rows[number + 1][1] != row[1]
        if chance.random() < often and (ends_time or not whole_times):
            parts.append(part)
            part = []
    return [each for each in [*parts, part] if each]


def shuffle(chance: random.Random, rows):
    """Late by up to two minutes, with duplicates; the first stays first, for judging begins with it."""
    keyed = sorted(
        ((row[1] + chance.random() * 120 * SECOND, row) for row in rows[1:]), key=lambda pair: pair[0]
    )
    mixed = [rows[0], *(row for _, row in keyed)]
    return [again for row in mixed for again in ([row, row] if chance.random() < 0.02 else [row])]


@pytest.mark.parametrize("seed", range(2))
def test_what_is_said_in_columns_is_what_is_said_one_by_one(seed):
    """Limits without signals take short excursions in columns; read one by one they take the other way."""
    chance = random.Random(1000 + seed)
    rows = make_rows(chance, 40)
    expected = judge([rows], complete=True, program=UNGATED)
    assert judge([[row] for row in rows], program=UNGATED) == expected
    late = cut(chance, shuffle(chance, rows), 0.4, whole_times=False)
    assert judge(late, restart=True, program=UNGATED) == expected


@pytest.mark.parametrize(("seed", "size"), [(0, 8), (1, 20), (2, 8), (3, 20), (4, 30), (5, 75), (6, 75)])
def test_edge_case_10_order_blocks_duplicates_and_restarts_do_not_matter(seed, size):
    """Whole, in parts, one by one, restarted, late, doubled, with time running ahead: one effective timeline.

    The longest goes over three reorder windows; it is not read one by one, which costs too much.
    """
    chance = random.Random(seed)
    rows = make_rows(chance, size)
    expected = judge([rows], complete=True)
    assert judge(cut(chance, rows, 0.3, whole_times=True), complete=True) == expected
    if size < 50:
        assert judge([[row] for row in rows], restart=True) == expected
    late = cut(chance, shuffle(chance, rows), 0.4 if size < 50 else 0.15, whole_times=False)
    assert judge(late, restart=True) == expected
    ticks, newest = [], 0
    for part in late:
        newest = max(newest, *(row[1] for row in part))
        ticks.append(min(newest + chance.randrange(60) * SECOND, rows[-1][1]))
    ticks[-1] = rows[-1][1]
    assert judge(late, ticks=ticks) == expected


def test_the_journal_replayed_gives_every_revision_again():
    """The same blocks give the same changes, byte for byte, revisions included."""
    chance = random.Random(99)
    parts = cut(chance, shuffle(chance, make_rows(chance, 40)), 0.4, whole_times=False)

    def revisions():
        state, told = begin(PROGRAM), []
        for rows in parts:
            state, changes = step(PROGRAM, state, make_block(rows), max(row[1] for row in rows))
            told += [(change.limit.key, repr(change.rewrite), repr(change.events)) for change in changes]
        return told

    first = revisions()
    assert first == revisions()
    assert any("revision=1" in rewrite for _, rewrite, _ in first)


def test_what_was_kept_in_order_heals_a_silence_of_any_length():
    """Hours after the window, a broker sends what it kept: the decisions are those of a replay."""
    chance = random.Random(4)
    rows = make_rows(chance, 75)
    later = rows[-1][1] + 12 * 3600 * SECOND
    expected = judge([rows], complete=True, ticks=[later])
    first, rest = rows[:40], rows[40:]
    state, decisions = begin(PROGRAM), Decisions(PROGRAM)
    for number, (part, tick) in enumerate([(first, first[-1][1]), ([], later), (rest, later)]):
        state, changes = step(PROGRAM, state, make_block(part), tick, position=number)
        decisions.take(changes)
    decisions.finish(state)
    assert state.late == 0
    assert list(decisions.lines()) == expected[0]
