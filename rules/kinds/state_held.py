"""State held: a truth value that must stand as it is said, but for a short while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from readings.units import unit_named
from rules.kind import PlainKind
from rules.limit import Bounds, Limit
from rules.quantities import Duration, Quantity

if TYPE_CHECKING:
    from rules.sensor import Sensor


class StateHeld(Limit):
    """`{id: mixing, kind: state_held, of: mixer, is: true, off_at_most: 20 s}`.

    Attributes:
        is_: what the signal must be.
        off_at_most: so long it may be otherwise.

    Example:
        sensors:
          mixer: {unit: bool, every: 5 s}
        critical:
          - {id: mixing, kind: state_held, of: mixer, is: true, off_at_most: 20 s}
    """

    kind: Literal["state_held"]
    is_: bool = Field(True, alias="is")
    off_at_most: Duration = 0

    @model_validator(mode="after")
    def _no_bounds(self) -> StateHeld:
        if self.given:
            raise ValueError(
                f"a state is held or not: leave {self.given[0]} out, and write is: true or is: false"
            )
        if self.for_more_than:
            raise ValueError("for a state, for_more_than is called off_at_most")
        return self

    @property
    def held(self) -> Bounds:
        """True is 1, false is 0."""
        value = Quantity(value=Fraction(self.is_), unit=unit_named("bool"), digits=0)
        return Bounds(at_least=value) if self.is_ else Bounds(at_most=value)

    @property
    def hold(self) -> int:
        """So long it may be otherwise, ns."""
        return self.off_at_most

    @property
    def words(self) -> str:
        """As it must be."""
        return "true" if self.is_ else "false"

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """The sensor must be a signal."""
        unit = sensors[self.of].unit
        if unit.dimension != "truth":
            yield ("of",), f"{self.of} is no signal: its unit is {unit.name}, not bool"


KIND = PlainKind(name="state_held", method="state_held/2", model=StateHeld)
