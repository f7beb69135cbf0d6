"""MQTT QoS 1 to the journal, acknowledged after fsync; as a ratio to a bare receiver in the same run.

The floor: an `asyncio.Protocol` that takes PUBLISH packets apart, writes what each read brought with one SQLite
transaction (WAL, synchronous=FULL), topic and payload as they came, and acknowledges. It decodes nothing, judges
nothing, knows no duplicates. Ours: the gateway's MQTT source with `JournalIntake` and `SqliteJournal`.

Both drain the same messages out of a session that Mosquitto has kept.
"""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import sqlite3
import statistics
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from gateway.mqtt import MqttReader, parse_publish
from gateway.settings import MqttSource
from gateway.tally import Tally
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from readings.inputs import Series
from readings.times import MS, format_time, parse_time
from readings.units import unit_named

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from servers import Mosquitto, running  # `tests` is no package, and a library installs one of that name

MESSAGES = 60_000
ROUNDS = 3
SENSORS = 20
START = parse_time("2026-12-01T00:00:00Z")


def packed(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def framed(command: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes([command]) + bytes(length) + body


def connect(identifier: bytes) -> bytes:
    properties = b"\x11" + struct.pack(">I", 0xFFFFFFFF) + b"\x21" + struct.pack(">H", 10_000)
    body = packed(b"MQTT") + b"\x05\x00" + struct.pack(">H", 60) + bytes([len(properties)]) + properties
    return framed(0x10, body + packed(identifier))


def subscribe(topic: bytes) -> bytes:
    return framed(0x82, b"\x00\x01\x00" + packed(topic) + b"\x01")


def publish_all(broker: Any) -> None:
    """All messages at QoS 1, as fast as the broker takes them."""
    with socket.create_connection((broker.host, broker.port)) as link:
        link.sendall(connect(b"publisher"))
        link.recv(100)
        acknowledged = threading.Event()

        def drain() -> None:
            # a PUBACK has 4 bytes here, or 5 or 6 with reason and properties; the broker writes 4 when all is well
            left = 4 * MESSAGES
            while left > 0:
                left -= len(link.recv(1 << 16))
            acknowledged.set()

        threading.Thread(target=drain, daemon=True).start()
        parts = []
        for n in range(MESSAGES):
            moment = format_time(START + n * 50 * MS)
            payload = json.dumps(
                {"ts": moment, "n": n, "temperature": -19.3 + n % 30 / 10, "device": "logger-0815"}
            )
            body = packed(f"plant/CS{n % SENSORS}/air".encode()) + struct.pack(">H", n % 60_000 + 1) + b"\x00"
            parts.append(framed(0x32, body + payload.encode()))
            if len(parts) == 500:
                link.sendall(b"".join(parts))
                parts = []
        link.sendall(b"".join(parts))
        acknowledged.wait(60)


class Bare(asyncio.Protocol):
    """The floor."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.transport: asyncio.Transport | None = None
        self.rest = b""
        self.seen = 0
        self.done = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(connect(b"bare"))

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        at, end, rows, acknowledgements = 0, len(data), [], []
        while end - at >= 2:
            size, shift, head = 0, 0, at + 1
            while head < end:
                byte = data[head]
                size |= (byte & 0x7F) << shift
                shift += 7
                head += 1
                if not byte & 0x80:
                    break
            if head + size > end:
                break
            if data[at] & 0xF0 == 0x30:
                topic, payload, acknowledgement = parse_publish(data[at], data[head : head + size], five=True)
                rows.append((topic, payload))
                acknowledgements.append(acknowledgement)
            at = head + size
        self.rest = data[at:]
        if rows:
            with self.database:
                self.database.executemany("INSERT INTO message VALUES (?, ?)", rows)
            assert self.transport is not None
            self.transport.write(b"".join(acknowledgements))
            self.seen += len(rows)
            if self.seen >= MESSAGES:
                self.done.set()


async def drain_bare(broker: Any, directory: Path) -> None:
    database = sqlite3.connect(directory / "bare.db")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE message (topic BLOB, payload BLOB)")
    transport, receiver = await asyncio.get_running_loop().create_connection(
        lambda: Bare(database), broker.host, broker.port
    )
    await receiver.done.wait()
    transport.close()
    database.close()


async def drain_ours(broker: Any, directory: Path) -> None:
    source = MqttSource.model_validate(
        {
            "name": "loggers",
            "mqtt": f"mqtt://{broker.host}:{broker.port}",
            "client": "ours",
            "topics": [
                {
                    "topic": "plant/+/air",
                    "reads": "cold-3/air/{1}",
                    "value": "temperature",
                    "time": "ts",
                    "sequence": "n",
                    "unit": "degC",
                }
            ],
        }
    )
    units = {Series("cold-3", "air", f"CS{n}"): unit_named("degC") for n in range(SENSORS)}
    journal, tally = SqliteJournal(directory / "journal.db"), Tally("loggers")
    async with JournalIntake(journal) as intake:
        reader = MqttReader(source, intake=intake, units=units, tally=tally, site="bench")
        task = asyncio.create_task(reader.run(), name="ours")
        while tally.readings < MESSAGES and not task.done():  # noqa: ASYNC110 - the tally has no event
            await asyncio.sleep(0.002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    books = journal.books()
    journal.close()
    if (books.acquired, books.duplicate, books.quarantined) != (MESSAGES, 0, 0):
        raise RuntimeError(f"the books do not hold what was sent: {books}")


def open_session(broker: Any, identifier: bytes) -> None:
    with socket.create_connection((broker.host, broker.port)) as link:
        link.sendall(connect(identifier))
        link.recv(100)
        link.sendall(subscribe(b"plant/+/air"))
        link.recv(100)
        link.sendall(b"\xe0\x00")


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(drain: Any, identifier: bytes) -> tuple[float, float]:
    """Messages a second, and CPU in us per message."""
    with tempfile.TemporaryDirectory() as name, running(Mosquitto(Path(name) / "broker")) as broker:
        open_session(broker, identifier)
        publish_all(broker)
        began, used = time.perf_counter(), cpu()
        asyncio.run(drain(broker, Path(name)))
        return MESSAGES / (time.perf_counter() - began), (cpu() - used) / MESSAGES * 1e6


def main() -> dict[str, float]:
    """Measure both in turn; prints and returns the medians and their ratios."""
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(measure(drain_bare, b"bare"))
        ours.append(measure(drain_ours, b"ours"))
    floor, rate = (statistics.median(r for r, _ in runs) for runs in (bare, ours))
    floor_cpu, our_cpu = (statistics.median(c for _, c in runs) for runs in (bare, ours))
    print(f"bare receiver   {floor:9,.0f} messages/s  {floor_cpu:6.1f} us CPU each")
    print(f"gateway         {rate:9,.0f} messages/s  {our_cpu:6.1f} us CPU each")
    print(f"ratio           {rate / floor:9.2f} (at least 0.5)     {floor_cpu / our_cpu:.2f} by CPU")
    return {
        "bare_per_s": floor,
        "ours_per_s": rate,
        "ratio": rate / floor,
        "bare_cpu_us": floor_cpu,
        "ours_cpu_us": our_cpu,
        "cpu_ratio": floor_cpu / our_cpu,
    }


if __name__ == "__main__":
    sys.exit(main()["ratio"] < 0.5)
