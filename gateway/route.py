"""The way to a device that has several addresses: the first, and others while it does not answer there."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from gateway.modbus_link import Link, NotConnectedError
from gateway.polled import SILENT
from gateway.requests import Answer, Span
from gateway.schedule import passing
from readings.quality import Reason
from readings.times import MINUTE, MS, SECOND

log = structlog.get_logger(__name__)

_FAILED = 3  # connections in a row in which nothing was answered, after which the next address is taken
_SHORT, _LONG = 200 * MS, 5 * SECOND  # between two connections, where none of the addresses can be reached
_BACK, _BACK_LONG = 30 * SECOND, 10 * MINUTE  # after which the first address is tried again


class Route:
    """One connection at a time, to one of several addresses of the same devices."""

    def __init__(self, links: Sequence[tuple[str, Link]], *, name: str) -> None:
        """Closed.

        Args:
            links: address and link, the first the one that is meant.
            name: of the source, for the log.
        """
        self._links = tuple(links)
        self._name = name
        self._at = 0
        self._fruitful = False  # something was answered on this connection
        self._failed = 0  # connections to this address, in a row, on which nothing was
        self._left = 0  # addresses in a row that were left for that
        self._returning = False  # to the first one, to see whether it answers again
        self._not_before, self._pause = 0, _SHORT
        self._back, self._back_pause = 0, _BACK
        self._told = ""

    @property
    def address(self) -> str:
        """The one in use."""
        return self._links[self._at][0]

    @property
    def _link(self) -> Link:
        return self._links[self._at][1]

    async def open(self) -> bool:
        """Connect, unless it is; where that fails too often, at the next address. Whether it is connected."""
        now = passing()
        if self._at and now >= self._back:
            self._take(0)
            self._returning = True
        if not self._link.connected:
            if now < self._not_before:
                return False
            self._fruitful = False
        try:
            await self._link.open()
        except NotConnectedError as error:
            if self._told != str(error):
                log.warning("not connected", source=self._name, error=str(error))
            self._told = str(error)
            self._lost()
            return False
        return True

    async def ask(self, unit: int, request: Span) -> Answer:
        """What the unit answers, where it is connected."""
        answer = await self._link.ask(unit, request)
        if not (isinstance(answer, Reason) and (answer in SILENT or answer is Reason.NOT_CONNECTED)):
            self._fruitful, self._failed, self._left, self._returning = True, 0, 0, False
            self._pause, self._told = _SHORT, ""
            if self._at == 0:
                self._back_pause = _BACK
        elif not self._link.connected and not self._fruitful:
            self._lost()
        return answer

    @property
    def heard(self) -> int:
        """When the last bytes came, ns of the monotonic clock."""
        return self._link.heard

    async def switch(self, *, on: bool) -> Reason:
        """Switch the siren, where it is connected."""
        return await self._link.switch(on=on)

    def _lost(self) -> None:
        """A connection brought nothing."""
        self._failed += 1
        if self._failed < (1 if self._returning else _FAILED) and len(self._links) > 1:
            return
        self._left += 1
        if len(self._links) > 1:
            self._take((self._at + 1) % len(self._links))
        if self._left >= len(self._links) and self._told:
            self._not_before = passing() + self._pause
            self._pause = min(2 * self._pause, _LONG)

    def _take(self, at: int) -> None:
        now, before = passing(), self.address
        self._link.close(suspect=True)
        self._at, self._failed, self._fruitful, self._returning = at, 0, False, False
        self._link.close(suspect=True)  # what was asked on the other way may be answered on this one
        if at:
            self._back, self._back_pause = now + self._back_pause, min(2 * self._back_pause, _BACK_LONG)
        log.warning("another address", source=self._name, before=before, now=self.address)

    def close(self) -> None:
        """Close it."""
        self._link.close(suspect=True)
