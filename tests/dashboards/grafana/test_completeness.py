"""What came of what was expected, by the hour, and every gap, as InfluxDB answers. Numbers by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana import completeness_queries as queries
from dashboards.grafana.influxql import same
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.quality import Reason
from readings.times import HOUR, MINUTE, MS, SECOND

pytestmark = pytest.mark.server

START = 1_790_000_000 * SECOND // HOUR * HOUR
SITE = same(site="COUNTED")
AIR, DOOR = Series("L", "air"), Series("L", "door")


@pytest.fixture(scope="module")
def told(empty_database: Any, as_recorded: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Three hours and a half of `air` by the minute: silent from 20 to 40, bad from 110 to 124, silent from 190 on.

    `door` speaks when it likes.
    """
    builder = BlockBuilder()
    builder.reading(DOOR, time=START + 5 * MINUTE, value=1.0, received=START + 5 * MINUTE)
    for minute in [*range(21), *range(40, 191)]:
        at = START + minute * MINUTE
        bad = Reason.NO_ANSWER if 110 <= minute < 125 else Reason.NONE
        builder.reading(AIR, time=at, value=float(minute), reason=bad, received=at + SECOND)
    folder: Path = tmp_path_factory.mktemp("counted")
    until = START + 3 * HOUR + 30 * MINUTE
    empty_database.write(as_recorded["counted"](builder.build(), {AIR: MINUTE}, until, "COUNTED", folder))
    empty_database.write(as_recorded["health"](until - 20 * MINUTE, "COUNTED", connected=False))
    return empty_database


def seen(looked_at: Any, first: int, last: int) -> Any:
    """A range by minutes after START."""
    return type(looked_at)((START + first * MINUTE) // MS, (START + last * MINUTE) // MS)


def test_each_hour_has_its_share(told: Any, looked_at: Any):
    """41 of 60 came in the first hour, 50 usable in the second, 55 in the third; the fourth is not over."""
    rows = told.rows(seen(looked_at, 0, 210).rendered(queries.share_of_hours(SITE)))
    assert [((row["time"] * MS - START) // HOUR, row["sensor"], row["share"]) for row in rows] == [
        (0, "air", 41 / 60),
        (1, "air", 50 / 60),
        (2, "air", 55 / 60),
    ]


def test_what_came_is_added_up(told: Any, looked_at: Any):
    """Of 180 expected 146 came well and 15 badly; of what may come at any time there is no share."""
    rows = told.rows(seen(looked_at, 0, 210).rendered(queries.of_series(SITE)))
    found = {row["sensor"]: [row[name] for name in ("expected", "good", "uncertain", "bad")] for row in rows}
    assert found == {"air": [180, 146, 0, 15], "door": [None, 1, 0, 0]}
    assert {row["sensor"]: row["share"] for row in rows} == {"air": 146 / 180, "door": None}


def test_hours_that_lack_something_are_listed(told: Any, looked_at: Any):
    """Newest first; an hour of which nothing is expected is no hour that lacks something."""
    rows = told.rows(seen(looked_at, 0, 210).rendered(queries.incomplete_hours(SITE)))
    assert [(row["sensor"], row["expected"], row["good"], row["bad"]) for row in rows] == [
        ("air", 60, 55, 5),
        ("air", 60, 50, 10),
        ("air", 60, 41, 0),
    ]


def test_each_gap_has_its_cause(told: Any, looked_at: Any):
    """From the last usable reading to the first behind it, newest first: minutes, cause, how many are missed."""
    rows = told.rows(seen(looked_at, 0, 210).rendered(queries.gaps(SITE)))
    assert [
        ((row["time"] * MS - START) // MINUTE, row["cause"], row["open"], row["seconds"], row["missed"])
        for row in rows
    ] == [
        (190, "silence", True, None, None),
        (109, "no answer", False, 16 * 60.0, 15),
        (20, "silence", False, 20 * 60.0, 19),
    ]
    assert [row["end"] and (row["end"] * MS - START) // MINUTE for row in rows] == [None, 125, 40]


def test_a_gap_is_shown_where_it_reaches_into_the_range(told: Any, looked_at: Any):
    """One that began before the range and lasts is there, and one that ended in it; one that was over is not."""
    rows = told.rows(seen(looked_at, 120, 180).rendered(queries.gaps(SITE)))
    assert [(row["time"] * MS - START) // MINUTE for row in rows] == [109]
    rows = told.rows(seen(looked_at, 200, 210).rendered(queries.gaps(SITE)))
    assert [(row["time"] * MS - START) // MINUTE for row in rows] == [190]


def test_health_that_is_silent_is_not_shown_as_now(told: Any, looked_at: Any):
    """What health said ten minutes ago and earlier is no number of now; the source's row says what it was."""
    query = queries.said_now(SITE, "gaps_open")
    (row,) = told.rows(seen(looked_at, 100, 195).rendered(query))
    assert row["gaps_open"] == 3
    assert told.rows(seen(looked_at, 100, 210).rendered(query)) == []
    (row,) = told.rows(seen(looked_at, 100, 210).rendered(queries.connected(SITE)))
    assert (row["source"], row["connected"]) == ("cold", False)
