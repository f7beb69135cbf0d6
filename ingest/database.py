"""One SQLite file: one writer, many readers, every commit on the disk before it returns."""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import StoreError

PAGE = 8192  # the quickest for blobs of 5 to 50 kB (benchmarks/archive.py)
CHECKPOINT = 2048  # pages: the write-ahead log is folded back every 16 MB
BUSY = 10_000  # ms to wait for another process's commit

# SQLite's result codes (sqlite.org/rescode.html); an extended code has the primary one in its low byte.
_AS_OSERROR = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CANTOPEN: errno.EIO,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_BUSY: errno.EAGAIN,
    sqlite3.SQLITE_LOCKED: errno.EAGAIN,
}


class Database:
    """A versioned SQLite file in WAL mode with `synchronous=FULL`.

    Safe to use from several threads: writes take turns, each read has a connection and a snapshot of its own.

    Args:
        path: the file; made when missing, unless `read_only`.
        migrations: SQL scripts; the file's version is how many of them it has been through.
        read_only: never write, make or migrate: for processes beside the one that owns the file.

    Raises:
        StoreError: damaged, of a later version, or missing (or not yet migrated) and `read_only`.
        OSError: the disk is full or fails.
    """

    def __init__(self, path: Path, *, migrations: Sequence[str], read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._turn = threading.RLock()
        self._idle: list[sqlite3.Connection] = []
        self._all: list[sqlite3.Connection] = []
        self._closed = False
        if read_only and not path.exists():
            raise StoreError(f"{path}: no such file; start `haccpline run` first, it makes it")
        with self._told():
            self._writer = None if read_only else self._connect()
            self._migrate(migrations)

    def _connect(self) -> sqlite3.Connection:
        target = f"{self.path.absolute().as_uri()}?mode={'ro' if self.read_only else 'rwc'}"
        connection = sqlite3.connect(target, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout={BUSY}")
        if not self.read_only:
            connection.execute(f"PRAGMA page_size={PAGE}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")
        self._all.append(connection)
        return connection

    def _migrate(self, migrations: Sequence[str]) -> None:
        with self.read() as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(migrations):
            raise StoreError(
                f"{self.path}: written by a later release (version {version}; this release reads up to"
                f" {len(migrations)}); install that release again, or restore the backup made before it"
            )
        if version < len(migrations) and self.read_only:
            raise StoreError(
                f"{self.path}: of an earlier release; start `haccpline run` once, it migrates it"
            )
        for number in range(version, len(migrations)):
            with self.write() as connection:
                for statement in _statements(migrations[number]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number + 1}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is on the disk when the block ends, or none of it happened.

        Raises:
            OSError: it is not durable (disk full, say); nothing happened.
        """
        with self._turn, self._told():
            if self._writer is None:
                raise StoreError(f"{self.path}: opened for reading only")
            connection = self._writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A snapshot: what is read inside belongs to one moment."""
        with self._told():
            with self._turn:
                connection = self._idle.pop() if self._idle else self._connect()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                with self._turn:
                    if self._closed:
                        connection.close()
                    else:
                        self._idle.append(connection)

    def close(self) -> None:
        """Close every connection that is not in use; one in use closes when its reader is done."""
        with self._turn:
            self._closed = True
            busy = [one for one in self._all if one is not self._writer and one not in self._idle]
            for connection in self._all:
                if connection not in busy:
                    connection.close()
            self._writer, self._idle, self._all = None, [], []

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            number = _AS_OSERROR.get(code & 0xFF) if code is not None else None
            if number is not None:
                raise OSError(number, f"{error}", str(self.path)) from error
            raise StoreError(f"{self.path}: {error}; if it is damaged, restore the last backup") from error


def _statements(script: str) -> list[str]:
    """The statements of a script; `executescript` would commit before it runs."""
    return [statement for part in script.split(";\n") if (statement := part.strip())]
