"""The notifier: looks at the ledger, sends what is due, and tells the journal how it went. It runs in the record process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection
from pathlib import Path

import structlog

from dashboards.notices.channel import Channel, open_channels
from dashboards.notices.delivery import Delivery
from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.left_on import LeftOn
from dashboards.notices.message import plain
from dashboards.notices.outbox import BACK_OFF, Outbox, Waiting
from dashboards.notices.planner import Planner, Sources
from dashboards.notices.settings import NoticeSettings
from dashboards.notices.siren import Siren
from readings.block import Block
from readings.inputs import Act
from readings.ports import Intake, Standing
from readings.times import SECOND, format_time

log = structlog.get_logger(__name__)

LOOK = 0.5  # seconds from one look at the ledger to the next
_PAUSE = 2.0  # seconds after trouble
_FRESH = 10.0  # seconds after a look in which it is known what stands on the lines
_DETAIL = 300  # characters of an error that are kept


class Notifier:
    """See the module. Nothing blocks the event loop; nothing that fails here stops the record.

    Args:
        folder: the site's data folder; the ledger is there already.
        settings: of the site; empty settings make every notice undeliverable, which is recorded and shown.
        intake: where it says how a notice went.
        sources: by series `line/sensor/point`, what it comes from, as health names it: a source, or what is behind it.
        now: wall clock, ns UTC.
    """

    def __init__(
        self,
        folder: Path,
        settings: NoticeSettings,
        *,
        intake: Intake,
        sources: Sources | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._folder, self._settings, self._intake, self._now = folder, settings, intake, now
        self._sources = sources or {}
        self._posted: dict[str, asyncio.Event] = {}  # by channel: there is something to send
        self._done = asyncio.Event()  # something was delivered or given up
        self._siren: Siren | None = None
        self._left_on: LeftOn | None = None
        self._planner: Planner | None = None
        self._away: dict[str, str] = {}  # by channel: what its last message met, until one is delivered
        self._trouble = ""
        self._looked = 0.0

    @property
    def trouble(self) -> str | None:
        """What is wrong with sending, in words; None if nothing is."""
        untold = self._planner.untold if self._planner is not None else 0
        cases = "1 open case" if untold == 1 else f"{untold} open cases"
        found = [
            self._trouble,
            f"{cases} of which nobody was told" if untold else "",
            *(f"a notice waits: {words}" for words in self._away.values()),
        ]
        return "; ".join(filter(None, found)) or None

    @property
    def sounding(self) -> str | None:
        """Which sirens may sound and cannot be released, in words; None if none."""
        found = [each.trouble for each in (self._siren, self._left_on) if each is not None]
        return "; ".join(filter(None, found)) or None

    def stands(self, what: Standing, lines: Collection[str]) -> bool | None:
        """Whether something stands on one of the lines now; see `readings.ports.Stands`."""
        if self._planner is None or time.monotonic() - self._looked > _FRESH:
            return None
        found = self._planner.standing
        return any((what, line) in found for line in lines)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                await self._run()
            except* Exception as group:
                error = group.exceptions[0]
                self._trouble = f"notices stand still: {error}"
                log.exception("notices stand still", error=str(error))
            await asyncio.sleep(_PAUSE)

    async def _run(self) -> None:
        outbox = await asyncio.to_thread(Outbox, self._folder)
        planner: Planner | None = None
        try:
            channels = open_channels(self._settings, outbox)
            await asyncio.to_thread(outbox.resume, list(channels), self._now())
            planner = await asyncio.to_thread(Planner, self._folder, self._settings, outbox, self._sources)
            self._planner, self._left_on, self._siren = planner, LeftOn(self._settings, outbox), None
            self._away.clear()
            self._posted = {name: asyncio.Event() for name in channels}
            self._done.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look(planner), name="notices: ledger")
                group.create_task(self._record(outbox), name="notices: journal")
                group.create_task(self._left_on.release(channels), name="notices: sirens left on")
                for name, channel in channels.items():
                    group.create_task(self._send(outbox, name, channel), name=f"notices: {name}")
                    if isinstance(channel, Siren):
                        self._siren = channel
                        group.create_task(channel.watch(), name=f"notices: release {name}")
        finally:
            if planner is not None:
                await asyncio.to_thread(planner.close)
            outbox.close()

    async def _look(self, planner: Planner) -> None:
        while True:
            if await asyncio.to_thread(planner.look, self._now()):
                for event in self._posted.values():
                    event.set()
                self._done.set()
            self._trouble, self._looked = "", time.monotonic()
            await asyncio.sleep(LOOK)

    async def _send(self, outbox: Outbox, name: str, channel: Channel) -> None:
        """Send what waits for one channel, one message after the other."""
        posted = self._posted[name]
        while True:
            posted.clear()
            found = await asyncio.to_thread(outbox.next, name)
            rest = BACK_OFF[-1] if found is None else found.try_at - self._now()
            if found is None:
                self._away.pop(name, None)
            # longer than it ever rests: the clock was ahead when that was said, and was set back
            if found is None or 0 < rest <= BACK_OFF[-1]:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rest / SECOND):
                        await posted.wait()
                continue
            if await asyncio.to_thread(outbox.sending, found.message.id):
                await self._try(outbox, channel, found)
                self._done.set()

    async def _try(self, outbox: Outbox, channel: Channel, found: Waiting) -> None:
        words = ""
        try:
            await channel.deliver(found.message)
        except NotDeliveredError as error:
            words = str(error)
        except Exception as error:  # a library's fault is a message that was not delivered
            log.exception("a channel failed", channel=found.message.channel)
            words = f"{found.message.channel}: {type(error).__name__}: {error}"
        now, id_ = self._now(), found.message.id
        if not words:
            self._away.pop(found.message.channel, None)
            await asyncio.to_thread(outbox.delivered, id_, now)
            return
        words = self._away[found.message.channel] = plain(words, _DETAIL)
        log.warning("a notice was not delivered", message=id_, error=words, attempts=found.attempts + 1)
        if not found.lasting and now - found.made >= self._settings.give_up_after:
            await asyncio.to_thread(outbox.failed, id_, words, now)
        else:
            rest = BACK_OFF[min(found.attempts, len(BACK_OFF) - 1)]
            await asyncio.to_thread(outbox.missed, id_, words, now + rest)

    async def _record(self, outbox: Outbox) -> None:
        """Tell the journal, and by it the ledger, how each notice went; told twice, it is taken once."""
        while True:
            await self._done.wait()
            self._done.clear()
            while done := await asyncio.to_thread(outbox.unrecorded):
                try:
                    await self._intake.take(Block(acts=tuple(map(act_of, done))))
                except OSError as error:
                    log.error("notices wait to be recorded", error=str(error))  # noqa: TRY400 - the message says it
                    await asyncio.sleep(_PAUSE)
                    continue
                await asyncio.to_thread(outbox.recorded, [each.item.key for each in done])


def act_of(delivery: Delivery) -> Act:
    """What the journal is told of a notice that is done: the body of the ledger record `notice.sent`."""
    item = delivery.item
    return Act(
        time=delivery.done or delivery.made,
        kind="notice.sent",
        line=item.line,
        body={
            "case": item.case,
            "event": item.turn.event,
            "rung": item.turn.rung,
            "again": format_time(item.turn.again) if item.turn.again else None,
            "to": item.person,
            "channel": item.channel,
            "due": format_time(item.due),
            "late": item.late,
            "delivered": delivery.state == "delivered",
            "attempts": delivery.attempts,
            "detail": delivery.detail,
            "message": delivery.message,
        },
        id=f"notice-{item.key}",
    )
