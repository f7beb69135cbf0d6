"""Where the clerk sits: works when the journal grows, signs while the ledger grows, starts again after trouble."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time

import structlog

from haccpline.site import Site
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.checkpoint import SigningKey
from ledger.clerk import Clerk
from ledger.store import Ledger
from readings.beside import Beside
from readings.errors import HaccplineError

log = structlog.get_logger(__name__)

_PAUSE = 1.0  # seconds before the clerk tries again


class Desk:
    """Where the clerk sits: works when the journal grows, signs while the ledger grows, starts again after trouble."""

    def __init__(
        self,
        site: Site,
        ledger: Ledger,
        journal: SqliteJournal,
        archive: ParquetArchive,
        key: SigningKey,
        heard: asyncio.Event | None = None,
        beside: Beside | None = None,
    ) -> None:
        self._site, self._ledger, self._journal = site, ledger, journal
        self._archive, self._key, self._heard = archive, key, heard or asyncio.Event()
        self._beside = beside
        self._clerk: Clerk | None = None
        self._signed = time.monotonic_ns()
        self._turn = threading.Lock()  # a cancelled task's thread works on for a moment
        self._settled: list[str] = []  # plans whose objects the garbage collector does not look through again
        self.trouble: str | None = None
        self.look_backs: list[str] = []  # calibrations that can be looked back on
        self.now = 0  # how far the clerk's time has come, ns

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                more = await asyncio.to_thread(self._work)
                self.trouble = None
            except Exception as error:  # whatever it is, readings are taken all the same, and people are told
                self._clerk = None  # what it remembers is ahead of what is written
                ours = isinstance(error, HaccplineError | OSError)  # disk refused, or archive lacks a file
                words = str(error) if ours else f"the clerk cannot go on: {error!r}"
                if self.trouble != words:
                    log.error("the clerk cannot go on", error=words, exc_info=not ours)  # noqa: TRY400 - ours say it all
                self.trouble = words
                await asyncio.sleep(_PAUSE)
                continue
            if not more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1.0):  # wait_for in Python 3.11 may forget a cancellation
                        await self._heard.wait()
                self._heard.clear()

    @property
    def position(self) -> int:
        """How far the clerk has come in the journal."""
        return self._clerk.position if self._clerk is not None else 0

    @property
    def unsealed(self) -> str | None:
        """Why a segment cannot be told of in the ledger; None while none waits."""
        return next(iter(self._clerk.roots.failed.values()), None) if self._clerk is not None else None

    @property
    def late(self) -> int:
        """How many readings came too late to decide anything."""
        return self._clerk.late if self._clerk is not None else 0

    def finish(self) -> None:
        """Hear the rest, store the memory, sign."""
        while self._work():
            pass
        with self._turn:
            assert self._clerk is not None
            self._clerk.work(time.monotonic_ns(), save=True)
            self._ledger.sign(self._key)

    def _work(self) -> bool:
        with self._turn:
            return self._hear()

    def _hear(self) -> bool:
        if self._clerk is None:
            self._clerk = Clerk(
                self._site.file.site,
                self._ledger,
                self._journal,
                self._archive,
                self._beside,
            )
            self._clerk.resume()
        more = self._clerk.work(time.monotonic_ns())
        self._settle([watched.program.hash for watched in self._clerk.lines.values()])
        self.look_backs, self.now = [each.calibration for each in self._clerk.look_backs], self._clerk.now
        if time.monotonic_ns() - self._signed > self._site.file.checkpoint_every:
            self._ledger.sign(self._key)
            self._signed = time.monotonic_ns()
        return more

    def _settle(self, plans: list[str]) -> None:
        """What plans and programs are made of stays: looking through all of it now and then would hold up verdicts."""
        if plans != self._settled:
            self._settled = plans
            gc.collect()
            gc.freeze()
