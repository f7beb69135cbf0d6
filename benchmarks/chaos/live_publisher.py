"""A device that publishes what it measures when it measures it, and keeps what it could not send, or does not."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import aiomqtt

from readings.times import MS, SECOND
from simulators.mqtt_device import Published, messages
from simulators.recording import Recording

_SILENT = logging.getLogger("benchmarks.chaos.live_publisher")  # connections are cut on purpose
_SILENT.disabled = True
_BURST = 8
_ACKNOWLEDGED_IN = 0.5  # seconds; then the connection is made again
_AGAIN = 0.1
_FORGETS_AFTER = 300 * MS


async def publish_live(
    recording: Recording,
    *,
    port: int,
    forgets: bool,
    acknowledged: set[int],
    progress: Callable[[int], None],
) -> int:
    """Publish each sample at its time, QoS 1, until all is acknowledged or forgotten.

    Args:
        recording: what is measured, when.
        port: of the broker, or of a wire to it.
        forgets: what could not be sent in 0.3 s, or was not acknowledged, is dropped; else it is sent again.
        acknowledged: is given the numbers, from 1, of what the broker has for certain.
        progress: told how many those are.

    Returns:
        How many messages were sent again, or dropped.
    """
    rest = list(
        zip(recording.time.tolist(), messages(recording, topic="plant/{sensor}/{point}"), strict=True)
    )
    numbered = [(moment, number, message) for number, (moment, message) in enumerate(rest, start=1)]
    again = 0
    while numbered:
        try:
            async with aiomqtt.Client(
                "127.0.0.1", port, identifier="device", timeout=_ACKNOWLEDGED_IN, logger=_SILENT
            ) as client:
                while numbered:
                    again += _forget(numbered) if forgets else 0
                    burst = await _due(numbered)
                    await _send(client, [message for _, _, message in burst])
                    acknowledged.update(number for _, number, _ in burst)
                    del numbered[: len(burst)]
                    progress(len(acknowledged))
        except* (aiomqtt.MqttError, OSError):
            again += min(_BURST, sum(1 for moment, _, _ in numbered if moment <= time.time_ns()))
            await asyncio.sleep(_AGAIN)
    return again


def _forget(numbered: list[tuple[int, int, Published]]) -> int:
    """Drop what is too old; how many."""
    old = sum(1 for moment, _, _ in numbered if moment < time.time_ns() - _FORGETS_AFTER)
    del numbered[:old]
    return old


async def _due(numbered: list[tuple[int, int, Published]]) -> list[tuple[int, int, Published]]:
    """What is to be sent now, once there is something."""
    if numbered and (wait := numbered[0][0] - time.time_ns()) > 0:
        await asyncio.sleep(wait / SECOND)
    return [each for each in numbered[:_BURST] if each[0] <= time.time_ns()]


async def _send(client: aiomqtt.Client, burst: list[Published]) -> None:
    async with asyncio.TaskGroup() as group:
        for each in burst:
            group.create_task(client.publish(each.topic, each.payload, qos=1), name="publish")
