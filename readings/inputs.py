"""What the engine hears, in one order: readings, states, acts and ticks.

Readings travel in columns (see `readings.block`); the other three are few and travel as what they are.
"""

from __future__ import annotations

from typing import Any

import msgspec

from readings.errors import HaccplineError

LONE_POINT = "1"


class Series(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """One point of one sensor of one line: what a column of readings belongs to.

    Attributes:
        line: the plan's line.
        sensor: the plan's sensor.
        point: `1` where a sensor has one point, `1` to `n`, or `ZONE.n` where it has points in zones.
    """

    line: str
    sensor: str
    point: str = LONE_POINT

    def __str__(self) -> str:
        """`line/sensor`, or `line/sensor/point` where the point is not the only one."""
        name = f"{self.line}/{self.sensor}"
        return name if self.point == LONE_POINT else f"{name}/{self.point}"


def series_named(text: str, line: str) -> Series:
    """The series of `sensor` or `sensor/point`, on the given line.

    Raises:
        HaccplineError: an empty name, or more than one slash.
    """
    sensor, _, point = text.strip().partition("/")
    if not sensor or "/" in point or (text.strip().endswith("/")):
        raise HaccplineError(
            f"{text!r} does not name a sensor; write sensor or sensor/point, such as air/CS1.1"
        )
    return Series(line, sensor, point or LONE_POINT)


class State(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Coded text that holds from a time on: line state, phase, product, lot.

    Attributes:
        time: from when it holds, ns UTC.
        line: the plan's line.
        name: which text: the plan's sensor that it comes from.
        text: what holds now.
        zone: the zone it speaks for; empty for the whole line.
        received: when it became known, ns UTC.
    """

    time: int
    line: str
    name: str
    text: str
    zone: str = ""
    received: int = 0


class Act(msgspec.Struct, frozen=True):
    """What a person or the site did: a step of a case, a manual entry, a plan adopted.

    Attributes:
        time: when, ns UTC.
        kind: `plan.adopted`, `case.acknowledged`, ...
        line: the plan's line; empty for the site.
        who: id of the person; empty for the site itself.
        body: what belongs to the kind; texts, integers and lists of them, never floats.
        id: given by whoever entered it, so that it is taken once however often it is sent.
    """

    time: int
    kind: str
    line: str = ""
    who: str = ""
    body: dict[str, Any] = {}
    id: str = ""
