"""What a copy owes: blocks that it has passed over, so that what is new is not kept waiting behind what is old."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owed:
    """Blocks behind `after`, up to `through`.

    Attributes:
        after: position.
        through: position.
        held: whether the journal keeps them for the copy; else they are read from the archive.
    """

    after: int
    through: int
    held: bool


def owed(connection: sqlite3.Connection, feed: str) -> list[Owed]:
    """What a copy owes, the oldest first."""
    rows = connection.execute("SELECT after, through, held FROM owed WHERE feed = ? ORDER BY after", (feed,))
    return [Owed(after, through, bool(held)) for after, through, held in rows]


def owe(connection: sqlite3.Connection, feed: str, what: Owed) -> None:
    """From now on it owes these as well; what overlaps becomes one."""
    after, through, held = what.after, what.through, what.held
    for each in owed(connection, feed):
        if (
            each.after <= through
            and after <= each.through
            and (each.held == held or (each.after < through and after < each.through))
        ):
            after, through, held = min(after, each.after), max(through, each.through), held and each.held
            connection.execute("DELETE FROM owed WHERE feed = ? AND after = ?", (feed, each.after))
    if after < through:
        connection.execute("INSERT INTO owed VALUES (?, ?, ?, ?)", (feed, after, through, int(held)))


def paid(connection: sqlite3.Connection, feed: str, after: int, reached: int) -> None:
    """The copy has what stood behind `after`, up to `reached`."""
    connection.execute(
        "DELETE FROM owed WHERE feed = ? AND after = ? AND through <= ?", (feed, after, reached)
    )
    connection.execute(
        "UPDATE owed SET after = ? WHERE feed = ? AND after = ? AND through > ?",
        (reached, feed, after, reached),
    )


def release(connection: sqlite3.Connection, feed: str) -> None:
    """The journal need not keep anything for this copy: it reads the archive."""
    connection.execute("UPDATE owed SET held = 0 WHERE feed = ?", (feed,))


def held_from(connection: sqlite3.Connection, feed: str) -> int | None:
    """The position behind which the journal keeps blocks for what is owed; None if for nothing."""
    found = connection.execute("SELECT min(after) FROM owed WHERE feed = ? AND held = 1", (feed,)).fetchone()[
        0
    ]
    return None if found is None else int(found)
