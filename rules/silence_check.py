"""What a control point's silence says, held against its limits and their sensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from readings.times import format_duration
from rules.control_point import Ccp, Oprp
from rules.limit import Limit
from rules.patience import loss_after, verdict_after
from rules.plan import Plan
from rules.silence import Bridging, StandIn
from rules.strict_yaml import Path

_STANDS_STILL = {"text", "event", "code", "truth", "count"}


def silence_findings(plan: Plan, point: Ccp | Oprp, limits: Sequence[Limit]) -> Iterator[tuple[Path, str]]:
    """What is wrong with the silence of a control point; paths begin there."""
    silence = point.silence
    for limit in limits:
        every = plan.sensors_[limit.of].every if limit.of in plan.sensors_ else None
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
    if silence.bridge is not None:
        for rest, message in _bridge(plan, point, silence.bridge, limits):
            yield ("silence", "bridge", *rest), message
    if silence.by_hand is not None:
        for rest, message in _stand_in(plan, point, silence.by_hand, limits):
            yield ("silence", "by_hand", *rest), message


def stood_in(plan: Plan, said: StandIn, limit: Limit) -> bool:
    """Whether values by hand are judged by a limit while its sensor is silent."""
    sensor, value = plan.sensors_.get(limit.of), plan.by_hand.get(said.of)
    if sensor is None or value is None or limit.derived is not None or limit.beside:
        return False
    return value.unit.dimension == sensor.unit.dimension and (limit.of in said.for_ or not said.for_)


def bridgeable(plan: Plan, bridging: Bridging, name: str) -> bool:
    """Whether silences of a sensor are bridged, where its own readings are judged."""
    sensor = plan.sensors_.get(name)
    if sensor is None or sensor.unit.dimension in _STANDS_STILL:
        return False
    return name in bridging.for_ or not bridging.for_


def _bridge(
    plan: Plan, point: Ccp | Oprp, bridging: Bridging, limits: Sequence[Limit]
) -> Iterator[tuple[Path, str]]:
    judged = _judged(plan, limits)
    held = [name for name in _held(limits) if name not in judged] if bridging.if_ == "slew" else []
    judged += [name for name in held if name in bridging.for_ or plan.sensors[name].slew_at_most is not None]
    for number, name in enumerate(bridging.for_):
        if name not in judged:
            message = f"no limit of {point.id} judges readings of {name} one by one; only those of {', '.join(judged)}"
            yield ("for", number), message
        elif not bridgeable(plan, bridging, name):
            yield (
                ("for", number),
                f"{name} ({plan.sensors[name].unit.name}) has no way to move that bridges a silence",
            )
    bridged = [name for name in judged if bridgeable(plan, bridging, name)]
    if not bridged and not bridging.for_:
        yield (), f"no limit of {point.id} judges readings that move: there is no silence to bridge"
    for name in bridged:
        yield from _bridged(plan, point, bridging, name)
    if "others" in bridging.if_:
        yield from _alone(plan, [limit for limit in limits if limit.of in bridged])


def _judged(plan: Plan, limits: Sequence[Limit]) -> list[str]:
    """The sensors whose readings are judged one by one."""
    named = [
        name
        for limit in limits
        if limit.derived is None
        for name in (limit.of, *(each for each, _ in limit.beside))
        if name in plan.sensors
    ]
    return list(dict.fromkeys(named))


def _held(limits: Sequence[Limit]) -> list[str]:
    """The sensors that limits hold within a bound for a time, across a silence that is bridged by slew."""
    return [limit.of for limit in limits if limit.derived is not None and limit.derived.bridges]


def _bridged(plan: Plan, point: Ccp | Oprp, bridging: Bridging, name: str) -> Iterator[tuple[Path, str]]:
    silent = verdict_after(plan, point.silence, name)
    case = loss_after(plan, point.silence, name, silent)
    if bridging.up_to <= silent:
        message = (
            f"nothing is bridged: {name} is silent after {format_duration(silent)},"
            f" and no more than {format_duration(bridging.up_to)} may be"
        )
        yield ("up_to",), message
    elif bridging.up_to > case:
        message = f"a silence of {name} is a monitoring loss after {format_duration(case)}: bridge shorter ones only"
        yield ("up_to",), message
    if "slew" not in bridging.if_:
        return
    if plan.sensors[name].slew_at_most is None:
        message = (
            f"nobody says how fast {name} can move at most: write slew_at_most at the sensor,"
            " or name the sensors that are bridged (for)"
        )
        yield (), message


def _alone(plan: Plan, limits: Sequence[Limit]) -> Iterator[tuple[Path, str]]:
    """Where others must have stayed good, there are others."""
    for limit in limits:
        zones = plan.sensors[limit.of].point_names()
        mine = {zone: names for zone, names in zones.items() if limit.zone in (None, zone)}
        counts = (
            [len(names) for names in mine.values()]
            if plan.line.unit == "zone"
            else [sum(len(names) for names in mine.values())]
        )
        if min(counts) < 2:
            message = (
                f"{limit.id} has one point of {limit.of}: there are no others;"
                " name the sensors that are bridged (for)"
            )
            yield ("if",), message


def _stand_in(
    plan: Plan, point: Ccp | Oprp, said: StandIn, limits: Sequence[Limit]
) -> Iterator[tuple[Path, str]]:
    """What stands in for sensors is entered by hand, and measures the same."""
    value = plan.by_hand.get(said.of)
    if value is None:
        known = ", ".join(plan.by_hand) or "nothing"
        yield ("of",), f"no value named {said.of} is entered by hand; the plan has {known} under by_hand"
        return
    if said.every is None and value.every is None:
        yield (), f"say how long a value of {said.of} counts: every: 15 min"
    if said.every is not None and said.every <= 0:
        yield ("every",), "a value counts for longer than 0 s"
    mine = [limit for limit in limits if stood_in(plan, said, limit)]
    for number, name in enumerate(said.for_):
        if name not in [limit.of for limit in mine]:
            message = f"no limit of {point.id} judges readings of {name} that {said.of} could stand in for"
            yield ("for", number), message
    if not mine and not said.for_:
        message = f"no limit of {point.id} judges, reading by reading, what {said.of} measures ({value.unit.dimension})"
        yield ("of",), message
    for limit in mine:
        if limit.except_:
            yield (
                (),
                f"{limit.id} has exceptions, which are the sensor's: name the sensors that it stands in for (for)",
            )
        if limit.guard and not value.uncertainty:
            yield ("of",), f"{limit.id} has a guard band: write the uncertainty of {said.of}"
