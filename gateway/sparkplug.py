"""Sparkplug B: edge nodes behind a broker, followed from their births to their deaths."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import msgspec
import structlog

from gateway.columns import Columns
from gateway.ending import end_if_told
from gateway.mqtt_connection import Connection
from gateway.receiver import Receiver
from gateway.sparkplug_births import Births
from gateway.sparkplug_feed import Feeds
from gateway.sparkplug_host import NAMESPACE, Host
from gateway.sparkplug_payload import rebirth_request
from gateway.sparkplug_settings import SparkplugSource
from gateway.tally import Tally
from readings.inputs import Series
from readings.ports import Intake
from readings.times import MS
from readings.units import Unit

log = structlog.get_logger(__name__)

_TICK = 0.5  # seconds between looks at what falls due without a message
_AT_ONCE = 10  # requests for births in a tick
_encode = msgspec.json.Encoder().encode


class SparkplugReader:
    """Reads the edge nodes of one source and hands over what they say."""

    def __init__(  # noqa: PLR0913 - what a source is given
        self,
        source: SparkplugSource,
        *,
        intake: Intake,
        units: Mapping[Series, Unit],
        tally: Tally,
        site: str,
        births: Births | None = None,
    ) -> None:
        """Check the source's metrics against the plan.

        `births` is told which messages in quarantine a birth explains.

        Raises:
            SourceError: a metric reads what no plan has, or in another kind of unit.
        """
        self._source = source
        self._identifier = source.identifier(site)
        self._tally = tally
        self._columns = Columns()
        self._host = Host(source, Feeds(source, units), tallies=tally.node, births=births)
        self._receiver = Receiver(
            source.name,
            self._host.routes,
            self._columns,
            intake=intake,
            tally=tally,
            window=source.window,
        )
        self._topic = f"{NAMESPACE}/STATE/{source.host}" if source.host else ""

    def _state(self, *, online: bool, now: int) -> bytes:
        return _encode({"online": online, "timestamp": now // MS})

    async def run(self) -> None:
        """Connect and read until the connection is lost; then all that was alive is not known any more.

        Raises:
            SourceError: the broker refuses the connection or a subscription.
            OSError: it is not there, or gone.
        """
        began = time.time_ns()
        connection = Connection(
            self._source,
            self._identifier,
            (*self._source.filters, *((self._topic,) if self._topic else ())),
            self._receiver,
            dated=True,
            will=(self._topic, self._state(online=False, now=began)) if self._topic else None,
        )
        opened = False
        try:
            await connection.open()
            opened = self._tally.connected = True
            self._announce(connection, began)
            self._host.connected(self._columns, time.time_ns())
            log.info("connected", source=self._source.name, broker=str(self._source.mqtt))
            while not connection.lost.is_set():
                end_if_told()
                await self._turn(connection)
            if len(self._receiver):  # of the sessions that end now; nobody sends it again
                await self._receiver.settle(connection.acknowledge)
            self._host.disconnected(self._columns, time.time_ns())
            self._receiver.wake()
            await self._receiver.settle(connection.acknowledge)
            ended = connection.ended()
            self._tally.doubts.lost(str(ended), time.time_ns())
            raise ended
        finally:
            self._tally.connected = False
            if self._topic and opened:
                gone = self._state(online=False, now=time.time_ns())
                connection.publish(self._topic, gone, qos=1, retain=True)
            await connection.close()
            self._receiver.forget()

    async def _turn(self, connection: Connection) -> None:
        """Ask for what births are missed, wait for messages, make them durable."""
        self._host.overdue(self._columns, time.time_ns())
        for topic in self._host.to_ask(_AT_ONCE):
            log.info("births asked for", source=self._source.name, topic=topic)
            connection.publish(topic, rebirth_request(now=time.time_ns()))
        loop = asyncio.get_running_loop()
        tick = loop.call_later(_TICK, self._receiver.wake) if self._host.restless else None
        try:
            await self._receiver.settle(connection.acknowledge)
        finally:
            if tick is not None:
                tick.cancel()
        connection.resume()
        if self._host.denied:
            self._announce(connection, time.time_ns())

    def _announce(self, connection: Connection, now: int) -> None:
        """Say, as a primary host application, that we are there."""
        self._host.denied = False
        if self._topic:
            connection.publish(self._topic, self._state(online=True, now=now), qos=1, retain=True)
