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
from typing import ClassVar

from rules.windows import MOST, Part, WindowDerivation, Windows


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
        self._at = {number: place for place, number in enumerate(known)}
        self._flow = [max(flow[number][0] + more, 0) for number in known]
        self._before = [0]  # flow of all windows before each
        self._since: list[int] = []  # where the unbroken run of known windows begins
        for place, number in enumerate(known):
            self._before.append(self._before[-1] + self._flow[place])
            goes_on = place > 0 and known[place - 1] == number - 1
            self._since.append(self._since[-1] if goes_on else place)

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


@dataclass(frozen=True, slots=True)
class ContactDerivation(WindowDerivation):
    """From the least concentration and the greatest flow of each window, the contact of the water leaving in it."""

    contact: Contact
    reduce: ClassVar[tuple[str, ...]] = ("least", "greatest")
    back: ClassVar[tuple[int, ...]] = (0, MOST)

    def values(self, memory: Windows, ready: Sequence[tuple[int, Sequence[Part]]]) -> list[tuple[int, int]]:
        """In the steps judged; none where the flow is not known far enough back."""
        passed = Passed(memory.inputs[1], self.needs[1], self.contact.more) if ready else None
        found = []
        for window, parts in ready:
            assert passed is not None
            value = credited(self.contact, passed, window, parts[0][0], self.over)
            if value is not None:
                found.append((window, value))
        return found
