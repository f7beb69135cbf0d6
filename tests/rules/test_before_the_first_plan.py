"""Of a time before judging began: readings say nothing, and what was said last in words holds from then on."""

from __future__ import annotations

import pytest

from readings.block import Block
from readings.inputs import State
from readings.times import SECOND
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND
PLAN = """
reorder: 5 min
line: {state: {from: phase, codes: {idle: idle, hold: hold}}, judged_when: hold}
sensors:
  phase: {unit: text, every: on change, alive_every: 10 min}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 150]}
ccps:
  - id: C
    critical:
      - {id: air, kind: threshold, of: t, at_least: 121.0 degC}
      - {id: held, kind: dwell, of: t, at_least: 121.0 degC, for: 30 s}
"""


def said(at, text):
    """What the line says it is doing."""
    return State(START + at * SECOND, "L", "phase", text)


def judged(plant, *parts, until, complete=False):
    """Judging begins at 100 s; then what comes: (rows, states) each. (limit, verdict, from) of what holds."""
    state, changes = step(
        plant.program, begin(plant.program, complete=complete), Block(), START + 100 * SECOND
    )
    decisions = Decisions(plant.program)
    decisions.take(changes)
    for position, (rows, states) in enumerate(parts, 1):
        state, changes = step(
            plant.program, state, plant.block(rows, states), START + until * SECOND, position=position
        )
        decisions.take(changes)
    decisions.finish(state)
    return {
        limit.limit: [
            (str(point.verdict), (point.start - START) / SECOND) for point in decisions.timeline(limit)
        ]
        for limit in plant.program.limits
    }, state.late


ROWS = [("t", at, 122.0) for at in range(200, 260, 10)]


@pytest.mark.parametrize("complete", [True, False])
def test_what_the_line_said_last_before_holds_when_judging_begins(make_bench, complete):
    """Idle since 40 s, as comes late: nothing is missed at 100 s, and the hold that begins at 200 s is seen to begin."""
    plant = make_bench(PLAN)
    words = [said(20, "hold"), said(40, "idle"), said(200, "hold"), said(240, "idle")]
    found, _ = judged(plant, (ROWS, words), until=250, complete=complete)
    assert found["held"] == [("suspended", 100), ("ok", 200), ("suspended", 240)]
    assert found["air"] == [("suspended", 100), ("ok", 200), ("suspended", 240)]
    one_by_one = [([], [word]) for word in (words[2], words[3], words[1], words[0])]
    if not complete:
        assert judged(plant, (ROWS, []), *one_by_one, until=250)[0] == found


def test_readings_of_a_time_before_say_nothing(make_bench):
    """A logger sends what it kept: what was before judging began was not judged, and is counted."""
    plant = make_bench(PLAN)
    early = [("t", at, 20.0) for at in range(60, 100, 10)]
    words = [said(40, "hold")]
    with_them, late = judged(plant, ([*early, *ROWS], words), until=250)
    without, none = judged(plant, (ROWS, words), until=250)
    assert with_them == without
    assert (late, none) == (4, 0)
    assert with_them["air"][0] == ("indeterminate", 100)
