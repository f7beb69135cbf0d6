"""A siren that was left on is released whatever the site file says by then."""

from __future__ import annotations

import asyncio

import aiomqtt
import pytest
import servers
from horn_box import horn_box
from notice_plant import Plant, until
from notice_runner import recording

from dashboards.notices.channel import open_channels
from dashboards.notices.left_on import LeftOn
from dashboards.notices.outbox import Outbox
from dashboards.notices.settings import NoticeSettings
from dashboards.notices.siren import Siren, Switched


@pytest.fixture
def mark(tmp_path):
    """The outbox, in which it is written down that a siren may sound."""
    made = Outbox(tmp_path)
    yield made
    made.close()


def site(**horn) -> NoticeSettings:
    said = {"coil": 3, "enabled": True, "lasts": "300 ms", "timeout": "500 ms"}
    return NoticeSettings.model_validate({"channels": {"horn": said | horn} if horn else {}})


def left(port: int) -> Switched:
    """What a kill left on: coil 3 of unit 1."""
    return Switched(f"tcp://127.0.0.1:{port}", 3, 1, None, "0")


@pytest.mark.parametrize("now", ["disabled", "removed", "renamed", "moved"])
async def test_it_is_released_as_it_was_switched_on(mark, now):
    """The very coil of the very device; a siren that took its place is left alone."""
    async with horn_box(servers.free_port()) as box:
        url = f"tcp://127.0.0.1:{box.port}"
        settings = {
            "disabled": site(siren=url, enabled=False),
            "removed": site(),
            "renamed": NoticeSettings.model_validate({"channels": {"bell": {"siren": url, "coil": 4}}}),
            "moved": site(siren=f"tcp://127.0.0.1:{servers.free_port()}"),
        }[now]
        mark.sounds(left(box.port))
        await LeftOn(settings, mark).release(open_channels(settings, mark))
        assert mark.sounding() == []
        assert {each[:2] for each in box.asked} == {(5, 3)}
        assert box.written() == [False]


async def test_what_cannot_be_released_is_said_and_tried_until_it_can(mark, monkeypatch):
    """With coil and address; the trouble ends when the device is back."""
    monkeypatch.setattr("dashboards.notices.left_on._PAUSE", 0.05)
    port = servers.free_port()
    mark.sounds(left(port))
    hand = LeftOn(site(), mark)
    releasing = asyncio.create_task(hand.release({}))
    await until(lambda: hand.trouble)
    assert str(hand.trouble).startswith(
        "a siren that the site file no longer has (coil 3) may still sound: tcp://127"
    )
    async with horn_box(port) as box:
        await until(lambda: hand.trouble is None)
        assert box.written() == [False]
    await releasing


async def test_a_siren_in_use_releases_itself(mark):
    """What the site file still has is not taken for left over, so that one that sounds again is not cut short."""
    async with horn_box(servers.free_port()) as box:
        settings = site(siren=f"tcp://127.0.0.1:{box.port}")
        channels = open_channels(settings, mark)
        horn = channels["horn"]
        assert isinstance(horn, Siren)
        mark.sounds(horn.switched)
        await LeftOn(settings, mark).release(channels)
        assert box.written() == []


async def test_a_start_without_the_siren_releases_it(tmp_path):
    """The notifier does so by itself, and shows what it cannot release."""
    plant = Plant(tmp_path)
    plant.adopt()
    async with horn_box(servers.free_port()) as box:
        plant.outbox.sounds(left(box.port))
        plant.close()
        async with recording(tmp_path, {}) as notifier:
            await until(lambda: box.written() == [False])
            assert notifier.sounding is None
        away = left(servers.free_port())
        outbox = Outbox(tmp_path)
        outbox.sounds(away)
        outbox.close()
        async with recording(tmp_path, {}) as notifier:
            await until(lambda: "(coil 3) may still sound" in str(notifier.sounding))


@pytest.mark.server
async def test_how_to_sign_in_is_taken_from_the_settings(tmp_path, mosquitto, mark):
    """A topic with its own payload for off; no password stands in the outbox."""
    password = tmp_path / "password"
    password.write_text("very secret")
    was = site(
        siren=f"mqtt://127.0.0.1:{mosquitto.port}",
        coil=None,
        topic="plant/siren",
        off="QUIET",
        username="haccp",
        password_file=str(password),
    )
    [horn] = open_channels(was, mark).values()
    assert isinstance(horn, Siren)
    mark.sounds(horn.switched)
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.glob("notices.db*"))
    moved = was.channels["horn"].model_copy(update={"topic": "plant/other"})
    now = was.model_copy(update={"channels": {"horn": moved}})
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as listener, asyncio.timeout(10):
        await listener.subscribe("#", qos=1)
        await LeftOn(now, mark).release(open_channels(now, mark))
        message = await anext(aiter(listener.messages))
    assert (str(message.topic), message.payload) == ("plant/siren", b"QUIET")
    assert mark.sounding() == []
