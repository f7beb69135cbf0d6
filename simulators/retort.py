"""A still water-spray retort, batch after batch, as a function of time.

The heat balance of each phase has a closed form: steam lifts the water towards its own temperature (come-up), a
controller keeps it (hold), cold water takes the heat away (cool). Cans follow as two thermal masses in a row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from readings.times import DAY, MINUTE, SECOND
from simulators.clock import REAL, Pace, date_text, local_day
from simulators.faults import Fault
from simulators.noise import F64, I64, flutter, uniform, wander
from simulators.signals import Key, Signal, Text

POINTS, CORES = 6, 3
SIGNALS: tuple[Signal, ...] = (
    Signal("tid", "degC", 100),
    Signal("trd", "degC", 100),
    *(Signal("r", "degC", 100, point=str(point + 1)) for point in range(POINTS)),
    Signal("pressure", "kPa", 10),
    Signal("circulation", "m3/h", 10),
    Signal("phase", "code"),
)
CORE_SIGNALS: tuple[Signal, ...] = tuple(
    Signal("core", "degC", 100, point=str(core + 1)) for core in range(CORES)
)
TEXTS = ("cycle_id", "recipe", "basket_scan")
LOADING, COME_UP, HOLD, COOL, UNLOAD = 1, 2, 3, 4, 5

CYCLE = 100 * MINUTE  # from one loading to the next (chosen)
LOADS = 8 * MINUTE  # (chosen)
HELD = 57 * MINUTE  # the scheduled process asks for 55 min; up to 1 min more is drawn
COOLED = 15 * MINUTE  # (chosen)
SETPOINT = 122.0  # degC: 1 K above the scheduled 121.0
STEAM = 136.0  # degC, saturated at 2.2 bar gauge: where the water would end up with the valve open
COME_UP_LAG = (
    5.6 * 60
)  # s: heat capacity of water and cans over what the steam gives (chosen: 11 min to 122 degC)
EVEN = 45.0  # s that the points are given to even out before the hold is counted
WARM, AMBIENT_LAG = 38.0, 10 * 60.0  # degC of an opened, warm retort, and s in which it comes back to it
COOLING_WATER, COOLING_LAG = 26.0, 5 * 60.0  # degC, s
INITIAL = 14.0  # degC of the cans when they come in: the scheduled process asks for 8.0 or more
CAN_LAGS = (15 * 60.0, 5 * 60.0)  # s: a 340 g can of meat that heats by conduction, f_h about 40 min (chosen)
PRESSURE, CIRCULATION = 160.0, 125.0  # kPa gauge, m3/h: mid of the plan's 130 to 190; above its 110
FARTHEST = 35.0  # s by which the slowest point follows the indicator
RECORDER = -0.15  # K: a recorder reads no higher than the indicator (21 CFR 113.40)
COLD_LAG = 30 * SECOND  # how fast a cold spot comes about (chosen)
_GRID = 10.0  # s between the steps of the cans' heat balance


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: when its phases begin, s from the beginning of its cycle, and what it begins with."""

    come_up: float
    hold: float
    cool: float
    unload: float
    lag: float
    warm: float


@lru_cache(maxsize=64)
def batch(seed: int, number: int) -> Batch:
    """The batch of a cycle."""
    draw = np.random.default_rng((seed, 5, number))
    lag = COME_UP_LAG * draw.uniform(0.96, 1.04)
    warm = WARM + draw.uniform(-2, 2)
    come_up = LOADS / SECOND
    hold = come_up + lag * math.log((STEAM - warm) / (STEAM - SETPOINT)) + EVEN
    cool = hold + HELD / SECOND + draw.uniform(0, 60)
    return Batch(come_up, hold, cool, cool + COOLED / SECOND, lag, warm)


def water(of: Batch, s: F64) -> F64:
    """Temperature of the retort's water, degC, at s from the beginning of the cycle."""
    reached = of.hold - EVEN
    rising = STEAM - (STEAM - of.warm) * np.exp(-(s - of.come_up) / of.lag)
    over = (s - reached) / 60.0
    held = SETPOINT + 0.4 * over * np.exp(1 - over)
    falling = COOLING_WATER + (SETPOINT - COOLING_WATER) * np.exp(-(s - of.cool) / COOLING_LAG)
    cold = COOLING_WATER + (SETPOINT - COOLING_WATER) * math.exp(-(of.unload - of.cool) / COOLING_LAG)
    opened = of.warm + (cold - of.warm) * np.exp(-(s - of.unload) / AMBIENT_LAG)
    begun = [s >= at for at in (of.unload, of.cool, reached, of.come_up)]
    return np.asarray(np.select(begun, [opened, falling, held, rising], of.warm), np.float64)


@lru_cache(maxsize=64)
def _cans(seed: int, number: int) -> tuple[F64, F64]:
    """Temperature in the middle of the cans over a cycle, on a grid of seconds."""
    s = np.arange(0.0, CYCLE / SECOND + _GRID, _GRID)
    of = batch(seed, number)
    around = np.where(s < of.come_up, INITIAL, water(of, s))
    for lag in CAN_LAGS:
        around = _followed(around, lag)
    return s, around


def _followed(driven: F64, lag: float) -> F64:
    """A first-order lag on the grid, begun in balance: y' = (x - y) / lag, solved with x held over each step."""
    growth = np.exp(np.arange(len(driven)) * _GRID / lag)  # at most e^20 over a cycle
    kept = math.exp(-_GRID / lag)
    steps = np.concatenate(([0.0], np.cumsum(driven[:-1] * growth[1:]))) * (1 - kept)
    return np.asarray((driven[0] + steps) / growth, np.float64)


@dataclass(frozen=True, slots=True)
class Retort:
    """The retort.

    Attributes:
        seed: another one is another plant.
        pace: how fast its batches run.
        probed: three cans carry a probe in every batch.
    """

    seed: int
    pace: Pace = REAL
    probed: bool = False

    def measured(self, time: I64, faults: tuple[Fault, ...]) -> dict[Key, F64]:
        """What each sensor measures, before its transmitter rounds it.

        Args:
            time: int64 [n], ns UTC.
            faults: what is wrong.
        """
        process = self.pace.process(time)
        number, rest = np.divmod(process, CYCLE)
        s = rest / SECOND
        found = {signal.key: np.empty(len(time)) for signal in self.signals}
        for each in np.unique(number).tolist():
            rows = number == each
            for key, part in self._batch(each, s[rows]).items():
                found[key][rows] = part
        ripple = 0.10 * wander(self.seed, process, stream=20, every=20 * SECOND)
        warmer = ripple * (found["phase", "1"] == HOLD)
        for stream, key in enumerate(found, start=30):
            noise = flutter(self.seed, time, stream=stream)
            if key[0] in ("pressure", "circulation"):
                found[key] += 1.5 * (found[key] > 10) * noise
            elif key[0] != "phase":
                found[key] += 0.08 * noise + (warmer if key[0] != "core" else 0.0)
        for fault in faults:
            if fault.kind == "cold_spot":
                found[fault.key] -= fault.by * _cold(time, fault) * (found["phase", "1"] >= COME_UP)
        return found

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What it measures."""
        return SIGNALS + CORE_SIGNALS if self.probed else SIGNALS

    def texts(self, start: int, end: int) -> list[Text]:
        """Cycle, recipe and lot that begin in a span, ns UTC; before them those that held when it began."""
        found = []
        for number in range(self.pace.at(start) // CYCLE, -(-self.pace.at(end) // CYCLE)):
            began = self.pace.time(number * CYCLE)
            first = -(-self.pace.at(local_day(began)) // CYCLE)  # batch of the day
            name = f"{date_text(began)}-{number - first + 1:02d}"
            found += [
                Text(began, "cycle_id", f"R2-{name}"),
                Text(began, "recipe", "LM-340"),
                Text(began, "basket_scan", f"LM{name}"),
            ]
        return found

    def _batch(self, number: int, s: F64) -> dict[Key, F64]:
        of = batch(self.seed, number)
        begins = [of.unload, of.cool, of.hold, of.come_up]
        phase = np.select([s >= at for at in begins], [UNLOAD, COOL, HOLD, COME_UP], LOADING)
        indicated = water(of, s)
        closed = (phase > LOADING) & (phase < UNLOAD)
        found: dict[Key, F64] = {
            ("tid", "1"): indicated,
            ("trd", "1"): indicated + RECORDER,
            ("pressure", "1"): np.asarray(
                PRESSURE * closed * np.clip((indicated - 60) / 40, 0, 1), np.float64
            ),
            ("circulation", "1"): np.asarray(CIRCULATION * closed, np.float64),
            ("phase", "1"): phase.astype(np.float64),
        }
        where = uniform(self.seed, np.arange(2 * POINTS, dtype=np.int64), stream=21)
        for point in range(POINTS):
            behind, below = FARTHEST * where[point], 0.3 * where[POINTS + point]
            found["r", str(point + 1)] = water(of, s - behind) - below * (phase == HOLD)
        if self.probed:
            grid, cans = _cans(self.seed, number)
            for core in range(CORES):
                found["core", str(core + 1)] = np.interp(s - 40.0 * core, grid, cans)
        return found


def _cold(time: I64, fault: Fault) -> F64:
    """How much of a cold spot has come about, 0 to 1."""
    rising = -np.expm1(-np.clip(time - fault.start, 0, fault.end - fault.start) / COLD_LAG)
    falling = np.exp(-np.clip(time - fault.end, 0, DAY) / COLD_LAG)
    return np.asarray(rising * falling, np.float64)
