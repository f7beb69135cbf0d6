"""Bridging a short silence: whoever knows both ends, and how fast the value can move, knows how far it can have gone.

Between a and b, read dt apart, a value that moves by s at most in a unit of time lies at (a + b + s dt) / 2 at most and
at (a + b - s dt) / 2 at least: the rising and the falling line meet there. Everything is exact, in whole steps of the
resolution; a value between two steps counts as the one farther out.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, inf

from readings.times import format_duration
from readings.units import decimal_text
from rules.bounds import SNAP, Bound


@dataclass(frozen=True, slots=True)
class Bridge:
    """When a silence of one track is bridged.

    Attributes:
        up_to: a longer one never is, ns.
        bound: that it is held against.
        step: in which it is judged.
        unit: of its values.
        slew: how fast it can move at most, steps per ns; None where that is not asked.
        others: so many points of the limit, from the first, must all have stayed good; 0 where that is not asked.
    """

    up_to: int
    bound: Bound
    step: Fraction
    unit: str
    slew: Fraction | None
    others: int

    def why(self, before: tuple[float, float], behind: tuple[float, float], lasting: int) -> str | None:
        """Why the silence is bridged, as far as this track can tell; None where it is not.

        Args:
            before: least and greatest value at the last time before it.
            behind: at the first time behind it.
            lasting: between the two, ns.
        """
        if lasting > self.up_to:
            return None
        said = []
        if self.slew is not None:
            reach = self._reach(before, behind, lasting)
            if reach is None:
                return None
            said.append(reach)
        if self.others:
            said.append("every other point stayed good")
        return f"bridged {format_duration(lasting)}: {', '.join(said)}"

    def _reach(self, before: tuple[float, float], behind: tuple[float, float], lasting: int) -> str | None:
        assert self.slew is not None
        moved = self.slew * lasting
        said = []
        if self.bound.lower != -inf:
            low = (floor(self._steps(before[0]) + SNAP) + floor(self._steps(behind[0]) + SNAP) - moved) / 2
            if low < int(self.bound.lower):
                return None
            said.append(f"at least {self._text(floor(low))}")
        if self.bound.upper != inf:
            high = (ceil(self._steps(before[1]) - SNAP) + ceil(self._steps(behind[1]) - SNAP) + moved) / 2
            if high > int(self.bound.upper):
                return None
            said.append(f"at most {self._text(ceil(high))}")
        return " and ".join(said)

    def _text(self, steps: int) -> str:
        """In the digits of the resolution."""
        digits = len(decimal_text(self.step).partition(".")[2])
        whole, _, part = decimal_text(steps * self.step).partition(".")
        return f"{whole}{'.' if digits else ''}{part.ljust(digits, '0')} {self.unit}"

    def _steps(self, value: float) -> float:
        return value * self.bound.per_unit / self.bound.step
