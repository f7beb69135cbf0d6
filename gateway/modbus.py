"""Polls Modbus devices and hands over what they say, or that they say nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import cast

import structlog

from gateway.columns import Columns
from gateway.device import Device, Reply, bind
from gateway.ending import end_if_told
from gateway.handover import until_durable
from gateway.modbus_link import Link, NotConnectedError
from gateway.modbus_settings import ModbusSource
from gateway.requests import Answer, Span
from gateway.tally import Tally
from readings.inputs import Series
from readings.ports import Intake
from readings.quality import Reason
from readings.times import SECOND
from readings.units import Unit

log = structlog.get_logger(__name__)

_GIVE_UP = 2  # requests in a row without an answer, after which the rest of a poll is not asked
_REFUSED_PAUSE = 0.2  # seconds before a playback source (every: 0 s) tries a device that is not there again


class ModbusPoller:
    """Polls one device on an absolute schedule and hands over what it says, or that it says nothing."""

    def __init__(  # noqa: PLR0913 - what a source is given
        self,
        source: ModbusSource,
        *,
        intake: Intake,
        units: Mapping[Series, Unit],
        tally: Tally,
        playback: bool = False,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        """Bind the source to the plan's units.

        With `playback` a poll without the device's time gives no readings: a recording knows no time but its own.

        Raises:
            SourceError: a channel reads what no plan has, or in another kind of unit.
        """
        self._source = source
        self._intake = intake
        self._tally = tally
        self._playback = playback
        self._wall = wall
        self._device: Device = bind(source, units)
        self._columns = Columns()
        self._link = Link(source.modbus, timeout=source.timeout, quiet=source.quiet, name=source.name)

    async def run(self) -> None:
        """Poll for ever; a poll is handed over durably before the next one begins."""
        every = self._source.every / SECOND
        due = time.monotonic()
        try:
            while True:
                end_if_told()
                await self.poll()
                await self._hand_over()
                if not every:
                    await asyncio.sleep(0 if self._link.connected else _REFUSED_PAUSE)
                    continue
                due += every
                late = time.monotonic() - due
                if late > 0:
                    missed = int(late // every) + 1 if late >= every else 0
                    due = await self._account(missed, due, every) if missed else due
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        finally:
            self._link.close(suspect=True)

    async def poll(self) -> None:
        """Ask everything once; each value gets a reading, good or bad."""
        self._tally.polls += 1
        replies: dict[Span, Reply] = {}
        unanswered, answer = 0, cast("Answer", Reason.NO_ANSWER)
        for request in self._device.requests:
            if unanswered < _GIVE_UP:
                answer = await self._ask(request)
                unanswered = unanswered + 1 if answer in (Reason.NO_ANSWER, Reason.NOT_CONNECTED) else 0
            replies[request] = Reply(answer, self._wall())
        self._tally.connected = self._link.connected
        if not self._playback or self._device.tells_time(replies):
            self._device.fill(self._columns, replies)

    async def _ask(self, request: Span) -> Answer:
        try:
            await self._link.open()
        except NotConnectedError as error:
            if self._tally.connected or self._tally.polls == 1:
                log.warning("not connected", source=self._source.name, error=str(error))
            return Reason.NOT_CONNECTED
        return await self._link.ask(self._source.unit, request)

    async def _account(self, missed: int, due: float, every: float) -> float:
        """Say of polls whose time has passed that there was none; the next one that is due."""
        self._tally.missed += missed
        if self._playback:
            return due + missed * every
        now = self._wall()
        ago = int((time.monotonic() - due) * SECOND)
        self._device.fail(self._columns, Reason.NO_ANSWER, time=now - ago, now=now)
        await self._hand_over()
        return due + missed * every

    async def _hand_over(self) -> None:
        block = self._columns.take()
        if block.empty:
            return
        await until_durable(lambda: self._intake.take(block), source=self._source.name)
        self._tally.took(block)
