"""A recording: samples of a device, each a time and a value per sensor."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from readings.errors import HaccplineError
from readings.times import format_time, parse_time


class RecordingError(HaccplineError):
    """A recording cannot be played; the message names file and line."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a device measured, in time order.

    Attributes:
        sensors: `sensor` or `sensor/point`, one per column of `values`.
        time: int64 [n], ns UTC, ascending.
        values: float64 [n, sensors]; NaN where the device had no value.
    """

    sensors: tuple[str, ...]
    time: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]

    def __len__(self) -> int:
        """How many samples."""
        return len(self.time)

    def rows(self) -> Iterator[tuple[int, str, float]]:
        """Time, sensor and value, sample by sample; what the device had no value for comes as NaN."""
        for moment, sample in zip(self.time.tolist(), self.values.tolist(), strict=True):
            for sensor, value in zip(self.sensors, sample, strict=True):
                yield moment, sensor, value


def load_recording(path: Path) -> Recording:
    """Read a recording from CSV with the columns time, sensor, value; rows of one time are one sample.

    Raises:
        RecordingError: another shape, times that go back, or something that is no number.
    """
    samples: dict[int, dict[str, float]] = {}
    sensors: dict[str, None] = {}
    latest = -1
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = [name.strip() for name in next(rows, [])]
        if not {"time", "sensor", "value"} <= set(header):
            raise RecordingError(f"{path}:1: the columns are {header}; expected time, sensor, value")
        at, which, what = header.index("time"), header.index("sensor"), header.index("value")
        for row in rows:
            try:
                moment = parse_time(row[at])
                value = float(row[what]) if row[what].strip() else math.nan
            except (HaccplineError, ValueError, IndexError) as error:
                raise RecordingError(f"{path}:{rows.line_num}: {error}") from error
            if moment < latest:
                raise RecordingError(f"{path}:{rows.line_num}: the time goes back; sort the file by time")
            latest = moment
            sensors.setdefault(row[which].strip())
            samples.setdefault(moment, {})[row[which].strip()] = value
    if not samples:
        raise RecordingError(f"{path}: there are no samples in it")
    return Recording(
        tuple(sensors),
        np.array(list(samples), np.int64),
        np.array([[sample.get(sensor, math.nan) for sensor in sensors] for sample in samples.values()]),
    )


def save_recording(recording: Recording, path: Path) -> None:
    """Write a recording as CSV with the columns time, sensor, value."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("time", "sensor", "value"))
        for moment, sensor, value in recording.rows():
            writer.writerow((format_time(moment), sensor, "" if math.isnan(value) else repr(value)))
