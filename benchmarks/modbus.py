"""Modbus TCP: our link beside bare pymodbus, and what 10,000 values a second from 20 units cost, up to the journal.

The floor of the rate: `AsyncModbusTcpClient` of pymodbus with its answers as they come, the same blocks, the same
server, in turn with ours. The server is `benchmarks.modbus_server`, in a process of its own.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import tempfile
import time
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.modbus_server import held, serving
from gateway.acquire import acquire
from gateway.fields import Endpoint
from gateway.modbus_link import Link
from gateway.modbus_settings import ModbusSource
from gateway.requests import Span
from gateway.tally import Tally
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from readings.inputs import Series
from readings.times import SECOND
from readings.units import Unit, unit_named

BLOCKS = (10, 100)  # registers
SECONDS = {Size.TINY: 0.2, Size.QUICK: 2.0, Size.FULL: 5.0}
ROUNDS = {Size.TINY: 1, Size.QUICK: 3, Size.FULL: 5}
POLLED = {Size.TINY: 1.2, Size.QUICK: 15.0, Size.FULL: 60.0}  # seconds
UNITS, CHANNELS = 20, 500  # of a unit, each second
_AHEAD = 100  # questions between two looks at the clock


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def ask_ours(port: int, count: int, seconds: float) -> tuple[float, float]:
    """Registers a second, and CPU in us a question."""
    link = Link(Endpoint("tcp", "127.0.0.1", port), timeout=SECOND, quiet=SECOND, name="bench")
    await link.open()
    request, expected = Span("holding", 0, count), [held(address) for address in range(count)]
    began, used, asked = time.perf_counter(), cpu(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(_AHEAD):
            answer = await link.ask(1, request)
        asked += _AHEAD
        if list(answer) != expected:  # type: ignore[arg-type]
            raise RuntimeError(f"no answer, or a wrong one: {answer}")
    took, spent = time.perf_counter() - began, cpu() - used
    link.close(suspect=False)
    return asked * count / took, spent / asked * 1e6


async def ask_bare(port: int, count: int, seconds: float) -> tuple[float, float]:
    """Registers a second, and CPU in us a question."""
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=1, retries=0)
    await client.connect()
    expected = [held(address) for address in range(count)]
    began, used, asked = time.perf_counter(), cpu(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(_AHEAD):
            answer = await client.read_holding_registers(0, count=count, device_id=1)
        asked += _AHEAD
        if answer.registers != expected:
            raise RuntimeError(f"no answer, or a wrong one: {answer}")
    took, spent = time.perf_counter() - began, cpu() - used
    client.close()
    return asked * count / took, spent / asked * 1e6


def plant(port: int) -> tuple[tuple[ModbusSource, ...], dict[Series, Unit]]:
    """A source for each unit, in blocks of 100, and the units of what they read."""
    sources, units = [], {}
    for unit in range(1, UNITS + 1):
        channels = []
        for number in range(CHANNELS):
            units[Series("line", f"u{unit}", str(number))] = unit_named("degC")
            first = number + number // 100  # a hole after each hundred
            reads = f"line/u{unit}/{number}"
            channels.append(
                {"reads": reads, "at": f"holding {first}", "type": "int16", "scale": 0.1, "unit": "degC"}
            )
        given = {"name": f"u{unit}", "modbus": f"tcp://127.0.0.1:{port}", "unit": unit, "every": "1 s"}
        sources.append(ModbusSource.model_validate(given | {"channels": channels}))
    return tuple(sources), units


async def poll(port: int, folder: Path, seconds: float) -> tuple[float, float, list[Tally]]:
    """Values a second, the share of a core, and the counts of the sources.

    Raises:
        RuntimeError: the journal does not hold what was read.
    """
    sources, units = plant(port)
    journal = SqliteJournal(folder / "journal.db")
    tallies: dict[str, Tally] = {}
    async with JournalIntake(journal) as intake:
        task = asyncio.create_task(
            acquire(sources, intake=intake, units=units, site="bench", tallies=tallies), name="sources"
        )
        await asyncio.sleep(1.5)  # connected, and the first polls are over
        before = sum(tally.readings for tally in tallies.values())
        began, used = time.perf_counter(), cpu()
        await asyncio.sleep(seconds)
        took, spent = time.perf_counter() - began, cpu() - used
        read = sum(tally.readings for tally in tallies.values()) - before
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    books = journal.books()
    journal.close()
    if (
        books.duplicate
        or books.quarantined
        or books.acquired < sum(tally.readings for tally in tallies.values())
    ):
        raise RuntimeError(f"the books do not hold what was read: {books}")
    return read / took, spent / took, list(tallies.values())


def run(size: Size, tell: Tell) -> list[Figure]:
    """Both clients in turn, the medians; then the plant."""
    figures: list[Figure] = []
    with serving() as port:
        for count in BLOCKS:
            bare, ours = [], []
            for number in range(ROUNDS[size]):
                bare.append(asyncio.run(ask_bare(port, count, SECONDS[size])))
                ours.append(asyncio.run(ask_ours(port, count, SECONDS[size])))
                tell(
                    f"blocks of {count}, round {number + 1}: {bare[-1][0]:,.0f} and {ours[-1][0]:,.0f} registers/s"
                )
            (rate, used), (floor, floor_used) = (
                [statistics.median(column) for column in zip(*runs, strict=True)] for runs in (ours, bare)
            )
            name, note = f"Modbus TCP, blocks of {count}", "floor: bare pymodbus"
            figures += [
                Figure(name, rate, "registers/s", floor, Target(least=0.8, of_floor=True), note),
                Figure(
                    f"{name}, CPU", used, "us/question", floor_used, Target(most=1.25, of_floor=True), note
                ),
            ]
        with tempfile.TemporaryDirectory() as name:
            rate, share, tallies = asyncio.run(poll(port, Path(name), POLLED[size]))
    missed = sum(tally.missed for tally in tallies)
    bad = sum(sum(tally.snapshot().errors.values()) for tally in tallies)
    polls = sum(tally.snapshot().polls for tally in tallies)
    good = sum(tally.readings for tally in tallies) - bad
    tell(f"{rate:,.0f} values/s from {UNITS} units, {missed} polls missed, {bad} bad readings")
    return [
        *figures,
        Figure(
            "Modbus to journal",
            rate,
            "values/s",
            target=Target(least=9_900),
            note=f"{UNITS} units, every 1 s",
        ),
        Figure(
            "Modbus to journal, CPU",
            share,
            "of a core",
            target=Target(most=0.33),
            note="acquired, decoded, durable",
        ),
        Figure("Modbus polls not missed", polls, "polls", polls + missed, Target(least=1, of_floor=True)),
        Figure("Modbus readings with a value", good, "readings", good + bad, Target(least=1, of_floor=True)),
    ]
