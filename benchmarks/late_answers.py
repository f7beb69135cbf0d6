"""How many values are believed that are not the asked register's own: our link and pymodbus, at an odd device.

Each trial asks a dozen questions of a device that answers late, twice, cut short, for another unit, transaction,
function or length, in pieces, between garbage, or not at all: `tests/gateway/odd_device.py`, on real sockets and a
pseudo terminal, under a clock that jumps. The clients of pymodbus are as it makes them, and without retries.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from random import Random
from typing import Any

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from structlog.testing import capture_logs

from benchmarks.figure import Figure, Size, Target, Tell
from gateway.fields import SerialPort
from gateway.modbus_link import Link, NotConnectedError
from gateway.requests import Span
from readings.quality import Reason
from readings.times import MS

sys.path.append(str(Path(__file__).parents[1] / "tests" / "gateway"))
from hurried_loop import hurried  # type: ignore[import-not-found]
from odd_device import Odd, OddDevice, held  # type: ignore[import-not-found]

TRIALS = {Size.TINY: 5, Size.QUICK: 300, Size.FULL: 2000}
QUESTIONS, TIMEOUT, QUIET = 12, 50, 60  # ms
FRAMINGS = ("tcp", "rtu+tcp", "serial")
SPANS = tuple(Span("holding", first, count) for first, count in ((0, 2), (10, 3), (20, 2), (30, 2)))

Ask = Callable[[Span], Awaitable[list[int] | None]]  # None: told that there is no value


def odd(random: Random, *, rtu: bool) -> Odd:
    """A fault, or two; half of the answers are late or trailed by copies."""

    def seldom(value: Any) -> Any:
        return random.randrange(8) == 0 and value

    made = {
        "delay": random.choice((0, 0, 1, 20, 49, 51, 70, 100)) + (0 if rtu else seldom(3000) or 0),
        "silent": bool(seldom(1)),
        "unit": seldom(random.randrange(1, 256)) or 0,
        "transaction": (not rtu and seldom(random.randrange(1, 65536))) or 0,
        "function": seldom(1) or 0,
        "length": seldom(random.choice((-1, 1))) or 0,
        "flip": random.randrange(100) if rtu and seldom(1) else None,
        "gaps": seldom((0, 1, 3, 0, 2)) or (),
        "before": seldom(random.randbytes(3)) or b"",
        "copies": tuple(random.choices((1, 5, 20, 40, 58), k=random.choice((0, 0, 1, 2)))),
    }
    if not made["copies"] and not made["before"] and seldom(1):
        made["cut"] = random.randrange(1, 10)
    return Odd(**made)


async def ours(endpoint: Any) -> tuple[Ask, Callable[[], object]]:
    link = Link(endpoint, timeout=TIMEOUT * MS, quiet=QUIET * MS, name="trial")

    async def ask(span: Span) -> list[int] | None:
        try:
            await link.open()
        except NotConnectedError:
            return None
        answer = await link.ask(1, span)
        return None if isinstance(answer, Reason) else list(answer)

    return ask, lambda: link.close(suspect=False)


def bare(retries: int) -> Callable[[Any], Awaitable[tuple[Ask, Callable[[], object]]]]:
    async def made(endpoint: Any) -> tuple[Ask, Callable[[], object]]:
        client: Any
        if isinstance(endpoint, SerialPort):
            client = AsyncModbusSerialClient(endpoint.path, timeout=TIMEOUT / 1000, retries=retries)
        else:
            framer = FramerType.SOCKET if endpoint.scheme == "tcp" else FramerType.RTU
            client = AsyncModbusTcpClient(
                endpoint.host, port=endpoint.port, framer=framer, timeout=TIMEOUT / 1000, retries=retries
            )
        await client.connect()

        async def ask(span: Span) -> list[int] | None:
            try:
                answer = await client.read_holding_registers(span.first, count=span.count, device_id=1)
            except ModbusException:
                return None
            return None if answer.isError() or len(answer.registers) != span.count else list(answer.registers)

        return ask, client.close

    return made


CLIENTS = {"haccpline": ours, "pymodbus": bare(3), "pymodbus, no retries": bare(0)}


async def trial(client: Any, framing: str, random: Random, counts: dict[str, int]) -> None:
    """Count what is asked, what is believed, and what of it is not the register's own since it was asked."""
    device = OddDevice(rtu=framing != "tcp")
    device.odd = [odd(random, rtu=device.rtu) for _ in range(QUESTIONS // 2)]
    at: AbstractAsyncContextManager[Any] = device.on_line() if framing == "serial" else device.listening()
    async with at as endpoint:
        ask, close = await client(endpoint)
        try:
            for number in range(QUESTIONS):
                before = device.asked
                span = random.choice(SPANS) if number else SPANS[0]
                answer = await ask(span)
                counts["asked"] += 1
                counts["believed"] += answer is not None
                own = [held(span, asked) for asked in range(before + 1, device.asked + 1)]
                counts["wrong"] += answer is not None and answer not in own
        finally:
            close()


def run(size: Size, tell: Tell) -> list[Figure]:
    """Each client at the same devices."""
    for noisy in ("pymodbus", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    figures = []
    for framing in FRAMINGS:
        for name, client in CLIENTS.items():
            counts = {"asked": 0, "believed": 0, "wrong": 0}
            for seed in range(TRIALS[size]):
                with capture_logs():
                    hurried(trial(client, framing, Random(seed), counts))
            tell(f"{framing}, {name}: {counts}")
            figures.append(
                Figure(
                    f"Right among believed, {framing}, {name}",
                    counts["believed"] - counts["wrong"],
                    "values",
                    counts["believed"],
                    Target(least=1, of_floor=True) if client is ours else None,
                    f"{counts['wrong']:,} wrong; {counts['asked']:,} questions asked",
                )
            )
    return figures
