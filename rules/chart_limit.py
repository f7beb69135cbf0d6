"""What the limits of all control charts have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from readings.errors import UnitError
from readings.units import Unit, decimal_text, parse_quantity
from rules.chart import ChartDerivation, Statistic
from rules.derivation import Derived, Inputs
from rules.limit import Limit, difference_of
from rules.quantities import Duration, Quantity, QuantityText
from rules.window_means import PER_STEP, WindowMeans
from rules.windows import needed

if TYPE_CHECKING:
    from rules.sensor import Sensor


def _in_sigma(value: Any) -> Fraction | Quantity:
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return Fraction(value)
    if not isinstance(value, str):
        raise ValueError("write a number of sigma, such as 0.5, or a quantity, such as 0.5 K")
    try:
        number, unit = parse_quantity(value)
    except UnitError as error:
        raise ValueError(str(error)) from error
    return Quantity(value=number, unit=unit, digits=0)


InSigma = Annotated[
    Fraction | Quantity,
    PlainValidator(_in_sigma),
    PlainSerializer(lambda width: str(width) if isinstance(width, Quantity) else decimal_text(width)),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "examples": ["0.5 K"]}),
]


class ChartLimit(Limit):
    """A limit on a control chart about a target; each point of the sensor has a chart of its own.

    Attributes:
        target: what the process is set to.
        mean_over: length of the windows whose means are the chart's points; where left out, each reading is one.
    """

    target: QuantityText
    mean_over: Duration | None = None
    places: ClassVar[tuple[str, ...]] = ("operating", "criteria")

    @model_validator(mode="after")
    def _charted(self) -> ChartLimit:
        if self.given:
            raise ValueError(f"a chart has limits of its own about its target: leave {self.given[0]} out")
        if self.clears is not None and self.clears.given:
            raise ValueError("a chart clears at its own limits: write clears: {for: 10 min} alone")
        if self.mean_over == 0:
            raise ValueError("a mean over no time is none: leave mean_over out, and each reading is a point")
        sigma: Quantity | None = getattr(self, "sigma", None)
        if sigma is not None and sigma.value <= 0:
            raise ValueError("sigma is greater than 0: the standard deviation of points while all is well")
        return self

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived(self.kind, self._derivation, over=self.mean_over or 0, each_point=True)

    def starts(self, sensors: Mapping[str, Sensor]) -> int:
        """Until there is a point."""
        every = sensors[self.of].every
        return 2 * self.mean_over if self.mean_over else every if isinstance(every, int) else 0

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """Target and widths measure what the sensor does."""
        unit = sensors[self.of].unit
        if unit.dimension == "truth":
            yield ("of",), f"{self.of} is a signal: it has no chart"
            return
        widths = {name: getattr(self, name, None) for name in ("sigma", "k", "h")}
        quantities = {name: width for name, width in widths.items() if isinstance(width, Quantity)}
        for name, quantity, measure in (
            ("target", self.target, unit),
            *((name, width, difference_of(unit)) for name, width in quantities.items()),
        ):
            try:
                quantity.in_unit(measure)
            except UnitError as error:
                yield (name,), str(error)

    @abstractmethod
    def statistic(self, sensor: Sensor) -> Statistic:
        """What the chart shows, of a sensor."""

    about: ClassVar[bool] = False  # what is judged lies about the target, rather than how far from it

    def _derivation(self, inputs: Inputs) -> ChartDerivation:
        (sensor,) = inputs.sensors
        means = None
        if self.mean_over is not None:
            means = WindowMeans(self.mean_over, needed(inputs.sensors, self.mean_over), inputs.settle)
        return ChartDerivation(
            statistic=self.statistic(sensor),
            target=round(self.target.in_unit(sensor.unit) * PER_STEP / sensor.step),
            settle=inputs.settle,
            means=means,
            about=self.about,
        )


def in_steps(width: Quantity, sensor: Sensor) -> Fraction:
    """A width in thousandths of a sensor's step, exactly."""
    return width.in_unit(difference_of(sensor.unit)) * PER_STEP / sensor.step


def width_text(value: Fraction, unit: Unit) -> str:
    """A width in words, to five significant figures."""
    return f"{float(value):.5g} {unit.name}"
