"""Cooling curve: from one temperature down to another in a time, in stages, in each cycle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from readings.times import format_duration
from readings.units import Unit, unit_named
from rules.cooling import Cooling
from rules.cooling_clock import Stage
from rules.cycles import Cycles
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.limit import Bounds, Limit
from rules.published import COOLINGS
from rules.quantities import Duration, Quantity, QuantityText
from rules.strict_model import Strict
from rules.terms import Cycle

if TYPE_CHECKING:
    from rules.sensor import Sensor

_PERCENT = unit_named("percent")
_DEG_F = unit_named("degF")


class CoolingStage(Strict):
    """A stage: `{from: 57 degC, to: 21 degC, within: 2 h}`.

    Attributes:
        from_: its clock starts at the last reading at or above this; anew where it is as hot again after the stage was over.
        to: its clock stops at the first reading at or below this.
        within: so long it may take.
    """

    from_: QuantityText = Field(alias="from")
    to: QuantityText
    within: Duration

    @model_validator(mode="after")
    def _down(self) -> CoolingStage:
        for quantity in (self.from_, self.to):
            if quantity.unit.dimension != "temperature":
                raise ValueError(f"{quantity} is no temperature; write from: 57 degC")
        if self.to.in_unit(self.from_.unit) >= self.from_.value:
            raise ValueError(f"cooling from {self.from_} to {self.to} goes up")
        if not self.within:
            raise ValueError("within: 0 s is no time; write within: 2 h")
        return self

    def __str__(self) -> str:
        """In words."""
        return f"from {self.from_} to {self.to} within {format_duration(self.within)}"


class CoolingCurve(Limit):
    """`{id: cooling, kind: cooling_curve, of: core, stages: [{from: 57 degC, to: 21 degC, within: 2 h}, ...]}`.

    Attributes:
        stages: all of which must be kept. Two that begin at one temperature share their clock, as those of the Food Code;
            one that begins where another ends has a clock of its own, as those of FSIS.
        scheme: published stages, by name, instead of stages.

    Example:
        line:
          batch: {from: batch}
          state: {from: chiller, codes: {"0": empty, "1": cooling}}
          judged_when: cooling
        sensors:
          batch: {unit: text, every: on change}
          chiller: {unit: code, every: 60 s}
          core: {unit: degC, resolution: 0.1, uncertainty: 0.3, every: 60 s}
        critical:
          - id: cooling
            kind: cooling_curve
            of: core
            stages:
              - {from: 57 degC, to: 21 degC, within: 2 h}
              - {from: 57 degC, to: 5 degC, within: 6 h}
            basis: FDA Food Code 3-501.14
          - {id: by-name, kind: cooling_curve, of: core, scheme: food_code, guard: uncertainty}
    """

    kind: Literal["cooling_curve"]
    stages: list[CoolingStage] = []
    scheme: str | None = None
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _stages_or_scheme(self) -> CoolingCurve:
        if self.given:
            raise ValueError(f"cooling has stages, and no bound: leave {self.given[0]} out")
        if bool(self.stages) == (self.scheme is not None):
            raise ValueError("write stages: [{from: 57 degC, to: 21 degC, within: 2 h}], or a scheme by name")
        if self.scheme is not None and self.scheme not in COOLINGS:
            raise ValueError(f"no cooling scheme named {self.scheme}; known are {', '.join(COOLINGS)}")
        return self

    @property
    def held(self) -> Bounds:
        """What has failed is above all that it may use."""
        return Bounds(at_most=_percent(100))

    @property
    def reached(self) -> Bounds:
        """Nothing is left to be done."""
        return Bounds(at_most=_percent(0))

    @property
    def words(self) -> str:
        """What must hold."""
        return f"cooled {', and '.join(str(stage) for stage in self._stages)}"

    @property
    def cycle(self) -> Cycle:
        """Reached in each, failed at once; a food that is heated again is to be cooled anew."""
        return Cycle(reach=True, fails=True, anew=True)

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("cooling", self._derivation, each_point=True, cycle=True)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Done, running, failed: 0, 100 and 200 percent. What was used of the time stands beside it."""
        return _PERCENT, Fraction(100)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A thermometer that is read often enough for each stage."""
        sensor = sensors[self.of]
        if sensor.unit.dimension != "temperature":
            yield ("of",), f"{self.of} is no thermometer: it measures {sensor.unit.dimension}"
        for stage in self._stages:
            if isinstance(sensor.every, int) and stage.within < 10 * sensor.every:
                message = (
                    f"{format_duration(stage.within)}, but a reading of {self.of} comes only every"
                    f" {format_duration(sensor.every)}"
                )
                yield (("stages" if self.stages else "scheme"),), message

    @property
    def _stages(self) -> list[CoolingStage]:
        if self.scheme is None:
            return self.stages
        return [
            CoolingStage.model_construct(
                from_=_fahrenheit(each.begins), to=_fahrenheit(each.ends), within=each.within
            )
            for each in COOLINGS[self.scheme].stages
        ]

    def _derivation(self, inputs: Inputs) -> Cooling:
        sensor = inputs.sensors[0]
        stages = tuple(
            Stage(
                begins=ceil((stage.from_.in_unit(sensor.unit) + inputs.guard) / sensor.step),
                again=ceil((stage.from_.in_unit(sensor.unit) - inputs.guard) / sensor.step),
                ends=floor((stage.to.in_unit(sensor.unit) - inputs.guard) / sensor.step),
                within=stage.within,
            )
            for stage in self._stages
        )
        return Cooling(
            silent=inputs.silent[0],
            lower=inputs.bound.lower,
            upper=inputs.bound.upper,
            step=inputs.step,
            every_reading=True,
            stages=stages,
        )


def _percent(value: int) -> Quantity:
    return Quantity(value=Fraction(value), unit=_PERCENT, digits=0)


def _fahrenheit(value: Fraction) -> Quantity:
    return Quantity(value=value, unit=_DEG_F, digits=0)


KIND = PlainKind(name="cooling_curve", method="cooling_curve/4", model=CoolingCurve, memory=Cycles)
