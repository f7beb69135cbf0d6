"""Lethality: how much a process at changing temperatures counts, in minutes at a reference temperature (F0: 121.1 degC).

Each point has its own integral over each cycle, from reading to reading, credited at its lower bound. The sensor's
uncertainty goes through in closed form: a bias of b makes it 10 ** (b / z) times as great.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.units import Unit, unit_named
from rules.cycles import Cycles
from rules.derivation import Derived, Inputs
from rules.exposure import Credit
from rules.kind import PlainKind
from rules.lethal_rate import Law
from rules.limit import Limit
from rules.quantities import QuantityText
from rules.terms import Cycle
from rules.thermal_exposure import STEP, ThermalExposure, thermal_exposure, thermal_faults

if TYPE_CHECKING:
    from rules.sensor import Sensor

_DEG_C = unit_named("degC")


class Lethality(Limit):
    """`{id: f0, kind: lethality, of: core, reference: 121.1 degC, z: 10 K, at_least: 6.0 min, during: [come_up, hold]}`.

    Attributes:
        reference: the temperature at which a minute counts as one. 250 degF is 121.111 degC, not 121.1.
        z: so many K make the rate ten times as great.
        floor: colder counts nothing.
        credit: what counts: the `lower bound` between readings, or by name the `log-mean` or the `trapezoid`.

    Example:
        line:
          state: {from: phase, codes: {"1": loading, "2": come_up, "3": hold, "4": cool}}
        sensors:
          phase: {unit: code, every: 1 s}
          core: {unit: degC, resolution: 0.1, points: 3 points, range: [0, 150], uncertainty: 0.3, every: 1 s}
        critical:
          - id: f0
            kind: lethality
            of: core
            reference: 121.1 degC
            z: 10 K
            at_least: 6.0 min
            during: [come_up, hold, cool]
            guard: uncertainty
    """

    kind: Literal["lethality"]
    such: ClassVar[str] = "min"
    reference: QuantityText
    z: QuantityText
    floor: QuantityText | None = None
    credit: Credit = "lower bound"
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _one_bound(self) -> Lethality:
        if len(self.given) != 1 or self.given[0] not in ("at_least", "above"):
            raise ValueError("a lethality has one bound: at_least or above, such as at_least: 6.0 min")
        for name, quantity in (("reference", self.reference), ("floor", self.floor)):
            if quantity is not None and quantity.unit.dimension != "temperature":
                raise ValueError(f"{name}: {quantity} is no temperature; write {name}: 121.1 degC")
        if self.z.unit.dimension != "temperature difference" or self.z.value <= 0:
            raise ValueError(f"z: {self.z} is no temperature difference; write z: 10 K")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"lethality {super().words} at {self.reference}, z {self.z}"

    @property
    def breach(self) -> str:
        """In words."""
        return f"lethality at {self.of} {self.missed} (reference {self.reference}, z {self.z})"

    @property
    def cycle(self) -> Cycle:
        """Reached in each."""
        return Cycle(reach=True)

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("lethality", self._derivation, each_point=True, cycle=True)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Thousandths of a minute."""
        return unit_named("min"), STEP

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A thermometer, read often, within a range."""
        yield from thermal_faults(self.of, sensors, self._law, self._floor(sensors[self.of]))

    @property
    def _law(self) -> Law:
        return Law(self.reference.in_unit(_DEG_C), self.z.in_unit(unit_named("K")))

    def _floor(self, sensor: Sensor) -> Fraction | None:
        known = self.floor is not None and sensor.unit.dimension == "temperature"
        return self.floor.in_unit(sensor.unit) if known and self.floor is not None else None

    def _derivation(self, inputs: Inputs) -> ThermalExposure:
        floor_at = self._floor(inputs.sensors[0])
        return thermal_exposure(inputs, self._law, credit=self.credit, reach=True, floor_at=floor_at)


KIND = PlainKind(name="lethality", method="lethality/3", model=Lethality, memory=Cycles)
