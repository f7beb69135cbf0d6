"""A vessel in which water is in contact with a disinfectant: what limits on it have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.times import HOUR, MINUTE
from readings.units import unit_named
from rules.contact import Contact
from rules.derivation import Inputs
from rules.limit import Limit, other_faults
from rules.quantities import Duration, Number, QuantityText
from rules.strict_model import Strict

if TYPE_CHECKING:
    from rules.sensor import Sensor


class Baffling(Strict):
    """T10 as a part of the mean time in the vessel.

    Attributes:
        factor: T10/T, above 0; 1 is perfect plug flow.
        basis: what says so: a tracer study, mostly.
    """

    factor: Number
    basis: str


class WaterVessel(Limit):
    """Concentration times T10, for each parcel of water, at its lower bound.

    Attributes:
        of: the concentration where the water leaves the vessel.
        flow: the sensor of the flow through it.
        volume: of the water in the vessel.
        baffling: see `Baffling`.
        judged_every: length of the windows: the least concentration and the greatest flow in each count.
    """

    flow: str
    volume: QuantityText
    baffling: Baffling
    judged_every: Duration
    guards: ClassVar[Literal["bounds", "inputs", "nothing"]] = "inputs"

    @model_validator(mode="after")
    def _vessel(self) -> WaterVessel:
        if self.volume.unit.dimension != "volume" or self.volume.value <= 0:
            raise ValueError(f"{self.volume} is no volume; write volume: 2.5 m3")
        if not 0 < self.baffling.factor <= 1:
            raise ValueError("a baffling factor is T10/T: above 0, and 1 for perfect plug flow")
        return self

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """A concentration and a flow, one point of each, with the uncertainties of a guard."""
        dimension = sensors[self.of].unit.dimension
        if dimension != "mass concentration":
            yield ("of",), f"{self.of} is no concentration: it measures {dimension}"
        else:
            yield from other_faults(self, "flow", "flow", sensors, what="flow")

    def contact(self, inputs: Inputs, enough: int) -> Contact:
        """The vessel in steps of its sensors; credited are thousandths of a mg.min/L.

        Args:
            inputs: concentration and flow, and perhaps others.
            enough: the least step judged that holds.
        """
        of, flow = inputs.sensors[:2]
        volume = self.volume.in_unit(unit_named("m3")) / (flow.step * flow.unit.factor)  # steps of flow x h
        credit = self.baffling.factor * of.step * of.unit.factor * 1000 / MINUTE
        return Contact(
            volume=volume * HOUR,
            credit=credit,
            enough=enough,
            less=ceil(inputs.guard / of.step),
            more=ceil(self.guard * Fraction(flow.uncertainty or 0) / flow.step),
        )
