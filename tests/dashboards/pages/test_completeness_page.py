"""The page of completeness: what was expected and what came in the last 24 hours, and every gap with its cause."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboards.pages import completeness_routes
from ingest.archive import ParquetArchive
from ingest.completeness import Completeness
from ingest.completeness_reader import CompletenessReader
from ingest.journal import SqliteJournal
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.times import HOUR, MINUTE, parse_time
from rules.sensor import Sensor

AIR, CORE = Series("cold-3", "air", "CS1.1"), Series("cold-3", "core")


@pytest.fixture
def counted(plant: Any) -> Any:
    """The recorded cold store up to 2026-12-02T23:59 in Shanghai, counted; of a core temperature nothing ever came."""
    folder = plant.site.data
    journal = SqliteJournal(folder / "journal.db", read_only=True)
    journal.advance = lambda *_: None  # type: ignore[method-assign]
    store = Completeness(folder / "completeness.db", read_only=False)
    archive = ParquetArchive(folder / "segments", journal)
    reader = CompletenessReader(store, journal, archive, {AIR: MINUTE, CORE: MINUTE})
    while reader.work():
        pass
    with store.database.write() as connection:
        connection.execute("UPDATE gap SET cause = 'its counter stands still' WHERE cause = 'silence'")
    store.close()
    journal.close()
    return plant


def test_what_came_and_what_did_not(counted: Any, reader: Any) -> None:
    """23 hours and 59 minutes, at one a minute, of both; the core temperature has one gap, which lasts."""
    store = Completeness(counted.site.data / "completeness.db")
    start, end = parse_time("2026-12-02T00:00:00+08:00"), parse_time("2026-12-02T23:59:00+08:00")
    usable = sum(
        hour.good + hour.uncertain for hour in store.hours(start, end, sensor="air") if hour.series == AIR
    )
    store.close()
    text = reader.get("/completeness").text
    assert "since 2026-12-02 00:00:00" in text
    assert f'data-label="Usable">{usable:,}<'.replace(",", "\u202f") in text
    assert text.count('data-label="Expected">1\u202f439<') == 2
    assert "<b>now</b>: its counter stands still" in text
    assert ": 计数器停住" in reader.get("/completeness?lang=zh").text


def test_each_of_several_points_is_told_apart(tmp_path: Path) -> None:
    """The first one too, which of a sensor with one point goes without saying."""
    store = Completeness(tmp_path / "completeness.db", read_only=False)
    journal = SqliteJournal(tmp_path / "journal.db")
    probes = [Series("cold-3", "core", "1"), Series("cold-3", "core", "2"), Series("cold-3", "dock", "1")]
    builder = BlockBuilder()
    for series in probes:
        builder.reading(series, time=HOUR, value=1.0, received=HOUR)
    journal.append(builder.build(tick=HOUR))
    archive = ParquetArchive(tmp_path / "segments", journal)
    CompletenessReader(store, journal, archive, dict.fromkeys(probes, MINUTE)).work()
    sensors = {
        name: Sensor.model_validate({"unit": "degC", "every": "1 min", "points": points})
        for name, points in (("core", 2), ("dock", 1))
    }
    plan = SimpleNamespace(name="Store", sensors=sensors)
    snap: Any = SimpleNamespace(at=HOUR + 1, line=lambda _: SimpleNamespace(plan=plan))
    words: Any = SimpleNamespace(name=lambda name, otherwise: name or otherwise)
    found = completeness_routes.counted(store, HOUR, snap, words)
    assert [each.name for each in found["Store"]] == ["core 1", "core 2", "dock"]
    store.close()
    journal.close()


def test_before_anything_was_counted(plant: Any, reader: Any) -> None:
    """The page says so."""
    (plant.site.data / "completeness.db").unlink(missing_ok=True)
    assert "Nothing was counted yet." in reader.get("/completeness").text
