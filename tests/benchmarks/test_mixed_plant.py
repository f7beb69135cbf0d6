"""The mixed plant has limits of every kind, and is judged without a fault."""

from __future__ import annotations

from benchmarks.mixed_plant import KINDS, MixedPlant
from rules.compile_plan import compile_plan
from rules.kinds import KINDS as ALL
from rules.plan_check import load_plan

# not once a second: of the line's state, entered by people, and of a published table, which is a dwell
_APART = {"phase_duration", "by_hand", "table_dwell"}


def test_every_kind_is_measured():
    """A new kind is put into the plant, or said to be apart."""
    assert {each.kind for each in KINDS} | _APART == set(ALL)


def test_each_limit_hears_a_reading_a_second():
    """So many limits as it says, each with readings of its own in every second."""
    plant = MixedPlant(2)
    program = compile_plan(load_plan(plant.plan(), "plan.yaml"))
    judged = [limit for limit in program.limits if limit.limit != "watched"]
    assert len(judged) == plant.limits
    block = plant.block(3)
    fed = {track for series in block.series for track in program.heard.get(series, ((), ()))[0]}
    assert all(set(limit.sources) <= fed for limit in judged)
    assert len(block) == 3 * len(block.series)
