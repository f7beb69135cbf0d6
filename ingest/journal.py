"""The journal: all inputs, durable, in the order in which they became known."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest import spoken
from ingest.database import Database
from ingest.errors import StoreError
from ingest.known import Known
from ingest.newness import Newness
from ingest.quarantine import Quarantine
from ingest.schema import ARCHIVE_CURSOR, JOURNAL
from readings.block import Block
from readings.inputs import Act, State
from readings.ports import Books, Quarantined

_READ_AT_ONCE = 32_000_000  # bytes of blocks that one `read` gives out at most
_DROP_AT_ONCE = 500  # blocks per transaction, so that dropping never holds up a commit for long
_DYING = 1.0  # seconds that a killed process may take to let go of the lock


class SqliteJournal:
    """`readings.ports.Journal` in one SQLite file: a block is one row, an append one transaction with fsync.

    Positions count from 1, without gaps, and never restart. One process appends; any number read beside it.

    Args:
        path: journal.db; made when missing.
        read_only: for processes beside the one that appends.
        now: wall clock, ns UTC; says how long blocks are kept.

    Raises:
        StoreError: damaged, of a later release, or missing and `read_only`.
    """

    def __init__(self, path: Path, *, read_only: bool = False, now: Callable[[], int] = time.time_ns) -> None:
        self.database = Database(path, migrations=JOURNAL, read_only=read_only)
        self.quarantined = Quarantine(self.database)
        self._now = now
        self._appending = threading.Lock()
        self._newness: Newness | None = None
        self._lock: int | None = None
        self._archive: Known | None = None

    def attach(self, archive: Known) -> None:
        """From now on, ask this archive too whether a reading is known."""
        self._archive = archive

    def append(self, block: Block) -> int | None:
        """Commit a block with fsync, without what is known already; its position, None if nothing was new.

        A reading is known when one of the same series, time, value, reason and counter is; a state,
        one of the same line, name, zone, time and text; an act, one of the same id. A tick is always new.

        Raises:
            OSError: it is not durable (disk full, say): nothing happened, try again.
            StoreError: another process appends to this journal.
        """
        with self._appending:
            newness = self._newness or self._begin()
            fresh = newness.of(block)
            with self.database.write() as connection:
                connection.execute(
                    "UPDATE head SET acquired = acquired + ?, duplicate = duplicate + ?",
                    (len(block), len(block) - len(fresh.block)),
                )
                position = int(connection.execute("SELECT last FROM head").fetchone()[0]) + 1
                kept = spoken.enter(connection, fresh.block, position)
                if kept.empty:
                    return None
                newness.insert(connection)
                connection.execute("INSERT INTO content VALUES (?, ?)", (position, kept.encode()))
                connection.execute(
                    "INSERT INTO block VALUES (?, ?, ?, ?)", (position, len(kept), self._now(), kept.tick)
                )
                connection.execute(
                    "UPDATE head SET last = ?1, tick = ifnull(max(tick, ?2), ifnull(tick, ?2)),"
                    " latest = ifnull(max(latest, ?3), ifnull(latest, ?3))",
                    (position, kept.tick, int(kept.time.max()) if len(kept) else None),
                )
            newness.committed(fresh, position)
            return position

    def read(self, after: int, limit: int = 1000) -> list[tuple[int, Block]]:
        """Up to `limit` blocks (and 32 MB) behind position `after`, in order.

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
            found, size = [], 0
            for position, data in rows:
                found.append((int(position), Block.decode(data)))
                size += len(data)
                if size > _READ_AT_ONCE:
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

    def quarantine(self, item: Quarantined) -> None:
        """Set aside, durably, what could not become a reading; it is acquired and quarantined in one."""
        self.quarantined.put(item)

    def books(self) -> Books:
        """Where every reading is, each counted on its own, at one moment."""
        with self.database.read() as connection:
            acquired, duplicate = connection.execute("SELECT acquired, duplicate FROM head").fetchone()
            return Books(
                acquired=acquired,
                duplicate=duplicate,
                stored=_sum(connection, "SELECT sum(rows) FROM segment"),
                waiting=_sum(
                    connection,
                    "SELECT sum(rows) FROM block WHERE position > ?",
                    cursor(connection, ARCHIVE_CURSOR),
                ),
                quarantined=_sum(connection, "SELECT sum(readings) FROM quarantine WHERE side = 'reading'"),
            )

    def trim(self, *, readers: Sequence[str], keep: int) -> int:
        """Drop blocks that all these readers have passed and that are older than `keep` ns; how many.

        What the archive has not sealed is never dropped; acts and states stay readable.
        """
        horizon, dropped = self._now() - keep, 0
        while True:
            with self.database.write() as connection:
                passed = min(cursor(connection, name) for name in {ARCHIVE_CURSOR, *readers})
                last = connection.execute(
                    "SELECT max(position) FROM (SELECT position, committed FROM block WHERE position <= ?"
                    " ORDER BY position LIMIT ?) WHERE committed < ?",
                    (passed, _DROP_AT_ONCE, horizon),
                ).fetchone()[0]
                if last is None:
                    return dropped
                connection.execute("DELETE FROM content WHERE position <= ?", (last,))
                dropped += connection.execute("DELETE FROM block WHERE position <= ?", (last,)).rowcount
                connection.execute("UPDATE head SET dropped = ?", (last,))

    def sealed(self, through: int) -> None:
        """The archive has everything up to this position, and answers for it from now on."""
        with self._appending:
            if self._newness is not None:
                self._newness.sealed(through)

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _begin(self) -> Newness:
        self.own()
        self._newness = Newness(self.database, lambda: self._archive)
        return self._newness

    def own(self) -> None:
        """Be the one process that appends and seals, from now until `close`.

        Raises:
            StoreError: another process is.
        """
        if self._lock is not None:
            return
        path = f"{self.database.path}.lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + _DYING
        while self._lock is None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._lock = handle
            except BlockingIOError as error:
                if time.monotonic() < deadline:
                    time.sleep(_DYING / 20)
                    continue
                os.close(handle)
                raise StoreError(
                    f"{self.database.path}: another process appends to it; stop that one first"
                ) from error

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


def _sum(connection: sqlite3.Connection, query: str, *parameters: int) -> int:
    return int(connection.execute(query, parameters).fetchone()[0] or 0)
