"""History: what pages and charts ask of a series, whichever store answers."""

from __future__ import annotations

from typing import Protocol

from ingest.archive import ParquetArchive
from ingest.buckets import Buckets
from ingest.sheet import without_overwritten
from readings.block import Block
from readings.inputs import Series


class History(Protocol):
    """The past of a series; the same numbers from the archive and from InfluxDB."""

    def buckets(self, series: Series, start: int, end: int, n: int) -> Buckets:
        """Lowest, highest and last value in `n` buckets of equal width from `start` to `end`, ns UTC."""

    def rows(self, series: Series, start: int, end: int) -> Block:
        """Readings with start <= time < end by time, one for each time: as it was written last."""


class ArchiveHistory:
    """History from the archive."""

    def __init__(self, archive: ParquetArchive) -> None:
        self._archive = archive

    def buckets(self, series: Series, start: int, end: int, n: int) -> Buckets:
        """Lowest, highest and last value in `n` buckets of equal width from `start` to `end`, ns UTC."""
        return self._archive.buckets(series, start, end, n)

    def rows(self, series: Series, start: int, end: int) -> Block:
        """Readings with start <= time < end by time, one for each time: as it was written last."""
        sheet, names = self._archive.sheet([series], start, end)
        return without_overwritten(sheet.by_series()).rows(names).block
