"""A Modbus device made by hand that answers late, twice, cut short, for another, or in pieces; the wire is real.

What a register holds says which register it is and which question it was read for, so a value of another register,
or of an earlier question, is known as such.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import struct
import termios
import time
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from gateway.fields import Endpoint, ModbusEndpoint, SerialPort
from gateway.modbus_wire import _Port
from gateway.requests import Span


def crc(data: bytes) -> bytes:
    """The checksum of an RTU frame (Modbus over Serial Line V1.02, 6.2.2), bit by bit."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def waiting(terminal: int) -> int:
    """How many bytes can be read from a terminal."""
    return int.from_bytes(fcntl.ioctl(terminal, termios.TIOCINQ, bytes(4)), "little")


@dataclass(frozen=True)
class Odd:
    """What is wrong with one answer; times in ms.

    Attributes:
        delay: before it begins.
        silent: it never comes.
        cut: only so many of its bytes come; None: all.
        unit, transaction, function, length: how much each differs from the right one.
        flip: a bit of it that is wrong, counted over all its bytes; None: none.
        gaps: it comes in pieces, byte by byte, with these pauses before the first ones.
        before, after: bytes that nobody needs.
        copies: it comes again, each so long after the one before.
        refused: exception code instead.
    """

    delay: int = 0
    silent: bool = False
    cut: int | None = None
    unit: int = 0
    transaction: int = 0
    function: int = 0
    length: int = 0
    flip: int | None = None
    gaps: tuple[int, ...] = ()
    before: bytes = b""
    after: bytes = b""
    copies: tuple[int, ...] = ()
    refused: int = 0


HEALTHY = Odd()


def held(span: Span, number: int) -> list[int]:
    """What question `number` finds at these addresses."""
    if span.table in ("coil", "discrete"):
        return [(address * 5 + number) % 7 % 2 for address in range(span.first, span.end)]
    return [address % 64 << 10 | number % 1024 for address in range(span.first, span.end)]


class OddDevice:
    """Answers what it is asked as `odd` says, question after question, and then without fault.

    Attributes:
        odd: what is wrong with the answers to come.
        asked: how many questions have come.
        heard: what was asked for: function and data of each question.
        times: when each came, on the loop's clock.
        coils: what was written to them, by address.
    """

    def __init__(self, *, rtu: bool) -> None:
        self.rtu = rtu
        self.odd: list[Odd] = []
        self.asked = 0
        self.heard: list[bytes] = []
        self.times: list[float] = []
        self.coils: dict[int, int] = {}
        self._writers: list[Callable[[bytes], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, data: bytes, back: Callable[[bytes], None]) -> bytes:
        """Take questions out of bytes; what is left of them."""
        size = 8 if self.rtu else 12
        while len(data) >= size:
            frame, data = data[:size], data[size:]
            self.asked += 1
            odd = self.odd.pop(0) if self.odd else HEALTHY
            pdu = frame[1:6] if self.rtu else frame[7:]
            self.heard.append(pdu)
            self.times.append(asyncio.get_running_loop().time())
            task = asyncio.ensure_future(self._answer(frame, odd, back, self.asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return data

    def _frame(self, asked: bytes, odd: Odd, number: int) -> bytes:
        head, (unit, function, first, count) = (
            (b"", struct.unpack(">BBHH", asked[:6]))
            if self.rtu
            else (asked[:4], struct.unpack(">BBHH", asked[6:]))
        )
        count += odd.length * (8 if function in (1, 2) else 1)  # bits come in bytes
        count = max(0, count)
        if odd.unit or odd.function or odd.transaction or odd.length:
            number += 500  # an answer to something else has other values
        if function == 5:
            self.coils[first] = int(count == 0xFF00)
            body = asked[2:6] if self.rtu else asked[8:]
        elif odd.refused:
            function, body = function | 0x80, bytes([odd.refused])
        elif function in (1, 2):
            bits = [
                self.coils.get(first + at, bit)
                for at, bit in enumerate(held(Span("coil", first, count), number))
            ]
            packed = sum(bit << place for place, bit in enumerate(bits)).to_bytes(-(-count // 8), "little")
            body = bytes([len(packed)]) + packed
        else:
            body = struct.pack(f">B{count}H", 2 * count, *held(Span("holding", first, count), number))
        body = bytes([(unit + odd.unit) % 256, (function + odd.function) % 256]) + body
        if self.rtu:
            frame = body + crc(body)
        else:
            transaction = (int.from_bytes(head[:2], "big") + odd.transaction) % 65536
            frame = struct.pack(">HHH", transaction, 0, len(body)) + body
        if odd.flip is not None:
            place = odd.flip % (8 * len(frame))
            frame = (int.from_bytes(frame, "big") ^ 1 << place).to_bytes(len(frame), "big")
        return odd.before + frame[: odd.cut] + odd.after

    async def _answer(self, asked: bytes, odd: Odd, back: Callable[[bytes], None], number: int) -> None:
        if odd.silent:
            return
        frame = self._frame(asked, odd, number)
        await asyncio.sleep(odd.delay / 1000)
        for place, gap in enumerate(odd.gaps[: len(frame) - 1]):
            self._send(frame[place : place + 1], back)
            await asyncio.sleep(gap / 1000)
        self._send(frame[min(len(odd.gaps), len(frame) - 1) :], back)
        for pause in odd.copies:
            await asyncio.sleep(pause / 1000)
            self._send(frame, back)

    def _send(self, data: bytes, back: Callable[[bytes], None]) -> None:
        for write in (
            list(self._writers) if self.rtu else [back]
        ):  # behind a converter there is one line for all
            write(data)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def send(data: bytes) -> None:
            if not writer.is_closing():
                writer.write(data)

        self._writers.append(send)
        rest = b""
        try:
            while data := await reader.read(4096):
                rest = self.take(rest + data, send)
        except ConnectionError:
            pass
        finally:
            self._writers.remove(send)
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[ModbusEndpoint]:
        """At a TCP port."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield Endpoint("rtu+tcp" if self.rtu else "tcp", "127.0.0.1", port)
        finally:
            server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.sleep(0.01)

    @asynccontextmanager
    async def on_line(self) -> AsyncIterator[ModbusEndpoint]:
        """On a serial line: a pseudo terminal."""
        device, terminal = pty.openpty()
        tty.setraw(terminal)
        os.set_blocking(device, False)
        loop, rest = asyncio.get_running_loop(), b""

        def send(data: bytes) -> None:
            before = waiting(terminal)
            os.write(device, data)
            while waiting(terminal) < before + len(
                data
            ):  # a terminal takes its time, and the clock must not jump
                time.sleep(0.0001)

        def ask(port: Any, data: bytes) -> None:
            write(port, data)
            select.select([device], [], [], 1)

        def read() -> None:
            nonlocal rest
            rest = self.take(rest + os.read(device, 4096), send)

        self._writers.append(send)
        loop.add_reader(device, read)
        write, _Port.write = _Port.write, ask  # type: ignore[method-assign]
        try:
            yield SerialPort(os.ttyname(terminal))
        finally:
            _Port.write = write  # type: ignore[method-assign]
            loop.remove_reader(device)
            for task in list(self._tasks):
                task.cancel()
            os.close(device)
            os.close(terminal)
