"""A device that publishes a recording over MQTT: JSON with the sample's own time and a counter, at QoS 1."""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import aiomqtt
import msgspec

from readings.times import format_time
from simulators.recording import Recording

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Published:
    """One message.

    Attributes:
        topic: where it goes.
        payload: JSON: `ts` in RFC 3339, `n` counts the samples from 1, `value`, null where there is none.
    """

    topic: str
    payload: bytes


def messages(recording: Recording, *, topic: str) -> Iterator[Published]:
    """One message per value, in time order.

    Args:
        recording: what was measured.
        topic: with `{sensor}` where the sensor's name goes, and `{point}` where its point goes.
    """
    topics = []
    for name in recording.sensors:
        sensor, _, point = name.partition("/")
        topics.append(topic.replace("{sensor}", sensor).replace("{point}", point or "1"))
    for number, (moment, sample) in enumerate(
        zip(recording.time.tolist(), recording.values.tolist(), strict=True), start=1
    ):
        text = format_time(moment)
        for where, value in zip(topics, sample, strict=True):
            shown = None if math.isnan(value) else value
            yield Published(where, _encode({"ts": text, "n": number, "value": shown}))


async def publish(  # noqa: PLR0913 - each says something else about the play
    recording: Recording,
    *,
    host: str,
    port: int,
    topic: str,
    burst: int = 100,
    pause: float = 0.0,
    duplicates: float = 0.0,
    seed: int = 0,
    identifier: str = "simulated-device",
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Publish a recording, each message acknowledged by the broker.

    Args:
        recording: what was measured.
        host: of the broker.
        port: of the broker.
        topic: see `messages`.
        burst: messages on their way at once.
        pause: seconds between bursts.
        duplicates: share of messages that are sent twice, as a device does that missed an acknowledgement.
        seed: which ones.
        identifier: of the device at the broker.
        progress: told how many messages have been acknowledged so far.

    Returns:
        How many messages the broker has acknowledged.

    Raises:
        aiomqtt.MqttError: the broker is not there, or refuses.
    """
    logging.getLogger("mqtt").setLevel(logging.ERROR)  # it warns of every message under way
    draw = random.Random(seed)
    done = 0
    async with aiomqtt.Client(
        host, port, identifier=identifier, max_inflight_messages=max(burst, 1)
    ) as client:

        async def send(batch: list[Published]) -> None:
            async with asyncio.TaskGroup() as group:
                for each in batch:
                    group.create_task(client.publish(each.topic, each.payload, qos=1), name="publish")

        batch: list[Published] = []
        for message in messages(recording, topic=topic):
            batch += [message, message] if draw.random() < duplicates else [message]
            if len(batch) >= burst:
                await send(batch)
                done += len(batch)
                progress(done)
                batch = []
                if pause:
                    await asyncio.sleep(pause)
        await send(batch)
    return done + len(batch)
