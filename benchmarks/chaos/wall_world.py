"""A world on the plant's own clock: what a device showed while nobody could read it is gone."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace

from benchmarks.chaos.drawn import PLAY
from benchmarks.chaos.live_publisher import publish_live
from benchmarks.chaos.timed_device import TimedDevice
from benchmarks.chaos.world import World, reading
from ingest.reading_feed import READINGS_CURSOR
from readings.times import SECOND

_STILL = 0.5  # seconds in which the last answer before the device falls mute is durable


class WallWorld(World):
    """See the module. It ends with the device well again for a moment, and then switched off."""

    _cuts = 0
    _silent_from = 0  # the last block of the journal in which a reading may have a value

    @property
    def _timed(self) -> TimedDevice:
        assert isinstance(self.device, TimedDevice)
        return self.device

    async def _begin(self) -> None:
        began, drawn = self._timed.begin(), self.lived.drawn
        self.lived.polled = replace(drawn.polled, time=drawn.polled.time + began)
        self.lived.sent = replace(drawn.sent, time=drawn.sent.time + began)

    async def _publish(self, mqtt: int) -> int:
        return await publish_live(
            self.lived.sent,
            port=mqtt,
            forgets=self.lived.drawn.forgets,
            acknowledged=self.lived.acknowledged,
            progress=self._sent,
        )

    def _progress(self) -> float:
        return self._timed.passed / PLAY

    async def _settle(self) -> None:
        now = time.time_ns()
        await self._until("the devices are heard again", lambda: self._well(now))
        self._timed.mute += 1
        await asyncio.sleep(_STILL)
        self._silent_from = self._last()
        self.tell("the device is switched off")
        await self._until("all is copied", self._copied)

    def _well(self, since: int) -> bool:
        """Whether the device was read since then, and all that the broker has acknowledged is in the journal."""
        try:
            told = json.loads((self.lived.site.data / "health.json").read_text(encoding="utf-8"))
            with closing(reading(self.lived.site.data / "journal.db")) as journal:
                found = journal.execute(
                    "SELECT acquired - duplicate FROM source WHERE name = 'logger'"
                ).fetchone()
        except (OSError, ValueError, sqlite3.Error):
            return False
        last = {each["name"]: each["last_good"] for each in told["sources"]}
        self._seen = f"last read {last}, {found} messages"
        heard = found is not None and found[0] >= len(self.lived.acknowledged)
        return bool(heard and (last["device"] or 0) > since + SECOND // 2)

    def _last(self) -> int:
        with closing(reading(self.lived.site.data / "journal.db")) as journal:
            return int(journal.execute("SELECT max(position) FROM block WHERE rows > 0").fetchone()[0])

    def _copied(self) -> bool:
        if self.influx is None:
            return True
        try:
            with closing(reading(self.lived.site.data / "journal.db")) as journal:
                copied, owed = journal.execute(
                    "SELECT (SELECT position FROM cursor WHERE name = ?), (SELECT count(*) FROM owed)",
                    (READINGS_CURSOR,),
                ).fetchone()
        except sqlite3.Error:
            return False
        self._seen = f"{copied} blocks of {self._silent_from} copied, {owed} owed"
        return copied is not None and copied >= self._silent_from and not owed

    def _does(self) -> dict[str, Callable[[float], Awaitable[None]]]:
        return super()._does() | {"wire": self._cut_off, "device": self._fall_mute}

    async def _cut_off(self, away: float) -> None:
        self.tell(f"the wire to the Modbus device is cut off for {away:.2f} s")
        self._cuts += 1
        self.wire.cut_off()
        with self._out_of_order("wire"):
            await asyncio.sleep(away)
        self._cuts -= 1
        if not self._cuts:
            self.wire.mend()

    async def _fall_mute(self, away: float) -> None:
        self.tell(f"the Modbus device answers nothing for {away:.2f} s")
        self._timed.mute += 1
        with self._out_of_order("device"):
            await asyncio.sleep(away)
        self._timed.mute -= 1
