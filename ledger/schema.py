"""The tables of the ledger, and how an older store becomes today's."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ledger.errors import StoreError

_APPLICATION = 0x48434C47  # "HCLG": this file is a ledger, not just any database

# one script per version, in order; a release adds scripts and never changes one
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE record (
        seq  INTEGER PRIMARY KEY,
        at   INTEGER NOT NULL,
        kind TEXT    NOT NULL CHECK (kind <> ''),
        line TEXT    NOT NULL,
        body BLOB    NOT NULL,
        leaf BLOB    NOT NULL CHECK (length(leaf) = 32)
    ) STRICT;
    CREATE INDEX record_kind ON record (kind, seq);
    CREATE INDEX record_line ON record (line, seq);
    CREATE INDEX record_at ON record (at);
    CREATE TRIGGER record_follows BEFORE INSERT ON record
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM record)
        BEGIN SELECT raise(ABORT, 'a record follows the last one'); END;
    CREATE TRIGGER record_stays BEFORE UPDATE ON record
        BEGIN SELECT raise(ABORT, 'a record is never changed'); END;
    CREATE TRIGGER record_remains BEFORE DELETE ON record
        BEGIN SELECT raise(ABORT, 'a record is never deleted'); END;

    CREATE TABLE checkpoint (
        number INTEGER PRIMARY KEY,
        size   INTEGER NOT NULL,
        peaks  BLOB    NOT NULL,
        note   TEXT    NOT NULL
    ) STRICT;
    CREATE TRIGGER checkpoint_follows BEFORE INSERT ON checkpoint
        WHEN EXISTS (SELECT 1 FROM checkpoint WHERE size > NEW.size)
        OR NEW.number > 0 AND EXISTS (SELECT 1 FROM checkpoint WHERE number >= NEW.number)
        BEGIN SELECT raise(ABORT, 'a checkpoint follows the last one'); END;
    CREATE TRIGGER checkpoint_stays BEFORE UPDATE ON checkpoint
        BEGIN SELECT raise(ABORT, 'a checkpoint is never changed'); END;
    CREATE TRIGGER checkpoint_remains BEFORE DELETE ON checkpoint
        BEGIN SELECT raise(ABORT, 'a checkpoint is never deleted'); END;

    CREATE TABLE progress (
        one    INTEGER PRIMARY KEY CHECK (one = 1),
        cursor INTEGER NOT NULL DEFAULT 0,
        state  BLOB,
        size   INTEGER NOT NULL DEFAULT 0,
        peaks  BLOB    NOT NULL DEFAULT x''
    ) STRICT;
    INSERT INTO progress (one) VALUES (1);
    """,
)


def open_store(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection to the ledger at `path`, migrated to today's version.

    Raises:
        StoreError: not there, not a ledger, damaged, or written by a later release.
    """
    if read_only and not path.exists():
        raise StoreError(f"{path} does not exist; the record process makes it when it starts")
    try:
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        mode = "ro" if read_only else "rwc"
        store = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,  # the clerk commits in a thread; Ledger holds a lock
            timeout=30,
        )
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error
    try:
        store.execute("PRAGMA busy_timeout = 30000")
        if not read_only:
            store.execute("PRAGMA journal_mode = WAL")
            store.execute("PRAGMA synchronous = FULL")
        _migrate(store, path, read_only=read_only)
    except sqlite3.Error as error:
        store.close()
        raise StoreError(f"{path} is no ledger, or damaged: {error}") from error
    except StoreError:
        store.close()
        raise
    return store


def _migrate(store: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    version = int(store.execute("PRAGMA user_version").fetchone()[0])
    application = int(store.execute("PRAGMA application_id").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} is of version {version}, this release knows {len(MIGRATIONS)}: "
            "install the release that wrote it"
        )
    tables = int(store.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    if (version or tables) and application != _APPLICATION:
        raise StoreError(f"{path} is a database, but no ledger")
    if version == len(MIGRATIONS):
        return
    if read_only:
        raise StoreError(
            f"{path} is of version {version}; start the record process once, it migrates to {len(MIGRATIONS)}"
        )
    store.execute("BEGIN IMMEDIATE")
    try:
        for script in MIGRATIONS[version:]:
            for statement in _statements(script):
                store.execute(statement)
        store.execute(f"PRAGMA application_id = {_APPLICATION}")
        store.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        store.execute("COMMIT")
    except BaseException:
        store.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    # executescript() commits what is open; one by one they stay in one transaction
    statements, pending = [], ""
    for part in script.split(";"):
        pending += part + ";"
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return [statement for statement in statements if statement.strip(" \n;")]
