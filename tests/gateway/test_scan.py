"""A device that nobody has described is read around what it refuses; the device is pymodbus's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from servers import free_port  # made importable by the conftest above

from gateway.errors import SourceError
from gateway.fields import Endpoint
from gateway.modbus_link import Link
from gateway.requests import Span
from gateway.scan import Scan, scan
from readings.quality import Reason
from readings.times import MS, SECOND


@asynccontextmanager
async def device(**tables: dict[int, list[int]]) -> AsyncIterator[Link]:
    """A link to a device that has these registers and refuses all others."""

    def data(table: str) -> Any:
        given = tables.get(table, {60000: [0]})
        return [SimData(at, values=words, datatype=DataType.REGISTERS) for at, words in given.items()]

    bits = [SimData(0, values=[True, False, True], datatype=DataType.BITS)]
    port = free_port()
    model = SimDevice(id=1, simdata=(bits, bits, data("holding"), data("input")))
    server = ModbusTcpServer(model, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    link = Link(Endpoint("tcp", "127.0.0.1", port), timeout=2 * SECOND, quiet=50 * MS, name="scan")
    try:
        yield link
    finally:
        link.close(suspect=False)
        await server.shutdown()


async def test_holes_are_found_and_gone_around() -> None:
    """Registers beside refused ones are read; what is refused says so, one by one."""
    async with device(holding={10: [1, 2, 3], 17: [4]}) as link:
        found = Scan()
        await scan(link, 1, Span("holding", 8, 12), block=16, into=found)
    assert {at: number for (_, at), number in found.numbers.items()} == {10: 1, 11: 2, 12: 3, 17: 4}
    assert {at for _, at in found.refused} == {8, 9, 13, 14, 15, 16, 18, 19}
    assert set(found.refused.values()) == {Reason.ILLEGAL_ADDRESS}
    assert found.answer(Span("holding", 10, 3)) == [1, 2, 3]
    assert found.answer(Span("holding", 12, 2)) is Reason.ILLEGAL_ADDRESS


async def test_what_is_known_is_not_asked_again() -> None:
    """A second scan of the same span asks nothing; after forgetting, only what was not refused."""
    async with device(holding={0: [7] * 8}) as link:
        found = Scan()
        await scan(link, 1, Span("holding", 0, 8), block=4, into=found)
        assert found.asked == 2
        await scan(link, 1, Span("holding", 0, 8), block=4, into=found)
        assert found.asked == 2
        found.forget()
        assert found.answer(Span("holding", 0, 1)) is Reason.NO_ANSWER
        await scan(link, 1, Span("holding", 0, 8), block=8, into=found)
        assert found.asked == 3


async def test_nobody_is_told_so() -> None:
    """An address at which nothing listens is an error that says what to look at."""
    link = Link(Endpoint("tcp", "127.0.0.1", free_port()), timeout=SECOND, quiet=50 * MS, name="scan")
    with pytest.raises(SourceError, match="is it switched on, and is the address right"):
        await scan(link, 1, Span("holding", 0, 1), block=8, into=Scan())


async def test_a_unit_that_is_silent_is_told_so(raw_device: Any) -> None:
    """A gateway that takes the question and never answers it: three tries, and words that help."""
    silent = raw_device(rtu=False)

    async def nothing(_number: int, _address: int, _count: int) -> bytes:
        return b""

    silent.script = nothing
    async with silent.running():
        link = Link(Endpoint("tcp", "127.0.0.1", silent.port), timeout=50 * MS, quiet=10 * MS, name="scan")
        with pytest.raises(SourceError, match=r"unit 7 does not answer \(holding 0.*another --unit"):
            await scan(link, 7, Span("holding", 0, 1), block=8, into=Scan())
        link.close(suspect=True)
    assert silent.asked == 3


async def test_a_table_that_there_is_not_is_asked_once(raw_device: Any) -> None:
    """Exception 1 is said of the whole table: it is not halved."""
    none = raw_device(rtu=False)

    async def refuse(_number: int, _address: int, _count: int) -> bytes:
        return bytes([0x83, 1])

    none.script = refuse
    async with none.running():
        link = Link(Endpoint("tcp", "127.0.0.1", none.port), timeout=SECOND, quiet=10 * MS, name="scan")
        found = Scan()
        await scan(link, 1, Span("holding", 0, 8), block=8, into=found)
        link.close(suspect=False)
    assert none.asked == 1
    assert set(found.refused.values()) == {Reason.ILLEGAL_FUNCTION}
