"""The generated freezer is of the kind of the real one, and the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from readings.times import DAY, HOUR, MINUTE, parse_time
from simulators.freezer import freezer

START = parse_time("2026-01-01T00:00:00Z")


def test_pure_function_of_time_and_seed() -> None:
    """A later, shorter run shows the same freezer; another seed shows another."""
    long = freezer(seed=1, start=START, duration=9 * DAY)
    part = freezer(seed=1, start=START + 4 * DAY, duration=2 * DAY)
    rows = slice(4 * 1440, 6 * 1440)
    assert (long.air[rows] == part.air).all()
    assert (long.defrost[rows] == part.defrost).all()
    assert (long.door[rows] == part.door).all()
    assert not (freezer(seed=2, start=START, duration=9 * DAY).air == long.air).all()


@pytest.mark.parametrize("seed", range(6))
def test_every_excursion_has_a_known_cause(seed: int) -> None:
    """Above -15 degC only through a defrost (45 to 65 min, up to +6) or a door (up to 6 min)."""
    run = freezer(seed=seed, start=START, duration=28 * DAY)
    spans = run.above(-15.0)
    assert len(spans) > 15
    for first, last in spans:
        minutes = (last - first) // MINUTE + 1
        if any(on <= first < off + HOUR for on, off in run.defrosts):
            assert 40 <= minutes <= 65
        else:
            assert any(opened <= first <= closed + 2 * MINUTE for opened, closed in run.doors)
            assert 1 <= minutes <= 6
    assert run.air.max() < 6.5
    assert -20.0 < np.median(run.air) < -19.0
    assert np.array_equal(run.air, np.round(run.air, 1))


def test_signals_match_the_truths() -> None:
    """The defrost signal is true from heater on to heater off, 25 to 30 min, about every 36 h."""
    run = freezer(seed=3, start=START, duration=14 * DAY)
    on = run.time[run.defrost]
    for begins, ends in run.defrosts[:-1]:
        assert ((on >= begins) & (on < ends)).sum() == (ends - begins) // MINUTE
        assert 25 * MINUTE <= ends - begins <= 30 * MINUTE
    gaps = np.diff([begins for begins, _ in run.defrosts]) / HOUR
    assert ((gaps > 34) & (gaps < 38)).all()


def test_failed_compressor_warms_for_good() -> None:
    """After the failure the air passes -15 degC within hours and does not come back; before, nothing differs."""
    failure = START + 2 * DAY
    well = freezer(seed=1, start=START, duration=4 * DAY)
    ill = freezer(seed=1, start=START, duration=4 * DAY, failure=failure)
    before = ill.time <= failure
    assert (well.air[before] == ill.air[before]).all()
    assert (ill.air[ill.time > failure + 4 * HOUR] > -15).all()


@pytest.mark.recorded
def test_like_the_real_one(recordings: Path) -> None:
    """Mean and spread are those of two real weeks, within a degree."""
    text = (recordings / "timeseries/freezer/freezer_1min.csv").read_text().splitlines()[1:]
    real = np.array([float(row.split(",")[1]) for row in text])
    made = freezer(seed=1, start=START, duration=14 * DAY).air
    assert abs(real.mean() - made.mean()) < 1
    assert abs(real.std() - made.std()) < 1
