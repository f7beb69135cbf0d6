"""What limits claim of the readings of sensors: from where to where they must lie, where, and while the line does what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isinf

from readings.errors import UnitError
from readings.units import decimal_text
from rules.limit import Bounds, Limit, guarded
from rules.linting import Placed, Subject
from rules.sensor import Sensor
from rules.strict_yaml import Path


@dataclass(frozen=True, slots=True)
class Claim:
    """One limit's bounds on one sensor, its guard band taken off.

    Attributes:
        path: of the bound, as near as it is written.
        name: of the sensor.
        lower, upper: least and greatest step of the sensor that holds, infinite where there is no bound.
        states: of the line in which it is judged; None for always.
        zones: where.
    """

    placed: Placed
    path: Path
    name: str
    sensor: Sensor
    lower: float
    upper: float
    states: frozenset[str] | None
    zones: frozenset[str]

    def value(self, step: float) -> str:
        """A bound as people read it."""
        return f"{decimal_text(Fraction(int(step)) * self.sensor.step)} {self.sensor.unit.name}"

    def meets(self, other: Claim) -> bool:
        """Whether both speak of the same readings at some time."""
        mine, theirs = self.placed.limit, other.placed.limit
        apart = self.states is not None and other.states is not None and not self.states & other.states
        apart |= bool(mine.products and theirs.products) and not set(mine.products) & set(theirs.products)
        apart |= any(theirs.while_.get(signal, on) != on for signal, on in mine.while_.items())
        return self.name == other.name and bool(self.zones & other.zones) and not apart


def claims(subject: Subject) -> Iterator[Claim]:
    """The claims of all limits whose bounds are of readings themselves, not of what follows from them."""
    plan = subject.plan
    for placed in subject.limits:
        limit = placed.limit
        of: list[tuple[str, Bounds, Path]] = []
        if limit.given:
            of = [(limit.of, limit, (*placed.path, key)) for key in limit.given[:1]]
        elif limit.derived is None:
            of = [(limit.of, limit.held, placed.path)]
        of += [(name, bounds, placed.path) for name, bounds in limit.beside]
        judged = limit.states or plan.line.judged
        for name, bounds, path in of:
            sensor = plan.sensors.get(name)
            if sensor is None:
                continue
            try:
                bound = _guarded(limit, bounds, sensor).bound(sensor.unit, sensor.step)
            except UnitError:
                continue
            zones = frozenset(zone for zone in sensor.point_names() if limit.zone in (None, zone))
            states = frozenset(judged) if judged else None
            yield Claim(placed, path, name, sensor, bound.lower, bound.upper, states, zones)


def _guarded(limit: Limit, bounds: Bounds, sensor: Sensor) -> Bounds:
    """The bounds with the guard band of their limit taken off, as they are judged."""
    if not limit.guard or limit.guards != "bounds" or not sensor.uncertainty:
        return bounds
    return guarded(bounds, limit.guard * sensor.uncertainty, sensor.unit)


def bound_path(claim: Claim, *, upper: bool) -> Path:
    """Where the upper or the lower bound of a claim is written, or its limit."""
    keys = ("at_most", "below") if upper else ("at_least", "above")
    given = claim.placed.limit.given
    return next(((*claim.placed.path, key) for key in keys if key in given), claim.path)


def open_above(claim: Claim) -> bool:
    """Whether it has no upper bound."""
    return isinf(claim.upper) and claim.upper > 0


def open_below(claim: Claim) -> bool:
    """Whether it has no lower bound."""
    return claim.lower == -inf
