"""What a line's devices measure, and what a span of it looks like when it is played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from readings.inputs import LONE_POINT

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

Key = tuple[str, str]  # sensor, point


@dataclass(frozen=True, slots=True)
class Signal:
    """One point of one sensor, as its transmitter gives it.

    Attributes:
        sensor: its name in the plan.
        unit: of its values.
        steps: counts per unit: 100 where it resolves 0.01. A transmitter resolves finer than the plan judges, so that
            its counts move although the value stands.
        point: `1` where the sensor has one point.
        wide: a count of 32 bits, never negative; others fit 16 bits with a sign.
    """

    sensor: str
    unit: str
    steps: int = 1
    point: str = LONE_POINT
    wide: bool = False

    @property
    def key(self) -> Key:
        """Sensor and point."""
        return (self.sensor, self.point)

    @property
    def name(self) -> str:
        """`sensor`, or `sensor/point` where the point is not the only one."""
        return self.sensor if self.point == LONE_POINT else f"{self.sensor}/{self.point}"

    def counts(self, measured: F64) -> F64:
        """Whole counts of the transmitter."""
        return np.asarray(np.rint(measured * self.steps), np.float64)

    def values(self, counts: F64) -> F64:
        """Values in the unit: the decimal that the counts stand for, correctly rounded."""
        return np.asarray(counts / self.steps, np.float64)


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """A coded text that holds from a time on: product, lot, cycle.

    Attributes:
        time: ns UTC.
        sensor: its name in the plan.
        text: what holds now.
    """

    time: int
    sensor: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What one series gave, in the order of the samples.

    Attributes:
        time: int64 [n], the device's time of the sample, ns UTC.
        value: float64 [n], in the unit.
        raw: float64 [n], whole counts.
        received: int64 [n], when the gateway would have it, ns UTC.
        seq: int64 [n], the device's counter of samples.
    """

    time: I64
    value: F64
    raw: F64
    received: I64
    seq: I64

    def __len__(self) -> int:
        """How many samples."""
        return len(self.time)

    def without(self, start: int, end: int) -> Samples:
        """The same but those received from `start` on, up to `end`, not included."""
        kept = (self.received < start) | (self.received >= end)
        return Samples(self.time[kept], self.value[kept], self.raw[kept], self.received[kept], self.seq[kept])


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A span of a line, faults in it.

    Attributes:
        line: its name.
        start: ns UTC, included.
        end: ns UTC, not included.
        series: samples by sensor and point.
        texts: texts that began in the span, before them those that held when it began.
    """

    line: str
    start: int
    end: int
    series: Mapping[Key, Samples]
    texts: tuple[Text, ...]
