"""What a thermal process comes to in each cycle: minutes at a reference temperature, pasteurisation units.

Each point has its own integral. The least of the points counts where all must reach the bound: the integral of the least
temperature would be less, and that of the mean temperature hides a cold spot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from readings.block import I64
from readings.times import US
from rules.cycles import UNTOLD, CycleDerivation, Stretches
from rules.derivation import Inputs, Integral
from rules.exposure import MINUTE_OF_GRAINS, Credit, exposures, running, total
from rules.lethal_rate import Law, LethalRateError, RateTable, rate_table

if TYPE_CHECKING:
    from rules.sensor import Sensor

STEP = Fraction(1, 1000)  # judged are thousandths
_GRAINS = MINUTE_OF_GRAINS // 1000
_MOST = 2**62  # grains: 142 years at the reference, which no process needs and every memory holds


@dataclass(frozen=True, slots=True)
class ThermalExposure(CycleDerivation):
    """Sums of a cycle, in grains: low, best, high; and whether anything was not seen.

    What must be reached is credited at the lower bound, or as the plan says by name. What must not be exceeded counts at
    the upper bound; where readings are missing, it is told only once the lower bound exceeds it.

    Attributes:
        table: of the sensor.
        credit: what counts of what must be reached.
        reach: the bound must be reached; otherwise it must not be exceeded.
        slew: how fast the temperature can move at most, steps per ns; it bounds what was not read. None: nothing does.
    """

    table: RateTable
    credit: Credit
    reach: bool
    slew: Fraction | None

    def begin(self, unread: int) -> list[int]:  # noqa: ARG002 - see `said`
        """Nothing yet."""
        return [0, 0, 0, 0]

    def grow(self, sums: list[int], stretches: Stretches) -> I64:
        """What it has come to so far, in thousandths."""
        each = exposures(
            self.table,
            lasts=stretches.lasts,
            apart=stretches.apart,
            low=stretches.low,
            high=stretches.high,
            credit=self.credit,
            slew=self.slew,
        )
        unseen = (stretches.apart > self.table.longest) & (stretches.lasts > 0)
        if self.reach:
            sums[2] = _total(sums[2] - 1, each.high) + 1
            sums[3] |= int(unseen.any())
            if self.credit == "lower bound":
                told, sums[0] = _running(sums[0], each.low)
                sums[1] = _total(sums[1], each.best)
            else:
                told, sums[1] = _running(sums[1], each.best)
                sums[0] = _total(sums[0], each.low)
            return told
        missed = np.logical_or.accumulate(unseen | bool(sums[3]))
        least, sums[0] = _running(sums[0], each.low)
        sums[1] = _total(sums[1], each.best)
        below, end = _running(sums[2] - 1, each.high)
        most, sums[2] = below + 1, end + 1  # rounded up, and a whole number is itself
        sums[3] = int(missed[-1])
        return np.where(least > self.upper, least, np.where(missed & (most > self.upper), UNTOLD, most))

    @property
    def near(self) -> int:
        """As far as the rates between two readings are known, ns."""
        return self.table.longest

    def credited(self, integral: Integral) -> float:
        """As the plan says."""
        return integral.low if self.credit == "lower bound" else integral.best

    def said(self, sums: list[int], missing: tuple[int, int]) -> tuple[Integral, str]:
        """In minutes, or units of a minute at the reference."""
        low, best, high = sums[:3]
        high += -(-sum(missing) // US) * self.table.unseen
        return Integral(low / MINUTE_OF_GRAINS, best / MINUTE_OF_GRAINS, high / MINUTE_OF_GRAINS), ""


def _running(start: int, spans: I64) -> tuple[I64, int]:
    """See `rules.exposure.running`: in thousandths, and in grains, of which more than `_MOST` are not counted."""
    told, end = running(start, spans, unit=_GRAINS)
    return np.minimum(told, _MOST // _GRAINS), min(end, _MOST)


def _total(start: int, spans: I64) -> int:
    """The same without what it was on the way."""
    return min(total(start, spans), _MOST)


def thermal_exposure(
    inputs: Inputs, law: Law, *, credit: Credit, reach: bool, floor_at: Fraction | None
) -> ThermalExposure:
    """The derivation of a limit.

    Args:
        inputs: one point of a thermometer.
        law: how its temperatures count.
        credit: see `ThermalExposure`.
        reach: see `ThermalExposure`.
        floor_at: colder counts nothing, in the sensor's unit.
    """
    sensor = inputs.sensors[0]
    return ThermalExposure(
        silent=inputs.silent[0],
        lower=inputs.bound.lower,
        upper=inputs.bound.upper,
        step=inputs.step,
        every_reading=sensor.stuck is not None,
        table=_table(sensor, law, inputs.guard, floor_at, best_counts=credit != "lower bound"),
        credit=credit,
        reach=reach,
        slew=sensor.slew,
    )


def thermal_faults(
    name: str, sensors: Mapping[str, Sensor], law: Law, floor_at: Fraction | None
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with a thermometer that is to be integrated."""
    sensor = sensors[name]
    if sensor.unit.dimension != "temperature":
        yield ("of",), f"{name} is no thermometer: it measures {sensor.unit.dimension}"
    elif not isinstance(sensor.every, int):
        yield (
            ("of",),
            f"{name} speaks on change: an integral needs readings at regular times, such as every: 10 s",
        )
    elif sensor.range is None:
        message = (
            f"{name} has no range: write at the sensor what it can really read, such as range: [0, 150];"
            " a sentinel of 850 degC would count for years"
        )
        yield ("of",), message
    else:
        try:
            _table(sensor, law, Fraction(0), floor_at, best_counts=False)
        except LethalRateError as error:
            yield ("of",), f"{name}: {error}"


def _table(
    sensor: Sensor, law: Law, uncertainty: Fraction, floor_at: Fraction | None, *, best_counts: bool
) -> RateTable:
    assert isinstance(sensor.every, int)
    assert sensor.range is not None
    lowest, highest = sensor.range
    return rate_table(
        law,
        unit=sensor.unit,
        step=sensor.step,
        lowest=Fraction(lowest),
        highest=Fraction(highest),
        longest=sensor.every * 3 // 2,
        uncertainty=uncertainty,
        best_less=uncertainty if best_counts else Fraction(0),
        floor_at=floor_at,
    )
