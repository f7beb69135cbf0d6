"""The broker of a plant that needs nothing but Python sends each client what it has asked for."""

from __future__ import annotations

import asyncio
import contextlib

import aiomqtt

from simulators.broker import broker
from simulators.free_port import free_port


async def heard(port: int, name: str, topic: str) -> list[str]:
    """The topics of what a client of a lasting session is sent within a moment of its connecting and subscribing."""
    found: list[str] = []
    async with aiomqtt.Client("127.0.0.1", port, identifier=name, clean_session=False) as client:
        await client.subscribe(topic, qos=1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                async for message in client.messages:
                    found.append(message.topic.value)
    return found


async def test_nobody_is_sent_what_is_retained_for_others() -> None:
    """Neither at first nor when both come back, their sessions kept: each hears its own topic alone."""
    port = free_port()
    async with broker(port=port):
        async with aiomqtt.Client("127.0.0.1", port) as device:
            await device.publish("plant/a/status", "on", qos=1, retain=True)
            await device.publish("plant/b/lot", "L1", qos=1, retain=True)
        for _ in range(2):
            assert set(await heard(port, "a", "plant/a/status")) == {"plant/a/status"}
            assert set(await heard(port, "b", "plant/b/lot")) == {"plant/b/lot"}
