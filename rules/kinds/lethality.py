"""Lethality: how much a process at changing temperatures counts, in minutes at a reference temperature (F; F0 at 121.1 degC).

Each point has its own integral over each cycle, from reading to reading, credited at its lower bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.block import I64
from readings.units import Unit, unit_named
from rules.course import Cycle
from rules.cycles import CycleDerivation, Cycles, Stretches
from rules.derivation import Derived, Inputs, Integral
from rules.exposure import MINUTE_OF_GRAINS, Credit, exposures, running
from rules.kind import PlainKind
from rules.lethal_rate import Law, RateTable, rate_table
from rules.limit import Limit
from rules.quantities import QuantityText

if TYPE_CHECKING:
    from rules.plan import Sensor

_DEGC = unit_named("degC")
_STEP = MINUTE_OF_GRAINS // 1000


class Lethality(Limit):
    """`{id: f0, kind: lethality, of: core, reference: 121.1 degC, z: 10 K, at_least: 6.0 min, during: [come_up, hold]}`.

    Attributes:
        reference: the temperature at which a minute counts as one.
        z: so many K make the rate ten times as great.
        credit: what counts: the `lower bound` between readings, or by name the `log-mean` or the `trapezoid`.
    """

    kind: Literal["lethality"]
    reference: QuantityText
    z: QuantityText
    credit: Credit = "lower bound"
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _one_bound(self) -> Lethality:
        if len(self.given) != 1 or self.given[0] not in ("at_least", "above"):
            raise ValueError("a lethality has one bound: at_least or above, such as at_least: 6.0 min")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"lethality {super().words} at {self.reference}, z {self.z}"

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
        return unit_named("min"), Fraction(1, 1000)

    def _derivation(self, inputs: Inputs) -> LethalityDerivation:
        sensor = inputs.sensors[0]
        every = sensor.every if isinstance(sensor.every, int) else inputs.silent[0]
        low, high = sensor.range if sensor.range is not None else (Fraction(0), Fraction(150))
        return LethalityDerivation(
            silent=inputs.silent[0],
            lower=inputs.bound.lower,
            upper=inputs.bound.upper,
            every_reading=sensor.stuck is not None,
            table=rate_table(
                Law(self.reference.in_unit(_DEGC), self.z.in_unit(unit_named("K"))),
                unit=sensor.unit,
                step=sensor.step,
                lowest=low,
                highest=high,
                longest=every * 3 // 2,
                uncertainty=inputs.guard,
            ),
            credit=self.credit,
        )


@dataclass(frozen=True, slots=True)
class LethalityDerivation(CycleDerivation):
    """Sums of a cycle, in grains: low, best, high."""

    table: RateTable
    credit: Credit

    def begin(self) -> list[int]:
        """Nothing yet."""
        return [0, 0, 0]

    def grow(self, sums: list[int], stretches: Stretches) -> I64:
        """What is credited so far, in thousandths of a minute."""
        each = exposures(
            self.table,
            lasts=stretches.lasts,
            apart=stretches.apart,
            low=stretches.low,
            high=stretches.high,
            credit=self.credit,
        )
        place = 0 if self.credit == "lower bound" else 1
        values, _ = running(sums[place], each.by(self.credit), unit=_STEP)
        for number, column in enumerate((each.low, each.best, each.high)):
            _, sums[number] = running(sums[number], column, unit=_STEP)
        return values

    def said(self, sums: list[int]) -> tuple[Integral, str]:
        """In minutes."""
        return Integral(*(each / MINUTE_OF_GRAINS for each in sums)), ""


KIND = PlainKind(name="lethality", method="lethality/1", model=Lethality, memory=Cycles)
