"""The journal's unsealed blocks as a sheet, kept in memory and brought up to date by what was added."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping

import numpy as np

from ingest.sheet import EMPTY, Sheet, joined, of_blocks
from readings.block import Block
from readings.inputs import Series

_AT_ONCE = 1000  # blocks


class Tail:
    """What a process has read of the unsealed blocks; safe to use from several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._sheets: list[Sheet] = []
        self._through = 0

    def sheet(
        self, connection: sqlite3.Connection, codes: Mapping[Series, int], after: int, last: int
    ) -> Sheet:
        """Readings of the blocks behind `after`, up to `last`, in journal order, of this snapshot."""
        with self._turn:
            self._sheets = [sheet for sheet in self._sheets if sheet.position[-1] > after]
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
            return self._between(after, last)

    def _add(self, added: Sheet) -> None:
        """Merged so that each sheet is at least twice as long as the next."""
        while self._sheets and len(self._sheets[-1]) < 2 * len(added):
            added = joined([self._sheets.pop(), added])
        self._sheets.append(added)

    def _between(self, after: int, last: int) -> Sheet:
        parts = []
        for sheet in self._sheets:
            start, end = np.searchsorted(sheet.position, [after, last], side="right").tolist()
            if start < end:
                parts.append(sheet if end - start == len(sheet) else sheet.take(slice(start, end)))
        return joined(parts) if parts else EMPTY
