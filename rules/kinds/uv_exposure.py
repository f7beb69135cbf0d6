"""UV exposure: the dose as intensity times time, with the transmittance of the water.

Beside `uv_dose`, which credits what a bioassay validated. This one computes, for reactors that have no validation; no
authority credits it with log inactivation (40 CFR 141.720(d) asks for validated reactors).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.times import HOUR, SECOND
from readings.units import Unit, unit_named
from rules.derivation import Derived, Inputs
from rules.irradiation import Counts, Irradiation, Place, Reactor
from rules.kind import PlainKind
from rules.limit import Limit, other_faults
from rules.parcels import Parcels
from rules.quantities import Duration, QuantityText
from rules.windows import needed

if TYPE_CHECKING:
    from rules.sensor import Sensor


class UvExposure(Limit):
    """`{id: dose, kind: uv_exposure, of: uv, flow: flow, volume: 12 L, sensor: at the wall, at_least: 40 mJ/cm2, ...}`.

    Attributes:
        of: the intensity.
        flow: the sensor of the flow.
        volume: of the water that is lit.
        sensor: where the intensity is read: at the lamp, or at the wall.
        counts: the `least` intensity between lamp and wall, or by name the `mean`.
        path: from the lamp's sleeve to the wall; needed but for the least with a sensor at the wall.
        transmittance: the sensor of the transmittance over 1 cm; needed where the path is.
        judged_every: length of the windows: the least intensity and the greatest flow in each count.

    Example:
        sensors:
          uv: {unit: mW/cm2, resolution: 0.1, uncertainty: 0.5, every: 5 s}
          flow: {unit: m3/h, resolution: 0.1, uncertainty: 0.2, every: 5 s}
          uvt: {unit: percent, resolution: 0.1, uncertainty: 0.5, every: 5 s}
        critical:
          - id: dose
            kind: uv_exposure
            of: uv
            flow: flow
            transmittance: uvt
            volume: 20 L
            path: 5 cm
            sensor: at the lamp
            judged_every: 10 s
            at_least: 40 mJ/cm2
            guard: uncertainty
    """

    kind: Literal["uv_exposure"]
    such: ClassVar[str] = "mJ/cm2"
    flow: str
    volume: QuantityText
    sensor: Place
    counts: Counts = "least"
    path: QuantityText | None = None
    transmittance: str | None = None
    judged_every: Duration
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _reactor(self) -> UvExposure:
        if len(self.given) != 1 or self.given[0] not in ("at_least", "above"):
            raise ValueError("an exposure has one bound: at_least or above, such as at_least: 40 mJ/cm2")
        if self.volume.unit.dimension != "volume" or self.volume.value <= 0:
            raise ValueError(f"{self.volume} is no volume; write volume: 20 L")
        asked = self.sensor == "at the lamp" or self.counts == "mean"
        if asked != (self.path is not None) or asked != (self.transmittance is not None):
            what = (
                "write path: 5 cm and transmittance: the sensor of it"
                if asked
                else "leave path and transmittance out"
            )
            raise ValueError(f"the {self.counts} with a sensor {self.sensor}: {what}")
        if self.path is not None and (self.path.unit.dimension != "length" or self.path.value <= 0):
            raise ValueError(f"{self.path} is no length; write path: 5 cm")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"lit {super().words}, intensity times time, the {self.counts} with a sensor {self.sensor}"

    @property
    def breach(self) -> str:
        """In words."""
        return f"{self.of} gave {self.missed}, intensity times time, the {self.counts} with a sensor {self.sensor}"

    @property
    def derived(self) -> Derived:
        """From intensity, flow and transmittance."""
        return Derived("exposure", self._derivation, others=self._others, over=self.judged_every)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Thousandths of a mJ/cm2."""
        return unit_named("mJ/cm2"), Fraction(1, 1000)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """An intensity, a flow and a transmittance, one point of each."""
        dimension = sensors[self.of].unit.dimension
        if dimension != "irradiance":
            yield ("of",), f"{self.of} is no intensity: it measures {dimension}"
        yield from other_faults(self, "flow", "flow", sensors, what="flow")
        if self.transmittance is not None:
            yield from other_faults(self, "transmittance", "ratio", sensors, what="transmittance")

    @property
    def _others(self) -> tuple[str, ...]:
        return (self.flow,) if self.transmittance is None else (self.flow, self.transmittance)

    def _derivation(self, inputs: Inputs) -> Irradiation:
        of, flow, *rest = inputs.sensors
        volume = self.volume.in_unit(unit_named("m3")) / (flow.step * flow.unit.factor) * HOUR
        return Irradiation(
            over=self.judged_every,
            needs=needed(inputs.sensors, self.judged_every),
            settle=inputs.settle,
            silent=max(inputs.silent),
            reactor=Reactor(
                volume=volume,
                credit=of.step * of.unit.factor * 1000 / SECOND,
                path=self.path.in_unit(unit_named("cm")) if self.path is not None else Fraction(0),
                place=self.sensor,
                counts=self.counts,
                transmittance=rest[0].step * rest[0].unit.factor / 100 if rest else Fraction(1),
                less=ceil(inputs.guard / of.step),
                more=_guarded(self, flow),
                unsure=_guarded(self, rest[0]) if rest else 0,
                enough=int(inputs.bound.lower),
            ),
        )


def _guarded(limit: Limit, sensor: Sensor) -> int:
    return ceil(limit.guard * Fraction(sensor.uncertainty or 0) / sensor.step)


KIND = PlainKind(name="uv_exposure", method="uv_exposure/4", model=UvExposure, memory=Parcels)
