"""Several devices behind one topic filter, whose values would come as those of one sensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.columns import Columns
from readings.times import MINUTE

Offer = Callable[[Columns, bytes, bool, int], bool]
"""Puts into the columns what a message says (payload, whether retained, received); whether it is meant at all."""

_LASTS = 10 * MINUTE
_MOST = 100  # topics are remembered of a series


@dataclass(slots=True)
class Mixed:
    """Which topics fed series that stand without a placeholder behind a filter with wildcards, and when last."""

    _fed: dict[str, dict[str, int]] = field(default_factory=dict)

    def noting(self, series: str, topic: str, offer: Offer) -> Offer:
        """The same offer; what it reads is noted.

        Args:
            series: what it reads, as the settings name it.
            topic: of its messages.
            offer: what reads them.
        """
        fed = self._fed.setdefault(series, {})

        def noted(columns: Columns, payload: bytes, retained: bool, received: int) -> bool:
            before = len(columns)
            meant = offer(columns, payload, retained, received)
            if len(columns) > before and (topic in fed or len(fed) < _MOST):
                fed[topic] = received
            return meant

        return noted

    def said(self, now: int) -> Iterator[tuple[str, list[str]]]:
        """Series that several topics fed lately, and those topics.

        Args:
            now: ns UTC.
        """
        for series, fed in sorted(self._fed.items()):
            for topic in [each for each, at in fed.items() if at < now - _LASTS]:
                del fed[topic]
            if len(fed) > 1:
                yield series, sorted(fed)
