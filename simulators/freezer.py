"""A freezer that isn't there: air, defrosts and door openings as a pure function of time and a seed.

Of the same kind as a real walk-in freezer seen once a minute: a saw-tooth between about -20.6 and -18.4 degC,
an automatic defrost about every 36 h that lifts the air above -15 degC for 45 to 62 min, up to +5.7 degC, and
door openings that do so for 2 to 6 min. Every span of a longer run is the same as a shorter run gives it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from readings.times import DAY, HOUR, MINUTE, SECOND
from simulators.noise import uniform
from simulators.recording import Recording

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_MEAN, _SWING, _CYCLE = -19.5, 1.05, 28 * MINUTE
_BETWEEN_DEFROSTS = 36 * HOUR
_AFTER_DEFROST = 3 * HOUR  # no door is opened so soon after a defrost began, to keep the truths apart
_AMBIENT, _WARMING = 20.0, 6.0 * HOUR  # where the air drifts when the compressor has failed, and how fast


@dataclass(frozen=True, slots=True)
class Event:
    """Something that lifts the air temperature.

    Attributes:
        kind: `defrost` or `door`.
        start: heater on, or door opened; ns UTC.
        end: heater off, or door closed; ns UTC.
        lift: K at its end, above what would have been.
        decay: ns in which the lift falls to 37 %.
    """

    kind: str
    start: int
    end: int
    lift: float
    decay: int

    def lifted(self, time: I64) -> F64:
        """K above what would have been, at each time."""
        rising = np.clip((time - self.start) / (self.end - self.start), 0, 1)
        falling = np.exp(-np.maximum(time - self.end, 0) / self.decay)
        return np.asarray(self.lift * rising * falling, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Freezer:
    """A run of the freezer, with its known truths.

    Attributes:
        time: int64 [n], ns UTC.
        air: float64 [n], degC, in steps of 0.1.
        defrost: bool [n], the heater is on.
        door: bool [n], the door is open.
        defrosts: heater on and off, ns UTC, of each defrost that begins in the run.
        doors: door opened and closed, ns UTC.
        failure: when the compressor failed, ns UTC; None if it did not.
    """

    time: I64
    air: F64
    defrost: Bools
    door: Bools
    defrosts: tuple[tuple[int, int], ...]
    doors: tuple[tuple[int, int], ...]
    failure: int | None

    def above(self, limit: float) -> list[tuple[int, int]]:
        """Times of the first and last sample of each span above a limit in degC."""
        over = np.concatenate(([False], self.air > limit, [False]))
        edges = np.flatnonzero(over[1:] != over[:-1])
        return [(int(self.time[a]), int(self.time[b - 1])) for a, b in edges.reshape(-1, 2)]

    def recording(
        self, *, air: str = "air", defrost: str = "defrost", door: str | None = "door"
    ) -> Recording:
        """The run as a recording, under these names of sensors; without the door if it has none."""
        named = {air: self.air, defrost: self.defrost.astype(np.float64)}
        if door:
            named[door] = self.door.astype(np.float64)
        return Recording(tuple(named), self.time, np.column_stack(list(named.values())))


def freezer(
    *, seed: int, start: int, duration: int, step: int = MINUTE, failure: int | None = None
) -> Freezer:
    """Run the freezer.

    Args:
        seed: another one is another freezer.
        start: ns UTC of the first sample.
        duration: ns.
        step: ns between samples.
        failure: ns UTC when its compressor fails; from then on it warms towards 20 degC.
    """
    time = np.arange(start, start + duration, step, dtype=np.int64)
    events = [*_defrosts(seed, start, start + duration), *_doors(seed, start, start + duration)]
    air = _MEAN + _SWING * (2 / np.pi) * np.arcsin(np.sin(2 * np.pi * (time % _CYCLE) / _CYCLE))
    signal = {"defrost": np.zeros(len(time), np.bool_), "door": np.zeros(len(time), np.bool_)}
    for event in events:
        air += event.lifted(time)
        signal[event.kind] |= (time >= event.start) & (time < event.end)
    if failure is not None:
        air += (_AMBIENT - air) * -np.expm1(-np.maximum(time - failure, 0) / _WARMING)
    air += 0.1 * (uniform(seed, time) - 0.5)
    spans = {
        kind: tuple(
            (e.start, e.end) for e in events if e.kind == kind and start <= e.start < start + duration
        )
        for kind in signal
    }
    return Freezer(
        time,
        np.round(air * 10) / 10,
        signal["defrost"],
        signal["door"],
        spans["defrost"],
        spans["door"],
        failure,
    )


def _defrosts(seed: int, start: int, end: int) -> list[Event]:
    found = []
    for number in range((start - 6 * HOUR) // _BETWEEN_DEFROSTS, end // _BETWEEN_DEFROSTS + 1):
        draw = np.random.default_rng((seed, 1, number))
        begins = number * _BETWEEN_DEFROSTS + int(draw.integers(0, 90)) * MINUTE
        heated = int(draw.integers(25, 31)) * MINUTE
        event = Event("defrost", begins, begins + heated, draw.uniform(21.0, 25.0), 20 * MINUTE)
        if event.start < end:
            found.append(event)
    return found


def _doors(seed: int, start: int, end: int) -> list[Event]:
    defrosts = _defrosts(seed, start - DAY, end + DAY)
    found = []
    for day in range((start - HOUR) // DAY, end // DAY + 1):
        draw = np.random.default_rng((seed, 2, day))
        for hour in sorted(draw.choice(24, size=draw.integers(0, 3), replace=False).tolist()):
            begins = day * DAY + hour * HOUR + int(draw.integers(0, 50)) * MINUTE
            event = Event("door", begins, begins + 2 * MINUTE, draw.uniform(9.0, 24.0), 100 * SECOND)
            near = any(-HOUR < begins - each.start < _AFTER_DEFROST for each in defrosts)
            if not near and begins < end:
                found.append(event)
    return found
