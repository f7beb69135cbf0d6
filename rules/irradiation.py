"""UV dose as intensity times time, for each parcel of water, at its lower bound, with the transmittance of the water.

Between lamp and wall the intensity falls as `I(d) = I0 T ** d` (Beer and Lambert), T the transmittance over 1 cm. Over the
path the least is at the wall, and the mean is `I0 (1 - T ** d) / (-d ln T)`. The factors come from a table with one row for
each step of the transmittance, rounded down.

The water that leaves in a window of time was inside for the volume over the greatest flow of the windows that this takes,
at least; of those windows the least intensity counts. At most it was inside for the volume over the least flows, at the
greatest intensity of the windows that this takes. That is plug flow: a reactor that short-circuits gives less, which
only a bioassay shows (US EPA, UV Disinfection Guidance Manual, EPA 815-R-06-007, 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Literal, NamedTuple

from rules.parcels import FINER, Ends, Parcel, ParcelDerivation
from rules.windows import MOST, Ready, Windows

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
        enough: the least step judged that holds.
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
    enough: int


class _Lit(NamedTuple):
    """What counts of the intensity in a window, in 10 ** -12 steps, at least, likely and at most; and the flow."""

    least: int
    likely: int
    most: int
    flow: Ends


@dataclass(frozen=True, slots=True)
class Irradiation(ParcelDerivation):
    """From intensity, flow, and the transmittance of each window.

    The least transmittance is the worst, but for the mean behind a sensor at the wall: there the clearer the water, the less
    more there is between it and the lamp.
    """

    reactor: Reactor

    @property
    def enough(self) -> int:
        """As the reactor has it."""
        return self.reactor.enough

    @property
    def slowest(self) -> tuple[Fraction, int]:
        """Of the reactor."""
        return self.reactor.volume, self.reactor.more

    def parcels(self, memory: Windows, ready: Sequence[Ready]) -> list[Parcel]:
        """In the steps judged; none where a window is not known in which the water was inside."""
        known: dict[int, _Lit | None] = {}

        def lit(window: int) -> _Lit | None:
            if window not in known:
                known[window] = self._lit(memory, window)
            return known[window]

        found = []
        for window, _ in ready:
            low = self._least(lit, window)
            if low is not None:
                found.append(Parcel(window, low, self._likely(lit, window), self._most(lit, window)))
        return found

    def _least(self, lit: Callable[[int], _Lit | None], window: int) -> int | None:
        least, most = None, 1
        for back in range(MOST):
            each = lit(window - back)
            if each is None:
                return None
            least = each.least if least is None else min(least, each.least)
            if not least:
                return 0
            most = max(most, each.flow.greatest + self.reactor.more)
            if back and most * back * self.over >= self.reactor.volume:
                break
        assert least is not None
        credit, volume = self.reactor.credit, self.reactor.volume
        return floor(credit * volume * least / (most * _SCALE))

    def _likely(self, lit: Callable[[int], _Lit | None], window: int) -> int | None:
        """By the means: the intensity of each window for the time in it."""
        left, dose = self.reactor.volume * FINER, Fraction(0)
        for back in range(MOST):
            each = lit(window - back)
            if each is None:
                return None
            through = max(each.flow.mean, 0)
            lasts = self.over if through * self.over <= left else left / through
            dose += each.likely * lasts
            left -= through * lasts
            if left <= 0:
                return floor(self.reactor.credit * dose / _SCALE)
        return None

    def _most(self, lit: Callable[[int], _Lit | None], window: int) -> int | None:
        """By the least flows, at the greatest intensity meanwhile."""
        left, lasted, most = self.reactor.volume, Fraction(0), 0
        for back in range(MOST):
            each = lit(window - back)
            if each is None:
                return None
            most = max(most, each.most)
            through = max(each.flow.least - self.reactor.more, 0)
            lasts = self.over if through * self.over <= left else left / through
            lasted += lasts
            left -= through * lasts
            if left <= 0:
                return ceil(self.reactor.credit * lasted * most / _SCALE)
        return None

    def _lit(self, memory: Windows, window: int) -> _Lit | None:
        parts = [inputs.get(window, (0, 0, 0, 0)) for inputs in memory.inputs]
        if any(part[-1] < need for part, need in zip(parts, self.needs, strict=True)):
            return None
        intensity, flow, *rest = (Ends.of(part) for part in parts)
        reactor, factors = self.reactor, [_SCALE] * 3
        if rest:
            clear, unsure = rest[0], reactor.unsure
            ends: list[int | Fraction] = [
                clear.least - unsure,
                Fraction(clear.mean, FINER),
                clear.greatest + unsure,
            ]
            factors = [
                path_factor(reactor.transmittance * end, reactor.path, reactor.place, reactor.counts)
                for end in (ends if reactor.place == "at the lamp" else ends[::-1])
            ]
            factors[2] += 1  # they are rounded down
        least, likely, most = factors
        return _Lit(
            max(intensity.least - reactor.less, 0) * least,
            intensity.mean * likely // FINER,
            (intensity.greatest + reactor.less) * most,
            flow,
        )


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
