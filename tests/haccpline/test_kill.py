"""Killed ten times under load: each reading once, the decisions of a replay, an unbroken ledger."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
import time

import httpx
import pytest

from gateway.save import save_csv
from readings.times import MINUTE, parse_time
from simulators.freezer import freezer
from simulators.mqtt_device import publish

SITE = """
site: ZH-FZ
plans: [plan.yaml]
data: data
clock: readings
archive: {{seal_after_rows: 20000}}
checkpoint_every: 2 s
sources:
  - name: loggers
    mqtt: mqtt://{host}:{port}
    topics:
      - topic: plant/air/+
        reads: "cold-3/air/{{1}}"
        value: value
        time: ts
        sequence: "n"
        unit: degC
      - topic: plant/defrost/+
        reads: "cold-3/defrost/{{1}}"
        value: value
        time: ts
        sequence: "n"
        unit: bool
influxdb: {{url: "{influx}", database: haccpline}}
"""


def recording(count: int):
    """About `count` readings of a freezer, a minute apart."""
    start = parse_time("2026-12-01T00:00:00+08:00")
    return freezer(seed=11, start=start, duration=count // 2 * MINUTE).recording(
        air="air/CS1.1", defrost="defrost/CS1.1", door=None
    )


def connected_again(site) -> None:
    log = site.folder / "record.log"
    deadline = time.monotonic() + 30
    while log.read_text().count("event=connected") < site.runs:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def committed(site) -> None:
    """Wait for the next commit of the journal; at most half a second."""
    with sqlite3.connect(f"file:{site.store.folder / 'journal.db'}?mode=ro", uri=True) as journal:
        asked = "SELECT last FROM head"
        before, deadline = journal.execute(asked).fetchone(), time.monotonic() + 0.5
        while journal.execute(asked).fetchone() == before and time.monotonic() < deadline:
            pass


def rows_in(url: str, measurement: str, field: str) -> int:
    answer = httpx.get(
        f"{url}/query",
        params={"db": "haccpline", "q": f'SELECT count("{field}") FROM "{measurement}"'},
        timeout=60,
    )
    series = answer.json()["results"][0].get("series")
    return int(series[0]["values"][0][1]) if series else 0


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_thousand_readings_and_ten_kills(recorded, example_plan, mosquitto, influxd, tmp_path):
    """Archive, InfluxDB, ledger and replay agree to the last reading, and redeliveries were seen."""
    played = recording(100_000)
    plan = example_plan.replace("products:", "reorder: 40 d\nproducts:")  # a month goes by in a minute
    site = recorded(SITE.format(host=mosquitto.host, port=mosquitto.port, influx=influxd.url), plan)
    site.start()
    site.until(lambda said: said["sources"] and said["sources"][0]["connected"])
    sent: list[int] = []

    def play() -> None:
        sent.append(
            asyncio.run(
                publish(
                    played,
                    host=mosquitto.host,
                    port=mosquitto.port,
                    topic="plant/{sensor}/{point}",
                    burst=500,
                    pause=0.15,  # it goes on while the kills fall
                )
            )
        )

    player = threading.Thread(target=play)
    player.start()
    chance = random.Random(5)
    kills = 0
    while kills < 10 or (not site.health()["books"]["duplicate"] and kills < 40):
        connected_again(site)  # now the broker sends what it kept: the busiest moment
        if kills % 2:
            time.sleep(chance.uniform(0.2, 1.5))
        else:
            committed(site)  # and its acknowledgements may not be out yet
        site.kill()
        site.start()
        kills += 1
    player.join()
    total = played.values.size
    said = site.until(
        lambda said: (
            said["books"]["stored"] + said["books"]["waiting"] >= total
            and said["journal"]["clerk"] == said["journal"]["last"]
            and said["influxdb"]["influxdb"]["position"] >= said["journal"]["last"]
        ),
        120,
    )
    assert said["books"]["balance"] == 0
    assert said["books"]["quarantined"] == 0
    assert said["books"]["stored"] + said["books"]["waiting"] == total
    assert sent == [total]
    assert said["books"]["duplicate"] > 0, "no message was redelivered: the kills showed nothing"
    assert site.stop() == 0
    assert site.runs == kills + 1

    journal = site.store.journal(read_only=True)
    rows = site.store.archive(journal).read(
        [series for series in site.site.units() if series.sensor != "lot"], 0, 2**62
    )
    assert len(rows.block) == total
    assert len({*zip(rows.block.which.tolist(), rows.block.time.tolist(), strict=True)}) == total
    assert rows_in(influxd.url, "reading", "value") == total
    journal.close()

    csv = tmp_path / "readings.csv"
    save_csv(iter([rows.block.take(rows.block.time.argsort(kind="stable"))]), csv)
    decided = site.decisions()
    assert decided == site.replayed(csv)
    assert sum(len(spans) for spans in decided.values()) > 20
    ledger = site.store.ledger(read_only=True)
    assert ledger.check().records == ledger.last_seq()
    ledger.close()
    assert rows_in(influxd.url, "verdict", "verdict") >= sum(len(spans) for spans in decided.values())
