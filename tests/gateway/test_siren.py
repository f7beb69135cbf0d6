"""The siren of a source: as it should be, over the link that is read, each write told; and released."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import pytest
from odd_device import Odd, OddDevice

from gateway import siren as siren_module
from gateway.modbus_link import Link
from gateway.route import Route
from gateway.siren import Siren
from gateway.siren_settings import SirenCoil
from readings.ports import Standing
from readings.times import MS

COIL = 5


class Told:
    """What stands, as this test says."""

    def __init__(self) -> None:
        self.now: bool | None = None
        self.asked: list[tuple[Standing, Collection[str]]] = []

    def stands(self, what: Standing, lines: Collection[str]) -> bool | None:
        self.asked.append((what, lines))
        return self.now


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at twice a second is looked at all the time."""
    monkeypatch.setattr(siren_module, "_LOOK", 0.005)
    monkeypatch.setattr(siren_module, "_PAUSE", 0.02)


def siren_at(endpoint: Any, told: Told, intake: Any) -> Siren:
    link = Link(endpoint, timeout=100 * MS, quiet=20 * MS, name="dev", siren=(1, COIL))
    return Siren(
        SirenCoil(coil=COIL, when=Standing.CASE_OPEN),
        source="dev",
        lines={"cold-3"},
        route=Route([(str(endpoint), link)], name="dev"),
        stands=told,
        intake=intake,
    )


def acts(intake: Any) -> list[dict[str, Any]]:
    return [act.body for block in intake.blocks for act in block.acts if act.kind == "siren.switched"]


async def coil(device: OddDevice, value: int | None) -> None:
    async with asyncio.timeout(5):
        while device.coils.get(COIL) != value:  # noqa: ASYNC110 - the device has no event
            await asyncio.sleep(0.005)


async def test_it_follows_what_stands_and_is_released(intake: Any, running_for: Any) -> None:
    """Unknown: left alone. Then on, off, on; and off at the end. Each write once, each told."""
    device, told = OddDevice(rtu=False), Told()
    device.coils[COIL] = 0
    async with device.listening() as endpoint:
        async with running_for(siren_at(endpoint, told, intake).run()):
            await asyncio.sleep(0.05)
            assert device.asked == 0
            for on in (True, False, True):
                told.now = on
                await coil(device, int(on))
                await intake.until(lambda on=on: bool(acts(intake)) and acts(intake)[-1]["on"] is on)
        assert device.coils[COIL] == 0
    assert all(each == (Standing.CASE_OPEN, {"cold-3"}) for each in told.asked)
    assert [each["on"] for each in acts(intake)] == [True, False, True, False]
    assert [pdu for pdu in device.heard if pdu[0] != 1] == [
        b"\x05\x00\x05\xff\x00",
        b"\x05\x00\x05\x00\x00",
    ] * 2
    assert acts(intake)[0]["answer"] == ""


async def test_what_is_as_it_should_be_is_not_written(intake: Any, running_for: Any) -> None:
    """A start finds the coil as the process before it left it: it is looked at, and left as it is."""
    device, told = OddDevice(rtu=False), Told()
    device.coils[COIL], told.now = 0, False
    async with device.listening() as endpoint, running_for(siren_at(endpoint, told, intake).run()):
        await asyncio.sleep(0.1)
        assert [pdu[0] for pdu in device.heard] == [1]
    assert not acts(intake)


async def test_one_left_on_by_a_kill_is_put_out(intake: Any, running_for: Any) -> None:
    """By the next start, as soon as it is known that nothing stands."""
    device, told = OddDevice(rtu=False), Told()
    device.coils[COIL], told.now = 1, False
    async with device.listening() as endpoint, running_for(siren_at(endpoint, told, intake).run()):
        await coil(device, 0)


async def test_a_device_that_was_started_anew_is_set_right(
    intake: Any, running_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coil is looked at now and then."""
    monkeypatch.setattr(siren_module, "_CHECK", 0.05)
    device, told = OddDevice(rtu=False), Told()
    told.now = True
    async with device.listening() as endpoint, running_for(siren_at(endpoint, told, intake).run()):
        await coil(device, 1)
        device.coils[COIL] = 0
        await coil(device, 1)


async def test_a_write_that_is_not_answered_is_told_and_tried_again(intake: Any, running_for: Any) -> None:
    """It may have been done: that it was sent is recorded, with what came of it; then it is looked at again."""
    device, told = OddDevice(rtu=False), Told()
    device.coils[COIL], told.now = 0, True
    device.odd = [Odd(), Odd(silent=True), Odd(), Odd(refused=4)]
    async with device.listening() as endpoint, running_for(siren_at(endpoint, told, intake).run()):
        await intake.until(lambda: bool(acts(intake)))
        assert acts(intake)[0]["answer"] == "no answer"
        await coil(device, 1)
