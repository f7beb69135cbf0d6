"""MQTT 3.1.1 and 5 at QoS 1; nothing outside this file knows gmqtt.

gmqtt connects, subscribes and keeps the connection alive. Its own way of handing over messages is not used:
it makes a task for each (more than all the rest costs), gives no packet id, and after a reconnection
acknowledges old ids on the new connection, where they may belong to other messages. Here PUBLISH packets come
from its parser directly, acknowledgements go out in one write per block, and each connection is a fresh client
that never reconnects by itself.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import gmqtt
import structlog
from gmqtt.mqtt.constants import MQTTv50, MQTTv311
from gmqtt.mqtt.handler import MQTTError

from gateway.ending import end_if_told
from gateway.errors import SourceError
from gateway.mqtt_settings import MqttSource
from gateway.receiver import Receiver
from gateway.tally import Tally
from readings.inputs import Series
from readings.ports import Intake
from readings.times import SECOND
from readings.units import Unit

log = structlog.get_logger(__name__)

_PATIENCE = 10.0  # seconds for the broker to accept a connection or a subscription
_WINDOW = (
    10_000  # messages the broker may send before one is acknowledged (MQTT 5; 3.1.1 leaves it to the broker)
)
_FULL = 4 * _WINDOW  # messages waiting, beyond which nothing more is read from the socket
_FOREVER = 0xFFFFFFFF  # session expiry: never
_NEVER_RECONNECT = -2  # 0 would still try once, -1 means for ever
_REFUSED = 0x80
_PUBLISH = 0x30
_PUBACK = b"\x40\x02"


class MqttReader:
    """Reads one broker's topics and hands over what they say."""

    def __init__(
        self, source: MqttSource, *, intake: Intake, units: Mapping[Series, Unit], tally: Tally, site: str
    ) -> None:
        """Check the source's topics against the plan.

        Raises:
            SourceError: a topic reads what no plan has, or in another kind of unit.
        """
        self._source = source
        self._identifier = source.client or f"haccpline-{site}-{source.name}"
        self._tally = tally
        self._receiver = Receiver(source, intake=intake, units=units, tally=tally)

    async def run(self) -> None:
        """Connect and read until the connection is lost.

        Raises:
            SourceError: the broker refuses the connection or a subscription.
            OSError: it is not there, or gone.
        """
        connection = _Connection(self._source, self._identifier, self._receiver)
        try:
            await connection.open()
            self._tally.connected = True
            log.info("connected", source=self._source.name, broker=str(self._source.mqtt))
            while not connection.lost.is_set():
                end_if_told()
                await self._receiver.settle(connection.acknowledge)
                connection.resume()
            raise ConnectionResetError(f"{self._source.mqtt} closed the connection")
        finally:
            self._tally.connected = False
            await connection.close()
            self._receiver.forget()


def parse_publish(command: int, packet: bytes, *, five: bool) -> tuple[bytes, bytes, bytes]:
    """Take a PUBLISH packet apart (MQTT 3.1.1 and 5, section 3.3).

    Args:
        command: the first byte of the fixed header.
        packet: what follows the fixed header.
        five: MQTT 5, where properties stand before the payload.

    Returns:
        Topic, payload and the PUBACK that acknowledges it; empty at QoS 0.

    Raises:
        ValueError: the packet is shorter than it says.
    """
    try:
        end = 2 + (packet[0] << 8 | packet[1])
        topic, acknowledgement = packet[2:end], b""
        if command & 0x06:
            acknowledgement = _PUBACK + packet[end : end + 2]
            end += 2
        if five:
            size, shift, byte = 0, 0, 0x80
            while byte & 0x80:
                byte = packet[end]
                size |= (byte & 0x7F) << shift
                shift += 7
                end += 1
            end += size
    except IndexError:
        end = len(packet) + 1
    if end > len(packet):
        raise ValueError(f"a PUBLISH packet of {len(packet)} bytes is too short: {packet[:64]!r}")
    return topic, packet[end:], acknowledgement


class _Connection:
    """One connection to the broker, from CONNECT to its end; never used again."""

    def __init__(self, source: MqttSource, identifier: str, receiver: Receiver) -> None:
        self._source = source
        self._receiver = receiver
        self._five = source.version == "5"
        self._granted: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        self.lost = asyncio.Event()
        self._paused = False
        logging.getLogger("gmqtt").setLevel(logging.ERROR)  # what matters is logged here, once
        properties = {"session_expiry_interval": _FOREVER, "receive_maximum": _WINDOW} if self._five else {}
        client = gmqtt.Client(identifier, clean_session=False, optimistic_acknowledgement=False, **properties)
        client.set_config({"reconnect_retries": _NEVER_RECONNECT})
        if source.username is not None:
            client.set_auth_credentials(source.username, self._password())
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        handlers = client._package_handler._handler_cache  # noqa: SLF001 - see the head of this file
        handlers[_PUBLISH] = self._published  # those that come before `open` is done
        self._client: Any = client
        self._others: Any = None

    def _password(self) -> str | None:
        if self._source.password_file is None:
            return None
        try:
            return Path(self._source.password_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SourceError(f"source {self._source.name}: password_file: {error}") from error

    async def open(self) -> None:
        """Connect and subscribe.

        Raises:
            SourceError: refused.
            OSError: not there, or silent.
        """
        where = self._source.mqtt
        secure = ssl.create_default_context(cafile=self._source.ca_file) if where.scheme == "mqtts" else False
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._client.connect(
                    where.host,
                    where.port,
                    ssl=secure,
                    keepalive=self._source.keepalive // SECOND,
                    version=MQTTv50 if self._five else MQTTv311,
                )
                connection = self._client._connection  # noqa: SLF001 - see the head of this file
                self._others, connection.put_package = connection.put_package, self._packet
                await self._subscribe()
        except MQTTError as error:
            raise SourceError(
                f"source {self._source.name}: {where} refuses the connection: {error}"
            ) from error
        except TimeoutError as error:
            raise ConnectionError(f"{where} does not answer within {_PATIENCE:.0f} s") from error

    async def _subscribe(self) -> None:
        filters = list(dict.fromkeys(topic.topic for topic in self._source.topics))
        if self._source.status:
            filters.append(self._source.status.topic)
        # 1: retained messages come with a new subscription only, not after each reconnection
        retain = {"retain_handling_options": 1} if self._five else {}
        self._client.subscribe([gmqtt.Subscription(each, qos=1, **retain) for each in filters])
        granted = await self._granted
        refused = [
            f"{each} (code {code:#04x})"
            for each, code in zip(filters, granted, strict=True)
            if code >= _REFUSED
        ]
        if refused:
            raise SourceError(
                f"source {self._source.name}: {self._source.mqtt} refuses to send {', '.join(refused)}; "
                f"allow it for the user {self._source.username or '(anonymous)'}"
            )

    def _subscribed(self, _client: Any, _mid: int, granted: tuple[int, ...], _properties: Any) -> None:
        if not self._granted.done():
            self._granted.set_result(granted)

    def _disconnected(self, _client: Any, *_: Any) -> None:
        self.lost.set()
        self._receiver.wake()
        if not self._granted.done():
            self._granted.set_exception(ConnectionResetError(f"{self._source.mqtt} closed the connection"))
            self._granted.exception()  # heard, even if nobody asks any more

    def _packet(self, package: Any) -> None:
        """Take PUBLISH before gmqtt logs and dispatches it, which costs as much again; leave it the others."""
        if package.cmd & 0xF0 == _PUBLISH:
            self._client._connection._last_data_in = time.monotonic()  # noqa: SLF001 - see the head of this file
            self._published(package.cmd, package.data)
        else:
            self._others(package)

    def _published(self, command: int, packet: bytes) -> None:
        """Take a PUBLISH packet; called by gmqtt's parser."""
        try:
            topic, payload, acknowledgement = parse_publish(command, packet, five=self._five)
        except ValueError as error:
            log.warning("malformed PUBLISH packet", source=self._source.name, error=str(error))
            self._transport.abort()
            return
        waiting = self._receiver.receive(topic, payload, bool(command & 0x01), acknowledgement)
        if waiting > _FULL and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    @property
    def _transport(self) -> Any:
        return self._client._connection._transport  # noqa: SLF001 - see the head of this file

    def resume(self) -> None:
        """Read on, if reading was paused because too many messages waited."""
        if self._paused and len(self._receiver) < _FULL and not self.lost.is_set():
            self._paused = False
            self._transport.resume_reading()

    def acknowledge(self, acknowledgements: bytes) -> None:
        """Tell the broker that these are durable; too late is no harm, it sends them again."""
        if acknowledgements and not self.lost.is_set() and not self._transport.is_closing():
            self._client._connection.send_package(acknowledgements)  # noqa: SLF001 - see the head of this file

    async def close(self) -> None:
        """Say goodbye, if anyone still listens; the session stays with the broker."""
        if self._client._connection is not None:  # noqa: SLF001 - see the head of this file
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await self._client.disconnect()
