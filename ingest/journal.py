"""The journal: all inputs, durable, in the order in which they became known."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ingest import spoken
from ingest.appending import AppendLock
from ingest.books import books, books_by_source, count_offered, count_waiting
from ingest.database import Database
from ingest.errors import JournalFullError, LostError, StoreError
from ingest.known import Known
from ingest.lost import check_size, check_whole
from ingest.mark import MarkFile
from ingest.newness import Fresh, Newness
from ingest.owed import held_from
from ingest.quarantine import Quarantine
from ingest.schema import ARCHIVE_CURSOR, JOURNAL
from readings.block import Block
from readings.inputs import Act, Series, State
from readings.ports import Books, Quarantined
from readings.times import NEVER

_READ_AT_ONCE = 32_000_000  # bytes of blocks that one `read` gives out at most
_DROP_AT_ONCE = 500  # blocks per transaction, so that dropping never holds up a commit for long


class SqliteJournal:
    """`readings.ports.Journal` in one SQLite file: a block is one row, an append one transaction with fsync.

    Positions count from 1, without gaps, and never restart. One process appends; any number read beside it.

    Attributes:
        full: why it takes no readings now, in words; None while it does. What people do, and ticks, it always takes.
        most: bytes of blocks, beyond which it takes no readings whatever `full` says; None for no bound.

    Args:
        path: journal.db; made when missing.
        read_only: for processes beside the one that appends.
        now: wall clock, ns UTC; says how long blocks are kept.

    Raises:
        StoreError: damaged, of a later release, or missing and `read_only`.
        LostError: it lacks blocks that were acknowledged.
    """

    def __init__(self, path: Path, *, read_only: bool = False, now: Callable[[], int] = time.time_ns) -> None:
        self._mark = MarkFile(path)
        marked = self._mark.read()  # before the journal: it only grows
        if path.exists() or not read_only:
            check_size(path, marked)
        self.database = Database(path, migrations=JOURNAL, read_only=read_only)
        self.quarantined = Quarantine(self.database, put=self._marked)
        self.full: str | None = None
        self.most: int | None = None
        self._now = now
        self._appending = threading.Lock()
        self._newness: Newness | None = None
        self._lock = AppendLock(path)
        self._archive: Known | None = None
        if marked is not None:
            try:
                check_whole(self.database, marked)
            except LostError:
                self.close()
                raise

    def attach(self, archive: Known) -> None:
        """From now on, ask this archive too whether a reading is known."""
        self._archive = archive

    def append(self, block: Block, also: Callable[[sqlite3.Connection], None] | None = None) -> int | None:
        """Commit a block with fsync, without what is known already; its position, None if nothing was new.

        A reading is known when one of the same series, time, value, reason and counter is; a state,
        one of the same line, name, zone, time and text; an act, one of the same id. A tick is always new.

        Args:
            block: what became known together.
            also: what else is written in the same commit.

        Raises:
            OSError: it is not durable (disk full, say): nothing happened, try again.
            JournalFullError: an OSError too: it is at its bound.
            StoreError: another process appends to this journal.
        """
        with self._appending:
            newness = self._newness or self._begin()
            fresh = newness.of(block)
            with self.database.write() as connection:
                position, commits, last = self._enter(connection, newness, block, fresh)
                if also is not None:
                    also(connection)
            self._mark.write(commits, last)
            if position is not None:
                newness.committed(fresh, position)
            return position

    def _enter(
        self, connection: sqlite3.Connection, newness: Newness, block: Block, fresh: Fresh
    ) -> tuple[int | None, int, int]:
        """Write a block down; its position, None if nothing of it is new; commits and blocks with it."""
        commits, last, held = connection.execute("SELECT commits, last, bytes FROM head").fetchone()
        position = int(last) + 1
        kept = spoken.enter(connection, fresh.block, position)
        data = b"" if kept.empty else kept.encode()
        if len(kept):
            self._room(held + len(data))
        offered = newness.by_source(fresh.offered)
        mine = newness.by_source(fresh.keys.code)
        known = {name: count - mine.get(name, 0) for name, count in offered.items()}
        count_offered(connection, offered, known)
        connection.execute(
            "UPDATE head SET acquired = acquired + ?, duplicate = duplicate + ?, commits = commits + 1",
            (len(block), len(block) - len(fresh.block)),
        )
        if kept.empty:
            return None, commits + 1, last
        newness.insert(connection)
        count_waiting(connection, position, mine)
        connection.execute("INSERT INTO content VALUES (?, ?)", (position, data))
        connection.execute(
            "INSERT INTO block VALUES (?, ?, ?, ?, ?)",
            (position, len(kept), self._now(), kept.tick, len(data)),
        )
        connection.execute(
            "UPDATE head SET last = ?1, tick = ifnull(max(tick, ?2), ifnull(tick, ?2)),"
            " latest = ifnull(max(latest, ?3), ifnull(latest, ?3)), bytes = bytes + ?4",
            (position, kept.tick, int(kept.time.max()) if len(kept) else None, len(data)),
        )
        return position, commits + 1, position

    def _room(self, size: int) -> None:
        if self.full is not None:
            raise JournalFullError(self.full)
        if self.most is not None and size > self.most:
            raise JournalFullError(
                f"{self.database.path}: at its bound of {self.most:,} bytes; readings are taken again when"
                " those who read it have caught up, see `haccpline health`"
            )

    def read(self, after: int, limit: int = 1000, *, size: int = _READ_AT_ONCE) -> list[tuple[int, Block]]:
        """Up to `limit` blocks (and 32 MB, unless `size` says otherwise) behind position `after`, in order.

        Raises:
            StoreError: blocks behind `after` were dropped already.
        """
        with self.database.read() as connection:
            dropped = int(connection.execute("SELECT dropped FROM head").fetchone()[0])
            if after < dropped:
                raise StoreError(
                    f"{self.database.path}: blocks up to {dropped} were dropped, {after + 1} was asked for;"
                    " begin from a checkpoint behind it, or read the archive"
                )
            rows = connection.execute(
                "SELECT position, data FROM content WHERE position > ? ORDER BY position LIMIT ?",
                (after, limit),
            )
            found, given = [], 0
            for position, data in rows:
                found.append((int(position), Block.decode(data)))
                given += len(data)
                if given > size:
                    break
            return found

    def last(self) -> int:
        """The last position; 0 while empty."""
        return self._head("last") or 0

    def dropped(self) -> int:
        """Blocks up to this position are no longer here; 0 while all are."""
        return self._head("dropped") or 0

    def tick(self) -> int | None:
        """The last tick, ns UTC."""
        return self._head("tick")

    def latest(self) -> int | None:
        """The latest event time of a reading, ns UTC."""
        return self._head("latest")

    def cursor(self, name: str) -> int:
        """How far a reader has come; 0 if it never said."""
        with self.database.read() as connection:
            return cursor(connection, name)

    def advance(self, name: str, position: int) -> None:
        """Remember durably that a reader has come this far."""
        with self.database.write() as connection:
            advance(connection, name, position)

    def acts(self, after: int = 0) -> list[tuple[int, Act]]:
        """All acts of blocks behind `after`, with their positions, in order; they are kept for good."""
        with self.database.read() as connection:
            return spoken.acts(connection, after)

    def states(self, line: str, start: int, end: int) -> list[State]:
        """A line's states with start <= time < end, by time, then as they became known; kept for good."""
        with self.database.read() as connection:
            return spoken.states(connection, line, start, end)

    def standing(self, line: str, at: int) -> list[State]:
        """What each of a line's states said last before a time, ns UTC."""
        with self.database.read() as connection:
            return spoken.standing(connection, line, at)

    def words_known(self, line: str, at: int, position: int) -> list[State]:
        """See `Journal`."""
        with self.database.read() as connection:
            later = spoken.states(connection, line, at, NEVER, position)
            return [*spoken.standing(connection, line, at, position), *later]

    def quarantine(self, item: Quarantined) -> None:
        """Set aside, durably, what could not become a reading; it is acquired and quarantined in one."""
        self.quarantined.put(item)

    def books(self) -> Books:
        """Where every reading is, each counted on its own, at one moment."""
        with self.database.read() as connection:
            return books(connection)

    def books_by_source(self) -> dict[str, Books]:
        """The same of each source; the empty name is what came from none of the site file."""
        with self.database.read() as connection:
            return books_by_source(connection)

    def bytes(self) -> int:
        """How many bytes the blocks take that are here."""
        return self._head("bytes") or 0

    def bind(self, sources: Mapping[Series, str]) -> None:
        """From now on these series come from these sources; nothing unsealed may come from another (`Sealer.bind`)."""
        with self._appending:
            (self._newness or self._begin()).bind(sources)

    def bound_otherwise(self, sources: Mapping[Series, str]) -> bool:
        """Whether a known series comes from another source so far."""
        with self._appending:
            return (self._newness or self._begin()).bound_otherwise(sources)

    def trim(self, *, readers: Sequence[str], keep: int, down_to: int = 0) -> int:
        """Drop blocks that all these readers have passed and that are older than `keep` ns; how many.

        What the archive has not sealed is never dropped; acts and states stay readable.

        Args:
            readers: cursors; what they owe and have the journal hold counts as not passed.
            keep: ns.
            down_to: stop when the blocks take no more bytes than this.
        """
        with self.database.read() as connection:
            # a block is no younger than one behind it: what was committed while the clock was ahead grows old as well
            found = connection.execute(
                "SELECT position FROM block WHERE committed < ? ORDER BY position DESC LIMIT 1",
                (self._now() - keep,),
            ).fetchone()
        old, dropped = int(found[0]) if found else 0, 0
        while True:
            with self.database.write() as connection:
                passed = min(read_by(connection, name) for name in {ARCHIVE_CURSOR, *readers})
                held = connection.execute("SELECT bytes FROM head").fetchone()[0]
                last, size = connection.execute(
                    "SELECT max(position), sum(bytes) FROM (SELECT position, bytes FROM block"
                    " WHERE position <= ? ORDER BY position LIMIT ?)",
                    (min(passed, old), _DROP_AT_ONCE),
                ).fetchone()
                if last is None or held <= down_to:
                    return dropped
                connection.execute("DELETE FROM content WHERE position <= ?", (last,))
                dropped += connection.execute("DELETE FROM block WHERE position <= ?", (last,)).rowcount
                connection.execute("UPDATE head SET dropped = ?, bytes = bytes - ?", (last, size))

    def sealed(self, through: int) -> None:
        """The archive has everything up to this position, and answers for it from now on."""
        with self._appending:
            if self._newness is not None:
                self._newness.sealed(through)

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()
        self._mark.close()
        self._lock.release()

    def own(self) -> None:
        """Be the one process that appends and seals, from now until `close`.

        Raises:
            StoreError: another process is.
        """
        self._lock.take()

    def _begin(self) -> Newness:
        self.own()
        self._newness = Newness(self.database, lambda: self._archive)
        return self._newness

    def _marked(self, connection: sqlite3.Connection) -> Callable[[], None]:
        """Count a commit of the quarantine; afterwards the mark is to be written."""
        commits, last = connection.execute(
            "UPDATE head SET commits = commits + 1 RETURNING commits, last"
        ).fetchone()
        return lambda: self._mark.write(commits, last)

    def _head(self, column: str) -> int | None:
        with self.database.read() as connection:
            found = connection.execute(f"SELECT {column} FROM head").fetchone()[0]  # noqa: S608 - our own names
            return None if found is None else int(found)


def cursor(connection: sqlite3.Connection, name: str) -> int:
    """How far a reader has come, in this snapshot."""
    row = connection.execute("SELECT position FROM cursor WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def advance(connection: sqlite3.Connection, name: str, position: int) -> None:
    """Remember how far a reader has come, in this transaction."""
    connection.execute(
        "INSERT INTO cursor VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position",
        (name, position),
    )


def read_by(connection: sqlite3.Connection, name: str) -> int:
    """The position up to which a reader needs nothing of the journal any more, in this snapshot."""
    held = held_from(connection, name)
    reached = cursor(connection, name)
    return reached if held is None else min(reached, held)
