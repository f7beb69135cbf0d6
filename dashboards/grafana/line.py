"""The dashboard of a line: for each control point its verdicts, its values between their limits, its changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dashboards.grafana import reading_queries, verdict_queries
from dashboards.grafana.dashboard import annotation, choice, dashboard
from dashboards.grafana.influxql import matching, same
from dashboards.grafana.judged_panels import judged_panel
from dashboards.grafana.panel import (
    COLOURED,
    Panel,
    Query,
    column,
    row,
    stat,
    state_timeline,
    table,
)
from dashboards.grafana.sensor_panels import ONE_OF_ZONES, RECENT, as_alias, sensor_panels, zones_of
from dashboards.grafana.shown import Shown, measured, points_watched, uid
from dashboards.grafana.verdicts import LOOKS, NO_DATA, number_mappings, text_mappings
from rules.control_point import Ccp, Oprp
from rules.limit import Limit
from rules.plan import Plan, limits_of
from rules.timeline import Verdict

Json = dict[str, Any]

_MARKED = {
    "A deviation begins": Verdict.DEVIATION,
    "It cannot be judged from here on": Verdict.INDETERMINATE,
}


def line_uid(shown: Shown, plan: Plan) -> str:
    """The id of a line's dashboard."""
    return uid("line", shown.site, plan.line_id)


def line_dashboard(shown: Shown, plan: Plan) -> Json:
    """The dashboard of a line."""
    where = verdict_queries.of_limits(shown.site, plan)
    zones = zones_of(plan)
    panels = [*_now(shown, plan, where)]
    for point in points_watched(plan):
        panels += _point(shown, plan, point)
    panels += [row(shown.say("Changes of verdict")), _changes(shown, where)]
    return dashboard(
        shown,
        uid=line_uid(shown, plan),
        title=f"{shown.place} · {shown.line(plan)}",
        panels=panels,
        variables=[choice(shown, "zone", shown.say("Zone"), zones)] if zones else [],
        annotations=[
            annotation(shown.say(title), verdict_queries.begun(where, verdict), LOOKS[verdict][1])
            for title, verdict in _MARKED.items()
        ],
    )


def _now(shown: Shown, plan: Plan, where: str) -> Iterator[Panel]:
    yield stat(
        shown.say("Worst verdict now"),
        [Query(verdict_queries.worst_now(where))],
        width=6,
        height=4,
        colour="background_solid",
        defaults={"mappings": number_mappings(shown), "noValue": shown.say(NO_DATA[0])},
        description=shown.say(
            "As the engine decided last. Without readings nothing new is decided: look at the right."
        ),
    ).linked(shown.say("This line in haccpline"), page(shown, plan))
    yield stat(
        shown.say("Not well now"),
        [Query(verdict_queries.not_ok_now(where))],
        width=6,
        height=4,
        defaults={"noValue": shown.say(NO_DATA[0]), "unit": "none"},
        description=shown.say(
            "Limits and units of product beyond a limit, beyond a warning, or not to be judged."
        ),
    )
    yield stat(
        shown.say("Readings in the last 10 min"),
        [Query(reading_queries.count_since(same(site=shown.site, line=plan.line_id), RECENT))],
        width=6,
        height=4,
        defaults={"noValue": shown.say("none: what is shown may be old"), "unit": "none"},
    )
    yield state_timeline(
        shown.say("Readings arrive"),
        [Query(reading_queries.arriving(same(site=shown.site, line=plan.line_id)), shown.say("Readings"))],
        [
            {
                "type": "value",
                "options": {
                    "0": {"text": shown.say("none"), "color": NO_DATA[1], "index": 0},
                    "1": {"text": shown.say("arrive"), "color": LOOKS[Verdict.OK][1], "index": 1},
                },
            }
        ],
        width=6,
        height=4,
        interval="1m",
    )


def _point(shown: Shown, plan: Plan, point: Ccp | Oprp) -> Iterator[Panel]:
    """A heading, the verdicts, and a chart with its last value for each sensor that a limit of the point holds."""
    limits = [(rank, limit) for owner, rank, limit in limits_of(plan) if owner is point]
    yield row(shown.point(point))
    yield _timelines(shown, plan, point, limits)
    for rank, limit in limits:
        if limit.derived is not None:
            yield judged_panel(shown, plan, _timeline_of(shown, plan, point, limit), rank, limit)
    seen: dict[tuple[str, str | None], list[tuple[str, Limit]]] = {}
    for rank, limit in limits:
        held = plan.sensors[limit.of]
        if measured(held) and held.unit.dimension != "code":  # a code is no curve
            seen.setdefault((limit.of, limit.zone), []).append((rank, limit))
    for (sensor, zone), its in seen.items():
        yield from sensor_panels(shown, plan, sensor, zone, its)


def _timelines(shown: Shown, plan: Plan, point: Ccp | Oprp, limits: list[tuple[str, Limit]]) -> Panel:
    tags = verdict_queries.unit_tags(plan)
    queries, rows = [], 0
    for rank, limit in limits:
        where = _timeline_of(shown, plan, point, limit)
        name = as_alias(shown.limit(limit, rank))
        queries.append(Query(verdict_queries.timeline(where, tags), f"{name} · $tag_unit" if tags else name))
        rows += 1 if not tags or limit.zone else len(plan.line.zones)
    return state_timeline(
        shown.say("Verdicts"),
        queries,
        text_mappings(shown),
        width=24,
        height=3 + rows,
        description=shown.say(
            "What the engine decided. Where the line begins, its first verdict is the one that held already."
        ),
    )


def _timeline_of(shown: Shown, plan: Plan, point: Ccp | Oprp, limit: Limit) -> str:
    where = same(site=shown.site, line=plan.line_id, ccp=point.id, limit=limit.id)
    return f"{where} AND {matching('unit', ONE_OF_ZONES)}" if zones_of(plan) else where


def _changes(shown: Shown, where: str) -> Panel:
    mappings = text_mappings(shown)
    return table(
        shown.say("Changes of verdict"),
        [Query(verdict_queries.changes(where), table=True)],
        width=24,
        height=10,
        overrides=[
            column("Time", shown.say("From"), unit="dateTimeAsIso"),
            column("ccp", shown.say("Control point")),
            column("limit", shown.say("Limit")),
            column("unit", shown.say("Unit of product")),
            column("verdict", shown.say("Verdict"), mappings=mappings, custom__cellOptions=COLOURED),
            column("worst", shown.say("Worst value")),
            column("reason", shown.say("Reason")),
            column("revision", shown.say("Revision")),
        ],
    )


def page(shown: Shown, plan: Plan) -> str:
    """The address of the line's own page; empty without pages."""
    return f"{shown.pages}/lines/{plan.line_id}" if shown.pages else ""
