"""The quarantine: what was set aside, whole, with the reason; until a person settles it, and after."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

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
    """

    id: int
    side: Side
    what: Quarantined
    outcome: Outcome | None = None
    who: str | None = None
    why: str | None = None
    settled: int | None = None


_COLUMNS = "id, side, source, payload, reason, time, readings, outcome, who, why, settled"


class Quarantine:
    """The table `quarantine` of journal.db. Nothing is ever deleted from it."""

    def __init__(self, database: Database, *, now: Callable[[], int] = time.time_ns) -> None:
        self._database = database
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
            added = connection.execute(
                "INSERT INTO quarantine (side, time, source, reason, payload, readings)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (side, what.time, what.source, what.reason, what.payload, what.readings),
            )
            return int(added.lastrowid or 0)

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
            raise QuarantineError(f"no item {number} in quarantine; `haccpline quarantine` lists them")
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

        A reading that is driven again becomes one of its own; this item goes on counting as quarantined.

        Raises:
            QuarantineError: no such item, settled already, or nobody or no reason named.
            OSError: it is not durable.
        """
        if not who.strip() or not why.strip():
            raise QuarantineError(f"item {number}: name who decides and why")
        item = self.item(number)
        with self._database.write() as connection:
            changed = connection.execute(
                "UPDATE quarantine SET outcome = ?, who = ?, why = ?, settled = ?"
                " WHERE id = ? AND outcome IS NULL",
                (outcome, who, why, self._now(), number),
            ).rowcount
        if not changed:
            done = self.item(number)
            raise QuarantineError(
                f"item {number} was {done.outcome} by {done.who}"
                f" at {format_time(done.settled or 0)}: {done.why}"
            )
        return self.item(item.id)


def _item(row: tuple[int, str, str, bytes, str, int, int, str | None, str | None, str | None, int]) -> Item:
    number, side, source, payload, reason, at, readings, outcome, who, why, settled = row
    what = Quarantined(source=source, payload=payload, reason=reason, time=at, readings=readings)
    return Item(number, Side(side), what, Outcome(outcome) if outcome else None, who, why, settled)
