"""The columns that name a series in a table."""

from __future__ import annotations

from typing import Any

from dashboards.grafana.panel import column
from dashboards.grafana.shown import Shown


def series_columns(shown: Shown) -> list[dict[str, Any]]:
    """Line, sensor, point."""
    return [
        column("line", shown.say("Line")),
        column("sensor", shown.say("Sensor")),
        column("point", shown.say("Point")),
    ]
