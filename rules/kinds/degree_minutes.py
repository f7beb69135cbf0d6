"""Degree-minutes: how far, for how long, a temperature may be beyond a level in any window of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from readings.times import MINUTE, US, format_duration
from readings.units import Unit, unit_named
from rules.degree_minutes import STEP
from rules.degree_minutes import DegreeMinutes as DegreeMinutesDerivation
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.limit import Bounds, Limit
from rules.quantities import Duration
from rules.sliding import Slid, Window, thermometer_faults

if TYPE_CHECKING:
    from rules.sensor import Sensor

_UNIT = unit_named("K.min")


class DegreeMinutes(Limit):
    """`{id: warm, kind: degree_minutes, of: air, above: -18.0 degC, at_most: 2000 K.min, window: 24 h}`.

    Attributes:
        above: what lies above this temperature counts.
        below: or what lies below this one, as in hot holding.
        at_most: so much in the window.
        window: any stretch of time so long.

    Example:
        sensors:
          air: {unit: degC, resolution: 0.1, every: 60 s}
        operating:
          - {id: warm, kind: degree_minutes, of: air, above: -18.0 degC, at_most: 2000 K.min, window: 24 h}
    """

    kind: Literal["degree_minutes"]
    window: Duration

    @model_validator(mode="after")
    def _level_and_bound(self) -> DegreeMinutes:
        if self.at_most is None or self.at_most.unit.dimension != "degree-time" or self.at_least is not None:
            raise ValueError("degree-minutes have a greatest number: write at_most: 2000 K.min")
        if self.above is not None and self.below is not None:
            raise ValueError(
                "above and below both stand here: one level counts, so write another limit for the other"
            )
        if self.above is None and self.below is None:
            raise ValueError("write the level: above: -18.0 degC, or below: 60 degC")
        return self

    @property
    def given(self) -> tuple[str, ...]:
        """The level alone is a temperature of the sensor."""
        return ("above",) if self.above is not None else ("below",)

    @property
    def held(self) -> Bounds:
        """Of the sum."""
        return Bounds(at_most=self.at_most)

    @property
    def words(self) -> str:
        """What must hold."""
        return f"{super().words} at most {self.at_most} in {format_duration(self.window)}"

    @property
    def breach(self) -> str:
        """In words."""
        return f"{self.of} spent more than {self.at_most} {super().words} in {format_duration(self.window)}"

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("degree-minutes", self._derivation, each_point=True)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Thousandths of a K.min."""
        return _UNIT, STEP

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A thermometer that is read often in the window."""
        yield from thermometer_faults(self.of, self.window, sensors[self.of])

    def _derivation(self, inputs: Inputs) -> DegreeMinutesDerivation:
        sensor = inputs.sensors[0]
        level = self.above or self.below
        assert level is not None
        steps = int(level.in_unit(sensor.unit) / sensor.step)
        edge = sensor.range[1 if self.above is not None else 0] if sensor.range is not None else None
        kelvin = sensor.step * sensor.unit.factor  # in a step
        return DegreeMinutesDerivation(
            window=Window(self.window, inputs.silent[0], sensor.slew),
            level=steps,
            above=self.above is not None,
            unit=STEP * (MINUTE // US) / kelvin,
            upper=inputs.bound.upper,
            farthest=None if edge is None else abs(ceil(edge / sensor.step) - steps),
        )


KIND = PlainKind(name="degree_minutes", method="degree_minutes/3", model=DegreeMinutes, memory=Slid)
