"""The version of a plan by which a limit unit is judged, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from readings.inputs import Series
from readings.times import NEVER

if TYPE_CHECKING:
    from rules.limit_unit import LimitUnit
    from rules.program import Program


class Version(msgspec.Struct, frozen=True):
    """What a decision of a limit unit names of the plan that it was made by.

    Attributes:
        until: another version judges from here on, ns; NEVER for the present one.
        plan: hash of the plan.
        method: name and version of the way of judging.
        series: what is its evidence.
        over: length of the windows in which readings are taken together, ns; 0 where they are not.
        lost_after: from the last usable reading to the monitoring loss, ns.
    """

    until: int
    plan: str
    method: str
    series: list[Series]
    over: int
    lost_after: int

    @classmethod
    def of(cls, program: Program, limit: LimitUnit, until: int = NEVER) -> Version:
        """The one by which a program judges a limit unit."""
        series = [program.tracks[track].series for track in limit.sources]
        return cls(until, program.hash, limit.method, series, limit.over, limit.lost_after)
