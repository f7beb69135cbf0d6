"""Readings over the API: the numbers of the archive, page by page, or in buckets."""

from __future__ import annotations

import csv
import itertools

import pytest
from web_plant import EXAMPLES

from dashboards.web import api_readings
from dashboards.web.shapes import BucketsShape, Readings
from readings.times import parse_time

SERIES = "cold-3/air/CS1.1"
PERIOD = {"series": SERIES, "from": "2026-12-01T00:00:00Z", "to": "2026-12-01T06:00:00Z"}


@pytest.fixture
def recorded() -> list[tuple[int, float]]:
    """Time and value of the recording within the period."""
    with (EXAMPLES / "cold_store" / "readings.csv").open(encoding="utf-8") as file:
        rows = [
            (parse_time(row["time"]), float(row["value"]))
            for row in csv.DictReader(file)
            if row["sensor"] in ("air/CS1.1", "air")
        ]
    start, end = parse_time(PERIOD["from"]), parse_time(PERIOD["to"])
    return [row for row in rows if start <= row[0] < end]


def test_readings_page_by_page(shown, recorded):
    """Together the pages are the recording: nothing twice, nothing left out."""
    found, after = [], None
    while True:
        asked = PERIOD | {"limit": 100} | ({"after": after} if after else {})
        page = Readings.model_validate(shown.get("/api/v1/readings", params=asked).json())
        found += list(zip(map(parse_time, page.time), page.value, strict=True))
        after = page.next
        if after is None:
            break
    assert page.unit == "degC"
    assert set(page.quality) == {"good"}
    assert found == recorded


def test_buckets(shown, recorded, monkeypatch):
    """Lowest, highest, last of each bucket; read in parts, the numbers are the same."""
    asked = PERIOD | {"count": 7}
    found = BucketsShape.model_validate(shown.get("/api/v1/buckets", params=asked).json())
    starts = [*map(parse_time, found.start), parse_time(PERIOD["to"])]
    for number, (begin, end) in enumerate(itertools.pairwise(starts)):
        values = [value for time, value in recorded if begin <= time < end]
        assert (found.low[number], found.high[number]) == (min(values), max(values))
        assert (found.count[number], found.last[number]) == (len(values), values[-1])
    monkeypatch.setattr(api_readings, "_PART", 2 * 3_600_000_000_000)
    assert shown.get("/api/v1/buckets", params=asked).json() == found.model_dump()


def test_a_time_without_readings(shown):
    """Empty columns, and buckets with nothing in them: null, not zero."""
    nothing = {"series": SERIES, "from": "2025-12-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}
    assert shown.get("/api/v1/readings", params=nothing).json()["time"] == []
    buckets = shown.get("/api/v1/buckets", params=nothing | {"count": 100}).json()
    assert set(buckets["low"]) == {None}
    assert set(buckets["count"]) == {0}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"series": "cold-3/nothing"}, 404),
        ({"series": "cold-9/air/CS1.1"}, 404),
        ({"series": "cold-3/air"}, 404),
        ({"series": ""}, 404),
        ({"from": "yesterday"}, 400),
        ({"from": "2026-12-01T00:00:00"}, 400),
        ({"to": "2026-12-01T00:00:00Z"}, 400),
        ({"to": "2028-12-01T00:00:00Z"}, 400),
        ({"limit": 10_001}, 422),
        ({"after": "x"}, 400),
    ],
)
def test_what_cannot_be_asked(shown, change, status):
    """Unknown series, times that are none, too much at once."""
    answer = shown.get("/api/v1/readings", params=PERIOD | change)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_buckets_have_bounds(shown):
    """One bucket of a year would fill the memory; a thousand of a nanosecond are none."""
    year = {"series": SERIES, "from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z", "count": 2}
    assert shown.get("/api/v1/buckets", params=year).status_code == 400
    moment = {"series": SERIES, "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00.000000001Z"}
    assert shown.get("/api/v1/buckets", params=moment | {"count": 2}).status_code == 400
