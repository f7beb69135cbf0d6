"""Mean kinetic temperature: the constant temperature that does as much harm as the changing ones, in any window of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from readings.times import format_duration
from readings.units import Unit
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.kinetic_temperature import FINER, KineticMean, harm_table
from rules.limit import Limit
from rules.quantities import Duration
from rules.sliding import Slid, Window, thermometer_faults

if TYPE_CHECKING:
    from rules.sensor import Sensor

_MOST_STEPS = 20_000


class MeanKineticTemperature(Limit):
    """`{id: mkt, kind: mean_kinetic_temperature, of: air, at_most: 8.0 degC, window: 7 d}`.

    Attributes:
        window: any stretch of time so long.

    Example:
        sensors:
          air: {unit: degC, resolution: 0.1, range: [-40, 60], every: 5 min}
        operating:
          - {id: mkt, kind: mean_kinetic_temperature, of: air, at_most: 8.0 degC, window: 7 d}
    """

    kind: Literal["mean_kinetic_temperature"]
    window: Duration

    @model_validator(mode="after")
    def _one_bound(self) -> MeanKineticTemperature:
        if len(self.given) != 1 or self.given[0] not in ("at_most", "below"):
            raise ValueError(
                "a mean kinetic temperature has one bound: at_most or below, such as at_most: 8.0 degC"
            )
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"mean kinetic temperature {super().words} in {format_duration(self.window)}"

    @property
    def breach(self) -> str:
        """In words."""
        return f"mean kinetic temperature of {self.of} {self.missed} over {format_duration(self.window)}"

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("kinetic mean", self._derivation, each_point=True)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:
        """Tenths of the sensor's step."""
        return sensors[self.of].unit, sensors[self.of].step / FINER

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A thermometer, read often in the window, within a range."""
        sensor = sensors[self.of]
        wrong = list(thermometer_faults(self.of, self.window, sensor))
        yield from wrong
        if wrong:
            return
        if sensor.range is None:
            message = f"{self.of} has no range: write at the sensor what it can really read, such as range: [-40, 60]"
            yield ("of",), message
        elif (sensor.range[1] - sensor.range[0]) / sensor.step > _MOST_STEPS:
            yield ("of",), f"{self.of} has more than {_MOST_STEPS} steps in its range: narrow the range"

    def _derivation(self, inputs: Inputs) -> KineticMean:
        sensor = inputs.sensors[0]
        assert sensor.range is not None
        lowest, highest = sensor.range
        return KineticMean(
            window=Window(self.window, inputs.silent[0], sensor.slew),
            harm=harm_table(
                unit=sensor.unit,
                step=sensor.step,
                lowest=floor(lowest / sensor.step),
                highest=ceil(highest / sensor.step),
            ),
            upper=inputs.bound.upper,
        )


KIND = PlainKind(
    name="mean_kinetic_temperature",
    method="mean_kinetic_temperature/3",
    model=MeanKineticTemperature,
    memory=Slid,
)
