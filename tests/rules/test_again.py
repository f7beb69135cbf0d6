"""The tail takes what waits in parts, and comes to the same as if it took all at once."""

from __future__ import annotations

import random

from readings.times import SECOND
from rules import again
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND
PLAN = """
reorder: 1 min
sensors: {air: {unit: degC, resolution: 0.1, every: 1 s, silent_after: 5 s, points: 2 points}}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 4 s}]
"""


def _decided(plant, blocks) -> list:
    state, decisions = begin(plant.program), Decisions(plant.program)
    newest = 0
    for block in blocks:
        newest = max(newest, *(row[1] for row in block))
        state, changes = step(plant.program, state, plant.block(block), START + newest * SECOND)
        decisions.take(changes)
    decisions.finish(state)
    return list(decisions.lines())


def test_the_tail_takes_much_in_parts(make_bench, monkeypatch):
    """Out of order, with bad readings and gaps, in two hundred parts or in one: the same decisions."""
    chance = random.Random(5)
    readings = [
        (f"air/{point}", at, None if chance.random() < 0.05 else chance.choice([4.0, 6.0]))
        for at in range(600)
        for point in (1, 2)
        if at % 97 > 9
    ]
    readings.sort(key=lambda row: row[1] + chance.random() * 40)
    blocks = [readings[start : start + 20] for start in range(0, len(readings), 20)]
    plant = make_bench(PLAN)
    whole = _decided(plant, blocks)
    taken = []
    monkeypatch.setattr(again, "_AT_ONCE", 5)
    advance = again.advance

    def counted(*given, **named):
        taken.append(given[3].time.size)
        return advance(*given, **named)

    monkeypatch.setattr(again, "advance", counted)
    assert _decided(plant, blocks) == whole
    assert any(line["verdict"] == "deviation" for line in whole)
    assert sum(size <= 10 for size in taken) > 100
