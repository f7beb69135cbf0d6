"""Modbus: each value is the one that was asked for, or it is bad and says why."""

from __future__ import annotations

import asyncio
import math
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.modbus import ModbusPoller
from gateway.modbus_link import Link
from gateway.modbus_settings import ModbusSource
from gateway.tally import Tally
from readings.quality import Reason
from readings.times import MS, SECOND

ADDRESSES = (0, 10, 20, 30)  # four requests of one register each: no length tells them apart


def source(device: Any, **more: Any) -> ModbusSource:
    given_ = {
        "name": "dev",
        "modbus": f"{'rtu+tcp' if device.rtu else 'tcp'}://127.0.0.1:{device.port}",
        "unit": 1,
        "every": "0 s",
        "timeout": "80 ms",
        "quiet": "150 ms",
        "channels": [
            {"reads": f"cold-3/r{a}", "at": f"holding {a}", "type": "uint16", "unit": "count"}
            for a in ADDRESSES
        ],
    }
    return ModbusSource.model_validate(given_ | more)


@pytest.fixture
def poller(intake: Any, units: Callable[..., Any]) -> Callable[..., ModbusPoller]:
    def build(settings_: ModbusSource, **named: str) -> ModbusPoller:
        plan = units(**(named or {f"r{a}": "count" for a in ADDRESSES}))
        return ModbusPoller(settings_, intake=intake, units=plan, tally=Tally("dev"))

    return build


def wrong(rows: list[tuple[str, int, float, Reason, int]]) -> list[Any]:
    """Readings with a value that another register holds."""
    return [row for row in rows if not math.isnan(row[2]) and row[2] != float(row[0].split("/r")[1])]


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_late_answer_is_never_the_next_ones(
    rtu: bool, raw_device: Any, poller: Any, intake: Any, running_for: Any
) -> None:
    """An answer past the timeout never becomes the value of another register, then or in all reads after it."""
    device = raw_device(rtu=rtu)

    async def late(number: int, address: int, count: int) -> None:
        if number in (6, 7, 23):
            await asyncio.sleep(0.13)

    device.script = late
    async with device.running(), running_for(poller(source(device, quiet="60 ms")).run()):
        await intake.until(lambda: len(intake.rows()) >= 120)
    rows = intake.rows()
    assert not wrong(rows)
    assert {reason for _, _, _, reason, _ in rows} == {Reason.NONE, Reason.NO_ANSWER}
    assert sum(reason is Reason.NONE for _, _, _, reason, _ in rows) > 90


async def test_a_reading_has_the_time_at_which_its_answer_came(
    raw_device: Any, poller: Any, intake: Any, running_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However late it is looked at: others computed for 400 ms between the two."""
    came: list[int] = []
    hear = Link.hear

    def hear_and_be_held_up(link: Link, data: bytes) -> None:
        came.append(time.time_ns())
        asyncio.get_running_loop().call_soon(time.sleep, 0.4)
        hear(link, data)

    monkeypatch.setattr(Link, "hear", hear_and_be_held_up)
    device = raw_device(rtu=False)
    async with device.running(), running_for(poller(source(device, timeout="2 s", gap=10)).run()):
        await intake.until(lambda: len(intake.rows()) >= 2)
    times = [time for _, time, _, reason, _ in intake.rows() if reason is Reason.NONE]
    assert len(times) >= 2
    assert all(min(abs(each - moment) for moment in came) < 100 * MS for each in times)


async def test_ends_when_told_to(raw_device: Any, poller: Any) -> None:
    """A source that is cancelled at any moment of a poll ends, even when the answer comes just then."""
    device = raw_device(rtu=False)
    async with device.running():
        for attempt in range(60):
            task = asyncio.create_task(poller(source(device)).run())
            before = device.asked
            while device.asked < before + 1 + attempt % 4:  # noqa: ASYNC110 - every moment counts here
                await asyncio.sleep(0)
            for _ in range(attempt % 7):
                await asyncio.sleep(0)
            task.cancel()
            async with asyncio.timeout(2):
                await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_unasked_bytes_make_the_connection_suspect(
    rtu: bool, raw_device: Any, poller: Any, intake: Any, running_for: Any
) -> None:
    """A device that sends its answer twice: the second copy is not the answer of the next question."""
    device = raw_device(rtu=rtu)

    async def twice(number: int, address: int, count: int) -> None:
        if number == 4:
            task = asyncio.create_task(again(address, count))
            device.tasks.add(task)

    async def again(address: int, count: int) -> None:
        await asyncio.sleep(0.02)
        for writer in device.writers:
            writer.write(b"\x01" + device.pdu(address, count) + b"\x00\x00")

    device.script = twice
    async with device.running(), running_for(poller(source(device, every="100 ms")).run()):
        await intake.until(lambda: len(intake.rows()) >= 24)
    assert not wrong(intake.rows())


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
async def test_one_failing_block_leaves_the_others_good(
    rtu: bool, raw_device: Any, poller: Any, intake: Any, running_for: Any
) -> None:
    """Exception 2 for one block makes its channels bad with that reason, and no other."""
    device = raw_device(rtu=rtu)

    async def refuse(number: int, address: int, count: int) -> bytes | None:
        return b"\x83\x02" if address == 10 else None

    device.script = refuse
    async with device.running(), running_for(poller(source(device)).run()):
        await intake.until(lambda: len(intake.rows()) >= 8)
    for name, _, value, reason, _ in intake.rows():
        expected = Reason.ILLEGAL_ADDRESS if name == "cold-3/r10" else Reason.NONE
        assert reason is expected
        assert math.isnan(value) == (name == "cold-3/r10")


@pytest.mark.parametrize("other", [1, 2, 0x100])
async def test_answer_for_another_transaction_is_not_believed(
    other: int, raw_device: Any, poller: Any, intake: Any, running_for: Any
) -> None:
    """Not even one for transaction 0, which some take for any."""
    device = raw_device(rtu=False)
    device.answers_for = other
    async with device.running(), running_for(poller(source(device, timeout="100 ms")).run()):
        await intake.until(lambda: len(intake.rows()) >= 4)
    assert {reason for _, _, _, reason, _ in intake.rows()} <= {Reason.GARBLED, Reason.NOT_CONNECTED}


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
@pytest.mark.parametrize("other", [1, 3])
async def test_answer_of_another_length_is_bad(
    rtu: bool, other: int, raw_device: Any, poller: Any, intake: Any, running_for: Any
) -> None:
    """An answer with fewer or more registers than asked for gives no value."""
    device = raw_device(rtu=rtu)

    async def answer(number: int, address: int, count: int) -> bytes:
        return bytes(device.pdu(address, other))

    device.script = answer
    two = source(
        device, channels=[{"reads": "cold-3/r0", "at": "holding 0", "type": "uint32", "unit": "count"}]
    )
    async with device.running(), running_for(poller(two).run()):
        await intake.until(lambda: len(intake.rows()) >= 3)
    assert {reason for _, _, _, reason, _ in intake.rows()} == {Reason.WRONG_LENGTH}


async def test_no_device_is_told_as_not_connected(
    raw_device: Any, poller: Any, intake: Any, running_for: Any
) -> None:
    """A device that is not there gives a bad reading for each channel and poll; when it comes, good ones."""
    device = raw_device(rtu=False)
    settings_ = source(device, every="50 ms")
    async with running_for(poller(settings_).run()):
        await intake.until(lambda: len(intake.rows()) >= 8)
        assert {reason for _, _, _, reason, _ in intake.rows()} == {Reason.NOT_CONNECTED}
        async with device.running():
            await intake.until(lambda: intake.rows()[-1][3] is Reason.NONE)


async def test_silent_device_is_told_as_no_answer(
    raw_device: Any, poller: Any, intake: Any, running_for: Any
) -> None:
    """A device that accepts and never answers: every channel of every poll is bad; two time-outs end a poll."""
    device = raw_device(rtu=False)

    async def never(number: int, address: int, count: int) -> bytes:
        return b""

    device.script = never
    async with device.running(), running_for(poller(source(device)).run()):
        await intake.until(lambda: len(intake.rows()) >= 12)
        assert device.asked <= 8
    assert {reason for _, _, _, reason, _ in intake.rows()} == {Reason.NO_ANSWER}
    assert len(intake.rows()) % len(ADDRESSES) == 0


async def test_schedule_is_absolute_and_missed_polls_are_counted(
    raw_device: Any, intake: Any, units: Callable[..., Any], running_for: Any
) -> None:
    """Polls keep to the schedule whatever each takes; a slot passed over is counted and has a bad reading."""
    device = raw_device(rtu=False)

    async def slow(number: int, address: int, count: int) -> None:
        await asyncio.sleep(0.25 if number == 5 else 0.03)

    device.script = slow
    one = source(
        device,
        every="100 ms",
        timeout="1 s",
        channels=[{"reads": "cold-3/r0", "at": "holding 0", "type": "uint16", "unit": "count"}],
    )
    tally = Tally("dev")
    poller = ModbusPoller(one, intake=intake, units=units(r0="count"), tally=tally)
    async with device.running(), running_for(poller.run()):
        await intake.until(lambda: len(intake.rows()) >= 16)
    good = [time for _, time, _, reason, _ in intake.rows() if reason is Reason.NONE]
    offsets = [(time - good[0]) / SECOND % 0.1 for time in good[:4] + good[6:]]
    assert max(min(offset, 0.1 - offset) for offset in offsets) < 0.04
    assert tally.snapshot().missed >= 1
    assert Reason.NO_ANSWER in {reason for _, _, _, reason, _ in intake.rows()}


async def test_full_disk_holds_the_poll_back(
    raw_device: Any, poller: Any, intake: Any, running_for: Any
) -> None:
    """While the intake refuses, the block is kept and no further poll is made; then it is handed over."""
    device = raw_device(rtu=False)
    intake.refusing = True
    async with device.running(), running_for(poller(source(device)).run()):
        await intake.until(lambda: intake.refused >= 2)
        assert device.asked == len(ADDRESSES)
        intake.refusing = False
        await intake.until(lambda: len(intake.rows()) >= 8)
    assert not wrong(intake.rows())


async def test_bits_and_other_tables(raw_device: Any, poller: Any, intake: Any, running_for: Any) -> None:
    """Coils, discrete inputs and input registers are asked with their own functions."""
    device = raw_device(rtu=False)
    seen = []

    async def answer(number: int, address: int, count: int) -> bytes:
        seen.append((address, count))
        if address == 3:
            return b"\x01\x01\x02" if count == 2 else b"\x02\x01\x01"
        return b"\x04\x02" + struct.pack(">h", -193)

    device.script = answer
    mixed = source(
        device,
        channels=[
            {"reads": "cold-3/fan", "at": "coil 4", "type": "bool", "unit": "bool"},
            {"reads": "cold-3/pump", "at": "coil 3", "type": "bool", "unit": "bool"},
            {"reads": "cold-3/door", "at": "discrete 3", "type": "bool", "unit": "bool"},
            {"reads": "cold-3/air", "at": "input 9", "type": "int16", "scale": 0.1, "unit": "degC"},
        ],
    )
    plan = {"fan": "bool", "pump": "bool", "door": "bool", "air": "degC"}
    async with device.running(), running_for(poller(mixed, **plan).run()):
        await intake.until(lambda: len(intake.rows()) >= 4)
    values = {name.split("/")[1]: value for name, _, value, _, _ in intake.rows()[:4]}
    assert values == {"fan": 1.0, "pump": 0.0, "door": 1.0, "air": -19.3}
    assert seen[:3] == [(3, 2), (3, 1), (9, 1)]
