"""`python -m benchmarks.memory_flat --minutes N`: the memory of the record process at 5,000 readings a second.

A thousand sensors, each five times a second, in MQTT messages of a hundred values at QoS 1 from Mosquitto; every reading is
journalled, sealed, held against a limit and, where installed, copied to InfluxDB 1.x. The resident memory of the record
process is read every five seconds; its slope is that of the line through the second half.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import aiomqtt
import msgspec
import numpy as np
import typer
from rich.console import Console

from benchmarks.machine import machine, machine_line, status_kib
from benchmarks.real_servers import Influxd, Mosquitto, installed, need, running
from benchmarks.warehouse import LINE, Warehouse
from readings.times import MS, format_time

ROOMS, GROUP, EVERY = (
    1_000,
    100,
    0.2,
)  # sensors, values of a message, seconds between two readings of a sensor
_LOOK = 5.0  # seconds
_PATIENCE = 60.0
_encode = msgspec.json.Encoder().encode


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
                        "time": "ts",
                        "sequence": "n",
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


async def publish(host: str, port: int, seconds: float) -> int:
    """Publish so long; how many readings the broker has acknowledged."""
    end, number = time.monotonic() + seconds, 0
    async with aiomqtt.Client(host, port, identifier="plant", max_inflight_messages=200) as client:
        due = time.monotonic()
        while time.monotonic() < end:
            number += 1
            now = time.time_ns() // MS * MS
            values = np.round(-19.5 + 3 * np.sin(now / 3e10 + np.arange(ROOMS)), 1).tolist()
            async with asyncio.TaskGroup() as group:
                for part in range(ROOMS // GROUP):
                    rooms = range(part * GROUP, (part + 1) * GROUP)
                    payload = {
                        "ts": format_time(now),
                        "n": number,
                        "values": [{"room": f"R{room:03d}", "value": values[room]} for room in rooms],
                    }
                    group.create_task(client.publish(f"plant/{part}", _encode(payload), qos=1))
            due += EVERY
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    return number * ROOMS


async def watched(site: Path, process: subprocess.Popen[bytes], host: str, port: int, minutes: float) -> Any:
    """Publish, and look at the memory meanwhile: seconds and MB of each look, readings sent, what it said last."""
    health = site.parent / "data" / "health.json"
    deadline = time.monotonic() + _PATIENCE
    while '"connected": true' not in (health.read_text() if health.exists() else ""):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((site.parent / "record.log").read_text()[-2000:])
        await asyncio.sleep(0.2)
    sending = asyncio.create_task(publish(host, port, minutes * 60), name="publish")
    began, looks = time.monotonic(), []
    while not sending.done():
        looks.append((time.monotonic() - began, status_kib("VmRSS", process.pid) / 1024))
        await asyncio.wait({sending}, timeout=_LOOK)
    await asyncio.sleep(2 * _LOOK)
    return looks, await sending, json.loads(health.read_text())


def memory_flat(
    minutes: Annotated[float, typer.Option(help="How long to publish.")] = 60.0,
) -> None:
    """Resident memory of the record process under 5,000 readings a second, and its slope."""
    need("mosquitto")
    console = Console(width=160, soft_wrap=True, highlight=False)
    console.print(machine_line(machine()))
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(running(Mosquitto(place / "broker")))
        influx = stack.enter_context(running(Influxd(place / "influx"))) if installed("influxd") else None
        site = write_site(
            place, broker=f"mqtt://{broker.host}:{broker.port}", influx=influx.url if influx else None
        )
        with (place / "record.log").open("wb") as log:
            command = [sys.executable, "-m", "haccpline", "record", "--site", str(site)]
            environment = os.environ | {"MALLOC_ARENA_MAX": "2"}  # as `haccpline run` starts it
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            looks, sent, said = asyncio.run(watched(site, process, broker.host, broker.port, minutes))
        finally:
            process.terminate()
            process.wait(60)
    books = said["books"]
    console.print(f"{sent:,} readings sent in {minutes:g} min, {sent / minutes / 60:,.0f} a second; {books}")
    time_s, mb = np.array(looks).T
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        row = min(int(share * len(mb)), len(mb) - 1)
        console.print(f"  {time_s[row]:6.0f} s  {mb[row]:6.1f} MB")
    half = time_s >= time_s[-1] / 2
    slope = float(np.polyfit(time_s[half], mb[half], 1)[0]) * 3600 if half.sum() > 1 else 0.0
    spread = f"{mb[half].min():.0f} to {mb[half].max():.0f} MB"
    console.print(f"slope of the second half: {slope:+.1f} MB an hour ({spread})")
    if said["trouble"]:
        console.print(f"trouble: {'; '.join(each['words'] for each in said['trouble'])}")


if __name__ == "__main__":
    typer.run(memory_flat)
