"""The connection to a broker: who we are, who it is, who else there is, and how it ends."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import aiomqtt
import pytest
from certificates import Papers
from servers import Mosquitto, running

from gateway.errors import SourceError
from gateway.mqtt import MqttReader
from gateway.mqtt_connection import Connection
from gateway.mqtt_settings import MqttSource
from gateway.tally import Tally
from readings.quality import Reason
from simulators.bad_wire import BadWire, Ills

VERSIONS = pytest.mark.parametrize("version", ["3.1.1", "5"])
TOPIC = {"topic": "plant/+/air", "reads": "cold-3/air/{1}", "value": "t", "sequence": "n", "unit": "degC"}


def source(broker: Mosquitto, **more: Any) -> MqttSource:
    url = f"mqtt://{broker.host}:{broker.port}"
    return MqttSource.model_validate({"name": "s", "mqtt": url, "topics": [TOPIC]} | more)


@pytest.fixture
def reader(intake: Any, units: Callable[..., Any]) -> Callable[..., MqttReader]:
    def build(settings: MqttSource, tally: Tally | None = None) -> MqttReader:
        plan = units(air__CS1="degC", air__CS2="degC", door="bool")
        return MqttReader(settings, intake=intake, units=plan, tally=tally or Tally("s"), site="nanjing")

    return build


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    lines = ("allow_anonymous true", "log_type all", "autosave_on_changes true")
    with running(Mosquitto(tmp_path / "plain", lines=lines)) as server:
        yield server


async def until(broker: Mosquitto, said: str, times: int = 1) -> None:
    """Return when the broker's log says so."""
    async with asyncio.timeout(5):
        while broker.log.read_text().count(said) < times:  # noqa: ASYNC110 - a log file has no event
            await asyncio.sleep(0.01)


async def save(broker: Mosquitto) -> None:
    """Have the broker write down what it acknowledged: by itself it does so a moment later."""
    file = broker.persistence / "mosquitto.db"
    before = file.stat().st_mtime_ns if file.exists() else 0
    broker.process.send_signal(signal.SIGUSR1)
    async with asyncio.timeout(5):
        while not file.exists() or file.stat().st_mtime_ns == before:  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)


async def send(broker: Mosquitto, *messages: tuple[str, Any], retain: bool = False) -> None:
    async with aiomqtt.Client(broker.host, broker.port, max_inflight_messages=1000) as client:
        for topic, payload in messages:
            data = payload if isinstance(payload, str) else json.dumps(payload)
            await client.publish(topic, data, qos=1, retain=retain)


@pytest.mark.server
@VERSIONS
async def test_both_ends_show_a_certificate(
    version: str, papers: Papers, tmp_path: Path, reader: Any, intake: Any, running_for: Any
) -> None:
    """The broker's is held against the authority and the name that is expected; ours lets us in."""
    shown = papers.issue("broker.plant")
    lines = (
        "require_certificate true",
        "use_identity_as_username true",
        f"cafile {papers.ca}",
        f"certfile {shown}",
        f"keyfile {shown}",
        "log_type all",
    )
    with running(Mosquitto(tmp_path / "strict", lines=lines)) as broker:
        ours = {
            "mqtt": f"mqtts://127.0.0.1:{broker.port}",
            "version": version,
            "ca_file": papers.ca,
            "cert_file": papers.issue("haccpline"),
            "server_name": "broker.plant",
        }
        task = reader(source(broker, **ours))
        async with running_for(task.run()):
            await until(broker, "SUBACK")
        with pytest.raises(SourceError, match=r"is not to be trusted: .*mismatch"):
            await reader(source(broker, **ours | {"server_name": "other.plant"})).run()
        with pytest.raises(SourceError, match="is not to be trusted"):
            await reader(source(broker, **ours | {"ca_file": papers.issue("stranger")})).run()
        with pytest.raises(SourceError, match=r"/no/such\.pem: No such file"):
            await reader(source(broker, **ours | {"ca_file": "/no/such.pem"})).run()
        without = {key: value for key, value in ours.items() if key != "cert_file"}
        with pytest.raises(ConnectionResetError, match="it may want to see a certificate of ours"):
            await reader(source(broker, **without)).run()
    assert intake.rows() == []


def known(name: str, word: str) -> str:
    """A line of Mosquitto's password file: PBKDF2 with SHA-512, as its `mosquitto_passwd` writes it."""
    salt = b"twelve bytes"
    digest = hashlib.pbkdf2_hmac("sha512", word.encode(), salt, 101)
    return f"{name}:$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


@pytest.mark.server
@VERSIONS
async def test_user_and_password_let_us_in(
    version: str, tmp_path: Path, reader: Any, intake: Any, running_for: Any
) -> None:
    """Who is known is read; another password is refused with the user's name, and one that is renewed is read anew."""
    (tmp_path / "known").write_text(known("haccpline", "right") + known("device", "own"))
    word = tmp_path / "word"
    word.write_text("wrong\n")
    lines = ("allow_anonymous false", f"password_file {tmp_path / 'known'}", "log_type all")
    with running(Mosquitto(tmp_path / "strict", lines=lines)) as broker:
        settings = source(broker, version=version, username="haccpline", password_file=str(word))
        ours = reader(settings)
        with pytest.raises(SourceError, match=r"refuses the connection: .*[Nn]ot author"):
            await asyncio.wait_for(ours.run(), 5)
        word.write_text("right\n")
        async with running_for(ours.run()):
            await until(broker, "SUBACK")
            as_device = {"username": "device", "password": "own"}
            async with aiomqtt.Client(broker.host, broker.port, **as_device) as client:
                await client.publish("plant/CS1/air", json.dumps({"t": -19.5, "n": 1}), qos=1)
            async with asyncio.timeout(5):
                while not intake.rows():  # noqa: ASYNC110 - the intake tells nobody
                    await asyncio.sleep(0.01)
    ((series, _, value, *_),) = intake.rows()
    assert (series, value) == ("cold-3/air/CS1", -19.5)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (b"\x8e", r"closed the connection: .*'gateway-1'; give each gateway a `client` of its own"),
        (b"\x8b", "closed the connection: it shuts down"),
        (b"\x96", "closed the connection: reason code 0x96"),
        (b"\x00", "closed the connection$"),
    ],
)
async def test_why_the_broker_ended_it_is_told(code: bytes, told: str, reader: Any) -> None:
    """With MQTT 5 a broker may say why; a broker of a few bytes, for Mosquitto 2.0.11 never says it."""

    async def broker_that_ends_it(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stream.read(1000)
        writer.write(b"\x20\x03\x00\x00\x00")
        subscribe = await stream.read(1000)
        writer.write(b"\x90\x04" + subscribe[2:4] + b"\x00\x01")
        await asyncio.sleep(0.02)
        writer.write(b"\xe0\x02" + code + b"\x00")
        writer.close()

    server = await asyncio.start_server(broker_that_ends_it, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = {"name": "s", "mqtt": f"mqtt://127.0.0.1:{port}", "topics": [TOPIC], "client": "gateway-1"}
    async with server, asyncio.timeout(5):
        with pytest.raises(ConnectionResetError, match=told):
            await reader(MqttSource.model_validate(settings)).run()


@pytest.mark.server
@VERSIONS
async def test_a_session_taken_over_again_and_again_is_guessed(
    version: str, broker: Mosquitto, reader: Any
) -> None:
    """Where the broker has no words for it, three short connections in a row say what it may be."""
    ours = reader(source(broker, client="gateway-1", version=version))
    for number in range(1, 4):
        task = asyncio.create_task(ours.run())
        await until(broker, "Sending SUBACK", number)
        async with aiomqtt.Client(broker.host, broker.port, identifier="gateway-1"), asyncio.timeout(5):
            with pytest.raises(ConnectionResetError) as ended:
                await task
        assert ("another client may use" in str(ended.value)) is (number == 3)


@pytest.mark.server
@VERSIONS
async def test_nothing_is_lost_when_the_broker_is_killed(
    version: str, broker: Mosquitto, reader: Any, intake: Any, running_for: Any
) -> None:
    """What it had handed over, and was not acknowledged, it hands over again when it is back."""
    settings = source(broker, version=version)
    intake.refusing = True
    async with running_for(reader(settings).run()) as task:
        await until(broker, "SUBACK")
        await send(broker, *(("plant/CS1/air", {"t": -19.5, "n": n}) for n in range(30)))
        await intake.until(lambda: intake.refused >= 1)
        await save(broker)
        broker.stop(signal.SIGKILL)
        intake.refusing = False
        with pytest.raises(ConnectionResetError):
            async with asyncio.timeout(5):
                await task
    broker.start()
    async with running_for(reader(settings).run()):
        await intake.until(lambda: {row[4] for row in intake.rows()} == set(range(30)))


@pytest.mark.server
async def test_the_window_holds_the_broker_back(
    broker: Mosquitto, reader: Any, intake: Any, running_for: Any
) -> None:
    """No more than the window is under way while nothing can be kept; afterwards all of it arrives, in its order."""
    tally = Tally("s")
    settings = source(broker, window=10)
    intake.refusing = True
    async with running_for(reader(settings, tally).run()):
        await until(broker, "SUBACK")
        await send(broker, *(("plant/CS1/air", {"t": -19.5, "n": n}) for n in range(60)))
        await intake.until(lambda: intake.refused >= 3)
        assert broker.log.read_text().count("Sending PUBLISH to haccpline") == 10
        intake.refusing = False
        await intake.until(lambda: len(intake.rows()) == 60)
    assert [row[4] for row in intake.rows()] == list(range(60))


@pytest.mark.server
@VERSIONS
async def test_what_waited_at_the_broker_has_no_known_age(
    version: str, broker: Mosquitto, reader: Any, intake: Any, running_for: Any
) -> None:
    """Messages without a time that came while we were away are uncertain, also while nothing can be kept for a while.

    Those that come when all of that is here are good: half a second later.
    """
    settings = source(broker, version=version)
    async with running_for(reader(settings).run()):
        await until(broker, "SUBACK")
        await send(broker, ("plant/CS1/air", {"t": -19.5, "n": 1}))
        await intake.until(lambda: len(intake.rows()) == 1)
    await until(broker, "disconnected", 2)
    await send(broker, *(("plant/CS1/air", {"t": -19.5, "n": n}) for n in (2, 3)))
    intake.refusing = True
    async with running_for(reader(settings).run()):
        await until(broker, "Sending SUBACK", 2)
        await asyncio.sleep(1)
        await send(broker, ("plant/CS1/air", {"t": -19.5, "n": 4}))
        intake.refusing = False
        await intake.until(lambda: len(intake.rows()) == 4)
        await asyncio.sleep(1.5)
        await send(broker, ("plant/CS1/air", {"t": -19.5, "n": 5}))
        await intake.until(lambda: len(intake.rows()) == 5)
    known = [Reason.NONE, *[Reason.RETAINED] * 3, Reason.NONE]
    assert [(row[4], row[3]) for row in intake.rows()] == list(zip(range(1, 6), known, strict=True))


class _Late(Random):
    """All that goes over a wire of which this draws is delayed, and as long as can be."""

    def random(self) -> float:
        return 0.999


@pytest.mark.server
async def test_what_waited_has_no_known_age_however_long_the_way(
    broker: Mosquitto, reader: Any, intake: Any, running_for: Any
) -> None:
    """Of two messages that waited the second comes 0.6 s after the first was acknowledged: 0.3 s there and back."""
    settings = source(broker, window=1, client="far")
    async with running_for(reader(settings).run()):
        await until(broker, "SUBACK")
    await until(broker, "disconnected")
    await send(broker, *(("plant/CS1/air", {"t": -19.5, "n": n}) for n in (1, 2)))
    far = BadWire(broker.host, broker.port, Ills(delayed=1, longest=0.3), _Late())
    async with far.laid():
        over = source(broker, window=1, client="far", mqtt=f"mqtt://127.0.0.1:{far.here}")
        async with running_for(reader(over).run()):
            await intake.until(lambda: len(intake.rows()) == 2)
    assert [row[3] for row in intake.rows()] == [Reason.RETAINED] * 2


@pytest.mark.server
async def test_what_waited_while_the_disk_was_full_has_no_known_age(
    broker: Mosquitto, reader: Any, intake: Any, running_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three messages the window lets one through, which came when it was sent; two waited at the broker."""
    monkeypatch.setattr("gateway.mqtt._HELD_UP", 0.5)
    async with running_for(reader(source(broker, window=1)).run()):
        await until(broker, "SUBACK")
        intake.refusing = True
        await send(broker, *(("plant/CS1/air", {"t": -19.5, "n": n}) for n in (1, 2, 3)))
        await asyncio.sleep(1)
        intake.refusing = False
        await intake.until(lambda: len(intake.rows()) == 3)
    assert [row[3] for row in intake.rows()] == [Reason.NONE, Reason.RETAINED, Reason.RETAINED]


@pytest.mark.server
async def test_after_a_moment_away_messages_that_never_pause_are_soon_good_again(
    broker: Mosquitto, reader: Any, intake: Any, running_for: Any
) -> None:
    """Forty messages a second, and away for a moment: it is no minute until one has its time."""
    ours = reader(source(broker))

    async def stream() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as client:
            for n in range(10_000):
                await client.publish("plant/CS1/air", json.dumps({"t": -19.5, "n": n}), qos=1)
                await asyncio.sleep(0.025)

    def reasons() -> list[Reason]:
        return [row[3] for row in intake.rows()]

    async with running_for(ours.run()):
        await until(broker, "SUBACK")
        async with running_for(stream()):
            await intake.until(lambda: len(reasons()) >= 3)
    await until(broker, "disconnected")
    before = len(reasons())
    await send(broker, ("plant/CS1/air", {"t": -19.5, "n": 1}))
    async with running_for(stream()), running_for(ours.run()):
        await intake.until(lambda: Reason.NONE in reasons()[before:])
    assert reasons()[before] is Reason.RETAINED


class Held:
    """Takes messages and is full as long as `full` says so."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.full = True

    def receive(self, _topic: bytes, payload: bytes, _retained: bool, _acknowledgement: bytes) -> None:
        self.payloads.append(payload)

    def wake(self) -> None:
        """Nobody waits."""


@pytest.mark.server
@VERSIONS
async def test_nothing_more_is_read_while_as_much_waits_as_may(version: str, broker: Mosquitto) -> None:
    """What comes at QoS 0, for which a broker has no window, stays with it until there is room; none is lost."""
    held, big = Held(), "x" * 60_000  # one read of the socket takes 256 kB at most
    connection = Connection(source(broker, version=version), "haccpline", ["plant/+/air"], held)
    await connection.open()
    async with aiomqtt.Client(broker.host, broker.port) as client:
        for n in range(100):
            await client.publish("plant/CS1/air", f"{n:03}{big}", qos=0)
    await asyncio.sleep(0.3)
    came = len(held.payloads)
    assert 1 <= came <= 10, "one read of the socket, which holds some messages"
    connection.resume()
    await asyncio.sleep(0.1)
    assert len(held.payloads) == came, "still full"
    held.full = False
    connection.resume()
    async with asyncio.timeout(10):
        while len(held.payloads) < 100:  # noqa: ASYNC110 - what a listener was told has no event
            await asyncio.sleep(0.01)
    assert [int(payload[:3]) for payload in held.payloads] == list(range(100))
    await connection.close()


@pytest.mark.server
@VERSIONS
async def test_a_shared_subscription_is_shared(
    version: str, broker: Mosquitto, reader: Any, intake: Any, running_for: Any
) -> None:
    """Two gateways of a group get each message once between them."""
    shared = TOPIC | {"topic": f"$share/plant/{TOPIC['topic']}"}
    one = reader(source(broker, version=version, client="one", topics=[shared]))
    other = reader(source(broker, version=version, client="other", topics=[shared]))
    async with running_for(one.run()), running_for(other.run()):
        await until(broker, "Sending SUBACK", 2)
        await send(broker, *(("plant/CS1/air", {"t": 1.5, "n": n}) for n in range(40)))
        await intake.until(lambda: len(intake.rows()) >= 40)
    assert sorted(row[4] for row in intake.rows()) == list(range(40))
    for client in ("one", "other"):
        assert f"Sending PUBLISH to {client} " in broker.log.read_text()


@pytest.mark.server
@VERSIONS
async def test_availability_that_the_broker_kept_is_known_at_the_start(
    version: str, broker: Mosquitto, reader: Any, intake: Any, running_for: Any
) -> None:
    """A device that was gone before we came is gone; several ways of saying it stand side by side."""
    settings = source(
        broker,
        version=version,
        status=[
            {"topic": "plant/+/LWT", "online": "Online", "offline": "Offline"},
            {"topic": "zigbee/door", "value": "state", "offline": "offline", "reads": ["cold-3/door"]},
        ],
    )
    await send(broker, ("plant/CS1/LWT", "Online"), ("plant/CS2/LWT", "Offline"), retain=True)
    await send(broker, ("zigbee/door", {"state": "offline"}), retain=True)
    async with running_for(reader(settings).run()):
        await intake.until(lambda: len(intake.rows()) >= 2)
        await send(broker, ("plant/CS1/LWT", "updating"))
        await intake.until(lambda: len(intake.quarantined) == 1)
    assert {(row[0], row[3]) for row in intake.rows()} == {
        ("cold-3/air/CS2", Reason.OFFLINE),
        ("cold-3/door", Reason.OFFLINE),
    }
    assert "'updating', which says neither online nor offline" in intake.quarantined[0].reason
