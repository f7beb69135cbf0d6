"""Tells people that recording itself is in trouble. It runs in the record process, beside what tells of cases.

It rests on nothing that may be what is wrong: not on the ledger, the outbox or the journal. What it remembers stands in a
small file; where that cannot be written, as on a full disk, it goes on from memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from dashboards.notices.channel import Channel, open_channels
from dashboards.notices.errors import NotDeliveredError
from dashboards.notices.health_message import health_message
from dashboards.notices.health_troubles import Trouble, stands_still, troubles
from dashboards.notices.health_turns import Known, Turn, turns
from dashboards.notices.message import Message, plain
from dashboards.notices.outbox import BACK_OFF
from dashboards.notices.routes import Route, routes_to
from dashboards.notices.settings import HealthNotices, NoticeSettings, SirenChannel
from dashboards.views.site import SiteView
from readings.errors import HaccplineError
from readings.times import SECOND, parse_time

log = structlog.get_logger(__name__)

FILE = "health_notices.json"
LOOK = 1.0  # seconds from one look at health to the next
STILL = 10 * SECOND  # the journal takes the time of day every second
_PAUSE = 2.0  # seconds after trouble
_DETAIL = 300  # characters of an error that are kept


class Letter(msgspec.Struct):
    """A message that waits for its channel: how often it was tried, when to try, when it was made; ns UTC."""

    message: Message
    made: int
    try_at: int
    attempts: int = 0


class Memory(msgspec.Struct):
    """What is remembered over a restart."""

    known: Known = msgspec.field(default_factory=Known)
    letters: list[Letter] = []


class HealthNotifier:
    """See the module.

    Args:
        folder: the site's data folder.
        settings: of the site; whoever is named under `health`.
        said: what the record process says of itself; empty before it says anything.
        site: as messages name it.
        now: wall clock, ns UTC.
    """

    def __init__(
        self,
        folder: Path,
        settings: NoticeSettings,
        *,
        said: Callable[[], dict[str, Any]],
        site: SiteView,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._path, self._settings, self._said = folder / FILE, settings, said
        self._site, self._now = site, now
        self._memory, self._written = Memory(), b""
        self._moved: tuple[int, float] | None = None  # the journal's last block, and when it was new
        self._still = ""
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._away: dict[str, str] = {}  # by channel: what its last message met, until one is delivered

    @property
    def trouble(self) -> str | None:
        """What is wrong with sending, in words; None if nothing is."""
        found = [self._still, *(f"a notice of health waits: {words}" for words in self._away.values())]
        return "; ".join(filter(None, found)) or None

    async def run(self) -> None:
        """Look and send until cancelled; at once done where nobody is to hear. Nothing that fails here stops the record."""
        health = self._settings.health
        while health is not None:
            try:
                await self._run(health)
            except* Exception as group:
                log.exception("notices of health stand still", error=str(group.exceptions[0]))
                self._still = f"notices of health stand still: {group.exceptions[0]}"
            await asyncio.sleep(_PAUSE)

    async def _run(self, health: HealthNotices) -> None:
        self._memory = await asyncio.to_thread(self._resumed)
        channels = open_channels(self._settings, None)
        async with asyncio.TaskGroup() as group:
            while True:
                self._look(health)
                for name, channel in channels.items():
                    self._send(group, name, channel)
                data = msgspec.json.encode(self._memory)
                if data != self._written:
                    await asyncio.to_thread(self._remember, data)
                self._still = ""
                await asyncio.sleep(LOOK)

    def _look(self, health: HealthNotices) -> None:
        said, now = self._said(), self._now()
        if not said:
            return
        found = turns(
            self._memory.known,
            self._wrong(said, now),
            now=now,
            step=said["clock"]["last_step"] or "",
            settings=health,
            together=self._settings.together,
        )
        for over in (False, True):
            if told := [turn for turn in found if (turn.over is not None) == over]:
                self._write(told, health, now)

    def _wrong(self, said: dict[str, Any], now: int) -> list[Trouble]:
        last, clock = said["journal"]["last"], time.monotonic()
        if self._moved is None or self._moved[0] != last:
            self._moved = (last, clock)
        still = (clock - self._moved[1]) * SECOND > STILL
        others = [each for each in said["trouble"] if each["kind"] != "health_notices"]
        found = troubles(said | {"trouble": others}, age=now - parse_time(said["at"]))
        return [stands_still(), *found] if still else found

    def _write(self, told: list[Turn], health: HealthNotices, now: int) -> None:
        for route in routes_to(health.to, health.by, self._settings):
            if self._carries(route):
                made = health_message(told, route, site=self._site, public_url=self._settings.public_url)
                self._memory.letters.append(Letter(made, now, now))
        log.warning("health", told=[(turn.trouble.key, turn.over is not None) for turn in told])

    def _carries(self, route: Route) -> bool:
        return not route.trouble and not isinstance(self._settings.channels[route.channel], SirenChannel)

    def _send(self, group: asyncio.TaskGroup, name: str, channel: Channel) -> None:
        """Send what waits for one channel, one message after the other; one that hangs holds up no other channel."""
        running = self._sending.get(name)
        if running is not None and not running.done():
            return
        now = self._now()
        waiting = [each for each in self._memory.letters if each.message.channel == name]
        # farther ahead than anything rests: the clock was ahead when that was said, and was set back
        due = [each for each in waiting if not 0 < each.try_at - now <= BACK_OFF[-1]]
        if due:
            self._sending[name] = group.create_task(
                self._try(channel, due[0]), name=f"health notices: {name}"
            )

    async def _try(self, channel: Channel, letter: Letter) -> None:
        name, words = letter.message.channel, ""
        try:
            await channel.deliver(letter.message)
        except NotDeliveredError as error:
            words = str(error)
        except Exception as error:  # a library's fault is a message that was not delivered
            log.exception("a channel failed", channel=name)
            words = f"{name}: {type(error).__name__}: {error}"
        now = self._now()
        if words and now - letter.made < self._settings.give_up_after:
            self._away[name] = plain(words, _DETAIL)
            letter.try_at = now + BACK_OFF[min(letter.attempts, len(BACK_OFF) - 1)]
            letter.attempts += 1
            return
        if words:
            log.error("a notice of health was given up", message=letter.message.text, error=words)
        self._away.pop(name, None)
        self._memory.letters.remove(letter)

    def _remember(self, data: bytes) -> None:
        draft = self._path.with_suffix(".draft")
        with contextlib.suppress(OSError):  # that a disk is full is what is to be told
            draft.write_bytes(data)
            draft.replace(self._path)
            self._written = data

    def _resumed(self) -> Memory:
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Memory)
        except (OSError, msgspec.MsgspecError, HaccplineError):
            return Memory()
        known = self._settings.channels
        found.letters = [each for each in found.letters if each.message.channel in known]
        return found
