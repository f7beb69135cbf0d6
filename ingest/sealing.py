"""Files of the archive, written but not in place yet: any process may write them, the one that seals puts them there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from ingest import catalogue
from ingest.archive import ParquetArchive, parts_of, rank_of
from ingest.catalogue import FileEntry, Written
from ingest.merge import in_time_order
from ingest.schema import ARCHIVE_CURSOR
from ingest.segment_format import Shape, shape_of
from ingest.segment_write import flush, write_segment
from ingest.sheet import Sheet, by_line, joined, of_blocks
from ingest.sources import SourceOfSeries
from readings.block import Block
from readings.inputs import Series
from readings.ports import Segment
from readings.times import ALWAYS, NEVER

UNFINISHED = ".tmp"
DAY_LEVEL = 2
_AT_ONCE, _BYTES = 1000, 1_000_000  # blocks, and bytes of them, read at once
_WINDOW_ROWS = 524_288  # readings that a compacted file holds together by time


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A file that is on the disk, whole, under a name of its own.

    Attributes:
        at: path below the archive's directory.
        written: as it is entered when it is in place.
    """

    at: str
    written: Written

    def put_in_place(self, directory: Path) -> None:
        """Give it its name, for good.

        Raises:
            OSError: the disk fails.
        """
        path = directory / self.written.name
        (directory / self.at).rename(path)
        flush(path.parent)


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """What is sealed at once.

    Attributes:
        through: journal position up to which everything is in it.
        segments: each with its file.
        stored: how many of the readings each source gave.
    """

    through: int
    segments: list[tuple[Segment, Draft]]
    stored: dict[str, int]


def next_portion(archive: ParquetArchive, most: int, now: int) -> Portion:
    """Write the oldest unsealed readings as segments, one a line.

    Args:
        archive: over the journal that holds them.
        most: readings; blocks are not parted, so they may be some more.
        now: ns UTC.

    Raises:
        OSError: the disk is full or fails; nothing is left behind.
    """
    journal = archive.journal
    last = journal.last()
    with journal.database.read() as connection:
        series = catalogue.series(connection)  # all that the blocks up to `last` name
        sources = SourceOfSeries(connection)
    through, sheet = _unsealed(archive, most, last, {one: code for code, one in enumerate(series)})
    segments: list[tuple[Segment, Draft]] = []
    try:
        for line, rows in by_line(sheet, series) if len(sheet) else ():
            with journal.database.read() as connection:
                number = catalogue.next_number(connection, line)
            draft = _draft(archive, line, (number, number), 0, now, [rows], shape_of(rows), series)
            first, last = int(rows.position[0]), int(rows.position[-1])
            segments.append((Segment(line, number, first, last, len(rows)), draft))
    except BaseException:
        for _, draft in segments:
            (archive.directory / draft.at).unlink(missing_ok=True)
        raise
    return Portion(through, segments, sources.count(sheet.code))


def merged(archive: ParquetArchive, line: str, group: Sequence[FileEntry], level: int) -> Draft:
    """Write several files of a line, neighbours in order of sealing, as one.

    Args:
        archive: whose files they are.
        line: the plan's line.
        group: which.
        level: of the new file.

    Raises:
        ArchiveError: one of them is missing or damaged.
        OSError: the disk is full or fails; nothing is left behind.
    """
    opened, series = archive.opened(group)
    shape = reduce(Shape.merged, (file.shape for file in opened))
    numbers = _numbers(group[0].name)[0], _numbers(group[-1].name)[1]
    parts = [part for file in opened for part in parts_of(file, ALWAYS, NEVER)]
    windows: Iterator[Sheet] = in_time_order(parts, rank_of(series), _WINDOW_ROWS)
    return _draft(archive, line, numbers, level, group[0].written, windows, shape, series)


def _unsealed(
    archive: ParquetArchive, most: int, last: int, codes: Mapping[Series, int]
) -> tuple[int, Sheet]:
    """Unsealed readings, from the oldest, until there are enough for a segment, and the position reached.

    Page by page: each block names its series, and the names as objects take more than the readings.
    """
    journal = archive.journal
    sheets: list[Sheet] = []
    rows, through = 0, journal.cursor(ARCHIVE_CURSOR)
    while rows < most and through < last:
        page: list[tuple[int, Block]] = []
        for position, block in journal.read(through, _AT_ONCE, size=_BYTES):
            if rows >= most or position > last:
                break
            page.append((position, block))
            rows += len(block)
        through = page[-1][0] if page else last  # up to there all was lost, and gone on without
        sheets.append(of_blocks(page, codes))
    return through, joined(sheets)


def _draft(  # noqa: PLR0913 - what makes a file
    archive: ParquetArchive,
    line: str,
    numbers: tuple[int, int],
    level: int,
    written: int,
    sheets: Iterator[Sheet] | list[Sheet],
    shape: Shape,
    series: list[Series],
) -> Draft:
    name = _name(line, *numbers)
    at = f"{name}.{os.getpid()}{UNFINISHED}"  # a process that should have ended writes into no other's file
    path = archive.directory / at
    path.parent.mkdir(exist_ok=True)
    runs = write_segment(path, line, sheets, shape=shape, series=series)
    return Draft(at, Written(line, name, level, written, runs))


def _name(line: str, first: int, last: int) -> str:
    numbers = f"{first:08d}" if first == last else f"{first:08d}-{last:08d}"
    return f"line={quote(line, safe='')}/{numbers}.parquet"


def _numbers(name: str) -> tuple[int, int]:
    first, _, last = PurePosixPath(name).stem.partition("-")
    return int(first), int(last or first)
