"""The books of each source against what its simulated device knows that it sent; and what was set aside, settled by hand."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from ingest.archive import ParquetArchive
from readings.inputs import Series
from readings.times import MINUTE, NEVER, parse_time
from simulators.freezer import freezer
from simulators.mqtt_device import publish
from simulators.recording import Recording

SITE = """
site: ZH-FZ
plans: [plan.yaml]
data: data
clock: readings
sources:
  - name: loggers
    mqtt: mqtt://{host}:{port}
    topics: [{{topic: plant/air/+, reads: "cold-3/air/{{1}}", time: ts, sequence: "n", unit: degC}}]
  - name: panel
    mqtt: mqtt://{host}:{port}
    topics: [{{topic: plant/defrost/+, reads: "cold-3/defrost/{{1}}", time: ts, sequence: "n", unit: bool}}]
"""
START = "2026-12-01T00:00:00+08:00"
STRANGE = b'{"ts": 1764560000, "n": 99999, "value": -20.5}'  # a time that is no text


def recording(sensor: int) -> Recording:
    whole = freezer(seed=5, start=parse_time(START), duration=300 * MINUTE).recording(
        air="air/CS1.1", defrost="defrost/CS1.1", door=None
    )
    return Recording((whole.sensors[sensor],), whole.time, whole.values[:, sensor : sensor + 1])


def command(recorded: Any, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "haccpline", "quarantine", *arguments, "--site", str(recorded.path)],
        capture_output=True,
        text=True,
        errors="replace",  # payloads are shown verbatim
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


async def sent(mosquitto: Any) -> dict[str, int]:
    """How many messages the broker acknowledged, by source; a fifth of the loggers' are sent twice."""
    where = {"host": mosquitto.host, "port": mosquitto.port, "topic": "plant/{sensor}/{point}"}
    counts = {
        "loggers": await publish(recording(0), **where, duplicates=0.2, identifier="a"),
        "panel": await publish(recording(1), **where, identifier="b"),
    }
    async with aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
        for payload in (b"warm", b"\xff\x00", STRANGE):
            await client.publish("plant/air/CS1.1", payload, qos=1)
        await client.publish("plant/defrost/CS1.1", b"[]", qos=1)
    counts["loggers"] += 3
    counts["panel"] += 1
    return counts


@pytest.mark.server
def test_books_of_each_source_are_what_it_sent(recorded: Any, example_plan: str, mosquitto: Any) -> None:
    """Messages sent, sent twice, and unreadable: each source's counts are those of its device, each on its own. What lies in
    quarantine is tried again and dropped by name, beside the record and without it; the books stay balanced."""
    plant = recorded(SITE.format(host=mosquitto.host, port=mosquitto.port), example_plan)
    plant.start()
    plant.until(lambda said: all(source["connected"] for source in said["sources"]))
    counts = asyncio.run(sent(mosquitto))
    samples = len(recording(0))

    def settled(said: dict[str, Any]) -> bool:
        books = said["books_by_source"]
        return all(books.get(name, {}).get("acquired") == count for name, count in counts.items())

    books = plant.until(settled)["books_by_source"]
    for name, aside in (("loggers", 3), ("panel", 1)):
        assert books[name]["stored"] + books[name]["waiting"] == samples
        assert books[name]["duplicate"] == counts[name] - samples - aside
        assert books[name]["quarantined"] == aside
        assert books[name]["balance"] == 0
    assert books["loggers"]["duplicate"] > 30
    numbers = {line.split("\t")[0] for line in command(plant, "list").splitlines()}
    assert len(numbers) == 4
    beside = plant.store.journal(read_only=True)
    (strange,) = (str(item.id) for item in beside.quarantined.items() if item.what.payload == STRANGE)
    beside.close()
    assert "(source loggers)" in command(plant, "show", strange)
    # beside the record: by the mapping that it runs with
    assert "stays" in command(plant, "retry", strange, "--who", "li", "--reason", "look again", code=1)
    said = plant.until(lambda said: said["quarantine"] == {"reading": 4, "copy": 0})
    assert said["books"]["balance"] == 0
    others = sorted(numbers - {strange})
    assert "is settled" in command(plant, "drop", *others, "--who", "li", "--reason", "test messages")
    assert plant.stop() == 0
    # without it: by the site file of now
    site = plant.path.read_text().replace(
        'time: ts, sequence: "n", unit: degC', 'time: ts, time_unit: s, sequence: "n", unit: degC'
    )
    plant.path.write_text(site)
    assert "was taken" in command(plant, "retry", "--all", "--who", "li", "--reason", "times are seconds")
    journal = plant.store.journal(read_only=True)
    archive = ParquetArchive(Path(plant.store.folder) / "segments", journal)
    after = journal.books_by_source()["loggers"]
    assert (after.acquired, after.quarantined, after.balance) == (counts["loggers"], 2, 0)
    assert after.stored + after.waiting == samples + 1
    rows = archive.read([Series("cold-3", "air", "CS1.1")], 0, NEVER).block
    assert -20.5 in rows.value[rows.time == 1_764_560_000 * 1_000_000_000].tolist()
    assert journal.quarantined.count() == 0
    journal.close()
