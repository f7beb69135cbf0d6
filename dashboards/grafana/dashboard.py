"""A dashboard around its panels, in Grafana's classic form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.grafana.grid import placed
from dashboards.grafana.panel import SOURCE, Panel, link
from dashboards.grafana.shown import Shown

Json = dict[str, Any]

SCHEMA_VERSION = 39  # of Grafana 10.4; later ones migrate it forward
TAG = "haccpline"


def dashboard(  # noqa: PLR0913 - what a dashboard is made of
    shown: Shown,
    *,
    uid: str,
    title: str,
    panels: Sequence[Panel],
    variables: Sequence[Json] = (),
    annotations: Sequence[Json] = (),
    refresh: str = "1m",
) -> Json:
    """A dashboard that looks at the last 24 h, in the site's time.

    Args:
        shown: the site.
        uid: stays for good: links lead to it.
        title: its name.
        panels: in reading order.
        variables: that people choose from.
        annotations: drawn into charts.
        refresh: how often it asks again.
    """
    links = [
        {
            "title": shown.say("Dashboards"),
            "type": "dashboards",
            "icon": "external link",
            "tooltip": "",
            "url": "",
            "tags": [TAG, shown.site],
            "asDropdown": True,
            "targetBlank": False,
            "includeVars": False,
            "keepTime": True,
        }
    ]
    if shown.pages:
        links.append(link(shown.say("Cases, signatures, export: haccpline"), shown.pages))
    return {
        "id": None,
        "uid": uid,
        "title": title,
        "tags": [TAG, shown.site],
        "timezone": shown.timezone,
        "editable": False,
        "graphTooltip": 1,
        "time": {"from": "now-24h", "to": "now"},
        "timepicker": {"refresh_intervals": ["30s", "1m", "5m", "15m", "1h"]},
        "refresh": refresh,
        "schemaVersion": SCHEMA_VERSION,
        "templating": {"list": list(variables)},
        "annotations": {"list": list(annotations)},
        "links": links,
        "panels": placed(panels),
    }


def choice(shown: Shown, name: str, label: str, values: Sequence[str]) -> Json:
    """A variable with fixed values of which several, or all, may be chosen."""
    every = shown.say("All")
    options = [{"text": every, "value": "$__all", "selected": True}]
    options += [{"text": value, "value": value, "selected": False} for value in values]
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": ",".join(values),
        "multi": True,
        "includeAll": True,
        "current": {"text": [every], "value": ["$__all"], "selected": True},
        "options": options,
        "hide": 0,
        "skipUrlSync": False,
    }


def annotation(name: str, query: str, colour: str) -> Json:
    """Marks in every chart of the dashboard: a row of the query each, `reason` as text, the rest as tags."""
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "target": {
            "refId": "Anno",
            "query": query,
            "queryType": "tags",
            "fromAnnotations": True,
            "textColumn": "reason",
            "tagsColumn": "ccp,limit,unit",
            "timeEndColumn": "",
            "titleColumn": "",
            "name": name,
        },
    }
