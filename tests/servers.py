"""Real servers for tests and benchmarks: Mosquitto, InfluxDB 1.x, VictoriaMetrics, on free loopback ports.

Each is an object with `start()` and `stop()`; its data stays in its directory between the two.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from simulators.free_port import LOOPBACK as HOST
from simulators.free_port import free_port

PATIENCE = 20.0  # seconds for a server to come up or go down


def binary(name: str) -> str:
    """Path of a server's program; without it the test skips, or fails where HACCPLINE_SERVERS=required."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    found = shutil.which(name, path=path)
    if found is None:
        if os.environ.get("HACCPLINE_SERVERS") == "required":
            pytest.fail(f"{name} is not installed, and HACCPLINE_SERVERS=required")
        pytest.skip(f"{name} is not installed (apt-get install {name})")
    return found


class Server:
    """A program that is started, asked whether it is up, and stopped; again and again on the same data."""

    def __init__(self, command: list[str], *, log: Path, up: Callable[[], bool]) -> None:
        self.command = command
        self.log = log
        self._up = up
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self._up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop(signal.SIGKILL)
                raise RuntimeError(
                    f"{self.command[0]} does not come up:\n{self.log.read_text(errors='replace')}"
                )
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and return when it is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE)
            self.process = None


def listening(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def answering(url: str) -> bool:
    """Whether it answers HTTP with a success."""
    try:
        with urlopen(url, timeout=1) as answer:
            return bool(answer.status < 300)
    except (URLError, OSError):
        return False


Kind = TypeVar("Kind", bound=Server)


class Mosquitto(Server):
    """A broker with persistence, 1,000 messages in flight and queues without bound."""

    def __init__(self, directory: Path, *, lines: tuple[str, ...] = ("allow_anonymous true",)) -> None:
        self.host, self.port = HOST, free_port()
        self.persistence = directory / "mosquitto"
        self.persistence.mkdir(parents=True)
        config = directory / "mosquitto.conf"
        settings = (
            f"listener {self.port} {HOST}",
            "persistence true",
            f"persistence_location {self.persistence}/",
            "autosave_interval 1",
            "max_inflight_messages 1000",
            "max_queued_messages 0",
            "set_tcp_nodelay true",
            *(("user root",) if os.geteuid() == 0 else ()),
            *lines,
        )
        config.write_text("\n".join(settings) + "\n")
        log = directory / "mosquitto.log"
        super().__init__([binary("mosquitto"), "-c", str(config)], log=log, up=lambda: listening(self.port))


class Influxd(Server):
    """InfluxDB 1.x; `/write` and `/query` at `url`, no authentication, no database yet."""

    def __init__(self, directory: Path) -> None:
        http, backup = free_port(), free_port()
        self.url = f"http://{HOST}:{http}"
        data = directory / "influxdb"
        config = directory / "influxdb.conf"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(
            f'reporting-disabled = true\nbind-address = "{HOST}:{backup}"\n'
            f'[meta]\ndir = "{data}/meta"\n[data]\ndir = "{data}/data"\nwal-dir = "{data}/wal"\n'
            'cache-snapshot-memory-size = "8m"\nmax-series-per-database = 0\n'
            "[monitor]\nstore-enabled = false\n"
            f'[http]\nbind-address = "{HOST}:{http}"\nlog-enabled = false\n'
            f'[ifql]\nenabled = false\nbind-address = "{HOST}:{free_port()}"\n'
        )
        command = [binary("influxd"), "run", "-config", str(config)]
        super().__init__(command, log=directory / "influxd.log", up=lambda: answering(f"{self.url}/ping"))


class Victoria(Server):
    """VictoriaMetrics: takes `/api/v2/write`; turns strings into 0, so judge no string through it."""

    def __init__(self, directory: Path) -> None:
        port = free_port()
        self.url = f"http://{HOST}:{port}"
        directory.mkdir(parents=True, exist_ok=True)
        command = [
            binary("victoria-metrics"),
            f"-storageDataPath={directory / 'victoria'}",
            f"-httpListenAddr={HOST}:{port}",
            "-retentionPeriod=100y",
            "-dedup.minScrapeInterval=1ms",
            "-search.latencyOffset=0s",
            "-loggerLevel=WARN",
        ]
        super().__init__(command, log=directory / "victoria.log", up=lambda: answering(f"{self.url}/health"))


@contextmanager
def running(server: Kind) -> Iterator[Kind]:
    """The server, started; stopped at the end, whatever happened to it meanwhile."""
    server.start()
    try:
        yield server
    finally:
        server.stop()
