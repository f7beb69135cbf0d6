"""The journal's bound: how much it may hold, and what happens there. Nothing is ever overwritten.

Relief comes in this order: blocks that everybody has read go before their time; what waits is sealed before its time; the
copy in InfluxDB, where the site says so, is read from the archive from then on, so that the journal need not keep anything
for it. What is left then is back-pressure: no reading is taken until there is room, and it is said why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from ingest.journal import SqliteJournal, advance, cursor, read_by
from ingest.owed import Owed, held_from, owe, release
from ingest.schema import ARCHIVE_CURSOR
from ingest.settings import JournalSettings
from readings.times import format_duration, format_time

_RELIEF = 0.8  # share of the bound at which relief begins
_log = structlog.get_logger(__name__)


class JournalBound:
    """Keeps a journal within its bound; `work` is called every second, in a thread.

    Args:
        journal: this process is the one that appends to it.
        settings: the section `journal` of the site file.
        readers: cursors of those who read the journal.
        copies: cursors of those that can read the archive instead.
        now: wall clock, ns UTC.

    Attributes:
        trouble: in words; None while there is room.
    """

    def __init__(
        self,
        journal: SqliteJournal,
        settings: JournalSettings,
        *,
        readers: Sequence[str] = (),
        copies: Sequence[str] = (),
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._journal, self._settings = journal, settings
        self._readers, self._copies = readers, copies
        self._now = now
        self.trouble: str | None = None
        journal.most = settings.max_bytes_number

    def work(self, seal: Callable[[], object]) -> None:
        """Make room where it runs short; say so where there is none.

        Args:
            seal: moves everything that waits into the archive; OSError and the like go through.
        """
        try:
            if self._tight():
                self._drop()
            if self._tight() and self._archive_holds():
                seal()
                self._drop()
            if self._tight() and self._settings.at_bound == "archive":
                self._let_copies_go()
                self._drop()
        finally:
            self._say()

    def _tight(self) -> bool:
        return (
            self._journal.bytes() > _RELIEF * self._settings.max_bytes_number or self._too_old() is not None
        )

    def _too_old(self) -> int | None:
        """When the oldest block was committed that somebody has not read, if that is too long ago."""
        with self._journal.database.read() as connection:
            passed = min(read_by(connection, name) for name in {ARCHIVE_CURSOR, *self._readers})
            row = connection.execute(
                "SELECT committed FROM block WHERE position > ? ORDER BY position LIMIT 1", (passed,)
            ).fetchone()
        old = row is not None and self._now() - row[0] > self._settings.max_age_ns
        return int(row[0]) if old else None

    def _archive_holds(self) -> bool:
        """Whether nobody who matters is farther behind than the archive: else sealing early makes no room."""
        let_go = self._copies if self._settings.at_bound == "archive" else ()
        with self._journal.database.read() as connection:
            sealed = cursor(connection, ARCHIVE_CURSOR)
            return all(sealed <= read_by(connection, name) for name in self._readers if name not in let_go)

    def _drop(self) -> None:
        room = int(_RELIEF * self._settings.max_bytes_number)
        self._journal.trim(readers=self._readers, keep=0, down_to=room)

    def _let_copies_go(self) -> None:
        for name in self._copies:
            if name not in self._readers:
                continue
            with self._journal.database.write() as connection:
                reached, sealed = cursor(connection, name), cursor(connection, ARCHIVE_CURSOR)
                before = held_from(connection, name)
                release(connection, name)
                if reached < sealed:
                    owe(connection, name, Owed(reached, sealed, held=False))
                    advance(connection, name, sealed)
            if reached < sealed or before is not None:
                _log.warning(
                    "the journal is at its bound; the copy is read from the archive instead",
                    copy=name,
                    behind=reached if before is None else before,
                    through=sealed,
                )

    def _say(self) -> None:
        said, held = None, self._journal.bytes()
        if held > _RELIEF * self._settings.max_bytes_number:
            said = f"the blocks take {held:,} of {self._settings.max_bytes_number:,} bytes"
        since = self._too_old()
        if since is not None:
            said = (
                f"somebody has not read a block of {format_time(since)},"
                f" more than {format_duration(self._settings.max_age_ns)} ago"
            )
        full = since is not None or held >= self._settings.max_bytes_number
        words = None if said is None else f"the journal is at its bound: {said}; {self._holding()} behind"
        if words is not None and full:
            words += (
                ". No readings are taken until there is room: brokers keep their messages, polls are missed"
            )
        if words is not None and (self.trouble is None or full != (self._journal.full is not None)):
            _log.error(words)
        self._journal.full = words if full else None
        self.trouble = words

    def _holding(self) -> str:
        with self._journal.database.read() as connection:
            last = connection.execute("SELECT last FROM head").fetchone()[0]
            names = {ARCHIVE_CURSOR, *self._readers}
            behind = {name: last - read_by(connection, name) for name in names}
        return (
            ", ".join(f"{name} is {count} blocks" for name, count in sorted(behind.items()) if count)
            or "nobody is"
        )
