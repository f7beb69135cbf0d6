"""What readings showed of each series, and what the plan's rules made of them: for warnings that need a history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from readings.block import Block
from rules.events import Event, EventKind
from rules.limit_unit import LimitUnit
from rules.plan import Plan
from rules.signals import code_text


@dataclass(slots=True)
class Seen:
    """One series.

    Attributes:
        usable: readings with a value.
        outside: of those, how many lie outside the sensor's range.
        near: intervals between readings that are no silence.
        lasts: their sum, ns.
        last: time of the last reading, ns.
    """

    usable: int = 0
    outside: int = 0
    near: int = 0
    lasts: int = 0
    last: int | None = None

    @property
    def every(self) -> int | None:
        """How often it was read, ns."""
        return self.lasts // self.near if self.near else None


@dataclass(slots=True)
class Recording:
    """What a file of readings showed.

    Attributes:
        seen: by sensor and point.
        said: by sensor that says what the line is doing or makes, how often it said each code or text.
        stuck: spans in which a limit's sensor was stuck, (CCP, limit, unit, from, to), ns.
    """

    seen: dict[tuple[str, str], Seen] = field(default_factory=dict)
    said: dict[str, Counter[str]] = field(default_factory=dict)
    stuck: list[tuple[str, str, str, int, int]] = field(default_factory=list)

    def take(self, plan: Plan, block: Block) -> None:
        """Take readings, in order of time, and what was said beside them."""
        told = {each.from_ for each in (plan.line.state, plan.line.product) if each is not None}
        for word in block.states:
            if word.name in told and word.line == plan.line_id:
                self.said.setdefault(word.name, Counter())[word.text] += 1
        for number, series in enumerate(block.series):
            sensor = plan.sensors.get(series.sensor)
            if sensor is None or series.line != plan.line_id:
                continue
            rows = np.flatnonzero(block.which == number)
            rows = rows[np.isfinite(block.value[rows])]
            if not rows.size:
                continue
            if series.sensor in told:
                codes, times = np.unique(block.value[rows], return_counts=True)
                said = dict(zip(map(code_text, codes.tolist()), times.tolist(), strict=True))
                self.said.setdefault(series.sensor, Counter()).update(said)
            seen = self.seen.setdefault((series.sensor, series.point), Seen())
            time, value = block.time[rows], block.value[rows]
            seen.usable += rows.size
            if sensor.range is not None:
                low, high = float(sensor.range[0]), float(sensor.range[1])
                seen.outside += int(((value < low) | (value > high)).sum())
            before = time[:1] if seen.last is None else np.array([seen.last])
            apart = np.diff(np.concatenate([before, time]))
            apart = apart[(apart > 0) & (apart <= max(sensor.silence, 1))]
            seen.near += apart.size
            seen.lasts += int(apart.sum())
            seen.last = int(time[-1])

    def raised(self, plan: Plan, events: Sequence[tuple[LimitUnit, Event]], until: int) -> None:
        """Take the events of a replay."""
        for limit, event in events:
            sensor = plan.sensors.get(limit.sensor)
            if (
                event.kind == EventKind.FAULT
                and limit.rank != "instrument"
                and sensor is not None
                and sensor.stuck
            ):
                span = (event.start, min(event.end, until))
                self.stuck.append((limit.ccp, limit.limit, limit.unit, *span))
