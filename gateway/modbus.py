"""Polls the units on a Modbus link and hands over what they say, or that they say nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from gateway.device import bind
from gateway.ending import end_if_told
from gateway.handover import until_durable
from gateway.modbus_link import Link
from gateway.modbus_settings import ModbusSource
from gateway.polled import Polled
from gateway.requests import Answer, Span
from gateway.route import Route
from gateway.schedule import passing
from gateway.siren import Siren
from gateway.tally import Tally
from gateway.turns import Turns
from readings.block import Block, join
from readings.inputs import Series
from readings.ports import Intake, Stands
from readings.quality import Reason
from readings.times import SECOND
from readings.units import Unit


class ModbusPoller:
    """Polls the units on a link, each on its absolute schedule, one question at a time.

    A unit's poll is handed over durably before its next one begins; meanwhile the others are polled.
    """

    def __init__(  # noqa: PLR0913 - what a source is given
        self,
        source: ModbusSource,
        *,
        intake: Intake,
        units: Mapping[Series, Unit],
        tally: Tally,
        playback: bool = False,
        stands: Stands | None = None,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        """Bind the source to the plan's units.

        With `playback` a poll without the device's time gives no readings: a recording knows no time but its own.
        Without `stands` no siren is switched.

        Raises:
            SourceError: a channel reads what no plan has, or in another kind of unit.
        """
        self._source = source
        self._intake = intake
        self._tally = tally
        self._wall = wall
        self._route = Route(
            [
                (
                    str(address),
                    Link(
                        address,
                        timeout=source.timeout,
                        quiet=source.quiet,
                        name=source.name,
                        serial=source.serial,
                        tls=source.tls,
                        siren=(source.siren.unit, source.siren.coil) if source.siren else None,
                    ),
                )
                for address in (source.modbus, *source.backup)
            ],
            name=source.name,
        )
        self._devices = bind(source, units)
        self._siren = None
        if source.siren is not None and stands is not None:
            self._siren = Siren(
                source.siren,
                source=source.name,
                lines={reads.partition("/")[0] for _, reads in source.places()},
                route=self._route,
                stands=stands,
                intake=intake,
                wall=wall,
            )
        self._playback = playback
        self._turns = Turns((), retry=source.retry)
        self._rested = 0  # when the last answer came, ns of the monotonic clock
        self._ended: list[tuple[Polled, Block]] = []  # polls that wait to be handed over
        self._something = asyncio.Event()  # has ended
        self._room = asyncio.Event()  # there is a unit again that may be asked

    def _afresh(self) -> Turns:
        """The units as if never asked, from now on."""
        start, retry = passing(), self._source.retry
        return Turns(
            [
                Polled(
                    device,
                    tally=self._tally.unit(device.unit),
                    start=start,
                    retry=retry,
                    alone=len(self._devices) == 1,
                    playback=self._playback,
                )
                for device in self._devices
            ],
            retry=retry,
        )

    async def run(self) -> None:
        """Poll for ever."""
        self._turns, self._ended = self._afresh(), []
        beside = [asyncio.create_task(self._hand_over(), name=f"hand over {self._source.name}")]
        if self._siren is not None:
            beside.append(asyncio.create_task(self._siren.run(), name=f"siren {self._source.name}"))
        for task in beside:
            task.add_done_callback(lambda _: self._room.set())
        try:
            while not any(task.done() for task in beside):
                end_if_told()
                now = passing()
                for silent in self._turns.left_alone(now):
                    silent.leave_alone(now, self._wall())
                    self._end(silent, silent.said())
                polled = self._turns.next(now)
                if polled is None:
                    await self._wait(now)
                else:
                    await self._ask(polled, now)
            for task in beside:
                if task.done():
                    task.result()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            self._route.close()

    async def _wait(self, now: int) -> None:
        """Until something is due, or a unit may be asked again."""
        self._room.clear()
        due = self._turns.due()
        try:
            async with asyncio.timeout(None if due is None else max(0, due - now) / SECOND):
                await self._room.wait()
        except TimeoutError:
            return

    async def _ask(self, polled: Polled, now: int) -> None:
        """Ask the unit whose turn it is its next request, in a poll that begins if none is under way."""
        if not polled.under_way:
            polled.begin(now, self._wall())
        request = polled.next()
        if request is not None:
            answer = await self._answer(polled, request)
            end_if_told()
            ended = passing()
            cost = ended - now
            held_up = 0 if isinstance(answer, Reason) else max(0, ended - self._route.heard)
            polled.take(answer, now=ended, wall=self._wall() - held_up, cost=cost)
            if polled.silent:
                self._turns.tried_in_vain(ended, cost)
            self._rested = ended
        if polled.next() is None:
            self._end(polled, polled.end(passing()))

    async def _answer(self, polled: Polled, request: Span) -> Answer:
        rest = self._rested + self._source.pause - passing()
        if rest > 0:
            await asyncio.sleep(rest / SECOND)
        connected = await self._route.open()
        self._tally.address = self._route.address if self._source.backup else ""
        if not connected:
            return Reason.NOT_CONNECTED
        polled.tally.asked += 1
        began = passing()
        answer = await self._route.ask(polled.device.unit, request)
        if answer is not Reason.NO_ANSWER and answer is not Reason.NOT_CONNECTED:
            polled.tally.heard(passing() - began)
        return answer

    def _end(self, polled: Polled, block: Block) -> None:
        """A poll ended: the unit is asked again when what it said is durable."""
        if not block.empty:
            polled.busy = True
            self._ended.append((polled, block))
            self._something.set()

    async def _hand_over(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            ended, self._ended = self._ended, []
            block = join([block for _, block in ended])
            await until_durable(lambda block=block: self._intake.take(block), source=self._source.name)  # type: ignore[misc]
            self._tally.took(block)
            for polled, _ in ended:
                polled.busy = False
            self._room.set()
