"""What is published in a soak: rooms with deviations, flapping, gaps and duplicates, over MQTT; and what it was."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
import msgspec

from benchmarks.warehouse import LIMIT, Warehouse
from readings.block import Block, BlockBuilder
from readings.inputs import Series
from readings.times import MS, SECOND, format_time

EVERY = 0.1  # seconds between bursts
DUPLICATES = 0.02  # share of messages that are sent twice, as a device does that missed an acknowledgement
ACKNOWLEDGED_IN = 2.0  # seconds; then the connection is made again
_SILENT = logging.getLogger("benchmarks.soak.publisher")  # connections are cut on purpose
_SILENT.disabled = True
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Room:
    """One sensor.

    Attributes:
        series: its name.
        number: of its last message.
        warm_until: in an excursion until then, ns UTC.
        away_until: sends nothing until then, ns UTC.
        flaps: its level is the limit itself.
    """

    series: Series
    flaps: bool = False
    number: int = 0
    warm_until: int = 0
    away_until: int = 0

    def value(self, now: int, draw: random.Random) -> float:
        """In steps of 0.1 degC."""
        level = LIMIT if self.flaps else LIMIT + 3 if now < self.warm_until else -19.5
        return round(level + 0.6 * math.sin(now / (40 * SECOND)) + draw.gauss(0, 0.15), 1)

    def change(self, now: int, draw: random.Random) -> None:
        """Now and then it gets warm, falls silent, flaps."""
        chance = draw.random()
        if chance < 0.002 and now > self.warm_until:
            self.warm_until = now + draw.randint(2, 40) * SECOND
        elif chance < 0.003 and now > self.away_until:
            self.away_until = now + draw.randint(5, 45) * SECOND
        elif chance < 0.004:
            self.flaps = not self.flaps


@dataclass(slots=True)
class Published:
    """What the broker has acknowledged, and the readings that it is."""

    messages: int = 0
    resent: int = 0
    rows: list[tuple[Series, int, float, int]] = field(default_factory=list)

    def block(self) -> Block:
        """Each reading once, in order of time."""
        builder = BlockBuilder()
        for series, moment, value, number in sorted(self.rows, key=lambda row: row[1]):
            builder.reading(series, time=moment, value=value, raw=value, received=moment, seq=number)
        return builder.build()


def topics(house: Warehouse) -> list[dict[str, str]]:
    """The section `topics` of the site file."""
    return [
        {
            "topic": f"plant/{sensor}/+",
            "reads": f"{house.series[0].line}/{sensor}/{{1}}",
            "time": "ts",
            "sequence": "n",
            "unit": "degC",
        }
        for sensor in sorted({series.sensor for series in house.series})
    ]


async def publish(
    house: Warehouse, *, host: str, port: int, seconds: float, draw: random.Random, done: Published
) -> None:
    """Publish so long; what the broker did not acknowledge is sent again, with its own time."""
    rooms = [Room(series) for series in house.series]
    asyncio.get_running_loop().set_exception_handler(_but_for_cuts)
    end = time.monotonic() + seconds
    waiting: list[tuple[str, bytes]] = []
    while waiting or time.monotonic() < end:
        try:
            async with aiomqtt.Client(
                host,
                port,
                identifier="plant",
                max_inflight_messages=500,
                timeout=ACKNOWLEDGED_IN,
                logger=_SILENT,
            ) as client:
                client.pending_calls_threshold = 1_000  # so many are on their way on purpose: no warning
                while waiting or time.monotonic() < end:
                    if not waiting:
                        waiting = _burst(rooms, draw, done)
                    async with asyncio.TaskGroup() as group:
                        for topic, payload in waiting:
                            group.create_task(client.publish(topic, payload, qos=1), name="publish")
                    done.messages += len(waiting)
                    waiting = []
                    await asyncio.sleep(EVERY)
        except* aiomqtt.MqttError:
            done.resent += len(waiting)
            await asyncio.sleep(0.3)


def _but_for_cuts(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """aiomqtt leaves the exception of a cut connection in a future that nobody looks at."""
    if not isinstance(context.get("exception"), aiomqtt.MqttError):
        loop.default_exception_handler(context)


def _burst(rooms: list[Room], draw: random.Random, done: Published) -> list[tuple[str, bytes]]:
    found = []
    for room in rooms:
        now = time.time_ns() // MS * MS
        room.change(now, draw)
        if now < room.away_until:
            continue
        room.number += 1
        value = room.value(now, draw)
        payload = _encode({"ts": format_time(now), "n": room.number, "value": value})
        message = (f"plant/{room.series.sensor}/{room.series.point}", payload)
        done.rows.append((room.series, now, value, room.number))
        found += [message, message] if draw.random() < DUPLICATES else [message]
    return found
