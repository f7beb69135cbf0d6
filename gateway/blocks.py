"""Which requests to make of a device, learning from what it refuses.

A block that the device refuses is halved until the refused addresses are known; the rest is read in as few
requests as before. What was refused is tried again now and then, one value at a time: devices are set up anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.requests import Seam, Span, coalesce
from readings.quality import Reason
from readings.times import MINUTE, SECOND

REFUSED = frozenset({Reason.ILLEGAL_ADDRESS, Reason.ILLEGAL_VALUE})  # of an address, or of how many
_FIRST, _LONGEST = 5 * SECOND, MINUTE  # between two tries of something refused


@dataclass(slots=True)
class _Halved:
    """A request that was refused, and how many of its halves were answered."""

    left: Span
    right: Span
    read: int = 0


class Blocks:
    """The requests of one device.

    Attributes:
        refused: values whose addresses the device refuses, and in which words.
    """

    def __init__(self, *, gap: int, holes: Sequence[Span], block: int | None) -> None:
        """Nothing is known yet.

        Args:
            gap: how many unwanted addresses a request may read over.
            holes: addresses that are never asked.
            block: the device's own greatest number of registers per request.
        """
        self.refused: dict[Span, Reason] = {}
        self._gap, self._holes, self._block = gap, tuple(holes), block
        self._seams: set[Seam] = set()
        self._knots: set[Span] = set()  # values that overlap, and are not read together
        self._halved: dict[Span, _Halved] = {}
        self._pause, self._again = _FIRST, 0
        self._plans: dict[frozenset[Span], tuple[Span, ...]] = {}

    def plan(self, wanted: frozenset[Span]) -> tuple[Span, ...]:
        """The requests that read all of this but what is refused."""
        self._halved.clear()
        if wanted not in self._plans:
            good = [span for span in wanted if span not in self.refused]
            alone = [span for span in good if any(knot.holds(span) for knot in self._knots)]
            together = coalesce(
                [span for span in good if span not in alone],
                gap=self._gap,
                holes=[*self._holes, *self.refused, *self._knots],
                seams=self._seams,
                block=self._block,
            )
            self._plans[wanted] = (*together, *sorted(alone))
        return self._plans[wanted]

    def retry(self, wanted: frozenset[Span], now: int) -> Span | None:
        """A refused value to try once more, the one whose turn it is, if it is time.

        Args:
            wanted: what is read in this poll.
            now: ns of the monotonic clock.
        """
        if now < self._again:
            return None
        return next((span for span in self.refused if span in wanted), None)

    def refuse(self, request: Span, reason: Reason, wanted: frozenset[Span], now: int) -> tuple[Span, ...]:
        """A request was refused; what to ask in its place, nothing where it was for one value.

        Args:
            request: what was asked.
            reason: how it was refused, one of `REFUSED`.
            wanted: all that is read in this poll.
            now: ns of the monotonic clock.
        """
        within = [span for span in wanted if request.holds(span)]
        apart = _apart(within)
        if len(apart) > 1:
            half = len(apart) // 2
            left, right = _around(apart[:half]), _around(apart[half:])
            self._halved[left] = self._halved[right] = _Halved(left, right)
            return left, right
        smaller = tuple(span for span in within if span != request)
        if len(smaller) < len(within):
            self._keep_out(request, reason, now)
        else:
            self._knots.add(request)
            self._plans.clear()
        return smaller

    def _keep_out(self, value: Span, reason: Reason, now: int) -> None:
        again = self.refused.pop(value, None) is not None  # to the end: the others have their turn first
        self.refused[value] = reason
        self._pause = min(2 * self._pause, _LONGEST) if again else _FIRST
        self._again = now + self._pause
        self._plans.clear()

    def read(self, request: Span) -> None:
        """A request was answered."""
        if request in self.refused:  # the device was set up anew: all that was learnt may be wrong
            self.refused.clear()
            self._seams.clear()
            self._knots.clear()
            self._plans.clear()
        halved = self._halved.get(request)
        if halved is None:
            return
        halved.read += 1
        if halved.read == 2:  # what lies between them is refused, or both are too long together
            self._seams.add((halved.right.table, halved.right.first))
            self._plans.clear()


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap as one."""
    apart: list[Span] = []
    for span in sorted(spans):
        if apart and apart[-1].meets(span):
            apart[-1] = _around([apart[-1], span])
        else:
            apart.append(span)
    return apart


def _around(spans: Sequence[Span]) -> Span:
    first = spans[0].first
    return Span(spans[0].table, first, max(span.end for span in spans) - first)
