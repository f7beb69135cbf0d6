"""Modbus TCP, and RTU frames in TCP; nothing outside this file knows pymodbus.

A late answer must never be taken for the next question's. RTU frames carry no transaction id, so: no retries
inside the library, the connection is closed at the first answer missed, a fresh client takes its place, and
with RTU frames the line must have been silent for a while before it is asked again. Bytes that nobody asked
for are treated like a missed answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final, cast

import structlog
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from gateway.columns import Columns
from gateway.device import Answer, Device, Reply, bind
from gateway.ending import end_if_told
from gateway.handover import until_durable
from gateway.modbus_settings import ModbusSource
from gateway.requests import Span
from gateway.tally import Tally
from readings.inputs import Series
from readings.ports import Intake
from readings.quality import Reason, modbus_exception
from readings.times import SECOND
from readings.units import Unit

log = structlog.get_logger(__name__)

_FUNCTION: Final = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
_RESTLESS = 20  # quiet periods after which a line that never falls silent is given up for this poll
_GIVE_UP = 2  # requests in a row without an answer, after which the rest of a poll is not asked
_REFUSED_PAUSE = 0.2  # seconds before a playback source (every: 0 s) tries a device that is not there again


class NotConnectedError(Exception):
    """The device does not accept a connection, or its line does not fall silent."""


class Link:
    """One connection to one device at a time; always asked one question at a time."""

    def __init__(self, source: ModbusSource) -> None:
        self._source = source
        self._timeout = source.timeout / SECOND
        self._rtu = source.modbus.scheme == "rtu+tcp"
        self._client: AsyncModbusTcpClient | None = None
        self._heard = 0.0  # when bytes came last, on the monotonic clock
        self._asking = False
        self._stray = False  # bytes came that nobody had asked for
        self._suspect = False  # an answer may still be under way
        self._asked = b""  # the transaction asked last, until the answer begins
        self._foreign = False  # the answer began with another transaction

    @property
    def connected(self) -> bool:
        """Whether it is open."""
        return self._client is not None

    async def open(self) -> None:
        """Connect, unless it is; wait for a suspect line to fall silent.

        Raises:
            NotConnectedError: refused, not reachable within the timeout, or never silent.
        """
        if self._stray or (self._client is not None and not self._client.connected):
            self.close(suspect=self._stray)
        if self._client is not None:
            return
        client = AsyncModbusTcpClient(
            self._source.modbus.host,
            port=self._source.modbus.port,
            framer=FramerType.RTU if self._rtu else FramerType.SOCKET,
            timeout=self._timeout,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._trace,
        )
        client.set_max_no_responses(-1)
        self._client, self._stray, self._asking = client, False, False
        self._asked, self._foreign = b"", False
        try:
            connected = await client.connect()
        except (OSError, ModbusException):
            connected = False
        if not connected:
            self.close(suspect=self._suspect)
            raise NotConnectedError(f"{self._source.modbus} does not accept a connection")
        if self._rtu and self._suspect:
            await self._drain()
        self._suspect = False

    async def _drain(self) -> None:
        """Listen until the line has been silent for the quiet period."""
        quiet = self._source.quiet / SECOND
        self._heard = time.monotonic()
        for _ in range(_RESTLESS):
            rest = self._heard + quiet - time.monotonic()
            if rest <= 0:
                self._stray = False
                return
            await asyncio.sleep(rest)
        self.close(suspect=True)
        raise NotConnectedError(f"{self._source.modbus} does not fall silent")

    def _trace(self, sending: bool, data: bytes) -> bytes:
        if sending:
            self._asked, self._foreign = data[:2], False
        else:
            self._heard = time.monotonic()
            if not self._asking:
                self._stray = True
            if not self._rtu and self._asked:  # an answer begins with the transaction it answers
                self._foreign |= not self._asked.startswith(data[:2])
                self._asked = b""
        return data

    async def ask(self, request: Span) -> Answer:
        """The registers or bits asked for, exactly as many; or the reason why not."""
        client = self._client
        if client is None or self._stray:
            return Reason.NOT_CONNECTED
        read = {
            "coil": client.read_coils,
            "discrete": client.read_discrete_inputs,
            "holding": client.read_holding_registers,
            "input": client.read_input_registers,
        }[request.table]
        self._asking = True
        try:
            async with asyncio.timeout(2 * self._timeout):
                answer = await read(request.first, count=request.count, device_id=self._source.unit)
        except (ModbusException, TimeoutError, OSError) as error:
            self.close(suspect=True)
            log.info("no answer", source=self._source.name, request=str(request), error=str(error)[:200])
            return Reason.NOT_CONNECTED if isinstance(error, ConnectionException) else Reason.NO_ANSWER
        except BaseException:
            self.close(suspect=True)  # cancelled half way: the answer is still to come
            raise
        finally:
            self._asking = False
        end_if_told()
        return self._judge(request, answer)

    def _judge(self, request: Span, answer: ModbusPDU) -> Answer:
        if self._foreign:
            self.close(suspect=True)
            return Reason.NO_ANSWER
        if answer.isError():
            return modbus_exception(answer.exception_code)
        bits = request.table in ("coil", "discrete")
        values: list[int] = [int(bit) for bit in answer.bits] if bits else list(answer.registers)
        # bits come in whole bytes: up to seven more than asked for, never eight
        expected = -(-request.count // 8) * 8 if bits else request.count
        if answer.function_code != _FUNCTION[request.table] or len(values) != expected:
            self.close(suspect=True)
            return Reason.WRONG_LENGTH
        return values[: request.count]

    def close(self, *, suspect: bool) -> None:
        """Close; `suspect` where an answer may still be under way."""
        self._suspect = suspect
        self._stray = False
        if self._client is not None:
            self._client.close()
            self._client = None


class ModbusPoller:
    """Polls one device on an absolute schedule and hands over what it says, or that it says nothing."""

    def __init__(  # noqa: PLR0913 - what a source is given
        self,
        source: ModbusSource,
        *,
        intake: Intake,
        units: Mapping[Series, Unit],
        tally: Tally,
        playback: bool = False,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        """Bind the source to the plan's units.

        With `playback` a poll without the device's time gives no readings: a recording knows no time but its own.

        Raises:
            SourceError: a channel reads what no plan has, or in another kind of unit.
        """
        self._source = source
        self._intake = intake
        self._tally = tally
        self._playback = playback
        self._wall = wall
        self._device: Device = bind(source, units)
        self._columns = Columns()
        self._link = Link(source)

    async def run(self) -> None:
        """Poll for ever; a poll is handed over durably before the next one begins."""
        every = self._source.every / SECOND
        due = time.monotonic()
        try:
            while True:
                end_if_told()
                await self.poll()
                await self._hand_over()
                if not every:
                    await asyncio.sleep(0 if self._link.connected else _REFUSED_PAUSE)
                    continue
                due += every
                late = time.monotonic() - due
                if late > 0:
                    missed = int(late // every) + 1 if late >= every else 0
                    due = await self._account(missed, due, every) if missed else due
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        finally:
            self._link.close(suspect=True)

    async def poll(self) -> None:
        """Ask everything once; each value gets a reading, good or bad."""
        self._tally.polls += 1
        replies: dict[Span, Reply] = {}
        unanswered, answer = 0, cast("Answer", Reason.NO_ANSWER)
        for request in self._device.requests:
            if unanswered < _GIVE_UP:
                answer = await self._ask(request)
                unanswered = unanswered + 1 if answer in (Reason.NO_ANSWER, Reason.NOT_CONNECTED) else 0
            replies[request] = Reply(answer, self._wall())
        self._tally.connected = self._link.connected
        if not self._playback or self._device.tells_time(replies):
            self._device.fill(self._columns, replies)

    async def _ask(self, request: Span) -> Answer:
        try:
            await self._link.open()
        except NotConnectedError as error:
            if self._tally.connected or self._tally.polls == 1:
                log.warning("not connected", source=self._source.name, error=str(error))
            return Reason.NOT_CONNECTED
        return await self._link.ask(request)

    async def _account(self, missed: int, due: float, every: float) -> float:
        """Say of polls whose time has passed that there was none; the next one that is due."""
        self._tally.missed += missed
        if self._playback:
            return due + missed * every
        now = self._wall()
        ago = int((time.monotonic() - due) * SECOND)
        self._device.fail(self._columns, Reason.NO_ANSWER, time=now - ago, now=now)
        await self._hand_over()
        return due + missed * every

    async def _hand_over(self) -> None:
        block = self._columns.take()
        if block.empty:
            return
        await until_durable(lambda: self._intake.take(block), source=self._source.name)
        self._tally.took(block)
