"""UV dose as intensity times time, for each parcel of water, at its lower bound, with the transmittance of the water.

Between lamp and wall the intensity falls as `I(d) = I0 T ** d` (Beer and Lambert), T the transmittance over 1 cm. Over the
path the least is at the wall, and the mean is `I0 (1 - T ** d) / (-d ln T)`. The factors come from a table with one row for
each step of the transmittance, rounded down.

The water that leaves in a window of time was inside for the volume over the greatest flow of the windows that this takes,
at least; of those windows the least intensity counts. That is plug flow: a reactor that short-circuits gives less, which
only a bioassay shows (US EPA, UV Disinfection Guidance Manual, EPA 815-R-06-007, 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import ClassVar, Literal

from rules.windows import MOST, Part, WindowDerivation, Windows

Place = Literal["at the lamp", "at the wall"]
Counts = Literal["least", "mean"]
_EXACT = Context(prec=50)
_SCALE = 10**12


@lru_cache(maxsize=4096)
def path_factor(transmittance: Fraction, centimetres: Fraction, place: Place, counts: Counts) -> int:
    """What counts over what the sensor reads, in 10 ** -12, rounded down.

    Args:
        transmittance: over 1 cm, 0 to 1.
        centimetres: from the lamp's sleeve to the wall.
        place: of the sensor.
        counts: the least intensity on the path, or the mean.
    """
    if place == "at the wall" and counts == "least":
        return _SCALE
    if transmittance >= 1:
        return _SCALE
    if transmittance <= 0:
        return 0
    ln = _EXACT.ln(_decimal(transmittance))
    depth = _EXACT.multiply(ln, _decimal(centimetres))  # negative
    through = _EXACT.exp(depth)
    factor = through
    if counts == "mean":
        factor = _EXACT.divide(_EXACT.subtract(Decimal(1), through), -depth)
        if place == "at the wall":
            factor = _EXACT.divide(factor, through)
    return floor(_EXACT.multiply(factor, Decimal(_SCALE)))


@dataclass(frozen=True, slots=True)
class Reactor:
    """What a dose depends on, in steps of its sensors.

    Attributes:
        volume: flow in steps x ns that replaces the water in it.
        credit: steps judged for each step of intensity and ns in the reactor.
        path: from the lamp's sleeve to the wall, cm.
        place: of the sensor.
        counts: the least intensity on the path, or the mean.
        transmittance: of a step of its sensor.
        less: steps by which the intensity is guarded.
        more: steps by which the flow is guarded.
        unsure: steps by which the transmittance is guarded.
    """

    volume: Fraction
    credit: Fraction
    path: Fraction
    place: Place
    counts: Counts
    transmittance: Fraction
    less: int
    more: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Irradiation(WindowDerivation):
    """From the least intensity, the greatest flow, and the transmittance of each window.

    The least transmittance is the worst, but for the mean behind a sensor at the wall: there the clearer the water, the less
    more there is between it and the lamp.
    """

    reactor: Reactor
    reduce: ClassVar[tuple[str, ...]] = ("least", "greatest", "least")
    back: ClassVar[tuple[int, ...]] = (MOST, MOST, MOST)

    def values(self, memory: Windows, ready: Sequence[tuple[int, Sequence[Part]]]) -> list[tuple[int, int]]:
        """In the steps judged; none where a window is not known in which the water was inside."""
        found = []
        for window, _ in ready:
            value = self._dose(memory, window)
            if value is not None:
                found.append((window, value))
        return found

    def _dose(self, memory: Windows, window: int) -> int | None:
        least, most = None, 1
        for back in range(MOST):
            known = self._known(memory, window - back)
            if known is None:
                return None
            intensity, flow = known
            least, most = intensity if least is None else min(least, intensity), max(most, flow)
            if back and most * back * self.over >= self.reactor.volume:
                break
        assert least is not None
        credit, volume = self.reactor.credit, self.reactor.volume
        return floor(credit * volume * least / (most * _SCALE))

    def _known(self, memory: Windows, window: int) -> tuple[int, int] | None:
        """What counts of the intensity, in 10 ** -12 steps, and the greatest flow of a window."""
        parts = [inputs.get(window, (0, 0)) for inputs in memory.inputs]
        if any(count < need for (_, count), need in zip(parts, self.needs, strict=True)):
            return None
        reactor, clear = self.reactor, Fraction(1)
        if len(parts) > 2:
            clear = reactor.transmittance * (parts[2][0] + self._clearer * reactor.unsure)
        factor = path_factor(clear, reactor.path, reactor.place, reactor.counts)
        return max(parts[0][0] - reactor.less, 0) * factor, max(parts[1][0] + reactor.more, 1)

    @property
    def _clearer(self) -> int:
        return 1 if self.reactor.place == "at the wall" else -1

    def _reduced(self, place: int) -> str:
        return "greatest" if place == 2 and self._clearer > 0 else self.reduce[place]


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
