"""The page of completeness: what was expected and what came in the last 24 hours, and every gap with its cause."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.archive import ParquetArchive
from ingest.completeness import Completeness
from ingest.completeness_reader import CompletenessReader
from ingest.journal import SqliteJournal
from readings.inputs import Series
from readings.times import MINUTE, parse_time

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


def test_before_anything_was_counted(plant: Any, reader: Any) -> None:
    """The page says so."""
    (plant.site.data / "completeness.db").unlink(missing_ok=True)
    assert "Nothing was counted yet." in reader.get("/completeness").text
