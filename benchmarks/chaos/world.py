"""One world: a plant, its servers and wires and the record process, through all the troubles of a seed."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.child import RecordProcess
from benchmarks.chaos.disk import empty, fill
from benchmarks.chaos.drawn import Drawn, Trouble
from benchmarks.chaos.publisher import publish_all
from benchmarks.real_servers import Influxd, Mosquitto
from haccpline.site import Site
from ingest.reading_feed import READINGS_CURSOR
from simulators.bad_wire import BadWire
from simulators.modbus_device import ModbusDevice
from simulators.recording import Recording

PATIENCE = 60.0  # seconds in which everything must have been heard at the end
_LOOK = 0.02
_PAUSE = 0.06  # seconds between bursts of messages


@dataclass(slots=True)
class Lived:
    """What became of a world.

    Attributes:
        drawn: what its seed said.
        site: its files.
        polled: what the Modbus device showed, when.
        sent: what the MQTT device measured, when.
        said: what happened when.
        influx: URL of its InfluxDB; empty without one.
        resent: messages that the device sent again.
        ills: what happened on the wires.
        kept: by position, the digest of blocks that were seen durable before a kill.
        code: with which the record process stopped in the end.
        troubles: how often each thing was done.
        spans: on the wall clock, what was out of order from when to when, ns UTC: `wire`, `device`, `record`, `disk`.
        acknowledged: on the wall clock, the numbers of the messages that the broker has for certain.
    """

    drawn: Drawn
    site: Site
    polled: Recording
    sent: Recording
    said: list[str] = field(default_factory=list)
    influx: str = ""
    resent: int = 0
    ills: dict[str, dict[str, int]] = field(default_factory=dict)
    kept: dict[int, str] = field(default_factory=dict)
    code: int | None = None
    troubles: list[str] = field(default_factory=list)
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)


class ChaosError(Exception):
    """A world came to no end; the message has what was said last."""


@dataclass(slots=True)
class World:
    """See the module.

    Attributes:
        lived: what is told of it.
        device: on the Modbus wire.
        wire: to it.
        record: the process.
        broker: real.
        influx: real; None where not installed.
        disk: where the data lie; None where it is the machine's own.
        acknowledged: messages that the broker has.
    """

    lived: Lived
    device: ModbusDevice
    wire: BadWire
    record: RecordProcess
    broker: Mosquitto
    influx: Influxd | None
    disk: Path | None
    acknowledged: int = 0
    began: float = field(default_factory=time.monotonic)
    _seen: str = "nothing"
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _full: int = 0

    def tell(self, what: str) -> None:
        """A line with the time since the beginning and how far the plant is."""
        shown = f"{time.monotonic() - self.began:6.2f} s  sample {self.device.shown + 1}, message {self.acknowledged}"
        self.lived.said.append(f"{shown}: {what}")

    async def live(self, mqtt: int) -> None:
        """Through all troubles, until everything is heard; then record is stopped in order.

        Args:
            mqtt: the port of the wire from the MQTT device to the broker.
        """
        await asyncio.to_thread(self.record.start)
        await self._until("record has subscribed", lambda: b"event=connected" in self.record.log.read_bytes())
        await self._begin()
        async with asyncio.TaskGroup() as group:
            guard = group.create_task(self._guard(), name="guard")
            troubles = [
                group.create_task(self._trouble(each), name=f"trouble {each.to}")
                for each in self.lived.drawn.troubles
            ]
            self.lived.resent = await self._publish(mqtt)
            await asyncio.gather(*troubles)
            self.tell("all is sent")
            await self._settle()
            guard.cancel()
        self.tell("all is heard")
        self.lived.code = await asyncio.to_thread(self.record.end, signal.SIGTERM)

    async def _begin(self) -> None:
        """With the first reading time begins, and judging with it: both rooms' first samples are of one time."""
        await self._until("the first sample is durable", self._begun)

    async def _publish(self, mqtt: int) -> int:
        return await publish_all(self.lived.sent, port=mqtt, pause=_PAUSE, progress=self._sent)

    async def _settle(self) -> None:
        await self._until("all is heard", self._heard)

    def _progress(self) -> float:
        """The share of the polled samples that were shown."""
        return (self.device.shown + 1) / len(self.lived.polled)

    def _sent(self, count: int) -> None:
        self.acknowledged = count

    def _begun(self) -> bool:
        try:
            with closing(reading(self.lived.site.data / "journal.db")) as journal:
                return bool(journal.execute("SELECT acquired FROM head").fetchone()[0])
        except sqlite3.Error:
            return False

    def _heard(self) -> bool:
        """Whether every reading is in the journal and in InfluxDB; the clerk hears the rest when it is told to end."""
        try:
            with closing(reading(self.lived.site.data / "journal.db")) as journal:
                rows, last = journal.execute(
                    "SELECT (SELECT acquired - duplicate FROM head), (SELECT last FROM head)"
                ).fetchone()
                copied = journal.execute(
                    "SELECT position FROM cursor WHERE name = ?", (READINGS_CURSOR,)
                ).fetchone()
                owed = journal.execute("SELECT count(*) FROM owed").fetchone()[0]
        except sqlite3.Error:
            return False
        self._seen = f"{rows} readings, {last} blocks, {copied[0] if copied else 0} copied, {owed} owed"
        count = sum(each.values.size for each in (self.lived.polled, self.lived.sent))
        copy = self.influx is None or (copied is not None and copied[0] >= last and not owed)
        return bool(rows >= count and copy)

    async def _until(self, what: str, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not await asyncio.to_thread(true):
            if time.monotonic() > deadline:
                raise ChaosError(
                    "\n".join(
                        [f"waited in vain until {what}; {self._seen}", *self.lived.said, self.record.said()]
                    )
                )
            await asyncio.sleep(_LOOK * 5)

    async def _guard(self) -> None:
        """What a supervisor does: start record again when it ends by itself, which it may do on a full disk alone."""
        while True:
            await asyncio.sleep(_LOOK * 5)
            async with self._busy:
                if not self.record.alive:
                    why = "on a full disk" if self._full else "WITHOUT A REASON"
                    self.lived.troubles.append(f"ended by itself {why}")
                    self.tell(f"record ended by itself {why}; started again")
                    with self._out_of_order("record"):
                        await asyncio.to_thread(self.record.start)

    async def _trouble(self, trouble: Trouble) -> None:
        while self._progress() < trouble.at:  # noqa: ASYNC110 - the device has no event for it
            await asyncio.sleep(_LOOK)
        if trouble.to == "disk" and self.disk is None:
            self.tell("the disk would be filled, and cannot be here")
            return
        self.lived.troubles.append(trouble.to)
        await self._does()[trouble.to](trouble.away)

    def _does(self) -> dict[str, Callable[[float], Awaitable[None]]]:
        """How each trouble is done."""
        return {
            "record": self._kill,
            "broker": self._stop_broker,
            "influxdb": self._stop_influx,
            "disk": self._fill_disk,
        }

    @contextmanager
    def _out_of_order(self, what: str) -> Iterator[None]:
        """Note from when to when."""
        began = time.time_ns()
        try:
            yield
        finally:
            self.lived.spans.append((what, began, time.time_ns()))

    async def _kill(self, away: float) -> None:
        async with self._busy:
            await asyncio.to_thread(self._see_durable)
            self.tell(f"record is killed, away for {away:.2f} s")
            with self._out_of_order("record"):
                await asyncio.to_thread(self.record.end, signal.SIGKILL)
                await asyncio.sleep(away)
                await asyncio.to_thread(self.record.start)

    def _see_durable(self) -> None:
        """Note what the journal holds: it must be there for ever."""
        self.lived.kept |= digests(self.lived.site.data / "journal.db")

    async def _stop_broker(self, away: float) -> None:
        self.tell(f"the broker is stopped for {away:.2f} s")
        await asyncio.to_thread(self.broker.stop)
        await asyncio.sleep(away)
        await asyncio.to_thread(self.broker.start)

    async def _stop_influx(self, away: float) -> None:
        if self.influx is None:
            return
        self.tell(f"InfluxDB is stopped for {away:.2f} s")
        await asyncio.to_thread(self.influx.stop)
        await asyncio.sleep(away)
        await asyncio.to_thread(self.influx.start)

    async def _fill_disk(self, away: float) -> None:
        assert self.disk is not None
        self.tell(f"the disk is full for {away:.2f} s")
        self._full += 1
        with self._out_of_order("disk"):
            await asyncio.to_thread(fill, self.disk)
            await asyncio.sleep(away)
            await asyncio.to_thread(empty, self.disk)
            self.tell("the disk has room again")
            await asyncio.sleep(0.5)  # what ends because of it may do so a little later
        self._full -= 1


def reading(path: Path) -> sqlite3.Connection:
    """A database, to be read beside the process that writes it."""
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)


def digests(journal: Path) -> dict[int, str]:
    """SHA-256 of each block that a journal holds, by position."""
    with closing(reading(journal)) as found:
        rows = found.execute("SELECT position, data FROM content").fetchall()
    return {position: hashlib.sha256(data).hexdigest() for position, data in rows}
