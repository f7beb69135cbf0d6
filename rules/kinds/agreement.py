"""Agreement: an instrument held against another that measures the same, on means over a time.

A recorder that disagrees with the indicator, or reads above it, says nothing about the product: it raises an instrument
fault. Momentary values of two instruments differ by their lags; the minute's means don't.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from readings.errors import UnitError
from readings.units import Unit
from rules.derivation import Derived
from rules.kind import PlainKind
from rules.limit import Bounds, Limit, common_step, difference_of, one_point_each
from rules.quantities import Duration, Quantity, QuantityText
from rules.windows import Windows, means_of

if TYPE_CHECKING:
    from rules.sensor import Sensor


class Agreement(Limit):
    """`{id: recorder, kind: agreement, of: trd, with: tid, mean_over: 1 min, within: 0.5 K, not_above: 0.0 K}`.

    Attributes:
        with_: the sensor it is held against.
        mean_over: length of the windows whose means are compared.
        within: so far the means may lie apart, either way.
        not_above: so far the mean may lie above that of `with` at most; less than `within`.

    Example:
        sensors:
          tid: {unit: degC, resolution: 0.1, every: 1 s}
          trd: {unit: degC, resolution: 0.1, every: 1 s}
        instruments:
          - {id: recorder, kind: agreement, of: trd, with: tid, mean_over: 1 min, within: 0.5 K, not_above: 0.0 K}
    """

    kind: Literal["agreement"]
    places: ClassVar[tuple[str, ...]] = ("instruments",)
    with_: str = Field(alias="with")
    mean_over: Duration
    within: QuantityText
    not_above: QuantityText | None = None

    @model_validator(mode="after")
    def _differences(self) -> Agreement:
        if self.given:
            raise ValueError(f"two instruments agree within a difference: write within, not {self.given[0]}")
        if self.within.value < 0:
            raise ValueError(f"nothing can be within {self.within}")
        if self.not_above is not None:
            try:
                least = min(self.within.value, self.not_above.in_unit(self.within.unit))
            except UnitError as error:
                raise ValueError(str(error)) from error
            if least < -self.within.value:
                raise ValueError(f"nothing is within {self.within} and not above {self.not_above}")
        return self

    @property
    def held(self) -> Bounds:
        """Of the difference of the means."""
        within, above = self.within, self.not_above
        low = Quantity(value=-within.value, unit=within.unit, digits=within.digits)
        high = within if above is None or above.in_unit(within.unit) >= within.value else above
        return Bounds(at_least=low, at_most=high)

    @property
    def words(self) -> str:
        """What must hold."""
        above = f" and not above it by more than {self.not_above}" if self.not_above is not None else ""
        return f"within {self.within} of {self.with_}{above}"

    @property
    def derived(self) -> Derived:
        """From the two instruments."""
        return Derived(
            "difference",
            lambda inputs: means_of(inputs, self.mean_over, spread=False),
            others=(self.with_,),
            over=self.mean_over,
        )

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:
        """Differences, in thousandths of the finest step that both have in common."""
        of, other = sensors[self.of], sensors[self.with_]
        return difference_of(of.unit), common_step(of.step, other.step) / 1000

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """Both measure the same, in the same unit, at one point in each unit of product."""
        other = sensors.get(self.with_)
        if other is None:
            yield ("with",), f"no sensor named {self.with_}; the plan has {', '.join(sensors)}"
            return
        of = sensors[self.of]
        if self.with_ == self.of:
            yield ("with",), f"{self.of} always agrees with itself"
        elif of.unit != other.unit:
            yield (
                ("with",),
                f"{self.of} is in {of.unit.name}, {self.with_} in {other.unit.name}: one unit for both",
            )
        yield from one_point_each(self, self.with_, "with", sensors)


KIND = PlainKind(name="agreement", method="agreement/3", model=Agreement, memory=Windows)
