"""The judge of worlds on the wall clock can find fault: each of its plain comparisons, tried on readings made by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.chaos.drawn import POLLED_STEP, SILENT_AFTER, WALL_SHARE, drawn
from benchmarks.chaos.judge_wall import kept, once, out_of_reach, shown, traced
from benchmarks.chaos.rows import Row
from benchmarks.chaos.timed_device import TimedDevice
from benchmarks.chaos.wall_verdicts import limit_holds, never_ok
from readings.quality import Reason
from readings.times import MS, SECOND, format_time, parse_time
from simulators.recording import Recording

START = parse_time("2026-12-01T00:00:00Z")
TRUTH = Recording(
    ("air/Z.1",),
    START + np.arange(100, dtype=np.int64) * POLLED_STEP,
    np.round(-20.0 + 0.1 * np.arange(100), 1)[:, np.newaxis],
)  # -20.0, -19.9, ... a tenth more each 100 ms


def good(at: int, value: float, *, seq: int = -1) -> Row:
    """A good reading so many ms after the start."""
    return Row(START + at * MS, value, 0, 0, START + at * MS, seq)


def bad(at: int, reason: Reason = Reason.NO_ANSWER) -> Row:
    """A bad one."""
    return Row(START + at * MS, math.nan, 2, reason, START + at * MS, -1)


def span(verdict: str, start: int, end: int | None) -> dict[str, Any]:
    """A span of a verdict, in ms after the start."""
    to = None if end is None else format_time(START + end * MS)
    return {"verdict": verdict, "from": format_time(START + start * MS), "to": to}


def lived(*spans: tuple[str, int, int], **more: Any) -> Any:
    """A world in which this was out of order, in ms after the start."""
    told = [(kind, START + start * MS, START + end * MS) for kind, start, end in spans]
    return SimpleNamespace(spans=told, **more)


def test_a_reading_is_what_was_shown():
    """At 1.05 s the device shows its 11th sample, -19.0; a value of 0.9 s ago is older than timeout and patience, 0.75 s."""
    assert shown(TRUTH, [good(1050, -19.0), good(1150, -18.9, seq=12)])[1]
    assert shown(TRUTH, [good(1050, -19.1, seq=10)])[1]  # asked 0.1 s ago
    assert not shown(TRUTH, [good(1950, -19.0)])[1]  # of 1.05 s
    assert not shown(TRUTH, [good(1050, -19.0, seq=10)])[1]  # the tenth was -19.1
    assert not shown(TRUTH, [good(1050, -18.7)])[1]  # not shown yet
    assert not shown(TRUTH, [bad(1050)])[1]  # nothing was read at all


def test_two_of_one_time_are_one_too_many():
    """A moment has one reading."""
    assert once([good(0, -20.0), good(100, -19.9)])[1]
    assert not once([good(0, -20.0), bad(0)])[1]


def test_nothing_is_read_while_nothing_can_be():
    """In an outage from 1 s to 6 s bad readings say why; a good one, another reason or none at all is a fault."""
    world = lived(("device", 1000, 6000))
    assert out_of_reach(world, [bad(3000), bad(5000, Reason.NOT_CONNECTED)])[1]
    assert out_of_reach(world, [good(1600, -18.4), bad(3000)])[1]  # heard late, of before
    assert not out_of_reach(world, [bad(3000), good(4000, -19.0)])[1]
    assert not out_of_reach(world, [bad(3000, Reason.SENTINEL)])[1]
    assert not out_of_reach(world, [])[1]


def test_a_hole_needs_a_reason():
    """1.2 s without any reading is a fault, unless record was down in it."""
    rows = [good(0, -20.0), bad(1200)]
    assert not traced(lived(), rows)[1]
    assert traced(lived(("record", 500, 700)), rows)[1]
    assert traced(lived(), [good(0, -20.0), bad(900), bad(1800)])[1]


@pytest.mark.parametrize(
    ("kept_numbers", "acknowledged", "holds"),
    [
        ([1, 2, 3], {1, 2, 3}, True),
        ([1, 2], {1, 2, 3}, False),
        ([1, 2, 2, 3], {1, 2, 3}, False),
        ([1, 2, 3, 4], {1, 2, 3}, True),
    ],
)
def test_what_was_acknowledged_is_there_once(kept_numbers: list[int], acknowledged: set[int], holds: bool):
    """One lost or twice is a fault; one that came through without its acknowledgement is none."""
    world = lived(sent=TRUTH, acknowledged=acknowledged, drawn=SimpleNamespace(forgets=True))
    rows = [good(100 * (number - 1), round(-20.1 + 0.1 * number, 1), seq=number) for number in kept_numbers]
    assert kept(world, rows)[1] == holds


def test_a_device_with_a_memory_loses_nothing():
    """It sends until all is acknowledged."""
    world = lived(sent=TRUTH, acknowledged={1}, drawn=SimpleNamespace(forgets=False))
    assert not kept(world, [good(0, -20.0, seq=1)])[1]


def test_silence_is_never_ok():
    """Between usable readings 1.5 s apart (the plan allows 1 s) and before the first nothing may be ok."""
    usable = [good(0, -20.0), good(500, -20.0), good(2000, -20.0)]
    before, silent = span("indeterminate", -500, 0), span("indeterminate", 500, 2000)
    now = START + 2 * SECOND
    assert SILENT_AFTER == SECOND
    assert never_ok("l", usable, [before, span("ok", 0, 500), silent, span("ok", 2000, None)], now)[1]
    assert not never_ok("l", usable, [before, span("ok", 0, None)], now)[1]
    late = span("indeterminate", 600, 2000)  # from its last usable reading on, not later
    assert not never_ok("l", usable, [before, span("ok", 0, 600), late, span("ok", 2000, None)], now)[1]
    assert not never_ok("l", usable[:2], [before, span("ok", 0, None)], now)[1]  # silent until now


def test_beyond_the_limit_is_never_ok():
    """Two readings above -15.0 one after the other are a deviation from the first; one alone is not."""
    usable = [good(0, -20.0), good(100, -14.0), good(200, -13.0), good(300, -20.0)]
    right = [span("ok", 0, 100), span("deviation", 100, 300), span("ok", 300, None)]
    assert limit_holds("l", usable, right)[1]
    assert not limit_holds("l", usable, [span("ok", 0, None)])[1]
    assert not limit_holds("l", usable, [span("deviation", 0, 300), span("ok", 300, None)])[1]
    assert limit_holds("l", [good(0, -20.0), good(100, -14.0), good(200, -20.0)], [span("ok", 0, None)])[1]


async def test_a_timed_device_shows_the_sample_of_now(monkeypatch: pytest.MonkeyPatch):
    """Asked at 0, 250 and 250 ms it shows the first sample, the third and the third; what was in between is gone."""
    device = TimedDevice(Recording(TRUTH.sensors, TRUTH.time - START, TRUTH.values))
    clock = iter([START, START, START + 250 * MS, START + 250 * MS])  # it begins, and is asked three times
    monkeypatch.setattr("benchmarks.chaos.timed_device.time", SimpleNamespace(time_ns=lambda: next(clock)))
    registers = [0] * device.size
    device.begin()
    found = []
    for _ in range(3):
        await device.read(3, 0, 6, 3, registers, None)
        found.append((registers[7], registers[8] - 65536))
    assert found == [(1, -200), (3, -198), (3, -198)]


def test_a_fifth_of_the_seeds_lives_on_the_wall_clock():
    """Each of them has an outage that is longer than the plan's silence; some devices remember, some count."""
    worlds = [drawn(seed) for seed in range(1, 401)]
    wall = [each for each in worlds if each.wall]
    assert 0.12 < len(wall) / len(worlds) < WALL_SHARE + 0.08
    assert all(any(t.to in ("wire", "device") and t.away > 3 for t in each.troubles) for each in wall)
    assert {each.forgets for each in wall} == {each.counts for each in wall} == {True, False}
