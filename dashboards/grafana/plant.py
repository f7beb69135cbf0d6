"""The dashboard of the plant: what holds now on every line, and the worst of each hour."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import reading_queries, verdict_queries
from dashboards.grafana.dashboard import dashboard
from dashboards.grafana.influxql import either, same
from dashboards.grafana.line import line_uid, page
from dashboards.grafana.panel import COLOURED, Panel, Query, column, row, stat, status_history, table
from dashboards.grafana.shown import Shown, points_watched, uid
from dashboards.grafana.verdicts import NO_DATA, number_mappings, text_mappings
from rules.plan import Plan, limits_of

Json = dict[str, Any]

_RECENT = 600  # seconds
_FIELDS = ("begun", "held")


def plant_dashboard(shown: Shown) -> Json:
    """The dashboard of the plant."""
    where = either([verdict_queries.of_limits(shown.site, plan) for plan in shown.plans])
    wide = max(4, 20 // len(shown.plans))
    panels = [
        stat(
            shown.say("Not well now"),
            [Query(verdict_queries.not_ok_now(where))],
            width=4,
            height=5,
            defaults={"noValue": shown.say(NO_DATA[0]), "unit": "none"},
            description=shown.say(
                "Limits and units of product beyond a limit, beyond a warning, or not to be judged."
            ),
        ).linked(shown.say("Problem list in haccpline"), shown.pages)
    ]
    panels += [_line_now(shown, plan, wide) for plan in shown.plans]
    panels.append(row(shown.say("Do readings arrive?")))
    panels += [
        _readings(shown, plan, 24 // len(shown.plans) if len(shown.plans) < 6 else 4) for plan in shown.plans
    ]
    for plan in shown.plans:
        panels += [row(shown.line(plan)), _hours(shown, plan)]
    panels += [row(shown.say("Not well now")), _not_ok(shown, where)]
    return dashboard(
        shown,
        uid=uid("plant", shown.site),
        title=f"{shown.place} · {shown.say('Plant')}",
        panels=panels,
        refresh="5m",
    )


def _line_now(shown: Shown, plan: Plan, width: int) -> Panel:
    """What holds now on a line, as the link to its dashboard."""
    where = verdict_queries.of_limits(shown.site, plan)
    to_line = {
        "title": shown.line(plan),
        "url": f"/d/{line_uid(shown, plan)}?${{__url_time_range}}",
        "targetBlank": False,
    }
    return stat(
        shown.line(plan),
        [Query(verdict_queries.worst_now(where), shown.say("worst verdict"))],
        width=width,
        height=5,
        colour="background_solid",
        defaults={
            "mappings": number_mappings(shown),
            "noValue": shown.say(NO_DATA[0]),
            "links": [_data_link(to_line)],
        },
        description=shown.say(
            "As the engine decided last. Without readings nothing new is decided: look below."
        ),
    ).linked(shown.say("This line in haccpline"), page(shown, plan))


def _readings(shown: Shown, plan: Plan, width: int) -> Panel:
    return stat(
        shown.say("{line}: readings in the last 10 min", line=shown.line(plan)),
        [Query(reading_queries.count_since(same(site=shown.site, line=plan.line_id), _RECENT))],
        width=width,
        height=4,
        defaults={"noValue": shown.say("none: what is shown may be old"), "unit": "none"},
    )


def _hours(shown: Shown, plan: Plan) -> Panel:
    """Control point by hour, the worst verdict of each.

    InfluxQL gives two numbers for each limit, unit and hour; Grafana takes the greatest of each control point. InfluxDB
    1.6.7 cannot: where timelines are merged by hour from subqueries with finer tags, it repeats hours.
    """
    where = verdict_queries.of_limits(shown.site, plan)
    tags = ("ccp", "limit", *verdict_queries.unit_tags(plan))
    series = " ".join(f"$tag_{tag}" for tag in tags)
    queries = [
        Query(verdict_queries.hour_begun(where, tags), f"{series} {_FIELDS[0]}"),
        Query(verdict_queries.hour_held(where, tags), f"{series} {_FIELDS[1]}"),
    ]
    points = points_watched(plan)
    transformations: list[Json] = [{"id": "joinByField", "options": {"byField": "Time", "mode": "outer"}}]
    transformations += [
        {
            "id": "calculateField",
            "options": {
                "mode": "reduceRow",
                "reduce": {"reducer": "max", "include": _fields(plan, point.id)},
                "alias": shown.point(point),
                "replaceFields": False,
            },
        }
        for point in points
    ]
    names = ["Time", *(shown.point(point) for point in points)]
    transformations.append({"id": "filterFieldsByName", "options": {"include": {"names": names}}})
    return status_history(
        shown.say("The worst verdict of each hour"),
        queries,
        number_mappings(shown),
        width=24,
        height=3 + len(points),
        transformations=transformations,
    )


def _fields(plan: Plan, point: str) -> list[str]:
    """The names of all series of a control point."""
    found = []
    for owner, _, limit in limits_of(plan):
        if owner.id != point:
            continue
        units = plan.line.zones if verdict_queries.unit_tags(plan) else [""]
        for unit in units if not limit.zone else [limit.zone]:
            series = " ".join(each for each in (owner.id, limit.id, unit) if each)
            found += [f"{series} {field}" for field in _FIELDS]
    return found


def _not_ok(shown: Shown, where: str) -> Panel:
    return table(
        shown.say("Not well now: since when, and why"),
        [Query(verdict_queries.not_ok_rows(where), table=True)],
        width=24,
        height=8,
        overrides=[
            column("Time", shown.say("Since"), unit="dateTimeAsIso"),
            column("line", shown.say("Line")),
            column("ccp", shown.say("Control point")),
            column("limit", shown.say("Limit")),
            column("unit", shown.say("Unit of product")),
            column(
                "verdict",
                shown.say("Verdict"),
                mappings=text_mappings(shown),
                custom__cellOptions=COLOURED,
            ),
            column("worst", shown.say("Worst value")),
            column("reason", shown.say("Reason")),
        ],
    )


def _data_link(given: Json) -> Json:
    """A link on a value, with every key that the schema asks for."""
    return {
        "type": "link",
        "icon": "",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": False,
    } | given
