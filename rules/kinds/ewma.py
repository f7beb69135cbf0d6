"""EWMA: an exponentially weighted moving average about a target, which shows a drift long before a reading does."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from readings.units import Unit, decimal_text
from rules.chart import Charted, Statistic
from rules.chart_limit import ChartLimit, width_text
from rules.kind import PlainKind
from rules.limit import Bounds, difference_of
from rules.moving_average import MovingAverage, half_width
from rules.quantities import Number, Quantity, QuantityText
from rules.window_means import PER_STEP

if TYPE_CHECKING:
    from rules.sensor import Sensor


class Ewma(ChartLimit):
    """`{id: drift, kind: ewma, of: o3, target: 0.35 mg/L, sigma: 0.02 mg/L, lambda: 0.2, width: 2.7, mean_over: 5 min}`.

    Attributes:
        sigma: standard deviation of the chart's points while all is well, a difference such as 0.2 K.
        lambda_: the weight of the newest point, above 0, at most 1.
        width: how many standard deviations of the average the limits lie from the target.

    Example:
        sensors:
          ozone: {unit: mg/L, resolution: 0.01, every: 5 s}
        operating:
          - id: drift
            kind: ewma
            of: ozone
            target: 0.35 mg/L
            sigma: 0.02 mg/L
            lambda: 0.2
            width: 2.7
            mean_over: 5 min
    """

    kind: Literal["ewma"]
    sigma: QuantityText
    lambda_: Number = Field(alias="lambda")
    width: Number
    about: ClassVar[bool] = True

    @model_validator(mode="after")
    def _weighted(self) -> Ewma:
        if not 0 < self.lambda_ <= 1:
            raise ValueError(
                "lambda is above 0, and 1 at most: 0.2 gives the newest point a fifth of the weight"
            )
        if self.width <= 0:
            raise ValueError(
                "width is greater than 0: so many standard deviations of the average, such as 2.7"
            )
        return self

    @property
    def _half(self) -> Fraction:
        """How far the limits lie from the target, in the target's unit."""
        return half_width(self.lambda_, self.width * self.sigma.in_unit(difference_of(self.target.unit)))

    @property
    def held(self) -> Bounds:
        """Of the average."""
        unit, digits = self.target.unit, self.target.digits
        low, high = (
            Quantity(value=self.target.value + side, unit=unit, digits=digits)
            for side in (-self._half, self._half)
        )
        return Bounds(at_least=low, at_most=high)

    @property
    def words(self) -> str:
        """What must hold."""
        half = width_text(self._half, difference_of(self.target.unit))
        return f"within {half} of {self.target} by its moving average (EWMA, lambda {decimal_text(self.lambda_)})"

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:
        """Thousandths of the sensor's step."""
        return sensors[self.of].unit, sensors[self.of].step / PER_STEP

    def statistic(self, sensor: Sensor) -> Statistic:  # noqa: ARG002 - an average has no steps of its own
        """The average."""
        return MovingAverage(self.lambda_)


KIND = PlainKind(name="ewma", method="ewma/3", model=Ewma, memory=Charted)
