"""Pages that stay up to date: one refresh a second for everybody, the latest state to each, as server-sent events.

Nothing queues up for a slow reader: what is sent is made of the present state when the reader is ready for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import structlog
from fastapi.sse import ServerSentEvent

from dashboards.language import Tongue
from dashboards.pages.screens import Screen
from dashboards.pages.words import Words
from dashboards.views.plant import Plant
from dashboards.views.snapshot import Snapshot

EVERY = 1.0  # seconds between refreshes
QUIET = 4.0  # seconds after which a stream that has nothing to say says so
LOOK = 10.0  # seconds after which it is looked again whether its reader may read
LONGEST = 600.0  # seconds of one stream; the page asks again
RETRY = 2000  # ms until a browser tries again

_log = structlog.get_logger(__name__)


class Live:
    """The streams of a server. Nothing runs while nobody looks.

    Args:
        plant: what is shown.
        stopping: whether the server is about to end.
    """

    def __init__(self, plant: Plant, *, stopping: Callable[[], bool] = lambda: False) -> None:
        self._plant, self._stopping = plant, stopping
        self._screens: dict[tuple[str, Tongue], Screen] = {}
        self._readers: Counter[tuple[str, Tongue]] = Counter()
        self._snap: Snapshot | None = None
        self._drawn = asyncio.Event()
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._told: set[tuple[str, str]] = set()
        self.boot = uuid4().hex[:8]

    def stamp(self, number: int) -> str:
        """The id of an event: of this process and a snapshot."""
        return f"{self.boot}-{number}"

    def number_of(self, stamp: str) -> int:
        """The snapshot that a reader has seen; 0 where it was shown by another process, or nothing is known."""
        boot, _, number = stamp.partition("-")
        return int(number) if boot == self.boot and number.isdecimal() else 0

    async def stream(
        self, screen: str, tongue: Tongue, *, seen: int, may: Callable[[], bool] = lambda: True
    ) -> AsyncIterator[ServerSentEvent]:
        """Everything that changes on a screen, from what the reader has seen on, for as long as they may read.

        Args:
            screen: as `Screen.name`.
            tongue: of the reader.
            seen: number of the snapshot that they have.
            may: whether they may read still; asked in a thread.
        """
        key = (screen, tongue)
        shown = self._join(key)
        looked = time.monotonic()
        ends, spoke = looked + LONGEST, 0.0
        try:
            while time.monotonic() < ends and not self._stopping():
                if time.monotonic() - looked >= LOOK:
                    if not await asyncio.to_thread(may):
                        break
                    looked = time.monotonic()
                drawn = self._drawn
                if self._snap is not None and shown.number == self._snap.number:
                    patch, snap = shown.since(seen), self._snap
                    news = bool(patch.inner or patch.whole or patch.lists or patch.said)
                    if news or time.monotonic() - spoke >= QUIET:
                        seen, spoke = shown.number, time.monotonic()
                        yield ServerSentEvent(
                            event="patch",
                            id=self.stamp(seen),
                            retry=RETRY,
                            data={
                                "now": snap.wall // 1_000_000,
                                "site": snap.at // 1_000_000,
                                "current": snap.current,
                                "inner": patch.inner,
                                "whole": patch.whole,
                                "lists": patch.lists,
                                "said": patch.said,
                            },
                        )
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(QUIET):
                        await drawn.wait()
            yield ServerSentEvent(event="again", data={})
        finally:
            self._leave(key)

    def _join(self, key: tuple[str, Tongue]) -> Screen:
        if key not in self._screens:
            self._screens[key] = Screen(key[0], Words(key[1], self._plant.site.timezone), self._plant)
        self._readers[key] += 1
        self._wanted.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="live pages")
        return self._screens[key]

    def _leave(self, key: tuple[str, Tongue]) -> None:
        self._readers[key] -= 1
        if self._readers[key] <= 0:
            del self._readers[key]
            self._screens.pop(key, None)

    async def _run(self) -> None:
        while self._readers:
            self._wanted.clear()
            began = time.monotonic()
            screens = list(self._screens.values())
            self._snap = await asyncio.to_thread(self._draw, screens)
            drawn, self._drawn = self._drawn, asyncio.Event()
            drawn.set()
            rest = max(EVERY - (time.monotonic() - began), 0.05)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._wanted.wait()

    def _draw(self, screens: list[Screen]) -> Snapshot:
        snap = self._plant.refresh()
        for screen in screens:
            try:
                screen.draw(snap)
            except Exception as error:  # noqa: BLE001 - one page that cannot be drawn leaves the others alive
                self._complain(screen.name, f"{type(error).__name__}: {error}")
        return snap

    def _complain(self, screen: str, trouble: str) -> None:
        """Say it once, not each second; the page falls silent, and says so itself."""
        if (screen, trouble) not in self._told:
            self._told.add((screen, trouble))
            _log.error("a page cannot be brought up to date", screen=screen, error=trouble)
