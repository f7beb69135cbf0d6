"""The sealer: moves the journal's blocks into the archive, compacts the archive, drops what nobody needs."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog

from ingest import catalogue
from ingest.archive import ParquetArchive
from ingest.bound import JournalBound
from ingest.catalogue import FileEntry
from ingest.schema import ARCHIVE_CURSOR
from ingest.sealing import DAY_LEVEL, Portion, merged, next_portion
from ingest.settings import ArchiveSettings
from ingest.sweeping import sweep
from readings.beside import Beside, Here
from readings.errors import HaccplineError
from readings.inputs import Series
from readings.ports import Segment
from readings.times import DAY

_PARTS = 16  # files of a day are merged when there are so many, and once more when the day is over
_AGAIN = 600.0  # seconds until files are merged again that could not be: it reads a day of them to find out
_GRACE = DAY  # a replaced file stays so long for those who are reading it

_log = structlog.get_logger(__name__)


class Sealer:
    """Keeps an archive. One process does; everything here blocks, so `run` works in a thread.

    A segment's file is written and flushed, beside this process if there is one, and named; then one transaction enters
    it in the catalogue and moves the cursor. Killed in between, the file is in no catalogue, and is removed at the next
    start.

    Args:
        archive: the archive, and through it the journal.
        settings: when to seal, and how long to keep blocks.
        readers: cursors of those who read the journal; no block is dropped before they have passed it.
        bound: how much the journal may hold; None for no bound.
        beside: writes the files; None for this process.
        now: wall clock, ns UTC.

    Attributes:
        trouble: why readings were not sealed, or files not merged, when that was tried last; None where they were.
    """

    def __init__(  # noqa: PLR0913 - what is kept how long, for whom
        self,
        archive: ParquetArchive,
        settings: ArchiveSettings,
        *,
        readers: Sequence[str] = (),
        bound: JournalBound | None = None,
        beside: Beside | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._archive = archive
        self._journal = archive.journal
        self._database = archive.journal.database
        self._settings = settings
        self._readers = readers
        self._bound = bound
        self._beside = beside or Here(archive)
        self._now = now
        self._turn = threading.Lock()
        self._swept = False
        self._unsealed: str | None = None
        self._unmerged: str | None = None
        self._again = 0.0  # when merging that failed is tried again, by the monotonic clock

    @property
    def trouble(self) -> str | None:  # noqa: D102 - see the class
        return self._unsealed or self._unmerged

    async def run(self, every: float = 1.0) -> None:
        """Seal, compact and drop what is due, every so many seconds, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.work)
                self._unsealed = None
            except Exception as error:  # noqa: BLE001 - whatever it is, readings wait in the journal, and the record goes on
                words = f"the archive cannot be written, and readings wait in the journal: {_said(error)}"
                if words != self._unsealed:
                    _log.error(words)
                self._unsealed = words
            await asyncio.sleep(every)

    def work(self) -> None:
        """Whatever is due now.

        Raises:
            OSError: the disk is full or fails; nothing is lost, try again.
        """
        if self.seal_due() or (self._unmerged is not None and time.monotonic() >= self._again):
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
        """Seal everything there is now, not what comes meanwhile; the segments made."""
        made: list[Segment] = []
        with self._turn:
            last = self._journal.last()
            while self._journal.cursor(ARCHIVE_CURSOR) < last:
                made += self._seal_next()
        return made

    def compact(self) -> int:
        """Merge files: many of one day into one, and all of a day that is over; how many were replaced.

        Where one is missing or damaged, or the disk is full, its day stays as it is, and is tried again ten minutes later.
        """
        today = self._now() // DAY
        replaced = 0
        with self._turn:
            self._sweep()
            unmerged = None
            for line, files in catalogue.uncompacted(self._database).items():
                for group in due(files, today):
                    try:
                        self._merge(line, group, over=group[0].written // DAY < today)
                    except Exception as error:  # noqa: BLE001 - whatever it is, blocks are sealed and dropped all the same
                        unmerged = f"files of the archive cannot be merged: {_said(error)}"
                        if unmerged != self._unmerged:
                            _log.error(unmerged)
                    else:
                        replaced += len(group)
            self._unmerged, self._again = unmerged, time.monotonic() + _AGAIN
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
        most = self._settings.seal_after_rows
        with self._swept_again():
            portion: Portion = self._beside.submit(next_portion, most, self._now()).result()
            for _, draft in portion.segments:
                draft.put_in_place(self._archive.directory)
        sealed = [(segment, draft.written) for segment, draft in portion.segments]
        catalogue.seal(self._database, portion.through, sealed, portion.stored)
        self._journal.sealed(portion.through)
        return [segment for segment, _ in sealed]

    def _merge(self, line: str, group: Sequence[FileEntry], *, over: bool) -> None:
        with self._swept_again():
            draft = self._beside.submit(merged, line, group, DAY_LEVEL if over else 1).result()
            draft.put_in_place(self._archive.directory)
        catalogue.replace(self._database, group, draft.written, self._now())
        self._archive.let_go(group)

    @contextmanager
    def _swept_again(self) -> Iterator[None]:
        """Where it goes wrong, the next file is written after another sweep: who was killed has left what it wrote."""
        try:
            yield
        except BaseException:
            self._swept = False
            raise

    def _sweep(self) -> None:
        """Before the first file is written, and after one that was not: remove what a killed process left behind."""
        if self._swept:
            return
        self._journal.own()
        sweep(self._archive.directory, self._database, self._now())
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


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, HaccplineError | OSError) else repr(error)
