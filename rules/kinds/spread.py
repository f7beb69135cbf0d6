"""Spread: how far the points of one sensor lie apart, on means over a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.units import Unit
from rules.derivation import Derived
from rules.kind import PlainKind
from rules.limit import Limit, difference_of
from rules.quantities import Duration
from rules.windows import Windows, means_of

if TYPE_CHECKING:
    from rules.sensor import Sensor


class Spread(Limit):
    """`{id: spread, kind: spread, of: r, at_most: 1.0 K, mean_over: 1 min}`.

    Attributes:
        mean_over: length of the windows whose means are compared: the greatest less the least.

    Example:
        sensors:
          r: {unit: degC, points: 6 points, resolution: 0.1, every: 1 s}
        operating:
          - {id: spread, kind: spread, of: r, at_most: 1.0 K, mean_over: 1 min}
    """

    kind: Literal["spread"]
    places: ClassVar[tuple[str, ...]] = (*Limit.places, "instruments")
    mean_over: Duration

    @model_validator(mode="after")
    def _one_bound(self) -> Spread:
        if len(self.given) != 1 or self.given[0] not in ("at_most", "below"):
            raise ValueError("a spread has one bound: at_most or below, a difference such as 1.0 K")
        return self

    @property
    def words(self) -> str:
        """What must hold."""
        return f"apart {super().words}"

    @property
    def derived(self) -> Derived:
        """From all points of the sensor."""
        return Derived(
            "spread", lambda inputs: means_of(inputs, self.mean_over, spread=True), over=self.mean_over
        )

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:
        """Differences, in thousandths of the sensor's step."""
        return difference_of(sensors[self.of].unit), sensors[self.of].step / 1000

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """One point is never apart."""
        for zone, points in sensors[self.of].point_names().items():
            if len(points) < 2 and self.zone in (None, zone):
                yield ("of",), f"{self.of} has one point{f' in {zone}' if zone else ''}: nothing lies apart"


KIND = PlainKind(name="spread", method="spread/3", model=Spread, memory=Windows)
