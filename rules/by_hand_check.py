"""Values entered by hand, held against the line and the limits that judge them."""

from __future__ import annotations

from collections.abc import Iterator

from readings.times import format_duration
from rules.by_hand import ByHand
from rules.limit import Limit
from rules.plan import Plan
from rules.strict_yaml import Path


def by_hand_findings(plan: Plan) -> Iterator[tuple[Path, str]]:
    """What is wrong with the values that people enter; paths begin at the plan."""
    for name, value in plan.by_hand.items():
        for rest, message in _value(plan, name, value):
            yield ("by_hand", name, *rest), message


def entered_findings(plan: Plan, limit: Limit) -> Iterator[tuple[tuple[str, ...], str]]:
    """Whether a limit judges values entered by hand in the way in which they are due; paths begin at the limit."""
    value = plan.by_hand.get(limit.of)
    if value is None:
        if limit.entered:
            yield ("of",), f"{limit.of} is measured by a sensor; what people enter stands under by_hand"
    elif limit.entered and value.per is None:
        message = (
            f"{limit.of} is due every {format_duration(value.every or 0)}: write kind: threshold, or band"
        )
        yield ("kind",), message
    elif value.per is not None and not limit.entered:
        yield ("kind",), f"{limit.of} is entered per {value.per}: write kind: by_hand"


def _value(plan: Plan, name: str, value: ByHand) -> Iterator[tuple[Path, str]]:
    if name in plan.sensors_:
        yield (), f"{name} is a sensor too: one of them needs another name"
    if value.unit.dimension in {"text", "event", "code"}:
        yield ("unit",), f"{name} is no measurement: its unit is {value.unit.name}"
    if value.resolution is not None and value.resolution <= 0:
        yield ("resolution",), "a resolution is greater than 0"
    if value.range is not None and (len(value.range) != 2 or value.range[0] >= value.range[1]):
        yield ("range",), "a range is [lowest, highest]"
    yield from _zones(plan, value)
    line = plan.line
    if value.at_shift_start and line.calendar is None:
        yield (
            ("at_shift_start",),
            "nothing says when shifts begin: write the hours of each under line.calendar",
        )
    if value.per == "lot" and line.lot is None:
        yield ("per",), "there is no line.lot that could say which lot is there"
    if value.per == "batch" and not line.judged and line.batch is None and not (value.before or value.during):
        yield ("per",), "nothing says when a batch begins and ends: line.judged_when, or line.batch"
    for key in ("before", "during"):
        state = getattr(value, key)
        codes = list(line.state.codes.values()) if line.state is not None else []
        if state is not None and state not in codes:
            yield (key,), f"no code means {state}; known are {', '.join(codes) or 'none'}"


def _zones(plan: Plan, value: ByHand) -> Iterator[tuple[Path, str]]:
    zones = value.zones or []
    if value.zones is not None and not zones:
        yield ("zones",), "no zone is named; leave zones out, or name them: [CS1]"
    if len(set(zones)) < len(zones):
        yield ("zones",), "a zone stands here twice"
    for zone in zones:
        if zone not in plan.line.zones:
            yield ("zones",), f"the line has no zone {zone}; it has {', '.join(plan.line.zones) or 'none'}"
    if zones and plan.line.unit != "zone":
        yield ("zones",), "a verdict speaks for the line: write a value of its own for each place"
    if plan.line.unit == "zone" and value.zones is None:
        yield (), "a verdict speaks for a zone: say where it is measured (zones)"
