"""MQTT: acknowledged only when durable, redelivered until then, each message once or set aside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import servers
from servers import Mosquitto, running

from gateway.errors import SourceError
from gateway.mqtt import MqttReader
from gateway.mqtt_settings import MqttSource
from gateway.receiver import Receiver
from gateway.tally import Tally
from readings.quality import Reason
from readings.times import SECOND, parse_time

START = parse_time("2026-12-01T00:00:00Z")
VERSIONS = pytest.mark.parametrize("version", ["3.1.1", "5"])


def source(broker: Any, version: str = "5", **more: Any) -> MqttSource:
    return MqttSource.model_validate(
        {
            "name": "loggers",
            "mqtt": f"mqtt://{broker.host}:{broker.port}",
            "version": version,
            "topics": [
                {
                    "topic": "plant/+/air",
                    "reads": "cold-3/air/{1}.1",
                    "value": "temperature",
                    "time": "ts",
                    "sequence": "n",
                    "unit": "degC",
                }
            ],
        }
        | more
    )


@pytest.fixture
def reader(intake: Any, units: Callable[..., Any]) -> Callable[..., MqttReader]:
    def build(settings: MqttSource) -> MqttReader:
        plan = units(**{"air__CS1.1": "degC", "door": "bool", "phase": "text"})
        return MqttReader(settings, intake=intake, units=plan, tally=Tally("loggers"), site="nanjing")

    return build


def payload(n: int) -> str:
    return json.dumps(
        {"ts": f"2026-12-01T00:{n // 60 % 60:02d}:{n % 60:02d}Z", "n": n, "temperature": -n / 10}
    )


async def send(broker: Any, *messages: tuple[str, str | bytes], retain: bool = False) -> None:
    async with aiomqtt.Client(broker.host, broker.port, max_inflight_messages=1000) as client:
        await asyncio.gather(*(client.publish(topic, data, qos=1, retain=retain) for topic, data in messages))


async def subscribed(broker: Any, reader: Callable[..., MqttReader], settings: MqttSource) -> None:
    """Leave a session with subscriptions at the broker."""
    task = asyncio.create_task(reader(settings).run())
    await connected(broker)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def connected(broker: Any) -> None:
    """Return when the broker's log says that a subscription was made."""
    async with asyncio.timeout(5):
        while " 1 plant/" not in broker.log.read_text():  # noqa: ASYNC110 - a log file has no event
            await asyncio.sleep(0.02)


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    """A broker that logs subscriptions."""
    lines = ("allow_anonymous true", "log_type all")
    with running(Mosquitto(tmp_path / "logging", lines=lines)) as server:
        yield server


@pytest.mark.server
@VERSIONS
async def test_each_message_arrives_once(
    version: str, broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """Thousands of messages become as many readings, with the payload's own time, value and counter."""
    async with running_for(reader(source(broker, version)).run()):
        await connected(broker)
        await send(broker, *(("plant/CS1/air", payload(n)) for n in range(3000)))
        await intake.until(lambda: len(intake.rows()) >= 3000)
    rows = sorted(intake.rows(), key=lambda row: row[4])
    assert rows[7] == ("cold-3/air/CS1.1", START + 7 * SECOND, -0.7, Reason.NONE, 7)
    assert [row[4] for row in rows] == list(range(3000))
    assert len(intake.blocks) < 600


@pytest.mark.server
@VERSIONS
async def test_nothing_is_acknowledged_before_it_is_durable(
    version: str, broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """While the intake refuses, the broker gets no acknowledgement; after a crash it sends the same again."""
    settings = source(broker, version)
    await subscribed(broker, reader, settings)
    await send(broker, *(("plant/CS1/air", payload(n)) for n in range(1200)))
    intake.refusing = True
    async with running_for(reader(settings).run()):
        await intake.until(lambda: intake.refused >= 2)
        assert "Received PUBACK from haccpline" not in broker.log.read_text()
    intake.refusing = False
    async with running_for(reader(settings).run()):
        await intake.until(lambda: len({row[4] for row in intake.rows()}) == 1200)
    by_number: dict[int, set[Any]] = {}
    for row in intake.rows():
        by_number.setdefault(row[4], set()).add(row)
    assert all(len(rows) == 1 for rows in by_number.values()), "a redelivered message gives the same row"


@pytest.mark.server
async def test_what_waits_is_bounded_by_bytes(
    broker: Any, reader: Any, intake: Any, running_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing can be committed, a few large messages are enough to read no more; afterwards all come, once each."""
    monkeypatch.setattr("gateway.receiver._MOST", 100_000)
    heard, receive = 0, Receiver.receive

    def counted(receiver: Receiver, *message: Any) -> None:
        nonlocal heard
        heard += 1
        receive(receiver, *message)

    monkeypatch.setattr(Receiver, "receive", counted)
    intake.refusing = True
    large = [json.dumps(json.loads(payload(n)) | {"pad": "x" * 20_000}) for n in range(100)]
    async with running_for(reader(source(broker)).run()):
        await connected(broker)
        await send(broker, *(("plant/CS1/air", each) for each in large))
        await intake.until(lambda: intake.refused >= 2)
        await asyncio.sleep(0.2)
        assert 5 <= heard < 30, "of 100 sent: five are enough, and what came in one piece with them"
        intake.refusing = False
        await intake.until(lambda: len(intake.rows()) == 100)
    assert sorted(row[4] for row in intake.rows()) == list(range(100))


@pytest.mark.server
@VERSIONS
async def test_session_survives_the_broker(
    version: str, broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """A lost connection is told; the next client resumes the session and misses nothing."""
    settings = source(broker, version)
    async with running_for(reader(settings).run()) as task:
        await connected(broker)
        broker.stop()
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionResetError, match="closed the connection"):
                await task
    broker.start()
    await send(broker, ("plant/CS1/air", payload(1)))
    async with running_for(reader(settings).run()):
        await intake.until(lambda: len(intake.rows()) >= 1)


@pytest.mark.server
async def test_what_came_at_qos_0_is_kept_though_the_connection_broke(
    broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """The disk is full while two messages come, one after the other, and the broker goes: nobody would send them again."""
    async with running_for(reader(source(broker)).run()) as task:
        await connected(broker)
        intake.refusing = True
        async with aiomqtt.Client(broker.host, broker.port) as client:
            await client.publish("plant/CS1/air", payload(1), qos=0)
            await intake.until(lambda: intake.refused >= 1)
            await client.publish("plant/CS1/air", payload(2), qos=0)
            async with asyncio.timeout(5):
                while broker.log.read_text().count("Sending PUBLISH to haccpline") < 2:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
        broker.stop()
        intake.refusing = False
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionResetError):
                await task
    assert [row[4] for row in intake.rows()] == [1, 2]


@pytest.mark.server
@VERSIONS
async def test_unreadable_is_set_aside_and_acknowledged(
    version: str, broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """A payload that cannot be read is quarantined whole, with topic and reason; the next one is read."""
    settings = source(broker, version)
    await subscribed(broker, reader, settings)
    await send(
        broker,
        ("plant/CS1/air", b'{"temperature": -19.3'),
        ("plant/CS9/air", payload(1)),
        ("plant/CS1/air", b'{"ts": "2026-12-01T00:00:00Z", "temperature": "cold"}'),
        ("plant/CS1/air", payload(2)),
    )
    async with running_for(reader(settings).run()):
        await intake.until(lambda: len(intake.rows()) >= 1 and len(intake.quarantined) >= 3)
        await asyncio.sleep(
            0.3
        )  # durable first, acknowledged then: ended in between, it would rightly come again
    reasons = {item.source + ": " + item.reason for item in intake.quarantined}
    assert any(
        "mqtt plant/CS1/air: the payload is not JSON: Input data was truncated" in reason
        for reason in reasons
    )
    assert any("cold-3/air/CS9.1, which no plan has" in reason for reason in reasons)
    assert any("the value is 'cold'" in reason for reason in reasons)
    assert intake.quarantined[0].payload == b'{"temperature": -19.3'
    again = reader(settings)
    async with running_for(again.run()):
        await asyncio.sleep(0.3)
    assert len(intake.rows()) == 1, "set aside means acknowledged: it does not come again"


@VERSIONS
async def test_refused_subscription_is_an_error(version: str, reader: Any) -> None:
    """A broker that refuses a topic makes the source fail, naming topic and user; it never listens in vain."""

    async def broker_that_refuses(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        five = version == "5"
        await stream.read(1000)
        writer.write(b"\x20\x03\x00\x00\x00" if five else b"\x20\x02\x00\x00")
        subscribe = await stream.read(1000)
        mid = subscribe[2:4]
        writer.write(b"\x90\x04" + mid + b"\x00\x87" if five else b"\x90\x03" + mid + b"\x80")
        await stream.read()
        writer.close()

    server = await asyncio.start_server(broker_that_refuses, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(
            SourceError, match=r"refuses to send plant/\+/air \(code 0x8[07]\).*\(anonymous\)"
        ):
            await asyncio.wait_for(reader(source(Somewhere(port), version)).run(), 5)


class Somewhere:
    """Where a broker may be."""

    host = "127.0.0.1"

    def __init__(self, port: int) -> None:
        self.port = port


@pytest.mark.server
@VERSIONS
async def test_refused_login_is_an_error(version: str, tmp_path: Path, reader: Any) -> None:
    """A broker that does not know us makes the source fail with its words."""
    strict = Mosquitto(tmp_path / "strict", lines=("allow_anonymous false",))
    with running(strict), pytest.raises(SourceError, match=r"refuses the connection: .*[Nn]ot author"):
        await asyncio.wait_for(reader(source(strict, version)).run(), 5)


async def test_broker_that_is_not_there(reader: Any) -> None:
    """No broker is an OSError, which the caller tries again."""
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await asyncio.wait_for(reader(source(Somewhere(servers.free_port()))).run(), 5)


@pytest.mark.server
@VERSIONS
async def test_retained_without_a_time_is_uncertain(
    version: str, broker: Any, reader: Any, intake: Any, running_for: Any
) -> None:
    """What the broker kept has an unknown age: uncertain, unless the payload says when it was."""
    topics = [
        {"topic": "plant/+/air", "reads": "cold-3/air/{1}.1", "payload": "number", "unit": "degC"},
        {"topic": "plant/door", "reads": "cold-3/door", "time": "ts", "unit": "bool"},
        {"topic": "plant/phase", "reads": "cold-3/phase", "payload": "text"},
    ]
    await send(broker, ("plant/CS1/air", "-19.3"), retain=True)
    await send(broker, ("plant/door", '{"value": true, "ts": "2026-12-01T00:00:00Z"}'), retain=True)
    await send(broker, ("plant/phase", "defrost"), retain=True)
    async with running_for(reader(source(broker, version, topics=topics)).run()):
        await intake.until(lambda: len(intake.rows()) >= 2 and sum(len(b.states) for b in intake.blocks) == 1)
    rows = {row[0]: row for row in intake.rows()}
    assert rows["cold-3/air/CS1.1"][2:4] == (-19.3, Reason.RETAINED)
    assert rows["cold-3/door"][1:4] == (START, 1.0, Reason.NONE)
    (state,) = [state for block in intake.blocks for state in block.states]
    assert (state.line, state.name, state.text) == ("cold-3", "phase", "defrost")


@pytest.mark.server
async def test_gone_device_is_told(broker: Any, reader: Any, intake: Any, running_for: Any) -> None:
    """When a device's last will says that it is gone, its sensors get a bad reading; online says nothing."""
    settings = source(broker, status={"topic": "plant/+/status", "online": "online"})
    async with running_for(reader(settings).run()):
        await connected(broker)
        await send(
            broker, ("plant/CS2/status", "gone"), ("plant/CS1/status", "online"), ("plant/CS1/status", "gone")
        )
        await intake.until(lambda: len(intake.rows()) >= 1)
    assert [(row[0], row[3]) for row in intake.rows()] == [("cold-3/air/CS1.1", Reason.OFFLINE)]
