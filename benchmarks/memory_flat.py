"""`python -m benchmarks.memory_flat --minutes N`: the memory of the record process at 5,000 readings a second.

A thousand sensors, each five times a second, in MQTT messages of a hundred values at QoS 1 from Mosquitto; every reading is
journalled, sealed, held against a limit and, where installed, copied to InfluxDB 1.x. The resident memory of the record
process, and of what it starts, is read every second. Flat is what `benchmarks.memory_floor` says of its floor in the second
half. `--samples FILE` keeps every sample while it goes.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import aiomqtt
import msgspec
import numpy as np
import psutil
import typer
from rich.console import Console

from benchmarks.machine import machine, machine_line
from benchmarks.memory_floor import CONFIDENCE, MOST, WINDOW, floor, slope
from benchmarks.real_servers import Influxd, Mosquitto, installed, need, running
from benchmarks.warehouse import LINE, Warehouse
from haccpline.free_memory import LEAN
from ledger.store import Ledger
from readings.times import MS, format_time

ROOMS, GROUP, EVERY = (
    1_000,
    100,
    0.2,
)  # sensors, values of a message, seconds between two readings of a sensor
_LOOK, _TELL = 1.0, 60.0  # seconds between two looks, and two lines of how far it is
_SETTLE = 10.0  # seconds from the last reading sent to the last look at the books
_PATIENCE = 60.0
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Sample:
    """A look at the record process.

    Attributes:
        seconds: since the first reading was sent.
        mb: resident memory of the process itself.
        files_mb: of it, what is mapped from files: programs, and what of the archive was looked into.
        children_mb: of the processes that it started, together.
        stored: readings stored by then.
    """

    seconds: float
    mb: float
    files_mb: float
    children_mb: float
    stored: int

    @property
    def all_mb(self) -> float:
        """The process and what it started."""
        return self.mb + self.children_mb


def write_site(place: Path, *, broker: str, influx: str | None) -> Path:
    """The site: a topic for each group of rooms, its message an array of values."""
    house = Warehouse(ROOMS, hold="10 s", silent="10 s")
    (place / "plan.yaml").write_text(house.plan())
    said: dict[str, Any] = {
        "site": "BENCH",
        "plans": ["plan.yaml"],
        "data": "data",
        "sources": [
            {
                "name": "plant",
                "mqtt": broker,
                "topics": [
                    {
                        "topic": f"plant/{group}",
                        "time": "$.ts",
                        "sequence": "$.n",
                        "each": "values",
                        "reads": f"{LINE}/air0/{{room}}.1",
                        "value": "value",
                        "unit": "degC",
                    }
                    for group in range(ROOMS // GROUP)
                ],
            }
        ],
    }
    if influx is not None:
        said["influxdb"] = {"url": influx, "api": "v1", "database": "flat"}
    path = place / "site.yaml"
    path.write_text(json.dumps(said))
    return path


def messages(now: int, number: int) -> Iterator[tuple[str, bytes]]:
    """Topic and payload of each message of one moment: all rooms below the limit, none of them still.

    Args:
        now: ns UTC.
        number: of the moment.
    """
    values = np.round(-19.5 + 3 * np.sin(now / 3e10 + np.arange(ROOMS)), 1).tolist()
    for part in range(ROOMS // GROUP):
        rooms = range(part * GROUP, (part + 1) * GROUP)
        payload = {
            "ts": format_time(now),
            "n": number,
            "values": [{"room": f"R{room:03d}", "value": values[room]} for room in rooms],
        }
        yield f"plant/{part}", _encode(payload)


async def publish(host: str, port: int, seconds: float) -> int:
    """Publish so long; how many readings the broker has acknowledged."""
    end, number = time.monotonic() + seconds, 0
    async with aiomqtt.Client(host, port, identifier="plant", max_inflight_messages=200) as client:
        due = time.monotonic()
        while time.monotonic() < end:
            number += 1
            async with asyncio.TaskGroup() as group:
                for topic, payload in messages(time.time_ns() // MS * MS, number):
                    group.create_task(client.publish(topic, payload, qos=1))
            due += EVERY
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    return number * ROOMS


async def watched(
    site: Path,
    process: subprocess.Popen[bytes],
    host: str,
    port: int,
    minutes: float,
    take: Callable[[Sample], None],
) -> Any:
    """Publish, and look at the memory meanwhile: readings sent, limits that are ok, what the record process said last.

    Raises:
        RuntimeError: it has not come up, has ended, or has had a reading that is not good.
    """
    health = site.parent / "data" / "health.json"
    deadline = time.monotonic() + _PATIENCE
    while '"connected": true' not in (health.read_text() if health.exists() else ""):
        _alive(process, site)
        if time.monotonic() > deadline:
            raise RuntimeError(f"it does not record within {_PATIENCE:g} s: {_log(site)}")
        await asyncio.sleep(0.2)
    sending = asyncio.create_task(publish(host, port, minutes * 60), name="publish")
    began, record = time.monotonic(), psutil.Process(process.pid)
    while not sending.done():
        own, mapped = _mb(record)
        children = sum(_mb(child)[0] for child in record.children(recursive=True))
        said = json.loads(health.read_text())
        _alive(process, site)
        if wrong := said["sources"][0]["errors"]:
            raise RuntimeError(f"not every reading is a good one, so this measures something else: {wrong}")
        take(Sample(time.monotonic() - began, own, mapped, children, said["books"]["stored"]))
        await asyncio.wait({sending}, timeout=_LOOK)
    ok = ok_limits(health.with_name("ledger.db"))  # before its silence makes them anything else
    await asyncio.sleep(_SETTLE)
    return await sending, ok, json.loads(health.read_text())


def _alive(process: subprocess.Popen[bytes], site: Path) -> None:
    if process.poll() is not None:
        raise RuntimeError(f"the record process has ended with {process.returncode}: {_log(site)}")


def _log(site: Path) -> str:
    return (site.parent / "record.log").read_text()[-2000:]


def _mb(process: psutil.Process) -> tuple[float, float]:
    """Resident memory, and what of it is mapped from files, MB; nothing of a child that has ended meanwhile."""
    try:
        found = process.memory_info()
    except psutil.NoSuchProcess:
        return 0.0, 0.0
    return found.rss / 2**20, found.shared / 2**20


def ok_limits(ledger: Path) -> int:
    """How many limits are ok by the last verdict of each."""
    found: dict[tuple[str, str, str], str] = {}
    record, after = Ledger(ledger, read_only=True), 0
    while page := record.read(after, kind="verdict"):
        found |= {
            tuple(each.content[key] for key in ("ccp", "limit", "unit")): each.content["verdict"]
            for each in page
        }
        after = page[-1].seq
    record.close()
    return list(found.values()).count("ok")


def judged(looks: list[Sample]) -> list[str]:
    """What the samples say: the floor of each few minutes, and whether its second half is flat."""
    points = floor([(look.seconds, look.all_mb) for look in looks])
    half = [point for point in points if point[0] >= looks[-1].seconds / 2]
    found = slope(half)
    low, high = min(look.all_mb for look in looks), max(look.all_mb for look in looks)
    each = ", ".join(f"{mb:.0f}" for _, mb in points)
    sure = f"{found.low:+.1f} to {found.high:+.1f}, {CONFIDENCE:.0%}, {found.points} points"
    return [
        f"between {low:.0f} and {high:.0f} MB; least of each {WINDOW / 60:g} min: {each}",
        f"floor of the second half: {found.best:+.1f} MB an hour ({sure}): {found.said()} (flat: surely < {MOST:g})",
    ]


def memory_flat(
    minutes: Annotated[float, typer.Option(help="How long to publish.")] = 60.0,
    samples: Annotated[Path | None, typer.Option(help="A file that keeps every sample, as CSV.")] = None,
) -> None:
    """Resident memory of the record process under 5,000 readings a second, and the slope of its floor."""
    need("mosquitto")
    console = Console(width=160, soft_wrap=True, highlight=False)
    looks: list[Sample] = []
    console.print(machine_line(machine()))
    with ExitStack() as stack:
        kept = csv.writer(stack.enter_context((samples or Path(os.devnull)).open("w", buffering=1)))
        kept.writerow(field.name for field in fields(Sample))

        def take(sample: Sample) -> None:
            if not looks or sample.seconds // _TELL > looks[-1].seconds // _TELL:
                console.print(
                    f"{sample.seconds:6.0f} s  {sample.mb:6.1f} MB, of files {sample.files_mb:.1f} MB,"
                    f" children {sample.children_mb:.1f} MB, {sample.stored:,} readings stored"
                )
            looks.append(sample)
            kept.writerow(astuple(sample))

        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(running(Mosquitto(place / "broker")))
        influx = stack.enter_context(running(Influxd(place / "influx"))) if installed("influxd") else None
        site = write_site(
            place, broker=f"mqtt://{broker.host}:{broker.port}", influx=influx.url if influx else None
        )
        with (place / "record.log").open("wb") as log:
            command = [sys.executable, "-m", "haccpline", "record", "--site", str(site)]
            environment = LEAN | os.environ  # as `haccpline run` starts it
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            sent, ok, said = asyncio.run(watched(site, process, broker.host, broker.port, minutes, take))
        finally:
            process.terminate()
            process.wait(60)
    books = said["books"]
    console.print(f"{sent:,} readings sent in {minutes:g} min, {sent / minutes / 60:,.0f} a second; {books}")
    console.print(f"{ok:,} of {ROOMS:,} limits are ok")
    for line in judged(looks):
        console.print(line)
    if said["trouble"]:
        console.print(f"trouble: {'; '.join(each['words'] for each in said['trouble'])}")


if __name__ == "__main__":
    typer.run(memory_flat)
