"""What every limit has in common, whatever its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from readings.times import format_duration, parse_duration
from readings.units import Unit, unit_named
from rules.bounds import Bound
from rules.quantities import Duration, Name, Names, QuantityText, ReadingCount
from rules.strict_model import Strict

if TYPE_CHECKING:
    from rules.limit_unit import Contact
    from rules.plan import Sensor

_COMBINE = re.compile(r"worst|any|(\d{1,4})\s+of\s+(\d{1,4})")
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
    WithJsonSchema({"type": "string", "examples": ["2 per 24 h"]}),
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
    WithJsonSchema({"type": "string", "examples": ["worst", "any", "5 of 6"]}),
]


class Bounds(Strict):
    """Inclusive (`at_most`, `at_least`) or exclusive (`below`, `above`) bounds."""

    at_most: QuantityText | None = None
    at_least: QuantityText | None = None
    below: QuantityText | None = None
    above: QuantityText | None = None

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


class Clearing(Bounds):
    """When an excursion has ended: its own bound, held for a time."""

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


How = Literal["difference", "spread", "contact"]


@dataclass(frozen=True, slots=True)
class Averaged:
    """What is judged is no reading but follows from means, or from the extremes, of windows.

    Attributes:
        over: length of the windows, ns.
        other: the sensor that it follows from beside `of`; None: the points of `of` against each other.
        how: it follows.
    """

    over: int
    other: str | None
    how: How


def difference_of(unit: Unit) -> Unit:
    """The unit of a difference: a temperature difference is not a temperature."""
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


def common_step(one: Fraction, other: Fraction) -> Fraction:
    """The greatest step of which both are whole multiples."""
    denominator = lcm(one.denominator, other.denominator)
    return Fraction(gcd(int(one * denominator), int(other * denominator)), denominator)


class Limit(Bounds):
    """A limit of any kind.

    Attributes:
        id: unique in its CCP.
        kind: name of the limit kind.
        of: the sensor that it holds.
        zone: only this zone; without it every zone where the sensor has points.
        combine: how several points make one verdict. `worst`: the limit must hold at every point, and every point must
            speak; `5 of 6`: it must hold at every point that speaks, and five must speak; `any`: at one point at least.
        during: the line states in which it is judged, instead of those of the line. An unknown state is judged.
        after: how long it is `starting` after coming into such a state, instead of the line's `settle`.
        for_more_than: an excursion up to this long is tolerated. On a critical limit this shifts the limit.
        confirm: so many readings beyond the limit in a row make it believed; the span still begins at the first.
        clears: when an excursion has ended.
        except_: bounded exceptions.
        compare: `full` values as measured, or `rounded` to the digits of the limit (GB/T 8170-2008).
        basis: standard, clause or report it rests on.
    """

    id: Name
    kind: str
    name: Names | None = None
    of: str
    zone: str | None = None
    combine: Combine = "worst"
    during: list[str] | str | None = None
    after: Duration | None = None
    for_more_than: Duration = 0
    confirm: ReadingCount = 1
    clears: Clearing | None = None
    except_: list[Except] = Field([], alias="except")
    compare: Literal["full", "rounded"] = "full"
    basis: str | None = None

    @property
    def held(self) -> Bounds:
        """The bounds that what is judged is held against."""
        return self

    @property
    def hold(self) -> int:
        """An excursion up to this long is tolerated, ns."""
        return self.for_more_than

    @property
    def words(self) -> str:
        """What must hold."""
        return " and ".join(f"{name.replace('_', ' ')} {getattr(self, name)}" for name in self.given)

    @property
    def beside(self) -> tuple[tuple[str, Bounds], ...]:
        """Other sensors that must hold at the same time, each within bounds of its own."""
        return ()

    @property
    def averaged(self) -> Averaged | None:
        """How what is judged follows from means; None where each reading is judged."""
        return None

    def contact(self, sensors: Mapping[str, Sensor], enough: float) -> Contact | None:  # noqa: ARG002
        """The vessel that a contact is of; `enough` is the bound in the steps that are judged."""
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
