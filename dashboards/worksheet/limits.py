"""A limit in plain sentences: what must hold, where, when, what is tolerated, what ends it, what it rests on."""

from __future__ import annotations

import math
import string
from collections.abc import Iterator
from typing import Any

from dashboards.worksheet.entered import due
from dashboards.worksheet.kinds import GUARDS_SAID, KINDS_SAID, OTHERWISE
from dashboards.worksheet.teller import BOUNDS, Teller
from readings.units import decimal_text, unit_named
from rules.limit import Bounds, Except, Limit, difference_of, guarded
from rules.quantities import Quantity

_TOLD = {
    *(
        "at_most",
        "at_least",
        "below",
        "above",
        "id",
        "kind",
        "name",
        "of",
        "zone",
        "combine",
        "during",
        "after",
    ),
    *("for_more_than", "confirm", "clears", "except", "compare", "guard", "basis", "factors"),
}


def limit_sentences(teller: Teller, rank: str, limit: Limit) -> list[str]:
    """Everything that a plan says of a limit.

    Args:
        teller: speaks of the plan.
        rank: `critical`, `supporting`, `operating`, `instrument` or `criterion`.
        limit: of the plan.
    """
    head, used = demand(teller, limit)
    said = [*head, *_entered(teller, limit)]
    said += _points(teller, limit)
    if "during" not in used and not limit.entered:
        said += _during(teller, limit)
    said += _tolerated(teller, rank, limit)
    said += [_exception(teller, each) for each in limit.except_]
    if limit.compare == "rounded":
        said.append(
            teller.say(
                "Readings are rounded to the digits of the limit before they are compared (GB/T 8170)."
            )
        )
    said += guard_sentences(teller, limit)
    own = {
        field.alias or name
        for name, field in type(limit).model_fields.items()
        if name not in Limit.model_fields
    }
    said += [f"{each}{teller.say('.')}" for each in teller.rest(limit, _TOLD | own)]
    said += teller.accepted(limit.accepts)
    if limit.factors:
        said.append(
            teller.say(
                "From the scheduled process: {factors}.",
                factors=teller.listed(teller.key(each) for each in limit.factors),
            )
        )
    return said


def demand(teller: Teller, limit: Limit) -> tuple[list[str], set[str]]:
    """What must hold, as its kind says it, and the keys that are told; keys that no sentence speaks of are told by name."""
    sensor = teller.plan.sensors.get(limit.of)
    signal = sensor is not None and sensor.unit.dimension == "truth"
    own = _own(limit)
    asked = limit.of in teller.plan.by_hand
    values = {
        key: teller.truth(value, answered=asked)
        if signal and isinstance(value, bool)
        else teller.value(value)
        for key, value in own.items()
        if value not in (None, "0 s", [])
    }
    values |= {"kind": teller.key(limit.kind), "of": teller.sensor(limit.of)}
    values |= {name: teller.quantity(bound) for name in BOUNDS if (bound := getattr(limit, name)) is not None}
    if limit.given:
        values["bounds"] = teller.bounds(limit)
    if signal and limit.given:
        on = limit.given[0] in ("at_least", "above")
        values["bounds"] = teller.truth(on, answered=asked)
    if limit.states:
        values["during"] = teller.listed(teller.phrase(each) for each in limit.states)
    said, used = [], set()
    for group in KINDS_SAID.get(limit.kind, OTHERWISE):
        for form in group:
            keys = {name for _, name, _, _ in string.Formatter().parse(form) if name}
            if keys <= set(values):
                said.append(teller.say(form, **values))
                used |= keys
                break
    rest = [key for key in own if key in values and key not in used]
    said += [
        teller.say("{label}: {value}.", label=teller.key(key).capitalize(), value=values[key]) for key in rest
    ]
    return [each for each in said if each], used


def _entered(teller: Teller, limit: Limit) -> list[str]:
    """Of a value that people enter, that it is one, and when it is due."""
    value = teller.plan.by_hand.get(limit.of)
    return [teller.say("It is entered by hand: {due}.", due=due(teller, value))] if value is not None else []


def _own(limit: Limit) -> dict[str, Any]:
    """What the limit says under the keys of its kind, as texts; keys inside keys are joined: `setpoint_flow_at_most`."""
    said = limit.model_dump(mode="json", by_alias=True)
    common = {field.alias or name for name, field in Limit.model_fields.items()}
    return dict(_flat({key: value for key, value in said.items() if key not in common}, ""))


def _flat(said: dict[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in said.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}_")
        else:
            yield f"{before}{key}", value


def _points(teller: Teller, limit: Limit) -> list[str]:
    """How several points make one verdict, and what it speaks for."""
    sensor = teller.plan.sensors.get(limit.of)
    if sensor is None:
        return []
    zones = {zone: len(names) for zone, names in sensor.point_names().items() if limit.zone in (None, zone)}
    by_zone = teller.plan.line.unit == "zone"
    said = []
    if limit.zone is not None:
        said.append(teller.say("It holds in {zone} alone.", zone=limit.zone))
    elif by_zone and len(zones) > 1:
        said.append(teller.say("Each zone is judged by itself: {zones}.", zones=teller.listed(zones)))
    if sensor.optional and limit.cycle is not None:
        said.append(teller.say("A cycle in which it never spoke is not judged by it."))
    counts = list(zones.values()) if by_zone else [sum(zones.values())]
    together = limit.derived is not None and not limit.derived.each_point
    if max(counts, default=1) < 2 or together:
        return said
    count = teller.listed(str(each) for each in dict.fromkeys(counts))
    if limit.combine == "any":
        said.append(teller.say("It is enough that it holds at one of the {count} points.", count=count))
    elif limit.counted is not None:
        need, all_ = limit.counted
        form = "It must hold at every point that speaks, and {need} of the {count} points must speak."
        said.append(teller.say(form, need=need, count=all_))
    else:
        form = "It must hold at every point ({count}); where one is lost, nothing can be said."
        said.append(teller.say(form, count=count))
    return said


def _during(teller: Teller, limit: Limit) -> list[str]:
    """When it is judged."""
    line = teller.plan.line
    states = limit.states or line.judged
    if not states:
        return []
    names = teller.listed(teller.phrase(each) for each in states)
    form = "It is judged while the line is in: {states}; otherwise it is suspended. A state that is not known is judged."
    said = [teller.say(form, states=names)]
    after = limit.after if limit.after is not None else line.settle
    if after:
        form = "For {time} after that begins it is starting."
        said.append(teller.say(form, time=teller.duration(after)))
    return said


def _tolerated(teller: Teller, rank: str, limit: Limit) -> list[str]:
    """What is tolerated, what is believed, what ends it."""
    if limit.cycle is not None:
        return []
    say, said = teller.say, []
    if limit.for_more_than:
        said.append(
            say("An excursion of up to {time} is tolerated.", time=teller.duration(limit.for_more_than))
        )
    if limit.confirm > 1:
        form = "{count} values in a row beyond it make it believed; what is affected begins at the first of them."
        said.append(say(form, count=limit.confirm))
    elif not limit.hold:
        said.append(
            say("The first value beyond it warns.")
            if rank == "operating"
            else say("The first value beyond it decides, at once.")
        )
    if limit.clears is not None and (limit.clears.given or limit.clears.for_):
        bounds = teller.bounds(limit.clears) if limit.clears.given else teller.say("within the limit")
        if limit.clears.for_:
            form = "It has ended when it is {bounds} again for {time}."
            said.append(say(form, bounds=bounds, time=teller.duration(limit.clears.for_)))
        else:
            said.append(say("It has ended when it is {bounds} again.", bounds=bounds))
    return said


def _exception(teller: Teller, granted: Except) -> str:
    """A bounded exception in one sentence."""
    say = teller.say
    parts = [
        say(
            'Exception: while "{signal}" is on, {bounds}',
            signal=teller.sensor(granted.while_),
            bounds=teller.bounds(granted),
        ),
        say("for at most {time}", time=teller.duration(granted.for_at_most)),
    ]
    if granted.at_most_times is not None:
        window = teller.duration(granted.at_most_times.window)
        parts.append(say("at most {times} times in {time}", times=granted.at_most_times.times, time=window))
    if granted.recovers_within:
        parts.append(
            say("and up to {time} after it has ended in time", time=teller.duration(granted.recovers_within))
        )
    return ("，" if teller.speech.tongue == "zh" else ", ").join(parts) + say(
        ". It is recorded when it is used."
    )


def guard_sentences(teller: Teller, limit: Limit) -> list[str]:
    """The guard band and the risk that is left (JCGM 106:2012, ILAC-G8:09/2019); shared risk is said too."""
    sensor = teller.plan.sensors.get(limit.of)
    if sensor is None or not sensor.uncertainty or limit.guards == "nothing":
        return []
    across = difference_of(sensor.unit)
    wide = teller.quantity(f"{decimal_text(sensor.uncertainty)} {across.name}")
    if not limit.guard:
        form = (
            "No guard band (shared risk): the uncertainty U = {wide} is left out of account. A value on the bound is beyond"
            " the limit with a probability of up to 50 %."
        )
        return [teller.say(form, wide=wide)]
    band = limit.guard * sensor.uncertainty
    width = teller.quantity(f"{decimal_text(band)} {across.name}")
    risk = f"{50 * math.erfc(math.sqrt(2) * float(limit.guard)):.2g}"
    if limit.guards == "inputs":
        said = [teller.say(_band(limit), width=width, part=decimal_text(limit.guard), wide=wide)]
        if limit.derived is not None and limit.derived.others:
            others = teller.listed(teller.sensor(name) for name in limit.derived.others)
            form = "That of {sensors} counts as well, each on the side that does harm."
            said.append(teller.say(form, sensors=others))
        return said
    tight = teller.bounds(_shown(guarded(limit.held, band, sensor.unit)))
    form = (
        "Guard band: {width} ({part} × U, U = {wide}): it is taken to hold while it is {bounds}. A value on that bound is"
        " beyond the limit with a probability of up to {risk} %."
    )
    return [teller.say(form, width=width, part=decimal_text(limit.guard), wide=wide, bounds=tight, risk=risk)]


def _band(limit: Limit) -> str:
    """What the guard band does to readings: it goes to the side that does harm."""
    if limit.kind in GUARDS_SAID:
        return GUARDS_SAID[limit.kind]
    form = "Guard band: {width} ({part} × U, U = {wide}) is taken off every reading before it counts."
    if {"at_most", "below"} & set(limit.given):
        form = "Guard band: {width} ({part} × U, U = {wide}) is added to every reading before it counts."
    return form


def _shown(bounds: Bounds) -> Bounds:
    """Bounds with as many digits as they have."""
    return Bounds(
        **{
            name: Quantity(
                value=given.value,
                unit=unit_named(given.unit.name),
                digits=len(decimal_text(given.value).partition(".")[2]),
            )
            for name in bounds.given
            if (given := getattr(bounds, name)) is not None
        }
    )
