"""The intake: acknowledged means durable; many sources, one commit; time is told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ingest.archive import ParquetArchive
from ingest.errors import StoreError
from ingest.intake import Clock, JournalIntake
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block
from readings.inputs import Act
from readings.ports import Quarantined
from readings.times import SECOND


async def test_durable_when_take_returns(
    journal: SqliteJournal, make: Callable[..., Block], rows: Callable[[Block], list[tuple[Any, ...]]]
) -> None:
    """When `take` returns, another connection sees the block."""
    async with JournalIntake(journal) as intake:
        await intake.take(make())
        with sqlite3.connect(journal.database.path) as other:
            assert other.execute("SELECT sum(rows) FROM block").fetchone() == (40,)
        other.close()
    assert rows(journal.read(0)[0][1]) == rows(make())


async def test_sources_share_a_commit(journal: SqliteJournal, make: Callable[..., Block]) -> None:
    """What sources give while a commit is under way goes into few blocks, and nothing is lost or doubled."""
    async with JournalIntake(journal) as intake:
        await asyncio.gather(*(intake.take(make(0, 1, seed=n, line=f"l{n}")) for n in range(200)))
    assert journal.last() < 50
    assert journal.books().acquired == journal.books().waiting == 800


async def test_ticks_tell_the_time(
    journal: SqliteJournal, make: Callable[..., Block], clock: Any, t0: int
) -> None:
    """Each block carries the wall clock, and a clock that is set back stands still."""
    async with JournalIntake(journal, now=clock, tick_every=0) as intake:
        clock.now = t0 + 5 * SECOND
        await intake.take(replace(make(0, 1), tick=None))
        clock.now = t0 + 3 * SECOND
        await intake.take(replace(make(1, 1), tick=None))
        clock.now = t0 + 9 * SECOND
        await intake.take(replace(make(2, 1), tick=None))
    assert [block.tick for _, block in journal.read(0)] == [t0 + 5 * SECOND, None, t0 + 9 * SECOND]
    assert journal.tick() == t0 + 9 * SECOND


async def test_silence_is_heard(journal: SqliteJournal) -> None:
    """With no source at all, ticks go in alone."""
    async with JournalIntake(journal, tick_every=0.02):
        await asyncio.sleep(0.3)
    ticks = [block.tick for _, block in journal.read(0)]
    assert len(ticks) >= 3
    assert ticks == sorted(ticks)


async def test_readings_clock(journal: SqliteJournal, make: Callable[..., Block]) -> None:
    """For a recording, time reaches the latest reading and no further, also after a restart."""
    async with JournalIntake(journal, clock=Clock.READINGS, tick_every=0.02) as intake:
        await intake.take(replace(make(50, 10), tick=None))
        await intake.take(replace(make(0, 10), tick=None))
        await asyncio.sleep(0.1)
    latest = int(make(50, 10).time.max())
    assert [block.tick for _, block in journal.read(0)] == [latest, None]
    async with JournalIntake(journal, clock=Clock.READINGS, tick_every=0.02) as intake:
        await intake.take(replace(make(20, 10), tick=None))
    assert journal.tick() == latest


async def test_listeners_hear_commits(journal: SqliteJournal, make: Callable[..., Block]) -> None:
    """Whoever listens is woken after a commit, each listener on its own."""
    async with JournalIntake(journal, tick_every=0) as intake:
        first, second = intake.listen(), intake.listen()
        await intake.take(make())
        await asyncio.wait_for(first.wait(), 1)
        first.clear()
        assert second.is_set()


async def test_quarantine_is_durable(journal: SqliteJournal) -> None:
    """What a source sets aside is in the table when the call returns."""
    async with JournalIntake(journal) as intake:
        await intake.quarantine(Quarantined("mqtt a", b"x", "not JSON", 5))
        assert journal.quarantined.count() == 1


async def test_what_was_given_is_committed_at_the_end(journal: SqliteJournal) -> None:
    """Leaving commits what waits; afterwards nothing is taken any more."""
    async with JournalIntake(journal) as intake:
        given = asyncio.create_task(intake.take(Block(acts=(Act(1, "x", id="1"),))), name="given")
        await asyncio.sleep(0)
    await given
    assert len(journal.acts()) == 1
    with pytest.raises(StoreError, match="not running"):
        await intake.take(Block(tick=1))


async def test_a_cancelled_source_harms_nobody(journal: SqliteJournal, make: Callable[..., Block]) -> None:
    """A source that stops waiting leaves the others served."""
    async with JournalIntake(journal) as intake:
        gone = asyncio.create_task(intake.take(make(0, 10)), name="gone")
        await asyncio.sleep(0)
        gone.cancel()
        await intake.take(make(10, 10))
    assert journal.books().waiting == 80


async def test_refusal_reaches_the_source(
    journal: SqliteJournal, make: Callable[..., Block], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a commit fails, every source of it hears the same error, the trouble is told, and it ends by itself."""
    async with JournalIntake(journal, tick_every=0) as intake:
        real = journal.append

        def full(block: Block) -> int | None:
            raise OSError(28, "disk full")

        monkeypatch.setattr(journal, "append", full)
        results = await asyncio.gather(
            *(intake.take(make(0, 1, line=f"l{n}")) for n in range(3)), return_exceptions=True
        )
        assert [type(one) for one in results] == [OSError] * 3
        assert "disk full" in (intake.trouble or "")
        monkeypatch.setattr(journal, "append", real)
        await intake.take(make(0, 1))
        assert intake.trouble is None


async def together(journal: SqliteJournal, intake: JournalIntake, *blocks: Block) -> list[Any]:
    """What comes of blocks that are given while another commit is under way: they share the next one."""
    act = Act(time=1, kind="x", id="first")
    with journal.database.write():
        first = asyncio.create_task(intake.take(Block(acts=(act,))), name="first")
        await asyncio.sleep(0.05)
        given = [asyncio.create_task(intake.take(block), name="given") for block in blocks]
        await asyncio.sleep(0.05)
    await first
    return await asyncio.gather(*given, return_exceptions=True)


async def test_readings_that_wait_for_a_file_hold_up_no_other_source(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block]
) -> None:
    """Whether a late reading is known, a file says that is away: its source waits, and it is told; the others are taken.

    Each block has 4 sensors once a second. Sealed are 10 s of line A: 40 readings. They come again while the file is away,
    together with 1 s of line B: those 4 are taken. When the file is back, the 40 are known.
    """
    async with JournalIntake(journal, tick_every=0) as intake:
        await intake.take(make(0, 10, line="A"))
        Sealer(archive, ArchiveSettings()).seal()
        archive = ParquetArchive(archive.directory, journal)
        (path,) = archive.directory.glob("*/*.parquet")
        path.rename(path.with_suffix(".away"))
        again, other = await together(journal, intake, make(0, 10, line="A"), make(20, 1, line="B"))
        assert other is None
        assert journal.books().waiting == 4
        assert isinstance(again, OSError)  # for which sources wait
        assert "00000001.parquet" in str(again)
        assert intake.unanswered == str(again)
        assert intake.trouble is None
        path.with_suffix(".away").rename(path)
        await intake.take(make(0, 10, line="A"))
        books = journal.books()
        assert (books.stored, books.duplicate, books.waiting, books.balance) == (40, 40, 4, 0)


async def test_what_one_source_gives_wrongly_is_told_to_it_alone(
    journal: SqliteJournal, make: Callable[..., Block], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block that cannot be committed, whatever is wrong with it, takes no other block with it."""
    real = journal.append

    def strange(block: Block) -> int | None:
        if any(series.line == "A" for series in block.series):
            raise ValueError("strange")
        return real(block)

    monkeypatch.setattr(journal, "append", strange)
    async with JournalIntake(journal, tick_every=0) as intake:
        found = await together(journal, intake, make(0, 1, line="A"), make(0, 1, line="B"))
    assert [type(one) for one in found] == [ValueError, type(None)]
    assert journal.books().waiting == 4
