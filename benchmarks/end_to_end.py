"""Sensor to verdict and to InfluxDB: a real broker, the real record process by a site file, InfluxDB 1.x.

1,000 devices send to Mosquitto at QoS 1, from a process of their own. `haccpline record` acknowledges each message after
fsync, archives it, judges it by a limit of its own, and stores it in InfluxDB. First one value a message, then a hundred.
Counted are messages that were sent, and how long after the last of them everything was kept, judged and stored; and, of
verdicts that change when the first of all limits are written, the time from the device's own time stamp until the record of
it can be read in the ledger.

All of it shares the machine's cores: publisher, broker, record and InfluxDB.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode
from urllib.request import urlopen

from benchmarks.figure import Figure, Size, Target, Tell
from benchmarks.real_servers import Influxd, Mosquitto, need, running
from benchmarks.warehouse import Warehouse
from haccpline.site import Site, load_site
from haccpline.store import Store
from readings.errors import HaccplineError
from readings.times import SECOND, parse_time

DATABASE = "bench"
PATIENCE = 120.0  # seconds until everything that was sent must have been kept, judged and stored
SAMPLES = 100  # values of a packed message
EVERY = 5  # ms between them
SETTLED = 5.0  # seconds; in the first ones all limits have their first verdicts


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent.

    Attributes:
        rooms: of ten devices each.
        rate: messages a second.
        seconds: for how long.
        samples: values of a message.
    """

    rooms: int
    rate: float
    seconds: float
    samples: int = 1


LOADS = {
    Size.TINY: [Load(2, 200, 2.5), Load(2, 20, 1.5, SAMPLES)],
    Size.QUICK: [Load(100, 10_500, 15), Load(100, 1_600, 8, SAMPLES)],
    Size.FULL: [Load(100, 10_500, 60), Load(100, 1_600, 30, SAMPLES)],
}


@dataclass(slots=True)
class Run:
    """How a load went.

    Attributes:
        sent: messages, and seconds until the broker had acknowledged all.
        kept, judged, stored: seconds after that until all were acquired, heard by the clerk, in InfluxDB.
        cpu: seconds that record used.
        delays: seconds from a reading to the verdict that it changed.
    """

    sent: int = 0
    seconds: float = 0
    kept: float = 0
    judged: float = 0
    stored: float = 0
    cpu: float = 0
    delays: list[float] = field(default_factory=list)


def write_site(place: Path, house: Warehouse, load: Load, broker: Any, influx: Any) -> Site:
    """The site file; JSON is YAML."""
    (place / "plan.yaml").write_text(house.plan())
    more: dict[str, Any] = {"each": "value", "every": f"{EVERY} ms", "time_of": "last", "value": "@"}
    topics = [
        {"topic": f"plant/{sensor}/+", "reads": f"warehouse/{sensor}/{{1}}", "time": "ts", "unit": "degC"}
        | ({"sequence": "n"} if load.samples == 1 else more)
        for sensor in sorted({series.sensor for series in house.series})
    ]
    said = {
        "site": "BENCH",
        "plans": ["plan.yaml"],
        "sources": [{"name": "plant", "mqtt": f"mqtt://{broker.host}:{broker.port}", "topics": topics}],
        "influxdb": {"url": influx.url, "api": "v1", "database": DATABASE},
    }
    path = place / "site.yaml"
    path.write_text(json.dumps(said, indent=1))
    return load_site(path)


class Watch:
    """Looks into the ledger every few milliseconds, and notes when each verdict can be read."""

    def __init__(self, ledger: Path, settled: float) -> None:
        self._ledger = ledger
        self._settled = int(settled * SECOND)
        self._over = threading.Event()
        self.delays: list[float] = []
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        database = sqlite3.connect(f"file:{self._ledger}?mode=ro", uri=True, timeout=30)
        begun: dict[
            tuple[str, ...], int
        ] = {}  # when each limit had its first verdict, which all have at once
        (seen,) = database.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
        while not self._over.wait(0.003):
            rows = database.execute(
                "SELECT seq, body FROM record WHERE kind = 'verdict' AND seq > ? ORDER BY seq", (seen,)
            ).fetchall()
            now = time.time_ns()
            for number, body in rows:
                seen = number
                said = json.loads(body)
                limit, decided = (said["ccp"], said["limit"], said["unit"]), parse_time(said["decided"])
                if limit in begun and decided > begun[limit] + self._settled and not said["supersedes"]:
                    self.delays.append((now - decided) / SECOND)
                begun.setdefault(limit, decided)
        database.close()


def health(site: Site) -> dict[str, Any]:
    """What record last said of itself; nothing before it did."""
    try:
        found: dict[str, Any] = json.loads(Store(site.data, "").health.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def until(what: str, holds: Any, process: subprocess.Popen[bytes]) -> float:
    """Wait; the seconds it took.

    Raises:
        HaccplineError: too long, or record has ended.
    """
    began = time.monotonic()
    while not holds():
        if process.poll() is not None or time.monotonic() - began > PATIENCE:
            raise HaccplineError(f"{what} does not come true; see record.log")
        time.sleep(0.05)
    return time.monotonic() - began


def stored(influx: Any) -> int:
    """Readings in InfluxDB."""
    query = urlencode({"db": DATABASE, "q": "SELECT count(quality) FROM reading"})
    with urlopen(f"{influx.url}/query?{query}", timeout=60) as answer:
        series = json.load(answer)["results"][0].get("series")
    return int(series[0]["values"][0][1]) if series else 0


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(load: Load, tell: Tell) -> Run:
    """One load from the beginning to its end, on servers of its own."""
    house = Warehouse(load.rooms, 10, hold="0 s", silent="60 s", reorder="10 s")
    with (
        tempfile.TemporaryDirectory() as name,
        running(Mosquitto(Path(name) / "broker")) as broker,
        running(Influxd(Path(name) / "influx")) as influx,
    ):
        place = Path(name)
        site = write_site(place, house, load, broker, influx)
        with (place / "record.log").open("ab") as log:
            command = [sys.executable, "-m", "haccpline", "record", "--site", str(site.path)]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            return _under(load, house, site, broker, influx, process, tell)
        except HaccplineError:
            tell((place / "record.log").read_text()[-2000:])
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def _under(
    load: Load,
    house: Warehouse,
    site: Site,
    broker: Any,
    influx: Any,
    process: subprocess.Popen[bytes],
    tell: Tell,
) -> Run:
    until("connected", lambda: any(s["connected"] for s in health(site).get("sources", [])), process)
    topics = "\n".join(f"plant/{series.sensor}/{series.point}" for series in house.series)
    arguments = [broker.host, broker.port, load.rate, load.seconds, load.samples]
    run, before = Run(), cpu_of(process.pid)
    with Watch(site.data / "ledger.db", min(SETTLED, load.seconds / 3)) as watch:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.steady_publisher", *map(str, arguments)],
            input=topics,
            capture_output=True,
            text=True,
            check=True,
        )
        said = json.loads(done.stdout)
        run.sent, run.seconds = said["messages"], said["acknowledged"]
        readings = run.sent * load.samples
        run.kept = until("kept", lambda: _books(site).get("acquired", 0) >= readings, process)
        run.judged = run.kept + until("judged", lambda: _behind(site) <= 3, process)
        run.stored = run.judged + until("stored", lambda: stored(influx) >= readings, process)
        run.cpu = cpu_of(process.pid) - before
    run.delays = watch.delays[:]
    books = _books(site)
    if (books["acquired"], books["quarantined"], books["balance"]) != (readings, 0, 0):
        raise HaccplineError(f"the books do not hold what was sent: {books}")
    tell(
        f"{run.sent:,} messages of {load.samples} in {run.seconds:.1f} s; kept {run.kept:.1f} s, judged {run.judged:.1f} s, "
        f"stored {run.stored:.1f} s after the last; record used {run.cpu:.1f} s of CPU; {len(run.delays)} verdicts"
    )
    return run


def _books(site: Site) -> dict[str, int]:
    found: dict[str, int] = health(site).get("books", {})
    return found


def _behind(site: Site) -> int:
    journal = health(site).get("journal", {})
    return int(journal.get("last", 0)) - int(journal.get("clerk", 0))


def run(size: Size, tell: Tell) -> list[Figure]:
    """Both loads.

    Raises:
        MissingError: Mosquitto or InfluxDB is not installed.
    """
    need("mosquitto")
    need("influxd")
    one, many = LOADS[size]
    single = measure(one, tell)
    many_run = measure(many, tell)
    delays = sorted(single.delays) or [float("nan")]
    p99 = delays[min(len(delays) - 1, int(len(delays) * 0.99))]
    devices = one.rooms * 10
    return [
        Figure(
            "sensor to InfluxDB, 1 value a message",
            single.sent / (single.seconds + single.stored),
            "messages/s",
            target=Target(least=10_000),
            note=f"{devices:,} devices, {one.rate:,.0f} a second for {one.seconds:.0f} s, until all is stored",
        ),
        Figure(
            "sensor to verdict, p99",
            1000 * p99,
            "ms",
            target=Target(most=100),
            note=f"of {len(delays)} verdicts under that load; median {1000 * statistics.median(delays):.0f} ms",
        ),
        Figure(
            "record process, CPU per message",
            single.cpu / single.sent * 1e6,
            "us/message",
            note=f"{single.cpu / (single.seconds + single.stored):.2f} of a core",
        ),
        Figure(
            "sensor to InfluxDB, 100 values a message",
            many_run.sent * SAMPLES / (many_run.seconds + many_run.stored),
            "readings/s",
            target=Target(least=150_000),
            note=f"{many.rate * SAMPLES:,.0f} a second for {many.seconds:.0f} s, until all is stored",
        ),
        Figure(
            "record process, CPU per reading of packed messages",
            many_run.cpu / (many_run.sent * SAMPLES) * 1e6,
            "us/reading",
        ),
    ]
