"""What warms a cold room's air, and how the food in it follows, both in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.noise import F64, I64

FADED = 14  # time constants after which an effect is nothing at all, so that any span sees the same ones


@dataclass(frozen=True, slots=True)
class Lift:
    """Something that warms the air: evenly until its end, or ever slower towards a new balance; then it fades.

    Attributes:
        start: ns.
        end: ns; the air is cooled again from here.
        height: K at the end of an even rise, or in the balance that a rise with a `lag` tends to.
        decay: ns in which the lift falls to 37 % afterwards.
        lag: ns; 0 where the rise is even.
    """

    start: int
    end: int
    height: float
    decay: int
    lag: int = 0

    def air(self, time: I64) -> F64:
        """K above what would have been."""
        lasted = np.clip(time - self.start, 0, self.end - self.start)
        after = np.maximum(time - self.end, 0)
        shape = -np.expm1(-lasted / self.lag) if self.lag else lasted / (self.end - self.start)
        return np.asarray(self.height * shape * np.exp(-after / self.decay) * (after < FADED * self.decay))

    def food(self, time: I64, behind: int) -> F64:
        """K above what would have been, in food that follows the air with a time constant `behind`, ns.

        The solution of `behind y' = air - y` from y = 0, piece by piece.
        """
        lasted = np.clip(time - self.start, 0, self.end - self.start)
        after = np.maximum(time - self.end, 0)
        top = float(self.air(np.array([self.end]))[0])
        cooling = self.decay / (behind - self.decay)
        falls, fades = np.exp(-after / behind), np.exp(-after / self.decay)
        followed = self._rises(lasted, behind) * falls + top * cooling * (falls - fades)
        return np.asarray(followed * (after < FADED * behind))

    def _rises(self, lasted: I64, behind: int) -> F64:
        if self.lag:
            slow, fast = np.exp(-lasted / behind), np.exp(-lasted / self.lag)
            return np.asarray(self.height * (1 - (behind * slow - self.lag * fast) / (behind - self.lag)))
        slope = self.height / (self.end - self.start)
        return np.asarray(slope * (lasted + behind * np.expm1(-lasted / behind)))

    def reach(self, behind: int) -> int:
        """When nothing of it is left in food that follows with this time constant, ns."""
        return self.end + FADED * max(behind, self.decay)
