"""A line's logger publishes what the plant measures, to the broker in this process and to Mosquitto."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiomqtt
import pytest
from servers import free_port

from readings.times import MS, SECOND, parse_time
from simulators.broker import broker
from simulators.clock import PlantError
from simulators.faults import STORE, Fault
from simulators.line_logger import run_logger, run_texts
from simulators.plant import Plant, plant
from simulators.running import Running

EVERY = 200 * MS


class Heard:
    """What a subscriber heard: topic, payload, whether it was kept for it."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Any, bool]] = []

    def values(self, topic: str) -> list[dict[str, Any]]:
        """The payloads of a topic."""
        return [payload for where, payload, _ in self.messages if where == topic]

    def latest(self, topic: str) -> int:
        """Time of the latest value of a topic, ns UTC."""
        return parse_time(self.values(topic)[-1]["ts"])

    async def until(self, condition: Any, patience: float = 8) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(patience):
            while not condition(self):  # noqa: ASYNC110 - messages come from outside
                await asyncio.sleep(0.02)


@asynccontextmanager
async def listening(port: int, topic: str = "plant/#") -> AsyncIterator[Heard]:
    """A real subscriber."""
    heard = Heard()

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = bytes(message.payload).decode()  # type: ignore[arg-type]
            shown = json.loads(payload) if payload.startswith("{") else payload
            heard.messages.append((str(message.topic), shown, message.retain))

    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V311) as client:
        await client.subscribe(topic, qos=1)
        task = asyncio.create_task(listen(client))
        yield heard
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def publishing(running: Running, port: int) -> AsyncIterator[None]:
    """The store's logger."""
    task = asyncio.create_task(run_logger(running, STORE, host="127.0.0.1", port=port))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def made() -> Plant:
    """A store that is looked at five times a second."""
    return plant(seed=5, lines=[STORE], every={STORE: EVERY})


async def follow(port: int) -> None:
    """What must hold on any broker: values, counter, status, last will, late bursts, nothing lost, nothing twice."""
    running = Running(made())
    async with listening(port) as heard, publishing(running, port):
        await heard.until(lambda h: len(h.values("plant/cold-3/air/CS1.1")) > 3)
        assert "online" in heard.values("plant/cold-3/status")
        now = running.now()
        running.order(Fault("late_upload", STORE, now, now + 600 * MS))
        await heard.until(lambda h: h.latest("plant/cold-3/food/CS1.1") > now + 600 * MS)
        now = running.now()
        running.order(Fault("unplugged", STORE, now, now + 600 * MS))
        await heard.until(lambda h: "offline" in h.values("plant/cold-3/status"))
        silent = len(heard.messages)
        await asyncio.sleep(0.3)
        assert len(heard.messages) == silent
        await heard.until(lambda h: h.values("plant/cold-3/status")[-1] == "online")
        await heard.until(lambda h: h.latest("plant/cold-3/door/DOCK.1") > now + SECOND)
    unplugged = running.plant.faults_of(STORE, "unplugged")[0]
    for signal in running.plant.lines[STORE].signals:
        values = heard.values(f"plant/cold-3/{signal.name}")
        times = [parse_time(value["ts"]) for value in values]
        assert times == sorted(set(times))
        missing = set(range(times[0], times[-1], EVERY)) - set(times)
        assert missing
        assert all(unplugged.start <= at < unplugged.end for at in missing)
        for value in values:
            at = parse_time(value["ts"])
            samples = running.plant.played(STORE, at, at + 1).series[signal.key]
            assert value["value"] == samples.value[0]
            assert value["n"] == samples.seq[0]


async def test_to_the_broker_in_this_process() -> None:
    """The whole course of a logger, on the embedded broker."""
    port = free_port()
    async with broker(port=port):
        await follow(port)


@pytest.mark.server
async def test_to_mosquitto(mosquitto: Any) -> None:
    """The same on a broker of the field."""
    await follow(mosquitto.port)


async def test_texts_are_kept_for_who_comes_later() -> None:
    """A subscriber that comes late hears the lot that holds, with the time from which it has held."""
    port, running = free_port(), Running(plant(seed=1, always_on=True))
    async with broker(port=port):
        task = asyncio.create_task(run_texts(running, host="127.0.0.1", port=port))
        await asyncio.sleep(0.5)
        async with listening(port) as heard:
            await heard.until(lambda h: len(h.messages) == 6)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert all(kept for _, _, kept in heard.messages)
    for line, process in running.plant.lines.items():
        for text in process.texts(running.now(), running.now() + 1):
            (said,) = heard.values(f"plant/{line}/{text.sensor}")
            assert (parse_time(said["ts"]), said["value"]) == (text.time, text.text)


async def test_a_logger_keeps_what_a_lost_broker_did_not_get() -> None:
    """Samples taken while the broker is away are sent when it is back, with their own times."""
    port, running = free_port(), Running(made())
    async with publishing(running, port):
        await asyncio.sleep(0.7)
        before = running.now()
        async with broker(port=port), listening(port) as heard:
            await heard.until(lambda h: len(h.values("plant/cold-3/air/CS2.1")) > 8)
    times = [parse_time(value["ts"]) for value in heard.values("plant/cold-3/air/CS2.1")]
    assert sum(moment < before for moment in times) >= 2
    assert times == sorted(times)


async def test_a_session_outlives_its_connection() -> None:
    """The embedded broker keeps messages for who went away for a moment and has a session."""
    port = free_port()
    settings: dict[str, Any] = {
        "identifier": "gateway",
        "clean_session": False,
        "protocol": aiomqtt.ProtocolVersion.V311,
    }
    async with broker(port=port):
        async with aiomqtt.Client("127.0.0.1", port, **settings) as client:
            await client.subscribe("a/#", qos=1)
        await asyncio.sleep(1.2)  # the broker looks after its sessions every second
        async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V311) as sender:
            await sender.publish("a/b", b"1", qos=1)
        async with aiomqtt.Client("127.0.0.1", port, **settings) as client, asyncio.timeout(5):
            async for message in client.messages:
                assert bytes(message.payload) == b"1"  # type: ignore[arg-type]
                break


async def test_a_taken_port_is_told() -> None:
    """Where somebody listens already, the broker does not start, and says so."""
    port = free_port()
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    async with server:
        with pytest.raises(PlantError, match="cannot listen"):
            async with broker(port=port):
                pass
