"""The database of people, their sessions and API keys: beside the ledger, readable by its owner alone."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.errors import StoreError

_APPLICATION = 0x48435050  # "HCPP"

# one tuple of statements per version, in order; a release adds tuples and never changes one
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE person (
            id       TEXT PRIMARY KEY,
            name     TEXT NOT NULL,
            roles    TEXT NOT NULL,
            hash     TEXT NOT NULL,
            active   INTEGER NOT NULL DEFAULT 1,
            added    INTEGER NOT NULL,
            failures INTEGER NOT NULL DEFAULT 0,
            until    INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        """
        CREATE TABLE api_key (
            id     TEXT PRIMARY KEY,
            name   TEXT NOT NULL,
            scope  TEXT NOT NULL,
            hash   BLOB NOT NULL,
            active INTEGER NOT NULL DEFAULT 1,
            added  INTEGER NOT NULL
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE session (
            hash   BLOB PRIMARY KEY,
            person TEXT NOT NULL,
            opened INTEGER NOT NULL,
            seen   INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX session_person ON session (person)",
        """
        CREATE TABLE answer (
            key     BLOB PRIMARY KEY,
            request BLOB NOT NULL,
            status  INTEGER NOT NULL,
            body    BLOB NOT NULL,
            at      INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    ),
    ("ALTER TABLE api_key ADD COLUMN source TEXT NOT NULL DEFAULT ''",),
)


class Credentials:
    """A connection to the database; made when it is not there.

    Raises:
        StoreError: no database of people, damaged, or of a later release.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with self._refusing():
            self._store = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            self._store.execute("PRAGMA journal_mode = WAL")
            self._store.execute("PRAGMA synchronous = FULL")
        with self.writing() as store:
            self._migrate(store)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._store.close()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self._lock, self._refusing():
            return self._store.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, committed at the end or not at all."""
        with self._lock, self._refusing():
            self._store.execute("BEGIN IMMEDIATE")
            try:
                yield self._store
                self._store.execute("COMMIT")
            except BaseException:
                if self._store.in_transaction:
                    self._store.execute("ROLLBACK")
                raise

    def _migrate(self, store: sqlite3.Connection) -> None:
        version = int(store.execute("PRAGMA user_version").fetchone()[0])
        tables = int(store.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
        if tables and int(store.execute("PRAGMA application_id").fetchone()[0]) != _APPLICATION:
            raise StoreError(f"{self.path} is a database, but not one of people")
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self.path} is of version {version}, this release knows {len(MIGRATIONS)}: "
                "install the release that wrote it"
            )
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                store.execute(statement)
        store.execute(f"PRAGMA application_id = {_APPLICATION}")
        store.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}; nothing of this was written") from error
