"""Promise 4 for nights: what is known later than the time that it is of is the same in any order, blocks and restarts."""

from __future__ import annotations

import random

import numpy as np
import pytest

from readings.block import Block
from readings.inputs import Act, Series
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
reorder: 10 min
line:
  produced: {from: bottles, contradicted_after: 40 s}
  calendar: {production: ["daily 06:18-06:22", "daily 06:31-06:36"], ends: %s}
  %s
sensors:
  st: {unit: code, every: 10 s, silent_after: 60 s}
  bottles: {unit: count, every: 10 s, silent_after: 45 s}
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  two: {points: 2 points, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  probe: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 40 s}}
ccps:
  - id: C
    instruments:
      - {id: agree, kind: agreement, of: air, with: probe, mean_over: 40 s, within: 1.5 K, not_above: 0.5 K}
    critical:
      - {id: plain, kind: threshold, of: air, at_most: 5.0 degC}
      - {id: hold, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 45 s}
      - {id: points, kind: band, of: two, at_least: 1.0 degC, at_most: 6.0 degC, for_more_than: 15 s}
      - {id: still, kind: threshold, of: probe, at_most: 5.0 degC, confirm: 2 readings}
    silence: {case: {after: 90 s, as: monitoring_loss}}
"""
STATE = (
    ("{state: {from: st, codes: {0: stopped, 1: running, 2: cip}}, judged_when: running, settle: 30 s}"[1:-1])
    .replace(", judged_when", "\n  judged_when")
    .replace(", settle", "\n  settle")
)
PROGRAMS = [
    compile_plan(load_plan(PLAN % said, "plan.yaml"))
    for said in (("signed", STATE), ("stopped", STATE), ("signed", ""))
]
SERIES = tuple(Series("L", *name.split("/")) for name in ("st", "bottles", "air", "two", "two/2", "probe"))
ACT = len(SERIES)
START = 1_700_000_000 * SECOND
Row = tuple[int, int, float]


def make_rows(chance: random.Random, size: int) -> list[Row]:
    """(series, time, value): silences that most share, a counter that moves and stands, people who sign."""
    gaps = [(begin, begin + chance.randrange(5, 60)) for begin in chance.choices(range(size), k=2)]
    rows: list[Row] = []
    for series in range(len(SERIES)):
        value, moving = {0: 1.0, 1: 100.0}.get(series, 4.0), True
        mine = [gap for gap in gaps if chance.random() < 0.85]
        for number in range(size):
            if series == 0:
                value = float(chance.choice([0, 0, 1, 1, 2, 3])) if chance.random() < 0.06 else value
            elif series == 1:
                moving ^= chance.random() < 0.08
                moving &= all(number != begin or chance.random() < 0.3 for begin, _ in gaps)
                value += chance.randrange(1, 3) * (moving and chance.random() < 0.7)
                value = 0.0 if chance.random() < 0.005 else value
            else:
                value = max(0.0, min(9.0, value + chance.choice([-1.5, 0, 0, 0, 0, 1.5])))
            heard = chance.random() > 0.03 and not any(begin <= number < end for begin, end in mine)
            if heard:
                rows.append((series, START + (number * 10 + chance.randrange(4)) * SECOND, value))
    for _ in range(chance.randrange(4)):
        rows.append((ACT, START + chance.randrange(size * 10) * SECOND, float(chance.random() < 0.7)))
    return sorted(rows, key=lambda row: (row[1], row))


def make_block(rows: list[Row]) -> Block:
    read = [row for row in rows if row[0] != ACT]
    size = len(read)
    acts = [
        Act(time, f"production.{'ended' if ended else 'begun'}", "L", "li", {"name": "Li"})
        for series, time, ended in rows
        if series == ACT
    ]
    return Block(
        series=SERIES,
        which=np.array([row[0] for row in read], np.int32),
        time=np.array([row[1] for row in read], np.int64),
        value=np.array([row[2] for row in read], np.float64),
        raw=np.full(size, np.nan),
        quality=np.zeros(size, np.uint8),
        reason=np.zeros(size, np.uint8),
        received=np.zeros(size, np.int64),
        seq=np.full(size, -1, np.int64),
        acts=tuple(acts),
    )


def judge(program, parts, *, end, complete=False, restart=False):
    """(decisions, events, starts) of these parts; with `restart` the memory is stored and read again now and then."""
    state, decisions, journal = begin(program, complete=complete), Decisions(program), []
    for position, rows in enumerate(parts):
        journal.append(make_block(rows))
        until = max((row[1] for row in rows), default=ALWAYS)
        state, changes = step(program, state, journal[-1], until, position=position)
        decisions.take(changes)
        if restart and position % 7 == 3:
            oldest = state.oldest_kept
            state = EngineState.decode(state.encode())
            for again in range(oldest, position + 1) if oldest is not None else ():
                keep_again(program, state, journal[again], again)
    state, changes = step(program, state, Block(), end, position=len(parts))
    decisions.take(changes)
    decisions.finish(state)
    events = sorted(
        (limit.limit, event.kind, event.start, event.end, event.decided)
        for limit, event in decisions.raised()
    )
    return list(decisions.lines()), events, decisions.starts()


def cut(chance: random.Random, rows: list[Row], *, whole_times: bool) -> list[list[Row]]:
    parts: list[list[Row]] = [[]]
    for number, row in enumerate(rows):
        parts[-1].append(row)
        ends_time = number + 1 == len(rows) or rows[number + 1][1] != row[1]
        if chance.random() < 0.3 and (ends_time or not whole_times):
            parts.append([])
    return [part for part in parts if part]


SEEDS = (1, 7, 8, 9, 25, 28)


@pytest.mark.parametrize("seed", SEEDS)
def test_order_blocks_and_restarts_do_not_matter(seed):
    """Whole, in parts, restarted, late: one effective timeline, the same faults, the same starts."""
    chance, program = random.Random(seed), PROGRAMS[seed % 3]
    rows = make_rows(chance, 120)
    end = rows[-1][1] + 30 * SECOND
    expected = judge(program, [rows], end=end, complete=True)
    assert judge(program, cut(chance, rows, whole_times=True), end=end, complete=True) == expected
    assert judge(program, cut(chance, rows, whole_times=True), end=end, restart=True) == expected
    mixed = sorted((row[1] + chance.random() * 290 * SECOND, row) for row in rows[1:])
    late = cut(chance, [rows[0], *(row for _, row in mixed)], whole_times=False)
    assert judge(program, late, end=end, restart=True) == expected


def test_the_cases_above_see_what_they_are_about():
    """Suspensions by each proof, contradictions and starts occur in them."""
    reasons, faults, starts = set(), 0, 0
    for seed in SEEDS:
        rows = make_rows(random.Random(seed), 120)
        lines, events, begun = judge(PROGRAMS[seed % 3], [rows], end=rows[-1][1], complete=True)
        reasons |= {line["reason"].split(":")[0] for line in lines if line["verdict"] == "suspended"}
        faults += sum(event[0] == "state" for event in events)
        starts += len(begun)
    assert {"nothing was made", "no production", "stopped"} <= reasons
    assert faults
    assert starts
