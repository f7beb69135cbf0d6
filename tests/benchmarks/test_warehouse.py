"""The readings that benchmarks are made of are what they say."""

from __future__ import annotations

import itertools

import numpy as np

from benchmarks.warehouse import LIMIT, Warehouse, cut
from readings.block import join
from rules.compile_plan import compile_plan
from rules.plan_check import load_plan


def test_every_sensor_has_one_limit():
    """The plan is a plan, and each series of the warehouse feeds one limit of it."""
    house = Warehouse(5, 3)
    program = compile_plan(load_plan(house.plan(), "plan.yaml"))
    assert len(program.limits) == 15
    assert {track.series for track in program.tracks} == set(house.series)


def test_calm_readings_are_calm():
    """About 0.05 % lie beyond, some spans of one sensor beyond are long, some readings are missing, time never falls."""
    block = Warehouse(100).calm(10_000)
    beyond = block.value > LIMIT
    assert 0.0002 < beyond.mean() < 0.001
    assert np.bincount(block.which[beyond]).max() > 200
    assert 0.99 < len(block) / 1_000_000 < 1
    assert (np.diff(block.time) >= 0).all()


def test_nasty_readings_flap():
    """30 % lie beyond, each by itself: every second or third reading of a sensor changes sides."""
    block = Warehouse(10).nasty(10_000)
    beyond = (block.value > LIMIT).reshape(-1, 10)
    assert 0.28 < beyond.mean() < 0.32
    assert 0.38 < (beyond[1:] != beyond[:-1]).mean() < 0.46


def test_cutting_loses_nothing():
    """Blocks are about as long as asked, hold every reading once, and keep those of one time together."""
    block = Warehouse(1_000).calm(3)
    parts = cut(block, 100)
    assert max(len(part) for part in parts) <= 110
    whole = join(parts)
    assert np.array_equal(whole.time, block.time)
    assert np.array_equal(whole.which, block.which)
    assert all(one.time[-1] < two.time[0] for one, two in itertools.pairwise(parts))
