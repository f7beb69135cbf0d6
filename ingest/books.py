"""The books: where every reading is, of the whole site and of each source, each counted on its own.

Acquired and duplicate are counted when a reading is offered, stored when it is sealed, from what was sealed; waiting are
the readings of the blocks that are not; quarantined are the messages that lie or lay in quarantine and became none.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping

from ingest.schema import ARCHIVE_CURSOR
from readings.ports import Books

_ADD = (
    "INSERT INTO source VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET"
    " acquired = acquired + ?2, duplicate = duplicate + ?3, stored = stored + ?4"
)
# a message that became readings later is counted as those
_LYING = "side = 'reading' AND ifnull(outcome, '') <> 'redriven'"


def books(connection: sqlite3.Connection) -> Books:
    """Of the whole site, at one moment."""
    acquired, duplicate = connection.execute("SELECT acquired, duplicate FROM head").fetchone()
    return Books(
        acquired=acquired,
        duplicate=duplicate,
        stored=_sum(connection, "SELECT sum(rows) FROM segment"),
        waiting=_sum(
            connection,
            "SELECT sum(rows) FROM block WHERE position >"
            " ifnull((SELECT position FROM cursor WHERE name = ?), 0)",
            ARCHIVE_CURSOR,
        ),
        quarantined=_sum(connection, f"SELECT sum(readings) FROM quarantine WHERE {_LYING}"),  # noqa: S608 - our own
    )


def books_by_source(connection: sqlite3.Connection) -> dict[str, Books]:
    """Of each source, by its name; the empty name is what came from none, or before they were told apart."""
    waiting = Counter(
        dict(connection.execute("SELECT source, sum(rows) FROM part GROUP BY source").fetchall())
    )
    lying: Counter[str] = Counter(
        dict(
            connection.execute(
                f"SELECT origin, sum(readings) FROM quarantine WHERE {_LYING} GROUP BY origin"  # noqa: S608 - our own
            ).fetchall()
        )
    )
    return {
        name: Books(acquired, stored, duplicate, lying[name], waiting[name])
        for name, acquired, duplicate, stored in connection.execute("SELECT * FROM source ORDER BY name")
    }


def count_offered(
    connection: sqlite3.Connection, acquired: Mapping[str, int], duplicate: Mapping[str, int]
) -> None:
    """Readings were offered by these sources, so many of them known already."""
    connection.executemany(
        _ADD, [(name, count, duplicate.get(name, 0), 0) for name, count in acquired.items()]
    )


def count_waiting(connection: sqlite3.Connection, position: int, kept: Mapping[str, int]) -> None:
    """So many readings of each source are in a new block."""
    connection.executemany(
        "INSERT INTO part VALUES (?, ?, ?)", [(position, name, count) for name, count in kept.items()]
    )


def count_stored(connection: sqlite3.Connection, through: int, sealed: Mapping[str, int]) -> None:
    """So many readings of each source were sealed, and the blocks up to this position wait no more."""
    connection.executemany(_ADD, [(name, 0, 0, count) for name, count in sealed.items()])
    connection.execute("DELETE FROM part WHERE position <= ?", (through,))


def _sum(connection: sqlite3.Connection, query: str, *parameters: str) -> int:
    return int(connection.execute(query, parameters).fetchone()[0] or 0)
