"""How much the engine remembers for limits that judge what follows from readings: found by letting them take readings.

Readings come as often as the plan says, alternate by one step in the middle of their range, and go on until what is
remembered grows no more. Limits that judge each reading by itself remember no readings, and hold less than 2 kB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import msgspec
import numpy as np

from readings.times import HOUR, MINUTE, format_duration
from rules.derivation import Spans, Taken
from rules.limit_unit import DerivedTrack, LimitUnit
from rules.program import Program
from rules.sensor import Sensor

_FIRST = 256  # readings of the slowest input in the first round; each round is twice as long as all before
_MOST = 300_000  # readings in a round
_GROWS = 1.02
_SIDES = 2  # the head and the tail of the timeline remember alike


@dataclass(frozen=True, slots=True)
class Held:
    """What one limit remembers.

    Attributes:
        units: so many units of product, each with a memory of its own.
        size: bytes of the greatest of them, as stored, head and tail together.
        back: so long a stretch of readings had been taken when it grew no more, ns; 0 where it was still growing.
    """

    ccp: str
    limit: str
    kind: str
    units: int
    size: int
    back: int

    def __str__(self) -> str:
        """In words."""
        each = f"for each of {self.units} units of product" if self.units > 1 else "for its unit of product"
        grows = "" if self.back else ", and grows on"
        grain = HOUR if self.back >= 2 * HOUR else MINUTE
        within = f", reached within {format_duration(-(-self.back // grain) * grain)}" if self.back else ""
        return f"{self.ccp} {self.limit} ({self.kind}) holds {self.size / 1000:.1f} kB {each}{within}{grows}"


def held_by(program: Program) -> Iterator[Held]:
    """What each limit remembers that judges what follows from readings, in the plan's order."""
    derived = [limit for limit in program.limits if limit.derived]
    for (ccp, name), group in groupby(derived, key=lambda limit: (limit.ccp, limit.limit)):
        units = list(group)
        sizes = [_of_unit(program, limit) for limit in units]
        size, back = max(sizes)
        yield Held(ccp, name, units[0].kind, len(units), size, back if all(b for _, b in sizes) else 0)


def _of_unit(program: Program, limit: LimitUnit) -> tuple[int, int]:
    found = [_of_track(program, each) for each in limit.derived]
    return _SIDES * sum(size for size, _ in found), max(back for _, back in found) if all(
        back for _, back in found
    ) else 0


def _of_track(program: Program, each: DerivedTrack) -> tuple[int, int]:
    """Bytes of a memory that has taken its fill, and how long that took, ns (0 if it has not)."""
    sensors = [program.plan.sensors[program.tracks[track].series.sensor] for track in each.inputs]
    memory = each.derivation.fresh()
    begin, lasts = 0, _FIRST * max(map(_every, sensors))
    size = 0
    while lasts <= _MOST * min(map(_every, sensors)):
        end = begin + lasts
        taken = [_readings(sensor, begin, end) for sensor in sensors]
        each.derivation.take(memory, taken, Spans(()), end - max(map(_every, sensors)))
        before, size = size, len(msgspec.msgpack.encode(memory))
        if size <= before * _GROWS:
            return size, begin
        begin, lasts = end, end
    return size, 0


def _every(sensor: Sensor) -> int:
    if isinstance(sensor.every, int):
        return sensor.every
    return sensor.alive_every or MINUTE


def _readings(sensor: Sensor, begin: int, end: int) -> Taken:
    time = np.arange(begin, end, _every(sensor), dtype=np.int64)
    middle = int(sum(sensor.range, start=sensor.step * 0) / 2 / sensor.step) if sensor.range else 0
    return Taken(time, middle + (np.arange(time.size, dtype=np.int64) & 1))
