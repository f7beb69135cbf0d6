"""Modbus TCP, and RTU frames in TCP; nothing outside this file knows pymodbus.

A late answer must never be taken for the next question's. RTU frames carry no transaction id, so: no retries
inside the library, the connection is closed at the first answer missed, a fresh client takes its place, and
with RTU frames the line must have been silent for a while before it is asked again. Bytes that nobody asked
for are treated like a missed answer.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from gateway.ending import end_if_told
from gateway.fields import Endpoint
from gateway.requests import Answer, Span
from readings.quality import Reason, modbus_exception
from readings.times import SECOND

log = structlog.get_logger(__name__)

_FUNCTION: Final = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
_RESTLESS = 20  # quiet periods after which a line that never falls silent is given up for this poll


class NotConnectedError(Exception):
    """The device does not accept a connection, or its line does not fall silent."""


class Link:
    """One connection to one device at a time; always asked one question at a time."""

    def __init__(self, endpoint: Endpoint, *, timeout: int, quiet: int, name: str) -> None:
        """A closed link.

        Args:
            endpoint: where it leads.
            timeout: for the connection and for each answer, ns.
            quiet: how long a line with RTU frames must be silent before it is asked again after trouble, ns.
            name: of the source, for the log.
        """
        self._endpoint = endpoint
        self._timeout = timeout / SECOND
        self._quiet = quiet / SECOND
        self._name = name
        self._rtu = endpoint.scheme == "rtu+tcp"
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
            self._endpoint.host,
            port=self._endpoint.port,
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
            raise NotConnectedError(f"{self._endpoint} does not accept a connection")
        if self._rtu and self._suspect:
            await self._drain()
        self._suspect = False

    async def _drain(self) -> None:
        """Listen until the line has been silent for the quiet period."""
        self._heard = time.monotonic()
        for _ in range(_RESTLESS):
            rest = self._heard + self._quiet - time.monotonic()
            if rest <= 0:
                self._stray = False
                return
            await asyncio.sleep(rest)
        self.close(suspect=True)
        raise NotConnectedError(f"{self._endpoint} does not fall silent")

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

    async def ask(self, unit: int, request: Span) -> Answer:
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
                answer = await read(request.first, count=request.count, device_id=unit)
        except (ModbusException, TimeoutError, OSError) as error:
            self.close(suspect=True)
            log.info("no answer", source=self._name, unit=unit, request=str(request), error=str(error)[:200])
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
