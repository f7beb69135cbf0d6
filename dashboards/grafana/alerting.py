"""Dead-man alerts: nothing is heard. No rule here looks at a value or a verdict; the engine alone judges limits.

Each series has a rule of its own: in a rule over many series one that falls silent is dropped, not alerted.
"""

from __future__ import annotations

from typing import Any

from dashboards.grafana.influxql import same
from dashboards.grafana.panel import SOURCE
from dashboards.grafana.reading_queries import counted_before_now
from dashboards.grafana.shown import Shown, measured, points_of, uid
from readings.times import MINUTE, SECOND, format_duration
from rules.plan import Plan
from rules.sensor import Sensor

Json = dict[str, Any]

LEAST = 10 * MINUTE
EVERY = 60  # seconds between evaluations
_EXPRESSION: Json = {"type": "__expr__", "uid": "__expr__"}


def dead_after(sensor: Sensor) -> int | None:
    """Without a reading for so long, ns, it is called dead; None for one that may be silent for ever.

    Twice the silence that the plan allows, and 10 min at least: the engine speaks first, this is for when it cannot.
    """
    if not measured(sensor) or not sensor.silence:
        return None
    return max(2 * sensor.silence, LEAST)


def rules(shown: Shown) -> list[Json]:
    """All rules, as Grafana's API takes them; the first is the whole site's."""
    spans = [
        span for plan in shown.plans for sensor in plan.sensors_.values() if (span := dead_after(sensor))
    ]
    found = [_site_rule(shown, max(LEAST, min(spans, default=LEAST)))]
    for plan in shown.plans:
        for name, sensor in plan.sensors_.items():
            span = dead_after(sensor)
            if span is not None:
                found += [_series_rule(shown, plan, name, point, span) for point in points_of(sensor)]
    return found


def folder(shown: Shown) -> Json:
    """The folder of dashboards and rules."""
    return {"uid": uid("haccpline", shown.site), "title": f"haccpline {shown.site}"}


def group(shown: Shown) -> str:
    """The name of the group of all rules."""
    return f"dead-man-{shown.site}"


def rule_group(shown: Shown) -> Json:
    """The group of all rules, as Grafana's API takes it."""
    return {
        "title": group(shown),
        "folderUid": folder(shown)["uid"],
        "interval": EVERY,
        "rules": rules(shown),
    }


def provisioned(shown: Shown) -> Json:
    """The rules, for a provisioning file."""
    return {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": group(shown),
                "folder": folder(shown)["title"],
                "interval": f"{EVERY}s",
                "rules": [
                    {key: rule[key] for key in rule if key not in ("orgID", "folderUID", "ruleGroup")}
                    for rule in rules(shown)
                ],
            }
        ],
    }


def _site_rule(shown: Shown, span: int) -> Json:
    """Nothing at all from the site. The only one that calls when the database does not answer: once, not forty times."""
    return _rule(
        shown,
        uid("dead-site", shown.site),
        title=f"{shown.site}: {shown.say('nothing arrives')}",
        where=same(site=shown.site),
        span=span,
        labels={"site": shown.site},
        summary=shown.say(
            "No reading of {site} has reached InfluxDB for {span}: the record process, its copy or the database"
            " stands still, and what the dashboards show is old.",
            site=shown.place,
            span=format_duration(span),
        ),
        on_error="Error",
    )


def _series_rule(shown: Shown, plan: Plan, sensor: str, point: str, span: int) -> Json:
    series = f"{plan.line_id}/{sensor}/{point}"
    return _rule(
        shown,
        uid("dead", shown.site, plan.line_id, sensor, point),
        title=f"{series}: {shown.say('no reading')}",
        where=same(site=shown.site, line=plan.line_id, sensor=sensor, point=point),
        span=span,
        labels={"site": shown.site, "line": plan.line_id, "sensor": sensor, "point": point},
        summary=shown.say(
            "No reading of {sensor} (point {point}) of {line} has reached InfluxDB for {span}.",
            sensor=shown.sensor(plan, sensor),
            point=point,
            line=shown.line(plan),
            span=format_duration(span),
        ),
        on_error="KeepLast",
    )


def _rule(  # noqa: PLR0913 - what a rule is made of
    shown: Shown,
    uid: str,
    *,
    title: str,
    where: str,
    span: int,
    labels: dict[str, str],
    summary: str,
    on_error: str,
) -> Json:
    seconds = span // SECOND
    asked = {"refId": "A", "datasource": SOURCE, "rawQuery": True, "resultFormat": "time_series"}
    return {
        "uid": uid,
        "title": title[:190],
        "orgID": 1,
        "folderUID": folder(shown)["uid"],
        "ruleGroup": group(shown),
        "condition": "C",
        "data": [
            _query("A", SOURCE["uid"], seconds, asked | {"query": counted_before_now(where, seconds)}),
            _query("B", "__expr__", seconds, _expression("B", type="reduce", expression="A", reducer="last")),
            _query(
                "C",
                "__expr__",
                seconds,
                _expression(
                    "C",
                    type="threshold",
                    expression="B",
                    conditions=[{"evaluator": {"type": "lt", "params": [1]}}],
                ),
            ),
        ],
        "noDataState": "Alerting",
        "execErrState": on_error,
        "for": "1m",
        "labels": {"source": "haccpline"} | labels,
        "annotations": {"summary": summary},
        "isPaused": False,
    }


def _query(name: str, source: str, seconds: int, model: Json) -> Json:
    return {
        "refId": name,
        "datasourceUid": source,
        "relativeTimeRange": {"from": seconds, "to": 0},
        "model": model,
    }


def _expression(name: str, **given: Any) -> Json:
    return {"refId": name, "datasource": _EXPRESSION, **given}
