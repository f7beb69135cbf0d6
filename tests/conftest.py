"""What all rooms' tests share: the real servers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck

# A busy machine is no wrong answer.
_BUSY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis.settings.register_profile("haccpline", **_BUSY)
hypothesis.settings.register_profile("fuzz", **_BUSY, max_examples=5_000)  # --hypothesis-profile=fuzz
hypothesis.settings.load_profile("haccpline")

_spec = importlib.util.spec_from_file_location("shared", Path(__file__).with_name("shared.py"))
assert _spec is not None
assert _spec.loader is not None
sys.modules["shared"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules["shared"])
servers: Any = sys.modules["shared"].shared(Path(__file__).with_name("servers.py"))


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Any]:
    """A running broker: .host, .port, .stop(), .start(); persistent, 1,000 in flight, unlimited queues."""
    with servers.running(servers.Mosquitto(tmp_path / "broker")) as server:
        yield server


@pytest.fixture
def influxd(tmp_path: Path) -> Iterator[Any]:
    """A running InfluxDB 1.x: .url, .stop(), .start(); keeps its data in between."""
    with servers.running(servers.Influxd(tmp_path / "influx")) as server:
        yield server


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[Any]:
    """A running VictoriaMetrics: .url, .stop(), .start(); keeps its data in between."""
    with servers.running(servers.Victoria(tmp_path / "victoria")) as server:
        yield server


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs needs root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def recordings() -> Path:
    """The folder of real recordings, which are not part of the repository: HACCPLINE_DATA, or beside it."""
    folder = Path(os.environ.get("HACCPLINE_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real recordings in {folder}; set HACCPLINE_DATA")
    return folder
