"""Sparkplug B on a real broker, with an edge node whose truth is known."""

from __future__ import annotations

import asyncio
import json
import math
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from servers import Mosquitto, running

from gateway.sparkplug import SparkplugReader
from gateway.sparkplug_settings import SparkplugSource
from gateway.tally import Tally
from readings.quality import Reason
from readings.times import MS, SECOND
from simulators.edge_node import EdgeNode
from simulators.sparkplug_wire import BOOLEAN, DOUBLE, INT16

pytestmark = pytest.mark.server

DEVICES: dict[str | None, dict[str, int]] = {
    None: {"Door": BOOLEAN},
    "cs1": {"Air": DOUBLE, "Core": INT16},
    "cs2": {"Air": DOUBLE},
}
FEEDS = {
    ("cs1", "Air"): "cold-3/air/cs1",
    ("cs1", "Core"): "cold-3/core",
    ("cs2", "Air"): "cold-3/air/cs2",
    (None, "Door"): "cold-3/door",
}
GONE = {Reason.OFFLINE, Reason.LOST, Reason.NOT_CONNECTED}


def source(broker: Any, **more: Any) -> SparkplugSource:
    metrics = [
        {"node": "packer", "device": "+", "metric": "Air", "reads": "cold-3/air/{device}", "unit": "degC"},
        {
            "node": "packer",
            "device": "cs1",
            "metric": "Core",
            "reads": "cold-3/core",
            "scale": 0.1,
            "unit": "degC",
        },
        {"node": "packer", "metric": "Door", "reads": "cold-3/door", "unit": "bool"},
    ]
    given = {
        "name": "edge",
        "sparkplug": f"mqtt://{broker.host}:{broker.port}",
        "group": "plant 1",
        "metrics": metrics,
    }
    return SparkplugSource.model_validate(given | more)


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    with running(Mosquitto(tmp_path / "broker", lines=("allow_anonymous true", "log_type all"))) as server:
        yield server


@pytest.fixture
def reader(intake: Any, units: Callable[..., Any]) -> Callable[..., SparkplugReader]:
    def build(settings: SparkplugSource) -> SparkplugReader:
        plan = units(air__cs1="degC", air__cs2="degC", core="degC", door="bool")
        return SparkplugReader(settings, intake=intake, units=plan, tally=Tally("edge"), site="nanjing")

    return build


@asynccontextmanager
async def edge(broker: Any, **more: Any) -> AsyncIterator[EdgeNode]:
    node = EdgeNode(broker.host, broker.port, "plant 1", "packer", DEVICES, **more)
    try:
        yield node
    finally:
        with suppress(aiomqtt.MqttError):
            if node.connected:
                await node.leave()


async def logged(broker: Any, words: str, times: int = 1) -> None:
    """Return when the broker has logged it so often."""
    async with asyncio.timeout(5):
        while broker.log.read_text().count(words) < times:  # noqa: ASYNC110 - a log file has no event
            await asyncio.sleep(0.02)


async def subscribed(broker: Any, *, asks: bool = True) -> None:
    """Return when the reader has subscribed, and has asked for births, which an edge node that comes later does not hear."""
    await logged(broker, "Sending SUBACK to haccpline-nanjing-edge")
    if asks:
        await logged(broker, "NCMD/packer")


def good(intake: Any) -> set[tuple[str, int, float]]:
    """(series, ms, value) of all readings that have a value."""
    return {
        (series, moment // MS, value) for series, moment, value, *_ in intake.rows() if not math.isnan(value)
    }


def true(node: EdgeNode) -> set[tuple[str, int, float]]:
    """(series, ms, value) of all that the node has measured and sent."""
    scale = {"Core": 10}
    return {
        (FEEDS[each.device, each.metric], each.time, float(each.value) / scale.get(each.metric, 1))
        for each in node.sent
        if each.value is not None
    }


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_all_that_was_measured(
    version: str, broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """Through births and hundreds of messages by alias every value arrives with the time at which it was measured."""
    async with running_for(reader(source(broker, version=version)).run()), edge(broker) as node:
        await subscribed(broker)
        await node.connect()
        for number in range(300):
            await node.measure("cs1", {"Air": -20 + number / 100, "Core": -180 - number})
            await node.measure("cs2", {"Air": -30 - number / 100})
        await node.measure(None, {"Door": True})
        await intake.until(lambda: good(intake) >= true(node))
        assert good(intake) == true(node)
        assert not intake.quarantined
        assert node.rebirths == 0, "its births were heard"


async def test_gateway_comes_late(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """A gateway that has heard no birth asks for it at once; what the node measured last is known within moments."""
    async with edge(broker) as node:
        await node.connect()
        await node.measure("cs1", {"Air": -21.5, "Core": -184})
        await logged(broker, "Received PUBLISH from edge-packer", 4)
        async with running_for(reader(source(broker)).run()):
            await intake.until(lambda: ("cold-3/core", -18.4) in {(s, v) for s, _, v in good(intake)})
            assert node.rebirths == 1
            await node.measure("cs1", {"Air": -21.0})
            await intake.until(lambda: good(intake) == true(node))
    assert not intake.quarantined


async def test_death_without_a_word(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """The broker tells of a node that is gone: all that it feeds is bad at that time; the next birth is believed again."""
    async with running_for(reader(source(broker)).run()), edge(broker) as node:
        await subscribed(broker)
        await node.connect()
        await node.measure("cs1", {"Air": -20.5})
        await intake.until(lambda: good(intake) >= true(node))
        before = time.time_ns()
        await node.die()
        await intake.until(lambda: sum(row[3] is Reason.OFFLINE for row in intake.rows()) == 4)
        gone = [row for row in intake.rows() if row[3] is Reason.OFFLINE]
        assert {row[0] for row in gone} == set(FEEDS.values())
        assert all(before <= row[1] < before + 5 * SECOND for row in gone)
        await node.connect()
        await node.measure("cs1", {"Air": -19.5})
        await intake.until(lambda: good(intake) == true(node))


async def test_late_death_of_an_earlier_session(
    broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """An NDEATH that arrives behind the birth of the next session makes nothing bad."""
    async with running_for(reader(source(broker)).run()), edge(broker) as node:
        await subscribed(broker)
        await node.connect()
        await node.death_of(0)
        await node.connect_anew()
        await node.death_of(0)
        await node.measure("cs1", {"Air": -19.5})
        await intake.until(lambda: good(intake) == true(node))
        assert sum(row[3] is Reason.OFFLINE for row in intake.rows()) == 4, "of the first NDEATH alone"


async def test_born_without_a_birth(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """A node that dies and goes on without births, its aliases dealt out anew, is not believed until it was born."""
    async with running_for(reader(source(broker)).run()), edge(broker) as node:
        await subscribed(broker)
        await node.connect()
        await node.measure("cs1", {"Air": -20.5, "Core": -180})
        await intake.until(lambda: good(intake) >= true(node))
        node.deaf = True
        await node.die()
        await node.connect(births=False, seed=5)
        known = true(node)
        await node.measure("cs1", {"Air": -11.5, "Core": -111})
        await intake.until(lambda: len(intake.quarantined) == 1)
        assert "no birth that holds says what alias" in intake.quarantined[0].reason
        assert good(intake) == known
        node.deaf = False
        await node.bear()
        await node.measure("cs1", {"Air": -19.5, "Core": -175})
        await intake.until(lambda: {("cold-3/core", -17.5)} <= {(s, v) for s, _, v in good(intake)})
        assert good(intake) <= true(node)


async def test_lost_message(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """A gap in the sequence: values are lost from then on, births are asked for, and with them all is known again."""
    async with running_for(reader(source(broker)).run()), edge(broker) as node:
        await subscribed(broker)
        await node.connect()
        node.lose()
        await node.measure("cs2", {"Air": -31.5})
        await intake.until(lambda: node.rebirths == 1)
        await node.measure("cs2", {"Air": -31.0})
        await intake.until(
            lambda: (
                {("cold-3/air/cs2", -31.0), ("cold-3/air/cs2", -31.5)} <= {(s, v) for s, _, v in good(intake)}
            )
        )
        assert sum(row[3] is Reason.LOST for row in intake.rows()) == 4
        assert len(intake.quarantined) == 1
        assert good(intake) == true(node), "the birth said again what was in the message that nobody believed"


async def test_aliases_anew_and_what_was_stored(
    broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """Births again with other aliases; then what was stored for an hour: good, late, at the times of measuring."""
    async with running_for(reader(source(broker)).run()), edge(broker) as node:
        await subscribed(broker)
        await node.connect()
        await node.bear(seed=3)
        hour = time.time_ns() // MS - 3_600_000
        for number in range(50):
            node.store("cs1", "Air", -20 - number / 10, moment=hour + number * 1000)
            node.store("cs1", "Core", -200 - number, moment=hour + number * 1000)
        await node.flush()
        await intake.until(lambda: good(intake) >= true(node))
        assert good(intake) == true(node)
        assert sum(row[3] is Reason.BACKFILL for row in intake.rows()) == 100
        assert not intake.quarantined


async def test_device_dies_and_is_born(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """A device that is gone makes bad what it alone feeds."""
    async with running_for(reader(source(broker)).run()), edge(broker) as node:
        await subscribed(broker)
        await node.connect()
        await node.measure("cs2", {"Air": -30.5})
        await node.device_dies("cs2")
        await node.measure("cs1", {"Air": -20.5})
        await node.bear_device("cs2")
        await intake.until(lambda: good(intake) >= true(node))
        assert [row[0] for row in intake.rows() if row[3] in GONE] == ["cold-3/air/cs2"]


async def test_broker_is_lost(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """Without its broker the gateway knows nothing of now: all is bad from then on, durably, before it tries again."""
    read = reader(source(broker))
    async with edge(broker) as node:
        async with running_for(read.run()) as task:
            await subscribed(broker)
            await node.connect()
            await node.measure("cs1", {"Air": -20.5, "Core": -180})
            await node.measure("cs2", {"Air": -30.5})
            await intake.until(lambda: good(intake) == true(node) != set())
            broker.stop(signal.SIGKILL)
            async with asyncio.timeout(5):
                with pytest.raises(ConnectionResetError):
                    await task
        assert sum(row[3] is Reason.NOT_CONNECTED for row in intake.rows()) == 4
        await node.abandon()
        broker.start()
        async with running_for(read.run()):
            await node.connect()
            await node.measure("cs1", {"Air": -19.5})
            await intake.until(lambda: ("cold-3/air/cs1", -19.5) in {(s, v) for s, _, v in good(intake)})
            assert good(intake) <= true(node)


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_gateway_comes_back(
    version: str, broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """The broker kept its session: that is no message which the broker kept, and its births are read as ever."""
    settings = source(broker, version=version)
    async with edge(broker) as node:
        async with running_for(reader(settings).run()):
            await subscribed(broker)
            await node.connect()
            await intake.until(lambda: good(intake) >= true(node))
        async with running_for(reader(settings).run()):
            await logged(broker, "/DBIRTH/packer/cs1", 4)  # each is received and sent
            await node.measure("cs1", {"Air": -17.125})
            await intake.until(lambda: good(intake) >= true(node), 5)
    assert intake.quarantined == []


async def test_what_waits_is_read_though_the_broker_is_lost(
    broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """The disk is full while two values come, one after the other, and the broker goes: a node never sends them again."""
    async with running_for(reader(source(broker)).run()) as task, edge(broker) as node:
        await subscribed(broker)
        await node.connect()
        await intake.until(lambda: good(intake) >= true(node))
        intake.refusing, refused = True, intake.refused
        await node.measure("cs1", {"Air": -19.5})
        await intake.until(lambda: intake.refused > refused)
        sent = broker.log.read_text().count("Sending PUBLISH to haccpline")
        await node.measure("cs1", {"Air": -19.25})
        await logged(broker, "Sending PUBLISH to haccpline", sent + 1)
        await asyncio.sleep(0.1)
        measured = true(node)
        broker.stop(signal.SIGKILL)
        intake.refusing = False
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionResetError):
                await task
        await node.abandon()
    assert good(intake) == measured
    assert intake.rows()[-1][3] is Reason.NOT_CONNECTED


@asynccontextmanager
async def states(broker: Any, host: str) -> AsyncIterator[list[tuple[dict[str, Any], bool]]]:
    """What is said of a host, and whether it was retained."""
    heard: list[tuple[dict[str, Any], bool]] = []

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            heard.append((json.loads(bytes(message.payload)), message.retain))

    async with aiomqtt.Client(broker.host, broker.port) as client:
        await client.subscribe(f"spBv1.0/STATE/{host}", qos=1)
        task = asyncio.create_task(listen(client), name="states")
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def turns(heard: list[tuple[dict[str, Any], bool]]) -> list[bool]:
    """Online or not, in order; at QoS 1 a message may come twice."""
    return [online for online, _ in groupby(each["online"] for each, _ in heard)]


async def test_primary_host_is_told(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """A primary host says that it is there, retained; says so again when it is denied; and says when it goes."""
    topic = "spBv1.0/STATE/nanjing"
    async with states(broker, "nanjing") as heard:
        async with running_for(reader(source(broker, host="nanjing")).run()):
            await intake.until(lambda: len(heard) == 1)
            assert heard[0][0]["online"] is True
            assert abs(heard[0][0]["timestamp"] - time.time_ns() // MS) < 10_000
            async with aiomqtt.Client(broker.host, broker.port) as late:
                await late.publish(topic, b'{"online": false, "timestamp": 1}', qos=1, retain=True)
            await intake.until(lambda: turns(heard) == [True, False, True])
        await intake.until(lambda: turns(heard) == [True, False, True, False])
    async with states(broker, "nanjing") as heard:
        await intake.until(lambda: len(heard) == 1)
        assert (heard[0][0]["online"], heard[0][1]) == (False, True), "kept for edge nodes that come later"


async def test_primary_host_dies(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """When the gateway is gone without a word the broker says so, with the time of the birth that it belongs to."""
    async with states(broker, "nanjing") as heard:
        read = reader(source(broker, host="nanjing"))
        async with running_for(read.run()):
            await intake.until(lambda: len(heard) == 1)
            taker = aiomqtt.Client(broker.host, broker.port, identifier="haccpline-nanjing-edge")
            async with taker:  # takes the session over: the broker ends ours, and publishes the will
                await intake.until(lambda: len(heard) >= 2)
        assert heard[1][0] == {"online": False, "timestamp": heard[0][0]["timestamp"]}


async def test_nothing_else_is_ever_sent(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """With rebirth: false and no host the gateway publishes nothing at all."""
    async with running_for(reader(source(broker, rebirth=False)).run()), edge(broker) as node:
        await subscribed(broker, asks=False)
        await node.connect(births=False)
        await node.measure("cs1", {"Air": -20.5})
        await intake.until(lambda: len(intake.quarantined) == 1)
        await asyncio.sleep(0.3)
        assert node.rebirths == 0
    assert "Received PUBLISH from haccpline" not in broker.log.read_text()
