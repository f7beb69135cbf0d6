"""Dwell from a published table: the hotter, the shorter, by the rows of a table that is named with its edition.

Any row suffices: FSIS lets an establishment take the whole table as its critical limit (FSIS Cooking Guideline, revised
Appendix A, December 2021). Between rows nothing is interpolated: what counts is the next colder row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.times import format_duration
from readings.units import Unit, unit_named
from rules.cycles import Cycles
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.limit import Bounds, Limit
from rules.published import DWELLS
from rules.quantities import Quantity
from rules.table_holds import TableHolds
from rules.terms import Cycle

if TYPE_CHECKING:
    from rules.sensor import Sensor

_PERCENT = unit_named("percent")


class TableDwell(Limit):
    """`{id: cook, kind: table_dwell, of: core, table: fsis_1999_beef_7_log, during: cooking}`.

    Attributes:
        table: which published one; the name says the edition.

    Example:
        line:
          state: {from: oven, codes: {"0": idle, "1": cooking}}
        sensors:
          oven: {unit: code, every: 10 s}
          core: {unit: degC, resolution: 0.1, uncertainty: 0.3, every: 10 s, points: 2 points}
        critical:
          - id: cook
            kind: table_dwell
            of: core
            table: fsis_1999_beef_7_log
            during: cooking
            guard: uncertainty
    """

    kind: Literal["table_dwell"]
    table: str
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _named(self) -> TableDwell:
        if self.given:
            raise ValueError(f"the bounds are those of the table: leave {self.given[0]} out")
        if self.table not in DWELLS:
            raise ValueError(f"no dwell table named {self.table}; known are {', '.join(DWELLS)}")
        return self

    @property
    def held(self) -> Bounds:
        """All of the time of a row."""
        return Bounds(at_least=Quantity(value=Fraction(100), unit=_PERCENT, digits=1))

    @property
    def words(self) -> str:
        """What must hold."""
        return f"held as {self.table} asks"

    @property
    def cycle(self) -> Cycle:
        """Reached in each."""
        return Cycle(reach=True)

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("dwell", self._derivation, each_point=True, cycle=True)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Tenths of a percent of the time that a row asks for."""
        return _PERCENT, Fraction(1, 10)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A thermometer that can show one of the rows at least."""
        sensor = sensors[self.of]
        longest = max(row.lasts for row in DWELLS[self.table].rows)
        if sensor.unit.dimension != "temperature":
            yield ("of",), f"{self.of} is no thermometer: it measures {sensor.unit.dimension}"
        elif isinstance(sensor.every, int) and longest < 2 * sensor.every:
            message = (
                f"{self.table} asks for {format_duration(longest)} at most, and {self.of} is read every"
                f" {format_duration(sensor.every)} only: no reading can tell"
            )
            yield ("table",), message

    def _derivation(self, inputs: Inputs) -> TableHolds:
        sensor = inputs.sensors[0]
        return TableHolds(
            silent=inputs.silent[0],
            lower=inputs.bound.lower,
            upper=inputs.bound.upper,
            step=inputs.step,
            every_reading=sensor.stuck is not None,
            rows=tuple(
                (ceil((row.temperature(sensor.unit) + inputs.guard) / sensor.step), row.lasts)
                for row in DWELLS[self.table].rows
            ),
        )


KIND = PlainKind(name="table_dwell", method="table_dwell/3", model=TableDwell, memory=Cycles)
