"""The journal's bound: never overwritten, always told, and the site says what happens there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ingest.archive import ParquetArchive
from ingest.bound import JournalBound
from ingest.errors import JournalFullError
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from ingest.owed import Owed, owed
from ingest.reading_feed import READINGS_CURSOR, reading_feeds
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings, JournalSettings, parse_size
from readings.block import Block
from readings.inputs import Act
from readings.times import DAY

READERS = ("clerk", READINGS_CURSOR)
ONE = 54_000  # bytes of a block of 1,000 readings are a little less


def bounded(archive: ParquetArchive, clock: Any, at_bound: str, **more: str) -> tuple[Sealer, JournalBound]:
    settings = JournalSettings(max_bytes="1 MB", at_bound=at_bound, **more)
    bound = JournalBound(archive.journal, settings, readers=READERS, copies=[READINGS_CURSOR], now=clock)
    keep = ArchiveSettings(seal_after="1 h", keep_journal="2 d")
    return Sealer(archive, keep, readers=READERS, bound=bound, now=clock), bound


def fill(journal: SqliteJournal, make: Callable[..., Block], begin: int = 0) -> int:
    """Blocks of 1,000 readings until one is refused; how many went in."""
    for number in range(begin, 100):
        try:
            journal.append(make(number * 100, 100, sensors=10))
        except JournalFullError:
            return number
    raise AssertionError("it is never full")


def test_full_is_refused_and_nothing_is_overwritten(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], clock: Any
) -> None:
    """Beyond the bytes allowed a reading is an OSError to its source; every block taken is there, the books balance."""
    bounded(archive, clock, "stop")
    taken = fill(journal, make)
    assert taken == 1_000_000 // (journal.bytes() // taken)
    assert journal.books().waiting == taken * 1000 == sum(len(block) for _, block in journal.read(0))
    assert journal.books().acquired == taken * 1000, "what was refused is not acquired"
    assert isinstance(JournalFullError(""), OSError)


def test_blocks_that_all_have_read_go_first(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], clock: Any
) -> None:
    """At the bound blocks are sealed before their time, and those that all have read go before their time."""
    sealer, bound = bounded(archive, clock, "stop")
    taken = fill(journal, make)
    for name in READERS:
        journal.advance(name, taken)
    clock.now += 1
    sealer.work()
    assert (bound.trouble, journal.full) == (None, None)
    assert journal.books().stored == taken * 1000
    assert journal.bytes() <= 800_000
    assert journal.append(make(9000, 100, sensors=10)) == taken + 1


def test_stop_waits_for_influxdb(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], clock: Any
) -> None:
    """`stop`: what InfluxDB lacks stays in the journal; no reading is taken, which is told, until it has caught up."""
    sealer, bound = bounded(archive, clock, "stop")
    taken = fill(journal, make)
    journal.advance("clerk", taken)
    clock.now += 1
    sealer.work()
    assert "influxdb is" in (bound.trouble or "")
    assert journal.dropped() == 0
    with pytest.raises(JournalFullError):
        journal.append(make(9000, 100, sensors=10))
    segments = archive.segments("cs1")
    sealer.work()
    assert archive.segments("cs1") == segments, "sealing again and again makes no room"
    journal.advance(READINGS_CURSOR, taken)
    sealer.work()
    assert bound.trouble is None
    assert journal.append(make(9000, 100, sensors=10)) == taken + 1


def test_archive_lets_the_copy_go(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], clock: Any
) -> None:
    """`archive`: readings go on being taken; what InfluxDB lacks is recorded, and copied from the archive, each once."""
    sealer, bound = bounded(archive, clock, "archive")
    taken, lines = 0, []
    while taken < 60:
        taken = fill(journal, make, taken)
        journal.advance("clerk", journal.last())
        clock.now += 1
        sealer.work()
        assert bound.trouble is None
        if taken >= 60:
            break
    with journal.database.read() as connection:
        (debt,) = owed(connection, READINGS_CURSOR)
    assert debt == Owed(0, journal.cursor(READINGS_CURSOR), held=False)
    assert journal.dropped() > 20
    new, owing = reading_feeds(journal, archive, "p")
    assert owing.owed is not None
    assert owing.owed() == debt.through
    number = 0
    while (found := owing.read(number))[1]:
        number, part = found
        lines += part
        owing.done(number)
    assert owing.owed() == 0
    position = journal.cursor(READINGS_CURSOR)
    while (found := new.read(position))[0] != position:
        position, part = found
        lines += part
    lines += _rest(owing)
    assert len(lines) == len(set(lines)) == taken * 1000


def _rest(owing: Any) -> list[bytes]:
    number, lines = 0, []
    while (found := owing.read(number))[1]:
        number, part = found
        lines += part
        owing.done(number)
    return lines


def test_too_old_is_a_bound_too(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], clock: Any
) -> None:
    """A block that somebody has not read for longer than allowed: told, and nothing more is taken while it lasts."""
    sealer, bound = bounded(archive, clock, "stop", max_age="3 d")
    journal.append(make(0, 100, sensors=10))
    clock.now += 2 * DAY
    sealer.work()
    assert bound.trouble is None
    clock.now += 2 * DAY
    sealer.work()
    assert "more than 3 d ago" in (bound.trouble or "")
    with pytest.raises(JournalFullError, match="clerk is 1 blocks, influxdb is 1 blocks behind"):
        journal.append(make(100, 100, sensors=10))
    for name in READERS:
        journal.advance(name, 1)
    sealer.work()
    assert journal.append(make(100, 100, sensors=10)) == 2


async def test_people_and_time_go_on(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], clock: Any
) -> None:
    """While no reading is taken, acts are, and ticks: silence is heard."""
    journal.full = "the journal is at its bound: a test"
    async with JournalIntake(journal, tick_every=0.02, now=clock) as intake:
        refused = asyncio.gather(
            intake.take(make()), intake.take(Block(acts=(Act(1, "noted", id="a"),))), return_exceptions=True
        )
        first, second = await refused
        assert isinstance(first, OSError)
        assert second is None
        assert "at its bound" in (intake.trouble or "")
        clock.now += 5
        await asyncio.sleep(0.1)
        assert journal.tick() == clock.now
        journal.full = None
        await intake.take(make())
    assert [act.id for _, act in journal.acts()] == ["a"]
    assert journal.books().acquired == journal.books().waiting == 40


def test_sizes() -> None:
    """A size is a number and a unit; anything else is refused in words."""
    assert (parse_size("4 GB"), parse_size("1.5MB")) == (4_000_000_000, 1_500_000)
    for text in ("4", "4 GiB", "-1 GB", "many"):
        with pytest.raises(ValueError, match="not a size"):
            parse_size(text)
    with pytest.raises(ValueError, match="too little"):
        JournalSettings(max_bytes="1 kB")
