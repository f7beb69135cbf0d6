"""Log inactivation: what a contact with ozone is credited with, by a published table or by its equation, named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.units import Unit, unit_named
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.limit import other_faults
from rules.log_credit import LogDerivation
from rules.parcels import Parcels
from rules.published import CONTACTS, EQUATIONS
from rules.published_table import ContactEquation, ContactTable
from rules.water_vessel import WaterVessel
from rules.windows import needed

if TYPE_CHECKING:
    from rules.sensor import Sensor


class LogInactivation(WaterVessel):
    """`{id: giardia, kind: log_inactivation, of: o3, temperature: t, by: epa_2020_giardia_ozone, at_least: 2.0 log, ...}`.

    Attributes:
        temperature: the sensor of the water's temperature; the coldest while it was in the vessel counts.
        by: the published table, or its equation: two methods, which differ.

    Example:
        sensors:
          o3: {unit: mg/L, resolution: 0.01, uncertainty: 0.03, every: 5 s}
          flow: {unit: m3/h, resolution: 0.1, uncertainty: 0.2, every: 5 s}
          water: {unit: degC, resolution: 0.1, uncertainty: 0.3, every: 5 s}
        critical:
          - id: giardia
            kind: log_inactivation
            of: o3
            flow: flow
            temperature: water
            volume: 2.5 m3
            baffling: {factor: 0.3, basis: tracer study TS-2026-03}
            judged_every: 10 s
            by: epa_2020_giardia_ozone
            at_least: 2.0 log
            guard: uncertainty
    """

    kind: Literal["log_inactivation"]
    such: ClassVar[str] = "log"
    temperature: str
    by: str

    @model_validator(mode="after")
    def _credited(self) -> LogInactivation:
        if len(self.given) != 1 or self.given[0] not in ("at_least", "above"):
            raise ValueError("an inactivation has one bound: at_least or above, such as at_least: 2.0 log")
        if self.by not in CONTACTS and self.by not in EQUATIONS:
            known = ", ".join([*CONTACTS, *EQUATIONS])
            raise ValueError(f"no table and no equation of contacts is named {self.by}; known are {known}")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"{self._by.target} inactivated {super().words} by {self.by}"

    @property
    def breach(self) -> str:
        """In words."""
        return f"{self.missed} inactivation of {self._by.target} credited to {self.of} by {self.by}"

    @property
    def derived(self) -> Derived:
        """From concentration, flow and temperature."""
        return Derived(
            "inactivation", self._derivation, others=(self.flow, self.temperature), over=self.judged_every
        )

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Thousandths of a log."""
        return unit_named("log"), Fraction(1, 1000)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A vessel, a temperature, and no more than the table credits."""
        wrong = [*super().faults(sensors)] or [
            *other_faults(self, "temperature", "temperature", sensors, what="thermometer")
        ]
        yield from wrong
        bound = self.at_least or self.above
        if wrong or bound is None:
            return
        if bound.unit.dimension == "log reduction" and bound.value > self._by.logs:
            yield (
                (self.given[0],),
                f"{self.by} credits {float(self._by.logs):g} log at most: more is not in it",
            )

    @property
    def _by(self) -> ContactTable | ContactEquation:
        return CONTACTS[self.by] if self.by in CONTACTS else EQUATIONS[self.by]

    def _derivation(self, inputs: Inputs) -> LogDerivation:
        water = inputs.sensors[2]
        return LogDerivation(
            over=self.judged_every,
            needs=needed(inputs.sensors, self.judged_every),
            settle=inputs.settle,
            silent=max(inputs.silent),
            contact=self.contact(inputs, int(inputs.bound.lower)),
            by=self._by,
            unit=water.unit,
            step=water.step,
            colder=ceil(self.guard * Fraction(water.uncertainty or 0) / water.step),
        )


KIND = PlainKind(name="log_inactivation", method="log_inactivation/4", model=LogInactivation, memory=Parcels)
