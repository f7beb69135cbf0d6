"""Holding tube: milk that flows is held for volume over flow, and hot enough where it leaves, for each parcel of it.

Nothing times a hold in a tube: how long it lasted follows from the flow. A parcel that leaves came in before so much as the
tube holds; the greatest flow meanwhile gives the shortest time that it can have been inside (see `rules.contact`), and the
fastest part of it was quicker than the mean. It is coldest where it leaves, so the least temperature there counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from readings.times import HOUR, SECOND, format_duration
from readings.units import Unit, unit_named
from rules.contact import Contact, ContactDerivation
from rules.derivation import Derived, Inputs
from rules.kind import PlainKind
from rules.limit import Bounds, Limit, other_faults
from rules.parcels import FINER, Ends, Parcels
from rules.quantities import Duration, Number, Quantity, QuantityText
from rules.strict_model import Strict
from rules.windows import Part, needed

if TYPE_CHECKING:
    from rules.sensor import Sensor

_MILLISECOND = SECOND // 1000


class Fastest(Strict):
    """How long the fastest part is in the tube.

    Attributes:
        factor: of the mean time, above 0; 1 would be a plug, a half is laminar flow.
        basis: what says so: a salt test, mostly.
    """

    factor: Number
    basis: str


class HoldingTube(Limit):
    """`{id: hold, kind: holding_tube, of: outlet, at_least: 72.0 degC, for: 15 s, flow: milk, volume: 30 L, ...}`.

    Attributes:
        of: the temperature where it leaves the tube.
        for_: so long each part of it must have been inside.
        flow: the sensor of the flow through it.
        volume: of the tube.
        fastest: see `Fastest`.
        judged_every: length of the windows: the least temperature and the greatest flow in each count.

    Example:
        sensors:
          outlet: {unit: degC, resolution: 0.1, uncertainty: 0.2, every: 1 s}
          milk: {unit: m3/h, resolution: 0.01, uncertainty: 0.03, every: 1 s}
        critical:
          - id: hold
            kind: holding_tube
            of: outlet
            at_least: 72.0 degC
            for: 15 s
            flow: milk
            volume: 30 L
            fastest: {factor: 0.85, basis: salt test ST-2026-04}
            judged_every: 2 s
            guard: uncertainty
    """

    kind: Literal["holding_tube"]
    for_: Duration = Field(alias="for")
    flow: str
    volume: QuantityText
    fastest: Fastest
    judged_every: Duration
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _tube(self) -> HoldingTube:
        if len(self.given) != 1 or self.given[0] not in ("at_least", "above"):
            raise ValueError("a holding tube has one bound: at_least or above, such as at_least: 72.0 degC")
        if self.volume.unit.dimension != "volume" or self.volume.value <= 0:
            raise ValueError(f"{self.volume} is no volume; write volume: 30 L")
        if not 0 < self.fastest.factor <= 1:
            raise ValueError("the fastest part takes a part of the mean time: above 0, and 1 for a plug")
        if self.for_ < _MILLISECOND or not self.judged_every:
            raise ValueError("a time is greater than 0")
        if self.judged_every >= self.for_:
            raise ValueError("judged_every is shorter than the hold: nobody knows when in it a parcel left")
        return self

    @property
    def held(self) -> Bounds:
        """Of the time."""
        return Bounds(at_least=Quantity(value=Fraction(self.for_, SECOND), unit=unit_named("s"), digits=3))

    @property
    def on_readings(self) -> Bounds:
        """Of the temperature."""
        return Bounds(**{name: getattr(self, name) for name in self.given})

    @property
    def words(self) -> str:
        """What must hold."""
        return f"{super().words} for {format_duration(self.for_)} in the tube"

    @property
    def derived(self) -> Derived:
        """From temperature and flow."""
        return Derived("hold", self._derivation, others=(self.flow,), over=self.judged_every)

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002
        """Seconds, to the millisecond."""
        return unit_named("s"), Fraction(1, 1000)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A temperature and a flow, one point of each, with the uncertainties of a guard, read often enough."""
        if sensors[self.of].unit.dimension != "temperature":
            yield ("of",), f"{self.of} is no thermometer: it measures {sensors[self.of].unit.dimension}"
            return
        wrong = list(other_faults(self, "flow", "flow", sensors, what="flow"))
        yield from wrong
        for name in () if wrong else (self.of, self.flow):
            every = sensors[name].every
            if isinstance(every, int) and self.judged_every < every:
                yield ("judged_every",), f"a reading of {name} comes only every {format_duration(every)}"

    def _derivation(self, inputs: Inputs) -> HoldDerivation:
        of, flow = inputs.sensors
        bound = self.on_readings.bound(of.unit, of.step, rounded=self.compare == "rounded")
        volume = self.volume.in_unit(unit_named("m3")) / (flow.step * flow.unit.factor)  # steps of flow x h
        return HoldDerivation(
            over=self.judged_every,
            needs=needed(inputs.sensors, self.judged_every),
            settle=inputs.settle,
            silent=max(inputs.silent),
            contact=Contact(
                volume=volume * HOUR,
                credit=Fraction(self.fastest.factor) / _MILLISECOND,
                enough=int(inputs.bound.lower),
                more=ceil(self.guard * Fraction(flow.uncertainty or 0) / flow.step),
            ),
            hot=floor(bound.lower),
            guard=ceil(inputs.guard / of.step),
        )


@dataclass(frozen=True, slots=True)
class HoldDerivation(ContactDerivation):
    """From the least temperature and the greatest flow of each window, how long what leaves in it was held hot.

    Attributes:
        hot: the least step of the temperature that holds; what leaves colder was not held at all.
        guard: steps by which the temperature is guarded: less than read counts at least, and more at most.
    """

    hot: int
    guard: int

    def counted(self, part: Part) -> Ends:
        """Whether it is hot."""
        ends = Ends.of(part)
        return Ends(
            int(ends.least - self.guard >= self.hot),
            FINER * int(ends.mean >= FINER * self.hot),
            int(ends.greatest + self.guard >= self.hot),
        )


KIND = PlainKind(name="holding_tube", method="holding_tube/3", model=HoldingTube, memory=Parcels)
