"""Modbus servers on three framings, around one set of registers; nothing else here opens a port of pymodbus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from simulators.serial_line import SerialLine

FRAMINGS = ("tcp", "rtu+tcp", "serial")
BAUD = 19200

Action = Callable[
    [int, int, int, int, list[int], Sequence[int] | None], Coroutine[None, None, ExcCodes | None]
]


@dataclass(frozen=True, slots=True)
class Registers:
    """What is served.

    Attributes:
        action: fills registers just before they are read; arguments as pymodbus gives them.
        first: their content before that.
        connected: told when a connection comes or goes.
        mute: whether what is asked now stays without an answer.
    """

    action: Action
    first: list[int]
    connected: Callable[[bool], None] = lambda _: None
    mute: Callable[[], bool] = lambda: False


@asynccontextmanager
async def serving_registers(  # noqa: PLR0913 - each says something else about the wire
    registers: Registers,
    *,
    framing: str = "tcp",
    host: str = "127.0.0.1",
    port: int = 0,
    line: SerialLine | None = None,
    unit: int = 1,
) -> AsyncIterator[None]:
    """Serve holding and input registers as long as the context lasts.

    Args:
        registers: what is served.
        framing: `tcp`, `rtu+tcp` (RTU frames in TCP) or `serial` (RTU on a serial line).
        host: to listen at.
        port: to listen at.
        line: with `serial`, instead of host and port.
        unit: Modbus device id.

    Raises:
        RuntimeError: the port is taken.
    """
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # a client that leaves is no error here
    simulated = SimDevice(
        id=unit,
        simdata=[SimData(0, values=registers.first, datatype=DataType.REGISTERS)],
        action=registers.action,
    )

    def traced(sending: bool, data: bytes) -> bytes:
        return b"" if sending and registers.mute() else data

    server: ModbusTcpServer | ModbusSerialServer
    if line is not None:
        server = ModbusSerialServer(
            simulated, framer=FramerType.RTU, port=line.device_end, baudrate=BAUD, trace_packet=traced
        )
    else:
        server = ModbusTcpServer(
            simulated,
            framer=FramerType.RTU if framing == "rtu+tcp" else FramerType.SOCKET,
            address=(host, port),
            trace_packet=traced,
            trace_connect=registers.connected,
        )
    async with AsyncExitStack() as ending:
        await server.serve_forever(background=True)
        ending.push_async_callback(_shut, server)
        yield


async def _shut(server: ModbusTcpServer | ModbusSerialServer) -> None:
    await server.shutdown()  # type: ignore[no-untyped-call] # the library's
    await asyncio.sleep(0)  # lets the closed connections say goodbye
