"""Small plans and ways to judge readings that are written in a test."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from readings.block import Block
from readings.inputs import Series, State
from readings.times import MINUTE, NEVER, SECOND
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.events import EventChange
from rules.memory import EngineState, keep_again
from rules.plan_check import load_plan
from rules.program import Program

START = 1_700_000_000 * SECOND
Row = tuple[str, float, float | str | None] | tuple[str, float, float | None, float]


class Bench:
    """Judges readings of one plan, given as (sensor/point, seconds, value or None) and, where it matters, raw."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def block(self, rows: Sequence[Row], states: Sequence[State] = ()) -> Block:
        """The rows as a block; None is a bad reading without an answer, a text is what the line says of itself."""
        line = self.program.plan.line_id
        said = [
            State(START + int(at * SECOND), line, name, text)
            for name, at, text, *_ in rows
            if isinstance(text, str)
        ]
        rows, states = [row for row in rows if not isinstance(row[2], str)], [*states, *said]
        names = sorted({name for name, *_ in rows})
        series = tuple(Series(line, *name.split("/")) for name in names)
        size = len(rows)
        bad = np.array([row[2] is None for row in rows], np.bool_)
        return Block(
            series=series,
            which=np.array([names.index(name) for name, *_ in rows], np.int32),
            time=np.array([START + int(at * SECOND) for _, at, *_ in rows], np.int64),
            value=np.array([math.nan if row[2] is None else row[2] for row in rows], np.float64),
            raw=np.array([row[3] if len(row) > 3 else math.nan for row in rows], np.float64),
            quality=np.where(bad, 2, 0).astype(np.uint8),
            reason=np.where(bad, 60, 0).astype(np.uint8),
            received=np.zeros(size, np.int64),
            seq=np.full(size, -1, np.int64),
            states=tuple(states),
        )

    def decisions(self, rows: Sequence[Row], *, until: float, states: Sequence[State] = ()) -> Decisions:
        """What holds of all limits."""
        state, changes = step(
            self.program,
            begin(self.program, complete=True),
            self.block(rows, states),
            START + int(until * SECOND),
        )
        decisions = Decisions(self.program)
        decisions.take(changes)
        decisions.finish(state)
        return decisions

    def lived(self, rows: Sequence[Row], *, size: int, until: float) -> tuple[Decisions, list[EventChange]]:
        """As they come, so many at once, the memory stored and read again each time: the record, and what was told."""
        state, decisions, told, journal = begin(self.program), Decisions(self.program), [], []
        for part in [*(rows[at : at + size] for at in range(0, len(rows), size)), []]:
            journal.append(self.block(part))
            now = START + int(max((row[1] for row in part), default=until) * SECOND)
            state, changes = step(self.program, state, journal[-1], now, position=len(journal) - 1)
            decisions.take(changes)
            told += [change for each in changes for change in each.events]
            oldest, state = state.oldest_kept, EngineState.decode(state.encode())
            for position in range(oldest if oldest is not None else len(journal), len(journal)):
                keep_again(self.program, state, journal[position], position)
        decisions.finish(state)
        return decisions, told

    def alike(self, rows: Sequence[Row], *, until: float) -> list[tuple[str, float, float, str]]:
        """(verdict, from, decided, reason) of the one limit: the same whole, one by one, and in threes."""
        found = [
            self.decisions(rows, until=until),
            *(self.lived(rows, size=size, until=until)[0] for size in (1, 3)),
        ]
        (limit,) = self.program.limits
        records = [
            [
                (
                    str(point.verdict),
                    (point.start - START) / SECOND,
                    (point.decided - START) / SECOND,
                    point.reason,
                )
                for point in each.timeline(limit)
            ]
            for each in found
        ]
        assert records[0] == records[1] == records[2]
        return records[0]

    def told(self, rows: Sequence[Row], *, until: float) -> list[tuple[str, str, float, float | None, float]]:
        """(what, kind, from, to, decided) of the events of all limits, reading by reading."""
        return [
            (
                change.what,
                str(change.event.kind),
                (change.event.start - START) / SECOND,
                None if change.event.end == NEVER else (change.event.end - START) / SECOND,
                (change.event.decided - START) / SECOND,
            )
            for change in self.lived(rows, size=1, until=until)[1]
        ]

    def events(self, rows: Sequence[Row], *, until: float) -> list[tuple[str, float, float | None]]:
        """(kind, from, to) in seconds since START, of all limits."""
        return sorted(
            (
                str(event.kind),
                (event.start - START) / SECOND,
                None if event.end == NEVER else (event.end - START) / SECOND,
            )
            for event in self.decisions(rows, until=until).events()
        )

    def spans(
        self,
        rows: Sequence[Row],
        *,
        until: float,
        limit: str = "a",
        states: Sequence[State] = (),
    ) -> list[tuple[str, float, float | None, float]]:
        """(verdict, from, to, decided) in seconds since START, of one limit."""
        decisions = self.decisions(rows, until=until, states=states)
        found = next(each for each in self.program.limits if each.limit == limit)
        points = decisions.timeline(found)
        ends = [*(point.start for point in points[1:]), None]
        return [
            (
                str(point.verdict),
                (point.start - START) / SECOND,
                None if end is None else (end - START) / SECOND,
                (point.decided - START) / SECOND,
            )
            for point, end in zip(points, ends, strict=True)
        ]


HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""


@pytest.fixture(scope="session")
def make_bench():
    """Makes a bench of the text of a plan behind its first four lines."""

    def make(text: str) -> Bench:
        return Bench(compile_plan(load_plan(HEAD + text, "plan.yaml")))

    return make


@pytest.fixture
def bench(make_bench):
    """The same, for one test."""
    return make_bench


@pytest.fixture
def simple(bench):
    """Makes a bench with one limit on `air`, read every 10 s, silent after 35 s."""

    def make(limit: str, **sensors: str) -> Bench:
        more = "".join(f"\n  {name}: {text}" for name, text in sensors.items())
        return bench(
            "sensors:\n"
            "  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}"
            f"{more}\n"
            "ccps:\n"
            "  - id: C\n"
            f"    critical: [{{id: a, of: air, {limit}}}]\n"
        )

    return make


__all__ = ["HEAD", "MINUTE", "START", "Bench"]
