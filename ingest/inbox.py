"""The inbox: acts that other processes enter, durable at once, taken into the journal exactly once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import msgspec
import structlog

from ingest.database import Database
from readings.block import Block
from readings.inputs import Act
from readings.ports import Intake

_VERSION_1 = """
CREATE TABLE act (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    entered INTEGER NOT NULL,
    data BLOB NOT NULL,
    taken INTEGER
) STRICT;
CREATE INDEX act_waiting ON act (number) WHERE taken IS NULL;
"""
INBOX: tuple[str, ...] = (_VERSION_1,)

_log = structlog.get_logger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Act).decode


class Inbox:
    """inbox.db: any process puts acts in, the record process takes them out.

    `drain` takes in three steps: what waits, commit to the journal, mark as taken. Killed in between, the
    acts are given out again, and the journal knows their ids.

    Args:
        path: inbox.db; made when missing.
        now: wall clock, ns UTC.

    Raises:
        StoreError: damaged, or of a later release.
    """

    def __init__(self, path: Path, *, now: Callable[[], int] = time.time_ns) -> None:
        self._database = Database(path, migrations=INBOX)
        self._now = now

    def put(self, act: Act) -> str:
        """Enter an act durably; its id, given here when it has none. An id entered before is not taken twice.

        Raises:
            OSError: it is not durable.
        """
        named = act if act.id else msgspec.structs.replace(act, id=uuid4().hex)
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO act (id, entered, data) VALUES (?, ?, ?)",
                (named.id, self._now(), _encode(named)),
            )
        return named.id

    def waiting(self, limit: int = 1000) -> list[Act]:
        """Acts that the journal may not have yet, in the order in which they were entered."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT data FROM act WHERE taken IS NULL ORDER BY number LIMIT ?", (limit,)
            )
            return [_decode(row[0]) for row in rows]

    def taken(self, ids: list[str]) -> None:
        """The journal has these."""
        with self._database.write() as connection:
            connection.executemany(
                "UPDATE act SET taken = ? WHERE id = ? AND taken IS NULL",
                [(self._now(), name) for name in ids],
            )

    def is_taken(self, name: str) -> bool:
        """Whether the journal has the act of this id."""
        with self._database.read() as connection:
            row = connection.execute("SELECT taken FROM act WHERE id = ?", (name,)).fetchone()
            return row is not None and row[0] is not None

    async def drain(self, intake: Intake) -> int:
        """Hand what waits to the journal, each act once; how many.

        Raises:
            OSError: not durable (disk full, say); nothing is lost, try again.
        """
        acts = await asyncio.to_thread(self.waiting)
        if acts:
            await intake.take(Block(acts=tuple(acts)))
            await asyncio.to_thread(self.taken, [act.id for act in acts])
        return len(acts)

    async def run(self, intake: Intake, every: float = 0.2) -> None:
        """Drain every so many seconds, until cancelled."""
        while True:
            try:
                await self.drain(intake)
            except OSError as error:
                _log.error("what people entered waits in the inbox", error=str(error))
            await asyncio.sleep(every)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
