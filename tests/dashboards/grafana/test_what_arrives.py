"""What is old is not shown as current, and silence is shown as silence."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.grafana import reading_queries
from dashboards.grafana.influxql import same
from ingest.lineprotocol import reading_lines
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.quality import Reason

pytestmark = pytest.mark.server

MINUTE = 60_000  # ms
END = 1_790_000_000_000 // MINUTE * MINUTE
GAP = range(20, 35)  # minutes before the end
SITE = same(site="SILENT", line="L", sensor="s")


@pytest.fixture(scope="module")
def readings(empty_database: Any) -> Any:
    """An hour of readings by the minute with a gap; the last three minutes are bad ones."""
    builder = BlockBuilder()
    for minute in range(60):
        if minute not in GAP:
            at = (END - minute * MINUTE) * 1_000_000
            builder.reading(
                Series("L", "s"),
                time=at,
                value=float(minute),
                raw=float(minute),
                reason=Reason.NO_ANSWER if minute < 3 else Reason.NONE,
                received=at + 2_000_000_000,
            )
    empty_database.write(reading_lines(builder.build(), "SILENT"))
    return empty_database


def test_silence_is_a_nought(readings: Any, looked_at: Any):
    """Each minute says 1 where readings speak, good or bad, and 0 where none does."""
    seen = type(looked_at)(END - 59 * MINUTE, END)
    rows = readings.rows(seen.rendered(reading_queries.arriving(SITE)))
    assert {(END - row["time"]) // MINUTE: row["n"] for row in rows} == {
        minute: 0 if minute in GAP else 1 for minute in range(60)
    }


def test_an_old_value_is_not_shown_as_now(readings: Any, looked_at: Any):
    """The last value is the last usable one; older than allowed, there is none."""
    seen = type(looked_at)(END - 10 * MINUTE, END)
    (row,) = readings.rows(seen.rendered(reading_queries.value_now(SITE, 300)))
    assert row["value"] == 3.0
    assert readings.rows(seen.rendered(reading_queries.value_now(SITE, 120))) == []


def test_the_age_is_that_of_the_last_usable_reading(readings: Any, looked_at: Any):
    """Bad readings that keep coming do not make a value young; how late it was received is told."""
    seen = type(looked_at)(END - 10 * MINUTE, END)
    (row,) = readings.rows(seen.rendered(reading_queries.heard(SITE)))
    assert row["received"] == END - 3 * MINUTE + 2000
    (row,) = readings.rows(seen.rendered(reading_queries.last_usable(SITE)))
    assert (row["time"], row["value"], row["received"] - row["time"]) == (END - 3 * MINUTE, 3.0, 2000)
    assert (row["line"], row["sensor"], row["point"], row["quality"]) == ("L", "s", "1", "good")


def test_a_chart_keeps_extremes_and_gaps(readings: Any, looked_at: Any):
    """Of ten minutes the greatest and the least value stay; an interval without a value is empty."""
    seen = type(looked_at)(END - 59 * MINUTE, END - MINUTE)
    high = readings.rows(seen.rendered(reading_queries.extreme("max", SITE), interval="10m"))
    low = readings.rows(seen.rendered(reading_queries.extreme("min", SITE), interval="10m"))
    for most, least in zip(high, low, strict=True):
        start = most["time"]
        held = [m for m in range(3, 60) if m not in GAP and start <= END - m * MINUTE < start + 10 * MINUTE]
        assert (most["value"], least["value"]) == ((max(held), min(held)) if held else (None, None))
    assert any(row["value"] is None for row in high)


def test_readings_are_counted_by_the_minute(readings: Any, looked_at: Any):
    """One a minute, none in the gap."""
    seen = type(looked_at)(END - 59 * MINUTE, END)
    rows = readings.rows(seen.rendered(reading_queries.per_minute(SITE)))
    assert {(END - row["time"]) // MINUTE: row["n"] for row in rows} == {
        minute: 0 if minute in GAP else 1 for minute in range(60)
    }
    assert readings.rows(seen.rendered(reading_queries.count_since(SITE, 600)))[0]["n"] == 10
