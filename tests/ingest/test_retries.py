"""What lies in quarantine, tried again: taken once and settled in the same commit, or left with the answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ingest.archive import ParquetArchive
from ingest.errors import QuarantineError
from ingest.influx import InfluxWriter
from ingest.intake import Clock
from ingest.journal import SqliteJournal
from ingest.quarantine import Outcome, Side
from ingest.retries import Retries
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from ingest.transport import Answer
from readings.block import Block, BlockBuilder
from readings.errors import HaccplineError
from readings.inputs import Series
from readings.ports import Books, Quarantined
from readings.quality import Quality
from readings.times import SECOND

MESSAGE = Quarantined("mqtt a/b", b"18,5", "not a number", 5_000, readings=1, origin="broker")
POINT = Quarantined("influxdb", b"reading x=1 5", "type conflict", 6, readings=0)


def read(item: Quarantined) -> Block:
    """Today's mapping: a comma is a decimal point."""
    builder = BlockBuilder()
    try:
        value = float(item.payload.decode().replace(",", "."))
    except ValueError as error:
        raise HaccplineError(f"still no number: {item.payload!r}") from error
    builder.reading(Series("cs1", "air"), time=item.time, value=value, received=item.time)
    return builder.build()


class Way:
    """Answers one thing to every write."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.written = answer, list[bytes]()

    async def write(self, lines: bytes) -> Answer:
        self.written.append(lines)
        return self.answer

    async def prepare(self) -> None: ...

    async def close(self) -> None: ...


async def test_a_message_becomes_a_reading_once(journal: SqliteJournal) -> None:
    """Read by today's mapping, at the time at which it came; settled with who and why; never taken twice."""
    number = journal.quarantined.put(MESSAGE)
    journal.quarantined.ask(number, who="li", why="decimal comma")
    retries = Retries(journal, read, None)
    await retries.work()
    await retries.work()
    item = journal.quarantined.item(number)
    assert (item.outcome, item.who, item.why, item.asked_by) == (
        Outcome.REDRIVEN,
        "li",
        "decimal comma",
        None,
    )
    (_, block), *_ = journal.read(0)
    assert (block.value.tolist(), block.time.tolist()) == ([18.5], [5_000])
    assert journal.books() == Books(acquired=1, stored=0, duplicate=0, quarantined=0, waiting=1)
    with pytest.raises(QuarantineError, match="was redriven by li"):
        journal.quarantined.ask(number, who="wang", why="again")


async def test_one_that_is_known_already_is_a_duplicate(journal: SqliteJournal) -> None:
    """A message whose reading came another way meanwhile: settled, counted as a duplicate, stored once."""
    journal.append(read(MESSAGE))
    number = journal.quarantined.put(MESSAGE)
    journal.quarantined.ask(number, who="li", why="x")
    await Retries(journal, read, None).work()
    assert journal.quarantined.item(number).outcome is Outcome.REDRIVEN
    assert journal.books() == Books(acquired=2, stored=0, duplicate=1, quarantined=0, waiting=1)


async def test_a_time_ahead_of_when_it_came_is_not_believed(journal: SqliteJournal) -> None:
    """As when it comes: a reading from more than 5 min ahead is uncertain, however late its message is read.

    The message came at 5 us; 5 min are 300,000,000,000 ns. Played back, time is what readings say.
    """
    for ahead, clock, quality in (
        (300 * SECOND, Clock.WALL, Quality.GOOD),
        (300 * SECOND + 1, Clock.WALL, Quality.UNCERTAIN),
        (300 * SECOND + 2, Clock.READINGS, Quality.GOOD),
    ):
        number = journal.quarantined.put(MESSAGE)
        journal.quarantined.ask(number, who="li", why="decimal comma")
        time = 5_000 + ahead
        late = BlockBuilder()
        late.reading(Series("cs1", "air"), time=time, value=18.5, received=5_000)
        block = late.build()
        await Retries(journal, lambda _, block=block: block, None, clock=clock).work()
        (_, taken), *_ = journal.read(journal.last() - 1)
        assert (taken.time.tolist(), taken.quality.tolist()) == ([time], [quality])


async def test_one_whose_file_is_away_holds_up_no_other(
    journal: SqliteJournal, archive: ParquetArchive
) -> None:
    """Where a file of the archive would say whether it is known, it stays with the answer; the next one is taken."""
    journal.append(read(MESSAGE))
    Sealer(archive, ArchiveSettings()).seal()
    archive = ParquetArchive(archive.directory, journal)
    (path,) = archive.directory.glob("*/*.parquet")
    path.unlink()
    first, second = (journal.quarantined.put(each) for each in (MESSAGE, replace(MESSAGE, time=6_000)))
    for number in (first, second):
        journal.quarantined.ask(number, who="li", why="x")
    await Retries(journal, read, None).work()
    assert path.name in (journal.quarantined.item(first).answer or "")
    assert journal.quarantined.item(second).outcome is Outcome.REDRIVEN


async def test_what_nobody_foresaw_ends_no_record(journal: SqliteJournal) -> None:
    """Whatever goes wrong in looking for what can be read now, it is looked for again."""
    asked = []

    def explained() -> None:
        asked.append(1)
        if len(asked) == 1:
            raise KeyError("strange")

    task = asyncio.create_task(
        Retries(journal, read, None, explained=explained).run(every=0.01), name="retries"
    )
    async with asyncio.timeout(20):
        while len(asked) < 3:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    task.cancel()


async def test_what_still_cannot_be_read_stays(journal: SqliteJournal) -> None:
    """It waits with the answer, counts as before, and can be asked for again."""
    number = journal.quarantined.put(Quarantined("mqtt a/b", b"warm", "not a number", 5))
    journal.quarantined.ask(number, who="li", why="x")
    await Retries(journal, read, None).work()
    item = journal.quarantined.item(number)
    assert (item.outcome, item.asked_by, item.answer) == (None, None, "still no number: b'warm'")
    assert journal.books() == Books(acquired=1, stored=0, duplicate=0, quarantined=1, waiting=0)
    journal.quarantined.ask(number, who="li", why="y")
    assert journal.quarantined.item(number).answer is None


async def test_a_full_journal_keeps_the_question(journal: SqliteJournal) -> None:
    """Where nothing can be committed, it is still asked for, and done once there is room."""
    number = journal.quarantined.put(MESSAGE)
    journal.quarantined.ask(number, who="li", why="x")
    journal.full = "at its bound"
    retries = Retries(journal, read, None)
    with pytest.raises(OSError, match="at its bound"):
        await retries.work()
    assert [item.id for item in journal.quarantined.asked()] == [number]
    assert journal.books().balance == 0
    journal.full = None
    await retries.work()
    assert journal.quarantined.item(number).outcome is Outcome.REDRIVEN


async def test_points_are_sent_again(journal: SqliteJournal) -> None:
    """Taken by the server: settled. Refused, or without an InfluxDB: it stays, with the answer."""
    number = journal.quarantined.put(POINT, side=Side.COPY)
    for answer, words in ((Answer(400, "conflict"), "refused again: conflict"), (None, "no influxdb")):
        writer = None if answer is None else InfluxWriter(journal, Way(answer), [])
        journal.quarantined.ask(number, who="li", why="x")
        await Retries(journal, read, writer).work()
        assert words in (journal.quarantined.item(number).answer or "")
    way = Way(Answer(204))
    journal.quarantined.ask(number, who="li", why="field dropped")
    await Retries(journal, read, InfluxWriter(journal, way, [])).work()
    assert way.written == [POINT.payload]
    assert journal.quarantined.item(number).outcome is Outcome.REDRIVEN
    assert journal.quarantined.count() == 0


def test_nobody_asks_for_nothing(journal: SqliteJournal) -> None:
    """No name, no reason, no such item: refused."""
    number = journal.quarantined.put(MESSAGE)
    for who, why in (("", "x"), ("li", " ")):
        with pytest.raises(QuarantineError, match="name who"):
            journal.quarantined.ask(number, who=who, why=why)
    with pytest.raises(QuarantineError, match="no item 99"):
        journal.quarantined.ask(99, who="li", why="x")
