"""What a plan has watched: one entry per limit and unit of product, as pages need it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction

from readings.inputs import Series
from readings.units import Unit
from rules.compile_plan import compile_plan
from rules.control_point import Ccp, Oprp
from rules.limit import Bounds, Limit
from rules.plan import Plan, limits_of
from rules.quantities import Names, Quantity
from rules.sensor import Sensor

BOUND_WORDS = ("at_least", "above", "at_most", "below")


@dataclass(frozen=True, slots=True)
class BoundView:
    """One bound of a limit.

    Attributes:
        word: `at_most`, `below`, `at_least` or `above`.
        value: exact, in `unit`.
        unit: of what is judged.
        written: the number as in the plan.
    """

    word: str
    value: Fraction
    unit: Unit
    written: str

    @property
    def upper(self) -> bool:
        """Whether what lies above is beyond it."""
        return self.word in ("at_most", "below")


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """A limit for a unit of product.

    Attributes:
        id: short, made of its key; names its place on a page.
        line, ccp, limit, unit: its name in decisions.
        rank: `critical`, `supporting`, `operating`, `instrument`, `criterion`.
        number: its place in the plan.
        line_name, ccp_name, limit_name, sensor_name: for people.
        plan: that it is of.
        point: its CCP or OPRP.
        model: the limit as written.
        sensor: what the plan needs of its sensor.
        series: of its own sensor, that it rests on.
        bounds: that what is judged is held against.
        levels: bounds among the readings themselves, as a chart of them shows them.
        beside: other sensors that must hold at the same time, with their bounds.
        judged_in: the unit of what is judged, which may follow from means of readings.
        judged_step: the step in which it is.
        guard: width of the guard band that is taken off, in the sensor's unit; 0 for none.
        direct: whether readings of the sensor are held against the bounds one by one, so that a margin says something.
        silent: after this a reading is no longer of now, ns.
        in_turns: whether it is decided once in each cycle: the next plan takes over between them.
        rests: whether it is suspended while the line is shown to make nothing.
    """

    id: str
    line: str
    ccp: str
    limit: str
    unit: str
    rank: str
    number: int
    line_name: Names
    ccp_name: Names
    limit_name: Names
    sensor_name: Names
    plan: Plan
    point: Ccp | Oprp
    model: Limit
    sensor: Sensor
    series: tuple[Series, ...]
    bounds: tuple[BoundView, ...]
    levels: tuple[BoundView, ...]
    beside: tuple[tuple[str, tuple[BoundView, ...]], ...]
    judged_in: Unit
    judged_step: Fraction
    guard: Fraction
    direct: bool
    silent: int
    in_turns: bool
    rests: bool

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is called in decisions."""
        return (self.line, self.ccp, self.limit, self.unit)

    @property
    def per_cycle(self) -> bool:
        """Whether what follows from readings is judged once for each cycle or batch of the line."""
        return self.model.derived is not None and self.model.cycle is not None

    @property
    def digits(self) -> int:
        """Decimals in which the sensor speaks."""
        return decimals(self.sensor.step)


def watches(plan: Plan) -> list[Watch]:
    """Everything that a plan has watched, in the order in which it stands there."""
    program = compile_plan(plan)
    models = {(point.id, limit.id, rank): (point, limit) for point, rank, limit in limits_of(plan)}
    found = []
    for number, unit in enumerate(program.limits):
        point, model = models[unit.ccp, unit.limit, unit.rank]
        sensor = plan.sensors[unit.sensor]
        judged_in, judged_step = model.scale(plan.sensors)
        tracks = [program.tracks[track] for track in unit.sources if track != unit.stand_in]
        found.append(
            Watch(
                id=watch_id(unit.key),
                line=unit.line,
                ccp=unit.ccp,
                limit=unit.limit,
                unit=unit.unit,
                rank=unit.rank,
                number=number,
                line_name=plan.name,
                ccp_name=point.name or {},
                limit_name=model.name or {},
                sensor_name=sensor.name or {},
                plan=plan,
                point=point,
                model=model,
                sensor=sensor,
                series=tuple(track.series for track in tracks if track.series.sensor == unit.sensor),
                bounds=tuple(_bounds(model.held, judged_in)),
                levels=tuple(_bounds(model.on_readings, sensor.unit))
                if model.on_readings is not None
                else (),
                beside=tuple(
                    (name, tuple(_bounds(bounds, plan.sensors[name].unit))) for name, bounds in model.beside
                ),
                judged_in=judged_in,
                judged_step=judged_step,
                guard=model.guard * (sensor.uncertainty or 0),
                direct=model.derived is None,
                silent=max((track.silent for track in tracks), default=sensor.silence),
                in_turns=unit.terms.cycle is not None,
                rests=unit.idles,
            )
        )
    return found


def watch_id(key: tuple[str, str, str, str]) -> str:
    """A short name of a timeline, fit for an element of a page."""
    return hashlib.sha256("\n".join(key).encode()).hexdigest()[:10]


def decimals(step: Fraction) -> int:
    """How many decimals a number in this step needs."""
    for places in range(10):
        if (step * 10**places).denominator == 1:
            return places
    return 9


def _bounds(bounds: Bounds, unit: Unit) -> list[BoundView]:
    found = []
    for word in BOUND_WORDS:
        quantity: Quantity | None = getattr(bounds, word)
        if quantity is not None:
            found.append(BoundView(word, quantity.in_unit(unit), unit, str(quantity)))
    return found
