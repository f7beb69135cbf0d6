"""Time of the plant: where it counts from, its local day, and how fast its processes run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from readings.errors import HaccplineError
from readings.times import DAY, HOUR, SECOND, parse_time

ORIGIN = parse_time("2025-01-01T00:00:00Z")  # the plant's processes are counted from here
LOCAL = 8 * HOUR  # Asia/Shanghai is 8 h ahead of UTC, all year (since 1991)
FASTEST = 30  # how much faster than in a real plant its processes may run; ns of years still fit 64 bits


class PlantError(HaccplineError):
    """The plant cannot be run so; the message says why."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a line's processes run; its sensors and clocks keep real time.

    Attributes:
        hurry: minutes of the process per minute.
    """

    hurry: int = 1

    def __post_init__(self) -> None:
        """Check the hurry.

        Raises:
            PlantError: it is not in 1 to `FASTEST`.
        """
        if not 1 <= self.hurry <= FASTEST:
            raise PlantError(
                f"a process runs 1 to {FASTEST} times as fast as in a real plant, not {self.hurry}"
            )

    def process(self, time: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How far the process is, ns since `ORIGIN`, at these times in ns UTC."""
        return np.asarray((time - ORIGIN) * self.hurry, np.int64)

    def at(self, time: int) -> int:
        """How far the process is, ns since `ORIGIN`, at a time in ns UTC."""
        return (time - ORIGIN) * self.hurry

    def time(self, process: int) -> int:
        """When the process is that far, ns UTC."""
        return ORIGIN - (-process // self.hurry)


REAL = Pace()


def local_day(time: int) -> int:
    """When the local day of a time began, ns UTC."""
    return (time + LOCAL) // DAY * DAY - LOCAL


def date_text(time: int) -> str:
    """Local date of a time: `20261201`."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=(time + LOCAL) // SECOND)).strftime("%Y%m%d")
