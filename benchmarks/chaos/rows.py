"""Readings as the archive has them, one by one, and when record could take none."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.chaos.world import Lived
from ingest.archive import ParquetArchive
from readings.quality import Reason
from readings.times import NEVER, SECOND

UNREAD = frozenset({Reason.NO_ANSWER, Reason.NOT_CONNECTED, Reason.GARBLED, Reason.WRONG_LENGTH})
OUT_OF_REACH = ("wire", "device")  # of `Lived.spans`, those in which the Modbus device cannot be read


class Row(NamedTuple):
    """A reading as it is kept."""

    time: int
    value: float
    quality: int
    reason: int
    received: int
    seq: int


def rows_of(archive: ParquetArchive, line: str) -> list[Row]:
    """The readings of a line, in order of time."""
    found = []
    for block in archive.stream(line, 0, NEVER):
        columns = (block.time, block.value, block.quality, block.reason, block.received, block.seq)
        found += [Row(*row) for row in zip(*(each.tolist() for each in columns), strict=True)]
    return sorted(found)


def disturbed(lived: Lived, start: int, end: int) -> bool:
    """Whether record was down, or its disk full, somewhere in a span."""
    return any(
        kind in ("record", "disk") and began < end and over > start - SECOND
        for kind, began, over in lived.spans
    )
