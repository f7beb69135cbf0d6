"""A device that publishes until the broker has acknowledged all, whatever becomes of the connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import aiomqtt

from simulators.mqtt_device import messages
from simulators.recording import Recording

_SILENT = logging.getLogger("benchmarks.chaos.publisher")  # connections are cut on purpose
_SILENT.disabled = True
_BURST = 8
_ACKNOWLEDGED_IN = 1.0  # seconds; then the connection is made again
_AGAIN = 0.1


async def publish_all(
    recording: Recording, *, port: int, pause: float, progress: Callable[[int], None]
) -> int:
    """Publish a recording at QoS 1; what is not acknowledged is sent again.

    Args:
        recording: what was measured.
        port: of the broker, or of a wire to it.
        pause: seconds between bursts.
        progress: told how many have been acknowledged.

    Returns:
        How many messages were sent again.
    """
    waiting = list(messages(recording, topic="plant/{sensor}/{point}"))
    done, again = 0, 0
    while waiting:
        try:
            async with aiomqtt.Client(
                "127.0.0.1", port, identifier="device", timeout=_ACKNOWLEDGED_IN, logger=_SILENT
            ) as client:
                while waiting:
                    burst = waiting[:_BURST]
                    async with asyncio.TaskGroup() as group:
                        for each in burst:
                            group.create_task(client.publish(each.topic, each.payload, qos=1), name="publish")
                    del waiting[: len(burst)]
                    done += len(burst)
                    progress(done)
                    await asyncio.sleep(pause)
        except* (aiomqtt.MqttError, OSError):
            again += min(_BURST, len(waiting))
            await asyncio.sleep(_AGAIN)
    return again
