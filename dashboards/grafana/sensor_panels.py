"""The panels of one sensor: its curve between the limits of a control point, its last values, their age."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dashboards.grafana import reading_queries
from dashboards.grafana.influxql import escaped, matching, same
from dashboards.grafana.limit_lines import limit_lines
from dashboards.grafana.panel import Panel, Query, stat, time_series
from dashboards.grafana.shown import Shown, points_of
from dashboards.grafana.verdicts import NO_DATA
from readings.times import SECOND
from readings.units import Unit
from rules.limit import Bounds, Limit
from rules.plan import Plan

ONE_OF_ZONES = "${zone:regex}"
RECENT = 600  # seconds: where the plan does not say how long a sensor may be silent
_NUMBER = r"\.[0-9]+"
_GRAFANA_UNITS = {
    "degC": "celsius",
    "degF": "fahrenheit",
    "kelvin": "kelvin",
    "percent": "percent",
    "%": "percent",
    "s": "s",
    "min": "m",
}
_BARE = ("bool", "count", "code", "one", "rule")


def zones_of(plan: Plan) -> list[str]:
    """The zones that people choose from; none where there is nothing to choose."""
    return list(plan.line.zones) if plan.line.unit == "zone" and len(plan.line.zones) > 1 else []


def sensor_panels(
    shown: Shown, plan: Plan, name: str, zone: str | None, limits: list[tuple[str, Limit]]
) -> Iterator[Panel]:
    """A chart of a sensor between its limits, its last values, and how old they are.

    Args:
        shown: the site.
        plan: of the line.
        name: the sensor.
        zone: only its points there.
        limits: class and limit; all hold this sensor, there.
    """
    sensor = plan.sensors[name]
    title = shown.sensor(plan, name) + (f" · {zone}" if zone else "")
    where = same(site=shown.site, line=plan.line_id, sensor=name)
    points = points_of(sensor)
    if zone:
        points = sensor.point_names().get(zone, points)
        where += f" AND {matching('point', escaped(zone) + _NUMBER)}"
    elif sensor.zones is not None and zones_of(plan):
        where += f" AND {matching('point', ONE_OF_ZONES + _NUMBER)}"
    series = "$tag_point" if len(points) > 1 else as_alias(shown.sensor(plan, name))
    ends = ends_of([limit.on_readings for _, limit in limits if limit.on_readings is not None])
    words = {"max": shown.say("greatest"), "min": shown.say("least")}
    queries = [
        Query(reading_queries.extreme(end, where), f"{series} {words[end]}" if len(ends) > 1 else series)
        for end in ends
    ]
    silence = sensor.silence // SECOND or RECENT
    looks = {"unit": grafana_unit(sensor.unit), "decimals": _decimals(sensor.resolution)}
    kept = [_kept(shown, rank, limit) for rank, limit in limits]
    yield time_series(
        title,
        queries,
        width=18,
        height=8,
        defaults=looks | {"thresholds": limit_lines(limits, sensor.unit)},
        custom={
            "thresholdsStyle": {"mode": "line"},
            "lineInterpolation": "stepAfter" if sensor.unit.name == "bool" else "linear",
            "spanNulls": silence * 1000 if isinstance(sensor.every, int) else True,
        },
        description="\n\n".join(kept),
        interval=f"{max(1, sensor.every // SECOND) if isinstance(sensor.every, int) else 1}s",
    )
    yield stat(
        shown.say("Now"),
        [Query(reading_queries.value_now(where, silence), "$tag_point")],
        width=3,
        height=8,
        defaults=looks | {"noValue": shown.say(NO_DATA[0])},
        description=shown.say("Not older than the plan allows a sensor to be silent."),
    )
    yield stat(
        shown.say("Last usable reading"),
        [Query(reading_queries.heard(where), "$tag_point")],
        width=3,
        height=8,
        defaults={"unit": "dateTimeFromNow", "noValue": shown.say("never")},
    )


def grafana_unit(unit: Unit) -> str:
    """Grafana's name of a unit."""
    if unit.name in _BARE:
        return "none"
    return _GRAFANA_UNITS.get(unit.name, f"suffix:{unit.name}")


def ends_of(bounds: list[Bounds]) -> list[str]:
    """Which extreme of an interval could be beyond a bound: the chart must not average it away."""
    given = {name for held in bounds for name in held.given}
    ends = ["max"] if given & {"at_most", "below"} else []
    ends += ["min"] if given & {"at_least", "above"} else []
    return ends or ["max", "min"]


def _kept(shown: Shown, rank: str, limit: Limit) -> str:
    """A limit under the chart of its sensor; of what follows from readings, that it has a chart of its own."""
    if limit.derived is None:
        return f"{shown.rank(rank)} {_bounds(limit.held) or limit.id}"
    name = shown.name(limit.name, limit.id)
    return shown.say(
        "{rank} {name}: follows from these readings, see its own panel", rank=shown.rank(rank), name=name
    )


def _bounds(held: Bounds) -> str:
    signs = {"at_most": "≤", "at_least": "≥", "below": "<", "above": ">"}
    return ", ".join(f"{signs[name]} {getattr(held, name)}" for name in held.given)


def _decimals(resolution: Fraction | None) -> int:
    text = str(float(resolution if resolution is not None else 1)).rstrip("0")
    return len(text.partition(".")[2])


def as_alias(name: str) -> str:
    """A name that Grafana shows as it is: it would take what follows a dollar for a tag."""
    return name.replace("$", "").replace("[[", "[")
