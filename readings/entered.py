"""What people enter by hand: an act that says who entered it and when, and the reading that it stands for.

The body of such an act says `sensor` and `point` (the value's name in the plan, and where), `value` (a decimal number as
text, in the plan's unit) and `measured` (when it was measured); the act's own time is when it was entered.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from readings.block import Block, BlockBuilder
from readings.errors import HaccplineError
from readings.inputs import LONE_POINT, Act, Series
from readings.quality import Reason
from readings.times import parse_time

ENTERED = "value.entered"
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,9})?", re.ASCII)


def reading_of(act: Act) -> tuple[Series, int, float]:
    """The series, the time (ns UTC) and the value that an act enters.

    Raises:
        HaccplineError: its body does not say them.
    """
    said = {name: act.body.get(name) for name in ("sensor", "value", "measured")}
    if not act.line or any(not isinstance(text, str) or not text for text in said.values()):
        raise HaccplineError(
            "a value that is entered has a line, a sensor, a value and the time it was measured"
        )
    point = act.body.get("point", LONE_POINT)
    if not isinstance(point, str) or not _NUMBER.fullmatch(str(said["value"])):
        raise HaccplineError(f"{said['value']!r} is no number that can be entered")
    value = float(str(said["value"]))
    return Series(act.line, str(said["sensor"]), point), parse_time(str(said["measured"])), value


def block_of(acts: Iterable[Act]) -> Block:
    """The acts as a block, with the readings that they enter; an act that cannot be read goes without one."""
    builder = BlockBuilder()
    for act in acts:
        builder.act(act)
        if act.kind != ENTERED:
            continue
        try:
            series, time, value = reading_of(act)
        except HaccplineError:
            continue  # the clerk refuses the act, and says why
        builder.reading(
            series, time=time, value=value, raw=math.nan, reason=Reason.BY_HAND, received=act.time
        )
    return builder.build()
