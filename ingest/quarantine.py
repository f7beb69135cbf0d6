"""The quarantine: what was set aside, whole, with the reason; until a person settles it, and after."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ingest.books import count_offered
from ingest.database import Database
from ingest.errors import QuarantineError
from readings.ports import Quarantined
from readings.times import format_time


class Side(StrEnum):
    """Which side of the journal an item came from."""

    READING = "reading"  # acquired, but no reading could be made of it: it counts in the books
    COPY = "copy"  # a reading that InfluxDB refused: stored in the archive, so the books do not miss it


class Outcome(StrEnum):
    """What a person decided about an item."""

    REDRIVEN = "redriven"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing set aside.

    Attributes:
        id: number of the item, for good.
        side: `Side`.
        what: what it is and why it is here.
        outcome: what was decided; None while nothing was.
        who: id of the person who decided.
        why: that person's words.
        settled: when, ns UTC.
        asked_by: who wants it tried again, until that is done.
        asked_why: that person's words.
        answer: what came of the last try that failed; None if there was none.
    """

    id: int
    side: Side
    what: Quarantined
    outcome: Outcome | None = None
    who: str | None = None
    why: str | None = None
    settled: int | None = None
    asked_by: str | None = None
    asked_why: str | None = None
    answer: str | None = None


_COLUMNS = (
    "id, side, source, payload, reason, time, readings, origin,"
    " outcome, who, why, settled, asked_by, asked_why, answer"
)
_WHAT = 6  # columns of the item itself


class Quarantine:
    """The table `quarantine` of journal.db. Nothing is ever deleted from it.

    Args:
        database: journal.db.
        put: told in each commit that sets something aside; what it gives is called when that is durable.
        now: wall clock, ns UTC.
    """

    def __init__(
        self,
        database: Database,
        *,
        put: Callable[[sqlite3.Connection], Callable[[], None]] = lambda _: lambda: None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._database = database
        self._put = put
        self._now = now

    def put(self, what: Quarantined, *, side: Side = Side.READING) -> int:
        """Set it aside durably; its id. A copy that lies here unsettled already is not taken twice.

        Raises:
            OSError: it is not durable.
        """
        with self._database.write() as connection:
            if side is Side.COPY:
                known = connection.execute(
                    "SELECT id FROM quarantine"
                    " WHERE outcome IS NULL AND side = ? AND source = ? AND payload = ?",
                    (side, what.source, what.payload),
                ).fetchone()
                if known:
                    return int(known[0])
            else:
                connection.execute("UPDATE head SET acquired = acquired + ?", (what.readings,))
                count_offered(connection, {what.origin: what.readings}, {})
            added = connection.execute(
                "INSERT INTO quarantine (side, time, source, reason, payload, readings, origin)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (side, what.time, what.source, what.reason, what.payload, what.readings, what.origin),
            )
            durable = self._put(connection)
        durable()
        return int(added.lastrowid or 0)

    def lies(self, what: Quarantined, among: int = 1000) -> bool:
        """Whether this very item is among the last so many of its side, settled or not."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT 1 FROM (SELECT time, source, origin, payload FROM quarantine WHERE side = ?"
                " ORDER BY id DESC LIMIT ?)"
                " WHERE time = ? AND source = ? AND origin = ? AND payload = ?",
                (Side.READING, among, what.time, what.source, what.origin, what.payload),
            ).fetchone()
        return row is not None

    def items(
        self, *, side: Side | None = None, settled: bool = False, after: int = 0, limit: int = 1000
    ) -> list[Item]:
        """Items with an id greater than `after`, in order: the open ones, or the settled ones."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM quarantine WHERE id > ?1 AND (?2 IS NULL OR side = ?2)"  # noqa: S608 - our own names
                " AND (outcome IS NOT NULL) = ?3 ORDER BY id LIMIT ?4",
                (after, side, settled, limit),
            )
            return [_item(row) for row in rows]

    def item(self, number: int) -> Item:
        """The item of this id.

        Raises:
            QuarantineError: there is none.
        """
        with self._database.read() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM quarantine WHERE id = ?",  # noqa: S608 - our own names
                (number,),
            ).fetchone()
        if row is None:
            raise QuarantineError(
                f"no item {number} in quarantine; `haccpline quarantine list --all` lists them"
            )
        return _item(row)

    def count(self, *, side: Side | None = None) -> int:
        """How many items wait for a decision."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT count(*) FROM quarantine WHERE outcome IS NULL AND (?1 IS NULL OR side = ?1)", (side,)
            ).fetchone()
        return int(found[0])

    def settle(self, number: int, *, outcome: Outcome, who: str, why: str) -> Item:
        """Write down what was decided, once; the item stays, with the trace.

        Raises:
            QuarantineError: no such item, settled already, or nobody or no reason named.
            OSError: it is not durable.
        """
        item = self.item(number)
        with self._database.write() as connection:
            self.settle_in(connection, item, outcome=outcome, who=who, why=why)
        return self.item(number)

    def settle_in(
        self, connection: sqlite3.Connection, item: Item, *, outcome: Outcome, who: str, why: str
    ) -> None:
        """The same in a commit that is under way.

        A message that has become readings is counted as those, where they are, and no more as quarantined.

        Raises:
            QuarantineError: settled already, or nobody or no reason named.
        """
        _named(item.id, who, why)
        changed = connection.execute(
            "UPDATE quarantine SET outcome = ?, who = ?, why = ?, settled = ?, asked_by = NULL, asked_why = NULL"
            " WHERE id = ? AND outcome IS NULL",
            (outcome, who, why, self._now(), item.id),
        ).rowcount
        if not changed:
            raise _settled(self.item(item.id))
        if outcome is Outcome.REDRIVEN and item.side is Side.READING:
            connection.execute("UPDATE head SET acquired = acquired - ?", (item.what.readings,))
            count_offered(connection, {item.what.origin: -item.what.readings}, {})

    def ask(self, number: int, *, who: str, why: str) -> None:
        """Ask the process that appends to try an item again.

        Raises:
            QuarantineError: no such item, settled already, or nobody or no reason named.
            OSError: it is not durable.
        """
        _named(number, who, why)
        item = self.item(number)
        if item.outcome is not None:
            raise _settled(item)
        with self._database.write() as connection:
            connection.execute(
                "UPDATE quarantine SET asked_by = ?, asked_why = ?, answer = NULL"
                " WHERE id = ? AND outcome IS NULL",
                (who, why, number),
            )

    def asked(self) -> list[Item]:
        """Items that somebody wants tried again, in order."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM quarantine WHERE asked_by IS NOT NULL AND outcome IS NULL ORDER BY id"  # noqa: S608 - our own names
            )
            return [_item(row) for row in rows]

    def answer(self, number: int, words: str) -> None:
        """It was tried, and cannot be taken; it stays."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE quarantine SET asked_by = NULL, asked_why = NULL, answer = ? WHERE id = ?",
                (words, number),
            )


def _named(number: int, who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise QuarantineError(f"item {number}: name who decides and why")


def _settled(done: Item) -> QuarantineError:
    return QuarantineError(
        f"item {done.id} was {done.outcome} by {done.who} at {format_time(done.settled or 0)}: {done.why}"
    )


def _item(row: tuple[Any, ...]) -> Item:
    number, side = row[:2]
    source, payload, reason, at, readings, origin = row[2 : 2 + _WHAT]
    outcome, *rest = row[2 + _WHAT :]
    what = Quarantined(source, payload, reason, at, readings, origin)
    return Item(number, Side(side), what, Outcome(outcome) if outcome else None, *rest)
