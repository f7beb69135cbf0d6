"""The way to a device with several addresses: one at a time, and none tried without end. Waiting takes no time."""

from __future__ import annotations

import asyncio

from hurried_loop import hurried
from odd_device import Odd, OddDevice
from servers import free_port

from gateway.fields import Endpoint, ModbusEndpoint
from gateway.modbus_link import Link
from gateway.requests import Span
from gateway.route import Route
from readings.quality import Reason
from readings.times import MS


class Counted(Link):
    """A link that remembers when it was opened."""

    def __init__(self, endpoint: ModbusEndpoint) -> None:
        super().__init__(endpoint, timeout=200 * MS, quiet=500 * MS, name="x")
        self.tried: list[float] = []

    async def open(self) -> None:
        if not self.connected:
            self.tried.append(asyncio.get_running_loop().time())
        await super().open()


def route_of(*endpoints: ModbusEndpoint) -> tuple[Route, list[Counted]]:
    links = [Counted(endpoint) for endpoint in endpoints]
    return Route([(str(each), link) for each, link in zip(endpoints, links, strict=True)], name="x"), links


def test_tried_less_and_less_often() -> None:
    """Nobody there, asked for every 10 ms: 200 ms between two tries, then twice as long, up to 5 s."""

    async def scene() -> None:
        route, (link,) = route_of(Endpoint("tcp", "127.0.0.1", free_port()))
        for _ in range(3000):
            assert not await route.open()
            await asyncio.sleep(0.01)
        pauses = [round(b - a, 1) for a, b in zip(link.tried, link.tried[1:], strict=False)]
        assert pauses[:6] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
        assert len(link.tried) <= 12
        route.close()

    hurried(scene())


def test_the_other_address_is_taken_at_once() -> None:
    """Three tries of an address in a row and no pause between them, where there is another one."""

    async def scene() -> None:
        device = OddDevice(rtu=False)
        async with device.listening() as there:
            route, (gone, spare) = route_of(Endpoint("tcp", "127.0.0.1", free_port()), there)
            assert [await route.open() for _ in range(4)] == [False, False, False, True]
            assert (len(gone.tried), len(spare.tried)) == (3, 1)
            assert route.address == str(there)
            assert not isinstance(await route.ask(1, Span("holding", 0, 2)), Reason)
            route.close()

    hurried(scene())


def test_a_line_with_two_converters_falls_silent_first() -> None:
    """RTU, two ways to the same line: after a change of way nothing is asked until the line has been silent, for an
    answer asked for by the other way may still come."""

    async def scene() -> None:
        one, two = OddDevice(rtu=True), OddDevice(rtu=True)
        async with one.listening() as first, two.listening() as second:
            route, _ = route_of(first, second)
            loop, span = asyncio.get_running_loop(), Span("holding", 0, 2)

            async def ask() -> bool:
                return await route.open() and not isinstance(await route.ask(1, span), Reason)

            assert await ask()
            one.odd = [Odd(silent=True)] * 4
            assert [await ask() for _ in range(5)] == [False, False, False, False, True]
            assert route.address == str(second)
            await asyncio.sleep(40)
            began = loop.time()
            assert await route.open()
            assert route.address == str(first)
            assert loop.time() - began >= 0.5
            assert await ask()
            route.close()

    hurried(scene())
