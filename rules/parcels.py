"""What is credited to the water that leaves, window by window, as [low, best, high]: the lower bound is judged.

Of each window the least, the mean and the greatest of every input are known. The lower bound takes of each what does least,
the upper bound what does most, and best are the means as they were read. With a guard band the uncertainties of the inputs
go through all of it: low and high take w more on either side.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import ClassVar, NamedTuple

import msgspec
import numpy as np

from readings.block import I64
from rules.derivation import CameTo, Memory, Spans, Taken
from rules.episodes import Episodes
from rules.window_means import half_even
from rules.windows import MOST, CutIntoWindows, Part, Ready, Windows

FINER = 1000  # means are told in thousandths of a sensor's step
PER_UNIT = 1000  # steps judged in the unit judged, of every kind


class Parcels(Memory, tag=True):
    """The windows that are looked back on, and what was credited."""

    windows: Windows
    known: Episodes = msgspec.field(default_factory=Episodes)

    def twin(self) -> Parcels:
        """An independent copy."""
        return Parcels(self.windows.twin(), self.known.twin())

    def parted(self, seam: int) -> Parcels:
        """See `Memory`."""
        return Parcels(self.windows.twin(), self.known.parted(seam))

    @property
    def forgets(self) -> int:
        """See `Memory`."""
        return self.known.forgot


class Parcel(NamedTuple):
    """What leaves in a window, in whole steps judged.

    Attributes:
        window: its number.
        low: what is credited.
        best: by the means as they were read; None where that is not known.
        high: at most; None where nothing bounds it.
    """

    window: int
    low: int
    best: int | None
    high: int | None


class Ends(NamedTuple):
    """What one input was in a window: in steps, and the mean in thousandths of one."""

    least: int
    mean: int
    greatest: int

    @classmethod
    def of(cls, part: Part) -> Ends:
        """Of its least step, their sum, the greatest, and how many readings there were."""
        least, total, greatest, count = part
        return cls(least, half_even(FINER * total, count), greatest)


@dataclass(frozen=True, slots=True)
class ParcelDerivation(CutIntoWindows, ABC):
    """A derivation that credits the water that leaves in a window with what it had while it was inside.

    Attributes:
        silent: after this the slowest of its inputs is silent, ns.
    """

    silent: int
    reduce: ClassVar[tuple[str, ...]] = ("least", "sum", "greatest")

    @property
    @abstractmethod
    def enough(self) -> int:
        """The least step judged that holds."""

    @property
    @abstractmethod
    def slowest(self) -> tuple[Fraction, int]:
        """Flow in steps x ns that replaces the water inside; so many steps less than read may have flowed."""

    @abstractmethod
    def parcels(self, memory: Windows, ready: Sequence[Ready]) -> list[Parcel]:
        """Of windows that count, at least one, what leaves in them; not of those of which too little is known."""

    def fresh(self) -> Parcels:
        """Nothing heard yet."""
        return Parcels(Windows([{} for _ in self.needs]))

    def take(self, memory: Parcels, inputs: Sequence[Taken], spans: Spans, until: int) -> tuple[I64, I64]:
        """See `Derivation`."""
        ready, changes = self.hear(memory.windows, inputs, spans, until)
        found = self.parcels(memory.windows, ready) if ready else []
        end = until // self.over
        memory.windows.forget(end, end - self._oldest(memory.windows, ready[0][0]) if ready else MOST)
        times = self.times([each.window for each in found], changes)
        low = np.array([each.low for each in found], np.int64)
        best, high = (
            np.array([inf if one is None else one for one in column], np.float64)
            for column in ([each.best for each in found], [each.high for each in found])
        )
        high = np.maximum(low, high)
        bounds = low / PER_UNIT, np.clip(best, low, high) / PER_UNIT, high / PER_UNIT
        beyond, apart = low < self.enough, 2 * self.over + self.silent
        memory.known.take(times, bounds[0], bounds, beyond, spans, least=True, apart=apart)
        return times, low

    def came_to(self, memory: Parcels, begin: int, end: int) -> CameTo | None:
        """See `Derivation`."""
        return memory.known.came_to(begin, end, least=True)

    def _oldest(self, memory: Windows, window: int) -> int:
        """The first window that what leaves behind a window is looked back on: before it more water flowed than is inside.

        Where it was exactly as much, what leaves may have come in before a time in which nothing flowed.
        """
        (volume, less), flow = self.slowest, memory.inputs[1]
        wanted = volume.numerator // (volume.denominator * self.over)
        oldest = window
        while wanted >= 0 and oldest in flow and window - oldest <= MOST:
            wanted -= max(flow[oldest][0] - less, 0)
            oldest -= 1
        return oldest
