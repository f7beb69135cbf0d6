"""The ledger's store: records in SQLite that can be added to and never changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.audit import Checked, check_store
from ledger.checkpoint import Checkpoint, PublicKey, SigningKey, sign_checkpoint
from ledger.errors import CheckpointError, StoreError
from ledger.merkle import EMPTY_ROOT, HASH_SIZE, Frontier, Tree
from ledger.record import Record
from ledger.schema import open_store
from ledger.transaction import Transaction, refusing

_SELECT = "SELECT seq, at, kind, line, body, leaf FROM record WHERE seq "


class Ledger:
    """The append-only record. One process writes, in one transaction at a time; any number read.

    Args:
        path: of the database; made when it is not there.
        read_only: for the processes that only read.

    Raises:
        StoreError: not there, not a ledger, damaged, or written by a later release.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._lock = threading.RLock()
        self._store = open_store(path, read_only=read_only)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._store.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """What is done inside is committed with fsync at the end, or not at all.

        Raises:
            StoreError: opened read-only, or the disk or the database refused; nothing was written.
        """
        if self._read_only:
            raise StoreError(f"{self.path} is open for reading only; the record process alone writes")
        with self._lock:
            with refusing(self.path):
                self._store.execute("BEGIN IMMEDIATE")
            try:
                transaction = Transaction(self._store, self.path, self._frontier())
                yield transaction
                transaction.commit()
            finally:
                if self._store.in_transaction:
                    self._store.execute("ROLLBACK")

    def cursor(self) -> int:
        """The journal position up to which the records come; 0 at the beginning."""
        return int(self._one("SELECT cursor FROM progress")[0])

    def load_state(self) -> bytes | None:
        """The engine's state as saved last; None if it never was."""
        state: bytes | None = self._one("SELECT state FROM progress")[0]
        return state

    def last_seq(self) -> int:
        """The number of the last record, which is how many there are."""
        return int(self._one("SELECT coalesce(max(seq), 0) FROM record")[0])

    def read(
        self, after: int = 0, limit: int = 1000, *, kind: str | None = None, line: str | None = None
    ) -> list[Record]:
        """Up to `limit` records behind `after`, in order.

        Args:
            after: the last `seq` known already.
            limit: at most so many.
            kind: only of this kind; `case.` with the point means every kind that begins so.
            line: only of this line; empty for the site's own.
        """
        where = "> ?"
        values: list[Any] = [after]
        if kind is not None:
            # the character behind the point ends the range of kinds that begin with it
            low, high = (kind, kind[:-1] + "/") if kind.endswith(".") else (kind, kind + "\0")
            where += " AND kind >= ? AND kind < ?"
            values += [low, high]
        if line is not None:
            where += " AND line = ?"
            values.append(line)
        rows = self._all(_SELECT + where + " ORDER BY seq LIMIT ?", (*values, limit))
        return [Record(*row) for row in rows]

    def record(self, seq: int) -> Record:
        """The record of this number.

        Raises:
            StoreError: there is none.
        """
        row = next(iter(self._all(_SELECT + "= ?", (seq,))), None)
        if row is None:
            raise StoreError(f"{self.path} has no record {seq}; the last is {self.last_seq()}")
        return Record(*row)

    def between(self, start: int, end: int) -> tuple[int, int]:
        """First and last `seq` of the records with start <= at < end; (0, 0) where there is none."""
        first, last = self._one(
            "SELECT min(seq), max(seq) FROM record WHERE at >= ? AND at < ?", (start, end)
        )
        return first or 0, last or 0

    def leaves(self, size: int | None = None) -> list[bytes]:
        """The leaf hashes of the first `size` records, of all when none is given."""
        size = self.last_seq() if size is None else size
        return [row[0] for row in self._all("SELECT leaf FROM record WHERE seq <= ? ORDER BY seq", (size,))]

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree over all records, or over the first `size` of them."""
        if size is None:
            with self._lock:
                return self._frontier().root
        return Tree(self.leaves(size)).root() if size else EMPTY_ROOT

    def checkpoints(self) -> list[str]:
        """The signed notes made so far, in order."""
        return [row[0] for row in self._all("SELECT note FROM checkpoint ORDER BY number", ())]

    def last_checkpoint(self) -> str | None:
        """The signed note made last; None before the first."""
        notes = self._all("SELECT note FROM checkpoint ORDER BY number DESC LIMIT 1", ())
        return str(notes[0][0]) if notes else None

    def checkpoint_over(self, seq: int) -> str | None:
        """The first signed note that covers the record of this number; None while none does. It reads a few, not all."""
        low, high = 1, int(self._one("SELECT coalesce(max(number), 0) FROM checkpoint")[0])
        found: str | None = None
        while low <= high:
            middle = (low + high) // 2
            size, note = self._one(
                "SELECT size, note FROM checkpoint WHERE number >= ? ORDER BY number LIMIT 1", (middle,)
            )
            if size >= seq:
                found, high = str(note), middle - 1
            else:
                low = middle + 1
        return found

    def sign(self, key: SigningKey) -> str:
        """Sign the tree as it stands and keep the note; the last note again if nothing was added since.

        Raises:
            CheckpointError: the records do not continue what was signed last; nothing is signed.
            StoreError: opened read-only, or the database refused.
        """
        with self.transaction():
            now = self._frontier()
            signed = self._all("SELECT size, peaks, note FROM checkpoint ORDER BY number DESC LIMIT 1", ())
            before = Frontier()
            for size, peaks, note in signed:
                before = Frontier(size, _hashes(peaks))
                if Checkpoint.of(note.rpartition("\n\n")[0] + "\n").root != before.root:
                    raise CheckpointError(f"{self.path}: the last checkpoint, of {size} records, was altered")
            since = self._all("SELECT leaf FROM record WHERE seq > ? ORDER BY seq", (before.size,))
            if before.extend(row[0] for row in since) != now:
                raise CheckpointError(
                    f"{self.path} does not continue what was signed at {before.size} records; "
                    "sign nothing, run a check and restore the last backup"
                )
            note = sign_checkpoint(Checkpoint(key.public.name, now.size, now.root), key)
            if not (signed and signed[0][2] == note):
                self._store.execute(
                    "INSERT INTO checkpoint (size, peaks, note) VALUES (?, ?, ?)",
                    (now.size, b"".join(now.peaks), note),
                )
            return note

    def check(self, *keys: PublicKey) -> Checked:
        """Hold the whole store against itself: leaves, sequence, checkpoints, the remembered tree.

        Args:
            *keys: with them, each checkpoint must be signed by one of them.

        Raises:
            StoreError: naming the first thing that does not hold.
            CheckpointError: a checkpoint is malformed or its signature does not hold.
        """
        with self._lock, refusing(self.path):
            # one snapshot: the writer may go on meanwhile
            self._store.execute("BEGIN")
            try:
                return check_store(self._store, self.path, keys)
            finally:
                self._store.execute("ROLLBACK")

    def _frontier(self) -> Frontier:
        size, peaks = self._one("SELECT size, peaks FROM progress")
        return Frontier(size, _hashes(peaks))

    def _one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        return self._all(sql, values)[0]

    def _all(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._lock, refusing(self.path):
            return self._store.execute(sql, values).fetchall()


def _hashes(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))
