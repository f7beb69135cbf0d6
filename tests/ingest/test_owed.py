"""What is new reaches InfluxDB first; what has piled up is owed, and copied beside it, each reading once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from ingest.archive import ParquetArchive
from ingest.influx import InfluxWriter
from ingest.journal import SqliteJournal
from ingest.owed import Owed, owe, owed, paid
from ingest.reading_feed import OWED_FEED, READINGS_CURSOR, owe_again, reading_feeds
from ingest.sealer import Sealer
from ingest.transport import Answer
from readings.block import Block
from readings.inputs import Series
from readings.times import HOUR, SECOND


class Slow:
    """Keeps lines in the order in which they came, one request after the other."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.requests = 0

    async def write(self, lines: bytes) -> Answer:
        await asyncio.sleep(0.001)
        self.requests += 1
        self.lines += lines.split(b"\n")
        return Answer(204)

    async def prepare(self) -> None: ...

    async def close(self) -> None: ...


async def copy(
    journal: SqliteJournal,
    archive: ParquetArchive,
    way: Any,
    until: Callable[[], bool],
    news: asyncio.Event | None = None,
    *,
    paid: bool = False,
) -> InfluxWriter:
    """Copy until then; `paid` also until the writer says that it owes nothing."""
    feeds = reading_feeds(journal, archive, "p")
    writer = InfluxWriter(journal, way, feeds, linger=0, listen=(lambda: news) if news else None)
    task = asyncio.create_task(writer.run())
    try:
        async with asyncio.timeout(20):
            while not until() or (paid and writer.status[OWED_FEED].owed):  # noqa: ASYNC110 - polled, as its cursor is
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return writer


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten blocks are far behind already."""
    monkeypatch.setattr("ingest.reading_feed._FAR_BLOCKS", 10)
    monkeypatch.setattr("ingest.reading_feed._BLOCKS", 3)


def debts(journal: SqliteJournal) -> list[Owed]:
    with journal.database.read() as connection:
        return owed(connection, READINGS_CURSOR)


async def test_new_readings_do_not_wait_behind_old_ones(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], far: None
) -> None:
    """Far behind after an outage, a new reading is stored while most of the old ones are still owed; in the end all are."""
    for second in range(0, 300, 2):
        journal.append(make(second, 2))
    way = Slow()
    fresh: list[int] = []
    news = asyncio.Event()

    def until() -> bool:
        if way.requests > 5 and not fresh:
            journal.append(make(5_000, 1))
            fresh.append(len(way.lines))
            news.set()
        return len(way.lines) >= 1204

    writer = await copy(journal, archive, way, until, news, paid=True)
    (at,) = fresh
    new = [
        number for number, line in enumerate(way.lines) if int(line.split()[-1]) > (make(4_999, 1).time.max())
    ]
    assert len(new) == 4
    assert max(new) - at < 300, "a few requests later, not behind 1,200 readings"
    assert len(set(way.lines)) == len(way.lines) == 1204
    assert debts(journal) == []
    assert writer.status[OWED_FEED].owed == 0


async def test_killed_while_it_owes(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], far: None
) -> None:
    """What is owed is durable: a writer that begins again goes on with it, and nothing is left out."""
    for second in range(0, 200, 2):
        journal.append(make(second, 2))
    found: set[bytes] = set()
    for round_ in range(3):
        way = Slow()
        await copy(
            journal, archive, way, lambda way=way, most=2 + round_: way.requests > most or not debts(journal)
        )
        found |= set(way.lines)
        journal.append(make(1000 + round_, 1))
    way = Slow()
    await copy(
        journal,
        archive,
        way,
        lambda: not debts(journal) and journal.cursor(READINGS_CURSOR) == journal.last(),
    )
    assert len(found | set(way.lines)) == 800 + 12


async def test_blocks_are_kept_for_what_is_owed(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    clock: Any,
    far: None,
) -> None:
    """The journal drops no block that the copy owes and counts on, however far it has come with what is new."""
    for second in range(0, 60, 2):
        journal.append(make(second, 2))
    new, _ = reading_feeds(journal, archive, "p")
    reached, _ = new.read(0)
    assert reached == 30
    assert debts(journal) == [Owed(0, 30, held=True)]
    sealer.seal()
    clock.now += 2 * HOUR
    assert journal.trim(readers=[READINGS_CURSOR], keep=0) == 0


async def test_again_from_the_archive(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block], clock: Any
) -> None:
    """An InfluxDB that was lost is filled again from the archive: all of it, or from a time on; each reading once."""
    for number in range(12):
        journal.append(make(number * 100, 50, line="cs1" if number % 3 else "cs2"))
        if number % 2:
            sealer.seal()
    await copy(journal, archive, Slow(), lambda: journal.cursor(READINGS_CURSOR) == 12)
    clock.now += 2 * HOUR
    assert journal.trim(readers=[READINGS_CURSOR], keep=HOUR) == 12
    assert owe_again(journal) == 12
    way = Slow()
    await copy(journal, archive, way, lambda: not debts(journal))
    assert len(set(way.lines)) == len(way.lines) == 12 * 200
    begin = make(600, 50).time.min()
    owe_again(journal, int(begin))
    way = Slow()
    await copy(journal, archive, way, lambda: not debts(journal))
    assert sum(int(line.split()[-1]) >= begin for line in way.lines) == 6 * 200
    series = [Series(line, f"s{number}") for line in ("cs1", "cs2") for number in range(4)]
    assert len(archive.read(series, int(begin), int(begin) + 700 * SECOND).position) == 6 * 200


async def test_a_copy_that_was_away_for_good(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block], clock: Any
) -> None:
    """Taken out of the site file, and put back when the journal has dropped blocks: these are owed, none is left out."""
    journal.append(make(0, 10))
    await copy(journal, archive, Slow(), lambda: journal.cursor(READINGS_CURSOR) == 1)
    for second in range(10, 60, 10):
        journal.append(make(second, 10))
    sealer.seal()
    clock.now += 2 * HOUR
    journal.trim(readers=[], keep=HOUR)
    journal.append(make(60, 10))
    way = Slow()
    await copy(journal, archive, way, lambda: len(way.lines) >= 240)
    assert len(set(way.lines)) == len(way.lines) == 240


def test_what_overlaps_becomes_one(journal: SqliteJournal) -> None:
    """Spans that touch or overlap are one; one of them released makes the whole released; paid is gone."""
    with journal.database.write() as connection:
        for span in (Owed(0, 10, True), Owed(20, 30, True), Owed(10, 20, True)):
            owe(connection, "f", span)
        assert owed(connection, "f") == [Owed(0, 30, True)]
        owe(connection, "f", Owed(25, 40, False))
        assert owed(connection, "f") == [Owed(0, 40, False)]
        owe(connection, "f", Owed(5, 5, True))
        paid(connection, "f", 0, 15)
        assert owed(connection, "f") == [Owed(15, 40, False)]
        paid(connection, "f", 15, 40)
        assert owed(connection, "f") == []
