"""Recordings are read as written, or refused with the line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from readings.times import HOUR, parse_time
from simulators.freezer import freezer
from simulators.recording import RecordingError, load_recording, save_recording

START = parse_time("2026-01-01T00:00:00Z")


def test_saved_and_loaded(tmp_path: Path) -> None:
    """A recording comes back from its file with the same times, sensors and values."""
    made = freezer(seed=1, start=START, duration=3 * HOUR).recording(air="air/CS1.1")
    save_recording(made, tmp_path / "a.csv")
    again = load_recording(tmp_path / "a.csv")
    assert again.sensors == ("air/CS1.1", "defrost", "door")
    assert (again.time == made.time).all()
    assert (again.values == made.values).all()


def test_gaps(tmp_path: Path) -> None:
    """What has no value, or no row, at a time is not a number there."""
    file = tmp_path / "a.csv"
    file.write_text(
        "time,sensor,value\n2026-01-01T00:00:00Z,a,1\n2026-01-01T00:00:00Z,b,\n2026-01-01T00:01:00Z,b,2\n"
    )
    assert np.array_equal(load_recording(file).values, [[1, np.nan], [np.nan, 2]], equal_nan=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,value\n", "a.csv:1: the columns are"),
        ("time,sensor,value\n", "there are no samples"),
        ("time,sensor,value\nnow,a,1\n", "a.csv:2: 'now' is not a time"),
        ("time,sensor,value\n2026-01-01T00:00:00Z,a,cold\n", "a.csv:2: could not convert"),
        (
            "time,sensor,value\n2026-01-01T00:01:00Z,a,1\n2026-01-01T00:00:00Z,a,1\n",
            "a.csv:3: the time goes back",
        ),
    ],
)
def test_wrong_recordings(text: str, message: str, tmp_path: Path) -> None:
    """What cannot be played is told with file and line."""
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(RecordingError, match=message):
        load_recording(file)
