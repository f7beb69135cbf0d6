"""Completeness and gaps over the API: what completeness.db says, page by page."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.web.shapes_completeness import CompletenessShape, GapsShape
from ingest.archive import ParquetArchive
from ingest.completeness import Completeness
from ingest.completeness_reader import CompletenessReader
from ingest.journal import SqliteJournal
from readings.inputs import Series
from readings.times import MINUTE

PERIOD = {"from": "2026-12-01T00:00:00Z", "to": "2026-12-02T00:00:00Z"}


@pytest.fixture
def counted(plant, tmp_path: Path):
    """The recorded cold store, its readings counted."""
    folder = plant.site.data
    journal = SqliteJournal(folder / "journal.db", read_only=True)
    journal.advance = lambda *_: None
    store = Completeness(folder / "completeness.db", read_only=False)
    archive = ParquetArchive(folder / "segments", journal)
    reader = CompletenessReader(store, journal, archive, {Series("cold-3", "air", "CS1.1"): MINUTE})
    while reader.work():
        pass
    store.close()
    journal.close()
    return plant


def test_hours(web, counted):
    """Every hour of the day in which something was recorded, by series; line and sensor choose."""
    asked = PERIOD | {"line": "cold-3", "sensor": "air"}
    found = CompletenessShape.model_validate(web.get("/api/v1/completeness", params=asked).json())
    assert {each.series for each in found.hours} == {"cold-3/air/CS1.1"}
    assert [each.hour for each in found.hours] == sorted({each.hour for each in found.hours})
    whole = [each for each in found.hours if each.hour == "2026-12-01T01:00:00Z"]
    assert [(each.expected, each.received, each.good) for each in whole] == [(60, 60, 60)]
    assert web.get("/api/v1/completeness", params=asked | {"line": "other"}).json()["hours"] == []


def test_page_by_page(web, counted):
    """`next` leads through all of it, once."""
    whole = web.get("/api/v1/completeness", params=PERIOD).json()["hours"]
    found, after = [], 0
    while after is not None:
        page = web.get("/api/v1/completeness", params=PERIOD | {"limit": 7, "after": after}).json()
        found, after = found + page["hours"], page["next"]
    assert found == whole
    assert len(whole) > 14


def test_gaps(web, counted):
    """Each gap has its cause; times at which nothing at all was recorded stand beside them."""
    found = GapsShape.model_validate(web.get("/api/v1/gaps", params=PERIOD).json())
    assert all(each.cause and each.detail for each in found.gaps)
    assert {each.series for each in found.gaps} <= {"cold-3/air/CS1.1"}
    assert {each.cause for each in found.interruptions} <= {"not recorded"}


def test_nonsense_is_refused(web, counted):
    """A period that ends before it begins, or of years."""
    for asked in (
        {"from": PERIOD["to"], "to": PERIOD["from"]},
        {"from": "2020-01-01T00:00:00Z", "to": PERIOD["to"]},
    ):
        assert web.get("/api/v1/gaps", params=asked).status_code == 400
        assert web.get("/api/v1/completeness", params=asked).status_code == 400


def test_never_counted_is_told(web, plant):
    """A site that has not counted yet answers 503, in words."""
    (plant.site.data / "completeness.db").unlink(missing_ok=True)
    answer = web.get("/api/v1/gaps", params=PERIOD)
    assert answer.status_code == 503
    assert "completeness.db" in answer.json()["detail"]
