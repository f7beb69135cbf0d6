"""Dwell: so long without a break at or above a temperature (or at or below), in each cycle, at each point.

The time runs from the first good reading to the last: what lies before, behind and in a silence is not credited. A dip
begins it anew where the plan lets a longer hold make it good (21 CFR 113.89: the process is corrected while it goes on).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from readings.block import I64
from readings.times import SECOND, format_duration, format_time
from readings.units import Unit, unit_named
from rules.bounds import Bound
from rules.bridge import Bridge
from rules.cycles import CycleDerivation, Cycles, Mask, Stretches, runs
from rules.derivation import Derived, Inputs, Integral
from rules.kind import PlainKind
from rules.limit import Bounds, Limit, guarded
from rules.quantities import Duration, Quantity
from rules.terms import Cycle

if TYPE_CHECKING:
    from rules.sensor import Sensor

_MILLISECOND = SECOND // 1000
LOST = -1  # what is judged of a dwell that cannot be met any more, ms
_DIPPED = 2  # the time credited was ended by a bad reading, not by a silence alone


class Dwell(Limit):
    """`{id: hold, kind: dwell, of: r, at_least: 121.0 degC, for: 55 min, during: hold, made_good_by: a longer hold}`.

    Attributes:
        for_: so long without a break.
        made_good_by: a dip may be made good by holding anew for the whole time; without it the time that is credited
            ends with the first dip, and a hold that was too short then is lost at once.

    Example:
        line:
          batch: {from: cycle_id}
          state: {from: phase, codes: {"2": come_up, "3": hold, "4": cool}}
        sensors:
          cycle_id: {unit: text, every: on change}
          phase: {unit: code, every: 1 s}
          r: {unit: degC, points: 6 points, resolution: 0.1, every: 1 s}
        critical:
          - id: hold
            kind: dwell
            of: r
            at_least: 121.0 degC
            for: 55 min
            during: hold
            combine: 5 of 6
            made_good_by: a longer hold
    """

    kind: Literal["dwell"]
    for_: Duration = Field(alias="for")
    made_good_by: Literal["a longer hold"] | None = None
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _held(self) -> Dwell:
        if len(self.given) != 1:
            raise ValueError("a dwell has one bound, such as at_least: 121.0 degC, and for: how long")
        if self.for_ < _MILLISECOND:
            raise ValueError("for: 0 s is no dwell; write a threshold")
        return self

    @property
    def held(self) -> Bounds:
        """Of the time held."""
        return Bounds(at_least=_seconds(self.for_))

    @property
    def on_readings(self) -> Bounds:
        """Of the temperature."""
        return Bounds(**{name: getattr(self, name) for name in self.given})

    @property
    def words(self) -> str:
        """What must hold."""
        return f"{super().words} for {format_duration(self.for_)}"

    @property
    def cycle(self) -> Cycle:
        """Reached in each; where a dip ends what is credited, lost at once."""
        return Cycle(reach=True, fails=self.made_good_by is None)

    @property
    def failed(self) -> Bounds | None:
        """What is lost is less than nothing."""
        return Bounds(at_least=_seconds(0)) if self.made_good_by is None else None

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("dwell", self._derivation, each_point=True, cycle=True, bridges=True)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Seconds, to the millisecond."""
        return unit_named("s"), Fraction(1, 1000)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """Its bound is one of the sensor."""
        sensor = sensors[self.of]
        if isinstance(sensor.every, int) and self.for_ < 2 * sensor.every:
            message = (
                f"held for {format_duration(self.for_)}, but a reading of {self.of} comes only every"
                f" {format_duration(sensor.every)}: no reading can tell"
            )
            yield ("for",), message

    def _derivation(self, inputs: Inputs) -> DwellDerivation:
        sensor = inputs.sensors[0]
        bounds = guarded(self.on_readings, inputs.guard, sensor.unit)
        bound = bounds.bound(sensor.unit, sensor.step, rounded=self.compare == "rounded")
        in_steps = Bound(1, 1, bound.lower, bound.upper)
        return DwellDerivation(
            silent=inputs.silent[0],
            lower=ceil(Fraction(self.for_, _MILLISECOND)),
            upper=inputs.bound.upper,
            step=inputs.step,
            every_reading=sensor.stuck is not None,
            bound=bound,
            again=self.made_good_by is not None,
            bridge=None if inputs.bridge is None else replace(inputs.bridge, bound=in_steps),
        )


def _seconds(nanoseconds: int) -> Quantity:
    return Quantity(value=Fraction(nanoseconds, SECOND), unit=unit_named("s"), digits=3)


@dataclass(frozen=True, slots=True)
class DwellDerivation(CycleDerivation):
    """How long each point has been held.

    Sums of a cycle: the present time held, the longest, the longest that it may have been, ns; dips, the time of the last
    one, the time held before it; the present time that it may have been. Where a dip ends it, 1 for a break in place of
    dips, `_DIPPED` once there was a bad reading.

    Attributes:
        bound: of the temperature, in steps of the sensor.
        again: a dip begins the time anew.
        bridge: how silences are bridged; None where they are not.
    """

    bound: Bound
    again: bool
    bridge: Bridge | None = None

    def bridged(self, part: Stretches, spoke: I64) -> list[tuple[int, int, str]]:
        """Silences in the cycle with a good reading on both sides, between which the value cannot have left the bound."""
        if self.bridge is None or part.read.all():
            return []
        found = []
        whole = ~part.read & (part.lasts == part.apart) & ~part.last & (part.apart <= self.bridge.up_to)
        for row in np.flatnonzero(whole).tolist():
            apart, end = int(part.apart[row]), int(part.end[row])
            sides = [(int(part.low[side][row]), int(part.high[side][row])) for side in (0, 1)]
            good = all(self.bound.lower <= low and high <= self.bound.upper for low, high in sides)
            why = self.bridge.why(sides[0], sides[1], apart) if good else None
            if why is not None and not ((spoke > end - apart) & (spoke < end)).any():
                part.read[row] = True
                found.append((end - apart, end, why))
        return found

    def begin(self, unread: int) -> list[int]:
        """Nothing held; it may have been, as long as nothing was read."""
        return [0, 0, unread, 0, 0, 0, unread]

    def grow(self, sums: list[int], stretches: Stretches) -> I64:
        """The longest time held so far, in ms; `LOST` where it cannot be met any more."""
        held, may, bad = self._held(stretches)
        dipped = held.size
        if not self.again:
            run = runs(held, stretches.lasts, sums[0])
            dipped = self._end_at_a_dip(sums, run, held, may, bad[1] & ~stretches.last)
        run = runs(held, stretches.lasts, sums[0])
        longest = np.maximum.accumulate(np.maximum(run, sums[1]))
        may_run = runs(may, stretches.lasts, sums[6], bad[0])
        most = np.maximum.accumulate(np.maximum(may_run, sums[2]))
        if self.again:
            self._count_dips(sums, held, run, longest, stretches)
        sums[2] = int(most[-1])
        sums[6] = 0 if bad[1][-1] and not stretches.last[-1] else int(may_run[-1])
        sums[0], sums[1] = int(run[-1]), int(longest[-1])
        lost = (np.arange(held.size) >= dipped) & (np.maximum(most, longest) < self.lower * _MILLISECOND)
        return np.where(lost, LOST, longest // _MILLISECOND)

    def _end_at_a_dip(self, sums: list[int], run: I64, held: Mask, may: Mask, ends_bad: Mask) -> int:
        """End what is credited at the first break, and what may have been held at the first bad reading behind that.

        `held` and `may` are changed.

        Returns:
            The stretch that ends with that reading; 0 where it was before, and the number of stretches where it is not.
        """
        breaks = np.flatnonzero((np.r_[sums[0], run[:-1]] > 0) & ~held)
        first = 0 if sums[3] else int(breaks[0]) if breaks.size else held.size
        held[first:] = False
        if sums[3] == _DIPPED:
            may[:] = False
            return 0
        dips = np.flatnonzero(ends_bad[first:])
        if not dips.size:
            sums[3] = max(sums[3], int(first < held.size))
            return held.size
        dip = first + int(dips[0])
        may[dip + 1 :] = False
        sums[3] = _DIPPED
        return dip

    def said(self, sums: list[int], missing: tuple[int, int]) -> tuple[Integral, str]:
        """In s; behind the last reading it may have been held on, or anew."""
        ended = not self.again and sums[3] == _DIPPED
        low, high = sums[1] / SECOND, max(sums[1], sums[2], 0 if ended else sums[6] + missing[1]) / SECOND
        note = ""
        if self.again and sums[3]:
            times = "a dip" if sums[3] == 1 else f"{sums[3]} dips, the last"
            note = f"corrected in process: {times} at {format_time(sums[4])} after {format_duration(sums[5])}"
        return Integral(low, (low + high) / 2, high), note

    def _held(self, stretches: Stretches) -> tuple[Mask, Mask, tuple[Mask, Mask]]:
        """Whether each stretch was held for certain, whether it may have been, and whether it begins and ends badly."""
        near = stretches.read
        within = [
            self._within(low) & self._within(high)
            for low, high in zip(stretches.low, stretches.high, strict=True)
        ]
        may = [
            self._within(low) | self._within(high)
            for low, high in zip(stretches.low, stretches.high, strict=True)
        ]
        return within[0] & within[1] & near, may[0] | may[1] | ~near, (~may[0], ~may[1])

    def _within(self, step: I64) -> Mask:
        inside: Mask = (step >= self.bound.lower) & (step <= self.bound.upper)
        return inside

    def _count_dips(self, sums: list[int], held: Mask, run: I64, longest: I64, stretches: Stretches) -> None:
        """Breaks of a time begun that had not been held for long enough."""
        before = np.r_[sums[0], run[:-1]]
        breaks = np.flatnonzero(~held & (before > 0) & (longest < self.lower * _MILLISECOND))
        if breaks.size:
            last = int(breaks[-1])
            sums[3] += breaks.size
            sums[4], sums[5] = int(stretches.end[last]), int(before[last])


KIND = PlainKind(name="dwell", method="dwell/4", model=Dwell, memory=Cycles)
