"""Whose turn it is on a link: units that answer before those that do not, then by how soon each must be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.polled import Polled

_SHARE = 4  # times what a question in vain took, in which no other silent unit is asked


class Turns:
    """The units on a link.

    Of those that are due the one comes first whose poll must be done first, of equal ones the one that was served
    longest ago: a unit with many registers holds up no neighbour that is due more often. A unit that did not answer
    comes behind all that did, and all silent units together take a fifth of the time at most.
    """

    def __init__(self, units: Sequence[Polled], *, retry: int) -> None:
        """Nothing was asked yet.

        Args:
            units: on the link.
            retry: after so long a silent unit waits for no other one, ns.
        """
        self._units = tuple(units)
        self._retry = retry
        self._spared = 0  # until when no silent unit is asked, ns of the monotonic clock

    def left_alone(self, now: int) -> Iterator[Polled]:
        """Those that are due and silent, and are not to be tried yet."""
        for unit in self._units:
            if not unit.busy and unit.left_alone(now) and unit.due() <= now:
                yield unit

    def next(self, now: int) -> Polled | None:
        """The unit to ask now; None if there is none."""
        first, best = None, (0, 0, 0)
        for unit in self._units:
            if unit.busy or not (unit.under_way or unit.due() <= now):
                continue
            if unit.silent and now < self._spared:
                continue
            deadline = unit.deadline(now)
            waits = unit.doubtful and now < unit.waits_since() + self._retry
            rank = (int(waits), deadline, unit.served)
            if first is None or rank < best:
                first, best = unit, rank
        return first

    def due(self) -> int | None:
        """When there is something to ask again, as far as is known; None if that is not known."""
        times = [
            max(unit.due(), self._spared) if unit.silent else unit.due()
            for unit in self._units
            if not unit.busy
        ]
        return min(times, default=None)

    def tried_in_vain(self, now: int, cost: int) -> None:
        """A silent unit was asked and did not answer."""
        self._spared = now + _SHARE * cost
