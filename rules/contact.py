"""How long water was in contact, by the parcel that leaves now: exactly, and never credited with more than is certain.

A parcel that leaves came in before so much water as the vessel holds. Walking back over windows of time, each with its
greatest flow, gives the shortest time that this can have taken; the window in which it leaves counts with its water and
with no time, for nobody knows when in it the parcel left. The baffling factor of it is T10, within which a tenth of the
water has passed (US EPA, Disinfection Profiling and Benchmarking Guidance Manual). A flow that steps up shortens the time
of water that is inside already. The longest time that it can have taken is found with the least flows, from the end of the
window in which it leaves, and the likely one with the means.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from readings.block import I64
from rules.parcels import FINER, Ends, Parcel, ParcelDerivation
from rules.windows import MOST, Part, Ready, Windows

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
        flow: by number of each window that is known, in steps; none negative.
    """

    def __init__(self, flow: Mapping[int, int]) -> None:
        known = sorted(flow)
        self._known = known
        self._at = {number: place for place, number in enumerate(known)}
        self._flow = [flow[number] for number in known]
        self._before = [0, *accumulate(self._flow)]  # flow of all windows before each
        self._since: list[int] = []  # where the unbroken run of known windows begins
        since = 0
        for place, number in enumerate(known):
            if place and known[place - 1] != number - 1:
                since = place
            self._since.append(since)

    @classmethod
    def behind(
        cls, volume: Fraction, flow: Callable[[int], int | None], windows: Sequence[int], over: int
    ) -> Self:
        """What is looked back on from these windows, in order, and no more.

        Args:
            volume: flow in steps x ns that replaces the water inside.
            flow: of a window, in steps; None where it is not known.
            windows: their numbers.
            over: length of a window, ns.
        """
        found = {window: flow(window) for window in range(windows[0], windows[-1] + 1)}
        first, known = windows[0], found[windows[0]]
        wanted = volume.numerator // (volume.denominator * over)
        while wanted >= 0 and known is not None and windows[0] - first <= MOST:
            wanted -= known
            first -= 1
            known = found[first] = flow(first)
        return cls({number: known for number, known in found.items() if known is not None})

    def shortest(self, volume: Fraction, window: int, over: int) -> tuple[int, bool]:
        """The shortest time, ns, that water leaving in a window has been inside; and whether that is all of it.

        It is not where windows are not known before as much has passed as the vessel holds.
        """
        place = self._at.get(window)
        if place is None:
            return 0, False
        whole, scale = volume.numerator, volume.denominator
        wanted = -(-whole // (scale * over)) - self._flow[place]  # in steps x windows, before this one
        if wanted <= 0:
            return 0, True
        first = max(self._since[place], place - MOST)
        entered = bisect_right(self._before, self._before[place] - wanted, first, place + 1) - 1
        if entered < first:
            return (place - first) * over, False
        left = whole - (self._before[place + 1] - self._before[entered + 1]) * scale * over
        return (place - entered - 1) * over + left // (self._flow[entered] * scale), True

    def longest(self, volume: Fraction, window: int, over: int) -> int | None:
        """The longest time, ns, that water leaving in a window has been inside, if no less flowed.

        Returns:
            Rounded up; None where windows are not known before as much has passed as the vessel holds.
        """
        place = self._at.get(window)
        if place is None:
            return None
        whole, scale = volume.numerator, volume.denominator
        wanted = self._before[place + 1] - whole // (scale * over)
        entered = bisect_left(self._before, wanted, max(self._since[place], place - MOST), place + 1)
        left = whole - (self._before[place + 1] - self._before[entered]) * scale * over
        inside = (place + 1 - entered) * over
        if not left:
            return inside
        if entered == max(self._since[place], place - MOST):
            return None
        return inside - (-left // (self._flow[entered - 1] * scale))

    def shortest_of(self, volume: Fraction, windows: I64, over: int) -> tuple[Numbers, Mask]:
        """`shortest` of many windows, in columns; of exact integers where they could be too great for 64 bits."""
        if not self._known:
            return np.zeros(windows.size, np.int64), np.zeros(windows.size, np.bool_)
        whole, scale = volume.numerator, volume.denominator
        flow, before, first, place, there = self._columns(whole, windows, scale * over)
        wanted = -(-whole // (scale * over)) - flow[place]
        entered = np.clip(np.searchsorted(before, before[place] - wanted, "right"), first, place + 1) - 1
        at_once, short = (wanted <= 0).astype(np.bool_), entered < first
        walked = there & ~at_once & ~short
        row = np.where(walked, entered, place)
        left = whole - (before[place + 1] - before[row + 1]) * scale * over
        inside = (place - row - 1) * over + left // np.where(walked, flow[row] * scale, 1)
        elapsed = np.where(walked, inside, np.where(there & ~at_once, (place - first) * over, 0))
        return elapsed, there & (at_once | ~short)

    def longest_of(self, volume: Fraction, windows: I64, over: int) -> tuple[Numbers, Mask]:
        """`longest` of many windows, in columns, and whether it is known."""
        if not self._known:
            return np.zeros(windows.size, np.int64), np.zeros(windows.size, np.bool_)
        whole, scale = volume.numerator, volume.denominator
        flow, before, first, place, there = self._columns(whole, windows, scale * over)
        wanted = before[place + 1] - whole // (scale * over)
        entered = np.clip(np.searchsorted(before, wanted, "left"), first, place + 1)
        left = whole - (before[place + 1] - before[entered]) * scale * over
        cut = (left > 0).astype(np.bool_)
        known = there & ~(cut & (entered == first))
        through = np.where(known & cut, flow[np.maximum(entered - 1, 0)] * scale, 1)
        return np.where(known, (place + 1 - entered) * over - (-left // through) * cut, 0), known

    def _columns(self, whole: int, windows: I64, scale: int) -> tuple[Any, Any, I64, I64, Mask]:
        """Flow, sums before, and of each window the first looked back on, its place, and whether it is known."""
        small = max(whole, (self._before[-1] + 1) * scale) < _MOST
        kind: Any = np.int64 if small else object
        known, since = np.array(self._known, np.int64), np.array(self._since, np.int64)
        place = np.minimum(np.searchsorted(known, windows), known.size - 1)
        first = np.maximum(since[place], place - MOST)
        return (
            np.array(self._flow, kind),
            np.array(self._before, kind),
            first,
            place,
            known[place] == windows,
        )


def credited(contact: Contact, passed: Passed, window: int, least: int, over: int) -> int | None:
    """The least contact that the water leaving in a window can have had, in the steps in which it is judged.

    Args:
        contact: the vessel.
        passed: what went through it.
        window: the number of the window.
        least: the least concentration in it, in steps.
        over: length of a window, ns.

    Returns:
        Rounded down; None where the flow is not known far enough back, and what is known does not suffice. Of no
        concentration it is 0, however long it was inside.
    """
    elapsed, whole = passed.shortest(contact.volume, window, over)
    counts = max(least - contact.less, 0)
    value = contact.credit.numerator * elapsed * counts // contact.credit.denominator
    return value if whole or not counts or value >= contact.enough else None


def credited_of(
    contact: Contact, passed: Passed, windows: Sequence[int], least: Sequence[int], over: int
) -> list[int | None]:
    """See `credited`; of many windows."""
    if len(windows) < _MANY:
        return [
            credited(contact, passed, window, steps, over)
            for window, steps in zip(windows, least, strict=True)
        ]
    elapsed, whole = passed.shortest_of(contact.volume, np.array(windows, np.int64), over)
    counts = np.maximum(np.array(least, np.int64) - contact.less, 0)
    numerator, denominator = contact.credit.numerator, contact.credit.denominator
    if numerator * int(elapsed.max()) * (int(counts.max()) + 1) >= _MOST:
        elapsed = elapsed.astype(object)
    values = numerator * elapsed * counts // denominator
    told = whole | (counts == 0) | (values >= contact.enough)
    return [value if says else None for value, says in zip(values.tolist(), told.tolist(), strict=True)]


def longest_in(passed: Passed, volume: Fraction, windows: Sequence[int], over: int) -> list[int | None]:
    """See `Passed.longest`; of many windows."""
    if len(windows) < _MANY:
        return [passed.longest(volume, window, over) for window in windows]
    elapsed, known = passed.longest_of(volume, np.array(windows, np.int64), over)
    return [time if told else None for time, told in zip(elapsed.tolist(), known.tolist(), strict=True)]


@dataclass(frozen=True, slots=True)
class Inside:
    """How long the water leaving in windows has been inside.

    Attributes:
        fastest: by the greatest flows.
        likely: by the means as they were read, ns; None where the flow is not known far enough back.
        longest: by the least flows, ns; None likewise.
    """

    fastest: Passed
    likely: list[int | None]
    longest: list[int | None]

    @classmethod
    def of(
        cls, contact: Contact, flow: Mapping[int, Part], need: int, windows: Sequence[int], over: int
    ) -> Self:
        """Of windows in order, from the flow by number of the window."""

        def known(of: Callable[[Part], int]) -> Callable[[int], int | None]:
            def steps(window: int) -> int | None:
                part = flow.get(window)
                return None if part is None or part[-1] < need else max(of(part), 0)

            return steps

        def taken(volume: Fraction, of: Callable[[Part], int]) -> Passed:
            return Passed.behind(volume, known(of), windows, over)

        even = taken(FINER * contact.volume, lambda part: Ends.of(part).mean)
        slow = taken(contact.volume, lambda part: part[0] - contact.more)
        return cls(
            taken(contact.volume, lambda part: part[2] + contact.more),
            longest_in(even, FINER * contact.volume, windows, over),
            longest_in(slow, contact.volume, windows, over),
        )


@dataclass(frozen=True, slots=True)
class ContactDerivation(ParcelDerivation):
    """From concentration and flow of each window, the contact of the water leaving in it."""

    contact: Contact

    @property
    def enough(self) -> int:
        """As the vessel has it."""
        return self.contact.enough

    @property
    def slowest(self) -> tuple[Fraction, int]:
        """Of the vessel."""
        return self.contact.volume, self.contact.more

    def parcels(self, memory: Windows, ready: Sequence[Ready]) -> list[Parcel]:
        """In the steps judged; none where the flow is not known far enough back, and what is known does not suffice."""
        windows = [window for window, _ in ready]
        inside = Inside.of(self.contact, memory.inputs[1], self.needs[1], windows, self.over)
        counted = [self.counted(parts[0]) for _, parts in ready]
        low = credited_of(self.contact, inside.fastest, windows, [each.least for each in counted], self.over)
        credit = self.contact.credit
        return [
            Parcel(
                window,
                value,
                None if likely is None else amounts_to(credit / FINER, likely, ends.mean),
                None if longest is None else amounts_to(credit, longest, ends.greatest),
            )
            for window, value, ends, likely, longest in zip(
                windows, low, counted, inside.likely, inside.longest, strict=True
            )
            if value is not None
        ]

    def counted(self, part: Part) -> Ends:
        """What counts, times the time inside, of what an input was in a window; the least is guarded by `contact.less`."""
        ends = Ends.of(part)
        return ends._replace(greatest=ends.greatest + self.contact.less)


def amounts_to(credit: Fraction, elapsed: int, steps: int) -> int:
    """Steps judged of a concentration in steps and a time inside, rounded up."""
    return -(-credit.numerator * elapsed * max(steps, 0) // credit.denominator)
