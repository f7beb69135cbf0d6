"""Readings on their way: counted, told at a terminal, and what is lacking named."""

from __future__ import annotations

import io
import math

import pytest

from haccpline import progress
from haccpline.watched import Watched
from readings.block import BlockBuilder
from readings.errors import HaccplineError
from readings.inputs import Series, State
from readings.times import SECOND, parse_time
from rules.compile_plan import compile_plan
from rules.plan_check import load_plan

START = parse_time("2026-12-01T00:00:00Z")
PLAN = """\
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
line: {state: {from: mode, codes: {run: running}}, judged_when: running}
sensors:
  air: {unit: degC, points: 2 points, every: 10 s}
  mode: {unit: text, every: on change, alive_every: 1 h}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: 5 degC}]
"""


@pytest.fixture
def program():
    return compile_plan(load_plan(PLAN, "plan.yaml"))


def block(*names: str, state: str = ""):
    builder = BlockBuilder()
    for number, name in enumerate(names):
        time = START + number * SECOND
        builder.reading(Series("L", *name.split("/")), time=time, value=1.0, raw=math.nan, received=time)
    if state:
        builder.state(State(START, "L", state, "run", "", START))
    return builder.build()


def test_readings_are_counted_and_passed_through():
    """The same blocks come out; how many readings, from when to when."""
    seen, given = Watched("file"), [block("air/1"), block(), block("air/1", "air/2")]
    assert list(seen.through(given)) == given
    assert (seen.readings, seen.first, seen.last) == (3, START, START + SECOND)


def test_what_is_lacking_is_named_with_what_is_there_instead(program):
    """A point that never spoke, and a sensor that the plan does not know; a text counts as having spoken."""
    seen = Watched("file")
    list(seen.through([block("air/1", "T7", state="mode")]))
    (said,) = seen.warnings(program)
    assert said == (
        "file has no readings of L/air/2, which L judges by; it has L/T7, which the plan does not know:"
        " what rests on them is indeterminate"
    )


def test_nothing_is_said_where_all_spoke(program):
    """Every point and the state: no warning, whatever else is in the file."""
    seen = Watched("file")
    list(seen.through([block("air/1", "air/2", "T7", state="mode")]))
    assert not list(seen.warnings(program))


def test_a_file_of_something_else_is_refused(program):
    """None of what the plan judges by: an error, not a page of indeterminate."""
    seen = Watched("file")
    list(seen.through([block("T1", "T2", "T3", "T4", "T5", "T6", "T7")]))
    with pytest.raises(HaccplineError, match=r"L/T1, L/T2, L/T3, L/T4, L/T5 and 2 more"):
        list(seen.warnings(program))


def test_progress_is_told_at_a_terminal_and_wiped(monkeypatch):
    """On a terminal, after a while: how far it has come, as a share where the end is known; nothing stays behind."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    list(Watched("file", START, START + 2 * SECOND).through([block("air/1", "air/2")]))
    assert "file: 2 readings, to 2026-12-01T00:00:01Z (50%)" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")


def test_nothing_is_told_where_nobody_looks(monkeypatch):
    """A pipe or a file gets no progress."""
    pipe = io.StringIO()
    monkeypatch.setattr(progress.sys, "stderr", pipe)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    list(Watched("file").through([block("air/1")]))
    assert pipe.getvalue() == ""
