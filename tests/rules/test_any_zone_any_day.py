"""Promise 4 for zones, transit by volume and numbers that stand still over stops: however it came, one record."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from readings.inputs import Series
from readings.times import SECOND
from rules import again
from rules.compile_plan import compile_plan
from rules.passage import Flow
from rules.plan_check import load_plan


def beside(name):
    """A module that lies beside this one, for itself."""
    spec = importlib.util.spec_from_file_location(f"{name}_by_zone", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


any_zoned_plant, any_day = beside("any_zoned_plant"), beside("test_any_plan_any_day")
SEEDS = any_day.SEEDS


class Piped(any_day.Plant):
    """One whose product flows through a pipe to where lots are counted."""

    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        self.heard = []

    def hear(self, block, until, position=0):
        """Keep what is heard, as the archive does."""
        self.heard.append(block)
        super().hear(block, until, position)

    def flow_of(self, limit):
        """What was heard of the flow."""
        if limit.transit is None or limit.transit.flow is None:
            return None
        sensor, of = self.program.plan.sensors["flow"], Series("L", "flow")
        rows = [(each, each.which == each.series.index(of)) for each in self.heard if of in each.series]
        time, value, quality = (
            np.concatenate([np.empty(0, kind), *(getattr(each, name)[mine] for each, mine in rows)])
            for name, kind in (("time", np.int64), ("value", float), ("quality", np.uint8))
        )
        order = np.argsort(time, kind="stable")
        until = self.state.until

        def flow_from(start):
            mine = order[(time[order] >= start - sensor.silence) & (time[order] <= until)]
            return Flow.of(sensor, time[mine], value[mine], quality[mine] == 0, until)

        return flow_from

    def affected(self):
        """For how long the flow was not known is told with a span, as it was then."""
        return {event: (replace(span, unknown=0), lots) for event, (span, lots) in super().affected().items()}


any_day.Plant = Piped


@pytest.mark.parametrize("seed", range(20_000, 20_000 + SEEDS))
def test_a_record_by_zone_says_the_same_however_its_readings_came(seed, monkeypatch):
    """In order or late, in whatever parts, restarted, and however far the tail lags behind."""
    chance = Random(seed)
    plan = any_zoned_plant.a_plan(chance, any_day.HEAD)
    program, rows = (
        compile_plan(load_plan(plan, "plan.yaml")),
        any_zoned_plant.a_day(chance, plan, any_day.SIZE),
    )
    until = any_day.time_of(rows[-1]) + 400 * SECOND
    lag = chance.choice([1.0, 1.25, 2.0, 3.0])
    monkeypatch.setattr(again, "lag_of", lambda program: int(lag * program.window))
    came = any_day.shuffled(chance, rows) if chance.random() < 0.7 else rows
    any_day.check(any_day.live(program, came, until, chance), any_day.whole(program, rows, until))
