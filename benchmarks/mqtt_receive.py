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
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.real_servers import Mosquitto, need, running
from gateway.mqtt import MqttReader
from gateway.mqtt_packet import parse_publish
from gateway.mqtt_settings import MqttSource
from gateway.tally import Tally
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from readings.inputs import Series
from readings.times import MS, format_time, parse_time
from readings.units import unit_named

MESSAGES = {Size.TINY: 1_000, Size.QUICK: 20_000, Size.FULL: 60_000}
ROUNDS = {Size.TINY: 1, Size.QUICK: 2, Size.FULL: 3}
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


def publish_all(broker: Any, messages: int) -> None:
    """All messages at QoS 1, as fast as the broker takes them."""
    with socket.create_connection((broker.host, broker.port)) as link:
        link.sendall(connect(b"publisher"))
        link.recv(100)
        acknowledged = threading.Event()

        def drain() -> None:
            # a PUBACK has 4 bytes here, or 5 or 6 with reason and properties; the broker writes 4 when all is well
            left = 4 * messages
            while left > 0:
                left -= len(link.recv(1 << 16))
            acknowledged.set()

        threading.Thread(target=drain, daemon=True).start()
        parts = []
        for n in range(messages):
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

    def __init__(self, database: sqlite3.Connection, messages: int) -> None:
        self.database = database
        self.messages = messages
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
            if self.seen >= self.messages:
                self.done.set()


async def drain_bare(broker: Any, directory: Path, messages: int) -> None:
    database = sqlite3.connect(directory / "bare.db")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE message (topic BLOB, payload BLOB)")
    transport, receiver = await asyncio.get_running_loop().create_connection(
        lambda: Bare(database, messages), broker.host, broker.port
    )
    await receiver.done.wait()
    transport.close()
    database.close()


async def drain_ours(broker: Any, directory: Path, messages: int) -> None:
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
        while tally.readings < messages and not task.done():  # noqa: ASYNC110 - the tally has no event
            await asyncio.sleep(0.002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    books = journal.books()
    journal.close()
    if (books.acquired, books.duplicate, books.quarantined) != (messages, 0, 0):
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


def measure(drain: Any, identifier: bytes, messages: int) -> tuple[float, float]:
    """Messages a second, and CPU in us per message."""
    with tempfile.TemporaryDirectory() as name, running(Mosquitto(Path(name) / "broker")) as broker:
        open_session(broker, identifier)
        publish_all(broker, messages)
        began, used = time.perf_counter(), cpu()
        asyncio.run(drain(broker, Path(name), messages))
        return messages / (time.perf_counter() - began), (cpu() - used) / messages * 1e6


def run(size: Size, tell: Tell) -> list[Figure]:
    """Both in turn; the medians.

    Raises:
        MissingError: there is no Mosquitto.
    """
    need("mosquitto")
    bare, ours = [], []
    for number in range(ROUNDS[size]):
        bare.append(measure(drain_bare, b"bare", MESSAGES[size]))
        ours.append(measure(drain_ours, b"ours", MESSAGES[size]))
        tell(f"round {number + 1}: {bare[-1][0]:,.0f} and {ours[-1][0]:,.0f} messages/s")
    floor, rate = (statistics.median(r for r, _ in runs) for runs in (bare, ours))
    floor_cpu, our_cpu = (statistics.median(c for _, c in runs) for runs in (bare, ours))
    return [
        Figure(
            "MQTT QoS 1 to journal",
            rate,
            "messages/s",
            floor,
            Target(least=0.5, of_floor=True),
            f"{MESSAGES[size]:,} messages",
        ),
        Figure(
            "MQTT QoS 1 to journal, CPU",
            our_cpu,
            "us/message",
            floor_cpu,
            Target(most=2, of_floor=True),
            "the rate is noisy: the broker shares the cores",
        ),
    ]
