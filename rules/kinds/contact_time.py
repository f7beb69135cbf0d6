"""Contact time: concentration times T10, for each parcel of water, credited at its lower bound."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.units import Unit, unit_named
from rules.contact import ContactDerivation
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.parcels import Parcels
from rules.water_vessel import WaterVessel
from rules.windows import needed

if TYPE_CHECKING:
    from rules.sensor import Sensor


class ContactTime(WaterVessel):
    """`{id: contact, kind: contact_time, of: o3, flow: flow, volume: 2.5 m3, baffling: {...}, at_least: 1.6 mg.min/L}`.

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
    such: ClassVar[str] = "mg.min/L"

    @model_validator(mode="after")
    def _one_bound(self) -> ContactTime:
        if len(self.given) != 1 or self.given[0] not in ("at_least", "above"):
            raise ValueError("a contact has one bound: at_least or above, such as at_least: 1.6 mg.min/L")
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
        return ContactDerivation(
            over=self.judged_every,
            needs=needed(inputs.sensors, self.judged_every),
            settle=inputs.settle,
            silent=max(inputs.silent),
            contact=self.contact(inputs, int(inputs.bound.lower)),
        )


KIND = PlainKind(name="contact_time", method="contact_time/4", model=ContactTime, memory=Parcels)
