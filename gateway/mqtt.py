"""MQTT: one broker's topics, read in a session that it keeps, acknowledged when durable."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping

import structlog

from gateway.columns import Columns
from gateway.ending import end_if_told
from gateway.mqtt_connection import Connection
from gateway.mqtt_settings import MqttSource
from gateway.receiver import Receiver
from gateway.tally import Tally
from gateway.topics import Router
from readings.inputs import Series
from readings.ports import Intake
from readings.units import Unit

log = structlog.get_logger(__name__)

_SHORT, _OFTEN = 30.0, 3  # connections that last no longer than this, so often in a row, are somebody's doing
_PAUSE = 0.25  # seconds in which nothing comes: all that waited is here
_CAUGHT_UP = 2  # where messages never pause, after so many times the time for which it may have waited,
_LEAST, _LONGEST = 1.0, 60.0  # and these seconds at least and at most
_HELD_UP = 5.0  # seconds until a block is durable, after which messages may have waited at the broker


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
        self._identifier = source.identifier(site)
        self._tally = tally
        columns = Columns()
        router = Router(source, units, columns, tally.doubts.mixed)
        self._receiver = Receiver(
            source.name, router.routes, columns, intake=intake, tally=tally, window=source.window
        )
        self._short = 0  # connections in a row that the broker accepted and soon ended
        self._level = -math.inf  # s of the monotonic clock: then nothing waited at the broker

    async def run(self) -> None:
        """Connect and read until the connection is lost.

        Raises:
            SourceError: the broker refuses the connection or a subscription.
            OSError: it is not there, or gone.
        """
        connection = Connection(self._source, self._identifier, self._source.filters, self._receiver)
        try:
            await connection.open()
            began = time.monotonic()
            self._tally.connected = True
            log.info("connected", source=self._source.name, broker=str(self._source.mqtt))
            catching_up = asyncio.create_task(self._catch_up(connection), name="catch up")
            try:
                while not connection.lost.is_set():
                    end_if_told()
                    await self._receiver.settle(connection.acknowledge)
                    if self._receiver.took > _HELD_UP:
                        catching_up.cancel()
                        connection.waited = True
                        catching_up = asyncio.create_task(self._catch_up(connection), name="catch up")
                    elif not connection.waited and not connection.lost.is_set():
                        self._level = time.monotonic() - self._receiver.took
                    connection.resume()
            finally:
                catching_up.cancel()
            self._receiver.forget(all_of_it=False)
            if len(self._receiver):
                await self._receiver.settle(connection.acknowledge)
            ended = self._ended(connection, time.monotonic() - began)
            self._tally.doubts.lost(str(ended), time.time_ns())
            raise ended
        finally:
            self._tally.connected = False
            await connection.close()
            self._receiver.forget(all_of_it=False)

    async def _catch_up(self, connection: Connection) -> None:
        """Return when all is here that waited at the broker: it sends that first, as fast as it is acknowledged.

        Where new messages never pause, that is taken to be so after a time, which does not run while nothing can be
        acknowledged.
        """
        away = time.monotonic() - self._level
        heard, left = -1, math.ceil(min(_LONGEST, max(_LEAST, _CAUGHT_UP * away)) / _PAUSE)
        while connection.waited and left:
            await asyncio.sleep(_PAUSE)
            if connection.came == heard:
                if not self._receiver.idle:
                    continue
                await connection.echo()
                if connection.came == heard:
                    break
            heard, left = connection.came, left - 1
        connection.waited = False

    def _ended(self, connection: Connection, lasted: float) -> ConnectionResetError:
        """Why it ended; not every broker says that another client took over the session, and with 3.1.1 none can."""
        self._short = self._short + 1 if lasted < _SHORT else 0
        ended = connection.ended()
        if self._short < _OFTEN or connection.farewell:
            return ended
        return ConnectionResetError(
            f"{ended}, {self._short} times in a row soon after it had accepted it: another client may use the "
            f"identifier {self._identifier!r}; give each gateway a `client` of its own"
        )
