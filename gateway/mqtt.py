"""MQTT: one broker's topics, read in a session that it keeps, acknowledged when durable."""

from __future__ import annotations

import asyncio
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
_PAUSE, _PAUSES = (
    0.25,
    240,
)  # seconds in which nothing comes: all that waited is here; so it is after so many others


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

        Where new messages never pause, that is taken to be so after a minute of them; time in which nothing can be
        acknowledged does not count.
        """
        heard, left = -1, _PAUSES
        while connection.waited and left:
            await asyncio.sleep(_PAUSE)
            if connection.came != heard:
                heard, left = connection.came, left - 1
            elif self._receiver.idle:
                break
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
