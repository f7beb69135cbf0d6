"""The siren of a source: on while something stands on the lines that the source reads, released at the end.

It goes over the link by which the device is read, between two questions. The coil is looked at now and then and set
right, so that a device that was started anew has it as it should be. Each write that was sent is recorded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

import structlog

from gateway.handover import until_durable
from gateway.requests import Span
from gateway.route import Route
from gateway.siren_settings import SirenCoil
from readings.block import Block
from readings.inputs import Act
from readings.ports import Intake, Stands
from readings.quality import Reason

log = structlog.get_logger(__name__)

SWITCHED = "siren.switched"  # the kind of the act
_LOOK = 0.5  # seconds between two looks at what stands
_CHECK = 60.0  # seconds after which the coil is looked at
_PAUSE, _LONGEST = 1.0, 60.0  # seconds between two tries of one that cannot be switched
_RELEASE = 5.0  # seconds for the last write


class Siren:
    """See the module.

    Args:
        settings: of the source.
        source: its name.
        lines: that it reads.
        route: to the device.
        stands: who knows what stands on the lines.
        intake: takes the acts.
        wall: ns UTC.
    """

    def __init__(  # noqa: PLR0913 - what is switched, on what grounds, and who is told
        self,
        settings: SirenCoil,
        *,
        source: str,
        lines: Collection[str],
        route: Route,
        stands: Stands,
        intake: Intake,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self._settings, self._source, self._lines = settings, source, lines
        self._route, self._stands, self._intake, self._wall = route, stands, intake, wall
        self._on: bool | None = None  # as the device said last; None: not known

    async def run(self) -> None:
        """Keep the coil as it should be until cancelled, then release it."""
        checked, pause = 0.0, _PAUSE
        try:
            while True:
                on = self._stands.stands(self._settings.when, self._lines)
                if time.monotonic() - checked >= _CHECK:
                    self._on = None
                if on is not None and on is not self._on:
                    if not await self._settle(on=on):
                        await asyncio.sleep(pause)
                        pause = min(2 * pause, _LONGEST)
                        continue
                    checked, pause = time.monotonic(), _PAUSE
                await asyncio.sleep(_LOOK)
        finally:
            await self._release()

    async def _settle(self, *, on: bool) -> bool:
        """Look at the coil, and switch it where it is not as it should be; whether it is then."""
        if self._on is None:
            self._on = await self._look()
        if self._on is not None and self._on is not on:
            await self._switch(on=on)
        return self._on is on

    async def _look(self) -> bool | None:
        if not await self._route.open():
            return None
        answer = await self._route.ask(self._settings.unit, Span("coil", self._settings.coil, 1))
        return None if isinstance(answer, Reason) else bool(answer[0])

    async def _switch(self, *, on: bool) -> None:
        if not await self._route.open():
            self._on = None
            return
        at = self._wall()
        reason = await self._route.switch(on=on)
        self._on = on if reason is Reason.NONE else None
        body = {
            "source": self._source,
            "address": self._route.address,
            "unit": self._settings.unit,
            "coil": self._settings.coil,
            "on": on,
            "when": str(self._settings.when),
            "answer": reason.text if reason is not Reason.NONE else "",
        }
        log.info("siren", **body)
        act = Act(time=at, kind=SWITCHED, body=body, id=f"siren-{self._source}-{at}")
        await until_durable(lambda: self._intake.take(Block(acts=(act,))), source=self._source)

    async def _release(self) -> None:
        """Off, if it may be on."""
        try:
            async with asyncio.timeout(_RELEASE):
                if self._on is not False and not await self._settle(on=False):
                    log.error("the siren may still be on", source=self._source, coil=self._settings.coil)
        except TimeoutError:
            log.error("the siren may still be on", source=self._source, coil=self._settings.coil)  # noqa: TRY400 - the message says it
