"""Every query of every panel, annotation and alert, on a real InfluxDB 1.6.7 fed by our own writer."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.grafana.alerting import rules
from dashboards.grafana.shown import Shown

pytestmark = pytest.mark.server

NAMES = ("time", "line", "sensor", "point", "ccp", "limit", "unit")  # what every row has


def asked(dashboard: dict[str, Any]) -> list[tuple[str, str]]:
    """Each query of a dashboard with the name of what asks it."""
    found = [
        (f"{panel['title']} {target['refId']}", target["query"])
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
    ]
    return found + [(each["name"], each["target"]["query"]) for each in dashboard["annotations"]["list"]]


def chosen(dashboard: dict[str, Any]) -> dict[str, list[str]]:
    """All values of each variable, as when `All` is chosen."""
    return {
        variable["name"]: [option["value"] for option in variable["options"] if option["value"] != "$__all"]
        for variable in dashboard["templating"]["list"]
    }


def test_every_query_returns_rows(built: Any, database: Any, looked_at: Any):
    """Whatever a panel or an annotation asks is answered with rows that hold something.

    But for what is judged of batches and of windows: in a morning in one state no batch comes to its end.
    """
    empty = []
    for name, dashboard in built.items():
        for what, query in asked(dashboard):
            rows = database.rows(looked_at.rendered(query, **chosen(dashboard)))
            judged = (
                query.startswith(('SELECT min("worst")', 'SELECT max("worst")')) and "$__interval" in query
            )
            if not judged and not any(
                value is not None for row in rows for key, value in row.items() if key not in NAMES
            ):
                empty.append(f"{name}: {what}: {query}")
    assert not empty, "\n".join(empty)


def test_one_zone_can_be_chosen(built: Any, database: Any, looked_at: Any):
    """With one zone chosen, its points and timelines come and no others."""
    dashboard = built["line-cold-3.json"]
    for what, query in asked(dashboard):
        if "${zone" in query:
            rows = database.rows(looked_at.rendered(query, zone=["CS2"]))
            names = {str(row.get("unit", row.get("point"))) for row in rows if {"unit", "point"} & set(row)}
            assert all(name.startswith("CS2") for name in names), what


def test_every_alert_hears_its_series(shown: Shown, database: Any):
    """The query of each dead-man rule finds the readings that there are, and none of a series that there is not."""
    for rule in rules(shown):
        query = rule["data"][0]["model"]["query"]
        assert "$" not in query
        (row,) = database.rows(query)
        assert row["n"] >= 1, rule["title"]
        assert database.rows(query.replace("'DEMO'", "'ELSEWHERE'")) == []


def test_shares_are_those_counted(built: Any, database: Any, looked_at: Any):
    """The share of bad readings of a sensor, and of a line by reason, is what counting them gives."""
    seen = f"time >= {looked_at.start}ms AND time <= {looked_at.end}ms AND \"line\" = 'bottled-water'"
    count = f'SELECT count("received") AS "n" FROM "reading" WHERE {seen}'
    every = {row["sensor"]: row["n"] for row in database.rows(f'{count} GROUP BY "sensor"')}
    bad = {
        row["sensor"]: row["n"] for row in database.rows(f'{count} AND "quality" = \'bad\' GROUP BY "sensor"')
    }
    by_sensor: dict[str, float] = {}
    by_reason = 0.0
    for panel in built["devices.json"]["panels"]:
        for target in panel["targets"]:
            if '"share"' in target["query"]:
                for row in database.rows(
                    looked_at.rendered(target["query"], interval="100d", line=["bottled-water"])
                ):
                    if "sensor" in row:
                        by_sensor[row["sensor"]] = row["share"]
                    else:
                        by_reason += row["share"]
    assert len(every) == 11
    assert by_sensor == pytest.approx({sensor: bad[sensor] / every[sensor] for sensor in every})
    assert by_reason == pytest.approx(sum(bad.values()) / sum(every.values()))
