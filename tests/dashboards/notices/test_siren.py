"""The siren: one coil or one topic and nothing else, for a bounded time, and always released."""

from __future__ import annotations

import asyncio
import contextlib

import aiomqtt
import pytest
import servers
from horn_box import horn_box
from notice_plant import MESSAGE, until

from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.outbox import Outbox
from dashboards.notices.settings import SirenChannel
from dashboards.notices.siren import Siren


@pytest.fixture
def mark(tmp_path):
    """The outbox, in which it is written down that the siren may sound."""
    made = Outbox(tmp_path)
    yield made
    made.close()


def siren(mark, port: int, **more) -> Siren:
    said = {"siren": f"tcp://127.0.0.1:{port}", "coil": 3, "enabled": True, "lasts": "300 ms"}
    if "topic" in more:
        said = {"siren": f"mqtt://127.0.0.1:{port}", "enabled": True, "lasts": "300 ms"}
    return Siren("siren", SirenChannel.model_validate({**said, "timeout": "500 ms", **more}), mark)


async def test_one_coil_is_switched_and_released(mark):
    """On for its time, then off; no other request ever reaches the device."""
    async with horn_box(servers.free_port()) as box:
        horn = siren(mark, box.port)
        sounding = asyncio.create_task(horn.deliver(MESSAGE))
        await asyncio.sleep(0.15)
        assert [number for number, on in enumerate(await box.coils()) if on] == [3]
        assert mark.sounding() == [horn.switched]
        await sounding
        assert not any(await box.coils())
        assert {each[:2] for each in box.asked} == {(5, 3), (1, 0)}
        assert box.written() == [True, False]
    assert mark.sounding() == []


async def test_it_pulses(mark):
    """On and off in turns, and off at the end."""
    async with horn_box(servers.free_port()) as box:
        await siren(mark, box.port, pulse="100 ms").deliver(MESSAGE)
        written = box.written()
        assert written[:3] == [True, False, True]
        assert written[-1] is False


async def test_it_is_released_when_the_process_stops(mark):
    """A cancelled task does not leave it on."""
    async with horn_box(servers.free_port()) as box:
        sounding = asyncio.create_task(siren(mark, box.port, lasts="1 min").deliver(MESSAGE))
        await until(box.written)
        sounding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sounding
        assert box.written() == [True, False]
    assert mark.sounding() == []


async def test_a_start_releases_what_a_kill_left_on(mark):
    """That it may sound stands in the outbox; the next life releases it before anything else."""
    async with horn_box(servers.free_port()) as box:
        horn = siren(mark, box.port)
        mark.sounds(horn.switched)
        watching = asyncio.create_task(horn.watch())
        await until(lambda: mark.sounding() == [])
        watching.cancel()
        assert box.written() == [False]


async def test_a_box_that_was_away_is_released_when_it_is_back(mark):
    """The message was not delivered; the siren is released as soon as the device answers, and until then that is said."""
    port = servers.free_port()
    horn = siren(mark, port)
    with pytest.raises(NotDeliveredError, match="siren: tcp://127"):
        await horn.deliver(MESSAGE)
    assert "may still sound" in str(horn.trouble)
    watching = asyncio.create_task(horn.watch())
    async with horn_box(port) as box:
        await until(lambda: mark.sounding() == [])
        assert box.written() == [False]
    assert horn.trouble is None
    watching.cancel()


@pytest.mark.server
async def test_one_topic_is_switched_and_released(mosquitto, mark):
    """The payloads of the settings, to that topic alone."""
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as listener:
        await listener.subscribe("#", qos=1)
        await siren(mark, mosquitto.port, topic="plant/siren", on="ON", off="OFF").deliver(MESSAGE)
        heard = []
        async with asyncio.timeout(5):
            async for message in listener.messages:
                heard.append((str(message.topic), message.payload))
                if message.payload == b"OFF":
                    break
    assert heard == [("plant/siren", b"ON"), ("plant/siren", b"OFF")]
    assert mark.sounding() == []


async def test_no_broker_is_said(mark):
    """With the address, and it is tried again."""
    with pytest.raises(NotDeliveredError, match="siren: mqtt://127"):
        await siren(mark, servers.free_port(), topic="plant/siren").deliver(MESSAGE)
