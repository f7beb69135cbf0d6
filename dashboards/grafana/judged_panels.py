"""The panel of a limit that judges no reading: what it judged, in its own unit, between its own bounds."""

from __future__ import annotations

from dashboards.grafana import verdict_queries
from dashboards.grafana.limit_lines import bound_lines
from dashboards.grafana.panel import Panel, Query, time_series
from dashboards.grafana.sensor_panels import as_alias, ends_of, grafana_unit
from dashboards.grafana.shown import Shown
from dashboards.grafana.verdicts import NO_DATA
from rules.limit import Limit
from rules.plan import Plan


def judged_panel(shown: Shown, plan: Plan, where: str, rank: str, limit: Limit) -> Panel:
    """The worst value of each span of a limit's verdicts.

    Args:
        shown: the site.
        plan: of the line.
        where: condition on the measurement `verdict`.
        rank: class of the limit.
        limit: one of which what is judged follows from readings.
    """
    unit, _ = limit.scale(plan.sensors)
    tags = verdict_queries.unit_tags(plan)
    name = shown.limit(limit, rank)
    series = "$tag_unit" if tags else as_alias(name)
    ends = ends_of([limit.held])
    words = {"max": shown.say("greatest"), "min": shown.say("least")}
    per_batch = limit.cycle is not None
    form = "{limit}: each batch" if per_batch else "{limit}: the worst of each span"
    described = (
        "What is judged, of each batch, where it begins; nothing of a batch that is under way."
        if per_batch
        else "What is judged follows from readings; it is known where a verdict changes, and of a span once it is over."
    )
    return time_series(
        shown.say(form, limit=name),
        [
            Query(
                verdict_queries.worst_values(end, where, tags),
                f"{series} {words[end]}" if len(ends) > 1 else series,
            )
            for end in ends
        ],
        width=12,
        height=7,
        defaults={
            "unit": grafana_unit(unit),
            "thresholds": bound_lines([(rank, limit.held)], unit),
            "noValue": shown.say(NO_DATA[0]),
        },
        custom={
            "drawStyle": "points",
            "pointSize": 7,
            "showPoints": "always",
            "thresholdsStyle": {"mode": "line"},
        },
        description=shown.say(described),
    )
