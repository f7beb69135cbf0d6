"""The journal's unsealed blocks as a sheet, kept in memory and brought up to date by what was added."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping

import numpy as np

from ingest.sheet import Sheet, joined, of_blocks
from readings.block import Block
from readings.inputs import Series

_AT_ONCE = 1000  # blocks


class Tail:
    """What a process has read of the unsealed blocks; safe to use from several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._sheets: list[Sheet] = []
        self._times: list[tuple[int, int]] = []  # of each sheet, its first and last time
        self._after = self._through = 0

    def sheets(
        self,
        connection: sqlite3.Connection,
        codes: Mapping[Series, int],
        after: int,
        last: int,
        times: tuple[int, int],
    ) -> list[Sheet]:
        """Readings of the blocks behind `after`, up to `last`, of this snapshot: sheets in journal order.

        Args:
            connection: the snapshot.
            codes: of the series.
            after: position behind which blocks are not sealed.
            last: position of the last block.
            times: ns UTC from, and not included to; sheets wholly outside are left out.
        """
        with self._turn:
            if after < self._after:  # a moment before the last sealing: what it needs may be forgotten here
                return Tail().sheets(connection, codes, after, last, times)
            self._after = after
            gone = sum(1 for sheet in self._sheets if sheet.position[-1] <= after)
            del self._sheets[:gone], self._times[:gone]
            self._through = max(self._through, after)
            while self._through < last:
                rows = connection.execute(
                    "SELECT position, data FROM content WHERE position > ? AND position <= ?"
                    " ORDER BY position LIMIT ?",
                    (self._through, last, _AT_ONCE),
                ).fetchall()
                if not rows:
                    break
                self._through = rows[-1][0]
                added = of_blocks([(position, Block.decode(data)) for position, data in rows], codes)
                if len(added):
                    self._add(added)
            return list(self._between(after, last, times))

    def _add(self, added: Sheet) -> None:
        """Merged so that each sheet is at least twice as long as the next."""
        while self._sheets and len(self._sheets[-1]) < 2 * len(added):
            added = joined([self._sheets.pop(), added])
            self._times.pop()
        self._sheets.append(added)
        self._times.append((int(added.time.min()), int(added.time.max())))

    def _between(self, after: int, last: int, times: tuple[int, int]) -> Iterator[Sheet]:
        for sheet, (low, high) in zip(self._sheets, self._times, strict=True):
            if high < times[0] or low >= times[1]:
                continue
            start, end = np.searchsorted(sheet.position, [after, last], side="right").tolist()
            if start < end:
                yield sheet if end - start == len(sheet) else sheet.take(slice(start, end))
