"""Time to breach: when a limit will be met if it goes on as in the last windows, so that somebody hears of it in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from readings.errors import UnitError
from readings.times import DAY, MINUTE, format_duration
from readings.units import Unit, unit_named
from rules.derivation import Derived, Inputs
from rules.forecast import PER_MINUTE, Course, Forecast
from rules.kind import PlainKind
from rules.limit import Bounds, Limit
from rules.quantities import Duration, Quantity
from rules.trend import LEAST
from rules.window_means import PER_STEP, WindowMeans
from rules.windows import needed

if TYPE_CHECKING:
    from rules.sensor import Sensor

_MIN = unit_named("min")
_MOST = 200  # windows looked back on
_BEYOND = {"at_most": "above", "at_least": "below", "below": "up to", "above": "down to"}


class TimeToBreach(Limit):
    """`{id: forecast, kind: time_to_breach, of: air, limit: {at_most: -15.0 degC}, warns_within: 45 min, ...}`.

    Attributes:
        limit: what is not to be breached: one bound, as in the limit that this one runs ahead of.
        warns_within: it warns when the earliest plausible time of a breach is nearer than this.
        trend_over: so far back a straight trend is fitted.
        mean_over: length of the windows to whose means it is fitted.

    Example:
        sensors:
          air: {unit: degC, resolution: 0.1, every: 60 s}
        operating:
          - id: forecast
            kind: time_to_breach
            of: air
            limit: {at_most: -15.0 degC}
            warns_within: 45 min
            trend_over: 60 min
            mean_over: 5 min
    """

    kind: Literal["time_to_breach"]
    limit: Bounds
    warns_within: Duration
    trend_over: Duration
    mean_over: Duration
    places: ClassVar[tuple[str, ...]] = ("operating", "criteria")

    @model_validator(mode="after")
    def _foreseen(self) -> TimeToBreach:
        if self.given:
            raise ValueError(f"write the bound that is foreseen under limit: limit: {{{self.given[0]}: ...}}")
        if len(self.limit.given) != 1:
            raise ValueError("one bound is foreseen: limit: {at_most: -15.0 degC}")
        if self.clears is not None and self.clears.given:
            raise ValueError("a forecast clears at its own time: write clears: {for: 10 min} alone")
        if not self.warns_within or not self.mean_over:
            raise ValueError("a time is greater than 0")
        windows = Fraction(self.trend_over, self.mean_over)
        if windows.denominator != 1 or not LEAST <= windows <= _MOST:
            raise ValueError(
                f"a trend over {format_duration(self.trend_over)} is fitted to {LEAST} to {_MOST} whole windows of mean_over"
            )
        return self

    @property
    def held(self) -> Bounds:
        """Of the earliest plausible time."""
        return Bounds(at_least=Quantity(value=Fraction(self.warns_within, MINUTE), unit=_MIN, digits=3))

    @property
    def on_readings(self) -> Bounds:
        """What is not to be breached."""
        return self.limit

    @property
    def words(self) -> str:
        """What must hold."""
        name = self.limit.given[0]
        near = format_duration(self.warns_within)
        return f"at least {near} away from a breach of {name.replace('_', ' ')} {self._bound}"

    @property
    def breach(self) -> str:
        """In words."""
        beyond = _BEYOND[self.limit.given[0]]
        return f"{self.of} may come {beyond} {self._bound} within {format_duration(self.warns_within)}"

    @property
    def derived(self) -> Derived:
        """Each point by itself."""
        return Derived("forecast", self._derivation, over=self.mean_over, each_point=True)

    def starts(self, sensors: Mapping[str, Sensor]) -> int:  # noqa: ARG002 - it is the same for each
        """Until it knows windows enough."""
        return (self._enough + 1) * self.mean_over

    def scale(self, sensors: Mapping[str, Sensor]) -> tuple[Unit, Fraction]:  # noqa: ARG002 - the same for each
        """Thousandths of a minute."""
        return _MIN, Fraction(1, PER_MINUTE)

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """The limit measures what the sensor does."""
        sensor = sensors[self.of]
        if sensor.unit.dimension == "truth":
            yield ("of",), f"{self.of} is a signal: it has no trend"
            return
        try:
            self._bound.in_unit(sensor.unit)
        except UnitError as error:
            yield ("limit",), str(error)

    @property
    def _bound(self) -> Quantity:
        bound: Quantity = getattr(self.limit, self.limit.given[0])
        return bound

    @property
    def _enough(self) -> int:
        """So many windows are needed: half of those looked back on."""
        return max(LEAST, -(-self.trend_over // self.mean_over) // 2)

    def _derivation(self, inputs: Inputs) -> Forecast:
        (sensor,) = inputs.sensors
        return Forecast(
            means=WindowMeans(self.mean_over, needed(inputs.sensors, self.mean_over), inputs.settle),
            back=self.trend_over // self.mean_over,
            enough=self._enough,
            limit=round(self._bound.in_unit(sensor.unit) * PER_STEP / sensor.step),
            rises=self.limit.given[0] in ("at_most", "below"),
            farthest=max(DAY, 2 * self.warns_within) * PER_MINUTE // MINUTE,
            within=inputs.bound.lower,
            silent=inputs.silent[0],
        )


KIND = PlainKind(name="time_to_breach", method="time_to_breach/3", model=TimeToBreach, memory=Course)
