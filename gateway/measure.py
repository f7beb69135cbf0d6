"""What every source says of a value, whatever the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from gateway.fields import Exact, Settings, UnitName
from readings.times import MS, SECOND

TimeUnit = Literal["s", "ms", "us", "ns"]
NS_PER: Mapping[str, int] = {"s": SECOND, "ms": MS, "us": 1_000, "ns": 1}


class Measure(Settings):
    """What every channel and topic says of its value.

    Attributes:
        unit: of `raw * scale + offset`.
        scale: of the raw number, exactly as written.
        offset: added to it, in `unit`.
        sentinels: raw numbers (or texts, in JSON) by which the device says "no value".
    """

    unit: UnitName
    scale: Exact = Fraction(1)
    offset: Exact = Fraction(0)
    sentinels: tuple[int | float | str, ...] = ()
