"""Pasteurisation units: how much a pasteurisation counts, in minutes at 60 degC; in either of two definitions, by name."""

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
from rules.lethal_rate import PU_DEL_VECCHIO, PU_TENFOLD, Law
from rules.limit import Limit
from rules.quantities import Quantity, QuantityText
from rules.terms import Cycle
from rules.thermal_exposure import STEP, ThermalExposure, thermal_exposure, thermal_faults

if TYPE_CHECKING:
    from rules.sensor import Sensor

Formula = Literal["10^((T-60)/7)", "1.393^(T-60)"]
_LAWS: dict[Formula, Law] = {"10^((T-60)/7)": PU_TENFOLD, "1.393^(T-60)": PU_DEL_VECCHIO}
_FLOOR = Quantity(value=Fraction(50), unit=unit_named("degC"), digits=0)


class PasteurisationUnits(Limit):
    """`{id: pu, kind: pasteurisation_units, of: spray, formula: "1.393^(T-60)", at_least: 15 PU, during: tunnel}`.

    Attributes:
        formula: PU a minute at T degC. The two differ by 3.8 % at 75 degC.
        floor: colder counts nothing.
        credit: what counts of what must be reached: the `lower bound` between readings, or by name the `log-mean` or the
            `trapezoid`. What must not be exceeded counts at its upper bound.

    Example:
        line:
          state: {from: tunnel, codes: {"0": empty, "1": heating, "2": cooling}}
        sensors:
          tunnel: {unit: code, every: 10 s}
          bottle: {unit: degC, resolution: 0.1, range: [0, 95], every: 10 s}
        critical:
          - id: enough
            kind: pasteurisation_units
            of: bottle
            formula: 10^((T-60)/7)
            at_least: 15 PU
            during: [heating, cooling]
          - id: not-too-much
            kind: pasteurisation_units
            of: bottle
            formula: 10^((T-60)/7)
            at_most: 25 PU
            during: [heating, cooling]
    """

    kind: Literal["pasteurisation_units"]
    such: ClassVar[str] = "PU"
    formula: Formula
    floor: QuantityText = _FLOOR
    credit: Credit = "lower bound"
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _one_bound(self) -> PasteurisationUnits:
        if len(self.given) != 1:
            raise ValueError(
                "pasteurisation has one bound, such as at_least: 15 PU; what must also not exceed 25 PU is a second"
                " limit, for what is reached counts at its lower bound, and what is exceeded at its upper one"
            )
        if self.floor.unit.dimension != "temperature":
            raise ValueError(f"floor: {self.floor} is no temperature; write floor: 50 degC")
        if not self.cycle.reach and self.credit != "lower bound":
            raise ValueError(f"what must not exceed {self.words} counts at its upper bound: leave credit out")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"pasteurised {super().words} by {self.formula}"

    @property
    def breach(self) -> str:
        """In words."""
        return f"{self.of} got {self.missed} by {self.formula}"

    @property
    def cycle(self) -> Cycle:
        """A least number is reached, a greatest is kept."""
        return Cycle(reach=bool({"at_least", "above"} & set(self.given)))

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("pasteurisation", self._derivation, each_point=True, cycle=True)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Thousandths of a unit."""
        return unit_named("PU"), STEP

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A thermometer, read often, within a range."""
        yield from thermal_faults(self.of, sensors, _LAWS[self.formula], None)

    def _derivation(self, inputs: Inputs) -> ThermalExposure:
        return thermal_exposure(
            inputs,
            _LAWS[self.formula],
            credit=self.credit,
            reach=self.cycle.reach,
            floor_at=self.floor.in_unit(inputs.sensors[0].unit),
        )


KIND = PlainKind(
    name="pasteurisation_units", method="pasteurisation_units/3", model=PasteurisationUnits, memory=Cycles
)
