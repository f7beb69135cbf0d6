"""What is written and changes nothing: a clearing bound, an exception, rounding, a bridge."""

from __future__ import annotations

from math import isinf

from readings.units import decimal_text
from rules.bounds import Bound
from rules.linting import Placed, Rule, Said, Subject


def _find(subject: Subject) -> Said:
    for placed in subject.limits:
        limit = placed.limit
        yield from _rounding(subject, placed)
        yield from _bridging(placed)
        if limit.held is not limit:
            continue
        scale = limit.scale(subject.plan.sensors)
        mine = limit.held.bound(*scale)
        if limit.clears is not None and limit.clears.given and _looser(limit.clears.bound(*scale), mine):
            path = (*placed.path, "clears", limit.clears.given[0])
            yield (
                path,
                "clears where the limit does not hold yet: an excursion ends within the limit; tighten it",
            )
        for number, granted in enumerate(limit.except_):
            if granted.given and not _looser(granted.bound(*scale), mine):
                path = (*placed.path, "except", number, granted.given[0])
                yield (
                    path,
                    f"no looser than {limit.id} itself: the exception grants nothing; loosen it, or take it out",
                )


def _rounding(subject: Subject, placed: Placed) -> Said:
    """What is judged comes in whole steps; where the limit is written as finely, rounding these changes nothing."""
    limit, sensor = placed.limit, placed.sensor
    if limit.compare != "rounded":
        return
    read = limit.guards == "inputs" and limit.on_readings is not None  # a dwell: of its temperatures
    unit, step = (sensor.unit, sensor.step) if read else limit.scale(subject.plan.sensors)
    bounds = limit.on_readings if read and limit.on_readings is not None else limit.held
    full, rounded = bounds.bound(unit, step), bounds.bound(unit, step, rounded=True)
    if (full.lower, full.upper) == (rounded.lower, rounded.upper):
        message = (
            f"what is judged comes in steps of {decimal_text(step)} {unit.name}, and to round these to the digits of the"
            " limit changes nothing: leave compare out, or write fewer digits"
        )
        yield (*placed.path, "compare"), message


def _bridging(placed: Placed) -> Said:
    """A hold is each point's own: that others stayed good says nothing of the food at this one."""
    limit, bridge = placed.limit, placed.point.silence.bridge
    held = limit.derived is not None and limit.derived.bridges
    meant = bridge is not None and (not bridge.for_ or limit.of in bridge.for_)
    if bridge is None or not (held and meant and "others" in bridge.if_):
        return
    message = (
        f"{limit.id} is a {limit.kind}: what each point was held for is its own, and no other point vouches for it; a gap"
        f" of {limit.of} breaks it; bridge it by slew alone, or name the sensors that are bridged (for)"
    )
    yield (*placed.at, "silence", "bridge", "if"), message


def _looser(one: Bound, other: Bound) -> bool:
    """Whether a bound that is given in both reaches farther out in the first."""
    above = not isinf(one.upper) and one.upper > other.upper
    below = not isinf(one.lower) and one.lower < other.lower
    return above or below


RULE = Rule(
    "no-effect",
    "a clearing bound looser than the limit, an exception no looser than the limit, rounding to the digits that values"
    " have, a bridge by other points that a dwell does not take",
    _find,
)
