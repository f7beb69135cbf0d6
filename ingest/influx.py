"""The copy in InfluxDB: by durable cursors, in order, each point once, a poison point set aside and told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog

from ingest.errors import InfluxError, InfluxUnreachableError, QuarantineError
from ingest.journal import SqliteJournal
from ingest.quarantine import Item, Outcome, Side
from ingest.transport import Answer, Transport
from readings.errors import HaccplineError
from readings.ports import Quarantined
from readings.times import ALWAYS

SOURCE = "influxdb"
_BATCH = 5_000  # lines; the size that InfluxDB's documentation recommends
_POSITIONS = 1_000  # a cursor that moved without a line is written down so seldom
_WAIT = 1.0  # seconds; how long to wait for news at most
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Feed:
    """Lines to copy, by position.

    Attributes:
        name: of its durable cursor.
        read: the position reached and the lines between the one given and that one; the same position when
            there is nothing new. It runs in a thread.
        done: told the position reached when its lines are stored; None: the journal remembers it as a cursor.
        owed: how many blocks have been passed over, to be copied beside what is new; None where there are none.
    """

    name: str
    read: Callable[[int], tuple[int, list[bytes]]]
    done: Callable[[int], None] | None = None
    owed: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True)
class CopyStatus:
    """How a feed's copy is doing.

    Attributes:
        position: how far it has come.
        written: lines written since the start.
        poison: lines set aside since the start.
        trouble: why it waits, in the server's words; None while it does not.
        configuration: whether a person has to act: trouble that waiting does not end.
        owed: blocks that it has passed over and copies beside what is new.
    """

    position: int = 0
    written: int = 0
    poison: int = 0
    trouble: str | None = None
    configuration: bool = False
    owed: int = 0


class InfluxWriter:
    """Copies feeds to InfluxDB. What cannot be sent now waits in the journal; nothing is ever dropped.

    No answer, 408, 429 and 5xx: wait longer each time, or as long as `Retry-After` says. 404: create what is
    missing. Other answers about the whole (401, 403, a page of something that is no InfluxDB, ...): keep everything
    and say that a person is needed. 413: halve, and send less at once from then on. 400 and 422: set the lines aside
    that the server names, with its words; where it names none, halve down to those that are refused alone. A line
    that is sent twice is one point: its time is fixed.

    Args:
        journal: holds cursors and quarantine.
        transport: the way to the server.
        feeds: what to copy.
        listen: gives an event that is set when there may be news.
        linger: seconds to let more come after news.
        pauses: seconds of the first pause and of the longest.
        now: wall clock, ns UTC.
    """

    def __init__(  # noqa: PLR0913 - the last four have defaults that serve a plant
        self,
        journal: SqliteJournal,
        transport: Transport,
        feeds: Sequence[Feed],
        *,
        listen: Callable[[], asyncio.Event] | None = None,
        linger: float = 0.25,
        pauses: tuple[float, float] = (0.5, 30.0),
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._journal = journal
        self._transport = transport
        self._feeds = feeds
        self._listen = listen
        self._linger = linger
        self._pauses = pauses
        self._now = now
        self._preparing = asyncio.Lock()
        self._prepared = False
        self._at_once = _BATCH
        self.status: dict[str, CopyStatus] = {feed.name: CopyStatus() for feed in feeds}

    async def run(self) -> None:
        """Copy until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for feed in self._feeds:
                    tasks.create_task(self._copy(feed), name=f"influxdb {feed.name}")
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._transport.close()

    async def redrive(self, number: int, *, who: str, why: str) -> Item:
        """Send a poison point again, once somebody has made room for it.

        Raises:
            QuarantineError: no such item, not a copy's, settled already, or refused again.
            InfluxUnreachableError: no answer.
        """
        item = await asyncio.to_thread(self._journal.quarantined.item, number)
        if item.side is not Side.COPY:
            raise QuarantineError(f"item {number} is not a point that InfluxDB refused")
        answer = await self._transport.write(item.what.payload)
        if not answer.ok:
            raise QuarantineError(f"item {number} is refused again: {answer.words}")
        return await asyncio.to_thread(
            lambda: self._journal.quarantined.settle(number, outcome=Outcome.REDRIVEN, who=who, why=why)
        )

    async def _copy(self, feed: Feed) -> None:
        news = self._listen() if self._listen else asyncio.Event()
        done = feed.done or partial(self._journal.advance, feed.name)
        position = saved = await asyncio.to_thread(self._journal.cursor, feed.name)
        self._say(feed, position=position)
        while True:
            try:
                reached, lines = await asyncio.to_thread(feed.read, position)
                while lines:
                    part, lines = lines[: self._at_once], lines[self._at_once :]
                    await self._deliver(feed, part)
                    saved = ALWAYS
                if saved == ALWAYS or reached - saved >= _POSITIONS:
                    await asyncio.to_thread(done, reached)
                    saved = reached
                if feed.owed is not None:
                    self._say(feed, owed=await asyncio.to_thread(feed.owed))
                self._say_well(feed)  # there may be nothing to send, and reading is possible again
            except Exception as error:  # noqa: BLE001 - whatever it is, the record goes on; lines sent again change nothing
                ours = isinstance(error, OSError | HaccplineError)
                await self._pause(feed, str(error) if ours else repr(error), self._pauses[0])
                continue
            if reached == position:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_WAIT):  # wait_for in Python 3.11 may forget a cancellation
                        await news.wait()
                news.clear()
                await asyncio.sleep(self._linger)
            position = reached
            self._say(feed, position=position)

    async def _deliver(self, feed: Feed, lines: list[bytes]) -> None:
        """Every line is stored, or set aside, when this returns."""
        waiting = [lines]
        while waiting:
            part = waiting.pop()
            answer = await self._answered(feed, b"\n".join(part))
            if answer.ok:
                self._say(feed, written=self.status[feed.name].written + len(part))
            elif named := _named(answer, part):
                for number, words in named.items():
                    await self._set_aside(feed, part[number], replace(answer, words=words))
                rest = [line for number, line in enumerate(part) if number not in named]
                waiting += [rest] if rest else []
            elif len(part) > 1:
                half = len(part) // 2
                waiting += [part[half:], part[:half]]
                if answer.status == 413:
                    self._at_once = min(self._at_once, max(half, 1))
            else:
                await self._set_aside(feed, part[0], answer)

    async def _answered(self, feed: Feed, lines: bytes) -> Answer:
        """The answer that is about the lines themselves: stored, too large, or refused."""
        pause, longest = self._pauses
        while True:
            wait: float | None = None
            configuration = False
            try:
                await self._prepare()
                answer = await self._transport.write(lines)
                if answer.ok or answer.status in {400, 413, 422}:
                    self._say_well(feed)
                    return answer
                trouble, wait = f"{answer.status}: {answer.words}", answer.retry_after
                configuration = answer.status < 500 and answer.status not in {408, 429}
                if answer.status == 404:
                    await self._transport.prepare()
                    wait = min(pause, 1.0)
            except InfluxUnreachableError as error:
                trouble = str(error)
            except InfluxError as error:
                trouble, configuration = str(error), True
            await self._pause(feed, trouble, wait if wait is not None else pause, configuration=configuration)
            pause = min(pause * 2, longest)

    async def _prepare(self) -> None:
        """Once: a bucket that is there may still lack its name for InfluxQL. Refused, writing may work anyway."""
        async with self._preparing:
            if self._prepared:
                return
            try:
                await self._transport.prepare()
            except InfluxUnreachableError:
                raise
            except InfluxError as error:
                _log.warning("what InfluxDB needs could not be created", error=str(error))
            self._prepared = True

    async def _set_aside(self, feed: Feed, line: bytes, answer: Answer) -> None:
        item = Quarantined(
            source=SOURCE,
            payload=line,
            reason=f"InfluxDB refused it ({answer.status}): {answer.words}",
            time=self._now(),
            readings=0,
        )
        number = await asyncio.to_thread(lambda: self._journal.quarantined.put(item, side=Side.COPY))
        self._say(feed, poison=self.status[feed.name].poison + 1)
        _log.warning("InfluxDB refused a point; it is set aside", item=number, words=answer.words)

    async def _pause(self, feed: Feed, trouble: str, seconds: float, *, configuration: bool = False) -> None:
        if self.status[feed.name].trouble != trouble:
            _log.warning("the copy waits", feed=feed.name, trouble=trouble, configuration=configuration)
        self._say(feed, trouble=trouble, configuration=configuration)
        await asyncio.sleep(seconds)

    def _say_well(self, feed: Feed) -> None:
        if self.status[feed.name].trouble is not None:
            _log.info("the copy goes on", feed=feed.name)
            self._say(feed, trouble=None, configuration=False)

    def _say(self, feed: Feed, **changes: int | str | bool | None) -> None:
        self.status[feed.name] = replace(self.status[feed.name], **changes)  # type: ignore[arg-type] # its own fields


def _named(answer: Answer, lines: list[bytes]) -> dict[int, str]:
    """The lines that the server names as refused, by index, each with its words; none, if it names another's."""
    named = {}
    for refused in answer.refused:
        number = refused.number - 1
        if not 0 <= number < len(lines) or refused.line not in ("", lines[number].decode("utf-8", "replace")):
            return {}
        named[number] = refused.words
    return named
