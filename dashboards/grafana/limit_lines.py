"""Limits as lines in a chart. They show where the limits lie; whether one holds, only the engine says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from readings.errors import UnitError
from readings.units import Unit
from rules.limit import Bounds, Limit

CRITICAL = "#d32f2f"
OPERATING = "#f2b01e"
_WITHIN = "transparent"
_COLOUR = {"critical": CRITICAL, "criterion": CRITICAL, "supporting": CRITICAL, "operating": OPERATING}


def limit_lines(limits: Iterable[tuple[str, Limit]], unit: Unit) -> dict[str, Any]:
    """Lines in the chart of a sensor: at the bounds among its readings, not at those of a dose, a rate or an average.

    Args:
        limits: class (`critical`, `operating`, `criterion`) and limit.
        unit: of the sensor.
    """
    return bound_lines([(rank, limit.on_readings or Bounds()) for rank, limit in limits], unit)


def bound_lines(bounds: Iterable[tuple[str, Bounds]], unit: Unit) -> dict[str, Any]:
    """Thresholds that draw a line at each bound, in the colour of the limit's class.

    Grafana draws a line in the colour of the step above it; below a transparent step, of the step beneath it. So what
    lies within all bounds is transparent, and an area takes the colour of the worst limit that it lies beyond.

    Args:
        bounds: class (`critical`, `operating`, `criterion`) and bounds of a limit; those in what is no such unit are left
            out.
        unit: of the chart.
    """
    lower: list[tuple[float, str]] = []
    upper: list[tuple[float, str]] = []
    for rank, held in bounds:
        for name in held.given:
            value = _in_unit(held, name, unit)
            if value is not None:
                side = upper if name in ("at_most", "below") else lower
                side.append((value, _COLOUR.get(rank, OPERATING)))
    edges = sorted({value for value, _ in [*lower, *upper]})
    steps: list[dict[str, Any]] = [{"value": None, "color": _area(float("-inf"), lower, upper)}]
    steps += [{"value": edge, "color": _area(edge, lower, upper)} for edge in edges]
    return {"mode": "absolute", "steps": steps}


def _area(start: float, lower: list[tuple[float, str]], upper: list[tuple[float, str]]) -> str:
    """The colour of what lies just above `start`."""
    beyond = [colour for value, colour in lower if start < value]
    beyond += [colour for value, colour in upper if start >= value]
    return CRITICAL if CRITICAL in beyond else beyond[0] if beyond else _WITHIN


def _in_unit(held: Bounds, name: str, unit: Unit) -> float | None:
    try:
        return float(getattr(held, name).in_unit(unit))
    except UnitError:
        return None
