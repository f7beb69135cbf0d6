"""How complete a record is: of every series, by the hour, what was expected and what came; and every gap.

It stands in completeness.db, made from the journal by `ingest.completeness_reader`; any process may ask beside it. Without
the file it is made anew from the blocks that the journal still has.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from ingest.database import Database
from ingest.errors import StoreError
from ingest.gaps import CLOCK_STEP, Gap, Interruption
from readings.inputs import Series
from readings.times import HOUR, NEVER, format_time

COMPLETENESS_CURSOR = "completeness"
_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
}  # the last: its tables are not its own
_log = structlog.get_logger(__name__)
_VERSION_1 = """
CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,   -- of the journal: everything up to it is counted
    change INTEGER NOT NULL,     -- number of the last step that changed something
    tick INTEGER                 -- how far time has come
) STRICT;
INSERT INTO head VALUES (1, 0, 0, NULL);
CREATE TABLE series (
    code INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    sensor TEXT NOT NULL,
    point TEXT NOT NULL,
    last INTEGER,                -- time of the last usable reading, or since when one is expected
    bad TEXT NOT NULL DEFAULT '{}',  -- bad readings since then, by code of the reason
    UNIQUE (line, sensor, point)
) STRICT;
CREATE TABLE expected (
    code INTEGER NOT NULL,
    since INTEGER NOT NULL,
    every INTEGER NOT NULL,      -- 0: from here on none is expected at any time
    PRIMARY KEY (code, since)
) STRICT, WITHOUT ROWID;
CREATE TABLE hour (
    code INTEGER NOT NULL,
    start INTEGER NOT NULL,
    good INTEGER NOT NULL,
    uncertain INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    change INTEGER NOT NULL,
    PRIMARY KEY (code, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX hour_change ON hour (change);
CREATE TABLE gap (
    code INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER,
    cause TEXT NOT NULL,         -- empty: late readings have shown that it was none
    detail TEXT NOT NULL,
    missed INTEGER,
    change INTEGER NOT NULL,
    PRIMARY KEY (code, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX gap_change ON gap (change);
CREATE TABLE interruption (
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (start, cause)
) STRICT, WITHOUT ROWID;
"""
COMPLETENESS: tuple[str, ...] = (_VERSION_1,)


@dataclass(frozen=True, slots=True)
class Hour:
    """A series in one hour.

    Attributes:
        series: which one.
        start: of the hour, ns UTC.
        expected: readings, rounded down; of an hour that is under way, until now. None where none is expected at any time.
        good, uncertain, bad: readings received, by their event time, whenever they came.
    """

    series: Series
    start: int
    expected: int | None
    good: int
    uncertain: int
    bad: int

    @property
    def received(self) -> int:
        """How many came, good or bad."""
        return self.good + self.uncertain + self.bad


class Completeness:
    """completeness.db, to be asked.

    Args:
        path: of the file.
        read_only: for processes beside the one that counts.

    Raises:
        StoreError: damaged, of a later release, or missing and `read_only`.
    """

    def __init__(self, path: Path, *, read_only: bool = True) -> None:
        self.database = Database(path, migrations=COMPLETENESS, read_only=read_only)

    def hours(
        self, start: int, end: int, *, line: str | None = None, sensor: str | None = None
    ) -> list[Hour]:
        """The hours with start <= begin < end, ns UTC, by series, then time; those without a reading too."""
        with self.database.read() as connection:
            tick = connection.execute("SELECT tick FROM head").fetchone()[0]
            found = []
            for code, series in series_of(connection, line, sensor):
                spans = expectations(connection, code)
                rows = connection.execute(
                    "SELECT start, good, uncertain, bad FROM hour"
                    " WHERE code = ? AND start >= ? AND start < ? ORDER BY start",
                    (code, start, end),
                )
                found += [
                    Hour(series, at, expected_in(spans, at, tick), good, uncertain, bad)
                    for at, good, uncertain, bad in rows
                ]
                under_way = start if tick is None else tick // HOUR * HOUR
                due = expected_in(spans, under_way, tick) if start <= under_way < end else None
                if due and (not found or found[-1].series != series or found[-1].start < under_way):
                    found.append(Hour(series, under_way, due, 0, 0, 0))
        return found

    def gaps(
        self, start: int, end: int, *, line: str | None = None, sensor: str | None = None
    ) -> list[tuple[Series, Gap]]:
        """The gaps that reach into start <= time < end, ns UTC, by series, then time."""
        with self.database.read() as connection:
            return [
                (series, Gap(*row))
                for code, series in series_of(connection, line, sensor)
                for row in connection.execute(
                    'SELECT start, "end", cause, detail, missed FROM gap WHERE code = ? AND start < ?'
                    " AND ifnull(\"end\", ?) > ? AND cause <> '' ORDER BY start",
                    (code, end, NEVER, start),
                )
            ]

    def interruptions(self, start: int, end: int) -> list[Interruption]:
        """Spans in which nothing could be recorded that reach into start <= time < end, ns UTC."""
        with self.database.read() as connection:
            return interruptions(connection, start, end)

    def steps(self) -> list[str]:
        """Each time that the machine's clock was set, from and to, in order."""
        with self.database.read() as connection:
            rows = connection.execute(
                'SELECT start, "end" FROM interruption WHERE cause = ? ORDER BY start', (CLOCK_STEP,)
            )
            return [f"{format_time(start)} to {format_time(end)}" for start, end in rows]

    def open_gaps(self) -> int:
        """How many gaps last."""
        with self.database.read() as connection:
            return int(
                connection.execute(
                    "SELECT count(*) FROM gap WHERE \"end\" IS NULL AND cause <> ''"
                ).fetchone()[0]
            )

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()


def put_aside(path: Path) -> Path:
    """Where a completeness.db lies that was damaged, if there was one."""
    return path.with_name(path.name + ".damaged")


def to_count_in(path: Path) -> Completeness:
    """completeness.db, to be counted in. One that is damaged is put aside and made anew: nothing else waits for it.

    Raises:
        StoreError: of a later release.
        OSError: the disk is full or fails.
    """
    try:
        return Completeness(path, read_only=False)
    except StoreError as error:
        if getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
            raise
        aside = put_aside(path)
        for end in ("-wal", "-shm", ""):
            old = path.with_name(path.name + end)
            if old.exists():
                old.replace(aside.with_name(aside.name + end))
        _log.error(
            "it is damaged; it is put aside, and made anew from the journal", file=str(path), aside=str(aside)
        )
        return Completeness(path, read_only=False)


def series_of(
    connection: sqlite3.Connection, line: str | None, sensor: str | None
) -> Iterator[tuple[int, Series]]:
    """Code and name of the series of a line and sensor, or of all, in order of their names."""
    rows = connection.execute(
        "SELECT code, line, sensor, point FROM series WHERE (?1 IS NULL OR line = ?1)"
        " AND (?2 IS NULL OR sensor = ?2) ORDER BY line, sensor, point",
        (line, sensor),
    ).fetchall()
    for code, *name in rows:
        yield code, Series(*name)


def expectations(connection: sqlite3.Connection, code: int) -> list[tuple[int, int]]:
    """Since when a reading of a series is expected, ns UTC, and how often, ns; in order."""
    return connection.execute(
        "SELECT since, every FROM expected WHERE code = ? ORDER BY since", (code,)
    ).fetchall()


def expected_in(spans: Sequence[tuple[int, int]], start: int, now: int | None) -> int | None:
    """How many readings are expected in the hour that begins at `start`, up to now; None where none ever is."""
    end, found = start + HOUR if now is None else min(start + HOUR, now), None
    for number, (since, every) in enumerate(spans):
        until = spans[number + 1][0] if number + 1 < len(spans) else NEVER
        inside = min(end, until) - max(start, since)
        if every and inside > 0:
            found = (found or 0) + inside // every
    return found


def interruptions(connection: sqlite3.Connection, start: int, end: int) -> list[Interruption]:
    """Those that reach into a span, in order."""
    rows = connection.execute(
        'SELECT start, "end", cause FROM interruption WHERE start < ? AND "end" >= ? ORDER BY start',
        (end, start),
    )
    return [Interruption(*row) for row in rows]
