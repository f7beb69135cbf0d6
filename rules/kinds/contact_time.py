"""Contact time: concentration times T10, for each parcel of water, credited at its lower bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from readings.times import HOUR, MINUTE
from readings.units import Unit, unit_named
from rules.contact import Contact, ContactDerivation
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.limit import Limit, one_point_each
from rules.quantities import Duration, Number, QuantityText
from rules.strict_model import Strict
from rules.windows import Windows, needed

if TYPE_CHECKING:
    from rules.plan import Sensor


class Baffling(Strict):
    """T10 as a part of the mean time in the vessel.

    Attributes:
        factor: T10/T, above 0; 1 is perfect plug flow.
        basis: what says so: a tracer study, mostly.
    """

    factor: Number
    basis: str


class ContactTime(Limit):
    """`{id: contact, kind: contact_time, of: o3, flow: flow, volume: 2.5 m3, baffling: {...}, at_least: 1.6 mg.min/L}`.

    Attributes:
        of: the concentration where the water leaves the vessel.
        flow: the sensor of the flow through it.
        volume: of the water in the vessel.
        baffling: see `Baffling`.
        judged_every: length of the windows: the least concentration and the greatest flow in each count.

    Example:
        sensors:
          ozone: {unit: mg/L, resolution: 0.01, every: 5 s}
          flow: {unit: m3/h, resolution: 0.1, every: 5 s}
        critical:
          - id: contact
            kind: contact_time
            of: ozone
            flow: flow
            volume: 2.5 m3
            baffling: {factor: 0.3, basis: tracer study TS-2026-03}
            judged_every: 10 s
            at_least: 1.6 mg.min/L
    """

    kind: Literal["contact_time"]
    flow: str
    volume: QuantityText
    baffling: Baffling
    judged_every: Duration

    @model_validator(mode="after")
    def _vessel(self) -> ContactTime:
        if len(self.given) != 1 or self.given[0] not in ("at_least", "above"):
            raise ValueError("a contact has one bound: at_least or above, such as at_least: 1.6 mg.min/L")
        if self.volume.unit.dimension != "volume" or self.volume.value <= 0:
            raise ValueError(f"{self.volume} is no volume; write volume: 2.5 m3")
        if not 0 < self.baffling.factor <= 1:
            raise ValueError("a baffling factor is T10/T: above 0, and 1 for perfect plug flow")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"in contact {super().words}"

    @property
    def derived(self) -> Derived:
        """From concentration and flow."""
        return Derived("contact", self._derivation, others=(self.flow,), over=self.judged_every)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Thousandths of a mg.min/L."""
        return unit_named("mg.min/L"), Fraction(1, 1000)

    def _derivation(self, inputs: Inputs) -> ContactDerivation:
        """The vessel in steps of its sensors."""
        of, flow = inputs.sensors
        volume = self.volume.in_unit(unit_named("m3")) / (flow.step * flow.unit.factor)  # steps of flow x h
        credit = self.baffling.factor * of.step * of.unit.factor * 1000 / MINUTE
        return ContactDerivation(
            over=self.judged_every,
            needs=needed(inputs.sensors, self.judged_every),
            settle=inputs.settle,
            contact=Contact(volume=volume * HOUR, credit=credit, enough=int(inputs.bound.lower)),
        )

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A concentration and a flow, one point of each."""
        dimension = sensors[self.of].unit.dimension
        if dimension != "mass concentration":
            yield ("of",), f"{self.of} is no concentration: it measures {dimension}"
        elif self.flow not in sensors:
            yield ("flow",), f"no sensor named {self.flow}; the plan has {', '.join(sensors)}"
        elif sensors[self.flow].unit.dimension != "flow":
            yield ("flow",), f"{self.flow} is no flow: it measures {sensors[self.flow].unit.dimension}"
        else:
            yield from one_point_each(self, self.flow, "flow", sensors)


KIND = PlainKind(name="contact_time", method="contact_time/1", model=ContactTime, memory=Windows)
