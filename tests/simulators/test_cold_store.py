"""The store's air is of the kind of a real one's, its food follows, and both hold their limits."""

from __future__ import annotations

import numpy as np
import pytest

from readings.times import DAY, parse_time
from simulators.faults import STORE
from simulators.plant import plant

MONDAY = parse_time("2026-12-07T00:00:00+08:00")


@pytest.mark.parametrize("seed", range(4))
def test_store_holds_its_limits(seed: int) -> None:
    """Four weeks: food under -18, air over -15 only through a defrost (under -5, back in 45 min) or a door (under -10)."""
    played = plant(seed=seed).played(STORE, MONDAY, MONDAY + 28 * DAY)
    value = {key: samples.value for key, samples in played.series.items()}
    assert max(value["food", f"{zone}.1"].max() for zone in ("CS1", "CS2")) < -19
    assert value["air", "DOCK.1"].max() < 10
    for zone, points in (("CS1", 4), ("CS2", 2)):
        defrost, door = (value[name, f"{zone}.1"] > 0 for name in ("defrost", "door"))
        hot = np.max([value["air", f"{zone}.{point + 1}"] for point in range(points)], axis=0)
        recovering = np.convolve(defrost, np.ones(45), "full")[: len(defrost)] > 0
        opened = np.convolve(door, np.ones(8), "full")[: len(door)] > 0
        assert hot.max() < -5
        assert (hot[~recovering & ~opened] < -15).all()
        assert hot[opened & ~recovering].max() < -10
        begins = np.flatnonzero(np.diff(defrost.astype(int)) > 0)
        assert 14 * 60 < np.diff(begins).min() < np.diff(begins).max() < 36 * 60
        assert (hot > -15).sum() / 28 > 20  # minutes a day: the defrosts are there to be seen


@pytest.mark.parametrize("seed", range(2))
def test_food_lags_the_air(seed: int) -> None:
    """A defrost lifts the air by 10 K and more, the simulant by less than one and a half, and later."""
    played = plant(seed=seed).played(STORE, MONDAY, MONDAY + 7 * DAY)
    air, food = played.series["air", "CS1.1"].value, played.series["food", "CS1.1"].value
    first = int(np.flatnonzero(np.diff(played.series["defrost", "CS1.1"].value) > 0)[0])
    after = slice(first, first + 240)
    assert np.ptp(air[after]) > 10
    assert 0.4 < np.ptp(food[after]) < 1.5
    assert np.argmax(food[after]) > np.argmax(air[after])
