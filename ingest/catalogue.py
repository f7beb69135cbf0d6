"""The archive's catalogue in journal.db: its files, the segments in each, and how far it has sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.books import count_stored
from ingest.database import Database
from ingest.journal import advance
from ingest.schema import ARCHIVE_CURSOR
from ingest.segment_format import Runs
from readings.inputs import Series
from readings.ports import Segment


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the archive.

    Attributes:
        id: its number in the catalogue.
        line: whose readings it holds.
        name: path below the archive's directory.
        level: 0 as sealed, 1 part of a day, 2 a day.
        rows: how many readings.
        first_time, last_time: earliest and latest event time.
        written: when the oldest of its segments was sealed, ns UTC.
    """

    id: int
    line: str
    name: str
    level: int
    rows: int
    first_time: int
    last_time: int
    written: int


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A file that is on the disk, and not in the catalogue yet."""

    line: str
    name: str
    level: int
    written: int
    runs: Runs


_FILE = "id, line, name, level, rows, first_time, last_time, written"


def series(connection: sqlite3.Connection) -> list[Series]:
    """All series; the index of each is its code."""
    return [
        Series(*row) for row in connection.execute("SELECT line, sensor, point FROM series ORDER BY code")
    ]


def files(connection: sqlite3.Connection, lines: Sequence[str], start: int, end: int) -> list[FileEntry]:
    """Files of these lines that may hold readings with start <= time < end, by line, in order of sealing."""
    found = []
    for line in lines:
        rows = connection.execute(
            f"SELECT {_FILE} FROM file"  # noqa: S608 - our own names
            " WHERE retired IS NULL AND line = ? AND first_time < ? AND last_time >= ? ORDER BY name",
            (line, end, start),
        )
        found += [FileEntry(*row) for row in rows]
    return found


def runs(connection: sqlite3.Connection, file: int) -> Runs:
    """Where each series lies in a file."""
    return Runs.decode(connection.execute("SELECT runs FROM file WHERE id = ?", (file,)).fetchone()[0])


def segments(connection: sqlite3.Connection, line: str, after: int) -> list[Segment]:
    """The sealed segments of a line behind a number, in order."""
    rows = connection.execute(
        "SELECT line, number, first, last, rows FROM segment WHERE line = ? AND number > ? ORDER BY number",
        (line, after),
    )
    return [Segment(*row) for row in rows]


def segments_behind(connection: sqlite3.Connection, line: str, after: int, most: int) -> list[Segment]:
    """The first so many segments of a line that reach behind a journal position, in order."""
    rows = connection.execute(
        "SELECT line, number, first, last, rows FROM segment WHERE line = ? AND last > ? ORDER BY number LIMIT ?",
        (line, after, most),
    )
    return [Segment(*row) for row in rows]


def file_of(connection: sqlite3.Connection, segment: Segment) -> FileEntry | None:
    """The file that holds a segment; None if there is no such segment."""
    row = connection.execute(
        f"SELECT {_FILE} FROM file WHERE id ="  # noqa: S608 - our own names
        " (SELECT file FROM segment WHERE line = ? AND number = ?)",
        (segment.line, segment.number),
    ).fetchone()
    return FileEntry(*row) if row else None


def next_number(connection: sqlite3.Connection, line: str) -> int:
    """The number that the line's next segment gets."""
    row = connection.execute("SELECT max(number) FROM segment WHERE line = ?", (line,)).fetchone()
    return int(row[0] or 0) + 1


def seal(
    database: Database,
    through: int,
    sealed: Sequence[tuple[Segment, Written]],
    stored: Mapping[str, int],
) -> None:
    """Enter segments and move the archive's cursor, in one transaction: this is the seal marker.

    Args:
        database: journal.db.
        through: position up to which everything is in them.
        sealed: segments, each with its file.
        stored: how many of their readings each source gave.
    """
    with database.write() as connection:
        for segment, written in sealed:
            file = _enter(connection, written)
            connection.execute(
                "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?)",
                (segment.line, segment.number, segment.first, segment.last, segment.rows, file),
            )
            for code, time in _latest(written.runs):
                connection.execute(
                    "UPDATE series SET sealed = ?1 WHERE code = ?2 AND ifnull(sealed < ?1, 1)", (time, code)
                )
        count_stored(connection, through, stored)
        advance(connection, ARCHIVE_CURSOR, through)


def replace(database: Database, old: Sequence[FileEntry], new: Written, now: int) -> None:
    """Put one file in the place of several; the segments keep their numbers."""
    with database.write() as connection:
        file = _enter(connection, new)
        for entry in old:
            connection.execute("UPDATE segment SET file = ? WHERE file = ?", (file, entry.id))
            connection.execute("UPDATE file SET retired = ? WHERE id = ?", (now, entry.id))


def retired(database: Database, before: int) -> list[tuple[int, str]]:
    """Id and name of files whose place another took before this time."""
    with database.read() as connection:
        return connection.execute("SELECT id, name FROM file WHERE retired < ?", (before,)).fetchall()


def forget(database: Database, file: int) -> None:
    """A retired file is gone from the disk."""
    with database.write() as connection:
        connection.execute("DELETE FROM file WHERE id = ? AND retired IS NOT NULL", (file,))


def names(database: Database) -> set[str]:
    """Names of all files in the catalogue, retired ones too."""
    with database.read() as connection:
        return {row[0] for row in connection.execute("SELECT name FROM file")}


def uncompacted(database: Database) -> dict[str, list[FileEntry]]:
    """Per line, the files that are not yet whole days, in order of sealing."""
    with database.read() as connection:
        rows = connection.execute(
            f"SELECT {_FILE} FROM file WHERE retired IS NULL AND level < 2 ORDER BY name"  # noqa: S608 - our own names
        )
        found: dict[str, list[FileEntry]] = {}
        for row in rows:
            entry = FileEntry(*row)
            found.setdefault(entry.line, []).append(entry)
        return found


def _enter(connection: sqlite3.Connection, new: Written) -> int:
    found = new.runs
    added = connection.execute(
        "INSERT INTO file (line, name, level, rows, first_time, last_time, written, runs)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.line,
            new.name,
            new.level,
            int(found.rows.sum()),
            int(found.first_time.min()),
            int(found.last_time.max()),
            new.written,
            found.encode(),
        ),
    )
    return int(added.lastrowid or 0)


def _latest(found: Runs) -> list[tuple[int, int]]:
    codes, which = np.unique(found.code, return_inverse=True)
    latest = np.full(len(codes), np.iinfo(np.int64).min)
    np.maximum.at(latest, which, found.last_time)
    return list(zip(codes.tolist(), latest.tolist(), strict=True))
