"""Holding a whole store against itself: a pure fold over what it contains."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.canonical import parse
from ledger.checkpoint import Checkpoint, PublicKey, open_checkpoint
from ledger.errors import CanonicalError, StoreError
from ledger.merkle import Frontier, leaf_hash
from ledger.record import Record


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the whole store has seen.

    Attributes:
        records: how many records.
        root: of the tree over them.
        checkpoints: how many signed checkpoints, each of the same history.
    """

    records: int
    root: bytes
    checkpoints: int


def check_store(store: sqlite3.Connection, path: Path, keys: Sequence[PublicKey]) -> Checked:
    """Records, root and number of checkpoints of a store that holds in every part.

    Raises:
        StoreError: naming the first thing that does not hold.
        CheckpointError: a checkpoint is malformed or its signature does not hold.
    """
    damage = store.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise StoreError(f"{path} is damaged: {damage}")
    notes = store.execute("SELECT number, size, note FROM checkpoint ORDER BY number").fetchall()
    last = 0
    for number, size, _ in notes:
        if size < last:
            raise StoreError(f"{path}: checkpoint {number} is of {size} records, the one before of {last}")
        last = size
    waiting = iter(notes)
    pending = next(waiting, None)
    frontier = Frontier()
    for grown in _grow(store, path):
        while pending is not None and pending[1] == frontier.size:
            _check_note(pending, frontier, path, keys)
            pending = next(waiting, None)
        frontier = grown
    while pending is not None:
        if pending[1] != frontier.size:
            raise StoreError(
                f"{path} holds {frontier.size} records, checkpoint {pending[0]} is over {pending[1]}: "
                "records are missing at the end"
            )
        _check_note(pending, frontier, path, keys)
        pending = next(waiting, None)
    size, peaks = store.execute("SELECT size, peaks FROM progress").fetchone()
    if (size, peaks) != (frontier.size, b"".join(frontier.peaks)):
        raise StoreError(
            f"{path} remembers a tree of {size} records that is not the tree of its {frontier.size} records"
        )
    return Checked(frontier.size, frontier.root, len(notes))


def _grow(store: sqlite3.Connection, path: Path) -> Iterator[Frontier]:
    frontier = Frontier()
    for row in store.execute("SELECT seq, at, kind, line, body, leaf FROM record ORDER BY seq"):
        record = Record(*row)
        if record.seq != frontier.size + 1:
            raise StoreError(
                f"{path}: record {frontier.size + 1} is missing, {record.seq} stands in its place"
            )
        try:
            parse(record.body, where=f"{path}: record {record.seq}")
            text = record.text
        except CanonicalError as error:
            raise StoreError(str(error)) from error
        if leaf_hash(text) != record.leaf:
            raise StoreError(
                f"{path}: record {record.seq} ({record.kind}) is not what was recorded: its hash differs"
            )
        frontier = frontier.extend((record.leaf,))
        yield frontier


def _check_note(row: tuple[int, int, str], frontier: Frontier, path: Path, keys: Sequence[PublicKey]) -> None:
    number, size, note = row
    checkpoint = Checkpoint.of(note.rpartition("\n\n")[0] + "\n")
    if checkpoint.size != size or checkpoint.root != frontier.root:
        raise StoreError(
            f"{path}: the first {size} records are not those that checkpoint {number} was signed over"
        )
    if keys:
        signer = next((key for key in keys if key.signed(note)), keys[0])
        open_checkpoint(note, signer)
