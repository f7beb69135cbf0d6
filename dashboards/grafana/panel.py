"""Panels, as plain dicts in Grafana's classic form. Every option that a panel's schema asks for stands here once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]

SOURCE_UID = "haccpline-influxdb"
SOURCE: Json = {"type": "influxdb", "uid": SOURCE_UID}
COLOURED: Json = {
    "type": "color-background",
    "mode": "basic",
    "applyToRow": False,
}  # a cell in its value's colour
_LEGEND: Json = {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []}
_TOOLTIP: Json = {"mode": "multi", "sort": "none"}
_NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel.

    Attributes:
        text: InfluxQL.
        alias: name of its series; `$tag_x` stands for a tag.
        table: whether it gives a table instead of series.
    """

    text: str
    alias: str = ""
    table: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel without its place.

    Attributes:
        type: Grafana's name of it.
        title: above it.
        width: in columns of the 24 that there are.
        height: in Grafana's rows.
        body: everything else.
    """

    type: str
    title: str
    width: int
    height: int
    body: Json = field(default_factory=dict)

    def linked(self, title: str, url: str) -> Panel:
        """The panel with a link in its corner; an empty address changes nothing."""
        return replace(self, body=self.body | {"links": [link(title, url)]}) if url else self


def link(title: str, url: str) -> Json:
    """A link out of Grafana."""
    return {
        "title": title,
        "type": "link",
        "icon": "external link",
        "tooltip": "",
        "url": url,
        "tags": [],
        "asDropdown": False,
        "targetBlank": True,
        "includeVars": False,
        "keepTime": False,
    }


def targets(queries: Sequence[Query]) -> list[Json]:
    """Queries as Grafana's InfluxQL targets."""
    return [
        {
            "refId": _ref(number),
            "datasource": SOURCE,
            "query": query.text,
            "rawQuery": True,
            "resultFormat": "table" if query.table else "time_series",
            "alias": query.alias,
        }
        for number, query in enumerate(queries)
    ]


def _ref(number: int) -> str:
    return (
        _NAMES[number]
        if number < len(_NAMES)
        else f"{_NAMES[number // len(_NAMES) - 1]}{_NAMES[number % len(_NAMES)]}"
    )


def panel(  # noqa: PLR0913 - what a panel is made of
    kind: str,
    title: str,
    queries: Sequence[Query],
    *,
    width: int,
    height: int,
    options: Json,
    defaults: Json,
    overrides: Sequence[Json] = (),
    description: str = "",
    transformations: Sequence[Json] = (),
    interval: str = "",
) -> Panel:
    """A panel of any kind that asks the data source.

    Args:
        kind: Grafana's name of it.
        title: above it.
        queries: what it asks.
        width: in columns.
        height: in rows.
        options: as the kind's schema says.
        defaults: of all its fields.
        overrides: for fields that differ.
        description: shown behind its (i).
        transformations: between query and panel.
        interval: the shortest `$__interval`.
    """
    body: Json = {
        "datasource": SOURCE,
        "targets": targets(queries),
        "options": options,
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
    }
    if description:
        body["description"] = description
    if transformations:
        body["transformations"] = list(transformations)
    if interval:
        body["interval"] = interval
    return Panel(kind, title, width, height, body)


def row(title: str) -> Panel:
    """A heading over the panels that follow."""
    return Panel("row", title, 24, 1, {"collapsed": False, "panels": []})


def state_timeline(title: str, queries: Sequence[Query], mappings: list[Json], **more: Any) -> Panel:
    """Which state held when, a row for each series."""
    return panel(
        "state-timeline",
        title,
        queries,
        options={
            "showValue": "auto",
            "rowHeight": 0.85,
            "mergeValues": True,
            "alignValue": "left",
            "legend": _LEGEND,
            "tooltip": _TOOLTIP | {"mode": "single"},
            "perPage": 50,
        },
        defaults={
            "mappings": mappings,
            "color": {"mode": "thresholds"},
            "thresholds": plain_thresholds(),
            "custom": {"lineWidth": 0, "fillOpacity": 85, "spanNulls": False, "insertNulls": False},
        },
        **more,
    )


def status_history(
    title: str, queries: Sequence[Query], mappings: list[Json], *, look: Json | None = None, **more: Any
) -> Panel:
    """The state of each interval, a row for each series; `look` is how its values look where mappings say nothing."""
    return panel(
        "status-history",
        title,
        queries,
        options={
            "showValue": "never",
            "rowHeight": 0.85,
            "colWidth": 0.95,
            "legend": _LEGEND,
            "tooltip": _TOOLTIP | {"mode": "single"},
            "perPage": 50,
        },
        defaults={
            "mappings": mappings,
            "color": {"mode": "thresholds"},
            "thresholds": plain_thresholds(),
            "custom": {"lineWidth": 0, "fillOpacity": 85},
        }
        | (look or {}),
        **more,
    )


def stat(title: str, queries: Sequence[Query], *, defaults: Json, colour: str = "none", **more: Any) -> Panel:
    """Numbers as large text; `colour` is `none`, `value` or `background_solid`."""
    return panel(
        "stat",
        title,
        queries,
        options={
            "graphMode": "none",
            "colorMode": colour,
            "justifyMode": "auto",
            "textMode": "auto",
            "wideLayout": True,
            "showPercentChange": False,
            "percentChangeColorMode": "standard",
            "orientation": "auto",
            "reduceOptions": {"values": False, "calcs": ["lastNotNull"], "fields": ""},
        },
        defaults={"color": {"mode": "thresholds"}, "thresholds": plain_thresholds()} | defaults,
        **more,
    )


def table(title: str, queries: Sequence[Query], *, overrides: Sequence[Json], **more: Any) -> Panel:
    """Rows and columns."""
    return panel(
        "table",
        title,
        queries,
        options={"frameIndex": 0, "showHeader": True, "cellHeight": "sm"},
        defaults={"custom": {"align": "auto", "inspect": False, "filterable": True}},
        overrides=overrides,
        **more,
    )


def time_series(title: str, queries: Sequence[Query], *, defaults: Json, custom: Json, **more: Any) -> Panel:
    """Curves over time."""
    drawn: Json = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 0,
        "showPoints": "auto",
        "pointSize": 4,
        "spanNulls": False,
        "axisPlacement": "auto",
        "thresholdsStyle": {"mode": "off"},
    }
    return panel(
        "timeseries",
        title,
        queries,
        options={"legend": _LEGEND | {"showLegend": True}, "tooltip": _TOOLTIP},
        defaults={
            "color": {"mode": "palette-classic"},
            "thresholds": plain_thresholds(),
            "custom": drawn | custom,
        }
        | defaults,
        **more,
    )


def plain_thresholds() -> Json:
    """No thresholds: one colour for everything."""
    return {"mode": "absolute", "steps": [{"value": None, "color": "text"}]}


def column(name: str, title: str, **properties: Any) -> Json:
    """How a column of a table looks: its heading, and properties such as `unit` or `mappings`."""
    given = [{"id": "displayName", "value": title}]
    given += [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": given}
