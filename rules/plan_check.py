"""Holding the parts of a plan against each other, and reading one from its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import chain

from readings.errors import TimeError, UnitError
from readings.times import format_duration, zone
from rules.by_hand_check import by_hand_findings
from rules.by_product import KEY as BY_PRODUCT
from rules.by_product import marks_of
from rules.control_point import Ccp, Oprp
from rules.faults import Fault, Mark, PlanError
from rules.kept_check import kept_findings
from rules.limit import Limit, difference_of
from rules.limit_check import Finding, limit_findings, no_sensor, speaks
from rules.lint import RULES
from rules.linting import answers
from rules.night_check import night_findings
from rules.notice_check import notice_findings
from rules.plan import Plan
from rules.sensor import Sensor
from rules.silence_check import silence_findings
from rules.strict_model import model_of
from rules.strict_yaml import Marks, Path, read_yaml
from rules.written_out import write_out

_MOST_POINTS = 1000


def load_plan(text: str, file: str) -> Plan:
    """The plan of a YAML text.

    Args:
        text: the file's content.
        file: its name, for messages.

    Raises:
        PlanError: with every fault, each with line and column.
    """
    return placed_plan(text, file)[0]


def placed_plan(text: str, file: str) -> tuple[Plan, Marks]:
    """The plan of a YAML text, and the places of its keys; see `load_plan`."""
    data, marks = read_yaml(text, file)
    written = write_out(data)
    faults = [Fault(file, place(path, marks), message) for path, message in written.wrong]
    # what could not be written out is told once, by its own reason; what it would have said of its limit is not missed
    places = {fault.mark for fault in faults}
    places |= {place(path[:4], marks) for path, _ in written.wrong if path[4:5] == (BY_PRODUCT,)}
    said, marks = written.data, marks_of(marks, written.moved)
    try:
        plan = model_of(Plan, said, file, marks)
    except PlanError as error:
        raise PlanError([*faults, *(each for each in error.faults if each.mark not in places)]) from error
    faults += [Fault(file, place(path, marks), message) for path, message in findings(plan)]
    if faults:
        raise PlanError(faults)
    return plan, marks


def unknown_warning(name: str) -> str:
    """That there is no such warning, and which was probably meant."""
    close = get_close_matches(name, RULES, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(RULES)}"
    return f"no warning named {name}; {hint}"


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
    for name, sensor in plan.sensors_.items():
        yield from _sensor(plan, name, sensor)
    yield from by_hand_findings(plan)
    groups: tuple[tuple[str, Sequence[Ccp | Oprp]], ...] = (("ccps", plan.ccps), ("oprps", plan.oprps))
    for group, points in groups:
        for index in _repeated([point.id for point in points]):
            yield (group, index, "id"), f"{points[index].id} stands here a second time"
        for index, point in enumerate(points):
            for rest, message in _point(plan, point):
                yield (group, index, *rest), message
    yield from notice_findings(plan)
    for path, name in answers(plan):
        if name not in RULES:
            yield path, unknown_warning(name)
    yield from kept_findings(plan)


def _point(plan: Plan, point: Ccp | Oprp) -> Iterator[Finding]:
    lists: dict[str, list[Limit]] = (
        {
            "critical": point.critical,
            "supporting": point.supporting,
            "operating": point.operating,
            "instruments": point.instruments,
        }
        if isinstance(point, Ccp)
        else {"criteria": point.criteria}
    )
    ids = [limit.id for limits in lists.values() for limit in limits]
    for name, limits in lists.items():
        for number, limit in enumerate(limits):
            if ids.count(limit.id) > 1:
                yield (name, number, "id"), f"{point.id} has more than one limit named {limit.id}"
            for rest, message in limit_findings(plan, limit):
                yield (name, number, *rest), message
            for rest, message in limit.transit.faults(plan.sensors) if limit.transit is not None else ():
                yield (name, number, "transit", *rest), message
            if name not in limit.places:
                yield (name, number, "kind"), _misplaced(limit, name)
    for rest, message in point.transit.faults(plan.sensors) if point.transit is not None else ():
        yield ("transit", *rest), message
    for wanted in point.one_case_for if isinstance(point, Ccp) else ():
        if wanted not in ids:
            yield ("one_case_for",), f"{point.id} has no critical limit named {wanted}"
    yield from silence_findings(plan, point, list(chain(*lists.values())))


def _misplaced(limit: Limit, name: str) -> str:
    if name == "instruments":
        return f"{limit.kind} judges the product, not an instrument"
    if limit.places == ("instruments",):
        return f"{limit.kind} judges an instrument, not the product: write it under instruments"
    return f"{limit.kind} warns of what may come, and keeps nobody safe: write it under operating"


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
        yield from speaks(plan, line.state.from_, ("line", "state", "from"))
    if line.unit == "zone" and not line.zones:
        yield ("line", "unit"), "the unit is a zone, and the line has no zones"
    yield from night_findings(plan)
    for key in ("state", "product", "lot", "batch", "produced"):
        coded = getattr(line, key)
        if coded is not None and coded.from_ not in plan.sensors:
            yield ("line", key, "from"), no_sensor(plan, coded.from_)
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
    if sensor.range is not None and (len(sensor.range) != 2 or sensor.range[0] >= sensor.range[1]):
        yield (*path, "range"), "a range is [lowest, highest]"
    if isinstance(sensor.every, int) and sensor.silence < sensor.every:
        message = (
            f"silent after {format_duration(sensor.silence)}, but a reading comes only every"
            f" {format_duration(sensor.every)}: it would always be silent"
        )
        yield (*path, "silent_after"), message
    yield from _slew(name, sensor, path)
    if sensor.stuck is not None:
        yield from _stuck(name, sensor, path)


def _slew(name: str, sensor: Sensor, path: Path) -> Iterator[Finding]:
    """How fast a value moves is a difference in a time, and more than nothing."""
    if sensor.slew_at_most is None:
        return
    try:
        moves = sensor.slew
    except UnitError as error:
        yield (
            (*path, "slew_at_most"),
            f"{error}; write how much {name} changes in a time, such as 0.5 {difference_of(sensor.unit).name}/min",
        )
        return
    if moves is not None and moves <= 0:
        yield (*path, "slew_at_most"), "what is measured moves: a slew is greater than 0"


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
