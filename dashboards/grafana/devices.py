"""The dashboard of the devices: whether readings come, how many are bad and why, how old the last ones are."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import reading_queries
from dashboards.grafana.dashboard import choice, dashboard
from dashboards.grafana.influxql import matching, same
from dashboards.grafana.panel import Panel, Query, column, table, time_series
from dashboards.grafana.series_columns import series_columns
from dashboards.grafana.shown import Shown, uid

Json = dict[str, Any]


def devices_dashboard(shown: Shown) -> Json:
    """The dashboard of the devices."""
    where = f"{same(site=shown.site)} AND {matching('line', '${line:regex}')}"
    return dashboard(
        shown,
        uid=uid("devices", shown.site),
        title=f"{shown.place} · {shown.say('Devices')}",
        panels=[*_rates(shown, where), _last(shown, where), _bad(shown, where)],
        variables=[choice(shown, "line", shown.say("Line"), [plan.line_id for plan in shown.plans])],
    )


def _rates(shown: Shown, where: str) -> list[Panel]:
    share: Json = {"unit": "percentunit", "min": 0, "max": 1}
    return [
        time_series(
            shown.say("Readings per minute"),
            [Query(reading_queries.per_minute(where), "$tag_line $tag_sensor")],
            width=12,
            height=9,
            defaults={"unit": "none", "min": 0},
            custom={"lineInterpolation": "stepAfter"},
            interval="1m",
        ),
        time_series(
            shown.say("Share of bad readings"),
            [Query(reading_queries.bad_share(where), "$tag_line $tag_sensor")],
            width=12,
            height=9,
            defaults=share,
            custom={"drawStyle": "points", "showPoints": "always"},
            interval="1m",
        ),
        time_series(
            shown.say("Share of bad readings by reason"),
            [
                Query(reading_queries.bad_share_for(where, reasons), shown.say(name))
                for name, reasons in reading_queries.REASONS.items()
            ],
            width=24,
            height=8,
            defaults=share,
            custom={"drawStyle": "bars", "fillOpacity": 70, "stacking": {"mode": "normal", "group": "A"}},
            interval="1m",
        ),
    ]


def _last(shown: Shown, where: str) -> Panel:
    """Age and lag of each series: the lag is taken by Grafana, for InfluxQL cannot calculate with time."""
    lag = {"mode": "binary", "binary": {"left": "received", "operator": "-", "right": "Time"}, "alias": "lag"}
    return table(
        shown.say("Last usable reading of each series"),
        [Query(reading_queries.last_usable(where), table=True)],
        width=24,
        height=12,
        transformations=[{"id": "calculateField", "options": lag | {"replaceFields": False}}],
        overrides=[
            column("Time", shown.say("Age"), unit="dateTimeFromNow"),
            *series_columns(shown),
            column("value", shown.say("Value")),
            column("quality", shown.say("Quality")),
            column("reason", shown.say("Reason")),
            column("received", shown.say("Received"), unit="dateTimeFromNow"),
            column("lag", shown.say("Received after"), unit="ms"),
        ],
        description=shown.say(
            "A series that never gave a usable reading is not in it; the dead-man alert names it."
        ),
    )


def _bad(shown: Shown, where: str) -> Panel:
    return table(
        shown.say("Newest bad readings"),
        [Query(reading_queries.last_bad(where), table=True)],
        width=24,
        height=10,
        overrides=[
            column("Time", shown.say("Time"), unit="dateTimeAsIso"),
            *series_columns(shown),
            column("reason", shown.say("Reason")),
            column("raw", shown.say("Number on the wire")),
        ],
    )
