"""What readings show of their sensors, for the warnings that need a history."""

from __future__ import annotations

import math

import numpy as np
import pytest

from readings.block import BlockBuilder
from readings.inputs import Series, State
from readings.times import MINUTE, SECOND
from rules.compile_plan import compile_plan
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.lint import RULES
from rules.linting import doubts
from rules.plan_check import load_plan
from rules.recording import Recording

PLAN = """\
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00:00+08:00
sensors:
  air: {unit: degC, resolution: 0.1, range: [-50, 60], every: 10 s, points: 2, stuck: {unchanged_for: 5 min}}
ccps:
  - {id: C, critical: [{id: a, kind: threshold, of: air, at_most: 10.0 degC}]}
"""


def recorded(every: int = 10, *, points: str = "12", still: bool = False, hot: int = 0) -> list[str]:
    """What is doubted after 20 min of readings: how often, of which points, standing still from 5 to 15 min, and so on."""
    plan = load_plan(PLAN, "p")
    program = compile_plan(plan)
    builder = BlockBuilder()
    for number, at in enumerate(range(0, 1200, every)):
        value = 5.0 if still and 300 <= at < 900 else 5.0 + number % 2 / 10
        for point in points:
            shown = 99.0 if number < hot else value
            builder.reading(Series("L", "air", point), time=at * SECOND, value=shown, raw=value, received=0)
    block = builder.build()
    recording = Recording()
    half = len(block) // 2
    recording.take(plan, block.part(0, half))
    recording.take(plan, block.part(half, len(block)))
    state, changes = step(program, begin(program, complete=True), block, 20 * MINUTE)
    decisions = Decisions(program)
    decisions.take(changes)
    recording.raised(plan, decisions.raised(), state.until)
    needing = {name: rule for name, rule in RULES.items() if rule.needs_readings}
    return [str(doubt) for doubt in doubts(plan, needing, recording)]


def test_readings_as_the_plan_says_raise_no_doubt():
    """Both points, every 10 s, moving, in range."""
    assert recorded() == []


def test_a_stuck_rule_that_fires_is_doubted():
    """Ten minutes of a steady process are two stuck instruments to a rule of five."""
    (said,) = recorded(still=True)
    assert said.startswith(
        "warning [stuck-would-fire]: on these readings air is stuck 1 time, for up to 11 min"
    )


@pytest.mark.parametrize(
    ("points", "words"),
    [("1", "no reading of air 2 is in this file"), ("3", "no reading of air is in this file")],
)
def test_a_point_without_readings_is_named(points, words):
    """Its limit can't be judged on this file, whatever is printed of it."""
    assert words in recorded(points=points)[0]


def test_a_sensor_that_is_read_more_seldom_is_doubted():
    """Half as often is a thinned recording; a third is another interval."""
    assert recorded(20) == []
    assert recorded(30) == [
        "warning [not-as-recorded]: read every 30 s in this file, not every 10 s: mend one"
    ]


def test_readings_outside_the_range_are_counted():
    """More than one in a hundred: a scale or a range is wrong."""
    assert recorded(hot=1) == []
    assert "6 of 240 readings in this file lie outside" in recorded(hot=3)[0]


def test_intervals_go_on_from_block_to_block():
    """The gap between two blocks is an interval like others."""
    plan, recording = load_plan(PLAN, "p"), Recording()
    for at in range(0, 100, 10):
        builder = BlockBuilder()
        builder.reading(Series("L", "air", "1"), time=at * SECOND, value=1.0, received=0)
        recording.take(plan, builder.build())
    seen = recording.seen["air", "1"]
    assert (seen.usable, seen.every) == (10, 10 * SECOND)
    assert np.isclose(seen.lasts, 90 * SECOND)


LINE = """\
line:
  state: {from: mode, codes: {"1": running, "2": cleaning}}
  product: {from: made}
  judged_when: running
products: [{id: P, name: Water}, {id: Q, name: Soda}]
"""
LINE_SENSORS = """\
  mode: {unit: code, every: 10 s}
  made: {unit: text, every: on change}
"""


def unnamed(codes: list[float], words: list[str], text: str, limits: str = "") -> list[tuple[tuple, str]]:
    """What is doubted of the codes and the words that were said."""
    plan = load_plan(
        text.replace("sensors:\n", LINE + "sensors:\n" + LINE_SENSORS).replace(
            ", at_most", limits + ", at_most"
        ),
        "p",
    )
    builder = BlockBuilder()
    for number, code in enumerate(codes):
        builder.reading(Series("L", "mode"), time=number * 10 * SECOND, value=code, received=0)
        builder.reading(Series("M", "mode"), time=number * 10 * SECOND, value=9.0, received=0)
    for number, word in enumerate(words):
        builder.state(State(number * SECOND, "L", "made", word))
    recording = Recording()
    recording.take(plan, builder.build())
    rule = {"unnamed-code": RULES["unnamed-code"]}
    return [(doubt.path, doubt.message) for doubt in doubts(plan, rule, recording)]


def test_a_code_that_the_plan_does_not_name_is_doubted():
    """0 and 2.5 are no states, the more frequent first; what another line says is not asked."""
    [(path, message)] = unnamed([1.0, 2.0, 2.5, 0.0, 0.0, math.nan], [], PLAN)
    assert path == ("line", "state", "codes")
    assert message.startswith(
        "mode says '0' (2 times), '2.5' (1 time) in this file, which is no state of the plan"
    )
    assert unnamed([1.0, 2.0], ["X"], PLAN) == []


def test_a_product_that_the_plan_does_not_have_is_doubted_where_a_limit_holds_by_product():
    """X is none of them; without a limit by product nothing rests on it."""
    [(path, message)] = unnamed([1.0], ["P", "X", "Q"], PLAN, ", products: [P]")
    assert path == ("line", "product")
    assert message.startswith("made says 'X' (1 time) in this file, which is no product of the plan")
    assert unnamed([1.0], ["P", "Q"], PLAN, ", products: [P]") == []
