"""Rate: how fast a value changes, from one reading to the next or over a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isinf
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.times import SECOND, format_duration
from readings.units import Unit, decimal_text
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.limit import Limit, difference_of
from rules.quantities import Duration, Quantity
from rules.rate_of_change import MOST_BEHIND, Behind, RateOfChange
from rules.sliding import slot_of

if TYPE_CHECKING:
    from rules.sensor import Sensor

_NAMED = {  # what a quantity per time is called by itself, and how many of its first units that is in a second
    "flow": ("volume", Fraction(1, 3600)),
    "mass flow": ("mass", Fraction(1000, 3600)),
    "speed": ("length", Fraction(1000)),
}


class Rate(Limit):
    """`{id: come_up, kind: rate, of: core, at_most: 2.0 K/min, over: 10 min}`.

    Attributes:
        over: each reading is held against the last one at least so long before it; where left out, against the one before
            it.

    Example:
        sensors:
          core: {unit: degC, resolution: 0.1, every: 10 s}
        operating:
          - {id: heating, kind: rate, of: core, at_least: -1.0 K/min, at_most: 2.0 K/min, over: 10 min}
    """

    kind: Literal["rate"]
    such: ClassVar[str] = "K/min"
    over: Duration = 0
    places: ClassVar[tuple[str, ...]] = (*Limit.places, "instruments")

    @model_validator(mode="after")
    def _bounds(self) -> Rate:
        lower, upper = self.at_least or self.above, self.at_most or self.below
        if not self.given:
            raise ValueError("a rate is bounded: at_most or at_least, such as at_most: 2.0 K/min")
        if len(self.given) > (lower is not None) + (upper is not None):
            raise ValueError(
                "a rate has one upper bound (at_most or below) and one lower (at_least or above) at most"
            )
        if len({getattr(self, name).unit for name in self.given}) > 1:
            raise ValueError("write both bounds of a rate in the same unit")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"changing {super().words}" + (f" over {format_duration(self.over)}" if self.over else "")

    @property
    def breach(self) -> str:
        """In words."""
        return f"{self.of} changed by {self.missed}" + (
            f" over {format_duration(self.over)}" if self.over else ""
        )

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("rate", self._derivation, each_point=True)

    def starts(self, sensors: Mapping[str, Sensor]) -> int:
        """Until there are two readings."""
        every = sensors[self.of].every
        return (
            self.over + slot_of(self.over) // SECOND * SECOND + (2 * every if isinstance(every, int) else 0)
        )

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:
        """The unit of the bound as it is written; a step so fine that a thousandth of the sensor's step tells, and it."""
        bounds = [getattr(self, name) for name in self.given]
        if self.clears is not None:
            bounds += [getattr(self.clears, name) for name in self.clears.given]
        finest = max(_decimals(sensors[self.of].step) + 3, *(bound.digits for bound in bounds))
        return bounds[0].unit, Fraction(1, 10**finest)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """The bound measures a change of what the sensor does; some readings are looked back on, and not too many."""
        sensor = sensors[self.of]
        if sensor.unit.dimension == "truth":
            yield ("of",), f"{self.of} is a signal: it has no rate"
            return
        for name in self.given:
            bound: Quantity = getattr(self, name)
            if _factor(sensor, bound.unit, Fraction(1)) is None:
                per_minute = f"{difference_of(sensor.unit).name}/min"
                yield (
                    (name,),
                    f"how fast {self.of} changes is measured in {per_minute}, not in {bound.unit.name}",
                )
                return
        factor = _factor(sensor, *self.scale(sensors))
        if factor is None or factor.denominator != 1:
            unit = self._first.unit.name
            yield (
                self.given[:1],
                f"{unit} is no decimal part of {sensor.unit.name} per time: write it in that unit",
            )
        every = sensor.every if isinstance(sensor.every, int) else sensor.alive_every
        if every is not None and self.over and self.over < 2 * every:
            coming = f"a reading of {self.of} comes only every {format_duration(every)}"
            yield ("over",), f"over {format_duration(self.over)}, but {coming}"
        elif every is not None and self.over > MOST_BEHIND * max(every, slot_of(self.over)):
            yield ("over",), f"more than {MOST_BEHIND} readings of {self.of} would be looked back on"

    @property
    def _first(self) -> Quantity:
        bound: Quantity = getattr(self, self.given[0])
        return bound

    def _derivation(self, inputs: Inputs) -> RateOfChange:
        sensor, bound = inputs.sensors[0], inputs.bound
        factor = _factor(sensor, self._first.unit, inputs.step)
        assert factor is not None
        return RateOfChange(
            over=self.over,
            settle=inputs.settle,
            silent=inputs.silent[0],
            factor=int(factor),
            lower=None if isinf(bound.lower) else int(bound.lower),
            upper=None if isinf(bound.upper) else int(bound.upper),
            counts=sensor.unit.dimension == "count",
        )


def _decimals(number: Fraction) -> int:
    return len(decimal_text(number).partition(".")[2])


def _factor(sensor: Sensor, unit: Unit, step: Fraction) -> Fraction | None:
    """Steps of a rate in a unit, for a change by one step of the sensor in a nanosecond; None where it measures another."""
    changes = difference_of(sensor.unit)
    of, per_second = _NAMED.get(unit.dimension, (unit.dimension.removesuffix(" per time"), Fraction(1)))
    if of != changes.dimension or of == unit.dimension:
        return None
    return sensor.step * changes.factor / (unit.factor * per_second * step) * SECOND


KIND = PlainKind(name="rate", method="rate/3", model=Rate, memory=Behind)
