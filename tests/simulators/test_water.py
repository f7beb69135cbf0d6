"""The water line follows its week and holds its limits when nothing is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from readings.times import DAY, HOUR, MINUTE, parse_time
from simulators.faults import WATER
from simulators.plant import plant
from simulators.water import CHANGEOVER, CIP, RUNNING, STOPPED

MONDAY = parse_time("2026-12-07T00:00:00+08:00")


def hours_of(state: np.ndarray, code: int) -> float:
    """How long a code was shown, at 5 s a sample."""
    return float((state == code).sum() * 5 / 3600)


def test_water_follows_the_working_week() -> None:
    """Monday to Saturday 07:00 to 19:00 with a changeover, cleaning before; on Sunday nothing, and no bottle."""
    week = plant(seed=1).played(WATER, MONDAY, MONDAY + 7 * DAY).series
    state, bottles = week["filler_state", "1"].value, week["bottle_counter", "1"].value
    assert [hours_of(state, code) for code in (RUNNING, CHANGEOVER, CIP)] == [6 * 11.75, 6 * 0.25, 6.0]
    sunday = week["filler_state", "1"].time >= MONDAY + 6 * DAY
    assert set(state[sunday]) == {STOPPED}
    assert (np.diff(bottles) >= 0).all()
    assert not (np.diff(bottles)[state[1:] != RUNNING] > 1).any()
    assert bottles[-1] - bottles[0] == pytest.approx(6 * 11.75 * 328, abs=10)


def test_counter_is_not_volatile() -> None:
    """The bottle counter of a Monday is that of the Saturday before: it keeps its number over a gap."""
    found = [
        plant(seed=1)
        .played(WATER, MONDAY + hours * HOUR, MONDAY + hours * HOUR + MINUTE)
        .series["bottle_counter", "1"]
        for hours in (-24 - 4, 6)
    ]
    assert found[0].value[-1] == found[1].value[0]


@pytest.mark.parametrize("seed", range(4))
def test_water_holds_its_limits(seed: int) -> None:
    """Ten minutes into production: C x T10 over 1.6 mg.min/L, residual, pressure, dose within the plan."""
    played = plant(seed=seed).played(WATER, MONDAY + 7 * HOUR + 10 * MINUTE, MONDAY + 12 * HOUR + 30 * MINUTE)
    value = {key[0]: samples.value for key, samples in played.series.items()}
    contact_time = value["o3_contact"] * 2.5 * 0.3 / value["flow"] * 60
    assert contact_time.min() > 2.0
    assert value["o3_contact"].min() > 0.28
    assert value["o3_filler"].max() < 0.40
    assert 60 < value["vessel_pressure"].min() <= value["vessel_pressure"].max() < 120
    assert value["uv"].min() > 9.0
    assert value["uvt"].min() > 90
    assert value["mixer"].all()
    assert value["sample_flow"].all()
    assert value["flow"].max() < 7.0
    assert (value["o3_filler"] < value["o3_contact"]).all()


def test_water_always_on() -> None:
    """For who has no patience: it never stops, and lots still change."""
    played = plant(seed=1, always_on=True).played(WATER, MONDAY, MONDAY + DAY)
    assert set(played.series["filler_state", "1"].value) == {RUNNING}
    lots = [text.text for text in played.texts if text.sensor == "filler_lot"]
    assert len(set(lots)) == len(lots) == 6
