"""Archived readings in the order of the journal: for a copy that is to have what the journal no longer holds."""

from __future__ import annotations

import sqlite3

import numpy as np

from ingest.archive import ParquetArchive
from ingest.sheet import Sheet, joined
from readings.block import Block
from readings.ports import Segment


class ByPosition:
    """Reads an archive by journal position, forwards, holding what was sealed together."""

    def __init__(self, archive: ParquetArchive) -> None:
        self._archive = archive
        self._held = (0, 0)  # positions behind the first, up to the second, are in `_sheet`
        self._sheet: Sheet | None = None

    def read(self, after: int, through: int, rows: int) -> tuple[int, Block]:
        """The position reached and the readings behind `after`, up to it; about so many, by position.

        Args:
            after: position.
            through: position; everything up to it is sealed.
            rows: how many readings are enough.

        Raises:
            ArchiveError: a file is missing or damaged.
        """
        if self._sheet is None or not self._held[0] <= after < self._held[1]:
            self._held, self._sheet = self._sealed_together(after, through)
        first, last = np.searchsorted(self._sheet.position, [after, through], side="right").tolist()
        last = min(last, first + rows)
        reached = min(self._held[1], through)
        if last < len(self._sheet) and self._sheet.position[last] <= through:
            # not in the middle of a block
            position = int(self._sheet.position[last])
            start, end = np.searchsorted(self._sheet.position, [position, position + 1]).tolist()
            last = start if start > first else end
            reached = position - 1 if start > first else position
        block = self._sheet.take(slice(first, last)).rows(self._archive.series()).block
        if reached >= self._held[1]:
            self._sheet = None
        return reached, block

    def _sealed_together(self, after: int, through: int) -> tuple[tuple[int, int], Sheet]:
        """What one sealing put into segments of several lines: the next such, behind a position."""
        segments = self._next(after)
        if not segments:
            return (after, through), joined([])
        end, parts = segments[0].last, []
        for segment in segments:
            if segment.first > end:
                break
            end = max(end, segment.last)
            parts.append(self._archive.segment_sheet(segment))
        sheet = joined(parts)
        return (after, end), sheet.by_position()

    def _next(self, after: int) -> list[Segment]:
        """The segments behind a position, in order of their first one, of each line the next two."""
        found: list[Segment] = []
        for line in self._archive.lines():
            found += self._archive.segments_behind(line, after, 2)
        return sorted(found, key=lambda segment: segment.first)


def first_position(connection: sqlite3.Connection, start: int) -> int | None:
    """The position behind which lies everything archived with an event time from `start` on, ns UTC; None if nothing."""
    found = connection.execute(
        "SELECT min(segment.first) FROM segment JOIN file ON file.id = segment.file WHERE file.last_time >= ?",
        (start,),
    ).fetchone()[0]
    return None if found is None else int(found) - 1
