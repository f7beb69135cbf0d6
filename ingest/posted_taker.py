"""From what programs handed in to the journal, each reading exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import structlog

from ingest.posted import Batch, Posted, Waiting
from readings.block import Block, join
from readings.errors import HaccplineError
from readings.ports import Intake, Quarantined

_PAUSE = 1.0  # seconds before what cannot be used is tried again
_log = structlog.get_logger(__name__)


class Counts(Protocol):
    """Who counts what a source gave (`gateway.tally.Tally`)."""

    polls: int
    quarantined: int

    def took(self, block: Block) -> None:
        """Count a block that is in the journal now."""


class PostedTaker:
    """Takes what programs hand in into the journal. Killed at any moment, each reading and each item is there once.

    Args:
        path: posted.db.
        intake: of the journal.
        lies: whether an item lies in quarantine already: asked of what may have been taken before a kill.
        counts: of each source, by name.

    Attributes:
        trouble: why nothing can be taken now, in words; None if all is well.
        waiting: how much waits.
    """

    def __init__(
        self,
        path: Path,
        intake: Intake,
        *,
        lies: Callable[[Quarantined], bool],
        counts: Mapping[str, Counts],
    ) -> None:
        self._path, self._intake, self._lies, self._counts = path, intake, lies, counts
        self._again = True  # what is taken next may have been taken before
        self.trouble: str | None = None
        self.waiting = Waiting(0, 0)

    async def run(self, every: float = 0.1) -> None:
        """Take every so many seconds, until cancelled."""
        while True:
            try:
                posted = await asyncio.to_thread(Posted, self._path)
                try:
                    while True:
                        await self._work(posted)
                        await asyncio.sleep(every)
                finally:
                    posted.close()
            except Exception as error:  # noqa: BLE001 - whatever it is, sources go on, and people are told
                self._again = True
                said = str(error) if isinstance(error, OSError | HaccplineError) else repr(error)
                trouble = f"what programs hand in waits: {said}"
                if trouble != self.trouble:
                    _log.error("what programs hand in waits in posted.db", error=said)
                self.trouble = trouble
            await asyncio.sleep(_PAUSE)

    async def _work(self, posted: Posted) -> None:
        while await self.take(posted):
            pass
        self.waiting = await asyncio.to_thread(posted.waiting)
        refused = ", ".join(await asyncio.to_thread(posted.refused)) if self.waiting.batches else ""
        self.trouble = (
            f"what was handed in cannot be read back, and is set aside in {self._path.name}: {refused}"
            if refused
            else None
        )

    async def take(self, posted: Posted) -> int:
        """Hand what waits to the journal, some batches at a time; how many.

        Raises:
            OSError: not durable; nothing is lost, try again.
        """
        found = await asyncio.to_thread(posted.next)
        if not found:
            return 0
        await self._intake.take(join(batch.block for _, batch in found))
        for _, batch in found:
            if batch.aside is not None and not (
                self._again and await asyncio.to_thread(self._lies, batch.aside)
            ):
                await self._intake.quarantine(batch.aside)
        await asyncio.to_thread(posted.taken, [number for number, _ in found])
        self._again = False
        for _, batch in found:
            self._count(batch)
        return len(found)

    def _count(self, batch: Batch) -> None:
        counts = self._counts.get(batch.source)
        if counts is None:
            return
        counts.polls += 1
        if len(batch.block):
            counts.took(batch.block)
        if batch.aside is not None:
            counts.quarantined += 1
