"""An intake that remembers, devices and sources for the gateway's tests."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from servers import free_port  # made importable by the conftest above
from shared import shared

from readings.block import Block
from readings.inputs import Series
from readings.ports import Quarantined
from readings.quality import Reason
from readings.units import Unit, unit_named

for _name in ("certificates", "hurried_loop", "odd_device"):
    shared(Path(__file__).with_name(f"{_name}.py"))

from certificates import Papers  # noqa: E402 - importable from here on


class Remembering:
    """An intake that keeps what it takes, and refuses as long as `refusing` is set."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.quarantined: list[Quarantined] = []
        self.refusing = False
        self.refused = 0
        self.arrived = asyncio.Event()

    async def take(self, block: Block) -> None:
        await asyncio.sleep(0)
        if self.refusing:
            self.refused += 1
            raise OSError(28, "No space left on device")
        self.blocks.append(block)
        self.arrived.set()

    async def quarantine(self, item: Quarantined) -> None:
        await asyncio.sleep(0)
        if self.refusing:
            self.refused += 1
            raise OSError(28, "No space left on device")
        self.quarantined.append(item)
        self.arrived.set()

    def rows(self) -> list[tuple[str, int, float, Reason, int]]:
        """(series, time, value, reason, seq) of all readings taken, in order."""
        return [
            (str(block.series[which]), time, value, Reason(reason), seq)
            for block in self.blocks
            for which, time, value, reason, seq in zip(
                block.which.tolist(),
                block.time.tolist(),
                block.value.tolist(),
                block.reason.tolist(),
                block.seq.tolist(),
                strict=True,
            )
        ]

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Return when the condition holds; fail after some seconds."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.arrived.clear()
                try:
                    async with asyncio.timeout(0.1):
                        await self.arrived.wait()
                except TimeoutError:
                    continue


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    """An authority of the plant's own."""
    return Papers(tmp_path)


@pytest.fixture
def intake() -> Remembering:
    """An intake that remembers what it took."""
    return Remembering()


@pytest.fixture
def units() -> Callable[..., dict[Series, Unit]]:
    """units(a="degC", ...): the plan's units of sensors of line cold-3; `air__1` is point 1 of air."""

    def build(**named: str) -> dict[Series, Unit]:
        return {
            Series("cold-3", name.partition("__")[0], name.partition("__")[2] or "1"): unit_named(unit)
            for name, unit in named.items()
        }

    return build


def crc(data: bytes) -> bytes:
    """The checksum of an RTU frame (Modbus over serial line V1.02, 6.2.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


Script = Callable[[int, int, int], Awaitable[bytes | None]]


class RawDevice:
    """A Modbus device made by hand, to answer late, short or wrongly.

    `answer(number, address, count)` gives the PDU, or None for the healthy one: each holding register holds its
    own address. With RTU frames all connections share one line, as behind a serial gateway: what comes late goes
    to whoever is connected then.
    """

    def __init__(self, *, rtu: bool) -> None:
        self.rtu = rtu
        self.port = free_port()
        self.asked = 0
        self.answers_for = 0  # exclusive or'ed to the transaction: other than 0, the answer names another one
        self.script: Script = self._healthy
        self.writers: list[asyncio.StreamWriter] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def _healthy(self, _number: int, _address: int, _count: int) -> bytes | None:
        return None

    @staticmethod
    def pdu(address: int, count: int, function: int = 3) -> bytes:
        return struct.pack(
            f">BB{count}H", function, 2 * count, *(a % 65536 for a in range(address, address + count))
        )

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while True:
                if self.rtu:
                    frame = await reader.readexactly(8)
                    head, (unit, _, address, count) = b"", struct.unpack(">BBHH", frame[:6])
                else:
                    frame = await reader.readexactly(12)
                    head, (unit, _, address, count) = frame[:4], struct.unpack(">BBHH", frame[6:])
                self.asked += 1
                task = asyncio.create_task(self._respond(self.asked, head, unit, address, count, writer))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writers.remove(writer)
            writer.close()

    async def _respond(
        self, number: int, head: bytes, unit: int, address: int, count: int, asker: asyncio.StreamWriter
    ) -> None:
        answer = await self.script(number, address, count)
        answer = self.pdu(address, count) if answer is None else answer
        if not answer:
            return
        if self.rtu:
            body = bytes([unit]) + answer
            for writer in self.writers:
                writer.write(body + crc(body))
        elif not asker.is_closing():
            transaction = int.from_bytes(head[:2], "big") ^ self.answers_for
            head = transaction.to_bytes(2, "big") + head[2:]
            asker.write(head + struct.pack(">HB", len(answer) + 1, unit) + answer)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RawDevice]:
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            for writer in list(self.writers):
                writer.close()
            for task in list(self.tasks):
                task.cancel()
            await asyncio.sleep(0)
            await server.wait_closed()


@pytest.fixture
def raw_device() -> Callable[..., RawDevice]:
    """raw_device(rtu=True): a device made by hand."""
    return RawDevice


@pytest.fixture
def running_for() -> Callable[..., Any]:
    """running_for(coroutine): runs it as a task as long as the context lasts."""

    @asynccontextmanager
    async def run(coroutine: Any) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(coroutine, name="under test")
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run
