"""Replay: what a plan decides of readings in a file, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gateway.filemap import FileMap
from gateway.files import open_file
from readings.block import Block, join
from readings.errors import HaccplineError
from readings.times import ALWAYS, NEVER, format_time
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.plan import Plan
from rules.program import compile_plan


def decided(
    plan: Plan,
    blocks: Iterator[Block],
    *,
    start: int = ALWAYS,
    end: int = NEVER,
) -> tuple[Decisions, int]:
    """What a plan decides of readings in order of time, and how far time has come.

    Args:
        plan: what must hold.
        blocks: readings and states in order of time.
        start: judging begins here; with the first input where it isn't given.
        end: time is said to have come so far; to the last reading where it isn't given.
    """
    program = compile_plan(plan)
    state, decisions = begin(program, complete=True), Decisions(program)
    if start != ALWAYS:
        state, changes = step(program, state, Block(), start)
        decisions.take(changes)
    for block in whole_times(blocks):
        state, changes = step(program, state, _within(block, start, end), ALWAYS)
        decisions.take(changes)
    if end != NEVER and end < state.until:
        raise HaccplineError(
            f"time cannot come only to {format_time(end)}: readings go to {format_time(state.until)}"
        )
    if end != NEVER:
        state, changes = step(program, state, Block(), end)
        decisions.take(changes)
    decisions.finish(state)
    return decisions, state.until


def replay(
    plan: Plan, blocks: Iterator[Block], *, start: int = ALWAYS, end: int = NEVER
) -> Iterator[dict[str, Any]]:
    """The decisions of a plan over readings in order of time: see `decided`.

    Yields:
        One object per span of a verdict, as `rules.decisions.decision` says.
    """
    yield from decided(plan, blocks, start=start, end=end)[0].lines()


def _within(block: Block, start: int, end: int) -> Block:
    inside = (block.time >= start) & (block.time <= end)
    return block if inside.all() else block.take(inside)


def whole_times(blocks: Iterator[Block]) -> Iterator[Block]:
    """The same readings, cut so that those of one time stand in one block."""
    rest: Block | None = None
    for block in blocks:
        whole = block if rest is None else join([rest, block])
        if not len(whole):
            yield whole
            rest = None
            continue
        cut = int(np.searchsorted(whole.time, whole.time[-1], "left"))
        yield whole.part(0, cut)
        rest = whole.part(cut, len(whole), states=False)
    if rest is not None:
        yield rest


def replay_file(
    plan: Plan, path: Path, *, mapping: FileMap | None = None, start: int = ALWAYS, end: int = NEVER
) -> Iterator[dict[str, Any]]:
    """The decisions of a plan over a file; see `replay` and `gateway.files.open_file`."""
    return replay(plan, blocks_of(plan, path, mapping=mapping), start=start, end=end)


def blocks_of(plan: Plan, path: Path, *, mapping: FileMap | None = None) -> Iterator[Block]:
    """The readings of a file, for the sensors of a plan."""
    texts = {name for name, sensor in plan.sensors.items() if sensor.unit.dimension == "text"}
    return open_file(path, line=plan.line_id, mapping=mapping, texts=texts)


def json_line(decision: dict[str, Any]) -> str:
    """A decision as one line of JSON, the same bytes everywhere."""
    return json.dumps(decision, ensure_ascii=False, separators=(", ", ": "))
