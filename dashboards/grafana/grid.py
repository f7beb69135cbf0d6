"""Places for panels: left to right, top to bottom, on Grafana's 24 columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboards.grafana.panel import Panel

COLUMNS = 24


def placed(panels: Iterable[Panel]) -> list[dict[str, Any]]:
    """The panels as Grafana has them, each with a place and a number; none lies over another.

    A panel that does not fit beside the others begins below the highest of them; so does every heading.
    """
    found: list[dict[str, Any]] = []
    x = y = below = 0
    for number, panel in enumerate(panels, 1):
        if panel.type == "row" or x + panel.width > COLUMNS:
            x, y = 0, below
        found.append(
            {
                "id": number,
                "type": panel.type,
                "title": panel.title,
                "gridPos": {"h": panel.height, "w": panel.width, "x": x, "y": y},
            }
            | panel.body
        )
        x += panel.width
        below = max(below, y + panel.height)
    return found
