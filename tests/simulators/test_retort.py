"""The retort's batches are of the kind of a real one's, and hold their limits when nothing is wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from readings.times import HOUR, MINUTE, SECOND, parse_time
from simulators.faults import RETORT
from simulators.plant import plant
from simulators.retort import COME_UP, COOL, HOLD, LOADING, UNLOAD

MONDAY = parse_time("2026-12-07T00:00:00+08:00")


@pytest.mark.parametrize("seed", range(4))
def test_batches_of_the_retort(seed: int) -> None:
    """Each goes through its phases in order; come-up within 14 min, over 121.0 degC for 55 min, F0 of 6 and more."""
    played = plant(seed=seed, probed=True).played(RETORT, MONDAY, MONDAY + 10 * HOUR)
    value = {key: samples.value for key, samples in played.series.items()}
    phase = value["phase", "1"]
    starts = np.flatnonzero(np.diff(phase, prepend=0) != 0)
    order = phase[starts].tolist()
    assert all(b == a % UNLOAD + 1 for a, b in pairwise(order))
    spans = {code: [] for code in (LOADING, COME_UP, HOLD, COOL, UNLOAD)}
    for first, after in pairwise(starts[1:]):
        spans[int(phase[first])].append((first, after))
    assert all(9 * 60 < after - first < 14 * 60 for first, after in spans[COME_UP])
    for first, after in spans[HOLD]:
        assert after - first >= 55 * 60
        points = [value["r", str(point)][first:after] for point in range(1, 7)]
        assert min(each.min() for each in points) >= 121.3
        assert np.ptp(points, axis=0).max() <= 1.0
        assert value["tid", "1"][first:after].min() >= 121.5
        assert (
            130 < value["pressure", "1"][first:after].min() <= value["pressure", "1"][first:after].max() < 190
        )
        behind = value["trd", "1"][first:after] - value["tid", "1"][first:after]
        assert -0.5 < behind.mean() < 0
        assert value["circulation", "1"][first - 600 : after].min() > 110
    first, after = spans[HOLD][1]
    lethality = 10 ** ((value["core", "3"][first - 1500 : after + 1500] - 121.1) / 10)
    assert 6 < lethality.sum() / 60 < 40
    assert value["core", "1"][first] < value["r", "1"][first] - 30  # the can follows
    assert value["core", "1"][after + 60] > value["r", "1"][after + 60]  # and stays warm


def test_a_hurried_retort() -> None:
    """Twenty times as fast, a batch takes five minutes, its numbers are the same, and its clock is not."""
    played = plant(seed=1, hurry={RETORT: 20}).played(RETORT, MONDAY, MONDAY + HOUR)
    phase, tid = played.series["phase", "1"], played.series["tid", "1"]
    assert (np.diff(phase.value) < 0).sum() == 11
    assert tid.value[phase.value == HOLD].min() >= 121.3
    assert np.diff(tid.time).tolist() == [SECOND] * 3599
    batches = [text for text in played.texts if text.sensor == "cycle_id"]
    assert len({text.text for text in batches}) == len(batches) >= 12
    assert np.diff([text.time for text in batches]).tolist() == [5 * MINUTE] * (len(batches) - 1)
