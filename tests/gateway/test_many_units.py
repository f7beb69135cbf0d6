"""Many units on a link, on real sockets: each on its schedule, whatever its neighbours do. Waiting takes no time."""

from __future__ import annotations

import asyncio
import math
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hurried_loop import hurried

from gateway.modbus import ModbusPoller
from gateway.modbus_settings import ModbusSource
from gateway.tally import Tally, UnitHealth
from readings.quality import Reason
from readings.times import SECOND, parse_time

NOON = parse_time("2026-03-01T12:00:00Z")


def clock() -> int:
    """UTC, ns, in step with the loop; noon when it began."""
    return NOON + round((asyncio.get_running_loop().time() - 1000) * SECOND)


@dataclass
class Unit:
    """What is behind one device id; each register holds `1000 * unit + address`."""

    number: int
    silent: bool = False
    slow: float = 0.001  # seconds to an answer
    absent: set[int] = field(default_factory=set)
    longest: int = 125
    code: int = 0  # exception to everything
    asked: list[tuple[float, int, int]] = field(default_factory=list)

    def pdu(self, first: int, count: int) -> bytes:
        if self.code:
            return bytes((0x83, self.code))
        if self.absent & set(range(first, first + count)):
            return b"\x83\x02"
        if count > self.longest:
            return b"\x83\x03"
        held = (1000 * self.number + address for address in range(first, first + count))
        return struct.pack(f">BB{count}H", 3, 2 * count, *held)


class Line:
    """A Modbus TCP gateway with units behind it, one question at a time."""

    def __init__(self, *numbers: int) -> None:
        self.units = {number: Unit(number) for number in numbers}
        self.connections = 0
        self.deaf = False  # accepts, and answers nothing
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                frame = await reader.readexactly(12)
                number, _, first, count = struct.unpack(">BBHH", frame[6:])
                unit = self.units[number]
                unit.asked.append((asyncio.get_running_loop().time(), first, count))
                if self.deaf or unit.silent:
                    continue
                await asyncio.sleep(unit.slow)
                pdu = unit.pdu(first, count)
                writer.write(frame[:4] + struct.pack(">HB", len(pdu) + 1, number) + pdu)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for writer in list(self._writers):
                writer.close()
            await asyncio.sleep(0.01)


def channels(unit: int, *addresses: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"reads": f"cold-3/u{unit}/r{at}", "at": f"holding {at}", "type": "uint16", "unit": "count", **more}
        for at in addresses
    ]


@dataclass
class Run:
    """A source that polls."""

    poller: ModbusPoller
    intake: Any
    tally: Tally

    def rows(self, unit: int) -> list[tuple[str, float, float, Reason]]:
        """Point, seconds since noon, value, reason of the readings of a unit."""
        return [
            (name.rpartition("/r")[2], (time - NOON) / SECOND, value, reason)
            for name, time, value, reason, _ in self.intake.rows()
            if name.startswith(f"cold-3/u{unit}/")
        ]

    def unit(self, number: int) -> UnitHealth:
        return next(unit for unit in self.tally.snapshot().units if unit.unit == number)

    def connected(self) -> list[bool]:
        return [unit.connected for unit in self.tally.snapshot().units]


@pytest.fixture
def link(intake: Any, units: Callable[..., Any]) -> Callable[..., Run]:
    """link(line, devices, ...): a source that polls these devices of a line."""

    def build(line: Line, devices: list[dict[str, Any]], **more: Any) -> Run:
        given = {
            "name": "hall",
            "modbus": f"tcp://127.0.0.1:{line.port}",
            "timeout": "300 ms",
            "devices": devices,
        }
        source = ModbusSource.model_validate(given | more)
        named = {name.replace("cold-3/", "").replace("/", "__"): "count" for _, name in source.places()}
        tally = Tally("hall")
        poller = ModbusPoller(source, intake=intake, units=units(**named), tally=tally, wall=clock)
        return Run(poller, intake, tally)

    return build


async def polling(
    run: Run, seconds: float, *, then: Callable[[], Coroutine[Any, Any, None]] | None = None
) -> None:
    task = asyncio.create_task(run.poller.run())
    await asyncio.sleep(seconds)
    if then is not None:
        await then()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_each_unit_is_itself(link: Any) -> None:
    """Units on one connection: each value is that of its own unit and register, each unit at its own interval."""

    async def scene() -> None:
        line = Line(1, 2, 7)
        async with line.serving():
            run = link(
                line,
                [
                    {"unit": 1, "channels": channels(1, 0, 1, 2)},
                    {"unit": 2, "every": "2 s", "channels": channels(2, 0, 5)},
                    {"unit": 7, "every": "500 ms", "channels": channels(7, 9)},
                ],
                every="1 s",
            )
            await polling(run, 10.2)
        assert line.connections == 1
        for unit, polls, points in ((1, 11, 3), (2, 6, 2), (7, 21, 1)):
            rows = run.rows(unit)
            assert len(rows) == polls * points
            assert all(value == 1000 * unit + int(point) for point, _, value, _ in rows)
            health = run.unit(unit)
            assert (health.polls, health.missed, health.skipped, health.overruns) == (polls, 0, 0, 0)
        assert run.connected() == [True, True, True]
        assert run.tally.snapshot().polls == 38

    hurried(scene())


def test_a_dead_unit_does_not_slow_its_neighbours(link: Any) -> None:
    """One of five units dies for ten minutes: its neighbours miss no poll, it has a bad reading at every due time,
    it is tried less and less often, takes a fifth of the time at most, and is back within the longest pause."""

    async def scene() -> None:
        line = Line(1, 2, 3, 4, 5)
        async with line.serving():
            run = link(
                line,
                [{"unit": unit, "channels": channels(unit, 0, 1)} for unit in line.units],
                every="1 s",
            )

            async def dies() -> None:
                line.units[3].silent = True
                line.units[3].asked.clear()
                await asyncio.sleep(600)
                assert run.unit(3).until is not None
                assert run.connected() == [True, True, False, True, True]
                tried = [at for at, _, _ in line.units[3].asked]
                assert len(tried) < 40
                assert max(after - before for before, after in pairwise(tried)) <= 32
                line.units[3].silent = False
                await asyncio.sleep(60.5)

            await polling(run, 60.5, then=dies)
        for unit in (1, 2, 4, 5):
            health = run.unit(unit)
            assert (health.missed, health.skipped) == (0, 0)
            assert {reason for _, _, _, reason in run.rows(unit)} == {Reason.NONE}
            assert len(run.rows(unit)) == 2 * 721
        dead = run.rows(3)
        assert len(dead) == 2 * 721
        assert Counter(reason for _, _, _, reason in dead[: 2 * 61]) == {Reason.NONE: 122}
        silence = [at for _, at, _, reason in dead if reason is not Reason.NONE]
        assert {reason for _, _, _, reason in dead} == {Reason.NONE, Reason.NO_ANSWER}
        assert 2 * 600 <= len(silence) <= 2 * 631
        # a reading for every due time, whether it was asked then or not
        assert [int(at) for at in silence[::2]] == list(range(61, 61 + len(silence) // 2))
        assert run.connected() == [True] * 5
        assert run.unit(3).until is None

    hurried(scene())


def test_many_dead_units_share_a_fifth(link: Any) -> None:
    """Nine of ten units dead: once that is known the tenth misses no poll, and questions in vain take a fifth of the
    time or less; none of the nine is forgotten."""

    async def scene() -> None:
        line = Line(*range(1, 11))
        for number in range(1, 10):
            line.units[number].silent = True
        async with line.serving():
            run = link(
                line,
                [{"unit": unit, "channels": channels(unit, 0)} for unit in line.units],
                every="1 s",
                retry="10 s",
            )

            async def known() -> None:
                assert run.unit(10).missed == 2  # nine times 300 ms, until it was asked first
                before = [run.unit(unit).asked for unit in range(1, 10)]
                missed = [run.unit(unit).missed for unit in range(1, 10)]
                await asyncio.sleep(300)
                in_vain = [
                    run.unit(unit).asked - count for unit, count in zip(range(1, 10), before, strict=True)
                ]
                assert sum(in_vain) * 0.3 <= 300 / 5
                assert min(in_vain) >= 300 // 20
                assert [run.unit(unit).missed for unit in range(1, 10)] == missed  # left out, not missed

            await polling(run, 20.5, then=known)
        assert run.unit(10).missed == 2
        assert len(run.rows(10)) == 321
        for unit in range(1, 10):
            assert len(run.rows(unit)) in (319, 320, 321)  # one may wait to be tried

    hurried(scene())


def test_one_lost_answer_is_no_death(link: Any) -> None:
    """A single answer lost: its values are bad once, and the unit is polled on as before."""

    async def scene() -> None:
        line = Line(1, 2)
        async with line.serving():
            run = link(
                line,
                [{"unit": unit, "channels": channels(unit, 0, 50)} for unit in line.units],
                every="1 s",
            )

            async def once() -> None:
                line.units[2].silent = True
                await asyncio.sleep(0.7)
                line.units[2].silent = False
                await asyncio.sleep(10)

            await polling(run, 4.6, then=once)
        bad = [(point, round(at)) for point, at, _, reason in run.rows(2) if reason is not Reason.NONE]
        assert bad == [("0", 5)]
        assert {reason for _, _, _, reason in run.rows(1)} == {Reason.NONE}
        assert run.unit(2).skipped == 0

    hurried(scene())


def test_a_gateway_that_says_the_unit_is_dead(link: Any) -> None:
    """Exception 11 in place of an answer: the reason is kept, and the unit is left alone like a silent one."""

    async def scene() -> None:
        line = Line(1, 2)
        line.units[2].code = 11
        line.units[2].slow = 0.2  # the gateway waits before it says so
        async with line.serving():
            run = link(
                line, [{"unit": unit, "channels": channels(unit, 0)} for unit in line.units], every="1 s"
            )
            await polling(run, 120.5)
        assert {reason for _, _, _, reason in run.rows(2)} == {Reason.GATEWAY_TARGET}
        assert len(run.rows(2)) == 121
        assert run.unit(2).asked < 15
        assert run.unit(2).errors == {"gateway target": run.unit(2).asked}
        assert line.connections == 1

    hurried(scene())


def test_intervals_of_channels(link: Any) -> None:
    """Channels with intervals of their own: each is read when it is due, and what falls together shares a request."""

    async def scene() -> None:
        line = Line(1)
        async with line.serving():
            run = link(
                line,
                [
                    {
                        "unit": 1,
                        "every": "1 s",
                        "channels": channels(1, 0, 1) + channels(1, 2, 3, every="5 s"),
                    }
                ],
            )
            await polling(run, 20.5)
        asked = line.units[1].asked
        assert [(first, count) for _, first, count in asked[:6]] == [(0, 4), *[(0, 2)] * 4, (0, 4)]
        assert len(asked) == 21
        points = Counter(point for point, _, _, _ in run.rows(1))
        assert points == {"0": 21, "1": 21, "2": 5, "3": 5}

    hurried(scene())


def test_no_drift(link: Any) -> None:
    """Ten minutes at 700 ms with answers of 150 ms: the last poll begins when it should, to the millisecond."""

    async def scene() -> None:
        line = Line(1)
        line.units[1].slow = 0.15
        async with line.serving():
            run = link(line, [{"unit": 1, "every": "700 ms", "channels": channels(1, 0)}])
            await polling(run, 600.05)
        began = [at for at, _, _ in line.units[1].asked]
        assert len(began) == 858
        assert all(abs((at - began[0]) - 0.7 * number) < 0.001 for number, at in enumerate(began))
        assert run.unit(1).missed == run.unit(1).overruns == 0
        assert abs(run.unit(1).round_trip_mean - 150) < 1

    hurried(scene())


def test_a_poll_that_takes_too_long(link: Any) -> None:
    """A poll of 3.5 intervals: it is an overrun, and each of the two due times that passed has bad readings of its
    own, at that time."""

    async def scene() -> None:
        line = Line(1)
        async with line.serving():
            run = link(line, [{"unit": 1, "every": "1 s", "channels": channels(1, 0, 1)}], timeout="10 s")

            async def slow() -> None:
                line.units[1].slow = 3.5
                await asyncio.sleep(1)
                line.units[1].slow = 0.001
                await asyncio.sleep(9)

            await polling(run, 4.5, then=slow)
        rows = run.rows(1)
        assert [(point, at) for point, at, _, reason in rows if reason is Reason.NO_ANSWER] == [
            ("0", 6),
            ("1", 6),
            ("0", 7),
            ("1", 7),
        ]
        assert [round(at, 1) for point, at, _, reason in rows if reason is Reason.NONE and point == "0"] == [
            *(0, 1, 2, 3, 4, 8.5, 8.5, 9, 10, 11, 12, 13, 14)
        ]
        assert (run.unit(1).missed, run.unit(1).overruns) == (2, 1)
        assert run.tally.snapshot().missed == 2

    hurried(scene())


def test_a_busy_unit_does_not_hold_up_a_quick_one(link: Any) -> None:
    """A unit with a poll of five seconds a minute, beside one every 200 ms: neither misses anything."""

    async def scene() -> None:
        line = Line(1, 2)
        line.units[1].slow = 0.05
        async with line.serving():
            run = link(
                line,
                [
                    {"unit": 1, "every": "60 s", "channels": channels(1, *range(0, 200, 2))},
                    {"unit": 2, "every": "200 ms", "channels": channels(2, 0)},
                ],
            )
            await polling(run, 120.1)
        assert len(line.units[1].asked) == 3 * 100 or len(line.units[1].asked) > 2 * 100
        assert (run.unit(1).missed, run.unit(2).missed) == (0, 0)
        assert len(run.rows(2)) == 601

    hurried(scene())


def test_overloaded_link_is_fair(link: Any) -> None:
    """Three equal units that need twice the time there is: each gets its third, and what was missed is told."""

    async def scene() -> None:
        line = Line(1, 2, 3)
        for unit in line.units.values():
            unit.slow = 0.66
        async with line.serving():
            run = link(
                line,
                [{"unit": unit, "channels": channels(unit, 0)} for unit in line.units],
                every="1 s",
                timeout="2 s",
            )
            await polling(run, 60.5)
        polls = [run.unit(unit).polls for unit in line.units]
        assert max(polls) - min(polls) <= 1
        assert sum(polls) >= 88
        for unit in line.units:
            health = run.unit(unit)
            assert 59 <= health.polls + health.missed <= 61
            assert len(run.rows(unit)) >= health.polls + health.missed - 2  # the last poll is under way

    hurried(scene())


def test_a_pause_between_requests(link: Any) -> None:
    """With a pause of 20 ms no question comes sooner than that behind an answer."""

    async def scene() -> None:
        line = Line(1, 2)
        async with line.serving():
            run = link(
                line,
                [{"unit": unit, "channels": channels(unit, 0, 10, 20)} for unit in line.units],
                every="1 s",
                pause="20 ms",
            )
            await polling(run, 5.5)
        asked = sorted(at for unit in line.units.values() for at, _, _ in unit.asked)
        assert len(asked) == 36
        assert min(b - a for a, b in pairwise(asked)) >= 0.0209

    hurried(scene())


def test_a_refused_address_in_a_block(link: Any) -> None:
    """Exception 2 for a block with one address that the device has not: that value alone is bad, from the first poll
    on; five seconds after the device was set up anew it is good as well."""

    async def scene() -> None:
        line = Line(1)
        line.units[1].absent = {7}
        async with line.serving():
            run = link(line, [{"unit": 1, "every": "1 s", "channels": channels(1, *range(20))}])

            async def anew() -> None:
                assert [str(each) for each in run.tally.units[1].refused] == ["holding 7"]
                line.units[1].absent = set()
                await asyncio.sleep(70)

            await polling(run, 10.5, then=anew)
        rows = run.rows(1)
        bad = [(point, reason) for point, _, value, reason in rows if math.isnan(value)]
        assert set(bad) == {("7", Reason.ILLEGAL_ADDRESS)}
        good = [at for point, at, value, _ in rows if point == "7" and value == 1007]
        assert good
        assert good[-1] > 79
        assert all(value == 1000 + int(point) for point, _, value, _ in rows if not math.isnan(value))
        assert run.unit(1).refused == ()

    hurried(scene())


def test_holes_and_block_limits_are_kept(link: Any) -> None:
    """What the settings call a hole is never asked, however wide the gap; no request is longer than the limit."""

    async def scene() -> None:
        line = Line(1, 2)
        async with line.serving():
            run = link(
                line,
                [
                    {"unit": 1, "holes": ["holding 3 to 4"], "channels": channels(1, 0, 2, 5, 8)},
                    {"unit": 2, "block": 8, "gap": 0, "channels": channels(2, *range(20))},
                ],
                every="1 s",
                gap=10,
            )
            await polling(run, 0.5)
        assert [(first, count) for _, first, count in line.units[1].asked] == [(0, 3), (5, 4)]
        assert [(first, count) for _, first, count in line.units[2].asked] == [(0, 8), (8, 8), (16, 4)]

    hurried(scene())


def test_another_address_while_the_first_is_gone(link: Any) -> None:
    """The first address goes: after three connections in vain the second is used; when the first answers again it
    is taken again, within the time told, and nothing is asked of both at once."""

    async def scene() -> None:
        main, spare = Line(1), Line(1)
        async with spare.serving():
            async with main.serving():
                run = link(
                    main,
                    [{"unit": 1, "channels": channels(1, 0)}],
                    every="1 s",
                    backup=[f"tcp://127.0.0.1:{spare.port}"],
                )
                task = asyncio.create_task(run.poller.run())
                await asyncio.sleep(5.5)
                assert run.tally.address == f"tcp://127.0.0.1:{main.port}"
                assert not spare.connections
            await asyncio.sleep(10)
            assert run.tally.address == f"tcp://127.0.0.1:{spare.port}"
            assert spare.connections == 1
            bad = [at for _, at, _, reason in run.rows(1) if reason is not Reason.NONE]
            assert 0 < len(bad) <= 3
            async with main.serving():
                await asyncio.sleep(31)
                assert run.tally.address == f"tcp://127.0.0.1:{main.port}"
                before = len(spare.units[1].asked)
                await asyncio.sleep(5)
                assert len(spare.units[1].asked) == before
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert {reason for _, _, _, reason in run.rows(1)} == {Reason.NONE, Reason.NOT_CONNECTED}

    hurried(scene())


def test_an_address_that_accepts_and_never_answers(link: Any) -> None:
    """A connection on which nothing is ever answered is as good as none: the other address is used."""

    async def scene() -> None:
        main, spare = Line(1), Line(1)
        main.deaf = True
        async with main.serving(), spare.serving():
            run = link(
                main,
                [{"unit": 1, "channels": channels(1, 0)}],
                every="1 s",
                backup=[f"tcp://127.0.0.1:{spare.port}"],
            )
            await polling(run, 100.5)
        good = [at for _, at, _, reason in run.rows(1) if reason is Reason.NONE]
        assert good[0] < 4
        # looked at again after 30 s and then twice as long: one poll lost each time
        assert len(run.rows(1)) - len(good) <= 6

    hurried(scene())


def test_no_address_can_be_reached(link: Any) -> None:
    """Neither address there: a bad reading of every channel at every due time, tries less often, and back at once
    when one of them comes."""

    async def scene() -> None:
        main, spare = Line(1), Line(1)
        async with main.serving(), spare.serving():
            pass  # their ports are free again
        run = link(
            main,
            [{"unit": 1, "channels": channels(1, 0, 1)}],
            every="1 s",
            backup=[f"tcp://127.0.0.1:{spare.port}"],
        )

        async def comes() -> None:
            assert len(run.rows(1)) == 2 * 61
            assert {reason for _, _, _, reason in run.rows(1)} == {Reason.NOT_CONNECTED}
            async with spare.serving():
                await asyncio.sleep(30)
                assert run.rows(1)[-1][3] is Reason.NONE

        await polling(run, 60.5, then=comes)

    hurried(scene())


def test_a_full_disk_holds_back_what_waits_alone(link: Any, intake: Any) -> None:
    """While nothing can be committed each unit is polled once and no more; then every due time is accounted for."""

    async def scene() -> None:
        line = Line(1, 2)
        async with line.serving():
            run = link(
                line, [{"unit": unit, "channels": channels(unit, 0)} for unit in line.units], every="1 s"
            )

            async def full() -> None:
                intake.refusing = True
                before = [len(unit.asked) for unit in line.units.values()]
                await asyncio.sleep(20)
                assert [len(unit.asked) for unit in line.units.values()] == [count + 1 for count in before]
                intake.refusing = False
                await asyncio.sleep(20)

            await polling(run, 5.5, then=full)
        for unit in line.units:
            assert [round(at) for _, at, _, _ in run.rows(unit)][:30] == list(range(30))
            assert run.unit(unit).missed > 15

    hurried(scene())
