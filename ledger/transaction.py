"""Adding to the ledger: records, the cursor and the engine's state in one commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.canonical import Body, canonical
from ledger.errors import StoreError
from ledger.merkle import Frontier, leaf_hash
from ledger.record import Record
from readings.times import ALWAYS, NEVER

_INSERT = "INSERT INTO record (seq, at, kind, line, body, leaf) VALUES (?, ?, ?, ?, ?, ?)"


class Transaction:
    """Records, the cursor and the engine's state, committed together or not at all; see `Ledger.transaction`."""

    def __init__(self, store: sqlite3.Connection, path: Path, frontier: Frontier) -> None:
        self._store = store
        self._path = path
        self._before = frontier.size
        self._frontier = frontier

    def append(self, *, kind: str, at: int, line: str, body: Body) -> Record:
        """Add a record.

        Args:
            kind: `verdict`, `case.closed`, ...
            at: when it became known, ns UTC.
            line: the plan's line; empty for the site.
            body: what belongs to the kind; see `canonical`.

        Raises:
            CanonicalError: the body cannot be written in one way only.
            StoreError: it has no kind, or the disk or the database refused.
        """
        if not kind or not ALWAYS <= at <= NEVER:
            raise StoreError(f"a record has a kind and a time in ns, not {kind!r} and {at}")
        seq = self._frontier.size + 1
        data = canonical(body, where=f"the body of {kind}")
        leaf = leaf_hash(Record(seq, at, kind, line, data, b"").text)
        self._execute(_INSERT, seq, at, kind, line, data, leaf)
        self._frontier = self._frontier.extend((leaf,))
        return Record(seq, at, kind, line, data, leaf)

    def set_cursor(self, position: int) -> None:
        """Remember how far in the journal these records come."""
        self._execute("UPDATE progress SET cursor = ?", position)

    def save_state(self, state: bytes) -> None:
        """Remember the engine's state, as the clerk wrote it."""
        self._execute("UPDATE progress SET state = ?", state)

    def commit(self) -> None:
        """Commit with fsync; `Ledger.transaction` does."""
        frontier = self._frontier
        if frontier.size != self._before:
            self._execute("UPDATE progress SET size = ?, peaks = ?", frontier.size, b"".join(frontier.peaks))
        self._execute("COMMIT")

    def _execute(self, sql: str, *values: object) -> None:
        if not self._store.in_transaction:  # the database gave up; nothing more may be written on its own
            raise StoreError(
                f"{self._path}: this transaction is over, nothing of it was written; begin another"
            )
        with refusing(self._path):
            self._store.execute(sql, values)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turns what the database complains of into a `StoreError` that names it."""
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:
        raise StoreError(f"{path}: {error}; nothing of this was written") from error
