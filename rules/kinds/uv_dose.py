"""UV dose by set-point: the dose that a reactor was validated to deliver, while it runs within what it was validated for.

The set-point approach of US EPA's Ultraviolet Disinfection Guidance Manual (EPA 815-R-06-007, 2006): the validated dose is
credited while intensity and transmittance are not below, and flow is not above, the values of the validation. Nothing is
computed from the intensity, and nothing is credited outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from rules.kind import PlainKind
from rules.limit import Bounds, Limit
from rules.quantities import QuantityText
from rules.strict_model import Strict

if TYPE_CHECKING:
    from rules.sensor import Sensor


class Setpoint(Strict):
    """Within what the reactor was validated.

    Attributes:
        intensity_at_least: the least intensity.
        flow_at_most: the greatest flow.
        transmittance_at_least: the least transmittance, where the validation names one.
    """

    intensity_at_least: QuantityText
    flow_at_most: QuantityText
    transmittance_at_least: QuantityText | None = None


class UvDose(Limit):
    """`{id: dose, kind: uv_dose, of: uv, flow: flow, transmittance: uvt, setpoint: {...}, delivers: 40 mJ/cm2}`.

    Attributes:
        of: the intensity.
        flow: the sensor of the flow.
        transmittance: the sensor of the transmittance, where the set-point names one.
        setpoint: see `Setpoint`.
        delivers: the dose that was validated.

    Example:
        sensors:
          uv: {unit: mW/cm2, resolution: 0.1, every: 5 s}
          flow: {unit: m3/h, resolution: 0.1, every: 5 s}
          uvt: {unit: percent, resolution: 0.1, every: 60 s}
        critical:
          - id: dose
            kind: uv_dose
            of: uv
            flow: flow
            transmittance: uvt
            setpoint: {intensity_at_least: 8.0 mW/cm2, flow_at_most: 12.0 m3/h, transmittance_at_least: 90.0 percent}
            delivers: 40 mJ/cm2
            basis: bioassay of the reactor, report 2025-117
    """

    kind: Literal["uv_dose"]
    flow: str
    transmittance: str | None = None
    setpoint: Setpoint
    delivers: QuantityText

    @model_validator(mode="after")
    def _validated(self) -> UvDose:
        if self.given:
            raise ValueError(f"a dose has its bounds in setpoint: leave {self.given[0]} out")
        if self.delivers.unit.dimension != "radiant exposure":
            raise ValueError(f"{self.delivers} is no dose; write delivers: 40 mJ/cm2")
        if (self.transmittance is None) != (self.setpoint.transmittance_at_least is None):
            raise ValueError(
                "transmittance names the sensor, transmittance_at_least its bound: write both, or neither"
            )
        if self.except_ or (self.clears is not None and self.clears.given) or self.combine != "worst":
            raise ValueError(
                "a dose is held at once by all its sensors: leave except, combine and bounds of clears out"
            )
        return self

    @property
    def held(self) -> Bounds:
        """Of the intensity."""
        return Bounds(at_least=self.setpoint.intensity_at_least)

    @property
    def beside(self) -> tuple[tuple[str, Bounds], ...]:
        """Of flow and transmittance."""
        flow = (self.flow, Bounds(at_most=self.setpoint.flow_at_most))
        if self.transmittance is None:
            return (flow,)
        return flow, (self.transmittance, Bounds(at_least=self.setpoint.transmittance_at_least))

    @property
    def words(self) -> str:
        """What must hold."""
        others = "".join(
            f", {name} {key.replace('_', ' ')} {getattr(bounds, key)}"
            for name, bounds in self.beside
            for key in bounds.given
        )
        return f"at least {self.setpoint.intensity_at_least}{others}: {self.delivers} not assured"

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """The sensors are there."""
        for key in ("flow", "transmittance"):
            name = getattr(self, key)
            if name is not None and name not in sensors:
                yield (key,), f"no sensor named {name}; the plan has {', '.join(sensors)}"
            elif name == self.of:
                yield (key,), f"{name} is the intensity already"


KIND = PlainKind(name="uv_dose", method="uv_dose/3", model=UvDose)
