"""Phase duration: how long the line may, or must, be in a state.

The states are told by readings, so their beginning and end are known to within the time between two. What must not last
too long is counted from the last reading before the state to the first behind it; what must last long enough, from its
first reading to its last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from readings.block import I64
from readings.times import SECOND
from readings.units import Unit, unit_named
from rules.cycles import CycleDerivation, Cycles, Stretches
from rules.derivation import Derived, Inputs, Integral
from rules.kind import PlainKind
from rules.limit import Limit
from rules.terms import Cycle

if TYPE_CHECKING:
    from rules.sensor import Sensor

_MILLISECOND = SECOND // 1000


class PhaseDuration(Limit):
    """`{id: come-up, kind: phase_duration, of: phase, during: come_up, at_most: 14 min}`.

    Attributes:
        of: the sensor of the line's state.
        during: the state, or the states that are counted together.

    Example:
        line:
          state: {from: phase, codes: {"2": come_up, "3": hold, "4": cool}}
        sensors:
          phase: {unit: code, every: 1 s}
        critical:
          - {id: come-up, kind: phase_duration, of: phase, during: come_up, at_most: 14 min}
    """

    kind: Literal["phase_duration"]
    such: ClassVar[str] = "min"
    reads_states: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_bound(self) -> PhaseDuration:
        if len(self.given) != 1:
            raise ValueError(
                "a phase has one bound, such as at_most: 14 min; write another limit for the other"
            )
        if not self.states:
            raise ValueError("say which phase: during: come_up")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"{' and '.join(self.states or ())} {super().words}"

    @property
    def breach(self) -> str:
        """In words."""
        together = " together" if len(self.states or ()) > 1 else ""
        return f"{' and '.join(self.states or ())}{together} lasted {self.missed}"

    @property
    def cycle(self) -> Cycle:
        """A least time is reached, a greatest time is kept."""
        return Cycle(reach=bool({"at_least", "above"} & set(self.given)))

    @property
    def derived(self) -> Derived:
        """From how long the state is told."""
        return Derived("duration", self._derivation, each_point=True, cycle=True)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Seconds, to the millisecond."""
        return unit_named("s"), Fraction(1, 1000)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """It goes by the readings of a code."""
        unit = sensors[self.of].unit
        if unit.dimension != "code":
            yield ("of",), f"a phase is told by the line's state, a code: {self.of} is in {unit.name}"

    def _derivation(self, inputs: Inputs) -> DurationDerivation:
        return DurationDerivation(
            silent=inputs.silent[0],
            lower=inputs.bound.lower,
            upper=inputs.bound.upper,
            step=inputs.step,
            every_reading=False,
            least=self.cycle.reach,
        )


@dataclass(frozen=True, slots=True)
class DurationDerivation(CycleDerivation):
    """Sums of a cycle: the time that it lasted for certain, and the time that it may have lasted, ns.

    Attributes:
        least: it must last for a time; what is certain counts.
    """

    least: bool

    def begin(self, unread: int) -> list[int]:  # noqa: ARG002 - see `said`
        """It has not lasted."""
        return [0, 0]

    def grow(self, sums: list[int], stretches: Stretches) -> I64:
        """How long it has lasted, in ms."""
        whole = (stretches.lasts == stretches.apart) & ~stretches.last & (stretches.apart <= self.silent)
        certain = sums[0] + np.cumsum(np.where(whole, stretches.lasts, 0))
        may = sums[1] + np.cumsum(stretches.apart)
        sums[0], sums[1] = int(certain[-1]), int(may[-1])
        return certain // _MILLISECOND if self.least else -(-may // _MILLISECOND)

    def said(self, sums: list[int], missing: tuple[int, int]) -> tuple[Integral, str]:
        """In s."""
        low, high = sums[0] / SECOND, (sums[1] + sum(missing)) / SECOND
        return Integral(low, (low + high) / 2, high), ""


KIND = PlainKind(name="phase_duration", method="phase_duration/2", model=PhaseDuration, memory=Cycles)
