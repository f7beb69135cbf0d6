"""A limit in plain sentences: what must hold, where, when, what is tolerated, what ends it, what it rests on."""

from __future__ import annotations

from dashboards.worksheet.demand import demand
from dashboards.worksheet.entered import due
from dashboards.worksheet.guards import guard_sentences
from dashboards.worksheet.teller import Teller
from dashboards.worksheet.transit import transit_sentence
from rules.limit import Except, Limit

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
    *("while", "products", "transit"),
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
    said += _only(teller, limit)
    said += _tolerated(teller, rank, limit)
    said += [_exception(teller, each) for each in limit.except_]
    if limit.compare == "rounded":
        said.append(
            teller.say(
                "Readings are rounded to the digits of the limit before they are compared (GB/T 8170)."
            )
        )
    said += guard_sentences(teller, limit)
    said += [transit_sentence(teller, limit.transit)] if limit.transit is not None else []
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


def _entered(teller: Teller, limit: Limit) -> list[str]:
    """Of a value that people enter, that it is one, and when it is due."""
    value = teller.plan.by_hand.get(limit.of)
    return [teller.say("It is entered by hand: {due}.", due=due(teller, value))] if value is not None else []


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


def _only(teller: Teller, limit: Limit) -> list[str]:
    """Of which products it is, and while what is on or off it is judged."""
    say, said = teller.say, []
    if limit.products:
        names = {each.id: teller.speech.name(each.name, each.id) for each in teller.plan.products}
        products = teller.listed(names.get(each, each) for each in limit.products)
        form = "It is of {products} alone; while another product is made it is suspended."
        said += [say(form, products=products), say("While nobody knows which is made, nothing can be said.")]
    if limit.while_:
        signals = teller.listed(
            say("{signal} is {state}", signal=teller.sensor(name), state=teller.truth(on))
            for name, on in limit.while_.items()
        )
        form = "It is judged only while {signals}; while that is not heard, nothing can be said."
        said.append(say(form, signals=signals))
        if limit.after and not limit.states and not teller.plan.line.judged:
            said.append(
                say("For {time} after that begins it is starting.", time=teller.duration(limit.after))
            )
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
