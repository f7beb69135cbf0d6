"""Notices and how far each has come: the shape of notices.db, and reading it from beside the process that sends."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import msgspec

from dashboards.notices.message import Message
from ingest.database import Database
from rules.notices import Turn

_VERSION_1 = """
CREATE TABLE message (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    person TEXT NOT NULL,
    cause TEXT NOT NULL,
    made INTEGER NOT NULL,
    data BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    try_at INTEGER NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    done INTEGER
) STRICT;
CREATE INDEX message_open ON message (channel, try_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX message_cause ON message (cause, made);
CREATE TABLE notice (
    key TEXT PRIMARY KEY,
    message TEXT NOT NULL REFERENCES message (id),
    case_id TEXT NOT NULL,
    event TEXT NOT NULL,
    line TEXT NOT NULL,
    rung INTEGER NOT NULL,
    again INTEGER NOT NULL,
    person TEXT NOT NULL,
    channel TEXT NOT NULL,
    due INTEGER NOT NULL,
    late INTEGER NOT NULL,
    recorded INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notice_message ON notice (message);
CREATE INDEX notice_open ON notice (message) WHERE recorded = 0;
CREATE TABLE memory (only INTEGER PRIMARY KEY CHECK (only = 1), watch BLOB, sounding INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO memory (only) VALUES (1);
"""
# what a siren is, so that it is released whatever the site file says later: `dashboards.notices.siren.Switched` as JSON
_VERSION_2 = """
CREATE INDEX notice_event ON notice (event);
CREATE TABLE sounding (siren TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
OUTBOX: tuple[str, ...] = (_VERSION_1, _VERSION_2)
FILE = "notices.db"

State = Literal["waiting", "sending", "delivered", "failed"]
_decode = msgspec.msgpack.Decoder(Message).decode
_SELECT = (
    "SELECT event, rung, again, case_id, line, notice.person, notice.channel, due, late,"
    " message.id, state, attempts, detail, made, done, data"
    " FROM notice JOIN message ON notice.message = message.id"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One notice: a turn of the ladder, to one person, by one channel.

    Attributes:
        turn: of the ladder.
        case: its id; empty for a silence that was no case yet.
        line: of the plan.
        person, channel: by whom and how it is to be heard.
        due: when, ns UTC.
        late: it tells of what was over long before.
    """

    turn: Turn
    case: str
    line: str
    person: str
    channel: str
    due: int
    late: bool = False

    @property
    def key(self) -> str:
        """Its idempotency key."""
        turn = self.turn
        return f"{turn.event}:{turn.rung}:{turn.again}:{self.channel}:{self.person}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice and how far it has come.

    Attributes:
        item: the notice.
        message: id of the message that it went in.
        state: waiting, sending, delivered or failed.
        attempts: how often it was tried.
        detail: the last error in words; empty where there was none.
        made: when it was written down, ns UTC.
        done: when it was delivered or given up, ns UTC; None before that.
        text: what the message says.
    """

    item: Item
    message: str
    state: State
    attempts: int
    detail: str
    made: int
    done: int | None
    text: str


def read_outbox(folder: Path, *, case: str | None = None, limit: int = 1000) -> list[Delivery]:
    """Notices and how far they have come, newest first; of one case or of all.

    Args:
        folder: the site's data folder; empty where nothing was ever to be sent.
        case: its id.
        limit: at most so many.

    Raises:
        StoreError: damaged, or of a later release.
    """
    if not (folder / FILE).exists():
        return []
    database = Database(folder / FILE, migrations=OUTBOX, read_only=True)
    try:
        with database.read() as connection:
            where = "TRUE" if case is None else "notice.case_id = ?"
            order = " ORDER BY message.made DESC, notice.key"
            return deliveries(connection, where + order, limit, () if case is None else (case,))
    finally:
        database.close()


def deliveries(
    connection: sqlite3.Connection, where: str, limit: int, values: tuple[str, ...] = ()
) -> list[Delivery]:
    """Notices of an open database.

    Args:
        connection: within a transaction.
        where: a condition of this package over `notice` and `message`, and the order.
        limit: at most so many.
        values: for the question marks in it.
    """
    said = _SELECT + f" WHERE {where} LIMIT ?"
    found = []
    for row in connection.execute(said, (*values, limit)):
        event, rung, again, case, line, person, channel, due, late = row[:9]
        item = Item(Turn(event, rung, again), case, line, person, channel, due, bool(late))
        id_, state, attempts, detail, made, done, data = row[9:]
        text = _decode(data).text
        found.append(Delivery(item, id_, cast("State", state), attempts, detail, made, done, text))
    return found
