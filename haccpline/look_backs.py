"""Look-backs on failed calibrations: each in a child process, one after the other, beside the record."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from haccpline.desk import Desk
from haccpline.own_process import own_process
from haccpline.store import Store

log = structlog.get_logger(__name__)

_PAUSE = 1.0  # seconds between looks whether there is anything to do
_AGAIN = 60.0  # seconds before one that failed is tried again


class LookBacks:
    """See the module. What comes out is an act in the inbox; the clerk takes it in like any other, once.

    Args:
        store: of the site.
        desk: where the clerk says what waits.

    Attributes:
        trouble: why the last one failed; None if it did not.
    """

    def __init__(self, store: Store, desk: Desk) -> None:
        self._store, self._desk = store, desk
        self._entered: set[str] = set()
        self.trouble: str | None = None

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            waiting = self._desk.look_backs
            if waiting and waiting[0] not in self._entered:
                await self.look_back(waiting[0])
            await asyncio.sleep(_AGAIN if self.trouble else _PAUSE)

    async def look_back(self, calibration: str) -> None:
        """Look back on one; whether it went wrong says `trouble`."""
        try:
            child = await asyncio.create_subprocess_exec(
                *own_process(
                    "haccpline.looking_back",
                    str(self._store.folder),
                    self._store.site,
                    calibration,
                    str(self._desk.now),
                ),
                stdin=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:  # the machine starts no process now
            self._fail(calibration, str(error))
            return
        try:
            _, said = await child.communicate()
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
        if child.returncode == 0:
            self._entered.add(calibration)
            self.trouble = None
            return
        words = said.decode("utf-8", "replace").strip().splitlines() or [f"it ended with {child.returncode}"]
        self._fail(calibration, words[-1])

    def _fail(self, calibration: str, words: str) -> None:
        trouble = f"looking back on calibration {calibration} failed, and is tried again: {words}"
        if trouble != self.trouble:
            log.error(trouble)
        self.trouble = trouble
