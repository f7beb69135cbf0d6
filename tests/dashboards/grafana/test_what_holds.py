"""What holds is shown also where the last change is older than the range; the worst of an hour is the worst."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dashboards.grafana import verdict_queries
from dashboards.grafana.influxql import same
from dashboards.grafana.verdicts import NUMBER
from ingest.lineprotocol import verdict_line
from rules.timeline import Verdict

pytestmark = pytest.mark.server

HOUR = 3_600_000  # ms
DAY = 24 * HOUR
END = 1_790_000_000_000 // DAY * DAY + 7 * HOUR + 1_234  # ms
TAGS = ("ccp", "limit", "unit")
Timelines = dict[tuple[str, str, str], list[tuple[int, Verdict]]]


def where(site: str) -> str:
    return same(site=site, line="L")


def write(database: Any, site: str, timelines: Timelines, reason: str = "") -> None:
    """The change points of timelines."""
    database.write(
        [
            verdict_line(
                site=site, line="L", ccp=ccp, limit=limit, unit=unit, time=at * 1_000_000, verdict=verdict,
                revision=0, reason=reason,
            )
            for (ccp, limit, unit), points in timelines.items()
            for at, verdict in points
        ]
    )  # fmt: skip


def holds(points: list[tuple[int, Verdict]], at: int) -> Verdict | None:
    """The verdict in force at a time."""
    before = [verdict for start, verdict in points if start <= at]
    return before[-1] if before else None


@pytest.fixture(scope="module")
def drawn(empty_database: Any) -> Timelines:
    """Timelines with changes at any time; one that changed last a year ago, one that begins within the range."""
    chance = random.Random(3)
    found: Timelines = {}
    for ccp in ("C1", "C2"):
        for limit in ("a", "b"):
            for unit in ("Z1", "Z2"):
                at, points = END - 30 * DAY, []
                while at < END:
                    points.append((at, chance.choice(list(Verdict))))
                    at += int(chance.expovariate(1 / (3 * HOUR)))
                found[ccp, limit, unit] = points
    found["C3", "a", "Z1"] = [(END - 390 * DAY, Verdict.OK), (END - 370 * DAY, Verdict.DEVIATION)]
    found["C4", "a", "Z1"] = [(END - 5 * HOUR, Verdict.OK), (END - 4 * HOUR, Verdict.SUSPENDED)]
    write(empty_database, "DRAWN", found)
    return found


@pytest.mark.parametrize("hours", [3, 24, 24 * 7])
def test_a_timeline_begins_with_what_held_already(
    empty_database: Any, drawn: Timelines, looked_at: Any, hours: int
):
    """At any moment of the range the row says what was in force, however long ago that was decided."""
    seen = type(looked_at)(END - hours * HOUR, END)
    chance = random.Random(hours)
    for (ccp, limit, unit), points in drawn.items():
        only = f"{where('DRAWN')} AND {same(ccp=ccp, limit=limit)}"
        rows = empty_database.rows(seen.rendered(verdict_queries.timeline(only, ("unit",))))
        shown = [(row["time"], row["verdict"]) for row in rows if row["unit"] == unit]
        assert shown == sorted(shown)
        assert sum(at < seen.start for at, _ in shown) <= 1
        for _ in range(50):
            at = chance.randint(seen.start, seen.end)
            assert holds(shown, at) == holds(points, at), (ccp, limit, unit, at)


@pytest.mark.parametrize("end", [END, END // DAY * DAY + 3, END // DAY * DAY + 59 * 60_000])
@pytest.mark.parametrize("hours", [3, 24, 24 * 4])
def test_the_worst_verdict_of_each_hour(
    empty_database: Any, drawn: Timelines, looked_at: Any, hours: int, end: int
):
    """The two numbers of an hour, with the greatest taken of a control point, stand for the worst that held in it."""
    seen = type(looked_at)(end - hours * HOUR, end)
    found: dict[tuple[str, int], float] = {}
    for query in (verdict_queries.hour_begun, verdict_queries.hour_held):
        for row in empty_database.rows(seen.rendered(query(where("DRAWN"), TAGS))):
            if row["worst"] is not None:
                key = row["ccp"], row["time"]
                found[key] = max(found.get(key, 0), row["worst"])
    for ccp in ("C1", "C2", "C3", "C4"):
        mine = [points for key, points in drawn.items() if key[0] == ccp]
        for hour in range(seen.start // HOUR * HOUR, seen.end, HOUR):
            stop = min(hour + HOUR, seen.end + 1)
            held = {verdict for points in mine for at, verdict in points if hour <= at < stop}
            held |= {verdict for points in mine if (verdict := holds(points, hour)) is not None}
            number = found.get((ccp, hour))
            said = {
                verdict for verdict in NUMBER if number and 0.4 * NUMBER[verdict] <= number <= NUMBER[verdict]
            }
            assert said == ({max(held, key=NUMBER.__getitem__)} if held else set()), (ccp, hour, number)


def test_now_is_the_end_of_the_range(empty_database: Any, drawn: Timelines, looked_at: Any):
    """Counts, the worst verdict and the table are of the moment at which the range ends, also in the past."""
    for end in (END, END - 3 * DAY, END - 20 * DAY - HOUR):
        seen = type(looked_at)(end - HOUR, end)
        now = {key: verdict for key, points in drawn.items() if (verdict := holds(points, end)) is not None}
        bad = {key for key, verdict in now.items() if verdict in ("deviation", "indeterminate", "operating")}
        (count,) = empty_database.rows(seen.rendered(verdict_queries.not_ok_now(where("DRAWN"))))
        assert count["n"] == len(bad)
        (worst,) = empty_database.rows(seen.rendered(verdict_queries.worst_now(where("DRAWN"))))
        assert worst["worst"] == max(NUMBER[verdict] for verdict in now.values())
        rows = empty_database.rows(seen.rendered(verdict_queries.not_ok_rows(where("DRAWN"))))
        assert {(row["ccp"], row["limit"], row["unit"]) for row in rows} == bad


def test_all_well_is_a_nought_and_nothing_known_is_not(empty_database: Any, looked_at: Any):
    """Where all is well the count says 0; where nothing was ever decided there is no row, and never a 0."""
    seen = type(looked_at)(END - HOUR, END)
    write(empty_database, "WELL", {("C", "a", "L"): [(END - 90 * DAY, Verdict.OK)]})
    (row,) = empty_database.rows(seen.rendered(verdict_queries.not_ok_now(where("WELL"))))
    assert row["n"] == 0
    assert empty_database.rows(seen.rendered(verdict_queries.not_ok_now(where("NOWHERE")))) == []
    assert empty_database.rows(seen.rendered(verdict_queries.worst_now(where("NOWHERE")))) == []


def test_what_was_superseded_is_no_change(empty_database: Any, looked_at: Any):
    """A change point that a revision took away is in no table and no annotation; the timeline says what holds there."""
    seen = type(looked_at)(END - HOUR, END)
    key = ("C", "a", "L")
    write(
        empty_database, "AGAIN", {key: [(END - 2 * HOUR, Verdict.OK), (END - 1000, Verdict.DEVIATION)]}, "hot"
    )
    write(empty_database, "AGAIN", {key: [(END - 2000, Verdict.OK)]}, "superseded")
    rows = empty_database.rows(seen.rendered(verdict_queries.changes(where("AGAIN"))))
    assert [(row["time"], row["verdict"]) for row in rows] == [(END - 1000, "deviation")]
    rows = empty_database.rows(seen.rendered(verdict_queries.begun(where("AGAIN"), Verdict.DEVIATION)))
    assert [(row["time"], row["reason"]) for row in rows] == [(END - 1000, "hot")]
    rows = empty_database.rows(seen.rendered(verdict_queries.timeline(where("AGAIN"), ())))
    assert [row["verdict"] for row in rows] == ["ok", "ok", "deviation"]


def test_each_batch_has_its_worst_value(empty_database: Any, looked_at: Any):
    """What was judged stands where the batch begins; one under way, between batches, or taken back has none."""
    told = [
        (END - 50_000, Verdict.OK, 33.2, ""),
        (END - 40_000, Verdict.SUSPENDED, 5.0, "cool"),
        (END - 30_000, Verdict.DEVIATION, 4.1, "not at least 6.0 min"),
        (END - 20_000, Verdict.OK, 1.0, "superseded"),
        (END - 10_000, Verdict.STARTING, None, "under way"),
    ]
    empty_database.write(
        [
            verdict_line(
                site="BATCH", line="L", ccp="C", limit="f0", unit="L", time=at * 1_000_000, verdict=verdict,
                revision=0, reason=reason, worst=worst,
            )
            for at, verdict, worst, reason in told
        ]
    )  # fmt: skip
    seen = type(looked_at)(END - HOUR, END)
    query = verdict_queries.worst_values("min", where("BATCH"), ("unit",))
    rows = empty_database.rows(seen.rendered(query, interval="1s"))
    assert [row["worst"] for row in rows] == [33.2, 4.1]
    (row,) = empty_database.rows(seen.rendered(query, interval="1h"))[-1:]
    assert row["worst"] == 4.1
