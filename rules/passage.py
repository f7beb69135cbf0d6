"""When a parcel has passed a volume, by the flow through it: the earliest and the latest that it can have been.

Between two readings the flow lies between them, each give or take the uncertainty of the sensor. In a silence it may have
been nothing, or as much as the sensor's range allows. The water is taken to go through in order, first in, first out.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from readings.block import F64, I64
from readings.times import HOUR, NEVER
from readings.units import unit_named
from rules.derivation import Taken
from rules.sensor import Sensor
from rules.transit import Transit

_US = 1000  # sums are kept in steps times microseconds: a year of a great flow fits


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Usable readings of a flow, as far as it is known.

    Attributes:
        time: int64 [n], ns, in order, each once.
        low: int64 [n], whole steps: no less, nor less than 0.
        high: int64 [n], whole steps: no more.
        silent: readings further apart leave a silence, ns.
        most: no more flows in a silence, whole steps; None where the sensor has no range.
        until: how far time has come, ns.
        sensor: whose it is.
    """

    time: I64
    low: I64
    high: I64
    silent: int
    most: int | None
    until: int
    sensor: Sensor

    @classmethod
    def of(cls, sensor: Sensor, time: I64, value: F64, usable: np.ndarray, until: int) -> Flow:
        """The flow that readings tell.

        Args:
            sensor: of the flow.
            time: int64 [n], ns, in any order; of one time the least and the greatest value count.
            value: float64 [n], in its unit.
            usable: bool [n], by their quality.
            until: how far time has come, ns.
        """
        least, most = sensor.range if sensor.range is not None else (None, None)
        kept = usable & np.isfinite(value) & (time <= until)
        kept &= (
            (value >= float(least)) & (value <= float(most))
            if least is not None and most is not None
            else kept
        )
        no_less, no_more = Taken.of(time[kept], value[kept], sensor.step).sides
        when, row = np.unique(time[kept], return_inverse=True)
        apart = ceil(Fraction(sensor.uncertainty or 0) / sensor.step)
        low = np.full(when.size, np.iinfo(np.int64).max)
        high = np.full(when.size, np.iinfo(np.int64).min)
        np.minimum.at(low, row, no_less)
        np.maximum.at(high, row, no_more)
        return cls(
            when,
            np.maximum(low - apart, 0),
            np.maximum(high + apart, 0),
            sensor.silence,
            None if most is None else ceil(most / sensor.step),
            until,
            sensor,
        )

    @property
    def known_until(self) -> int:
        """So far the flow is known, or known not to be, ns."""
        if not self.time.size:
            return self.until
        last = int(self.time[-1])
        return self.until if self.until - last > self.silent else last

    def amount_of(self, transit: Transit) -> Fraction:
        """The volume of a transit, in steps times ns."""
        assert transit.volume is not None
        unit = self.sensor.unit.factor * self.sensor.step
        return transit.volume.in_unit(unit_named("m3")) / unit * HOUR


@dataclass(frozen=True, slots=True)
class Passed:
    """When a parcel has passed; NEVER while it is not known to have.

    Attributes:
        earliest: ns.
        latest: ns.
        unknown: so much of the time until then the flow was not known, ns.
    """

    earliest: int
    latest: int
    unknown: int


def passed(flow: Flow, start: int, amount: Fraction) -> Passed:
    """When what leaves at `start` has passed a volume.

    Args:
        flow: what is known.
        start: ns.
        amount: the volume, in steps times ns; see `Flow.amount_of`.
    """
    end = flow.known_until
    if end <= start:
        return Passed(NEVER, NEVER, 0)
    inner = flow.time[(flow.time > start) & (flow.time < end)]
    edges = np.concatenate(([start], inner, [end])).astype(np.int64)
    begin, until = edges[:-1], edges[1:]
    before = np.searchsorted(flow.time, begin, "right") - 1
    behind = np.searchsorted(flow.time, until, "left")
    known = (before >= 0) & (behind < flow.time.size)
    here, there = np.where(known, before, 0), np.where(known, behind, 0)
    if flow.time.size:
        known &= flow.time[there] - flow.time[here] <= flow.silent
        low = np.where(known, np.minimum(flow.low[here], flow.low[there]), 0)
        high = np.maximum(flow.high[here], flow.high[there])
    else:
        low, high = np.zeros(begin.size, np.int64), np.zeros(begin.size, np.int64)
    endless = ~known & (flow.most is None)
    high = np.where(known, high, 0 if flow.most is None else flow.most)
    earliest = _reached(begin, until, high, max(floor(amount / _US), 1), endless, late=False)
    latest = _reached(begin, until, low, ceil(amount / _US), np.zeros(begin.size, np.bool_), late=True)
    stop = np.minimum(until, latest if latest != NEVER else end)
    lost = int(np.maximum(stop - begin, 0)[~known].sum())
    return Passed(earliest, latest, lost)


def _reached(  # noqa: PLR0913 - columns of one thing
    begin: I64, until: I64, steps: I64, amount: int, endless: np.ndarray, *, late: bool
) -> int:
    """When the amount has flowed, rounded to the safe side; NEVER if it has not."""
    lasts = (until - begin) // _US if late else -((begin - until) // _US)
    sums = np.cumsum(steps * lasts)
    row = int(np.searchsorted(sums, amount, "left"))
    first = int(np.flatnonzero(endless)[0]) if endless.any() else begin.size
    if first <= row:
        return int(begin[first]) if first < begin.size else NEVER
    if row == begin.size:
        return NEVER
    rest = amount - (int(sums[row - 1]) if row else 0)
    took = -(-rest // int(steps[row])) if late else rest // int(steps[row])
    return int(begin[row]) + took * _US
