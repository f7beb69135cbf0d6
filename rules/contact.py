"""How long water was in contact, by the parcel that leaves now: exactly, and never credited with more than is certain.

A parcel that leaves came in before so much water as the vessel holds. Walking back over windows of time, each with its
greatest flow, gives the shortest time that this can have taken; the window in which it leaves counts with its water and
with no time, for nobody knows when in it the parcel left. The baffling factor of it is T10, within which a tenth of the
water has passed (US EPA, Disinfection Profiling and Benchmarking Guidance Manual). A flow that steps up shortens the time
of water that is inside already.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from readings.block import I64
from rules.windows import MOST, Part, WindowDerivation, Windows

Numbers = npt.NDArray[Any]  # int64, or Python's own integers
Mask = npt.NDArray[np.bool_]
_MOST = 2**62
_MANY = 32  # windows


@dataclass(frozen=True, slots=True)
class Contact:
    """A vessel, in steps of its sensors.

    Attributes:
        volume: flow in steps x ns that replaces the water in it.
        credit: steps judged for each step of concentration and ns in the vessel; the baffling factor is in it.
        enough: the least step that holds.
        less: steps that the concentration is guarded by: so much less is credited.
        more: steps that the flow is guarded by: so much more may have flowed.
    """

    volume: Fraction
    credit: Fraction
    enough: int
    less: int = 0
    more: int = 0


class Passed:
    """What went through, window by window, summed up so that looking back costs the same however far it goes.

    Args:
        flow: by number of the window, (greatest flow in steps, readings).
        need: so many readings make a window known.
        more: so much more may have flowed, in steps.
    """

    def __init__(self, flow: dict[int, tuple[int, int]], need: int, more: int = 0) -> None:
        known = sorted(number for number, (_, count) in flow.items() if count >= need)
        self._known = known
        self._at = {number: place for place, number in enumerate(known)}
        self._flow = [max(flow[number][0] + more, 0) for number in known]
        self._before = [0, *accumulate(self._flow)]  # flow of all windows before each
        self._since: list[int] = []  # where the unbroken run of known windows begins
        since = 0
        for place, number in enumerate(known):
            if place and known[place - 1] != number - 1:
                since = place
            self._since.append(since)

    @classmethod
    def behind(
        cls, contact: Contact, flow: dict[int, tuple[int, int]], need: int, windows: Sequence[int], over: int
    ) -> Passed:
        """What is looked back on from these windows, in order, and no more."""
        first = windows[0]
        wanted = -(-contact.volume.numerator // (contact.volume.denominator * over))
        part = flow.get(first, (0, 0))
        while wanted > 0 and part[1] >= need and windows[0] - first <= MOST:
            wanted -= max(part[0] + contact.more, 0)
            first -= 1
            part = flow.get(first, (0, 0))
        asked = range(first, windows[-1] + 1)
        return cls({number: flow[number] for number in asked if number in flow}, need, contact.more)

    def shortest(self, contact: Contact, window: int, over: int) -> tuple[int, bool]:
        """The shortest time, ns, that water leaving in a window has been inside; and whether that is all of it.

        It is not where windows are not known before as much has passed as the vessel holds.
        """
        place = self._at.get(window)
        if place is None:
            return 0, False
        volume, scale = contact.volume.numerator, contact.volume.denominator
        wanted = -(-volume // (scale * over)) - self._flow[place]  # in steps x windows, before this one
        if wanted <= 0:
            return 0, True
        first = max(self._since[place], place - MOST)
        entered = bisect_right(self._before, self._before[place] - wanted, first, place + 1) - 1
        if entered < first:
            return (place - first) * over, False
        left = volume - (self._before[place + 1] - self._before[entered + 1]) * scale * over
        return (place - entered - 1) * over + left // (self._flow[entered] * scale), True

    def shortest_of(self, contact: Contact, windows: I64, over: int) -> tuple[Numbers, Mask]:
        """The same of many windows, in columns; of exact integers where they could be too great for 64 bits."""
        volume, scale = contact.volume.numerator, contact.volume.denominator
        if not self._known:
            return np.zeros(windows.size, np.int64), np.zeros(windows.size, np.bool_)
        small = max(volume, (self._before[-1] + 1) * scale * over) < _MOST
        kind: Any = np.int64 if small else object
        known, since = np.array(self._known, np.int64), np.array(self._since, np.int64)
        flow, before = np.array(self._flow, kind), np.array(self._before, kind)
        place = np.minimum(np.searchsorted(known, windows), known.size - 1)
        there = known[place] == windows
        wanted = -(-volume // (scale * over)) - flow[place]
        first = np.maximum(since[place], place - MOST)
        entered = np.clip(np.searchsorted(before, before[place] - wanted, "right"), first, place + 1) - 1
        at_once, short = (wanted <= 0).astype(np.bool_), entered < first
        walked = there & ~at_once & ~short
        row = np.where(walked, entered, place)
        left = volume - (before[place + 1] - before[row + 1]) * scale * over
        inside = (place - row - 1) * over + left // np.where(walked, flow[row] * scale, 1)
        elapsed = np.where(walked, inside, np.where(there & ~at_once, (place - first) * over, 0))
        return elapsed, there & (at_once | ~short)


def credited(contact: Contact, passed: Passed, window: int, least: int, over: int) -> int | None:
    """The least contact that the water leaving in a window can have had, in the steps in which it is judged.

    Args:
        contact: the vessel.
        passed: what went through it.
        window: the number of the window.
        least: the least concentration in it, in steps.
        over: length of a window, ns.

    Returns:
        Rounded down; None where the flow is not known far enough back, and what is known does not suffice.
    """
    elapsed, whole = passed.shortest(contact, window, over)
    value = contact.credit.numerator * elapsed * max(least - contact.less, 0) // contact.credit.denominator
    return value if whole or value >= contact.enough else None


def credited_of(
    contact: Contact, passed: Passed, windows: Sequence[int], least: Sequence[int], over: int
) -> list[int | None]:
    """See `credited`; of many windows."""
    if len(windows) < _MANY:
        return [
            credited(contact, passed, window, steps, over)
            for window, steps in zip(windows, least, strict=True)
        ]
    elapsed, whole = passed.shortest_of(contact, np.array(windows, np.int64), over)
    counts = np.maximum(np.array(least, np.int64) - contact.less, 0)
    numerator, denominator = contact.credit.numerator, contact.credit.denominator
    if numerator * int(elapsed.max()) * (int(counts.max()) + 1) >= _MOST:
        elapsed = elapsed.astype(object)
    values = numerator * elapsed * counts // denominator
    told = whole | (values >= contact.enough)
    return [value if says else None for value, says in zip(values.tolist(), told.tolist(), strict=True)]


@dataclass(frozen=True, slots=True)
class ContactDerivation(WindowDerivation):
    """From the least concentration and the greatest flow of each window, the contact of the water leaving in it."""

    contact: Contact
    reduce: ClassVar[tuple[str, ...]] = ("least", "greatest")
    back: ClassVar[tuple[int, ...]] = (0, MOST)

    def values(self, memory: Windows, ready: Sequence[tuple[int, Sequence[Part]]]) -> list[tuple[int, int]]:
        """In the steps judged; none where the flow is not known far enough back."""
        if not ready:
            return []
        windows = [window for window, _ in ready]
        passed = Passed.behind(self.contact, memory.inputs[1], self.needs[1], windows, self.over)
        least = self.counted([parts[0][0] for _, parts in ready])
        values = credited_of(self.contact, passed, windows, least, self.over)
        return [(window, value) for window, value in zip(windows, values, strict=True) if value is not None]

    def counted(self, least: Sequence[int]) -> Sequence[int]:
        """What counts, times the time inside, of the least value of each window, in steps."""
        return least
