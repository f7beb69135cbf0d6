"""What goes wrong in the demo plant, and when: a script for the simulated devices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from readings.times import HOUR, MINUTE, SECOND, format_duration, format_time

WATER, RETORT, STORE = "bottled-water", "retort-2", "cold-3"


@dataclass(frozen=True, slots=True)
class Mishap:
    """A fault of the plant.

    Attributes:
        kind: what happens, one of the simulator's faults.
        line: where.
        start: ns UTC.
        lasts: ns.
        raises: what the rule engine must make of it: `deviation`, `monitoring_loss` or `instrument_fault`.
        at: sensor, point or zone, where the kind needs one.
    """

    kind: str
    line: str
    start: int
    lasts: int
    raises: str
    at: tuple[tuple[str, str], ...] = ()

    def scripted(self) -> dict[str, Any]:
        """As the simulator reads it."""
        return {
            "kind": self.kind,
            "line": self.line,
            "at": format_time(self.start),
            "for": format_duration(self.lasts),
            **dict(self.at),
        }


def past(start: int, end: int) -> Iterator[Mishap]:
    """What went wrong in the day before: one mishap a line, far enough apart to be answered one by one."""
    day = end - start
    yield Mishap("low_ozone", WATER, start + day // 4, 6 * MINUTE, "deviation")
    yield Mishap("unplugged", STORE, start + day // 2, 9 * MINUTE, "monitoring_loss")
    yield Mishap("door_open", STORE, start + 2 * day // 3, 14 * MINUTE, "deviation", (("zone", "CS2"),))
    yield Mishap("low_ozone", WATER, end - 95 * MINUTE, 4 * MINUTE, "deviation")


def played(live: int) -> Iterator[Mishap]:
    """What goes wrong in a minute that nobody watches: a breach, and a plug pulled."""
    yield Mishap("low_ozone", WATER, live + 3 * SECOND, 10 * SECOND, "deviation")
    yield Mishap("unplugged", STORE, live + 3 * SECOND, 28 * SECOND, "monitoring_loss")


def shown(live: int, *, hours: int = 12) -> Iterator[Mishap]:
    """What goes wrong while people watch: the first within half a minute, then every few, again and again."""
    start = live + 20 * SECOND
    while start < live + hours * HOUR:
        yield Mishap("low_ozone", WATER, start, 45 * SECOND, "deviation")
        yield Mishap("unplugged", STORE, start + 4 * MINUTE, 60 * SECOND, "monitoring_loss")
        yield Mishap(
            "stuck", WATER, start + 8 * MINUTE, 150 * SECOND, "instrument_fault", (("sensor", "o3_contact"),)
        )
        start += 15 * MINUTE


def script(mishaps: Iterator[Mishap]) -> str:
    """The mishaps as the simulator's script."""
    return json.dumps({"faults": [each.scripted() for each in mishaps]}, indent=1)
