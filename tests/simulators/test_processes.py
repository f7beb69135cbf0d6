"""Each line's process is physically plausible, and holds its limits when nothing is wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from readings.times import DAY, HOUR, MINUTE, SECOND, format_time, parse_time
from simulators.clock import LOCAL
from simulators.faults import RETORT, STORE, WATER
from simulators.plant import plant
from simulators.retort import COME_UP, COOL, HOLD, LOADING, UNLOAD
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


def test_texts_say_what_holds_at_the_beginning() -> None:
    """The first texts of a span are those that hold when it begins, with the times from which they have held."""
    made = plant(seed=1)
    for line, sensors in (
        (WATER, {"filler_product", "filler_lot"}),
        (RETORT, {"cycle_id", "recipe", "basket_scan"}),
        (STORE, {"lot"}),
    ):
        for hour in range(0, 24 * 8, 5):
            start = MONDAY + hour * HOUR + 1
            texts = made.played(line, start, start + MINUTE).texts
            held = [text for text in texts if text.time <= start]
            assert {text.sensor for text in held} == sensors
            assert len(held) == len(sensors)
            assert all(text.time < start + MINUTE for text in texts)


def test_lots_are_named_by_local_dates() -> None:
    """A lot of the store begins at 06:00 local time and carries that day's date; a batch counts within its day."""
    made = plant(seed=1)
    (lot,) = made.played(STORE, MONDAY + 7 * HOUR, MONDAY + 8 * HOUR).texts
    assert (lot.text, format_time(lot.time + LOCAL)) == ("D20261207", "2026-12-07T06:00:00Z")
    batches = [
        text.text for text in made.played(RETORT, MONDAY, MONDAY + DAY).texts if text.sensor == "cycle_id"
    ]
    assert batches[1:4] == ["R2-20261207-01", "R2-20261207-02", "R2-20261207-03"]
