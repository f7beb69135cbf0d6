"""Readings that carry a counter and no time: known again by the counter, for a while.

Their event time is when they were received, which is another one when they are sent again. So one of the same series,
counter and value within `WITHIN` is the same reading. Longer ago it is another one: counters begin anew.
"""

from __future__ import annotations

import numpy as np

from ingest.known import Keys, Mask
from readings.block import Block
from readings.times import HOUR, MS

WITHIN = HOUR
_MOST = 200_000  # remembered at once


class Counted:
    """What was counted lately."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int, int], int] = {}

    def known(self, keys: Keys, block: Block) -> Mask | None:
        """Which readings of a block are known by their counter; None if none has to be looked at.

        Args:
            keys: of the block's readings, in their order.
            block: the readings.
        """
        rows = _counted(block)
        if not rows.size:
            return None
        known = np.zeros(len(block), np.bool_)
        met: dict[tuple[int, int, int], int] = {}
        for row, key, time in _named(keys, rows):
            before = self._seen.get(key, met.get(key))
            known[row] = before is not None and abs(time - before) <= WITHIN
            met.setdefault(key, time)
        return known

    def remember(self, keys: Keys, block: Block) -> None:
        """These are in the journal."""
        for _, key, time in _named(keys, _counted(block)):
            self._seen.pop(key, None)
            self._seen[key] = time
        if len(self._seen) > _MOST:
            for key in list(self._seen)[: _MOST // 2]:
                del self._seen[key]


def _counted(block: Block) -> np.ndarray:
    arrived = (block.time // MS == block.received // MS) & (block.time % MS != 0)  # see `arrival`
    return np.flatnonzero((block.seq >= 0) & arrived)


def _named(keys: Keys, rows: np.ndarray) -> list[tuple[int, tuple[int, int, int], int]]:
    named = zip(keys.code[rows].tolist(), keys.seq[rows].tolist(), keys.bits[rows].tolist(), strict=True)
    return list(zip(rows.tolist(), named, keys.time[rows].tolist(), strict=True))
