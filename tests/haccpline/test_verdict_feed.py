"""Verdicts in InfluxDB: whatever was superseded, what stands there last is what holds."""

from __future__ import annotations

import random
from typing import Any

from haccpline.verdict_feed import lines_of
from ledger.decision_records import verdict_bodies
from ledger.timelines import effective
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.times import SECOND, parse_time
from rules.compile_plan import compile_plan
from rules.engine import begin, step
from rules.plan_check import load_plan

START = 1_700_000_000 * SECOND
PLAN = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2023-01-01T00:00:00Z
reorder: 1 h
sensors: {air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 3 min}}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 2 min}]}]
"""


def written(lines: list[bytes]) -> tuple[dict[int, str], dict[int, float]]:
    """What InfluxDB holds of one series: a later write of the same time takes the place of the earlier one."""
    found: dict[int, str] = {}
    worst: dict[int, float] = {}
    for line in lines:
        front, _, time = line.decode().rpartition(" ")
        head, _, fields = front.partition(" ")
        assert head.startswith("verdict,")
        if "verdict=" in fields:
            found[int(time)] = fields.partition('verdict="')[2].partition('"')[0]
        else:
            worst[int(time)] = float(fields.removeprefix("worst="))
    return found, worst


def test_the_points_in_influxdb_say_what_is_in_force():
    """Readings come late and in disorder; at every point written the verdict is the one in force there."""
    chance = random.Random(8)
    program = compile_plan(load_plan(PLAN, "plan.yaml"))
    state = begin(program)
    rows = [(minute, chance.choice([4.0, 6.0])) for minute in range(180) if chance.random() > 0.25]
    rows = [rows[0], *sorted(rows[1:], key=lambda row: row[0] + chance.random() * 40)]
    lines: list[bytes] = []
    records: list[tuple[str, dict[str, Any]]] = []
    newest = 0
    for minute, value in rows:
        newest = max(newest, minute)
        builder = BlockBuilder()
        at = START + minute * 60 * SECOND
        builder.reading(Series("L", "air"), time=at, value=value, received=at)
        state, changes = step(program, state, builder.build(), START + newest * 60 * SECOND)
        for change in changes:
            for _, body in verdict_bodies(change):
                records.append(("L", body))
                lines += lines_of("S", "L", body)
    points, worst = written(lines)
    [spans] = effective(records).values()
    starts = [parse_time(span["from"]) for span in spans]
    assert len(points) > len(spans), "nothing was superseded: the test shows nothing"
    assert set(starts) <= set(points)
    for time, verdict in points.items():
        holds = [span["verdict"] for start, span in zip(starts, spans, strict=True) if start <= time]
        assert not holds or verdict == holds[-1], time
    for span in spans[:-1]:
        if span["worst"] is not None:
            assert worst[parse_time(span["from"])] == float(span["worst"])
