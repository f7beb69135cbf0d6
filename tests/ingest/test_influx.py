"""The copy in InfluxDB: nothing lost, nothing doubled, all told, whatever the server says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

from ingest.archive import ParquetArchive
from ingest.errors import InfluxError, InfluxUnreachableError, LineProtocolError, QuarantineError
from ingest.influx import Feed, InfluxWriter
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from ingest.lineprotocol import verdict_line
from ingest.quarantine import Outcome, Side
from ingest.reading_feed import READINGS_CURSOR, reading_feeds
from ingest.sealer import Sealer
from ingest.settings import InfluxSettings
from ingest.transport import Answer, seconds_asked, transport
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.times import HOUR


class Server:
    """Keeps the lines that it takes and answers what it is told to; for what a real server cannot be made to say."""

    def __init__(
        self, *answers: Answer | Exception, refuses: Callable[[bytes], bool] = lambda _: False
    ) -> None:
        self.answers = list(answers)
        self.refuses = refuses
        self.stored: list[bytes] = []
        self.requests = 0
        self.prepared = 0
        self.most = 10**9

    async def write(self, lines: bytes) -> Answer:
        self.requests += 1
        given = lines.split(b"\n")
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if len(given) > self.most:
            return Answer(413, "too large")
        if any(self.refuses(line) for line in given):
            return Answer(422, "unprocessable: says why")
        self.stored += given
        return Answer(204)

    async def prepare(self) -> None:
        self.prepared += 1

    async def close(self) -> None:
        pass


@asynccontextmanager
async def writing(writer: InfluxWriter) -> AsyncIterator[None]:
    task = asyncio.create_task(writer.run(), name="writer")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], Any], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not happen"
        await asyncio.sleep(0.01)


def lines_feed(lines: list[bytes], name: str = "verdicts") -> Feed:
    return Feed(name, lambda after: (len(lines), lines[after:]))


async def copied(journal: SqliteJournal, server: Server, lines: list[bytes], **more: Any) -> InfluxWriter:
    writer = InfluxWriter(journal, server, [lines_feed(lines)], pauses=(0.01, 0.02), linger=0, **more)
    async with writing(writer):
        await until(lambda: journal.cursor("verdicts") == len(lines))
    return writer


LINES = [b"m,a=b x=%d.0 %d" % (number, number) for number in range(100)]


async def test_waits_out_what_passes(journal: SqliteJournal) -> None:
    """No answer, 429, 500 and 503: the same lines are sent again until they are stored; the cursor waits."""
    server = Server(
        InfluxUnreachableError("gone"), Answer(429, "slow", 0.01), Answer(500), Answer(503, "busy", 0.01)
    )
    writer = await copied(journal, server, LINES)
    assert server.stored == LINES
    assert journal.quarantined.count() == 0
    assert writer.status["verdicts"].trouble is None
    assert writer.status["verdicts"].written == 100


async def test_what_nobody_foresaw_ends_no_record(journal: SqliteJournal) -> None:
    """An error that is none of ours, of a library or of the interpreter, is told, and the lines go once it has passed."""
    server = Server(SystemError("AST constructor recursion depth mismatch"))
    writer = InfluxWriter(journal, server, [lines_feed(LINES)], linger=0.0, pauses=(0.2, 0.2))
    async with writing(writer):
        await until(lambda: "recursion depth" in (writer.status["verdicts"].trouble or ""))
        await until(lambda: writer.status["verdicts"].trouble is None)
    assert server.stored == LINES


async def test_trouble_that_has_passed_is_told_no_longer(journal: SqliteJournal) -> None:
    """What could not be read for a moment is none once it can, though there is nothing to send: of verdicts, for days."""
    errors = [OSError(5, "I/O error")]

    def read(after: int) -> tuple[int, list[bytes]]:
        if errors:
            raise errors.pop()
        return after, []

    writer = InfluxWriter(journal, Server(), [Feed("verdicts", read)], linger=0.0, pauses=(0.2, 0.2))
    async with writing(writer):
        await until(lambda: "I/O error" in (writer.status["verdicts"].trouble or ""))
        await until(lambda: writer.status["verdicts"].trouble is None)


async def test_retry_after_is_heeded(journal: SqliteJournal) -> None:
    """A server that asks for a pause gets it, not a shorter one."""
    began = time.monotonic()
    await copied(journal, Server(Answer(503, "", 0.4)), LINES)
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize("status", [401, 403, 405])
async def test_a_wrong_configuration_keeps_everything(journal: SqliteJournal, status: int) -> None:
    """Not allowed: nothing is set aside, the trouble is told as one that a person has to end."""
    server = Server(*[Answer(status, "unauthorized: token")] * 1000)
    writer = InfluxWriter(journal, server, [lines_feed(LINES)], pauses=(0.01, 0.02))
    async with writing(writer):
        await until(lambda: server.requests > 5)
        assert writer.status["verdicts"].configuration
        assert "unauthorized" in (writer.status["verdicts"].trouble or "")
        assert journal.cursor("verdicts") == 0
        server.answers.clear()
        await until(lambda: journal.cursor("verdicts") == 100)
    assert server.stored == LINES
    assert journal.quarantined.count() == 0
    assert not writer.status["verdicts"].configuration


async def test_what_is_missing_is_created(journal: SqliteJournal) -> None:
    """At the start, and again on 404: database or bucket are created, and the lines are sent again."""
    server = Server(Answer(404, "database not found"))
    await copied(journal, server, LINES)
    assert server.prepared == 2
    assert server.stored == LINES


async def test_no_right_to_create_is_no_reason_to_stop(journal: SqliteJournal) -> None:
    """A server that refuses to create anything is written to all the same: what is needed may be there."""

    class Strict(Server):
        async def prepare(self) -> None:
            raise InfluxError("not allowed")

    server = Strict()
    await copied(journal, server, LINES)
    assert server.stored == LINES


async def test_too_large_is_halved(journal: SqliteJournal) -> None:
    """413: in halves, in order, until it fits."""
    server = Server()
    server.most = 30
    await copied(journal, server, LINES)
    assert server.stored == LINES


async def test_poison_is_found_alone(journal: SqliteJournal) -> None:
    """422: halved down to the lines that are refused alone; the others arrive, these keep the server's words."""
    poison = {LINES[3], LINES[50], LINES[51]}
    server = Server(refuses=poison.__contains__)
    writer = await copied(journal, server, LINES)
    assert server.stored == [line for line in LINES if line not in poison]
    items = journal.quarantined.items(side=Side.COPY)
    assert [item.what.payload for item in items] == [LINES[3], LINES[50], LINES[51]]
    assert all("says why" in item.what.reason for item in items)
    assert writer.status["verdicts"].poison == 3


async def test_poison_is_driven_again(journal: SqliteJournal) -> None:
    """Once there is room for it a person sends it again, with name and reason; refused again, it stays."""
    server = Server(refuses=lambda line: line == LINES[3])
    writer = await copied(journal, server, LINES)
    (item,) = journal.quarantined.items()
    with pytest.raises(QuarantineError, match="refused again: unprocessable"):
        await writer.redrive(item.id, who="li", why="field dropped")
    server.refuses = lambda _: False
    done = await writer.redrive(item.id, who="li", why="field dropped")
    assert done.outcome is Outcome.REDRIVEN
    assert server.stored[-1] == LINES[3]


async def test_a_full_disk_of_ours_repeats(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the cursor cannot be written down, the lines are sent again and nothing is skipped."""
    real, failures = journal.advance, [OSError(28, "disk full")] * 2

    def advance(name: str, position: int) -> None:
        if failures:
            raise failures.pop()
        real(name, position)

    monkeypatch.setattr(journal, "advance", advance)
    server = Server()
    await copied(journal, server, LINES)
    assert server.stored == LINES * 3


async def test_a_name_no_server_reads(journal: SqliteJournal, archive: ParquetArchive) -> None:
    """A series whose name cannot be a tag is set aside with the reason; its neighbours are copied."""
    builder = BlockBuilder()
    for name in ("good", "bad\\", "fine"):
        builder.reading(Series("cs1", name), time=5, value=1.0, received=6)
    journal.append(builder.build())
    server = Server()
    writer = InfluxWriter(journal, server, [*reading_feeds(journal, archive, "p")], linger=0)
    async with writing(writer):
        await until(lambda: journal.cursor(READINGS_CURSOR) == 1)
    assert [line.split(b",")[3] for line in server.stored] == [b"sensor=good", b"sensor=fine"]
    (item,) = journal.quarantined.items(side=Side.COPY)
    assert "cannot be a tag" in item.what.reason
    with pytest.raises(LineProtocolError):
        reading_feeds(journal, archive, "site\\")


async def test_begins_where_the_journal_does(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block], clock: Any
) -> None:
    """A copy that is set up later begins with the oldest block that the journal still has."""
    journal.append(make(0, 10))
    sealer.seal()
    clock.now += 2 * HOUR
    assert journal.trim(readers=[], keep=HOUR) == 1
    journal.append(make(10, 10))
    reached, lines = reading_feeds(journal, archive, "p")[0].read(0)
    assert (reached, len(lines)) == (2, 40)


def test_retry_after_in_both_forms() -> None:
    """Seconds, or a date; nonsense is none."""
    assert seconds_asked("7", 0) == 7
    assert seconds_asked("Thu, 01 Jan 1970 00:01:40 GMT", 90) == 10
    assert seconds_asked("soon", 0) is None
    assert seconds_asked(None, 0) is None


def query(url: str, q: str) -> dict[str, Any]:
    answer = httpx.post(f"{url}/query", params={"db": "haccpline", "q": q})
    assert answer.is_success, answer.text
    return answer.json()


def count(url: str, what: str = "count(quality)", of: str = "reading") -> int:
    series = query(url, f"SELECT {what} FROM {of}")["results"][0].get("series")
    return int(series[0]["values"][0][1]) if series else 0


@pytest.mark.server
async def test_server_stopped_under_load(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], influxd: Any
) -> None:
    """InfluxDB is stopped for seconds under load, then started: every reading is there once, told meanwhile."""
    settings = InfluxSettings(url=influxd.url)
    async with JournalIntake(journal) as intake:
        writer = InfluxWriter(
            journal,
            transport(settings),
            [*reading_feeds(journal, archive, "plant")],
            listen=intake.listen,
            linger=0.05,
            pauses=(0.1, 0.5),
        )
        async with writing(writer):
            for second in range(300):
                await intake.take(make(second, 1, sensors=20))
                if second == 100:
                    influxd.stop()
                if second == 250:
                    await until(lambda: "does not answer" in (writer.status[READINGS_CURSOR].trouble or ""))
                    await asyncio.sleep(0.5)
                    influxd.start()
                await asyncio.sleep(0.002)
            await until(lambda: count(influxd.url) == 6000)
            await until(lambda: writer.status[READINGS_CURSOR].trouble is None)
    assert journal.quarantined.count() == 0
    assert journal.books().balance == 0
    bad = sum(int((block.quality == 2).sum()) for _, block in journal.read(0, 10_000))
    assert count(influxd.url, "count(value)") == 6000 - bad


@pytest.mark.server
async def test_restarted_writer_doubles_nothing(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], influxd: Any
) -> None:
    """A writer that is ended in the middle and begins again leaves each point once."""
    for second in range(50):
        journal.append(make(second * 10, 10))
    for _ in range(8):
        writer = InfluxWriter(
            journal,
            transport(InfluxSettings(url=influxd.url)),
            [*reading_feeds(journal, archive, "plant")],
            linger=0,
        )
        async with writing(writer):
            await asyncio.sleep(0.03)
    writer = InfluxWriter(
        journal,
        transport(InfluxSettings(url=influxd.url)),
        [*reading_feeds(journal, archive, "plant")],
        linger=0,
    )
    async with writing(writer):
        await until(lambda: journal.cursor(READINGS_CURSOR) == 50)
    assert count(influxd.url) == 2000


@pytest.mark.server
async def test_poison_on_a_real_server(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], influxd: Any
) -> None:
    """A point whose field has another type: set aside with the server's words; all others arrive."""
    settings = InfluxSettings(url=influxd.url)
    await transport(settings).prepare()
    journal.append(make(0, 100))
    poison = verdict_line(
        site="p", line="l", ccp="c", limit="x", unit="-", time=5, verdict="ok", revision=1
    ).replace(b"revision=1i", b"revision=1.5")
    good = [
        verdict_line(site="p", line="l", ccp="c", limit="x", unit="-", time=t, verdict="ok", revision=0)
        for t in range(10, 60)
    ]
    writer = InfluxWriter(
        journal,
        transport(settings),
        [lines_feed([*good[:25], poison, *good[25:]]), *reading_feeds(journal, archive, "plant")],
        linger=0,
    )
    async with writing(writer):
        await until(lambda: journal.cursor("verdicts") == 51 and journal.cursor(READINGS_CURSOR) == 1)
    (item,) = journal.quarantined.items(side=Side.COPY)
    assert item.what.payload == poison
    assert "field type conflict" in item.what.reason
    assert count(influxd.url, "count(revision)", "verdict") == 50
    assert count(influxd.url) == 400
    assert journal.books().balance == 0


@pytest.mark.server
async def test_readings_are_driven_again(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], influxd: Any, t0: int
) -> None:
    """Readings that a foreign field of the same name keeps out are set aside, and arrive once it is gone."""
    settings = InfluxSettings(url=influxd.url)
    way = transport(settings)
    await way.prepare()
    foreign = b'reading,line=cs1,point=1,sensor=s0,site=plant value="text" %d' % (t0 - 5)
    assert (await way.write(foreign)).ok
    block: Block = make(0, 1, bad=0)
    journal.append(block)
    writer = InfluxWriter(journal, way, [*reading_feeds(journal, archive, "plant")], linger=0)
    async with writing(writer):
        await until(lambda: journal.cursor(READINGS_CURSOR) == 1)
    items = journal.quarantined.items(side=Side.COPY)
    assert len(items) == 4
    assert count(influxd.url, "count(quality)") == 0
    query(influxd.url, "DROP MEASUREMENT reading")
    writer = InfluxWriter(journal, transport(settings), [])
    for item in items:
        await writer.redrive(item.id, who="li", why="measurement dropped")
    assert count(influxd.url, "count(quality)") == 4
    assert journal.quarantined.count() == 0
