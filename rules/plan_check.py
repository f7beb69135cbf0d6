"""Holding the parts of a plan against each other, and reading one from its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain

from readings.errors import TimeError, UnitError
from readings.times import format_duration, zone
from readings.units import Unit
from rules.faults import Fault, Mark, PlanError
from rules.limit import Averaged, Except, Limit
from rules.notice_check import notice_findings
from rules.plan import Ccp, Oprp, Plan, Sensor
from rules.strict_model import read_model
from rules.strict_yaml import Marks, Path

_MOST_POINTS = 1000
Finding = tuple[Path, str]


def load_plan(text: str, file: str) -> Plan:
    """The plan of a YAML text.

    Args:
        text: the file's content.
        file: its name, for messages.

    Raises:
        PlanError: with every fault, each with line and column.
    """
    plan, marks = read_model(Plan, text, file)
    faults = [Fault(file, place(path, marks), message) for path, message in findings(plan)]
    if faults:
        raise PlanError(faults)
    return plan


def place(path: Path, marks: Marks) -> Mark:
    """Where a path stands, or the nearest thing around it."""
    while path and path not in marks:
        path = path[:-1]
    return marks.get(path, Mark())


def findings(plan: Plan) -> Iterator[Finding]:
    """What does not fit together, with the path of the key at fault."""
    try:
        zone(plan.site.timezone)
    except TimeError as error:
        yield ("site", "timezone"), str(error)
    yield from _line(plan)
    for name, sensor in plan.sensors.items():
        yield from _sensor(plan, name, sensor)
    groups: tuple[tuple[str, Sequence[Ccp | Oprp]], ...] = (("ccps", plan.ccps), ("oprps", plan.oprps))
    for group, points in groups:
        for index in _repeated([point.id for point in points]):
            yield (group, index, "id"), f"{points[index].id} stands here a second time"
        for index, point in enumerate(points):
            for rest, message in _point(plan, point):
                yield (group, index, *rest), message
    yield from notice_findings(plan)


def _point(plan: Plan, point: Ccp | Oprp) -> Iterator[Finding]:
    lists: dict[str, list[Limit]] = (
        {"critical": point.critical, "operating": point.operating, "instruments": point.instruments}
        if isinstance(point, Ccp)
        else {"criteria": point.criteria}
    )
    ids = [limit.id for limits in lists.values() for limit in limits]
    for name, limits in lists.items():
        for number, limit in enumerate(limits):
            if ids.count(limit.id) > 1:
                yield (name, number, "id"), f"{point.id} has more than one limit named {limit.id}"
            for rest, message in _limit(plan, limit):
                yield (name, number, *rest), message
            if (name == "instruments") != (limit.kind == "agreement") and limit.kind != "spread":
                message = (
                    f"{limit.kind} judges the product, not an instrument"
                    if name == "instruments"
                    else f"{limit.kind} judges an instrument, not the product: write it under instruments"
                )
                yield (name, number, "kind"), message
    for wanted in point.one_case_for if isinstance(point, Ccp) else ():
        if wanted not in ids:
            yield ("one_case_for",), f"{point.id} has no critical limit named {wanted}"
    silence = point.silence
    for limit in chain(*lists.values()):
        every = plan.sensors[limit.of].every if limit.of in plan.sensors else None
        if silence.verdict is not None and isinstance(every, int) and silence.verdict.after < every:
            message = (
                f"silent after {format_duration(silence.verdict.after)}, but a reading of {limit.of} comes only every"
                f" {format_duration(every)}: it would always be silent"
            )
            yield ("silence", "verdict"), message
    if silence.case and silence.verdict and silence.case.after < silence.verdict.after:
        message = (
            f"the case comes after {format_duration(silence.case.after)}, before the verdict"
            f" ({format_duration(silence.verdict.after)})"
        )
        yield ("silence", "case"), message


def _repeated(ids: list[str]) -> list[int]:
    counts = Counter(ids)
    seen: set[str] = set()
    found = []
    for index, name in enumerate(ids):
        if counts[name] > 1 and name in seen:
            found.append(index)
        seen.add(name)
    return found


def _line(plan: Plan) -> Iterator[Finding]:
    line = plan.line
    if len(set(line.zones)) < len(line.zones):
        yield ("line", "zones"), "a zone stands here twice"
    if line.state is not None and line.judged and line.state.from_ in plan.sensors:
        yield from _speaks(plan, line.state.from_, ("line", "state", "from"))
    if line.unit == "zone" and not line.zones:
        yield ("line", "unit"), "the unit is a zone, and the line has no zones"
    for key in ("state", "product", "lot"):
        coded = getattr(line, key)
        if coded is not None and coded.from_ not in plan.sensors:
            yield ("line", key, "from"), _no_sensor(plan, coded.from_)
    if line.judged and line.state is None:
        yield ("line", "judged_when"), "there is no line.state that could say so"
    elif line.judged and line.state is not None and not line.state.codes:
        yield (
            ("line", "state"),
            "say what the codes mean, {running: running, 2: stopped}: one that is not named is judged",
        )
    elif line.state is not None:
        for state in line.judged:
            if state not in line.state.codes.values():
                yield (
                    ("line", "judged_when"),
                    f"no code means {state}; known are {', '.join(line.state.codes.values())}",
                )


def _sensor(plan: Plan, name: str, sensor: Sensor) -> Iterator[Finding]:
    path: Path = ("sensors", name)
    if sensor.points is not None and sensor.zones is not None:
        yield (*path, "points"), "points stand per zone where a sensor has zones: {CS1: 4 points}"
    if sensor.zones is not None and not sensor.zones:
        yield (*path, "zones"), "no zone is named; leave zones out, or name them: {CS1: 1 point}"
    if isinstance(sensor.zones, list) and len(set(sensor.zones)) < len(sensor.zones):
        yield (*path, "zones"), "a zone stands here twice"
    if sum(len(points) for points in sensor.point_names().values()) > _MOST_POINTS:
        yield (*path, "zones" if sensor.zones else "points"), f"more than {_MOST_POINTS} points"
    for known in sensor.point_names():
        if known and known not in plan.line.zones:
            yield (
                (*path, "zones"),
                f"the line has no zone {known}; it has {', '.join(plan.line.zones) or 'none'}",
            )
    if sensor.resolution is not None and sensor.resolution <= 0:
        yield (*path, "resolution"), "a resolution is greater than 0"
    if sensor.range is not None and (len(sensor.range) != 2 or sensor.range[0] >= sensor.range[1]):
        yield (*path, "range"), "a range is [lowest, highest]"
    if isinstance(sensor.every, int) and sensor.silence < sensor.every:
        message = (
            f"silent after {format_duration(sensor.silence)}, but a reading comes only every"
            f" {format_duration(sensor.every)}: it would always be silent"
        )
        yield (*path, "silent_after"), message
    if sensor.stuck is not None:
        yield from _stuck(name, sensor, path)


def _stuck(name: str, sensor: Sensor, path: Path) -> Iterator[Finding]:
    if sensor.unit.dimension in {"text", "event", "code", "truth"}:
        yield (*path, "stuck"), f"{name} may well stand still: its unit is {sensor.unit.name}"
        return
    every = sensor.every if isinstance(sensor.every, int) else sensor.alive_every
    if every is None:
        yield (*path, "stuck"), f"{name} speaks on change alone: say how often it is alive (alive_every)"
    elif sensor.stuck is not None and sensor.stuck.unchanged_for < 2 * every:
        message = (
            f"stuck after {format_duration(sensor.stuck.unchanged_for)}, but a reading comes only every"
            f" {format_duration(every)}: two of the same number say nothing"
        )
        yield (*path, "stuck", "unchanged_for"), message


def _limit(plan: Plan, limit: Limit) -> Iterator[Finding]:
    sensor = plan.sensors.get(limit.of)
    if sensor is None:
        yield ("of",), _no_sensor(plan, limit.of)
        return
    if sensor.unit.dimension in {"text", "event", "code"}:
        yield ("of",), f"{limit.of} is no measurement: its unit is {sensor.unit.name}"
        return
    zones = sensor.point_names()
    wrong = list(limit.faults(plan.sensors))
    yield from wrong
    if wrong:
        return
    yield from _during(plan, limit)
    yield from _combining(plan, limit, sensor)
    if isinstance(sensor.every, str) and sensor.silence == 0:
        yield ("of",), f"{limit.of} speaks on change alone: say how often it is alive (alive_every)"
    if limit.zone is not None and limit.zone not in zones:
        yield (
            ("zone",),
            f"{limit.of} has no points in zone {limit.zone}; it has {', '.join(filter(None, zones)) or 'no zones'}",
        )
    scale = limit.scale(plan.sensors)
    for name in limit.given:
        yield from _bound(limit, name, *scale, ())
    if limit.clears is not None:
        for name in limit.clears.given:
            yield from _bound(limit.clears, name, *scale, ("clears",))
    if limit.averaged is not None:
        yield from _averaged(plan, limit, limit.averaged)
    for index, granted in enumerate(limit.except_):
        for rest, message in _exception(plan, granted, sensor):
            yield ("except", index, *rest), message


def _exception(plan: Plan, granted: Except, sensor: Sensor) -> Iterator[Finding]:
    if not granted.given:
        yield (), "an exception is bounded: write at_most or at_least"
    for name in granted.given:
        yield from _bound(granted, name, sensor.unit, sensor.step, ())
    signal = plan.sensors.get(granted.while_)
    if signal is None:
        yield ("while",), _no_sensor(plan, granted.while_)
    elif signal.unit.dimension != "truth":
        yield ("while",), f"{granted.while_} is no signal: its unit is {signal.unit.name}, not bool"
    else:
        yield from _speaks(plan, granted.while_, ("while",))


def _combining(plan: Plan, limit: Limit, sensor: Sensor) -> Iterator[Finding]:
    """How points combine fits how many there are in a unit of product."""
    zones = {zone: len(names) for zone, names in sensor.point_names().items() if limit.zone in (None, zone)}
    units = zones if plan.line.unit == "zone" else {"": sum(zones.values())}
    for unit, points in units.items():
        where = f" in {unit}" if unit else ""
        if limit.counted is not None and limit.counted[1] != points:
            yield ("combine",), f"{limit.combine}, but {limit.of} has {points} points{where}"
    if limit.combine == "any" and limit.confirm > 1:
        message = "confirm counts readings of one point, and any asks for all of them; use for_more_than"
        yield ("combine",), message


def _during(plan: Plan, limit: Limit) -> Iterator[Finding]:
    """The states in which a limit is judged are those of the line."""
    state = plan.line.state
    if limit.during is not None and not limit.states:
        yield ("during",), "no state is named; leave during out, or name one: [come_up, hold]"
    if limit.after is not None and not (limit.states or plan.line.judged):
        yield (
            ("after",),
            f"{limit.id} is judged always: name the states after whose beginning it counts (during)",
        )
    if limit.states and state is None:
        yield ("during",), "there is no line.state that could say so"
        return
    for name in limit.states or ():
        known = list(state.codes.values()) if state is not None else []
        if name not in known:
            yield ("during",), f"no code means {name}; known are {', '.join(known) or 'none'}"
    if limit.states and state is not None and state.from_ in plan.sensors:
        yield from _speaks(plan, state.from_, ("during",))


def _averaged(plan: Plan, limit: Limit, averaged: Averaged) -> Iterator[Finding]:
    """A mean is one of several readings, of nothing but the limit's own sensors."""
    for name in (limit.of, averaged.other or limit.of):
        every = plan.sensors[name].every
        if isinstance(every, int) and averaged.over < 2 * every:
            message = (
                f"a mean over {format_duration(averaged.over)}, but a reading of {name} comes only every"
                f" {format_duration(every)}"
            )
            yield ("mean_over",), message
            return
    for given, key in ((limit.combine != "worst", "combine"), (bool(limit.except_), "except")):
        if given:
            yield (key,), f"{limit.kind} compares the means of all its points: leave {key} out"
    for key in ("within", "not_above"):
        quantity = getattr(limit, key, None)
        if quantity is not None:
            yield from _bound(limit, key, *limit.scale(plan.sensors), ())


def _bound(bounds: object, name: str, unit: Unit, step: Fraction, at: Path) -> Iterator[Finding]:
    quantity = getattr(bounds, name)
    try:
        value = quantity.in_unit(unit)
    except UnitError as error:
        yield (*at, name), str(error)
        return
    if (value / step).denominator != 1:
        message = (
            f"{quantity} is finer than the sensor's resolution of {float(step):g} {unit.name}:"
            " no reading can tell"
        )
        yield (*at, name), message


def _speaks(plan: Plan, name: str, path: Path) -> Iterator[Finding]:
    """What judging goes by must be heard regularly, or its silence would mute a limit for ever."""
    if plan.sensors[name].silence == 0:
        yield (
            path,
            f"{name} speaks on change alone: say how often it is alive (alive_every), or silence would go unnoticed",
        )


def _no_sensor(plan: Plan, name: str) -> str:
    return f"no sensor named {name}; the plan has {', '.join(plan.sensors)}"
