"""What programs hand in is durable at once and reaches the journal exactly once, wherever it is killed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.errors import PostedFullError, PostedOtherwiseError
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from ingest.posted import Batch, Posted
from ingest.posted_taker import PostedTaker
from readings.block import Block, BlockBuilder
from readings.inputs import Act, Series
from readings.ports import Intake, Quarantined
from readings.times import DAY

AIR = Series("cold-3", "air")


@pytest.fixture
def posted(tmp_path: Path) -> Iterator[Posted]:
    found = Posted(tmp_path / "posted.db")
    yield found
    found.close()


def block(*times: int) -> Block:
    builder = BlockBuilder()
    for time in times:
        builder.reading(AIR, time=time, value=-20.0, raw=math.nan, received=time)
    builder.act(Act(time=times[0], kind="evidence.given", line="cold-3", id=f"e{times[0]}"))
    return builder.build()


def aside(time: int) -> Quarantined:
    return Quarantined("http json ns", b"warm", "no number", time, readings=2, origin="mes")


def taker(posted: Posted, intake: Intake, journal: SqliteJournal) -> PostedTaker:
    return PostedTaker(posted._database.path, intake, lies=journal.quarantined.lies, counts={})


def test_the_same_key_is_one_batch(posted: Posted, tmp_path: Path) -> None:
    """It is answered again with the first answer, over a restart; with other words it is refused."""
    batch = Batch("mes", block(1), aside(1))
    assert posted.put(batch, b"first", key="k", request=b"r") == b"first"
    again = Posted(tmp_path / "posted.db")
    assert again.put(Batch("mes", block(2)), b"second", key="k", request=b"r") == b"first"
    with pytest.raises(PostedOtherwiseError):
        again.put(batch, b"third", key="k", request=b"other")
    again.put(batch, b"x")
    again.put(batch, b"y")
    assert again.waiting().batches == 3
    again.close()


def test_a_key_is_remembered_for_a_day(tmp_path: Path) -> None:
    """After it was taken; what is not taken yet is never forgotten."""
    now = [DAY]
    posted = Posted(tmp_path / "posted.db", now=lambda: now[0])
    posted.put(Batch("mes", block(1)), b"a", key="taken", request=b"r")
    posted.taken([number for number, _ in posted.next()])
    posted.put(Batch("mes", block(2)), b"b", key="waits", request=b"r")
    now[0] += DAY + 1
    assert posted.put(Batch("mes", block(1)), b"new", key="taken", request=b"s") == b"new"
    assert posted.put(Batch("mes", block(2)), b"new", key="waits", request=b"r") == b"b"
    posted.close()


def test_there_is_a_bound(tmp_path: Path) -> None:
    """Beyond it nothing is taken, and that is said; there is room again when the journal has it."""
    posted = Posted(tmp_path / "posted.db", most=len(block(1).encode()) + 10)
    posted.put(Batch("mes", block(1)), b"")
    with pytest.raises(PostedFullError, match="wait for the record process"):
        posted.put(Batch("mes", block(2)), b"")
    posted.taken([1])
    posted.put(Batch("mes", block(2)), b"")
    posted.close()


async def test_taken_once(posted: Posted, journal: SqliteJournal) -> None:
    """Readings, acts and what was set aside; killed before it is marked, nothing of it is there twice."""
    posted.put(Batch("mes", block(1, 2), aside(1)), b"")
    posted.put(Batch("mes", block(3)), b"")
    async with JournalIntake(journal) as intake:
        assert await taker(posted, intake, journal).take(posted) == 2
        with posted._database.write() as connection:  # as if it was killed between the commit and the mark
            connection.execute("DELETE FROM batch")
        posted.put(Batch("mes", block(1, 2), aside(1)), b"")
        posted.put(Batch("mes", block(3)), b"")
        begun_again = taker(posted, intake, journal)
        assert await begun_again.take(posted) == 2
        assert await begun_again.take(posted) == 0
    books = journal.books()
    assert (books.acquired, books.duplicate, books.quarantined, books.waiting) == (8, 3, 2, 3)
    assert books.balance == 0
    assert len(journal.quarantined.items()) == 1
    assert len(journal.acts()) == 2
    assert posted.waiting().batches == 0


class _Full:
    """An intake that takes nothing."""

    def __init__(self) -> None:
        self.asked = 0

    async def take(self, _block: Block) -> None:
        self.asked += 1
        raise OSError(28, "no space left")

    async def quarantine(self, _item: Quarantined) -> None:
        raise OSError(28, "no space left")


async def test_what_is_not_durable_waits(posted: Posted, journal: SqliteJournal) -> None:
    """A full disk is told, and waited for; then it arrives by itself."""
    posted.put(Batch("mes", block(1), aside(1)), b"")
    full = _Full()
    waits = taker(posted, full, journal)
    task = asyncio.create_task(waits.run(every=0.01), name="posted")
    async with asyncio.timeout(10):
        while waits.trouble is None:  # noqa: ASYNC110 - the taker tells nobody
            await asyncio.sleep(0.01)
    task.cancel()
    assert "no space left" in str(waits.trouble)
    assert posted.waiting().batches == 1
    async with JournalIntake(journal) as intake:
        task = asyncio.create_task(taker(posted, intake, journal).run(every=0.01), name="posted")
        async with asyncio.timeout(10):
            while posted.waiting().batches:  # noqa: ASYNC110 - the file belongs to other processes and tells nobody
                await asyncio.sleep(0.01)
        task.cancel()
    assert journal.books().acquired == 3


async def test_what_nobody_foresaw_ends_no_record(
    posted: Posted, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong when a batch is handed over, it is told, and the batch waits."""
    posted.put(Batch("mes", block(1), aside(1)), b"")

    async def strange(_: Block) -> None:
        raise ValueError("strange")

    full = _Full()
    monkeypatch.setattr(full, "take", strange)
    waits = taker(posted, full, journal)
    task = asyncio.create_task(waits.run(every=0.01), name="posted")
    async with asyncio.timeout(10):
        while waits.trouble is None:  # noqa: ASYNC110 - the taker tells nobody
            await asyncio.sleep(0.01)
    assert waits.trouble == "what programs hand in waits: ValueError('strange')"
    assert not task.done()
    task.cancel()
    assert posted.waiting().batches == 1


async def test_live_readings_do_not_wait_behind_what_was_handed_in(
    posted: Posted, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is taken in parts (of 1 MiB here, about 20,000 readings): one of now comes between them, not behind all 100,000."""
    monkeypatch.setattr("ingest.posted._BYTES_AT_ONCE", 1 << 20)
    air, door = Series("cold-3", "air"), Series("cold-3", "door")
    for number in range(20):
        builder = BlockBuilder()
        for time in range(5_000):
            builder.reading(air, time=number * 5_000 + time + 1, value=-20.0, raw=math.nan, received=1)
        posted.put(Batch("", builder.build()), b"")
    live = BlockBuilder()
    live.reading(door, time=10**9, value=1.0, raw=1.0, received=10**9)
    async with JournalIntake(journal) as intake:
        task = asyncio.create_task(taker(posted, intake, journal).run(every=0.01), name="posted")
        async with asyncio.timeout(10):
            while journal.books().acquired == 0:  # noqa: ASYNC110 - the file tells nobody
                await asyncio.sleep(0)
            await intake.take(live.build())
        behind = journal.books().acquired
        assert posted.waiting().batches > 10
        async with asyncio.timeout(20):
            while posted.waiting().batches:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        task.cancel()
    assert behind < 50_000
    assert journal.books().acquired == 100_001


async def test_what_cannot_be_read_back_is_set_aside(posted: Posted, journal: SqliteJournal) -> None:
    """It stops nothing, is told, and stays."""
    posted.put(Batch("mes", block(1)), b"", key="bad", request=b"")
    posted.put(Batch("mes", block(2)), b"")
    with posted._database.write() as connection:
        connection.execute("UPDATE batch SET block = x'00' WHERE id = 'bad'")
    async with JournalIntake(journal) as intake:
        waits = taker(posted, intake, journal)
        task = asyncio.create_task(waits.run(every=0.01), name="posted")
        async with asyncio.timeout(10):
            while waits.trouble is None or posted.waiting().batches > 1:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        task.cancel()
    assert "bad" in str(waits.trouble)
    assert list(posted.refused()) == ["bad"]
    assert journal.books().acquired == 1
