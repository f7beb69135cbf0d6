"""What follows when a sensor is silent: four steps, each with its own time, and what may stand in meanwhile."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rules.quantities import Duration
from rules.strict_model import Strict


class After(Strict):
    """A time after the last usable reading.

    Attributes:
        after: so long after it.
    """

    after: Duration


class CaseAfter(After):
    """When silence becomes a monitoring loss.

    Attributes:
        as_: which kind of case it is; there is one.
    """

    as_: Literal["monitoring_loss"] = Field("monitoring_loss", alias="as")


class Bridging(Strict):
    """When a short silence is bridged: the verdict is ok, and says so, once a reading behind it shows that it held.

    Attributes:
        up_to: a longer silence never is.
        if_: `slew`: the value cannot have reached the limit, however fast it moved; `others good`: every other point of
            the limit stayed good meanwhile; or both.
        for_: the sensors whose silences are bridged; every one that moves and has readings of its own judged, where left
            out.
    """

    up_to: Duration
    if_: Literal["slew", "others good", "slew and others good"] = Field("slew", alias="if")
    for_: list[str] = Field([], alias="for")


class StandIn(Strict):
    """Values entered by hand that are judged while a sensor is silent: the verdict is then ok by hand, and says so.

    Attributes:
        of: the value, one of `by_hand`.
        every: so long a value counts; as often as it is due anyway, where left out.
        for_: the sensors that it stands in for; where left out, every one of the control point that measures the same and
            has readings of its own judged.
    """

    of: str
    every: Duration | None = None
    for_: list[str] = Field([], alias="for")


class Silence(Strict):
    """Four separate steps: the gap is recorded at once; verdict, notice and case have a time each.

    Attributes:
        gap: it is recorded at once, always.
        verdict: when the verdict becomes indeterminate; the sensor's own silence where left out.
        notice: when people hear of it; with the verdict where left out.
        case: when it is a monitoring loss; 5 min after the verdict where left out.
        bridge: when a short silence is none after all.
        by_hand: what people measure instead, and enter.
    """

    gap: Literal["at once"] = "at once"
    verdict: After | None = None
    notice: After | None = None
    case: CaseAfter | None = None
    bridge: Bridging | None = None
    by_hand: StandIn | None = None
