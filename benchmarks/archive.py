"""The archive: rows a second from the journal's fsync to the sealed segment, bytes a row, time of a chart.

The floor is the same bytes appended to a plain file with one fsync for each block, in the same run. A plant of
100 sensors, one reading a second each, with jitter of the clock in microseconds and arrival in milliseconds.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.figure import Figure, Size, Target, Tell
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block
from readings.inputs import Series
from readings.times import DAY, MS, SECOND, US

SENSORS, SECONDS = 100, 10  # 1,000 rows a block
WRITE_BLOCKS = {Size.TINY: 20, Size.QUICK: 1_000, Size.FULL: 4_000}
PERIOD = {Size.TINY: 600 * SECOND, Size.QUICK: DAY, Size.FULL: DAY}  # what is read again
DAY_SECONDS = 60  # a block of the day that is read
BUCKETS = 500
T0 = 1_760_000_000 * SECOND
SERIES = tuple(Series("cs1", f"s{number:03d}") for number in range(SENSORS))


class Plant:
    """Gives one block after the other."""

    def __init__(self, seconds: int = SECONDS) -> None:
        self.seconds = seconds
        self.draw = np.random.default_rng(1)
        self.level = np.full(SENSORS, -20.0)
        self.number = 0

    def block(self) -> Block:
        rows = SENSORS * self.seconds
        second = np.repeat(np.arange(self.seconds) + self.number * self.seconds, SENSORS)
        self.number += 1
        self.level = self.level + self.draw.normal(0, 0.02, SENSORS)
        value = np.round(np.tile(self.level, self.seconds) + self.draw.normal(0, 0.05, rows), 2)
        which = np.tile(np.arange(SENSORS, dtype=np.int32), self.seconds)
        moment = T0 + second * SECOND + which * 2 * MS + self.draw.integers(0, 2_000, rows) * US
        good = np.zeros(rows, np.uint8)
        return Block(
            series=SERIES,
            which=which,
            time=moment,
            value=value,
            raw=np.round(value * 100),
            quality=good,
            reason=good,
            received=(moment // MS + self.draw.integers(1, 5, rows)) * MS,
            seq=np.full(rows, -1),
            tick=int(moment.max()),
        )


def floor(directory: Path, blocks: list[Block]) -> float:
    """Rows a second of an appended file with one fsync a block."""
    encoded = [block.encode() for block in blocks]
    handle = os.open(directory / "floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    began = time.perf_counter()
    for data in encoded:
        os.write(handle, data)
        os.fsync(handle)
    spent = time.perf_counter() - began
    os.close(handle)
    return len(blocks) * SENSORS * SECONDS / spent


def write(directory: Path, blocks: list[Block]) -> dict[str, float]:
    """Rows a second of append, and of append and seal together, sealing in a thread as record does."""
    journal = SqliteJournal(directory / "journal.db")
    archive = ParquetArchive(directory / "archive", journal)
    sealer = Sealer(archive, ArchiveSettings())
    done = threading.Event()

    def seal() -> None:
        while not done.wait(0.02):
            sealer.seal_due()

    thread = threading.Thread(target=seal)
    thread.start()
    began, used = time.perf_counter(), time.process_time()
    pauses = []
    for block in blocks:
        at = time.perf_counter()
        journal.append(block)
        pauses.append(time.perf_counter() - at)
    appended = time.perf_counter() - began
    done.set()
    thread.join()
    sealer.seal()
    spent = time.perf_counter() - began
    rows = len(blocks) * SENSORS * SECONDS
    books = journal.books()
    assert (books.stored, books.balance) == (rows, 0)
    size = sum(path.stat().st_size for path in archive.directory.rglob("*.parquet"))
    journal.close()
    return {
        "append_rows_per_s": rows / appended,
        "append_and_seal_rows_per_s": rows / spent,
        "cpu_ns_per_row": (time.process_time() - used) / rows * 1e9,
        "append_p50_us": float(np.percentile(pauses, 50) * 1e6),
        "append_p99_us": float(np.percentile(pauses, 99) * 1e6),
        "bytes_per_row": size / rows,
    }


def read(directory: Path, period: int) -> dict[str, float]:
    """Time of a chart over a day that was sealed hour by hour, then compacted; and of replaying that day."""
    now = [T0]
    journal = SqliteJournal(directory / "day.db", now=lambda: now[0])
    archive = ParquetArchive(directory / "day", journal)
    sealer = Sealer(archive, ArchiveSettings(), now=lambda: now[0])
    plant, rows = Plant(DAY_SECONDS), SENSORS * period // SECOND
    for number in range(period // SECOND // DAY_SECONDS):
        journal.append(plant.block())
        now[0] = T0 + number * DAY_SECONDS * SECOND
        sealer.seal_due()
    found: dict[str, float] = {"files_before": len(list(archive.directory.rglob("*.parquet")))}
    found |= {f"{name}_by_the_hour": value for name, value in chart(archive, period).items()}
    now[0] += DAY
    sealer.seal()
    began = time.perf_counter()
    sealer.compact()
    found["compact_rows_per_s"] = rows / (time.perf_counter() - began)
    found |= {f"{name}_compacted": value for name, value in chart(archive, period).items()}
    began = time.perf_counter()
    assert sum(len(block) for block in archive.stream("cs1", T0, T0 + period)) == rows
    found["stream_rows_per_s"] = rows / (time.perf_counter() - began)
    journal.close()
    return found


def chart(archive: ParquetArchive, period: int) -> dict[str, float]:
    """Milliseconds of 24 h of one sensor of 100 in 500 buckets: the first time, and the middle of nine after it."""
    spent = []
    for number in range(10):
        began = time.perf_counter()
        buckets = archive.buckets(SERIES[number * 7], T0, T0 + period, BUCKETS)
        spent.append((time.perf_counter() - began) * 1e3)
        assert buckets.count.sum() == period // SECOND
    return {"chart_first_ms": spent[0], "chart_warm_ms": sorted(spent[1:])[4]}


def run(size: Size, tell: Tell) -> list[Figure]:
    """What is written, what it takes on the disk, and a chart over a day."""
    assert pq.__name__, "loaded before the clock runs, as it is in a process that has sealed once"
    plant = Plant()
    blocks = [plant.block() for _ in range(WRITE_BLOCKS[size])]
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        least = floor(directory, blocks)
        tell(f"floor {least:,.0f} rows/s")
        found = write(directory, blocks)
        tell(
            f"appended and sealed {found['append_and_seal_rows_per_s']:,.0f} rows/s; now {PERIOD[size] // SECOND} s to read"
        )
        found |= read(directory, PERIOD[size])
    return [
        Figure(
            "archive, append and seal",
            found["append_and_seal_rows_per_s"],
            "rows/s",
            least,
            Target(least=1e6),
            f"{found['cpu_ns_per_row']:.0f} ns of CPU a row; blocks of {SENSORS * SECONDS:,}",
        ),
        Figure(
            "archive, append alone",
            found["append_rows_per_s"],
            "rows/s",
            least,
            note="with fsync, sealing beside it",
        ),
        Figure(
            "archive, append p99",
            found["append_p99_us"] / 1e3,
            "ms",
            note=f"p50 {found['append_p50_us']:.0f} us",
        ),
        Figure("archive, on the disk", found["bytes_per_row"], "bytes/row", target=Target(most=10)),
        Figure(
            "archive, chart by the hour",
            found["chart_warm_ms_by_the_hour"],
            "ms",
            target=Target(most=20),
            note=_first(found, "by_the_hour"),
        ),
        Figure(
            "archive, chart compacted",
            found["chart_warm_ms_compacted"],
            "ms",
            target=Target(most=20),
            note=_first(found, "compacted"),
        ),
        Figure("archive, compact", found["compact_rows_per_s"], "rows/s"),
        Figure("archive, stream in time order", found["stream_rows_per_s"], "rows/s"),
    ]


def _first(found: dict[str, float], when: str) -> str:
    return f"warm; the first time {found[f'chart_first_ms_{when}']:.1f} ms"
