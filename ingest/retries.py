"""What lies in quarantine, tried again when somebody asks: a message by today's mapping, a copy at today's server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from ingest.errors import UnansweredError
from ingest.influx import InfluxWriter
from ingest.intake import Clock, doubt_the_future
from ingest.journal import SqliteJournal
from ingest.quarantine import Item, Outcome, Side
from readings.block import Block
from readings.errors import HaccplineError
from readings.ports import Quarantined

OURSELVES = "haccpline"  # who asks, where nobody does
EXPLAINED = "what explains it has come since"
_log = structlog.get_logger(__name__)


class Retries:
    """Does what was asked for with `Quarantine.ask`; the process that appends does it.

    A message becomes readings and is settled in one commit: killed anywhere, it is taken once or not at all.

    Args:
        journal: with its quarantine.
        read: makes a block of what could not become a reading; HaccplineError, if it still cannot.
        writer: sends copies; None where the site has no InfluxDB.
        explained: which messages can be read now that could not before, since it was asked last; None for none. They are
            tried though nobody asks.
        clock: of the site; by the wall clock, a reading from farther ahead of when its message came is uncertain.
    """

    def __init__(
        self,
        journal: SqliteJournal,
        read: Callable[[Quarantined], Block],
        writer: InfluxWriter | None,
        *,
        explained: Callable[[], Callable[[Quarantined], bool] | None] = lambda: None,
        clock: Clock = Clock.WALL,
    ) -> None:
        self._journal, self._read, self._writer = journal, read, writer
        self._explained, self._clock = explained, clock

    async def run(self, every: float = 1.0) -> None:
        """Look for what is asked every so many seconds, until cancelled."""
        trouble = ""
        while True:
            before, trouble = trouble, ""
            try:
                await self.work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the record goes on
                trouble = str(error) if isinstance(error, OSError | HaccplineError) else repr(error)
                if trouble != before:
                    _log.error("what lies in quarantine cannot be tried again", error=trouble)
            await asyncio.sleep(every)

    async def work(self) -> None:
        """Try what is asked for; what cannot be taken stays, with the answer.

        Raises:
            OSError: it is not durable; it is asked for still.
        """
        meant = self._explained()
        if meant is not None:
            await asyncio.to_thread(self._ask, meant)
        for item in await asyncio.to_thread(self._journal.quarantined.asked):
            try:
                await self._try(item)
            except Exception as error:  # whatever is wrong with a message, it stays, and the record goes on
                if isinstance(error, OSError) and not isinstance(error, UnansweredError):
                    raise
                await asyncio.to_thread(self._journal.quarantined.answer, item.id, str(error))
                _log.warning("it stays in quarantine", item=item.id, answer=str(error))
            else:
                _log.info("taken out of quarantine", item=item.id, who=item.asked_by)

    def _ask(self, meant: Callable[[Quarantined], bool]) -> None:
        quarantine, after = self._journal.quarantined, 0
        while page := quarantine.items(side=Side.READING, after=after):
            after = page[-1].id
            for item in page:
                if item.asked_by is None and meant(item.what):
                    quarantine.ask(item.id, who=OURSELVES, why=EXPLAINED)

    async def _try(self, item: Item) -> None:
        who, why = item.asked_by or "", item.asked_why or ""
        if item.side is Side.READING:
            await asyncio.to_thread(self._take, item, who, why)
        elif self._writer is None:
            raise HaccplineError("the site has no influxdb: there is nowhere to send it")
        else:
            await self._writer.redrive(item.id, who=who, why=why)

    def _take(self, item: Item, who: str, why: str) -> None:
        block = self._read(item.what)
        if self._clock is Clock.WALL:
            block = doubt_the_future(block, item.what.time)
        settle = partial(
            self._journal.quarantined.settle_in, item=item, outcome=Outcome.REDRIVEN, who=who, why=why
        )
        self._journal.append(block, settle)
