"""The intake: blocks of many sources, joined into one commit, off the event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from types import TracebackType
from typing import Self, TypeVar

import structlog

from ingest.errors import JournalFullError, StoreError, UnansweredError
from ingest.journal import SqliteJournal
from readings.block import Block, join
from readings.ports import Quarantined
from readings.quality import Quality, Reason
from readings.times import AHEAD

_JOIN_ROWS = 20_000  # more than this is committed in several blocks
_AGAIN = 10.0  # seconds within which whoever has to wait tries again
T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Clock(StrEnum):
    """What a tick says."""

    WALL = "wall"  # time has reached now
    READINGS = "readings"  # time has reached the latest reading: for a recording that is played back


@dataclass(frozen=True, slots=True)
class _Given:
    """What a source gave, and whom to tell when it is durable."""

    what: Block | Quarantined
    done: asyncio.Future[None]


class JournalIntake:
    """`readings.ports.Intake` over the journal, with group commit in one thread of its own.

    What several sources give while a commit is under way becomes one block in the next. Each block carries a
    tick; when nothing comes, ticks go in alone, so that silence is heard.

    Use it as `async with JournalIntake(journal) as intake`; at the end, what was given is committed.

    Args:
        journal: where blocks go; this process is the one that appends.
        clock: what a tick says.
        tick_every: seconds of quiet after which a tick goes in alone; 0 for never.
        now: wall clock, ns UTC.
    """

    def __init__(
        self,
        journal: SqliteJournal,
        *,
        clock: Clock = Clock.WALL,
        tick_every: float = 1.0,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._tick_every = tick_every
        self._now = now
        self._given: queue.SimpleQueue[_Given | None] = queue.SimpleQueue()
        self._listeners: list[asyncio.Event] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tick: int | None = None
        self._latest: int | None = None
        self.trouble: str | None = None
        self._unanswered = 0.0, ""

    @property
    def unanswered(self) -> str | None:
        """Why readings wait for a file of the archive; None while none do."""
        until, words = self._unanswered
        return words if time.monotonic() < until else None

    def listen(self) -> asyncio.Event:
        """An event that is set after each commit; whoever waits for it clears it."""
        event = asyncio.Event()
        self._listeners.append(event)
        return event

    async def take(self, block: Block) -> None:
        """Commit a block; returns when it is durable, and only then may it be acknowledged.

        Raises:
            OSError: it is not durable (disk full, say); keep it and try again.
        """
        if not block.empty:
            await self._give(block)

    async def quarantine(self, item: Quarantined) -> None:
        """Set aside, durably, what could not become a reading.

        Raises:
            OSError: it is not durable.
        """
        await self._give(item)

    async def __aenter__(self) -> Self:
        """Start the thread."""
        self._loop = asyncio.get_running_loop()
        self._tick, self._latest = self._journal.tick(), self._journal.latest()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit what was given, and end the thread."""
        thread, self._thread = self._thread, None  # from here on nothing more is taken
        self._given.put(None)
        if thread is not None:
            await asyncio.to_thread(thread.join)

    async def _give(self, what: Block | Quarantined) -> None:
        if self._loop is None or self._thread is None:
            raise StoreError("the intake is not running; use it in `async with`")
        done: asyncio.Future[None] = self._loop.create_future()
        self._given.put(_Given(what, done))
        await done

    def _work(self) -> None:
        ended = False
        while not ended:
            batch: list[_Given] = []
            rows = 0
            try:
                one = self._given.get(timeout=self._tick_every or None)
                while one is not None:
                    batch.append(one)
                    rows += len(one.what) if isinstance(one.what, Block) else 1
                    if rows >= _JOIN_ROWS:
                        break
                    one = self._given.get_nowait()
                ended = one is None
            except queue.Empty:
                pass
            self._commit(batch)

    def _commit(self, batch: list[_Given]) -> None:
        """One commit for all the blocks of a batch; each that gave one hears how it went."""
        blocks = [(one.done, one.what) for one in batch if isinstance(one.what, Block)]
        error = self._attempt(self._append, [block for _, block in blocks])
        answers: list[tuple[asyncio.Future[None], Exception | None]] = [(done, error) for done, _ in blocks]
        if isinstance(error, JournalFullError):  # what people do, and time, go on
            spared = [block for _, block in blocks if not len(block)]
            try:
                self._append(spared)
            except Exception as another:  # noqa: BLE001 - as in `_attempt`
                error = another
            else:
                answers = [(done, error if len(block) else None) for done, block in blocks]
        elif len(blocks) > 1 and (
            isinstance(error, UnansweredError) or not isinstance(error, OSError | None)
        ):
            # it is about what one of them gave: the others' is taken
            answers = [(done, self._attempt(self._append, [block])) for done, block in blocks]
        answers += [
            (one.done, self._attempt(self._journal.quarantine, one.what))
            for one in batch
            if isinstance(one.what, Quarantined)
        ]
        self._tell(answers)

    def _append(self, blocks: list[Block]) -> None:
        joined = join(blocks)
        if self._clock is Clock.WALL:
            joined = doubt_the_future(joined, self._now())
        tick = self._next_tick(joined)
        if not blocks and tick == self._tick:
            return
        self._journal.append(replace(joined, tick=tick if tick != self._tick else None))
        self._tick = tick
        if len(joined):
            self._latest = max(int(joined.time.max()), self._latest or 0)

    def _next_tick(self, block: Block) -> int | None:
        """Never earlier than the last one: a clock that is set back stands still here."""
        if self._clock is Clock.WALL:
            reached: int | None = self._now()
        else:
            reached = max(int(block.time.max()), self._latest or 0) if len(block) else self._latest
        known = [tick for tick in (reached, block.tick, self._tick) if tick is not None]
        return max(known, default=None)

    def _attempt(self, act: Callable[[T], None], what: T) -> Exception | None:
        try:
            act(what)
        except UnansweredError as error:
            if self.unanswered is None:
                _log.error("readings wait for a file of the archive", error=str(error))
            self._unanswered = time.monotonic() + _AGAIN, str(error)
            return error
        except Exception as error:  # noqa: BLE001 - whatever it is, the source must hear of it, and the thread go on
            if self.trouble is None:
                _log.error("nothing can be committed; sources wait", error=str(error))
            self.trouble = str(error)
            return error
        if self.trouble is not None:
            _log.info("commits again", after=self.trouble)
        self.trouble = None
        return None

    def _tell(self, answers: list[tuple[asyncio.Future[None], Exception | None]]) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._told, answers)

    def _told(self, answers: list[tuple[asyncio.Future[None], Exception | None]]) -> None:
        for done, error in answers:
            if done.done():
                continue  # whoever gave it was cancelled; it is committed all the same
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
        for event in self._listeners:
            event.set()


def doubt_the_future(block: Block, now: int) -> Block:
    """The same block, in which a reading from farther ahead than any clock should be is uncertain: its time is not known."""
    ahead = (block.time > now + AHEAD) & (block.quality == Quality.GOOD)
    if not ahead.any():
        return block
    quality, reason = block.quality.copy(), block.reason.copy()
    quality[ahead], reason[ahead] = Quality.UNCERTAIN, Reason.CLOCK
    return replace(block, quality=quality, reason=reason)
