"""A simulated edge node on a real broker sends what the specification says, and its faults."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from servers import Mosquitto, running

from simulators.edge_node import EdgeNode
from simulators.sparkplug_wire import BOOLEAN, DOUBLE, INT16, Sample, payload, varint

DEVICES: dict[str | None, dict[str, int]] = {None: {"Door": BOOLEAN}, "cs1": {"Air": DOUBLE}}


def test_bytes() -> None:
    """A payload is, byte by byte, what the encoding's rules make of it."""
    assert varint(300) == b"\xac\x02"  # the example of the encoding's own documentation
    assert varint(-1) == b"\xff" * 9 + b"\x01"
    sample = Sample("Air", 5, None, INT16, -1)
    assert payload([sample], time=1, seq=7) == bytes.fromhex("0801120d0a034169721005200250ffff031807")


@pytest.mark.server
async def test_a_life(tmp_path: Path) -> None:
    """Births, data, a death without a word told by the broker, and the next session with the next number."""
    heard: list[str] = []

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            heard.append(str(message.topic).removeprefix("spBv1.0/plant/"))

    async def until(count: int) -> None:
        async with asyncio.timeout(5):
            while len(heard) < count:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.01)

    with running(Mosquitto(tmp_path)) as broker:
        async with aiomqtt.Client(broker.host, broker.port) as client:
            await client.subscribe("spBv1.0/#", qos=1)
            task = asyncio.create_task(listen(client), name="listen")
            node = EdgeNode(broker.host, broker.port, "plant", "packer", DEVICES)
            await node.connect()
            await node.measure("cs1", {"Air": -20.0})
            await until(3)
            await node.die()
            await until(4)
            await node.connect()
            await until(6)
            await node.leave()
            await until(7)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    births = ["NBIRTH/packer", "DBIRTH/packer/cs1"]
    assert heard == [*births, "DDATA/packer/cs1", "NDEATH/packer", *births, "NDEATH/packer"]
    assert node.bdseq == 1
    assert [(each.metric, each.value) for each in node.sent if each.value is not None] == [("Air", -20.0)] * 2


def test_lost_numbers() -> None:
    """A lost message takes its number with it."""
    node: Any = EdgeNode("", 0, "plant", "packer", DEVICES)
    node.lose(3)
    assert node._seq == 3
