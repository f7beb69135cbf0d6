"""After an outage of InfluxDB: how fast what is owed drains while readings go on coming, and how long new ones wait.

The journal holds an outage's readings, 5,000 a second in blocks of 50 as MQTT gives them; then InfluxDB 1.6.7 is back, and
5,000 a second go on coming through the intake with fsync. The floor is the same lines, made beforehand, posted to the same
server one batch after the other, with nothing else running.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.real_servers import Influxd, need, running
from ingest.archive import ParquetArchive
from ingest.influx import InfluxWriter
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from ingest.lineprotocol import reading_lines
from ingest.reading_feed import READINGS_CURSOR, owed_blocks, reading_feeds
from ingest.settings import InfluxSettings
from ingest.transport import transport
from readings.block import Block
from readings.inputs import Series
from readings.times import MS, SECOND

RATE, ROWS = 5_000, 50  # readings a second, and in a block
OUTAGE = {Size.TINY: 2, Size.QUICK: 60, Size.FULL: 600}  # seconds of readings that are owed
SERIES = tuple(Series("cs1", f"s{number:03d}") for number in range(ROWS))
_BATCH = 5_000  # lines of a request


def block(time_ns: int) -> Block:
    """A reading of each sensor at a time."""
    moment = np.full(ROWS, time_ns)
    good = np.zeros(ROWS, np.uint8)
    value = np.round(-18 + np.sin(time_ns / 1e11 + np.arange(ROWS)), 2)
    return Block(
        series=SERIES,
        which=np.arange(ROWS, dtype=np.int32),
        time=moment,
        value=value,
        raw=value * 10,
        quality=good,
        reason=good,
        received=moment + MS,
        seq=np.full(ROWS, -1),
        tick=time_ns,
    )


def floor(url: str, seconds: int) -> float:
    """Readings a second of lines that are made, posted one batch after the other."""
    httpx.post(f"{url}/query", params={"q": 'CREATE DATABASE "floor"'}).raise_for_status()
    lines = [
        line
        for number in range(seconds * RATE // ROWS)
        for line in reading_lines(block(number * 10 * MS), "p")
    ]
    bodies = [b"\n".join(lines[start : start + _BATCH]) for start in range(0, len(lines), _BATCH)]
    with httpx.Client(base_url=url, timeout=30) as client:
        began = time.perf_counter()
        for body in bodies:
            client.post("/write", params={"db": "floor", "precision": "ns"}, content=body).raise_for_status()
        return len(lines) / (time.perf_counter() - began)


async def drain(url: str, folder: Path, seconds: int) -> dict[str, float]:
    """Drain what is owed while as much goes on coming."""
    journal = SqliteJournal(folder / "journal.db")
    archive = ParquetArchive(folder / "segments", journal)
    begin = time.time_ns() - seconds * SECOND
    for number in range(seconds * RATE // ROWS):
        journal.append(block(begin + number * 10 * MS))
    outage = journal.last()
    waits: list[float] = []
    async with JournalIntake(journal) as intake:
        feeds = reading_feeds(journal, archive, "p")
        writer = InfluxWriter(journal, transport(InfluxSettings(url=url)), feeds, listen=intake.listen)
        tasks = [asyncio.create_task(writer.run()), asyncio.create_task(_come(intake))]
        began, live = time.perf_counter(), journal.last()
        while owed_blocks(journal) or journal.cursor(READINGS_CURSOR) < outage:
            await asyncio.sleep(0.05)
            reached = journal.cursor(READINGS_CURSOR)
            if reached >= outage and (found := journal.read(reached - 1, 1)):
                waits.append((time.time_ns() - (found[0][1].tick or 0)) / SECOND)
        spent = time.perf_counter() - began
        live = (journal.cursor(READINGS_CURSOR) - live) * ROWS
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    journal.close()
    return {
        "drained": seconds * RATE / spent,
        "live": max(live, 0) / spent,
        "wait": float(np.percentile(waits, 99)) if waits else spent,
    }


async def _come(intake: JournalIntake) -> None:
    """5,000 readings a second, as they are."""
    due = time.monotonic()
    while True:
        await intake.take(block(time.time_ns()))
        due += ROWS / RATE
        await asyncio.sleep(max(0.0, due - time.monotonic()))


def run(size: Size, tell: Tell) -> list[Figure]:
    """How fast an outage drains, against how fast it filled; and how long a new reading waits meanwhile."""
    need("influxd")
    seconds = OUTAGE[size]
    with tempfile.TemporaryDirectory() as place, running(Influxd(Path(place) / "influx")) as server:
        least = floor(server.url, min(seconds, 60))
        tell(f"floor {least:,.0f} readings/s posted alone")
        found = asyncio.run(drain(server.url, Path(place), seconds))
        tell(
            f"{seconds} s of readings drained at {found['drained']:,.0f}/s, {found['live']:,.0f}/s coming in"
        )
    return [
        Figure(
            "journal, drain after an outage",
            found["drained"],
            "readings/s",
            least,
            Target(least=5 * RATE),
            f"{found['drained'] / RATE:.1f} times as fast as it filled, {found['live']:,.0f}/s coming in meanwhile",
        ),
        Figure(
            "journal, new readings while it drains, p99",
            found["wait"],
            "s",
            note="age of the newest reading in InfluxDB",
        ),
    ]
