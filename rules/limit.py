"""What every limit has in common, whatever its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, field_validator

from readings.times import format_duration, parse_duration
from readings.units import Unit, decimal_text, unit_named
from rules.accepted import Accepted
from rules.bounds import Bound
from rules.derivation import Derived, Memory
from rules.only_while import Signals
from rules.quantities import Duration, Name, Names, Quantity, QuantityText, ReadingCount
from rules.strict_model import Strict
from rules.transit import Transit

if TYPE_CHECKING:
    from rules.sensor import Sensor
    from rules.terms import Cycle

_COMBINE = re.compile(r"worst|any|(\d{1,4})\s+of\s+(\d{1,4})")
_GUARD = re.compile(r"uncertainty|0|0\.\d{1,4}|[1-9](?:\.\d{1,4})?")
_MISSED = {
    "at_most": "more than {}",
    "at_least": "less than {}",
    "below": "{} or more",
    "above": "{} or less",
}
_TIMES_PER = re.compile(r"(\d+)\s+per\s+(\S.*)")


class TimesPer(Strict):
    """A greatest count in a sliding window: `2 per 24 h`."""

    times: int
    window: int


def _times_per(value: Any) -> TimesPer:
    match = _TIMES_PER.fullmatch(str(value))
    if match is None:
        raise ValueError(f"{value!r} is not a count in a time; write 2 per 24 h")
    try:
        return TimesPer(times=int(match[1]), window=parse_duration(match[2]))
    except Exception as error:
        raise ValueError(str(error)) from error


TimesPerText = Annotated[
    TimesPer,
    PlainValidator(_times_per),
    PlainSerializer(lambda held: f"{held.times} per {format_duration(held.window)}"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\s+per\s+\S.*$", "examples": ["2 per 24 h"]}),
]


def _combine(value: Any) -> str:
    match = _COMBINE.fullmatch(str(value))
    if match is None:
        raise ValueError(f"{value!r} does not say how points make one verdict; write worst, any, or 5 of 6")
    if match[1] is not None and not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(
            f"{value}: at least 1 of the {match[2]} points must speak, and not more than there are"
        )
    return f"{int(match[1])} of {int(match[2])}" if match[1] is not None else str(value)


Combine = Annotated[
    str,
    PlainValidator(_combine),
    WithJsonSchema(
        {"type": "string", "pattern": f"^({_COMBINE.pattern})$", "examples": ["worst", "any", "5 of 6"]}
    ),
]


def _guard(value: Any) -> Fraction:
    if (
        not isinstance(value, str | int | Decimal)
        or isinstance(value, bool)
        or not _GUARD.fullmatch(str(value))
    ):
        raise ValueError(
            f"{value} is no guard band; write guard: uncertainty (w = U), or a part of it such as guard: 0.83 (w = 0.83 U)"
        )
    return Fraction(1) if value == "uncertainty" else Fraction(str(value))


Guard = Annotated[
    Fraction,
    PlainValidator(_guard),
    PlainSerializer(lambda part: "uncertainty" if part == 1 else decimal_text(part)),
    WithJsonSchema({"anyOf": [{"const": "uncertainty"}, {"type": "number", "minimum": 0}]}),
]


class Bounds(Strict):
    """Inclusive (`at_most`, `at_least`) or exclusive (`below`, `above`) bounds.

    Attributes:
        at_most, at_least: inclusive: the number itself holds.
        below, above: exclusive: the number itself does not hold.
    """

    at_most: QuantityText | None = None
    at_least: QuantityText | None = None
    below: QuantityText | None = None
    above: QuantityText | None = None
    such: ClassVar[str] = "degC"  # a unit of its bounds, told to who writes none

    @field_validator("at_most", "at_least", "below", "above", mode="before")
    @classmethod
    def _with_a_unit(cls, value: Any) -> Any:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            raise ValueError(f"{value} has no unit; write it behind the number, such as {value} {cls.such}")
        return value

    def bound(self, unit: Unit, resolution: Any, *, rounded: bool = False) -> Bound:
        """The bounds in steps of the sensor's resolution.

        Raises:
            UnitError: a bound does not measure what the sensor measures.
        """
        return Bound.of(
            unit=unit,
            resolution=resolution,
            at_most=self.at_most,
            at_least=self.at_least,
            below=self.below,
            above=self.above,
            rounded=rounded,
        )

    @property
    def given(self) -> tuple[str, ...]:
        """Which bounds are written."""
        return tuple(
            name for name in ("at_most", "at_least", "below", "above") if getattr(self, name) is not None
        )


def guarded(bounds: Bounds, guard: Fraction, unit: Unit) -> Bounds:
    """Bounds with a guard band taken off on the inside.

    Args:
        bounds: as written.
        guard: width of the band, in the unit.
        unit: of the sensor.
    """
    if not guard:
        return bounds
    return Bounds(
        **{
            name: Quantity(
                value=given.in_unit(unit) + (guard if name in ("at_least", "above") else -guard),
                unit=unit,
                digits=given.digits,
            )
            for name in bounds.given
            if (given := getattr(bounds, name)) is not None
        }
    )


class Clearing(Bounds):
    """When an excursion has ended: its own bound, held for a time.

    Attributes:
        for_: how long it must be held.
    """

    for_: Duration = Field(0, alias="for")


class Except(Bounds):
    """A bounded exception: while a real signal is true, within a looser bound, for a time, so many times.

    Attributes:
        while_: the sensor (unit bool) whose being true opens it.
        for_at_most: it ends after this, whatever the signal says.
        at_most_times: more in the window are not granted; without it, any number.
        recovers_within: how long the looser bound holds after the signal has ended in time.
    """

    while_: str = Field(alias="while")
    for_at_most: Duration
    at_most_times: TimesPerText | None = None
    recovers_within: Duration = 0


def difference_of(unit: Unit) -> Unit:
    """The unit of a difference: a temperature difference is not a temperature, and absolute pressures lie kPa apart."""
    if unit.dimension == "absolute pressure":
        return unit_named(unit.name.removesuffix("_abs"))
    return unit_named({"degC": "K", "kelvin": "K", "degF": "delta_degF"}.get(unit.name, unit.name))


def one_point_each(
    limit: Limit, other: str, key: str, sensors: Mapping[str, Sensor]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """In each unit of product one point of the limit's sensor goes with one of another."""
    mine, theirs = sensors[limit.of].point_names(), sensors[other].point_names()
    for zone in mine if limit.zone is None else (limit.zone,):
        if len(mine.get(zone, [])) != 1 or len(theirs.get(zone, [])) != 1:
            where = f" in {zone}" if zone else ""
            yield (key,), f"one point of {limit.of} goes with one of {other}{where}"


def other_faults(
    limit: Limit, key: str, dimension: str, sensors: Mapping[str, Sensor], *, what: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with another sensor that a limit is computed from, the first thing found.

    Args:
        limit: whose sensor is there.
        key: under which it names the other one.
        dimension: what that must measure.
        sensors: of the plan.
        what: what measures so, in words.
    """
    other = getattr(limit, key)
    if other not in sensors:
        yield (key,), f"no sensor named {other}; the plan has {', '.join(sensors)}"
    elif sensors[other].unit.dimension != dimension:
        yield (key,), f"{other} is no {what}: it measures {sensors[other].unit.dimension}"
    elif limit.guard and not sensors[other].uncertainty:
        yield ("guard",), f"a guard band takes the uncertainty of {other} too: write it at the sensor"
    else:
        yield from one_point_each(limit, other, key, sensors)


def common_step(one: Fraction, other: Fraction) -> Fraction:
    """The greatest step of which both are whole multiples."""
    denominator = lcm(one.denominator, other.denominator)
    return Fraction(gcd(int(one * denominator), int(other * denominator)), denominator)


class Limit(Bounds):
    """A limit of any kind.

    Attributes:
        id: unique in its CCP.
        kind: name of the limit kind.
        name: as people read it.
        of: the sensor that it holds.
        zone: only this zone; without it every zone where the sensor has points.
        combine: how several points make one verdict. `worst`: the limit must hold at every point, and every point must
            speak; `5 of 6`: it must hold at every point that speaks, and five must speak; `any`: at one point at least.
        during: the line states in which it is judged, instead of those of the line. An unknown state is judged.
        while_: a signal that must be on for it to be judged, or several: `{door: false, pump: true}`. While one is not
            heard, nothing can be said.
        products: ids of the products that it is of; while another is made it is suspended, and while nobody knows which,
            nothing can be said.
        after: how long it is `starting` after coming into such a state, instead of the line's `settle`.
        for_more_than: an excursion up to this long is tolerated. On a critical limit this shifts the limit.
        confirm: so many readings beyond the limit in a row make it believed; the span still begins at the first.
        clears: when an excursion has ended.
        except_: bounded exceptions.
        compare: `full` values as measured, or `rounded` to the digits of the limit (GB/T 8170-2008).
        guard: a guard band w inside the limit: `uncertainty` for w = U, or a part r of it for w = r U (ILAC-G8:09/2019,
            JCGM 106:2012); U is the `uncertainty` of the sensor. Without it acceptance is simple, w = 0.
        transit: how long product takes to where its lots are counted, instead of the control point's.
        basis: standard, clause or report it rests on.
        factors: critical factors of the scheduled process that it watches; a reference to one names it here by itself.
        accepts: warnings of `check` that stand, each with its reason.
    """

    id: Name
    kind: str
    name: Names | None = None
    of: str
    zone: str | None = None
    combine: Combine = "worst"
    during: list[str] | str | None = None
    while_: Signals = Field({}, alias="while")
    products: list[str] = []
    after: Duration | None = None
    for_more_than: Duration = 0
    confirm: ReadingCount = 1
    clears: Clearing | None = None
    except_: list[Except] = Field([], alias="except")
    compare: Literal["full", "rounded"] = "full"
    guard: Guard = Fraction(0)
    transit: Transit | None = None
    basis: str | None = None
    factors: list[Name] = []
    accepts: Accepted = {}
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "nothing"  # what its guard band is taken off
    entered: ClassVar[bool] = False  # what people enter once for each batch or lot
    reads_states: ClassVar[bool] = False  # it goes by a code, which is no measurement
    places: ClassVar[tuple[str, ...]] = (
        "critical",
        "supporting",
        "operating",
        "criteria",
    )  # where it may stand

    @property
    def held(self) -> Bounds:
        """The bounds that what is judged is held against."""
        return self

    @property
    def on_readings(self) -> Bounds | None:
        """Bounds among the readings themselves, which a chart of them can show; None where there are none."""
        return self.held if self.derived is None else None

    @property
    def hold(self) -> int:
        """An excursion up to this long is tolerated, ns."""
        return self.for_more_than

    @property
    def words(self) -> str:
        """What must hold."""
        return " and ".join(f"{name.replace('_', ' ')} {getattr(self, name)}" for name in self.given)

    @property
    def breach(self) -> str:
        """What has happened where it did not hold, as it stands in records."""
        return f"{self.of} not {self.words}"

    @property
    def missed(self) -> str:
        """What is beyond the bounds: `more than 14 min`."""
        return " or ".join(_MISSED[name].format(getattr(self, name)) for name in self.given)

    @property
    def beside(self) -> tuple[tuple[str, Bounds], ...]:
        """Other sensors that must hold at the same time, each within bounds of its own."""
        return ()

    @property
    def derived(self) -> Derived | None:
        """How what is judged follows from readings; None where each reading is judged."""
        return None

    def starts(self, sensors: Mapping[str, Sensor]) -> int:  # noqa: ARG002
        """So long after coming into a judged state there is nothing yet that could be judged, ns: it is `starting`."""
        return 2 * self.derived.over if self.derived is not None else 0

    @property
    def cycle(self) -> Cycle | None:
        """What each cycle of the line must come to; None where the limit holds at every moment."""
        return None

    @property
    def reached(self) -> Bounds | None:
        """Of what fails at once when it leaves its bounds: the narrower ones within which a cycle has come to it."""
        return None

    @property
    def failed(self) -> Bounds | None:
        """Of what must be reached and can be lost before: what is beyond these bounds is lost."""
        return None

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:
        """The unit of what is judged, and the step in which it is."""
        return sensors[self.of].unit, sensors[self.of].step

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:  # noqa: ARG002
        """What is wrong with it that only its kind knows: path of the key, and why; its sensor is there."""
        yield from ()

    @property
    def counted(self) -> tuple[int, int] | None:
        """Of `5 of 6`, how many points must speak and how many there are; None where it says worst or any."""
        match = _COMBINE.fullmatch(self.combine)
        return (int(match[1]), int(match[2])) if match is not None and match[1] is not None else None

    @property
    def states(self) -> tuple[str, ...] | None:
        """The line states in which it is judged; None leaves that to the line."""
        return (self.during,) if isinstance(self.during, str) else tuple(self.during) if self.during else None


class Kind(Protocol):
    """What a file in `rules/kinds` offers as `KIND`."""

    @property
    def name(self) -> str:
        """As written in plans."""

    @property
    def method(self) -> str:
        """Name and version of the way of judging; in every decision."""

    @property
    def model(self) -> type[Limit]:
        """What a plan may write."""

    @property
    def memory(self) -> type[Memory] | None:
        """What its derivation remembers; None where it has none."""
