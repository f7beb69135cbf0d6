"""A site file that is changed between two starts loses nothing of what was recorded, and doubles nothing."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from ingest.archive import ParquetArchive
from readings.inputs import Series
from readings.times import MINUTE, NEVER, format_time, parse_time

BEFORE = """
site: ZH-FZ
plans: [plan.yaml]
data: data
clock: readings
sources:
  - name: loggers
    mqtt: mqtt://{host}:{port}
    topics:
      - {{topic: plant/air, reads: cold-3/air/CS1.1, time: ts, sequence: "n", unit: degC}}
      - {{topic: plant/defrost, reads: cold-3/defrost/CS1.1, time: ts, sequence: "n", unit: bool}}
"""
# another name, the defrost signal by a source of its own, a smaller journal, other times of sealing
AFTER = """
site: ZH-FZ
plans: [plan.yaml]
data: data
clock: readings
journal: {{max_bytes: 10 MB, max_age: 1 d, at_bound: stop}}
archive: {{seal_after_rows: 20, keep_journal: 1 h}}
sources:
  - name: cold side
    mqtt: mqtt://{host}:{port}
    topics: [{{topic: plant/air, reads: cold-3/air/CS1.1, time: ts, sequence: "n", unit: degC}}]
  - name: panel
    mqtt: mqtt://{host}:{port}
    topics: [{{topic: plant/defrost, reads: cold-3/defrost/CS1.1, time: ts, sequence: "n", unit: bool}}]
"""
START = parse_time("2026-12-01T00:00:00+08:00")


async def send(mosquitto: Any, numbers: range) -> None:
    async with aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
        for n in numbers:
            for topic, value in (("plant/air", -20 - n / 10), ("plant/defrost", 0)):
                said = {"ts": format_time(START + n * MINUTE), "n": n, "value": value}
                await client.publish(topic, json.dumps(said), qos=1)


@pytest.mark.slow
@pytest.mark.server
def test_another_site_file_over_the_same_data(recorded: Any, example_plan: str, mosquitto: Any) -> None:
    """40 minutes by one site file; by another one the last 20 of them once more, and 40 more: 80 of each, each once."""
    where = {"host": mosquitto.host, "port": mosquitto.port}
    plant = recorded(BEFORE.format(**where), example_plan)
    plant.start()
    plant.until(lambda said: all(source["connected"] for source in said["sources"]))
    asyncio.run(send(mosquitto, range(40)))
    plant.until(lambda said: said["books"]["acquired"] == 80)
    assert plant.stop() == 0
    plant.path.write_text(AFTER.format(**where), encoding="utf-8")
    plant.start()
    plant.until(lambda said: len(said["sources"]) == 2 and all(each["connected"] for each in said["sources"]))
    asyncio.run(send(mosquitto, range(20, 80)))
    said = plant.until(lambda said: said["books"]["acquired"] == 200)
    assert plant.stop() == 0
    assert (said["books"]["duplicate"], said["books"]["quarantined"], said["books"]["balance"]) == (40, 0, 0)
    assert said["trouble"] == []
    books = said["books_by_source"]
    assert {name: each["acquired"] for name, each in books.items() if each["acquired"]} == {
        "loggers": 80,
        "cold side": 60,
        "panel": 60,
    }
    assert all(each["balance"] == 0 for each in books.values())
    journal = plant.store.journal(read_only=True)
    archive = ParquetArchive(Path(plant.store.folder) / "segments", journal)
    rows = archive.read([Series("cold-3", "air", "CS1.1")], 0, NEVER).block
    journal.close()
    assert rows.time.tolist() == [START + n * MINUTE for n in range(80)]
    assert rows.value.tolist() == [-20 - n / 10 for n in range(80)]
