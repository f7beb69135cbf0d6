"""MQTT 3.1.1 and 5 at QoS 1, one connection; nothing outside this file knows gmqtt.

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
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

import gmqtt
import structlog
from gmqtt.mqtt.constants import MQTTv50, MQTTv311
from gmqtt.mqtt.handler import MQTTError

from gateway.broker import Broker
from gateway.errors import SourceError
from gateway.mqtt_packet import FAREWELLS, parse_publish
from readings.times import SECOND

log = structlog.get_logger(__name__)

_PATIENCE = 10.0  # seconds for the broker to accept a connection or a subscription
_GRACE = 0.2  # seconds
_FOREVER = 0xFFFFFFFF  # session expiry: never
_NEVER_RECONNECT = -2  # 0 would still try once, -1 means for ever
_REFUSED = 0x80
_PUBLISH, _PINGREQ, _PINGRESP = 0x30, b"\xc0\0", 0xD0
_TAKEN_OVER = 0x8E


class Listener(Protocol):
    """Who takes the messages of a connection."""

    @property
    def full(self) -> bool:
        """Whether so much waits that nothing more should be read from the socket for now."""

    def receive(self, topic: bytes, payload: bytes, retained: bool, acknowledgement: bytes, /) -> None:
        """Take a message, and whether the broker had kept it; its acknowledgement is sent when the listener says so."""

    def wake(self) -> None:
        """Hear that the connection is gone."""


class Connection:
    """One connection to the broker, from CONNECT to its end; never used again.

    Args:
        broker: where it is and how it lets us in.
        identifier: of the session.
        filters: what to subscribe to, at QoS 1.
        to: who takes the messages.
        keep: the broker keeps the session, and what comes while we are away.
        dated: each message says when it is from: that it waited is no matter.
        will: topic and payload that the broker publishes, retained at QoS 1, when we are gone without a word.

    Attributes:
        lost: set when the connection is gone.
        farewell: why the broker ended it, in words; empty where it did not say.
        came: how many messages.
        waited: what comes may have waited at the broker, which kept our session: it is handed on as what is retained,
            for nobody knows how old it is. Set after CONNACK; whoever knows that all of it came takes it back.
    """

    def __init__(  # noqa: PLR0913 - what CONNECT and SUBSCRIBE say
        self,
        broker: Broker,
        identifier: str,
        filters: Sequence[str],
        to: Listener,
        *,
        keep: bool = True,
        dated: bool = False,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self._broker = broker
        self._identifier = identifier
        self._filters = tuple(dict.fromkeys(filters))
        self._to = to
        self._dated = dated
        self._five = broker.version == "5"
        self._granted: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        self.lost = asyncio.Event()
        self.farewell = ""
        self.came, self.waited = 0, False
        self._answered = asyncio.Event()
        self._paused = False
        logging.getLogger("gmqtt").setLevel(logging.ERROR)  # what matters is logged here, once
        properties = {"receive_maximum": broker.window} if self._five else {}
        if self._five and keep:
            properties["session_expiry_interval"] = _FOREVER
        client = gmqtt.Client(
            identifier,
            clean_session=not keep,
            optimistic_acknowledgement=False,
            will_message=gmqtt.Message(will[0], will[1], qos=1, retain=True) if will else None,
            **properties,
        )
        client.set_config({"reconnect_retries": _NEVER_RECONNECT})
        if broker.username is not None:
            client.set_auth_credentials(broker.username, broker.password())
        client.on_connect = self._accepted
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        handlers = client._package_handler._handler_cache  # noqa: SLF001 - see the head of this file
        handlers[_PUBLISH] = self._published  # those that come before `open` is done
        self._client: Any = client
        self._others: Any = None

    def _secure(self) -> ssl.SSLContext | bool:
        if self._broker.mqtt.scheme != "mqtts":
            return False
        try:
            return self._broker.tls.context()
        except OSError as error:
            raise SourceError(f"source {self._broker.name}: {error}") from error

    async def open(self) -> None:
        """Connect and subscribe.

        Raises:
            SourceError: refused.
            OSError: not there, or silent.
        """
        where = self._broker.mqtt
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._connect()
                connection = self._client._connection  # noqa: SLF001 - see the head of this file
                self._others, connection.put_package = connection.put_package, self._packet
                await self._subscribe()
        except MQTTError as error:
            raise SourceError(
                f"source {self._broker.name}: {where} refuses the connection: {error}"
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise SourceError(
                f"source {self._broker.name}: the certificate of {where} is not to be trusted: {error.verify_message}"
            ) from error
        except TimeoutError as error:
            raise ConnectionError(f"{where} does not answer within {_PATIENCE:.0f} s") from error

    async def _connect(self) -> None:
        """Send CONNECT and wait for the answer, or for the end of the connection, which gmqtt would not notice."""
        where = self._broker.mqtt
        connecting = asyncio.create_task(
            self._client.connect(
                where.host,
                where.port,
                ssl=self._secure(),
                keepalive=self._broker.keepalive // SECOND,
                version=MQTTv50 if self._five else MQTTv311,
            ),
            name="connect",
        )
        losing = asyncio.create_task(self.lost.wait(), name="lost")
        try:
            await asyncio.wait({connecting, losing}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({connecting}, timeout=_GRACE)  # a refusal comes with its reason before the end
            if connecting.done():
                await connecting
                return
            hint = ""
            if where.scheme != "mqtts":
                hint = "; it may want TLS: mqtts"
            elif self._broker.cert_file is None:
                hint = "; it may want to see a certificate of ours: cert_file"
            raise ConnectionResetError(f"{where} closed the connection before it accepted it{hint}")
        finally:
            for task in (connecting, losing):
                task.cancel()
            await asyncio.gather(connecting, losing, return_exceptions=True)

    async def _subscribe(self) -> None:
        # 1: retained messages come with a new subscription only, not after each reconnection
        retain = {"retain_handling_options": 1} if self._five else {}
        self._client.subscribe([gmqtt.Subscription(each, qos=1, **retain) for each in self._filters])
        granted = await self._granted
        refused = [
            f"{each} (code {code:#04x})"
            for each, code in zip(self._filters, granted, strict=True)
            if code >= _REFUSED
        ]
        if refused:
            raise SourceError(
                f"source {self._broker.name}: {self._broker.mqtt} refuses to send {', '.join(refused)}; "
                f"allow it for the user {self._broker.username or '(anonymous)'}"
            )

    def _accepted(self, _client: Any, session_present: int, _code: int, _properties: Any) -> None:
        self.waited = bool(session_present & 0x01) and not self._dated

    def _subscribed(self, _client: Any, _mid: int, granted: tuple[int, ...], _properties: Any) -> None:
        if not self._granted.done():
            self._granted.set_result(granted)

    def _disconnected(self, _client: Any, packet: Any, *_: Any) -> None:
        if not self.lost.is_set() and isinstance(packet, bytes) and packet:
            self.farewell = self._told(packet[0])
        self.lost.set()
        self._to.wake()
        if not self._granted.done():
            self._granted.set_exception(self.ended())
            self._granted.exception()  # heard, even if nobody asks any more

    def _told(self, code: int) -> str:
        if code == _TAKEN_OVER:
            return (
                f"another client took over the session with the identifier {self._identifier!r}; "
                "give each gateway a `client` of its own"
            )
        return FAREWELLS.get(code, f"reason code {code:#04x}") if code >= _REFUSED else ""

    def ended(self) -> ConnectionResetError:
        """That the connection is gone, and why."""
        said = f": {self.farewell}" if self.farewell else ""
        return ConnectionResetError(f"{self._broker.mqtt} closed the connection{said}")

    def _packet(self, package: Any) -> None:
        """Take PUBLISH before gmqtt logs and dispatches it, which costs as much again; leave it the others."""
        if package.cmd & 0xF0 == _PUBLISH:
            self._client._connection._last_data_in = time.monotonic()  # noqa: SLF001 - see the head of this file
            self._published(package.cmd, package.data)
        else:
            if package.cmd == _PINGRESP:
                self._answered.set()
            self._others(package)

    def _published(self, command: int, packet: bytes) -> None:
        """Take a PUBLISH packet; called by gmqtt's parser."""
        try:
            topic, payload, acknowledgement = parse_publish(command, packet, five=self._five)
        except ValueError as error:
            log.warning("malformed PUBLISH packet", source=self._broker.name, error=str(error))
            self._transport.abort()
            return
        self.came += 1
        self._to.receive(topic, payload, bool(command & 0x01) or self.waited, acknowledgement)
        if self._to.full and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    @property
    def _transport(self) -> Any:
        return self._client._connection._transport  # noqa: SLF001 - see the head of this file

    def resume(self) -> None:
        """Read on, if reading was paused because too much waited."""
        if self._paused and not self._to.full and not self.lost.is_set():
            self._paused = False
            self._transport.resume_reading()

    def acknowledge(self, acknowledgements: bytes) -> None:
        """Tell the broker that these are durable; too late is no harm, it sends them again."""
        if acknowledgements:
            self._send(acknowledgements)

    def _send(self, packets: bytes) -> None:
        if not self.lost.is_set() and not self._transport.is_closing():
            self._client._connection.send_package(packets)  # noqa: SLF001 - see the head of this file

    async def echo(self) -> None:
        """Return when the broker answers: what it had sent before that is here, however long the way."""
        self._answered.clear()
        self._send(_PINGREQ)
        await self._answered.wait()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Send a message, once; nothing tells whether it arrived, so send what can be sent again."""
        if not self.lost.is_set() and not self._transport.is_closing():
            self._client.publish(topic, payload, qos=qos, retain=retain)

    async def close(self) -> None:
        """Say goodbye, if anyone still listens; a session that is kept stays with the broker."""
        if self._client._connection is not None:  # noqa: SLF001 - see the head of this file
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await self._client.disconnect()
