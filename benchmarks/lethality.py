"""Lethality replayed: readings a second of cycles of a retort with 20 thermometers, each with its own low, best and high.

The floor is one numpy pass that looks the rate of every reading up in a table and sums it.
"""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.warehouse import START
from readings.block import NO_SEQ, Block
from readings.inputs import Series
from readings.times import ALWAYS, SECOND
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.plan_check import load_plan
from rules.program import Program

POINTS, CYCLE, HOLD = 20, 5_400, 3_600  # seconds of a batch, and of those that it is hot
BATCHES = {Size.TINY: 2, Size.QUICK: 20, Size.FULL: 50}
BLOCK_SECONDS = 50_000
PLAN = f"""\
plan: retort
name: Retort
site: {{id: BENCH, name: Retort, timezone: Asia/Shanghai}}
effective_from: 2026-11-01T00:00:00+08:00
line: {{state: {{from: phase, codes: {{"1": loading, "2": hold}}}}}}
sensors:
  phase: {{unit: code, every: 10 s}}
  core: {{unit: degC, resolution: 0.1, points: {POINTS} points, range: [0, 150], uncertainty: 0.3, every: 1 s}}
ccps:
  - id: CCP1
    critical:
      - id: f0
        kind: lethality
        of: core
        reference: 121.1 degC
        z: 10 K
        at_least: 6.0 min
        during: hold
"""


def run(size: Size, tell: Tell) -> list[Figure]:
    """Readings a second, laid out by time as a file has them, and by series as the archive has them."""
    block = readings(BATCHES[size] * CYCLE)
    tell(f"{len(block):,} readings of {POINTS} points, {BATCHES[size]} batches")
    table = 10.0 ** ((np.arange(1501) * 0.1 - 121.1) / 10)
    floor = min(_floor(block, table) for _ in "123")
    found = []
    for what, by_series, target in (("by series", True, Target(least=1e7)), ("by time", False, None)):
        blocks, program = _parts(block, by_series=by_series), compile_plan(load_plan(PLAN, "plan.yaml"))
        began = time.perf_counter()
        decided = _judge(program, blocks)
        spent = time.perf_counter() - began
        tell(f"{what}: {spent:.2f} s, {decided} decisions")
        found.append(
            Figure(
                f"replay of lethality, {what}",
                len(block) / spent,
                "readings/s",
                len(block) / floor,
                target,
                f"{POINTS} points, low, best and high of each; {len(block):,} readings, {decided} decisions",
            )
        )
    return found


def readings(seconds: int) -> Block:
    """Every point once a second, the phase every ten, in order of time."""
    draw = np.random.default_rng(11)
    second = np.arange(seconds)
    hot = second % CYCLE < HOLD
    level = np.where(hot, 121.3, 60.0)[:, None] + draw.uniform(-0.2, 0.2, POINTS)
    value = np.round(level + draw.normal(0, 0.1, level.shape), 1)
    which = np.tile(np.arange(POINTS, dtype=np.int32), seconds)
    time_ = START + np.repeat(second, POINTS) * SECOND
    tens = second[::10]
    order = np.argsort(np.r_[time_, START + tens * SECOND], kind="stable")
    shown = np.r_[value.ravel(), np.where(hot[::10], 2.0, 1.0)][order]
    when = np.r_[time_, START + tens * SECOND][order]
    none = np.zeros(shown.size, np.uint8)
    return Block(
        series=(
            *(Series("retort", "core", str(point + 1)) for point in range(POINTS)),
            Series("retort", "phase"),
        ),
        which=np.r_[which, np.full(tens.size, POINTS, np.int32)][order],
        time=when,
        value=shown,
        raw=shown,
        quality=none,
        reason=none,
        received=when,
        seq=np.broadcast_to(np.int64(NO_SEQ), shown.size),
    )


def _parts(block: Block, *, by_series: bool) -> list[Block]:
    """Blocks of so many seconds, as the archive or as a file has them."""
    end = int(block.time[-1])
    edges = np.arange(START, end + 1, BLOCK_SECONDS * SECOND)
    cuts = [*np.searchsorted(block.time, edges).tolist(), len(block)]
    found = []
    for start, stop in pairwise(cuts):
        part = block.part(start, stop)
        found.append(part.take(np.lexsort((part.time, part.which))) if by_series else part)
    return found


def _judge(program: Program, blocks: list[Block]) -> int:
    state, decisions = begin(program, complete=True), Decisions(program)
    for block in blocks:
        state, changes = step(program, state, block, ALWAYS)
        decisions.take(changes)
    decisions.finish(state)
    return sum(1 for _ in decisions.lines())


def _floor(block: Block, table: np.ndarray) -> float:
    """Seconds to look every rate up, and to sum them."""
    began = time.perf_counter()
    table[np.rint(block.value * 10).astype(np.int64)].sum()
    return time.perf_counter() - began
