"""The sealer: moves the journal's blocks into the archive, compacts the archive, drops what nobody needs."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import PurePosixPath
from urllib.parse import quote

import structlog

from ingest import catalogue
from ingest.archive import ParquetArchive, parts_of, rank_of
from ingest.bound import JournalBound
from ingest.catalogue import FileEntry, Written
from ingest.merge import in_time_order
from ingest.schema import ARCHIVE_CURSOR
from ingest.segment_format import Shape, shape_of
from ingest.segment_write import UNFINISHED, write_segment
from ingest.settings import ArchiveSettings
from ingest.sheet import Sheet, by_line, joined, of_blocks
from ingest.sources import SourceOfSeries
from readings.block import Block
from readings.inputs import Series
from readings.ports import Segment
from readings.times import ALWAYS, DAY, NEVER

_AT_ONCE, _BYTES = 1000, 1_000_000  # blocks, and bytes of them, read at once
_PARTS = 16  # files of a day are merged when there are so many, and once more when the day is over
_DAY_LEVEL = 2
_WINDOW_ROWS = 524_288  # readings that a compacted file holds together by time
_GRACE = DAY  # a replaced file stays so long for those who are reading it

_log = structlog.get_logger(__name__)


class Sealer:
    """Keeps an archive. One process does; everything here blocks, so `run` works in a thread.

    A segment's file is written, flushed and renamed first; then one transaction enters it in the catalogue
    and moves the cursor. Killed in between, the file is in no catalogue, and is removed at the next start.

    Args:
        archive: the archive, and through it the journal.
        settings: when to seal, and how long to keep blocks.
        readers: cursors of those who read the journal; no block is dropped before they have passed it.
        bound: how much the journal may hold; None for no bound.
        now: wall clock, ns UTC.
    """

    def __init__(
        self,
        archive: ParquetArchive,
        settings: ArchiveSettings,
        *,
        readers: Sequence[str] = (),
        bound: JournalBound | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._archive = archive
        self._journal = archive.journal
        self._database = archive.journal.database
        self._settings = settings
        self._readers = readers
        self._bound = bound
        self._now = now
        self._turn = threading.Lock()
        self._swept = False

    async def run(self, every: float = 1.0) -> None:
        """Seal, compact and drop what is due, every so many seconds, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.work)
            except OSError as error:
                _log.error("archive cannot be written; readings wait in the journal", error=str(error))
            await asyncio.sleep(every)

    def work(self) -> None:
        """Whatever is due now.

        Raises:
            OSError: the disk is full or fails; nothing is lost, try again.
        """
        if self.seal_due():
            self.compact()
            self._journal.trim(readers=self._readers, keep=self._settings.keep_journal_ns)
        if self._bound is not None:
            self._bound.work(self.seal)
        self._archive.keep_up()

    def bind(self, sources: Mapping[Series, str]) -> None:
        """Series come from these sources from now on; what came from others is sealed first, and stays counted there.

        Raises:
            OSError: the disk is full or fails.
        """
        if self._journal.bound_otherwise(sources):
            self.seal()
        self._journal.bind(sources)

    def seal_due(self) -> list[Segment]:
        """Seal if enough readings wait, or have waited long enough; the segments made."""
        made: list[Segment] = []
        with self._turn:
            while True:
                rows, oldest = self._waiting()
                late = oldest is not None and self._now() - oldest >= self._settings.seal_after_ns
                if not (late or rows >= self._settings.seal_after_rows):
                    return made
                made += self._seal_next()

    def seal(self) -> list[Segment]:
        """Seal everything there is; the segments made."""
        made: list[Segment] = []
        with self._turn:
            while self._waiting()[1] is not None:
                made += self._seal_next()
        return made

    def compact(self) -> int:
        """Merge files: many of one day into one, and all of a day that is over; how many were replaced."""
        today = self._now() // DAY
        replaced = 0
        with self._turn:
            self._sweep()
            for line, files in catalogue.uncompacted(self._database).items():
                for group in due(files, today):
                    self._merge(line, group, over=group[0].written // DAY < today)
                    replaced += len(group)
            for number, name in catalogue.retired(self._database, self._now() - _GRACE):
                (self._archive.directory / name).unlink(missing_ok=True)
                catalogue.forget(self._database, number)
        return replaced

    def _waiting(self) -> tuple[int, int | None]:
        with self._database.read() as connection:
            rows, oldest = connection.execute(
                "SELECT ifnull(sum(rows), 0), min(committed) FROM block"
                " WHERE position > ifnull((SELECT position FROM cursor WHERE name = ?), 0)",
                (ARCHIVE_CURSOR,),
            ).fetchone()
        return int(rows), oldest

    def _seal_next(self) -> list[Segment]:
        self._sweep()
        last = self._journal.last()
        with self._database.read() as connection:
            series = catalogue.series(connection)  # all that the blocks up to `last` name
            sources = SourceOfSeries(connection)
        through, sheet = self._unsealed(last, {one: code for code, one in enumerate(series)})
        sealed = []
        for line, rows in by_line(sheet, series) if len(sheet) else ():
            with self._database.read() as connection:
                number = catalogue.next_number(connection, line)
            first, last = int(rows.position[0]), int(rows.position[-1])
            name = _name(line, number, number)
            path = self._archive.directory / name
            path.parent.mkdir(exist_ok=True)
            runs = write_segment(path, line, [rows], shape=shape_of(rows), series=series)
            sealed.append(
                (Segment(line, number, first, last, len(rows)), Written(line, name, 0, self._now(), runs))
            )
        catalogue.seal(self._database, through, sealed, sources.count(sheet.code))
        self._journal.sealed(through)
        return [segment for segment, _ in sealed]

    def _unsealed(self, last: int, codes: Mapping[Series, int]) -> tuple[int, Sheet]:
        """Unsealed readings, from the oldest, until there are enough for a segment, and the position reached.

        Page by page: each block names its series, and the names as objects take more than the readings.
        """
        sheets: list[Sheet] = []
        rows, through = 0, self._journal.cursor(ARCHIVE_CURSOR)
        while rows < self._settings.seal_after_rows and through < last:
            page: list[tuple[int, Block]] = []
            for position, block in self._journal.read(through, _AT_ONCE, size=_BYTES):
                if rows >= self._settings.seal_after_rows or position > last:
                    break
                page.append((position, block))
                rows += len(block)
            through = page[-1][0]
            sheets.append(of_blocks(page, codes))
        return through, joined(sheets)

    def _merge(self, line: str, group: Sequence[FileEntry], *, over: bool) -> None:
        opened, series = self._archive.opened(group)
        shape = reduce(Shape.merged, (file.shape for file in opened))
        first, last = _numbers(group[0].name)[0], _numbers(group[-1].name)[1]
        name = _name(line, first, last)
        parts = [part for file in opened for part in parts_of(file, ALWAYS, NEVER)]
        windows: Iterator[Sheet] = in_time_order(parts, rank_of(series), _WINDOW_ROWS)
        runs = write_segment(self._archive.directory / name, line, windows, shape=shape, series=series)
        level = _DAY_LEVEL if over else 1
        catalogue.replace(
            self._database, group, Written(line, name, level, group[0].written, runs), self._now()
        )

    def _sweep(self) -> None:
        """Once, before the first file is written: remove what a killed process left behind."""
        if self._swept:
            return
        self._journal.own()
        known = catalogue.names(self._database)
        for path in self._archive.directory.glob("line=*/*.parquet*"):
            if (
                path.name.endswith(UNFINISHED)
                or path.relative_to(self._archive.directory).as_posix() not in known
            ):
                path.unlink()
        self._swept = True


def due(files: Sequence[FileEntry], today: int) -> Iterator[list[FileEntry]]:
    """Which files of a line, in order of sealing, to merge now: neighbours, sealed on one day.

    A day that is over becomes one file; of today's, as many as there are, once they are many.
    """
    days: dict[int, list[FileEntry]] = {}
    for entry in files:
        days.setdefault(entry.written // DAY, []).append(entry)
    for day, entries in days.items():
        small = [entry for entry in entries if entry.level == 0]
        if day < today and len(entries) > 1:
            yield entries
        elif day == today and len(small) >= _PARTS:
            yield small


def _name(line: str, first: int, last: int) -> str:
    numbers = f"{first:08d}" if first == last else f"{first:08d}-{last:08d}"
    return f"line={quote(line, safe='')}/{numbers}.parquet"


def _numbers(name: str) -> tuple[int, int]:
    first, _, last = PurePosixPath(name).stem.partition("-")
    return int(first), int(last or first)
