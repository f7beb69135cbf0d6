"""The archive: what was journalled, by line, sealed or not, exactly once."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.archive import ParquetArchive
from ingest.errors import ArchiveError, StoreError
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from ingest.tail import Tail
from readings.beside import Here
from readings.block import Block, BlockBuilder, join
from readings.inputs import Series
from readings.times import ALWAYS, DAY, HOUR, MINUTE, NEVER, SECOND


def test_segments_hold_the_journal(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    rows: Callable[[Block], list[tuple[Any, ...]]],
) -> None:
    """A segment is a line's readings in journal order, with the position of each; lines are kept apart."""
    for start in range(0, 100, 10):
        journal.append(join([make(start, 10), make(start, 10, line="oven 2", sensors=2)]))
    made = sealer.seal()
    assert {segment.line for segment in made} == {"cs1", "oven 2"}
    for line, sensors in (("cs1", 4), ("oven 2", 2)):
        segments = archive.segments(line)
        assert [segment.number for segment in segments] == list(range(1, len(segments) + 1))
        found = [archive.segment_rows(segment) for segment in segments]
        wanted = [make(start, 10, line=line, sensors=sensors) for start in range(0, 100, 10)]
        assert [row for one in found for row in rows(one.block)] == [
            row for one in wanted for row in rows(one)
        ]
        positions = np.concatenate([one.position for one in found])
        assert positions.tolist() == np.repeat(np.arange(1, 11), 10 * sensors).tolist()
        assert segments[0].first == 1
    assert archive.segments("cs1", after=1)[0].number == 2
    assert journal.books().waiting == 0
    assert journal.books().balance == 0


def test_reads_sealed_and_unsealed(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    rows: Callable[[Block], list[tuple[Any, ...]]],
) -> None:
    """A read gives the same before sealing, after it, and with one part on either side."""
    series = [Series("cs1", "s2"), Series("cs1", "s0")]
    expected = None
    for cut in (0, 5, 10):
        for start in range(cut and cut * 10 - 50, cut * 10, 10):
            journal.append(make(start, 10))
        sealer.seal()
    for start in range(100, 150, 10):
        journal.append(make(start, 10))
    found = archive.read(series, 0, NEVER)
    everything = join([make(start, 10) for start in range(0, 150, 10)])
    for one in series:
        expected = everything.take(everything.which == everything.series.index(one))
        mine = found.block.take(found.block.which == found.block.series.index(one))
        assert rows(mine) == rows(expected)
    names = [found.block.series[which] for which in found.block.which.tolist()]
    assert names == [series[0]] * 150 + [series[1]] * 150, "in the order of the series asked for"
    assert found.position.tolist() == np.repeat(np.arange(1, 16), 10).tolist() * 2
    sealer.seal()
    again = archive.read(series, 0, NEVER)
    assert rows(again.block) == rows(found.block)


def test_whoever_reads_waits_for_what_came_since_alone(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the sealer has looked at in the meantime is not decoded again: of seven blocks, one."""
    for start in range(0, 60, 10):
        journal.append(make(start, 10))
    sealer.work()
    journal.append(make(60, 10))
    decoded, decode = [], Block.decode
    monkeypatch.setattr(Block, "decode", lambda data: decoded.append(data) or decode(data))
    block = archive.read(archive.series(), 0, NEVER).block
    assert (len(block), len(decoded)) == (4 * 70, 1)


def test_read_keeps_to_its_span(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block], t0: int
) -> None:
    """start <= time < end, to the nanosecond, whether sealed or not."""
    builder = BlockBuilder()
    series = Series("cs1", "air")
    for offset in range(5):
        builder.reading(series, time=t0 + offset, value=float(offset), received=t0)
    journal.append(builder.build())
    for _ in range(2):
        assert archive.read([series], t0 + 1, t0 + 4).block.time.tolist() == [t0 + 1, t0 + 2, t0 + 3]
        sealer.seal()
    assert len(archive.read([Series("cs1", "nobody")], 0, NEVER).position) == 0


def test_exact_to_the_bit(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    rows: Callable[[Block], list[tuple[Any, ...]]],
) -> None:
    """Odd numbers survive: minus zero, the smallest, times in ns, counters, large raw numbers."""
    builder = BlockBuilder()
    series = Series("cs1", "odd", "CS1.2")
    numbers = (0.0, -0.0, 5e-324, 1.7976931348623157e308, -18.3, 1 / 3)
    for place, number in enumerate(numbers):
        builder.reading(
            series, time=1_234_567_890_123_456_789 + place, value=number, raw=2.0**60, received=-5, seq=place
        )
    block = builder.build()
    journal.append(block)
    sealer.seal()
    found = archive.segment_rows(archive.segments("cs1")[0]).block
    assert rows(found) == rows(block)
    assert found.value.view(np.int64).tolist() == block.value.view(np.int64).tolist()
    assert found.series == (series,)


def test_streams_in_time_order(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    rows: Callable[[Block], list[tuple[Any, ...]]],
) -> None:
    """All readings of a line by time, then series, however late they came and wherever they lie."""
    order = [3, 0, 9, 1, 2, 8, 4, 7, 5, 6]
    for number, ten in enumerate(order):
        journal.append(make(ten * 10, 10))
        if number % 3 == 2:
            sealer.seal()
    found = join(list(archive.stream("cs1", 0, NEVER)))
    everything = join([make(start, 10) for start in range(0, 100, 10)])
    assert rows(found) == sorted(rows(everything), key=lambda row: (row[1], row[0]))
    middle = join(list(archive.stream("cs1", int(everything.time[100]), int(everything.time[200]))))
    assert rows(middle) == sorted(rows(everything), key=lambda row: (row[1], row[0]))[100:200]


def test_compaction_keeps_segments(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    rows: Callable[[Block], list[tuple[Any, ...]]],
    clock: Any,
) -> None:
    """When a day is over its files become one; segments keep number, rows and order; reads do not change."""
    for start in range(0, 200, 10):
        journal.append(make(start, 10))
        sealer.seal_due()
        if start == 100:
            journal.append(make(0, 5, seed=9))  # late truth lies in a later segment
        clock.now += MINUTE
    sealer.seal()
    before = [rows(archive.segment_rows(one).block) for one in archive.segments("cs1")]
    read = rows(archive.read([Series("cs1", "s1")], 0, NEVER).block)
    streamed = rows(join(list(archive.stream("cs1", 0, NEVER))))
    clock.now += DAY
    assert sealer.compact() == len(before) > 3
    files = sorted(archive.directory.rglob("*.parquet"))
    assert sealer.compact() == 0, "once is enough"
    assert [rows(archive.segment_rows(one).block) for one in archive.segments("cs1")] == before
    assert rows(archive.read([Series("cs1", "s1")], 0, NEVER).block) == read
    assert rows(join(list(archive.stream("cs1", 0, NEVER)))) == streamed
    assert journal.append(replace(make(0, 10), tick=None)) is None, "known, in a compacted file too"
    clock.now += DAY + HOUR
    sealer.compact()
    left = sorted(archive.directory.rglob("*.parquet"))
    assert len(left) == 1
    assert len(files) == len(before) + 1, "replaced files stay a day for those who read them"
    assert journal.books().balance == 0


def test_seals_by_rows_and_by_age(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block], clock: Any
) -> None:
    """A segment is made when enough readings wait, or when one has waited long enough, and not before."""
    journal.append(make(0, 10))
    assert sealer.seal_due() == []
    journal.append(make(10, 20))
    assert [segment.rows for segment in sealer.seal_due()] == [120]
    journal.append(make(30, 10))
    assert sealer.seal_due() == []
    clock.now += 10 * MINUTE
    assert [segment.rows for segment in sealer.seal_due()] == [40]
    clock.now += 10 * MINUTE
    assert sealer.seal_due() == []


def test_leftovers_are_removed(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """Files of a process that was killed while sealing are removed before the next is written."""
    place = archive.directory / "line=cs1"
    place.mkdir()
    (place / "00000001.parquet.tmp").write_bytes(b"half")
    (place / "00000007.parquet").write_bytes(b"renamed, and killed before the seal marker")
    journal.append(make())
    sealer.seal()
    assert [path.name for path in place.iterdir()] == ["00000001.parquet"]


class Busy(Here):
    """Where a block comes in whenever a file is written; at last none, so that the test ends."""

    def __init__(self, archive: ParquetArchive, blocks: list[Block]) -> None:
        super().__init__(archive)
        self._journal, self._blocks = archive.journal, blocks

    def submit(self, act: Callable[..., Any], *given: Any) -> Future[Any]:
        done = super().submit(act, *given)
        if self._blocks:
            self._journal.append(self._blocks.pop())
        return done


def test_sealing_when_asked_ends_on_a_busy_plant(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block]
) -> None:
    """What was there is one segment; what comes while it is written waits, or it would never end: a segment each."""
    sealer = Sealer(
        archive, ArchiveSettings(), beside=Busy(archive, [make(at, 1) for at in range(100, 90, -1)])
    )
    journal.append(make(0, 10))
    assert [segment.rows for segment in sealer.seal()] == [40]
    assert journal.books().waiting == 4


class Killed(Here):
    """Where the process beside is killed when it has written a file, so many times: no other way to have that at will."""

    def __init__(self, archive: ParquetArchive, times: int, of: str) -> None:
        super().__init__(archive)
        self._directory, self._times, self._of = archive.directory, times, of

    def submit(self, act: Callable[..., Any], *given: Any) -> Future[Any]:
        done = super().submit(act, *given)
        if act.__name__ != self._of or not self._times:
            return done
        self._times -= 1
        for path in self._directory.rglob("*.tmp"):  # each process has another number in the name
            path.rename(path.with_name(f"00000001.parquet.{self._times}.tmp"))
        killed: Future[Any] = Future()
        killed.set_exception(OSError("the process beside this one has ended twice"))
        return killed


def test_what_killed_processes_leave_does_not_pile_up(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block]
) -> None:
    """However often the process is killed that writes files, the disk holds one that it left; then none."""
    sealer = Sealer(archive, ArchiveSettings(), beside=Killed(archive, 3, "next_portion"))
    journal.append(make())
    for _ in range(3):
        with pytest.raises(OSError, match="ended twice"):
            sealer.seal()
        assert len(list(archive.directory.rglob("*.tmp"))) == 1
    sealer.seal()
    assert [path.name for path in archive.directory.rglob("*.*")] == ["00000001.parquet"]


def test_files_that_cannot_be_merged_hold_up_nothing_else(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], clock: Any
) -> None:
    """Whatever keeps files from being merged is told as that, until they are; blocks are sealed and dropped meanwhile."""
    settings = ArchiveSettings(seal_after_rows=100, keep_journal="1 h")
    sealer = Sealer(archive, settings, beside=Killed(archive, 1, "merged"), now=clock)
    for start in (0, 30):
        journal.append(make(start, 30))
        sealer.work()
    clock.now += 2 * DAY  # both are of a day that is over
    journal.append(make(60, 30))
    sealer.work()
    assert (
        sealer.trouble == "files of the archive cannot be merged: the process beside this one has ended twice"
    )
    assert (journal.books().waiting, journal.dropped()) == (0, 2)
    sealer._again = 0.0
    sealer.work()
    assert sealer.trouble is None
    names = sorted(path.name for path in archive.directory.rglob("*.*"))
    assert "00000001-00000002.parquet" in names
    assert not any(name.endswith(".tmp") for name in names)


def test_files_that_cannot_be_merged_hold_up_nothing_whatever_it_is(
    journal: SqliteJournal,
    archive: ParquetArchive,
    make: Callable[..., Block],
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What nobody foresaw in merging is told until it is over, and what was sealed is dropped from the journal."""
    sealer = Sealer(archive, ArchiveSettings(seal_after_rows=100, keep_journal="1 h"), now=clock)
    for start in (0, 30):
        journal.append(make(start, 30))
        sealer.work()
    clock.now += 2 * DAY

    def strange(*_: object) -> None:
        raise KeyError("strange")

    monkeypatch.setattr("ingest.sealer.merged", strange)
    journal.append(make(60, 30))
    sealer.work()
    sealer.work()
    assert sealer.trouble == "files of the archive cannot be merged: KeyError('strange')"
    assert journal.dropped() == 2


async def test_what_nobody_foresaw_in_sealing_ends_no_record(
    archive: ParquetArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readings wait in the journal, it is told, and tried again."""
    sealer = Sealer(archive, ArchiveSettings())

    def strange() -> None:
        raise MemoryError("strange")

    monkeypatch.setattr(sealer, "work", strange)
    task = asyncio.create_task(sealer.run(every=0.01), name="sealer")
    async with asyncio.timeout(20):
        while sealer.trouble is None:  # noqa: ASYNC110 - the sealer tells nobody
            await asyncio.sleep(0.01)
        assert (
            sealer.trouble
            == "the archive cannot be written, and readings wait in the journal: MemoryError('strange')"
        )
        monkeypatch.undo()
        while sealer.trouble is not None:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_damage_is_told(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    tmp_path: Path,
) -> None:
    """A file that is missing or cut is named, never read as an empty one."""
    journal.append(make())
    (segment,) = sealer.seal()
    path = next(archive.directory.rglob("*.parquet"))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    fresh = ParquetArchive(tmp_path / "archive", journal)
    with pytest.raises(ArchiveError, match="00000001"):
        fresh.segment_rows(segment)
    path.unlink()
    with pytest.raises(ArchiveError, match="00000001"):
        fresh.read([Series("cs1", "s1")], 0, NEVER)
    with pytest.raises(ArchiveError, match="no segment 9"):
        fresh.segment_rows(replace(segment, number=9))


def test_a_file_that_is_missing_ends_no_sealing(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block], clock: Any
) -> None:
    """Its day is not merged, and it is said; what is new is sealed, days that are whole are merged, blocks are dropped."""
    for start in range(0, 120, 30):
        journal.append(make(start, 30))  # a segment each, two on one day, two on the next
        assert len(sealer.seal_due()) == 1
        clock.now += MINUTE if start != 30 else DAY
    clock.now += 2 * DAY
    gone = archive.directory / "line=cs1" / "00000002.parquet"
    gone.rename(gone.with_suffix(".away"))
    journal.append(make(120, 30))
    sealer.work()
    assert sealer.trouble is not None
    assert sealer.trouble.startswith(f"files of the archive cannot be merged: {gone}: ")
    assert sealer.trouble.endswith("restore it from the last backup")
    names = sorted(path.name for path in gone.parent.glob("*.parquet"))
    assert "00000003-00000004.parquet" in names
    assert "00000001-00000002.parquet" not in names
    assert journal.books().waiting == 0
    with pytest.raises(StoreError, match="blocks up to 4 were dropped"):
        journal.read(0)
    gone.with_suffix(".away").rename(gone)
    journal.append(make(150, 30))
    sealer.work()
    assert sealer.trouble is None
    assert (gone.parent / "00000001-00000002.parquet").exists()


def test_other_processes_read(
    journal: SqliteJournal,
    archive: ParquetArchive,
    sealer: Sealer,
    make: Callable[..., Block],
    rows: Callable[[Block], list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    """A process that may only read sees each seal and each new block, and always each reading once."""
    beside = SqliteJournal(tmp_path / "journal.db", read_only=True)
    reader = ParquetArchive(tmp_path / "archive", beside)
    series = [Series("cs1", "s0")]
    for start in range(0, 60, 10):
        journal.append(make(start, 10))
        assert len(reader.read(series, 0, NEVER).position) == start + 10
        if start % 20:
            sealer.seal()
            assert len(reader.read(series, 0, NEVER).position) == start + 10
    beside.close()


def test_reads_while_sealing(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block], clock: Any
) -> None:
    """Under appends and seals in another thread, every read sees a whole number of blocks, never less than before."""
    sealer = Sealer(archive, ArchiveSettings(seal_after_rows=50), now=clock)
    done = threading.Event()

    def work() -> None:
        for start in range(0, 400, 5):
            journal.append(make(start, 5))
            sealer.seal_due()
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    seen = 0
    while not done.is_set():
        count = len(archive.read([Series("cs1", "s1")], 0, NEVER).position)
        assert count % 5 == 0
        assert count >= seen
        seen = count
    thread.join()
    assert len(archive.read([Series("cs1", "s1")], 0, NEVER).position) == 400


def test_a_moment_before_a_sealing_is_read_whole(
    journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, make: Callable[..., Block]
) -> None:
    """Who began to read before readings were sealed, and goes on after another has read behind it, misses none.

    10 s of four sensors are 40 readings, in blocks 1 and 2 each.
    """
    codes = {Series("cs1", f"s{number}"): number for number in range(4)}
    tail = Tail()
    journal.append(make(0, 10))
    journal.append(make(10, 10))
    with journal.database.read() as before:
        before.execute("SELECT last FROM head").fetchone()
        sealer.seal()
        with journal.database.read() as behind:
            assert tail.sheets(behind, codes, 2, 2, (ALWAYS, NEVER)) == []
        assert sum(map(len, tail.sheets(before, codes, 0, 2, (ALWAYS, NEVER)))) == 80


def test_buckets(journal: SqliteJournal, archive: ParquetArchive, sealer: Sealer, t0: int) -> None:
    """Lowest, highest, last and how many, per bucket; bad readings do not count, of two at one time the later."""
    builder = BlockBuilder()
    series = Series("cs1", "air")
    for second, value in ((0, 1.0), (1, 5.0), (2, 3.0), (12, 7.0), (12, 8.0), (39, -1.0)):
        builder.reading(series, time=t0 + second * SECOND, value=value, received=t0)
    builder.reading(series, time=t0 + 3 * SECOND, value=99.0, reason=60, received=t0)
    journal.append(builder.build())
    for _ in range(2):
        found = archive.buckets(series, t0, t0 + 40 * SECOND, 4)
        assert found.start.tolist() == [t0 + ten * 10 * SECOND for ten in range(4)]
        assert found.count.tolist() == [3, 1, 0, 1]
        assert found.low[[0, 1, 3]].tolist() == [1.0, 8.0, -1.0]
        assert found.high[[0, 1, 3]].tolist() == [5.0, 8.0, -1.0]
        assert found.last[[0, 1, 3]].tolist() == [3.0, 8.0, -1.0]
        assert np.isnan(found.low[2])
        sealer.seal()


def test_few_bytes_a_row(journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block]) -> None:
    """A sealed reading of a plant, with its provenance, takes at most 10 bytes."""
    sealer = Sealer(archive, ArchiveSettings())
    for start in range(0, 600, 10):
        journal.append(make(start, 10, sensors=50))
    sealer.seal()
    size = sum(path.stat().st_size for path in archive.directory.rglob("*.parquet"))
    assert size / 30_000 <= 10


def test_sealing_holds_no_names_of_blocks(
    journal: SqliteJournal, archive: ParquetArchive, make: Callable[..., Block]
) -> None:
    """However many blocks a segment is made of: while it is, memory holds columns, and the names of some blocks alone."""
    count, sensors = 250, 400
    for second in range(count):
        journal.append(make(second, 1, sensors=sensors, bad=0))
    sealer = Sealer(archive, ArchiveSettings(seal_after_rows=count * sensors))
    sealer.compact()  # loads nothing, but sweeps
    tracemalloc.start()
    try:
        segments = sealer.seal()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(one.first, one.last, one.rows) for one in segments] == [(1, count, count * sensors)]
    assert most < 250 * count * sensors
