"""A plant is a function of time and seed: the same whoever asks, and of the kind of a real one."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.times import DAY, HOUR, MINUTE, SECOND, parse_time
from simulators.clock import PlantError
from simulators.faults import RETORT, STORE, WATER, Fault, FaultError
from simulators.plant import LINES, Plant, plant
from simulators.signals import Played

AT = parse_time("2026-12-01T00:00:00+08:00")
FAULTS = (
    Fault("low_ozone", WATER, AT + 9 * HOUR, AT + 10 * HOUR),
    Fault("stuck", WATER, AT + 11 * HOUR, AT + 12 * HOUR, sensor="flow"),
    Fault("cold_spot", RETORT, AT + HOUR, AT + 3 * HOUR, point="2"),
    Fault("clock_step", RETORT, AT + 5 * HOUR, AT + 6 * HOUR, size=90),
    Fault("compressor", STORE, AT + 2 * HOUR, AT + 8 * HOUR, zone="CS1"),
    Fault("late_upload", STORE, AT + 9 * HOUR, AT + 10 * HOUR),
    Fault("door_open", STORE, AT + 12 * HOUR, AT + 13 * HOUR, zone="DOCK"),
    *(Fault("unplugged", line, AT + 14 * HOUR, AT + 14 * HOUR + 90 * SECOND) for line in LINES),
)


@pytest.fixture(scope="module")
def made() -> Plant:
    """A plant in which everything is wrong at some time."""
    return plant(seed=3, faults=FAULTS, probed=True)


@pytest.fixture(scope="module")
def day(made: Plant) -> dict[str, Played]:
    """Its day."""
    return {line: made.played(line, AT, AT + DAY) for line in LINES}


@given(
    line=st.sampled_from(LINES),
    start=st.integers(0, 24 * 60 - 1),
    length=st.sampled_from([0, 1, 60, 5 * 60, 90 * 60]),
    shift=st.integers(0, SECOND),
)
@settings(max_examples=60, deadline=None)
def test_any_span_is_the_same_as_a_longer_run(
    made: Plant, day: dict[str, Played], line: str, start: int, length: int, shift: int
) -> None:
    """Down to a single sample, with all faults in it: same times, values, counts and texts."""
    begin = AT + start * MINUTE + shift
    end = min(begin + length * SECOND + 1, AT + DAY)
    part = made.played(line, begin, end)
    for key, samples in part.series.items():
        whole = day[line].series[key]
        rows = np.isin(whole.seq, samples.seq)
        for name in ("time", "value", "raw", "received", "seq"):
            assert np.array_equal(getattr(samples, name), getattr(whole, name)[rows]), (key, name)
    assert set(part.texts) <= set(day[line].texts) | set(made.played(line, AT - DAY, AT).texts)


def test_another_seed_is_another_plant() -> None:
    """No analog series of one seed is that of another."""
    for line in LINES:
        one, two = (plant(seed=seed).played(line, AT + 8 * HOUR, AT + 9 * HOUR) for seed in (1, 2))
        for key, samples in one.series.items():
            if key[0] in ("o3_contact", "flow", "tid", "r", "air", "food"):
                assert not np.array_equal(samples.raw, two.series[key].raw), key


def test_a_day_of_history_takes_about_a_second(made: Plant) -> None:
    """All lines, at the intervals of their plans; ten times as long would be a loop over samples."""
    began = time.perf_counter()
    for line in LINES:
        made.played(line, AT + 30 * DAY, AT + 31 * DAY)
    assert time.perf_counter() - began < 10


def test_values_are_what_counts_stand_for(day: dict[str, Played], made: Plant) -> None:
    """Every raw number is whole, and its value is the decimal that it stands for."""
    for line, played in day.items():
        for signal in made.lines[line].signals:
            samples = played.series[signal.key]
            assert np.array_equal(samples.raw, np.rint(samples.raw))
            assert samples.value.tolist() == [
                float(f"{raw / signal.steps:.3f}") for raw in samples.raw.tolist()
            ]
            assert (samples.raw >= 0).all() if signal.wide else (np.abs(samples.raw) < 32768).all()


def test_what_is_not_stuck_moves(made: Plant, day: dict[str, Played]) -> None:
    """Counts of an analog sensor that lives change within a few samples, so that one that is stuck can be told."""
    for line, still, names in (
        (WATER, 20, ("o3_contact", "uv", "water_temp")),
        (RETORT, 10, ("tid", "trd", "r", "core")),
        (STORE, 6, ("air",)),
    ):
        for key, samples in day[line].series.items():
            if key[0] in names:
                busy = samples.value > 0.05 if key[0] == "o3_contact" else np.ones(len(samples), np.bool_)
                moved = np.flatnonzero(np.diff(samples.raw[busy]) != 0)
                assert np.diff(moved).max() <= still, key


def test_sample_interval_and_counter(made: Plant, day: dict[str, Played]) -> None:
    """Samples lie on whole multiples of the interval; the counter goes up by one, and by more over a fault."""
    air = day[STORE].series["air", "CS1.1"]
    assert (air.time % MINUTE == 0).all()
    assert np.diff(air.seq).tolist().count(1) == len(air) - 2  # one sample is missing once
    faster = plant(every={STORE: 2 * SECOND}).played(STORE, AT, AT + MINUTE)
    assert len(faster.series["air", "CS1.1"]) == 30


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lines": ["retort"]}, "no line 'retort'; there are bottled-water, retort-2, cold-3"),
        ({"hurry": {RETORT: 31}}, "1 to 30 times as fast"),
        ({"hurry": {WATER: 2}}, "runs at its own pace"),
        ({"every": {STORE: 0}}, "every millisecond"),
    ],
)
def test_plants_that_cannot_be(given: dict[str, object], message: str) -> None:
    """What a plant cannot be told is refused, in words."""
    with pytest.raises(PlantError, match=message):
        plant(**given)  # type: ignore[arg-type]


def test_spans_that_cannot_be() -> None:
    """A line that does not run, and a time before the plant, are refused; so is a fault of a sensor there is not."""
    with pytest.raises(PlantError, match="no line 'cold-3'; there are retort-2"):
        plant(lines=[RETORT]).played(STORE, AT, AT + 1)
    with pytest.raises(PlantError, match="since 2025"):
        plant().played(STORE, 0, 1)
    with pytest.raises(FaultError, match="no such sensor and point; there are air"):
        plant(faults=[Fault("stuck", STORE, AT, AT + 1, sensor="air")])
    with pytest.raises(FaultError, match="the line does not run"):
        plant(lines=[WATER], faults=[Fault("unplugged", STORE, AT, AT + 1)])
