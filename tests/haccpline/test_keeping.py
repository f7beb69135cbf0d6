"""What keeps and counts a site: what its plans expect, what it says of itself, as InfluxDB takes it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.sparkplug_births import Births
from haccpline.health_feed import health_feed
from haccpline.keeping import Keeping, counters_of, expected_of
from haccpline.site import load_site
from haccpline.store import Store
from ingest.completeness import Completeness, to_count_in
from ingest.completeness_feed import completeness_feed
from ingest.errors import StoreError
from ingest.intake import JournalIntake
from ingest.journal import SqliteJournal
from ingest.settings import InfluxSettings
from ingest.transport import transport
from ledger.store import Ledger
from readings.beside import Here
from readings.block import BlockBuilder
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


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Callable[[], Keeping]]:
    """Keeps what a site acquires, as the record process begins to; one after the other, over the same folder."""
    site, store = load_site(EXAMPLES / "cold_store" / "site.yaml"), Store(tmp_path, "plant")
    made: list[tuple[Keeping, SqliteJournal, Ledger]] = []

    def end() -> None:
        for each in made[-1] if made else ():
            each.close()
        made.clear()

    def begin() -> Keeping:
        end()
        journal, ledger = store.journal(), store.ledger()
        archive = store.archive(journal)
        found = Keeping(site, store, archive, ledger, JournalIntake(journal), Here(archive), dict, Births())
        made.append((found, journal, ledger))
        return found

    yield begin
    end()


def troubles(keeping: Keeping) -> list[str]:
    return [words for _, words in keeping.troubles() if words]


def test_a_file_that_is_put_back_is_told_no_longer(
    keeping: Callable[[], Keeping], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of the archive that is away stands in trouble by its name, while recording too; put back, no longer."""
    builder = BlockBuilder()
    builder.reading(Series("A", "air"), time=1, value=1.0, received=1)
    first = keeping()
    first.sealer._journal.append(builder.build())
    first.sealer.seal()
    (path,) = tmp_path.rglob("*.parquet")
    away = path.with_suffix(".away")
    path.rename(away)
    assert troubles(first) == []  # it is looked for every ten minutes
    monkeypatch.setattr("haccpline.keeping._LOOK", 0.0)
    assert [path.name in words for words in troubles(first)] == [True]
    monkeypatch.undo()
    again = keeping()
    assert [path.name in words for words in troubles(again)] == [True]
    away.rename(path)
    assert troubles(again) == []


def test_of_many_missing_files_a_few_are_named(keeping: Callable[[], Keeping], tmp_path: Path) -> None:
    """Seven are away: five by name, and how many more; five are put back, and the other two are named at once."""
    first = keeping()
    for number in range(7):
        builder = BlockBuilder()
        builder.reading(Series("A", "air"), time=number, value=1.0, received=1)
        first.sealer._journal.append(builder.build())
        first.sealer.seal()
    paths = sorted(tmp_path.rglob("*.parquet"))
    for path in paths:
        path.rename(path.with_suffix(".away"))
    again = keeping()
    (words,) = troubles(again)
    assert [path.name in words for path in paths] == [True] * 5 + [False] * 2
    assert words.endswith("00000005.parquet and 2 more")
    for path in paths[:5]:
        path.with_suffix(".away").rename(path)
    (words,) = troubles(again)
    assert [path.name in words for path in paths] == [False] * 5 + [True] * 2


def test_a_damaged_count_is_made_anew(keeping: Callable[[], Keeping], tmp_path: Path) -> None:
    """A completeness.db that cannot be opened stops no recording: it is put aside, and told until somebody has seen it."""
    path = tmp_path / "completeness.db"
    path.write_bytes(b"no database" * 1000)
    found = keeping()
    aside = tmp_path / "completeness.db.damaged"
    assert [str(aside) in words for words in troubles(found)] == [True]
    assert aside.read_bytes() == b"no database" * 1000
    assert found.said()["completeness"] == {"gaps": 0}
    aside.unlink()
    assert troubles(found) == []


def test_a_count_that_is_whole_is_not_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no damage, such as a lock that cannot be had, is told; what was counted stays where it is."""
    path = tmp_path / "completeness.db"
    Completeness(path, read_only=False).close()
    error = sqlite3.OperationalError("locking protocol")
    error.sqlite_errorcode = sqlite3.SQLITE_PROTOCOL

    def refused(*_: object, **__: object) -> sqlite3.Connection:
        raise error

    with monkeypatch.context() as machine:
        machine.setattr("ingest.database.sqlite3.connect", refused)
        with pytest.raises(StoreError, match="locking protocol"):
            to_count_in(path)
    assert [each.name for each in tmp_path.iterdir()] == ["completeness.db"]


def test_health_is_told_whatever_ails_the_count(keeping: Callable[[], Keeping], tmp_path: Path) -> None:
    """While completeness.db cannot be read, the rest is said as ever: else all would look as if nothing was recorded."""
    found = keeping()
    path = tmp_path / "completeness.db"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\0" * (len(whole) - 100))
    with pytest.raises((StoreError, OSError)):
        Completeness(path).open_gaps()
    assert found.said()["books"]["balance"] == 0


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
