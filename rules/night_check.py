"""What a plan says of nights, held against its sensors."""

from __future__ import annotations

from collections.abc import Iterator

from readings.times import SECOND, format_duration
from rules.line import Produced
from rules.plan import Plan
from rules.strict_yaml import Path

_NO_COUNT = {"text", "event", "code", "truth"}


def night_findings(plan: Plan) -> Iterator[tuple[Path, str]]:
    """What is wrong with the calendar and the counter of a line."""
    line = plan.line
    if line.produced is not None and line.produced.from_ in plan.sensors:
        yield from _counter(plan, line.produced)
    if line.calendar is not None and line.calendar.ends == "stopped":
        if line.produced is None:
            message = (
                "nothing would show that nothing was made behind the line's last word: name a counter (produced),"
                " or write ends: signed"
            )
            yield ("line", "calendar", "ends"), message
        elif line.state is None or not line.judged:
            yield ("line", "calendar", "ends"), "there is no line.state with judged_when that could say so"


def _counter(plan: Plan, produced: Produced) -> Iterator[tuple[Path, str]]:
    name, sensor = produced.from_, plan.sensors[produced.from_]
    path: Path = ("line", "produced")
    if sensor.unit.dimension in _NO_COUNT:
        yield (*path, "from"), f"{name} counts nothing: its unit is {sensor.unit.name}"
        return
    if sensor.zones is not None or (sensor.points or 1) > 1:
        yield (*path, "from"), f"one counter counts for the whole line, and {name} has several points"
    state = plan.sensors.get(plan.line.state.from_) if plan.line.state is not None else None
    if state is not None and state.zones is not None:
        yield (*path, "from"), f"{name} counts for the whole line, and line.state speaks for its zones"
    if sensor.silence == 0:
        message = (
            f"{name} speaks on change alone: say how often it is alive (alive_every), or its silence would be taken"
            " for standing still"
        )
        yield (*path, "from"), message
    every = sensor.every if isinstance(sensor.every, int) else SECOND
    if produced.contradicted_after < 2 * every:
        short = format_duration(produced.contradicted_after)
        message = f"{short} is too short: {name} speaks only every {format_duration(every)}"
        yield (*path, "contradicted_after"), message
