"""Promise 4 for instruments that stand still, fall silent and give no answer: however it came, one record."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from random import Random

import pytest

from readings.times import SECOND
from rules import again
from rules.compile_plan import compile_plan
from rules.plan_check import load_plan

_SPEC = importlib.util.spec_from_file_location(
    "any_day_frozen", Path(__file__).with_name("test_any_plan_any_day.py")
)
any_day = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(any_day)

THERMOMETERS = ("core", "two/1", "two/2", "ref")
SIZE = 50  # scans
SEEDS = any_day.SEEDS // 2


def a_plan(chance):
    """Any plan whose thermometers may be stuck."""
    plan = any_day.any_plant.a_plan(chance, any_day.HEAD).replace(", stuck: {unchanged_for: 60 s}", "")
    stuck = f"stuck: {{unchanged_for: {chance.choice([30, 60, 100])} s}}"
    for name in ("core", "two", "ref"):
        sensor = f"  {name}: {{unit: degC, resolution: 0.1,"
        assert sensor in plan
        plan = plan.replace(sensor, f"{sensor} {stuck},")
    return plan


def frozen(chance, rows):
    """Each thermometer stands still now and then, is silent or gives no answer; the first row is left as it is."""
    often, muted = chance.choice([(0.04, 0.05), (0.08, 0.03), (0.15, 0.12)])
    found, still, mute = rows[:1], {}, {}
    for at, name, value in rows[1:]:
        if name not in THERMOMETERS:
            found.append((at, name, value))
            continue
        until, number = still.get(name, (-1, None))
        if until < at and value is not None and chance.random() < often:
            until, number = still[name] = at + chance.choice([40, 80, 150, 300, 600]), value
        if mute.get(name, (-1, True))[0] < at and chance.random() < muted:
            mute[name] = at + chance.choice([20, 40, 40, 80, 140]), chance.random() < 0.5
        end, answers = mute.get(name, (-1, True))
        if end <= at:
            found.append((at, name, number if until >= at and value is not None else value))
        elif not answers:
            found.append((at, name, None))
    return found


@pytest.mark.parametrize("seed", range(30_000, 30_000 + SEEDS))
def test_a_record_of_instruments_that_stand_still_says_the_same(seed, monkeypatch):
    """In order or late, in whatever parts, restarted, and however far the tail lags behind."""
    chance = Random(seed)
    plan = a_plan(chance)
    program = compile_plan(load_plan(plan, "plan.yaml"))
    rows = frozen(chance, any_day.any_plant.a_day(chance, plan, SIZE))
    until = any_day.time_of(rows[-1]) + 400 * SECOND
    lag = chance.choice([1.0, 1.25, 2.0, 3.0])
    monkeypatch.setattr(again, "lag_of", lambda program: int(lag * program.window))
    monkeypatch.setattr(any_day, "LATE", 20)  # of few readings a block takes long
    came = any_day.shuffled(chance, rows) if chance.random() < 0.7 else rows
    any_day.check(any_day.live(program, came, until, chance), any_day.whole(program, rows, until))
