"""Memory of the record process a few seconds after its start, recording examples/cold_store from a simulated device.

The floor is a bare Python that imports asyncio, sqlite3 and numpy.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.machine import status_kib
from benchmarks.real_servers import Influxd, free_port, installed, listening, running

EXAMPLE = Path(__file__).parents[1] / "examples" / "cold_store"
SETTLES = {Size.TINY: 0.5, Size.QUICK: 4.0, Size.FULL: 8.0}  # seconds
PATIENCE = 30.0
BARE = "import asyncio, sqlite3, sys, numpy; print(flush=True); sys.stdin.read()"


def run(size: Size, tell: Tell) -> list[Figure]:
    """Resident memory with and without a copy in InfluxDB."""
    target = Target(most=120)
    with tempfile.TemporaryDirectory() as name, playing(Path(name)) as port:
        floor = bare()
        found = [_figures("", Path(name) / "alone", port, None, size, floor, target, tell)]
        if installed("influxd"):
            with running(Influxd(Path(name) / "influx")) as influx:
                place = Path(name) / "copied"
                found.append(_figures(", with InfluxDB", place, port, influx.url, size, floor, target, tell))
        else:
            tell("influxd is not installed: not measured with InfluxDB")
    return [figure for each in found for figure in each]


def _figures(
    what: str,
    place: Path,
    port: int,
    influx: str | None,
    size: Size,
    floor: float,
    target: Target,
    tell: Tell,
) -> list[Figure]:
    site = write_site(place, port=port, influx=influx)
    with recording(site) as process:
        time.sleep(SETTLES[size])
        books = json.loads((place / "data" / "health.json").read_text())["books"]
        start, peak = (status_kib(field, process.pid) / 1024 for field in ("VmRSS", "VmHWM"))
        (place / "data" / "seal.now").touch()
        until(lambda: not (place / "data" / "seal.now").exists(), "sealed")
        time.sleep(min(1.0, SETTLES[size]))
        sealed = status_kib("VmRSS", process.pid) / 1024
    tell(
        f"record{what}: {start:.0f} MB with {books['acquired']:,} readings, {sealed:.0f} MB once it has sealed"
    )
    note = f"{SETTLES[size]:g} s after start, peak {peak:.0f} MB, {books['acquired']:,} readings"
    return [
        Figure(f"record process at start{what}", start, "MB", floor, target, note),
        Figure(
            f"record process{what}, once it has sealed", sealed, "MB", floor, note="pyarrow is loaded then"
        ),
    ]


@contextmanager
def playing(place: Path) -> Iterator[int]:
    """The example's device, playing its recording; its port."""
    port = free_port()
    command = [sys.executable, "-m", "simulators.device", "--recording", str(EXAMPLE / "readings.csv")]
    with (place / "device.log").open("wb") as log:
        device = subprocess.Popen([*command, "--modbus", f"127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            until(lambda: listening(port), "the simulated device listens")
            yield port
        finally:
            device.kill()
            device.wait()


def write_site(place: Path, *, port: int, influx: str | None) -> Path:
    """The example's site with data, device and InfluxDB of ours."""
    place.mkdir(parents=True)
    (place / "plan.yaml").write_text((EXAMPLE / "plan.yaml").read_text())
    text = (EXAMPLE / "site.yaml").read_text()
    for old, new in (("../../data/cold_store", "data"), ("127.0.0.1:5020\n", f"127.0.0.1:{port}\n")):
        if old not in text:
            raise RuntimeError(f"{EXAMPLE / 'site.yaml'} has no {old!r} any more")
        text = text.replace(old, new)
    if influx:
        text += f"\ninfluxdb: {{url: {influx!r}, api: v1, database: bench}}\n"
    site = place / "site.yaml"
    site.write_text(text)
    return site


@contextmanager
def recording(site: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`haccpline record`, once it says that it is well; killed at the end."""
    command = [sys.executable, "-m", "haccpline", "record", "--site", str(site)]
    with (site.parent / "record.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until((site.parent / "data" / "health.json").exists, "the record process says how it is", process)
        yield process
    finally:
        process.kill()
        process.wait()


def bare() -> float:
    """Resident memory of a Python that has loaded asyncio, sqlite3 and numpy, MB."""
    with subprocess.Popen(
        [sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as idle:
        assert idle.stdout is not None
        idle.stdout.readline()
        return status_kib("VmRSS", idle.pid) / 1024


def until(true: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until something is so.

    Raises:
        RuntimeError: it is not, or the process has ended.
    """
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline or (process is not None and process.poll() is not None):
            raise RuntimeError(f"waited in vain: {what}")
        time.sleep(0.05)
