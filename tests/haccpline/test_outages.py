"""Outages that a plant has: InfluxDB away for minutes, the disk full. Nothing lost, nothing doubled, all told."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest

from readings.times import MINUTE, parse_time
from simulators.freezer import freezer
from simulators.mqtt_device import publish
from simulators.recording import Recording

SITE = """
site: ZH-FZ
plans: [plan.yaml]
data: {data}
clock: readings
archive: {{seal_after_rows: 5000, keep_journal: 1 s}}
sources:
  - name: loggers
    mqtt: mqtt://{host}:{port}
    topics:
      - {{topic: plant/air/+, reads: "cold-3/air/{{1}}", time: ts, sequence: "n", unit: degC}}
      - {{topic: plant/defrost/+, reads: "cold-3/defrost/{{1}}", time: ts, sequence: "n", unit: bool}}
"""
OUTAGE = float(os.environ.get("HACCPLINE_OUTAGE_SECONDS", "120"))


def played(readings: int) -> Recording:
    start = parse_time("2026-12-01T00:00:00+08:00")
    return freezer(seed=7, start=start, duration=readings // 2 * MINUTE).recording(
        air="air/CS1.1", defrost="defrost/CS1.1", door=None
    )


def play(recording: Recording, broker, **how) -> threading.Thread:
    def run() -> None:
        asyncio.run(
            publish(recording, host=broker.host, port=broker.port, topic="plant/{sensor}/{point}", **how)
        )

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_influxdb_away_for_minutes_under_load(recorded, example_plan, mosquitto, influxd):
    """The journal grows, the trouble is told, and afterwards InfluxDB holds each reading once."""
    site = recorded(
        SITE.format(data="data", host=mosquitto.host, port=mosquitto.port)
        + f'influxdb: {{url: "{influxd.url}"}}\n',
        example_plan.replace("products:", "reorder: 30 d\nproducts:"),
    )
    site.start()
    site.until(lambda said: said["sources"] and said["sources"][0]["connected"])
    recording = played(20_000)
    load = play(recording, mosquitto, burst=20, pause=20 * OUTAGE / 20_000)
    site.until(lambda said: (said["influxdb"]["influxdb"]["written"] or 0) > 100)
    influxd.stop()
    told = site.until(lambda said: said["influxdb"]["influxdb"]["trouble"])
    assert "127.0.0.1" in told["influxdb"]["influxdb"]["trouble"]
    time.sleep(OUTAGE)
    influxd.start()
    load.join()
    total = recording.values.size
    said = site.until(
        lambda said: (
            said["books"]["stored"] + said["books"]["waiting"] >= total
            and said["influxdb"]["influxdb"]["position"] >= said["journal"]["last"]
            and not said["influxdb"]["influxdb"]["trouble"]
        ),
        120,
    )
    assert said["books"]["balance"] == 0
    count = httpx.get(
        f"{influxd.url}/query",
        params={"db": "haccpline", "q": 'SELECT count("value") FROM "reading"'},
        timeout=60,
    ).json()["results"][0]["series"][0]["values"][0][1]
    assert count == total
    assert site.stop() == 0


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small tmpfs needs root")
def test_a_full_disk(recorded, example_plan, mosquitto, tmp_path):
    """Nothing is acknowledged that is not durable; the trouble is told; with room again, everything is there once."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode()}")
    try:
        site = recorded(
            SITE.format(data=disk / "data", host=mosquitto.host, port=mosquitto.port),
            example_plan.replace("products:", "reorder: 60 d\nproducts:"),
        )
        site.start()
        site.until(lambda said: said["sources"] and said["sources"][0]["connected"])
        recording = played(60_000)
        load = play(recording, mosquitto, burst=500)
        _wait_until_full(site.folder / "record.log")
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        load.join()
        total = recording.values.size
        said = site.until(
            lambda said: (
                said["books"]["stored"] + said["books"]["waiting"] >= total
                and said["journal"]["clerk"] == said["journal"]["last"]
                and not said["trouble"]
            ),
            120,
        )
        assert said["books"]["balance"] == 0
        assert said["books"]["stored"] + said["books"]["waiting"] == total
        assert site.stop() == 0
        ledger = site.store.ledger(read_only=True)
        assert ledger.check().records > 0
        ledger.close()
    finally:
        for each in (site.process,):
            if each is not None and each.poll() is None:
                each.kill()
                each.wait()
        subprocess.run(["umount", "-l", str(disk)], check=False)


def _wait_until_full(log: Path) -> None:
    deadline = time.monotonic() + 60
    while "full" not in log.read_text(errors="replace"):
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
        time.sleep(0.1)
