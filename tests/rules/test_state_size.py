"""What the engine remembers for a limit, as `check --verbose` says it."""

from __future__ import annotations

import msgspec
import numpy as np

from readings.block import BlockBuilder
from readings.inputs import Series
from readings.times import SECOND
from rules.compile_plan import compile_plan
from rules.engine import begin, step
from rules.plan_check import load_plan
from rules.program import Program
from rules.state_size import held_by


def program(limits: str) -> Program:
    return compile_plan(
        load_plan(
            "plan: L\nname: Line\nsite: {id: S, name: Site, timezone: Asia/Shanghai}\n"
            "effective_from: 2026-12-01T00:00:00+08:00\n"
            "sensors:\n  air: {unit: degC, resolution: 0.1, range: [-50, 60], every: 10 s, points: 2}\n"
            f"ccps:\n  - id: C\n    critical: [{{id: t, kind: threshold, of: air, at_most: 10.0 degC}}]\n"
            f"    operating: [{limits}]\n",
            "p",
        )
    )


def rate(over: str) -> str:
    return f"{{id: r, kind: rate, of: air, at_most: 2.0 K/min, over: {over}}}"


def test_a_window_holds_the_more_the_longer_it_is():
    """Window over interval: ten times as long, about ten times as much."""
    (short,) = held_by(program(rate("10 min")))
    (long,) = held_by(program(rate("100 min")))
    assert 5 * short.size < long.size < 12 * short.size
    assert str(long).startswith("C r (rate) holds ")
    assert "for its unit of product, reached within" in str(long)


def test_a_long_window_stays_small():
    """A day at 10 s, two points: readings of each minute are remembered, 24 bytes each, head and tail: 140 kB at most."""
    (day,) = held_by(program(rate("24 h")))
    assert day.size < 2 * 2 * 24 * (24 * 60 + 10)


def test_what_is_said_is_what_a_run_remembers():
    """The engine's own memory after an hour of readings, head and tail, is just what was said of it."""
    made = program(rate("20 min"))
    (said,) = held_by(made)
    state = begin(made)
    for start in range(0, 3600, 120):
        builder = BlockBuilder()
        for number, at in enumerate(range(start, start + 120, 10)):
            for point in "12":
                builder.reading(
                    Series("L", "air", point), time=at * SECOND, value=5.0 + number % 2 / 10, received=0
                )
        state, _ = step(made, state, builder.build(), (start + 120) * SECOND)
    assert state.tail is not None
    remembered = sum(
        len(msgspec.msgpack.encode(memory))
        for side in (state.head, state.tail)
        for memory in side.memories.values()
    )
    assert np.isclose(said.size, remembered, rtol=0.05)


def test_limits_of_single_readings_are_not_listed():
    """They remember no readings: `t` has none."""
    assert [held.limit for held in held_by(program(rate("10 min")))] == ["r"]


def test_a_limit_of_single_readings_holds_less_than_two_kilobytes():
    """All that is stored, by the limits there are, after a long time and many excursions."""
    limits = ", ".join(
        f"{{id: o{number}, kind: threshold, of: air, at_most: {number}.0 degC, confirm: 2 readings}}"
        for number in range(50)
    )
    made = program(limits)
    state = begin(made)
    for start in range(0, 4 * 3600, 600):
        builder = BlockBuilder()
        for at in range(start, start + 600, 10):
            for point in "12":
                builder.reading(
                    Series("L", "air", point), time=at * SECOND, value=60.0 * (at // 300 % 2) - 5, received=0
                )
        state, _ = step(made, state, builder.build(), (start + 600) * SECOND)
    assert len(state.encode()) < 2000 * len(made.limits)
