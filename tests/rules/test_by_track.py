"""Readings that lie series by series are judged as they lie, and decide what those in order of time decide."""

from __future__ import annotations

import numpy as np
import pytest

from readings.block import Block
from readings.inputs import Series
from readings.times import ALWAYS, SECOND
from rules import by_track, evidence
from rules.decisions import Decisions
from rules.engine import begin, step

START = 1_700_000_000 * SECOND
SERIES = (Series("L", "gone"), *(Series("L", "air", str(point)) for point in (3, 1, 2)), Series("L", "door"))
PLAN = """
sensors:
  air: {unit: degC, resolution: 0.1, points: 3 points, range: [-50, 60], every: 10 s, silent_after: 35 s}
  lone: {unit: degC, resolution: 0.5, every: 10 s, stuck: {unchanged_for: 60 s}}
  door: {unit: bool, every: 60 s}
ccps:
  - id: C
    critical:
      - {id: every, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 30 s}
      - {id: most, kind: threshold, of: air, combine: 2 of 3, at_most: 6.0 degC, confirm: 2 readings}
      - id: cleared
        kind: band
        of: air
        at_least: -5.0 degC
        at_most: 5.5 degC
        clears: {at_least: -4.0 degC, at_most: 4.5 degC, for: 20 s}
        except: [{while: door, at_most: 9.0 degC, for_at_most: 5 min, recovers_within: 1 min}]
      - {id: lone, kind: threshold, of: lone, at_most: 7 degC, compare: rounded}
"""


def readings(seed: int, size: int = 300) -> list[Block]:
    """Three blocks, in order of time: noise about the limits, spikes, bad ones, silences, several of one time."""
    draw = np.random.default_rng(seed)
    series = (*SERIES, Series("L", "lone"))
    blocks = []
    for part in range(3):
        which = np.tile(np.arange(len(series)), size)
        second = np.repeat(np.arange(size) * 10 + part * size * 10, len(series))
        value = np.round(draw.normal(3.0, 1.2, which.size), 1)
        value[draw.random(which.size) < 0.01] = 99.0  # out of range
        value[draw.random(which.size) < 0.01] = np.nan
        value[which == 5] = np.repeat(np.round(draw.normal(4, 2, size // 20)), 20)
        value[which == 4] = np.repeat(draw.integers(0, 2, size // 60), 60)
        there = draw.random(which.size) > 0.05
        there &= ~((which == 2) & (second // 300 % 5 == 1))
        again = draw.random(which.size) < 0.02
        rows = np.sort(np.r_[np.flatnonzero(there), np.flatnonzero(there & again)])
        quality = np.where(np.isnan(value) | (draw.random(which.size) < 0.01), 2, 0)
        value = np.where(quality == 2, np.nan, value)
        shown = value[rows] + np.where(np.r_[False, rows[1:] == rows[:-1]], 0.3, 0.0)
        blocks.append(
            Block(
                series=series,
                which=which[rows].astype(np.int32),
                time=START + second[rows] * SECOND,
                value=shown,
                raw=np.where(which[rows] == 5, np.round(shown * 7), np.nan),
                quality=quality[rows].astype(np.uint8),
                reason=(quality[rows] * 30).astype(np.uint8),
                received=START + second[rows] * SECOND,
                seq=np.full(rows.size, -1),
            )
        )
    return blocks


def by_series(block: Block) -> Block:
    return block.take(np.argsort(block.which, kind="stable"))


def decided(program, blocks) -> list[dict]:
    state, decisions = begin(program, complete=True), Decisions(program)
    for block in blocks:
        state, changes = step(program, state, block, ALWAYS)
        decisions.take(changes)
    decisions.finish(state)
    return list(decisions.lines())


@pytest.fixture(scope="module")
def program(make_bench):
    return make_bench(PLAN).program


@pytest.mark.parametrize("seed", range(6))
def test_they_decide_the_same(program, seed, monkeypatch):
    """Spans, reasons, worst values, times of decision: all equal, whatever stretch counts as long."""
    blocks = readings(seed)
    monkeypatch.setattr(evidence, "_LONG", 1 << 40)
    expected = decided(program, blocks)
    assert {line["verdict"] for line in expected} >= {"ok", "deviation", "indeterminate"}
    for long in (1, 64, 300):
        monkeypatch.setattr(evidence, "_LONG", long)
        assert decided(program, [by_series(block) for block in blocks]) == expected
        assert decided(program, blocks) == expected


@pytest.mark.parametrize("seed", range(3))
def test_columns_are_the_same_whichever_way(program, seed):
    """Track by track, the same times, values and unusable readings as those that are sorted."""
    block = by_series(readings(seed)[0])
    tracks = [program.heard.get(series, ((), ()))[0] for series in block.series]
    rows = evidence.SeriesRows(
        block.which.astype(np.intp), block.time, block.value, block.raw, block.quality, block.reason
    )
    lying = by_track._as_they_lie(program, tracks, rows)
    assert lying is not None
    other = by_track._sorted(program, tracks, rows)
    for name in ("track", "time", "value", "raw", "low", "high", "bad_track", "bad_time", "bad_reason"):
        np.testing.assert_array_equal(getattr(lying, name), getattr(other, name), err_msg=name)


def test_what_lies_otherwise_is_sorted(program):
    """In order of time, a series in two places, or time that goes back in a series: not taken as it lies."""
    block = readings(0)[0]
    tracks = [program.heard.get(series, ((), ()))[0] for series in block.series]

    def lying(order: np.ndarray):
        part = block.take(order)
        rows = evidence.SeriesRows(
            part.which.astype(np.intp), part.time, part.value, part.raw, part.quality, part.reason
        )
        return by_track._as_they_lie(program, tracks, rows)

    grouped = np.argsort(block.which, kind="stable")
    assert lying(grouped) is not None
    assert lying(np.arange(len(block))) is None
    assert lying(grouped[::-1].copy()) is None
    assert lying(np.r_[grouped[200:], grouped[:200]]) is None
    assert lying(np.empty(0, np.intp)) is None
