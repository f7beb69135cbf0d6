"""What programs hand in: a batch for each post, durable at once, until the journal has it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import msgspec
import structlog

from ingest.database import Database
from ingest.errors import PostedFullError, PostedOtherwiseError
from readings.block import Block
from readings.errors import BlockError
from readings.ports import Quarantined
from readings.times import DAY

_VERSION_1 = """
CREATE TABLE batch (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    entered INTEGER NOT NULL,
    request BLOB NOT NULL,
    answer BLOB NOT NULL,
    readings INTEGER NOT NULL,
    block BLOB,
    aside BLOB,
    size INTEGER NOT NULL,
    taken INTEGER,
    refused TEXT
) STRICT;
CREATE INDEX batch_waiting ON batch (number) WHERE taken IS NULL;
CREATE INDEX batch_taken ON batch (taken) WHERE taken IS NOT NULL;
"""
POSTED: tuple[str, ...] = (_VERSION_1,)
MOST = 256 << 20  # bytes that may wait for the record process
_KEPT = DAY  # that a key is remembered
_AT_ONCE, _BYTES_AT_ONCE = 100, 8 << 20  # batches, and bytes of them, in one commit of the journal

_log = structlog.get_logger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Quarantined).decode


@dataclass(frozen=True, slots=True)
class Batch:
    """What one post gave.

    Attributes:
        source: of the site file.
        block: its readings, states and acts.
        aside: what of it could not be read; None where all could.
    """

    source: str
    block: Block
    aside: Quarantined | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much the record process has not taken yet.

    Attributes:
        batches: how many.
        bytes: of them.
    """

    batches: int
    bytes: int


class Posted:
    """posted.db: whoever serves puts batches in, the record process takes them out.

    Args:
        path: posted.db; made when missing.
        most: bytes that may wait.
        now: wall clock, ns UTC.

    Raises:
        StoreError: damaged, or of a later release.
    """

    def __init__(self, path: Path, *, most: int = MOST, now: Callable[[], int] = time.time_ns) -> None:
        self._database = Database(path, migrations=POSTED)
        self._most, self._now = most, now

    def put(self, batch: Batch, answer: bytes, *, key: str = "", request: bytes = b"") -> bytes:
        """Enter a batch durably; the answer, or the one that was given when the same came with this key before.

        Args:
            batch: what is handed in.
            answer: to be given for it.
            key: by which it is known when it is sent again, until a day after it was taken; empty for none.
            request: SHA-256 of what was sent, which the key stands for.

        Raises:
            PostedOtherwiseError: another request came with this key.
            PostedFullError: an OSError: too much waits for the record process.
            OSError: it is not durable.
        """
        block = b"" if batch.block.empty else batch.block.encode()
        aside = _encode(batch.aside) if batch.aside is not None else b""
        size = len(block) + len(aside)
        with self._database.write() as connection:
            connection.execute("DELETE FROM batch WHERE taken <= ?", (self._now() - _KEPT,))
            known = connection.execute("SELECT request, answer FROM batch WHERE id = ?", (key,)).fetchone()
            if known is not None:
                if known[0] != request:
                    raise PostedOtherwiseError("another request came with this key before")
                return bytes(known[1])
            self._room(connection, size)
            connection.execute(
                "INSERT INTO batch (id, source, entered, request, answer, readings, block, aside, size)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key or uuid4().hex,
                    batch.source,
                    self._now(),
                    request,
                    answer,
                    len(batch.block),
                    block,
                    aside,
                    size,
                ),
            )
        return answer

    def _room(self, connection: sqlite3.Connection, size: int) -> None:
        held = _held(connection).bytes
        if held + size > self._most:
            raise PostedFullError(
                f"{self._database.path}: {held:,} bytes wait for the record process, which takes none; see"
                " `haccpline health`"
            )

    def waiting(self) -> Waiting:
        """How much the record process has not taken yet."""
        with self._database.read() as connection:
            return _held(connection)

    def refused(self) -> dict[str, str]:
        """Batches that cannot be read back, by id, and why: set aside, never dropped."""
        with self._database.read() as connection:
            return dict(connection.execute("SELECT id, refused FROM batch WHERE refused IS NOT NULL"))

    def next(self) -> list[tuple[int, Batch]]:
        """Batches that the journal may not have yet, in the order in which they came, with their numbers."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT number, source, block, aside FROM batch WHERE taken IS NULL AND refused IS NULL"
                " ORDER BY number LIMIT ?",
                (_AT_ONCE,),
            )
            found, size = [], 0
            for row in rows:
                found.append(row)
                size += len(row[2]) + len(row[3])
                if size > _BYTES_AT_ONCE:
                    break
        batches = []
        for number, source, block, aside in found:
            try:
                batches.append(
                    (
                        number,
                        Batch(
                            source,
                            Block.decode(block) if block else Block(),
                            _decode(aside) if aside else None,
                        ),
                    )
                )
            except (BlockError, msgspec.MsgspecError) as error:
                self._refuse(number, str(error))
        return batches

    def _refuse(self, number: int, why: str) -> None:
        with self._database.write() as connection:
            connection.execute("UPDATE batch SET refused = ? WHERE number = ?", (why, number))
        _log.error("what was handed in cannot be read back; it is set aside", batch=number, error=why)

    def taken(self, numbers: Sequence[int]) -> None:
        """The journal has these; their keys are remembered."""
        with self._database.write() as connection:
            connection.executemany(
                "UPDATE batch SET taken = ?, block = NULL, aside = NULL WHERE number = ? AND taken IS NULL",
                [(self._now(), number) for number in numbers],
            )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _held(connection: sqlite3.Connection) -> Waiting:
    count, size = connection.execute(
        "SELECT count(*), ifnull(sum(size), 0) FROM batch WHERE taken IS NULL"
    ).fetchone()
    return Waiting(count, size)
