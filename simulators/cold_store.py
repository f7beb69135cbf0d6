"""A frozen store of two rooms and a dispatch dock, as a function of time.

The air swings with the compressor as in the real freezer that `simulators.freezer` is of the kind of: defrosts warm it
evenly for 25 to 31 min and fade with 20 min, doors for minutes. The rooms are colder (-22 degC) and their probes hang
away from the coil, so that a defrost stays below -5 degC at them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from readings.times import DAY, HOUR, MINUTE, SECOND
from simulators.clock import REAL, Pace, date_text, local_day
from simulators.faults import Fault
from simulators.lifts import FADED, Lift
from simulators.noise import F64, I64, flutter, uniform, wander
from simulators.signals import Key, Signal, Text


@dataclass(frozen=True, slots=True)
class Zone:
    """A room and what happens in it.

    Attributes:
        points: of air.
        mean: degC of its air.
        swing: K, half the height of the compressor's saw-tooth.
        cycle: ns between two starts of the compressor.
        between: ns between two defrosts; 0 without any.
        doors: most openings in a day.
        opens: K that an opening lifts the air by, least and most.
        food: whether a product simulant lies in it.
    """

    points: int
    mean: float
    swing: float
    cycle: int
    between: int
    doors: int
    opens: tuple[float, float]
    food: bool


ZONES: dict[str, Zone] = {  # chosen, but for the cycle and swing of CS1, which are the real freezer's
    "CS1": Zone(4, -22.0, 1.05, 28 * MINUTE, 24 * HOUR, 3, (4.0, 9.0), food=True),
    "CS2": Zone(2, -22.6, 0.9, 22 * MINUTE, 16 * HOUR, 3, (4.0, 9.0), food=True),
    "DOCK": Zone(1, 4.0, 0.7, 15 * MINUTE, 0, 8, (1.5, 4.0), food=False),
}
SIGNALS: tuple[Signal, ...] = (
    *(
        Signal("air", "degC", 100, point=f"{name}.{point + 1}")
        for name, zone in ZONES.items()
        for point in range(zone.points)
    ),
    *(Signal("food", "degC", 100, point=f"{name}.1") for name, zone in ZONES.items() if zone.food),
    *(Signal("door", "bool", point=f"{name}.1") for name in ZONES),
    *(Signal("defrost", "bool", point=f"{name}.1") for name, zone in ZONES.items() if zone.between),
)
TEXTS = ("lot",)
DEFROST_LIFT, DEFROST_DECAY = (12.5, 15.0), 20 * MINUTE  # K (chosen); the real freezer's fading
DOOR_OPEN, DOOR_DECAY = (2 * MINUTE, 4 * MINUTE), 100 * SECOND  # openings; the real freezer's fading
SIMULANT_LAG = 8 * HOUR  # time constant of food in cartons on a pallet (chosen)
WARMER = 37.0  # K that a room without compressor warms by: towards 15 degC in an insulated building
WARMS = 6 * HOUR  # time constant of it, as in `simulators.freezer`
PULL_DOWN = 40 * MINUTE  # time constant with which a mended compressor cools the room (chosen)
DOOR_LAG = 5 * MINUTE  # how fast a room's air follows a door that is left open (chosen)
LOT_FROM = 6 * HOUR  # of the local day: a new lot comes in (chosen)
_LOOK_BACK = FADED * SIMULANT_LAG


@dataclass(frozen=True, slots=True)
class _Happened:
    kind: str  # defrost or door
    lift: Lift


@lru_cache(maxsize=4096)
def _defrost(seed: int, zone: str, number: int) -> _Happened:
    draw = np.random.default_rng((seed, 6, list(ZONES).index(zone), number + _EARLY))
    begins = number * ZONES[zone].between + int(draw.integers(0, 90)) * MINUTE
    heated = int(draw.integers(25, 31)) * MINUTE
    return _Happened("defrost", Lift(begins, begins + heated, draw.uniform(*DEFROST_LIFT), DEFROST_DECAY))


@lru_cache(maxsize=4096)
def _openings(seed: int, zone: str, day: int) -> tuple[_Happened, ...]:
    draw = np.random.default_rng((seed, 7, list(ZONES).index(zone), day + _EARLY))
    found = []
    count = draw.integers(0, ZONES[zone].doors + 1)
    for hour in sorted(draw.choice(24, size=count, replace=False).tolist()):
        begins = day * DAY + hour * HOUR + int(draw.integers(0, 50)) * MINUTE
        ends = begins + int(draw.integers(*DOOR_OPEN))
        lift = Lift(begins, ends, draw.uniform(*ZONES[zone].opens), DOOR_DECAY)
        if not _defrosting(seed, zone, begins):
            found.append(_Happened("door", lift))
    return tuple(found)


def _defrosting(seed: int, zone: str, process: int) -> bool:
    """Whether a defrost is on, soon to come or just over: nobody opens the door then (as in `simulators.freezer`)."""
    between = ZONES[zone].between
    if not between:
        return False
    near = [_defrost(seed, zone, process // between + step) for step in (-1, 0, 1)]
    return any(-HOUR < process - each.lift.start < 3 * HOUR for each in near)


_EARLY = 1000  # what began before the origin is drawn too; numbers of draws are not negative


@dataclass(frozen=True, slots=True)
class ColdStore:
    """The store.

    Attributes:
        seed: another one is another plant.
        pace: how fast rooms warm and cool, and how often something happens.
    """

    seed: int
    pace: Pace = REAL

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What it measures."""
        return SIGNALS

    def measured(self, time: I64, faults: tuple[Fault, ...]) -> dict[Key, F64]:
        """What each sensor measures, before its transmitter rounds it.

        Args:
            time: int64 [n], ns UTC.
            faults: what is wrong.
        """
        found: dict[Key, F64] = {}
        if len(time):
            for name in ZONES:
                found |= self._zone(name, time, [each for each in faults if each.zone == name])
        return {signal.key: found.get(signal.key, np.empty(0)) for signal in SIGNALS}

    def texts(self, start: int, end: int) -> list[Text]:
        """Lots that begin in a span, ns UTC; before them the one that held when it began."""
        first = local_day(start - LOT_FROM) + LOT_FROM
        return [Text(at, "lot", f"D{date_text(at)}") for at in range(first, end, DAY)]

    def _zone(self, name: str, time: I64, faults: list[Fault]) -> dict[Key, F64]:
        zone, stream = ZONES[name], 100 * (1 + list(ZONES).index(name))
        process = self.pace.process(time)
        failed = [self._warming(each) for each in faults if each.kind == "compressor"]
        left = [(each, self._open(each)) for each in faults if each.kind == "door_open"]
        happened = self._happened(name, int(process[0]), int(process[-1]))
        lifts = [each.lift for each in happened]
        running = np.ones(len(time))
        for lift in failed:
            running *= (process < lift.start) | (process >= lift.end)
        phase = (process % zone.cycle) / zone.cycle
        swing = zone.swing * running * (2 / np.pi) * np.arcsin(np.sin(2 * np.pi * phase))
        swing += 0.15 * wander(self.seed, process, stream=stream, every=HOUR)
        lasting = failed + [lift for _, lift in left]
        common, short = _air(lasting, process), _air(lifts, process)
        found: dict[Key, F64] = {}
        where = uniform(self.seed, np.arange(3 * zone.points, dtype=np.int64), stream=stream + 1)
        for point in range(zone.points):
            nearer, offset = 0.85 + 0.15 * where[3 * point], 0.5 * (where[3 * point + 1] - 0.5)
            noise = 0.06 * flutter(self.seed, time, stream=stream + 10 + point)
            found["air", f"{name}.{point + 1}"] = zone.mean + offset + swing + common + nearer * short + noise
        if zone.food:
            noise = 0.07 * flutter(self.seed, time, stream=stream + 30)
            found["food", f"{name}.1"] = zone.mean + _food(lifts + lasting, process) + noise
        found["door", f"{name}.1"] = self._signal("door", happened, process)
        for fault, _ in left:
            found["door", f"{name}.1"][(time >= fault.start) & (time < fault.end)] = 1.0
        if zone.between:
            found["defrost", f"{name}.1"] = self._signal("defrost", happened, process)
        return found

    def _happened(self, name: str, start: int, end: int) -> list[_Happened]:
        """Defrosts and openings that can still be felt in a span of the process."""
        zone = ZONES[name]
        found: list[_Happened] = []
        if zone.between:
            numbers = range((start - _LOOK_BACK) // zone.between - 1, end // zone.between + 1)
            found += [_defrost(self.seed, name, number) for number in numbers]
        for day in range((start - _LOOK_BACK) // DAY - 1, end // DAY + 1):
            found += _openings(self.seed, name, day)
        return [each for each in found if each.lift.start <= end and each.lift.reach(SIMULANT_LAG) > start]

    def _warming(self, fault: Fault) -> Lift:
        return Lift(self.pace.at(fault.start), self.pace.at(fault.end), WARMER, PULL_DOWN, WARMS)

    def _open(self, fault: Fault) -> Lift:
        return Lift(self.pace.at(fault.start), self.pace.at(fault.end), fault.by, PULL_DOWN // 4, DOOR_LAG)

    @staticmethod
    def _signal(kind: str, happened: Iterable[_Happened], process: I64) -> F64:
        on = np.zeros(len(process))
        for each in happened:
            if each.kind == kind:
                on[(process >= each.lift.start) & (process < each.lift.end)] = 1.0
        return on


def _air(lifts: Iterable[Lift], process: I64) -> F64:
    warmer = np.zeros(len(process))
    for lift in lifts:
        rows = slice(*np.searchsorted(process, (lift.start, lift.end + FADED * lift.decay)))
        warmer[rows] += lift.air(process[rows])
    return warmer


def _food(lifts: Iterable[Lift], process: I64) -> F64:
    warmer = np.zeros(len(process))
    for lift in lifts:
        rows = slice(*np.searchsorted(process, (lift.start, lift.reach(SIMULANT_LAG))))
        warmer[rows] += lift.food(process[rows], SIMULANT_LAG)
    return warmer
