"""A line's logger: publishes its samples over MQTT at QoS 1, keeps them while it cannot, and has a last will."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import aiomqtt
import msgspec
import numpy as np

from readings.times import HOUR, format_time
from simulators.register_map import OFFLINE, ONLINE, status_topic, text_topic, value_topic
from simulators.running import Running, end_if_told
from simulators.signals import Text

_MEMORY = 48 * HOUR  # as long as the plan lets late readings decide
_KEEPALIVE = 15
_PATIENCE = 5.0  # seconds for the broker to answer
_AGAIN = 1.0  # seconds until the next try to reach the broker
_encode = msgspec.json.Encoder().encode


class Logger:
    """Takes samples on its schedule and sends those that can be sent."""

    def __init__(self, running: Running, line: str) -> None:
        """Begin with the sample that is due next."""
        self._running = running
        self._line = line
        self._every = running.plant.every[line]
        self._next = running.sample_time(line) + self._every
        self._kept: deque[int] = deque(maxlen=max(1, _MEMORY // self._every))  # true times of samples

    def take(self) -> None:
        """Take the samples whose time has come; without power there are none."""
        now, out = self._running.now(), self._running.plant.faults_of(self._line, "unplugged")
        while self._next <= now:
            if not any(fault.start <= self._next < fault.end for fault in out):
                self._kept.append(self._next)
            self._next += self._every

    def ready(self) -> list[int]:
        """The samples that may be sent now: all but those that a late upload keeps."""
        now = self._running.now()
        late = [
            fault for fault in self._running.plant.faults_of(self._line, "late_upload") if now < fault.end
        ]
        return [at for at in self._kept if not any(fault.start <= at < fault.end for fault in late)]

    def sent(self, times: list[int]) -> None:
        """Forget what the broker has."""
        gone = set(times)
        self._kept = deque((at for at in self._kept if at not in gone), maxlen=self._kept.maxlen)

    @property
    def due(self) -> int:
        """When there is something to do, ns UTC."""
        now, plant = self._running.now(), self._running.plant
        ends = [fault.end for fault in plant.faults_of(self._line, "late_upload") if fault.end > now]
        return min([self._next, *ends])

    def messages(self, times: list[int]) -> list[tuple[str, bytes]]:
        """Topic and payload of each value of these samples, in time order."""
        plant, at = self._running.plant, np.array(times, np.int64)
        counts, shown = plant.counts(self._line, at), plant.device_time(self._line, at).tolist()
        columns = [
            (value_topic(self._line, signal), signal.values(counts[signal.key]).tolist())
            for signal in plant.lines[self._line].signals
        ]
        found = []
        for row, (sample, device) in enumerate(zip(times, shown, strict=True)):
            head = {"ts": format_time(device), "n": sample // self._every % 2**32}
            found += [(topic, _encode(head | {"value": values[row]})) for topic, values in columns]
        return found


async def run_logger(running: Running, line: str, *, host: str, port: int) -> None:
    """Publish a line's samples until cancelled; while it is unplugged there is silence, after its last will."""
    logger = Logger(running, line)

    async def session() -> None:
        out, change = running.unplugged(line)
        while out:
            await running.until(change)
            logger.take()
            out, change = running.unplugged(line)
        status = status_topic(line)
        will = aiomqtt.Will(status, OFFLINE, qos=1, retain=True)
        async with _client(f"plant-{line}", host, port, will) as client:
            await client.publish(status, ONLINE, qos=1, retain=True)
            while not out:
                logger.take()
                times = logger.ready()
                if times:
                    await _publish(client, logger.messages(times))
                    logger.sent(times)
                out, change = running.unplugged(line)
                if not out:
                    await running.until(min(logger.due, change))
                    out, change = running.unplugged(line)
            _drop(client)

    await _for_ever(session)


async def run_texts(running: Running, *, host: str, port: int) -> None:
    """Publish the texts of all lines until cancelled, each kept by the broker for who comes later."""

    async def session() -> None:
        said: dict[tuple[str, str], Text] = {}
        async with _client("plant-texts", host, port, None) as client:
            while True:
                now, soon = running.now(), []
                for line, process in running.plant.lines.items():
                    for text in process.texts(now, now + HOUR):
                        if text.time > now:
                            soon.append(text.time)
                        elif said.get((line, text.sensor)) != text:
                            payload = _encode({"ts": format_time(text.time), "value": text.text})
                            await client.publish(text_topic(line, text.sensor), payload, qos=1, retain=True)
                            said[line, text.sensor] = text
                await running.until(min([*soon, now + HOUR]))

    await _for_ever(session)


@asynccontextmanager
async def _client(
    identifier: str, host: str, port: int, will: aiomqtt.Will | None
) -> AsyncIterator[aiomqtt.Client]:
    logging.getLogger("mqtt").setLevel(logging.ERROR)  # it warns of every message under way
    client = aiomqtt.Client(
        host,
        port,
        identifier=identifier,
        will=will,
        keepalive=_KEEPALIVE,
        timeout=_PATIENCE,
        protocol=aiomqtt.ProtocolVersion.V311,
        max_inflight_messages=100,
    )
    # aiomqtt that is cancelled while it connects leaves its socket behind: let it come to an end first
    connecting = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(connecting)
    except asyncio.CancelledError:
        with suppress(aiomqtt.MqttError):
            await connecting
            await client.__aexit__(None, None, None)
        raise
    try:
        yield client
    finally:
        await client.__aexit__(None, None, None)


async def _publish(client: aiomqtt.Client, messages: list[tuple[str, bytes]]) -> None:
    """Send in order; return when the broker has all."""
    async with asyncio.TaskGroup() as group:
        for topic, payload in messages:
            group.create_task(client.publish(topic, payload, qos=1), name="publish")


def _drop(client: aiomqtt.Client) -> None:
    """Cut the connection without a goodbye, so that the broker speaks the last will; aiomqtt has no word for it."""
    cable = client._client.socket()  # noqa: SLF001
    if isinstance(cable, socket.socket):
        cable.shutdown(socket.SHUT_RDWR)


async def _for_ever(session: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await session()
        except (aiomqtt.MqttError, ExceptionGroup, OSError):
            end_if_told()
            await asyncio.sleep(_AGAIN)
