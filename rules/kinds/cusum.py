"""CUSUM: sums of what lies above a target, and of what lies below it, which show a small lasting shift."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from readings.units import Unit
from rules.chart import Charted, Statistic
from rules.chart_limit import ChartLimit, InSigma, in_steps, width_text
from rules.cumulative_sum import CumulativeSum
from rules.kind import PlainKind
from rules.limit import Bounds, difference_of
from rules.quantities import Quantity, QuantityText
from rules.window_means import PER_STEP

if TYPE_CHECKING:
    from rules.sensor import Sensor


class Cusum(ChartLimit):
    """`{id: shift, kind: cusum, of: core, target: 121.5 degC, sigma: 0.2 K, k: 0.5, h: 5, mean_over: 1 min}`.

    Attributes:
        sigma: standard deviation of the chart's points while all is well; needed where k or h is a number of it.
        k: a deviation up to this counts nothing, in sigma or as a quantity: half the shift that is to be found, mostly.
        h: so far the sum of the rest may come, in sigma or as a quantity.

    Example:
        sensors:
          core: {unit: degC, resolution: 0.1, every: 10 s}
        operating:
          - {id: shift, kind: cusum, of: core, target: 121.5 degC, sigma: 0.2 K, k: 0.5, h: 5, mean_over: 1 min}
    """

    kind: Literal["cusum"]
    sigma: QuantityText | None = None
    k: InSigma
    h: InSigma

    @model_validator(mode="after")
    def _widths(self) -> Cusum:
        if self.sigma is None and not (isinstance(self.k, Quantity) and isinstance(self.h, Quantity)):
            raise ValueError(
                "k and h are numbers of sigma: write sigma, such as 0.2 K, or both as quantities"
            )
        if _value(self.k) < 0 or _value(self.h) <= 0:
            raise ValueError("k is not negative, and h greater than 0, such as k: 0.5 and h: 5")
        return self

    @property
    def held(self) -> Bounds:
        """Of the greater sum, negative where it is the one below."""
        high = self._width(self.h)
        low = Quantity(value=-high.value, unit=high.unit, digits=high.digits)
        return Bounds(at_least=low, at_most=high)

    @property
    def words(self) -> str:
        """What must hold."""
        h, k = (width_text(each.value, each.unit) for each in (self._width(self.h), self._width(self.k)))
        return f"about {self.target} by its cumulative sum (CUSUM, h {h}, k {k})"

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:
        """Thousandths of the sensor's step, in the unit of a difference."""
        return difference_of(sensors[self.of].unit), sensors[self.of].step / PER_STEP

    def statistic(self, sensor: Sensor) -> Statistic:
        """Both sums; a k that is no whole thousandth of a step is rounded."""
        slack, enough = (in_steps(self._width(each), sensor) for each in (self.k, self.h))
        return CumulativeSum(slack=round(slack), most=max(int(2 * enough), 1))

    def _width(self, given: Fraction | Quantity) -> Quantity:
        if isinstance(given, Quantity):
            return given
        assert self.sigma is not None
        return Quantity(value=given * self.sigma.value, unit=self.sigma.unit, digits=0)


def _value(width: Fraction | Quantity) -> Fraction:
    return width.value if isinstance(width, Quantity) else width


KIND = PlainKind(name="cusum", method="cusum/3", model=Cusum, memory=Charted)
