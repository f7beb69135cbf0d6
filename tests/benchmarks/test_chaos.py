"""Twenty worlds, each by its seed: wires that cut, delay, double and spoil, kills, outages, a full disk; the truth judges.

A seed that does not hold is lived through again by `python -m benchmarks.chaos --seeds 1 --first SEED --loud`.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections import Counter

import pytest

from benchmarks.chaos.drawn import CLEARS, drawn, excursions
from benchmarks.chaos.run import Outcome, run_seeds
from readings.times import MINUTE, parse_time
from simulators.recording import Recording

SEEDS = range(1, 21)
BESIDE = 5


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """What came of every seed."""
    found: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        found.append(outcome)
        print(outcome.told())

    asyncio.run(run_seeds(SEEDS, tmp_path_factory.mktemp("chaos"), beside=BESIDE, tell=tell))
    return found


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_worlds_hold(mosquitto, outcomes):
    """Nothing acknowledged is lost, nothing doubled, nothing wrong believed; books and decisions are those of the truth."""
    assert sorted(outcome.seed for outcome in outcomes) == list(SEEDS)
    fallen = [outcome.told() for outcome in outcomes if not outcome.holds]
    assert not fallen, "\n".join(fallen)


@pytest.mark.server
@pytest.mark.slow
def test_they_went_through_something(mosquitto, influxd, outcomes):
    """Every trouble and every ill came about: a wire that does nothing would prove nothing."""
    counted = sum((outcome.counted for outcome in outcomes), Counter())
    for what in ("record", "broker", "influxdb"):
        assert counted[what] > 0, what
    for ill in ("cut", "delayed", "doubled", "spoilt"):
        assert counted[f"{ill} on the wire modbus"] > 0, ill
    for ill in ("cut", "delayed", "doubled"):
        assert counted[f"{ill} on the wire broker to record"] > 0, ill
    assert counted["cut on the wire influxdb"] > 0
    assert counted["messages sent again by the device"] > 0
    assert counted["wire"] + counted["device"] > 0
    assert 3 <= sum(drawn(seed).wall for seed in SEEDS) <= 6


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk to fill needs root")
def test_a_disk_was_full(mosquitto, outcomes):
    """The seeds fill a disk now and then."""
    assert any(each.to == "disk" for seed in SEEDS for each in drawn(seed).troubles)
    if any("cannot be here" in line for outcome in outcomes for line in outcome.said):
        pytest.skip("no tmpfs can be mounted here")
    assert sum(outcome.counted["disk"] for outcome in outcomes) > 0


def test_a_seed_says_the_same_again():
    """Readings and troubles are drawn from the seed alone; another seed says something else."""
    one, again, other = drawn(7), drawn(7), drawn(8)
    assert one.troubles == again.troubles
    assert one.polled.values.tobytes() == again.polled.values.tobytes()
    assert one.sent.values.tobytes() == again.sent.values.tobytes()
    assert one.sent.values.tobytes() != other.sent.values.tobytes()


def test_excursions_by_hand():
    """From the first of two beyond -15.0 to the first at -15.5 or below; one alone, and no value, say nothing."""
    import numpy as np

    start = parse_time("2026-12-01T00:00:00Z")
    values = [-18, -14, -18, -14, math.nan, -13, -15.4, CLEARS, -20, -14.9, -14.9]
    time = start + np.arange(len(values), dtype=np.int64) * MINUTE
    played = Recording(("air",), time, np.array(values)[:, np.newaxis])
    at = time.tolist()
    assert excursions(played) == [(at[3], at[7]), (at[9], None)]
