"""Replay: what a plan decides of readings in a file, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gateway.filemap import FileMap
from gateway.files import open_file
from haccpline.heard_flow import HeardFlow
from readings.block import Block, join
from readings.errors import HaccplineError
from readings.times import ALWAYS, NEVER, format_time
from rules.affected import affected
from rules.carry import carry, end_at
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.limit_unit import LimitUnit
from rules.lots import lots_between
from rules.plan import Plan
from rules.program import Program


class Judge:
    """Judges readings by one plan, as they come.

    Args:
        plan: what must hold.
        start: judging begins here; with the first input where it isn't given.
        end: time is said to have come so far; to the last reading where it isn't given.
    """

    def __init__(self, plan: Plan, *, start: int = ALWAYS, end: int = NEVER) -> None:
        self._program = compile_plan(plan)
        self._start, self._end = start, end
        self._state, self._decisions = begin(self._program, complete=True), Decisions(self._program)
        self._flow = HeardFlow()
        self._flow.follow(plan, self._program.limits)
        if start != ALWAYS:
            self._step(Block(), start)

    def hear(self, block: Block) -> None:
        """Take readings and states: later than all earlier ones of their series."""
        block = _within(block, self._start, self._end)
        self._flow.hear(block)
        self._step(block, ALWAYS)

    def follow(self, plan: Plan, at: int, block: Block) -> None:
        """From `at` on another plan holds; see `rules.carry.carry`. What was heard is earlier, what comes is not.

        Args:
            plan: what must hold from then on.
            at: ns UTC.
            block: what is of that very time; it is heard by both plans, and so comes again.
        """
        end_at(self._state, at)
        self.hear(block)
        program = compile_plan(plan)
        self._state = carry(self._program, self._state, program, at)
        self._program = program
        self._decisions.follow(program)
        self._flow.follow(plan, program.limits)

    def finish(self) -> Judged:
        """What was decided, once everything was heard.

        Raises:
            HaccplineError: readings are later than the time that is said to have come.
        """
        if self._end != NEVER and self._end < self._state.until:
            raise HaccplineError(
                f"time cannot come only to {format_time(self._end)}:"
                f" readings go to {format_time(self._state.until)}"
            )
        if self._end != NEVER:
            self._step(Block(), self._end)
        self._decisions.finish(self._state)
        return Judged(self._program, self._decisions, self._state.lots, self._state.until, self._flow)

    def _step(self, block: Block, until: int) -> None:
        self._state, changes = step(self._program, self._state, block, until)
        self._decisions.take(changes)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a plan decided.

    Attributes:
        program: the plan made ready.
        decisions: in force at the end.
        lots: (from, zone, lot) in order of time.
        until: how far time has come, ns UTC.
        flow: what was heard of the flows that a transit names.
    """

    program: Program
    decisions: Decisions
    lots: list[tuple[int, str, str]]
    until: int
    flow: HeardFlow

    def lots_of(self, limit: LimitUnit, since: int, through: int) -> list[str]:
        """The lots of what left a control point in a span, counted where its limit says, as far as is known."""
        product = affected(limit.transit, since, through, self.flow.flow(limit, self.until))
        return lots_between(self.lots, limit.zone, product.start, product.end)


def judged(plan: Plan, blocks: Iterator[Block], *, start: int = ALWAYS, end: int = NEVER) -> Judged:
    """What a plan decides of readings in order of time.

    Args:
        plan: what must hold.
        blocks: readings and states in order of time.
        start: judging begins here; with the first input where it isn't given.
        end: time is said to have come so far; to the last reading where it isn't given.
    """
    judge = Judge(plan, start=start, end=end)
    for block in whole_times(blocks):
        judge.hear(block)
    return judge.finish()


def replay(
    plan: Plan, blocks: Iterator[Block], *, start: int = ALWAYS, end: int = NEVER
) -> Iterator[dict[str, Any]]:
    """The decisions of a plan over readings in order of time: see `judged`.

    Yields:
        One object per span of a verdict, as `rules.decisions.decision` says.
    """
    yield from judged(plan, blocks, start=start, end=end).decisions.lines()


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
    return open_file(path, line=plan.line_id, mapping=mapping, texts=text_sensors([plan]))


def text_sensors(plans: Iterable[Plan]) -> set[str]:
    """The sensors whose values are texts.

    Raises:
        HaccplineError: one of them is a number in another of the plans.
    """
    found: dict[str, bool] = {}
    for plan in plans:
        for name, sensor in plan.sensors.items():
            text = sensor.unit.dimension == "text"
            if found.setdefault(name, text) != text:
                raise HaccplineError(
                    f"{name} is a text in one plan and a number in the other: not one sensor"
                )
    return {name for name, text in found.items() if text}


def json_line(decision: dict[str, Any]) -> str:
    """A decision as one line of JSON, the same bytes everywhere."""
    return json.dumps(decision, ensure_ascii=False, separators=(", ", ": "))
