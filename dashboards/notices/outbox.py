"""The outbox: what is to be sent, what was, and how it went; it survives whatever happens to the process.

A message is written down with everything it tells before it is sent, and marked when it is done: killed in between, it is
sent again under the same id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dashboards.notices.causes import UNTOLD
from dashboards.notices.delivery import FILE, OUTBOX, Delivery, Item, deliveries
from dashboards.notices.message import Message
from dashboards.notices.siren import Switched
from dashboards.notices.untold import Fate
from ingest.database import Database
from readings.times import DAY, MINUTE, SECOND
from rules.notices import Turn

KEPT = 90 * DAY  # what was done is kept so long here; in the ledger for good
BACK_OFF = (5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to be sent: how often it was tried, when to try, when it was made; ns UTC.

    `lasting`: it is not given up as long as it is needed.
    """

    message: Message
    attempts: int
    try_at: int
    made: int
    lasting: bool = False


class Outbox:
    """notices.db, for the process that sends.

    Args:
        folder: the site's data folder.

    Raises:
        StoreError: damaged, or of a later release.
        OSError: the disk is full or fails.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE, migrations=OUTBOX)
        self.ended = 0  # messages that were delivered or given up in this life

    def resume(self, channels: Sequence[str], now: int) -> None:
        """After a start: what was being sent waits again; what is long done and recorded is let go.

        Args:
            channels: that there are; what waits for another has failed.
            now: ns UTC.
        """
        with self._database.write() as connection:
            connection.execute("UPDATE message SET state = 'waiting' WHERE state = 'sending'")
            connection.execute(
                "UPDATE message SET state = 'failed', done = ?, detail = 'the site file has no such channel any more'"
                " WHERE state = 'waiting' AND channel NOT IN (SELECT value FROM json_each(?))",
                (now, json.dumps(channels)),
            )
            old = "SELECT id FROM message WHERE done < ?"
            kept = f"{old} AND id NOT IN (SELECT message FROM notice WHERE recorded = 0)"  # noqa: S608 - no input
            connection.execute(f"DELETE FROM notice WHERE message IN ({kept})", (now - KEPT,))  # noqa: S608
            connection.execute("DELETE FROM message WHERE id NOT IN (SELECT message FROM notice)")

    def turns(self) -> set[Turn]:
        """All turns that are on their way or done."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT DISTINCT event, rung, again FROM notice")
            return {Turn(*row) for row in rows}

    def put(
        self,
        messages: Sequence[tuple[Message, str, str]],
        items: Iterable[tuple[Item, str]],
        watch: bytes,
        now: int,
        *,
        instead_of: Iterable[str] = (),
    ) -> None:
        """Write down messages, what they tell, and what was known then, in one commit.

        Args:
            messages: each with its cause and why it cannot be delivered, empty where it can.
            items: each with the id of its message, which may be one that was written earlier.
            watch: what the ledger said.
            now: ns UTC.
            instead_of: messages that wait and need not go any more: these tell what they told.
        """
        with self._database.write() as connection:
            for id_ in instead_of:
                connection.execute(
                    "DELETE FROM notice WHERE message IN (SELECT id FROM message WHERE id = ? AND state = 'waiting')",
                    (id_,),
                )
                connection.execute("DELETE FROM message WHERE id = ? AND state = 'waiting'", (id_,))
            for each, cause, trouble in messages:
                state, done = ("failed", now) if trouble else ("waiting", None)
                connection.execute(
                    "INSERT OR IGNORE INTO message (id, channel, person, cause, made, data, state, try_at, detail,"
                    " done) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        each.id,
                        each.channel,
                        each.person,
                        cause,
                        now,
                        _encode(each),
                        state,
                        now,
                        trouble,
                        done,
                    ),
                )
            for item, id_ in items:
                turn = item.turn
                connection.execute(
                    "INSERT OR IGNORE INTO notice (key, message, case_id, event, line, rung, again, person, channel,"
                    " due, late) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        item.key,
                        id_,
                        item.case,
                        turn.event,
                        item.line,
                        turn.rung,
                        turn.again,
                        item.person,
                        item.channel,
                        item.due,
                        int(item.late),
                    ),
                )
            connection.execute("UPDATE memory SET watch = ?", (watch,))

    def remember(self, watch: bytes) -> None:
        """Keep what is known of the ledger, so that a start need not read all of it."""
        with self._database.write() as connection:
            connection.execute("UPDATE memory SET watch = ?", (watch,))

    def watch(self) -> bytes | None:
        """What `remember` or `put` kept last."""
        with self._database.read() as connection:
            found: bytes | None = connection.execute("SELECT watch FROM memory").fetchone()[0]
            return found

    def last(self, cause: str) -> int | None:
        """When a message about a cause was made last, ns UTC."""
        with self._database.read() as connection:
            row = connection.execute("SELECT max(made) FROM message WHERE cause = ?", (cause,)).fetchone()
            return None if row[0] is None else int(row[0])

    def about(self, cause: str) -> dict[tuple[str, str], tuple[str, list[str]]]:
        """The latest message about a cause that has not failed, by channel and person: its id and the events in it."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT channel, person, id FROM message WHERE cause = ? AND state <> 'failed' ORDER BY made",
                (cause,),
            ).fetchall()
            found = {}
            for channel, person, id_ in rows:
                events = connection.execute("SELECT event FROM notice WHERE message = ?", (id_,)).fetchall()
                found[(channel, person)] = (id_, [row[0] for row in events])
            return found

    def next(self, channel: str) -> Waiting | None:
        """The message of a channel that is to be tried first."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT data, attempts, try_at, made, cause FROM message WHERE channel = ? AND state = 'waiting'"
                " ORDER BY try_at, made LIMIT 1",
                (channel,),
            ).fetchone()
        if row is None:
            return None
        return Waiting(_decode(row[0]), row[1], row[2], row[3], row[4].startswith(UNTOLD))

    def fates(self, events: Iterable[str]) -> list[Fate]:
        """How far the notices of these events have come."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT event, rung, notice.person, notice.channel, state, late, message.id, cause"
                " FROM notice JOIN message ON notice.message = message.id"
                " WHERE event IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(events)),),
            )
            return [
                Fate(event, rung, person, channel, state, bool(late), message, cause)
                for event, rung, person, channel, state, late, message, cause in rows
            ]

    def sending(self, id_: str) -> bool:
        """It is being sent; False where it need not be any more."""
        with self._database.write() as connection:
            marked = connection.execute(
                "UPDATE message SET state = 'sending', attempts = attempts + 1 WHERE id = ? AND state = 'waiting'",
                (id_,),
            )
            return marked.rowcount > 0

    def delivered(self, id_: str, now: int) -> None:
        """The channel took it."""
        self.ended += 1
        with self._database.write() as connection:
            connection.execute("UPDATE message SET state = 'delivered', done = ? WHERE id = ?", (now, id_))

    def missed(self, id_: str, detail: str, try_at: int) -> None:
        """The channel did not take it; it is tried again."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE message SET state = 'waiting', detail = ?, try_at = ? WHERE id = ?",
                (detail, try_at, id_),
            )

    def failed(self, id_: str, detail: str, now: int) -> None:
        """It is given up."""
        self.ended += 1
        with self._database.write() as connection:
            connection.execute(
                "UPDATE message SET state = 'failed', detail = ?, done = ? WHERE id = ? AND done IS NULL",
                (detail, now, id_),
            )

    def waiting(self) -> dict[str, set[str]]:
        """The messages that wait, each with its cases; silences that are no case count as empty."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT message.id, notice.case_id FROM message JOIN notice ON notice.message = message.id"
                " WHERE message.state = 'waiting'"
            )
            found: dict[str, set[str]] = {}
            for id_, case in rows:
                found.setdefault(id_, set()).add(case)
            return found

    def unrecorded(self, limit: int = 500) -> list[Delivery]:
        """Notices that are done and not in the ledger yet."""
        with self._database.read() as connection:
            return deliveries(
                connection, "notice.recorded = 0 AND message.done IS NOT NULL ORDER BY message.done", limit
            )

    def recorded(self, keys: Iterable[str]) -> None:
        """The journal has these."""
        with self._database.write() as connection:
            connection.executemany("UPDATE notice SET recorded = 1 WHERE key = ?", [(key,) for key in keys])

    def sounds(self, switched: Switched) -> None:
        """A siren is about to sound."""
        with self._database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO sounding VALUES (?)", (_said(switched),))

    def released(self, switched: Switched) -> None:
        """A siren was released."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM sounding WHERE siren = ?", (_said(switched),))

    def sounding(self) -> list[Switched]:
        """The sirens that may still sound."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT siren FROM sounding").fetchall()
            return [msgspec.json.decode(row[0], type=Switched) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _said(switched: Switched) -> str:
    return msgspec.json.encode(switched).decode()
