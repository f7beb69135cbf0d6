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
from ingest.errors import JournalFullError, UnansweredError
from readings.entered import block_of
from readings.errors import HaccplineError
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
_VERSION_2 = "ALTER TABLE act ADD COLUMN refused TEXT"
INBOX: tuple[str, ...] = (_VERSION_1, _VERSION_2)
_PAUSE = 1.0  # seconds before an inbox that cannot be used is tried again

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

    Attributes:
        refused: acts that nobody can read, by id, and why: set aside, never dropped.

    Raises:
        StoreError: damaged, or of a later release.
    """

    def __init__(self, path: Path, *, now: Callable[[], int] = time.time_ns) -> None:
        self._database = Database(path, migrations=INBOX)
        self._now = now
        with self._database.read() as connection:
            self.refused: dict[str, str] = dict(
                connection.execute("SELECT id, refused FROM act WHERE refused IS NOT NULL")
            )

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
                "SELECT id, data FROM act WHERE taken IS NULL AND refused IS NULL ORDER BY number LIMIT ?",
                (limit,),
            ).fetchall()
        found = []
        for name, data in rows:
            try:
                found.append(_decode(data))
            except msgspec.MsgspecError as error:
                self._refuse(name, str(error))
        return found

    def _refuse(self, name: str, why: str) -> None:
        with self._database.write() as connection:
            connection.execute("UPDATE act SET refused = ? WHERE id = ?", (why, name))
        self.refused[name] = why
        _log.error("an act that was entered cannot be read; it is set aside", id=name, error=why)

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

        Values that wait for room, or for a file of the archive, hold up no other act.

        Raises:
            OSError: not durable (disk full, say); nothing is lost, try again.
        """
        acts = await asyncio.to_thread(self.waiting)
        try:
            await self._hand(intake, acts)
        except (JournalFullError, UnansweredError):
            if len(acts) < 2:
                raise
        else:
            return len(acts)
        waits: OSError | None = None
        for act in acts:
            try:
                await self._hand(intake, [act])
            except (JournalFullError, UnansweredError) as error:
                waits = error
        if waits is not None:
            raise waits
        return len(acts)

    async def _hand(self, intake: Intake, acts: list[Act]) -> None:
        if acts:
            await intake.take(block_of(acts))
            await asyncio.to_thread(self.taken, [act.id for act in acts])

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


class InboxTaker:
    """Takes what people enter into the journal. An inbox that cannot be used stops nothing else, and is told.

    Args:
        path: inbox.db.
        intake: of the journal.

    Attributes:
        trouble: why nothing can be taken now, in words; None if all is well.
    """

    def __init__(self, path: Path, intake: Intake) -> None:
        self._path, self._intake = path, intake
        self.trouble: str | None = None

    async def run(self, every: float = 0.2) -> None:
        """Drain every so many seconds, until cancelled."""
        while True:
            try:
                inbox = await asyncio.to_thread(Inbox, self._path)
                try:
                    await self._drain(inbox, every)
                finally:
                    inbox.close()
            except Exception as error:  # noqa: BLE001 - whatever it is, sources go on, and people are told
                said = str(error) if isinstance(error, OSError | HaccplineError) else repr(error)
                trouble = f"what people enter waits: {said}"
                if trouble != self.trouble:
                    _log.error("what people enter waits in the inbox", error=said)
                self.trouble = trouble
            await asyncio.sleep(_PAUSE)

    async def _drain(self, inbox: Inbox, every: float) -> None:
        while True:
            await inbox.drain(self._intake)
            refused = ", ".join(inbox.refused)
            self.trouble = (
                f"acts that cannot be read are set aside in {self._path.name}: {refused}" if refused else None
            )
            await asyncio.sleep(every)
