"""Holding a limit against the sensors and the line of its plan."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from readings.errors import UnitError
from readings.times import format_duration
from readings.units import Unit
from rules.by_hand_check import entered_findings
from rules.derivation import Derived
from rules.limit import Except, Limit
from rules.plan import Plan
from rules.sensor import Sensor
from rules.strict_yaml import Path

Finding = tuple[Path, str]


def limit_findings(plan: Plan, limit: Limit) -> Iterator[Finding]:
    """What is wrong with a limit of a plan; paths begin at the limit."""
    sensor = plan.sensors.get(limit.of)
    if sensor is None:
        yield ("of",), no_sensor(plan, limit.of)
        return
    if sensor.unit.dimension in {"text", "event", "code"} and not limit.reads_states:
        yield ("of",), f"{limit.of} is no measurement: its unit is {sensor.unit.name}"
        return
    zones = sensor.point_names()
    wrong = list(limit.faults(plan.sensors))
    yield from wrong
    if wrong:
        return
    wrong = list(entered_findings(plan, limit))
    yield from wrong
    if wrong:
        return
    yield from _during(plan, limit)
    yield from _while(plan, limit)
    yield from _products(plan, limit)
    yield from _combining(plan, limit, sensor)
    if isinstance(sensor.every, str) and sensor.silence == 0 and not limit.entered:
        yield ("of",), f"{limit.of} speaks on change alone: say how often it is alive (alive_every)"
    if limit.zone is not None and limit.zone not in zones:
        yield (
            ("zone",),
            f"{limit.of} has no points in zone {limit.zone}; it has {', '.join(filter(None, zones)) or 'no zones'}",
        )
    yield from _bounds(plan, limit)
    if limit.derived is not None:
        yield from _derived(plan, limit, limit.derived)
    yield from _guarded(limit, sensor)
    for index, granted in enumerate(limit.except_):
        for rest, message in _exception(plan, granted, sensor):
            yield ("except", index, *rest), message


def _bounds(plan: Plan, limit: Limit) -> Iterator[Finding]:
    """Every bound measures what its sensor does, in whole steps."""
    sensor = plan.sensors[limit.of]
    scale = limit.scale(plan.sensors) if limit.held is limit else (sensor.unit, sensor.step)
    yield from _between(limit, *scale)
    for name in limit.given:
        yield from _bound(limit, name, *scale, ())
    if limit.clears is not None:
        for name in limit.clears.given:
            yield from _bound(limit.clears, name, *scale, ("clears",))
    for name, bounds in ((limit.of, limit.held), *limit.beside) if limit.beside else ():
        other = plan.sensors[name]
        for given in bounds.given:
            for _, message in _bound(bounds, given, other.unit, other.step, ()):
                yield ("setpoint",), f"{name}: {message}"
        if other.silence == 0:
            yield ("setpoint",), f"{name} speaks on change alone: say how often it is alive (alive_every)"


def _between(limit: Limit, unit: Unit, step: Fraction) -> Iterator[Finding]:
    """Something lies between a lower bound and an upper one."""
    try:
        bound = limit.bound(unit, step)
    except UnitError:
        return
    if bound.lower > bound.upper:
        yield (
            limit.given[:1],
            f"nothing is {limit.words}: the bounds are the wrong way round, or one has a slip in it",
        )


def _exception(plan: Plan, granted: Except, sensor: Sensor) -> Iterator[Finding]:
    if not granted.given:
        yield (), "an exception is bounded: write at_most or at_least"
    for name in granted.given:
        yield from _bound(granted, name, sensor.unit, sensor.step, ())
    signal = plan.sensors.get(granted.while_)
    if signal is None:
        yield ("while",), no_sensor(plan, granted.while_)
    elif signal.unit.dimension != "truth":
        yield ("while",), f"{granted.while_} is no signal: its unit is {signal.unit.name}, not bool"
    else:
        yield from speaks(plan, granted.while_, ("while",))


def _while(plan: Plan, limit: Limit) -> Iterator[Finding]:
    """What a limit is judged by is a signal, and is heard."""
    for name in limit.while_:
        signal = plan.sensors.get(name)
        if signal is None:
            yield ("while",), no_sensor(plan, name)
        elif signal.unit.dimension != "truth":
            yield ("while",), f"{name} is no signal: its unit is {signal.unit.name}, not bool"
        else:
            yield from speaks(plan, name, ("while",))


def _products(plan: Plan, limit: Limit) -> Iterator[Finding]:
    """The products of a limit are the plan's, and the line says which it makes."""
    known = [product.id for product in plan.products]
    for product in limit.products:
        if product not in known:
            yield ("products",), f"no product named {product}; the plan has {', '.join(known) or 'none'}"
    if limit.products and plan.line.product is None:
        yield ("products",), "nothing says which product is made: write line.product"


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
    sometimes = limit.states or plan.line.judged or limit.while_ or limit.products
    if limit.after is not None and not sometimes:
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
        yield from speaks(plan, state.from_, ("during",))


def _derived(plan: Plan, limit: Limit, derived: Derived) -> Iterator[Finding]:
    """A window holds several readings, and nothing but the limit's own sensors."""
    for name in (limit.of, *derived.others) if derived.over else ():
        every = plan.sensors[name].every
        if isinstance(every, int) and derived.over < 2 * every:
            message = (
                f"windows of {format_duration(derived.over)}, but a reading of {name} comes only every"
                f" {format_duration(every)}; write at least {format_duration(2 * every)}"
            )
            yield _window_key(limit), message
            return
    together = not derived.each_point and limit.combine != "worst"
    for given, key in ((together, "combine"), (bool(limit.except_), "except")):
        if given:
            yield (key,), f"{limit.kind} is judged on what follows from its readings: leave {key} out"
    for key in ("within", "not_above"):
        quantity = getattr(limit, key, None)
        if quantity is not None:
            yield from _bound(limit, key, *limit.scale(plan.sensors), ())


def _window_key(limit: Limit) -> Path:
    """Where the length of the windows stands."""
    known = ("judged_every", "mean_over", "over", "window")
    return tuple(key for key in known if key in type(limit).model_fields)[:1]


def _guarded(limit: Limit, sensor: Sensor) -> Iterator[Finding]:
    """A guard band needs an uncertainty, and a kind that knows what it means."""
    if not limit.guard:
        return
    if limit.guards == "nothing":
        yield ("guard",), f"{limit.kind} has no guard band: leave guard out, or choose the bound tighter"
    elif not sensor.uncertainty:
        yield ("guard",), f"a guard band is a part of the uncertainty of {limit.of}: write it at the sensor"


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


def speaks(plan: Plan, name: str, path: Path) -> Iterator[Finding]:
    """What judging goes by must be heard regularly, or its silence would mute a limit for ever."""
    if plan.sensors[name].silence == 0:
        yield (
            path,
            f"{name} speaks on change alone: say how often it is alive (alive_every), or silence would go unnoticed",
        )


def no_sensor(plan: Plan, name: str) -> str:
    """That a sensor is named which the plan has not."""
    return f"no sensor named {name}; the plan has {', '.join(plan.sensors)}"
