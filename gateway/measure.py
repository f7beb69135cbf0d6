"""What every source says of a value, whatever the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.calibration import Curve, Outside
from gateway.fields import Exact, Settings, UnitName
from readings.times import MS, SECOND

TimeUnit = Literal["s", "ms", "us", "ns"]
NS_PER: Mapping[str, int] = {"s": SECOND, "ms": MS, "us": 1_000, "ns": 1}
Pair = tuple[Exact, Exact]


class Scaled(Settings):
    """How a raw number becomes a value.

    Attributes:
        scale: of the raw number, exactly as written.
        offset: added to it, in the unit of the value.
        sentinels: raw numbers (or texts, in JSON) by which the device says "no value".
        two_point: two pairs of `raw * scale + offset` and the true value there; the straight line through both.
        piecewise: the same in two or more points, rising in the first number; straight lines between neighbours.
        outside: what becomes of a number beyond the points of `piecewise`.
    """

    scale: Exact = Fraction(1)
    offset: Exact = Fraction(0)
    sentinels: tuple[int | float | str, ...] = ()
    two_point: tuple[Pair, Pair] | None = None
    piecewise: tuple[Pair, ...] | None = Field(None, min_length=2)
    outside: Outside = Outside.BAD

    @model_validator(mode="after")
    def _calibrated_once(self) -> Self:
        if self.two_point and self.piecewise:
            raise ValueError("two_point and piecewise are two calibrations; write one of them")
        if self.outside is not Outside.BAD and not self.piecewise:
            raise ValueError("outside goes with piecewise alone; a line through two points has no end")
        _ = self.curve
        return self

    @property
    def curve(self) -> Curve | None:
        """The calibration; None where nothing is said.

        Raises:
            ValueError: its points do not rise.
        """
        if self.two_point:
            return Curve(self.two_point, Outside.EXTEND)
        return Curve(self.piecewise, self.outside) if self.piecewise else None


class Measure(Scaled):
    """What every channel says of its value.

    Attributes:
        unit: of `raw * scale + offset`, and of what its calibration makes of that.
    """

    unit: UnitName
