"""A line's device answers real Modbus clients on three framings with the plant's own numbers."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from ruamel.yaml import YAML
from servers import free_port

from gateway.modbus import ModbusPoller
from gateway.modbus_settings import ModbusSource
from gateway.tally import Tally
from readings.block import Block
from readings.inputs import Series
from readings.quality import Reason
from readings.times import MS, SECOND, parse_time
from readings.units import unit_named
from simulators.clock import PlantError
from simulators.faults import RETORT, WATER, Fault
from simulators.line_device import Address, run_device
from simulators.modbus_device import TIME
from simulators.modbus_server import FRAMINGS
from simulators.plant import plant
from simulators.register_map import registers, sources_yaml
from simulators.running import Running
from simulators.serial_line import SerialLine

START = parse_time("2026-12-07T08:00:00+08:00")
EVERY = 100 * MS


def client_of(address: Address, serial: SerialLine | None) -> Any:
    """A real client for a framing."""
    settings: dict[str, Any] = {"timeout": 0.5, "retries": 0, "reconnect_delay": 0}
    if serial is not None:
        return AsyncModbusSerialClient(serial.reader_end, framer=FramerType.RTU, baudrate=19200, **settings)
    framer = FramerType.RTU if address.framing == "rtu+tcp" else FramerType.SOCKET
    return AsyncModbusTcpClient(address.host, port=address.port, framer=framer, **settings)


@asynccontextmanager
async def served(
    running: Running, line: str, framing: str
) -> AsyncIterator[tuple[Address, SerialLine | None]]:
    """A line's device, up and running."""
    address, up = Address(framing, port=free_port()), asyncio.Event()
    async with SerialLine() as wire:
        serial = wire if framing == "serial" else None
        task = asyncio.create_task(run_device(running, line, address, serial=serial, up=up.set))
        await asyncio.wait_for(up.wait(), 5)
        yield address, serial
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def sample(client: Any, count: int) -> tuple[int, int, list[int]]:
    """Device time in ms, counter, and the words of the values."""
    answer = await client.read_holding_registers(TIME, count=count, device_id=1)
    assert not answer.isError()
    moment, number = struct.unpack(">QI", struct.pack(">6H", *answer.registers[:6]))
    return moment, number, answer.registers[6:]


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("line", [WATER, RETORT])
async def test_registers_are_the_plant(line: str, framing: str) -> None:
    """Time, counter and every value of the map are those of `played`, sample after sample."""
    made = plant(seed=2, every={line: EVERY})
    running = Running(made, start=START)
    places = registers(made.lines[line].signals)
    count = places[-1].at + places[-1].size - TIME
    seen: dict[int, list[int]] = {}
    async with served(running, line, framing) as (address, serial):
        client = client_of(address, serial)
        assert await client.connect()
        for _ in range(12):
            moment, number, words = await sample(client, count)
            assert moment * MS // EVERY % 2**32 == number
            assert 0 <= running.now() - moment * MS < 3 * EVERY
            seen[moment * MS] = words
            await asyncio.sleep(0.05)
        client.close()
    assert len(seen) > 3
    for moment, words in seen.items():
        played = made.played(line, moment, moment + 1).series
        for place in places:
            at = place.at - TIME - 6
            raw = struct.pack(f">{place.size}H", *words[at : at + place.size])
            (found,) = struct.unpack(">I" if place.type == "uint32" else ">h", raw)
            assert found == played[place.signal.key].raw[0], place


@pytest.mark.parametrize("framing", FRAMINGS)
async def test_unplugged_answers_nothing_and_comes_back(framing: str) -> None:
    """A connection is refused or lost, a question stays without an answer; afterwards it is as before."""
    running = Running(plant(every={RETORT: EVERY}))
    async with served(running, RETORT, framing) as (address, serial):
        client = client_of(address, serial)
        await client.connect()
        await sample(client, 10)
        now = running.now()
        running.order(Fault("unplugged", RETORT, now, now + SECOND))
        await asyncio.sleep(0.2)
        with pytest.raises(ModbusException):
            await client.read_holding_registers(TIME, count=10, device_id=1)
        client.close()
        if serial is None:
            assert not await client_of(address, None).connect()
        await asyncio.sleep(1.1)
        again = client_of(address, serial)
        assert await again.connect()
        moment, _, _ = await sample(again, 10)
        assert moment * MS >= now + SECOND
        again.close()


async def test_faults_are_seen_on_the_wire() -> None:
    """A stuck sensor stands still, ozone falls, and the clock is wrong, each from the moment it is ordered."""
    made = plant(every={WATER: EVERY}, always_on=True)
    running = Running(made)
    place = {each.signal.sensor: each.at - TIME for each in registers(made.lines[WATER].signals)}
    async with served(running, WATER, "tcp") as (address, serial):
        client = client_of(address, serial)
        await client.connect()
        now = running.now()
        running.order(Fault("stuck", WATER, now, now + 60 * SECOND, sensor="flow"))
        running.order(
            Fault("low_ozone", WATER, now - 120 * SECOND, now + 60 * SECOND, sensor="o3_contact", size=0.02)
        )
        running.order(Fault("clock_step", WATER, now, now + 60 * SECOND, size=-600))
        flows, ozone = set(), []
        for _ in range(8):
            moment, _, words = await sample(client, 18)
            flows.add(words[place["flow"] - 6])
            ozone.append(words[place["o3_contact"] - 6])
            await asyncio.sleep(0.1)
        client.close()
    assert len(flows) == 1
    assert max(ozone) < 40  # 0.040 mg/L
    assert abs(moment / 1000 + 600 - time.time()) < 5


@pytest.mark.parametrize("framing", FRAMINGS)
async def test_mute_takes_the_question_and_gives_no_answer(framing: str) -> None:
    """The connection stands, a question stays without an answer; afterwards it answers as before."""
    running = Running(plant(every={RETORT: EVERY}))
    async with served(running, RETORT, framing) as (address, serial):
        client = client_of(address, serial)
        await client.connect()
        await sample(client, 10)
        now = running.now()
        running.order(Fault("mute", RETORT, now, now + 600 * MS))
        with pytest.raises(ModbusException):
            await client.read_holding_registers(TIME, count=10, device_id=1)
        client.close()
        again = client_of(address, serial)
        assert await again.connect()
        await asyncio.sleep(0.25)
        moment, _, _ = await sample(again, 10)
        assert moment * MS >= now + 600 * MS
        again.close()


async def test_slow_answers_late_and_rightly() -> None:
    """Each answer takes as long as the fault says."""
    running = Running(plant(every={RETORT: EVERY}))
    async with served(running, RETORT, "tcp") as (address, serial):
        client = client_of(address, serial)
        await client.connect()
        now = running.now()
        running.order(Fault("slow", RETORT, now, now + SECOND, size=0.2))
        began = time.monotonic()
        moment, number, _ = await sample(client, 10)
        assert 0.2 <= time.monotonic() - began < 0.5
        assert moment * MS // EVERY % 2**32 == number
        client.close()


async def test_the_gateway_finds_the_address_that_is_refused() -> None:
    """Of a device that refuses one sensor's address that sensor alone is bad, and it is named."""
    made = plant(every={WATER: EVERY}, lines=[WATER], always_on=True)
    running = Running(made)
    async with served(running, WATER, "tcp") as (address, _):
        text = sources_yaml(made, {WATER: f"tcp://{address.host}:{address.port}", "mqtt": "mqtt://h"})
        (given,) = [each for each in YAML(typ="safe").load(text)["sources"] if each["name"] == WATER]
        units = {
            Series(WATER, signal.sensor, signal.point): unit_named(signal.unit)
            for signal in made.lines[WATER].signals
        }
        kept, tally = Kept(), Tally(WATER)
        source = ModbusSource.model_validate(given)
        poller = ModbusPoller(source, intake=kept, units=units, tally=tally)  # type: ignore[arg-type]
        task = asyncio.create_task(poller.run())
        await kept.until(3)
        now = running.now()
        running.order(Fault("refused", WATER, now, now + SECOND, sensor="o3_contact"))
        before = len(kept.blocks)
        await kept.until(before + 3)
        assert [str(span) for span in tally.unit(1).refused] == ["holding 8"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    reasons: dict[str, set[Reason]] = {}
    for block in kept.blocks:
        for which, reason in zip(block.which.tolist(), block.reason.tolist(), strict=True):
            reasons.setdefault(block.series[which].sensor, set()).add(Reason(reason))
    assert {Reason.NONE, Reason.ILLEGAL_ADDRESS} <= reasons.pop("o3_contact")
    assert all(Reason.ILLEGAL_ADDRESS not in others for others in reasons.values())


class Kept:
    """An intake that keeps blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    async def take(self, block: Block) -> None:
        self.blocks.append(block)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.blocks) < count:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.01)


async def test_what_is_not_there_is_an_exception() -> None:
    """Coils, writing and addresses beyond the map are refused by the device, not by silence."""
    running = Running(plant())
    async with served(running, RETORT, "tcp") as (address, serial):
        client = client_of(address, serial)
        await client.connect()
        assert (await client.read_coils(0, count=1, device_id=1)).isError()
        assert (await client.write_register(8, 1, device_id=1)).isError()
        assert (await client.read_holding_registers(200, count=1, device_id=1)).isError()
        assert not (await client.read_input_registers(8, count=2, device_id=1)).isError()
        client.close()


async def test_a_taken_port_is_told() -> None:
    """Where somebody listens already, nothing is served, and the address is named."""
    port = free_port()
    running = Running(plant())
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    async with server:
        with pytest.raises(PlantError, match=f"127.0.0.1:{port} cannot be served"):
            await run_device(running, RETORT, Address("tcp", port=port))


async def test_virtual_time_runs_as_told() -> None:
    """At a hundredfold speed, a tenth of a second is ten; what waits for a moment is woken by an order."""
    running = Running(plant(), start=START, speed=100)
    await running.until(START + 10 * SECOND)
    assert START + 10 * SECOND <= running.now() < START + 40 * SECOND
    slow = Running(plant(), start=START)
    waiting = asyncio.create_task(slow.until(START + 600 * SECOND))
    await asyncio.sleep(0.01)
    slow.order(Fault("unplugged", RETORT, START, START + SECOND))
    await asyncio.wait_for(waiting, 1)
