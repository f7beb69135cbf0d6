"""What keeps and counts a site: what its plans expect, what it says of itself, as InfluxDB takes it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from haccpline.health_feed import health_feed
from haccpline.keeping import counters_of, expected_of
from haccpline.site import load_site
from ingest.completeness import Completeness
from ingest.completeness_feed import completeness_feed
from ingest.settings import InfluxSettings
from ingest.transport import transport
from readings.inputs import Series
from readings.times import HOUR, MINUTE

EXAMPLES = Path(__file__).parents[2] / "examples"
BOOKS = {"acquired": 9, "stored": 4, "duplicate": 3, "quarantined": 1, "waiting": 1}
SAID = {
    "books": BOOKS,
    "books_by_source": {"a": BOOKS},
    "held": {"bytes": 1000},
    "journal": {"last": 7, "clerk": 5},
    "quarantine": {"reading": 2, "copy": 1},
    "completeness": {"gaps": 3},
    "clock": {"skew_seconds": {"a": -0.25}},
    "trouble": [{"kind": "ledger", "words": "one"}],
    "sources": [
        {"name": "a", "connected": True, "missed": 4},
        {"name": "b", "connected": False, "missed": 0},
    ],
}


def test_what_the_plans_expect() -> None:
    """As often as the plan says; by what keeps it alive, for readings on change; texts and values by hand at no time."""
    found = expected_of(load_site(EXAMPLES / "cold_store" / "site.yaml"))
    assert found[Series("cold-3", "air", "CS1.1")] == MINUTE
    plan = load_site(EXAMPLES / "cold_store" / "site.yaml").plans["cold-3"][0]
    on_change = {name for name, sensor in plan.sensors.items() if sensor.every == "on change"}
    for series, every in found.items():
        if series.sensor in on_change:
            assert every == plan.sensors[series.sensor].alive_every
    assert not {series.sensor for series in found} & set(plan.by_hand)


def test_whose_counter_stands_since_when() -> None:
    """By source and unit, where there is one; the only unit of a source goes by the name of the source as well."""
    two = [{"unit": 3, "counter_since": 30}, {"unit": 4, "counter_since": None}]
    sources = [{"name": "hall", "units": two}, {"name": "plc", "units": [{"unit": 1, "counter_since": 10}]}]
    sources.append({"name": "broker", "units": []})
    assert counters_of({"sources": sources}) == {("hall", "3"): 30, ("plc", "1"): 10, ("plc", ""): 10}
    assert counters_of({}) == {}


def test_health_once_a_minute() -> None:
    """A point of the site and one of each source, each minute once; nothing before the record has spoken."""
    now, said = [5 * MINUTE + 7], dict[str, Any]()
    feed = health_feed("p", lambda: said, lambda: now[0])
    assert feed.read(0) == (0, [])
    said.update(SAID)
    position, lines = feed.read(0)
    assert len(lines) == 3
    assert all(line.endswith(b" %d" % (5 * MINUTE)) for line in lines)
    assert feed.read(position) == (position, [])
    now[0] += MINUTE
    assert feed.read(position)[0] == position + 1


@pytest.mark.server
async def test_influxdb_takes_what_is_said(influxd: Any, tmp_path: Path) -> None:
    """Completeness, a gap that ends, and health: a real server stores each field, and a later word on a gap replaces it."""
    store = Completeness(tmp_path / "completeness.db", read_only=False)
    with store.database.write() as connection:
        connection.execute("INSERT INTO series VALUES (1, 'l', 's', '1', 5, '{}')")
        connection.execute("INSERT INTO expected VALUES (1, 0, ?)", (MINUTE,))
        connection.execute("INSERT INTO hour VALUES (1, 0, 50, 2, 3, 1)")
        connection.execute("INSERT INTO gap VALUES (1, 5, NULL, 'silence', 'silence', NULL, 1)")
        connection.execute("UPDATE head SET change = 1, tick = ?", (2 * HOUR,))
    completeness, health = completeness_feed(store, "p"), health_feed("p", lambda: SAID, lambda: 5 * MINUTE)
    way = transport(InfluxSettings(url=influxd.url))
    await way.prepare()
    position, lines = completeness.read(0)
    assert (await way.write(b"\n".join(lines + health.read(0)[1]))).ok
    with store.database.write() as connection:
        connection.execute("INSERT OR REPLACE INTO gap VALUES (1, 5, 3000000005, 'no answer', 'x', 2, 2)")
        connection.execute("UPDATE head SET change = 2")
    assert (await way.write(b"\n".join(completeness.read(position)[1]))).ok
    await way.close()
    store.close()

    def first(query: str) -> dict[str, Any]:
        answer = httpx.get(
            f"{influxd.url}/query", params={"db": "haccpline", "epoch": "ns", "q": query}
        ).json()
        (series,) = answer["results"][0]["series"]
        (row,) = series["values"]
        return dict(zip(series["columns"], row, strict=True))

    hour = await asyncio.to_thread(first, "SELECT expected, good, uncertain, bad FROM completeness")
    assert hour == {"time": 0, "expected": 60, "good": 50, "uncertain": 2, "bad": 3}
    gap = await asyncio.to_thread(first, 'SELECT cause, "open", seconds, missed, "end" FROM gap')
    assert gap == {
        "time": 5,
        "cause": "no answer",
        "open": False,
        "seconds": 3.0,
        "missed": 2,
        "end": 3_000_000_005,
    }
    said = await asyncio.to_thread(first, "SELECT acquired, connected, skew FROM health WHERE source = 'a'")
    assert said == {"time": 5 * MINUTE, "acquired": 9, "connected": True, "skew": -0.25}
