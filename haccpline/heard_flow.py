"""What was heard of the flows by which plans say when product arrives where its lots are counted."""

from __future__ import annotations

import numpy as np

from readings.block import Block
from rules.affected import FlowFrom
from rules.limit_unit import LimitUnit
from rules.passage import Flow
from rules.plan import Plan


class HeardFlow:
    """Keeps the readings of flows that a transit names, and no others."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._sensors: set[str] = set()
        self._heard: dict[str, list[tuple[np.ndarray, ...]]] = {}

    def follow(self, plan: Plan, limits: tuple[LimitUnit, ...]) -> None:
        """From here on the flows of this plan are kept too."""
        self._plan = plan
        self._sensors |= {
            limit.transit.flow
            for limit in limits
            if limit.transit is not None and limit.transit.flow is not None
        }

    def hear(self, block: Block) -> None:
        """Take readings."""
        if not self._sensors or self._plan is None:
            return
        line = self._plan.line_id
        for code, series in enumerate(block.series):
            if series.line == line and series.sensor in self._sensors:
                rows = np.flatnonzero(block.which == code)
                columns = (block.time[rows], block.value[rows], block.quality[rows])
                self._heard.setdefault(series.sensor, []).append(columns)

    def flow(self, limit: LimitUnit, until: int) -> FlowFrom | None:
        """What is known of the flow of a limit's transit; None where it has none by volume."""
        if self._plan is None or limit.transit is None or limit.transit.flow is None:
            return None
        sensor = self._plan.sensors[limit.transit.flow]
        worst = 1 if sensor.uncertain == "evidence" else 0
        empty = (np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))
        heard = self._heard.get(limit.transit.flow, [empty])
        time, value, quality = (np.concatenate(column) for column in zip(*heard, strict=True))
        known = Flow.of(sensor, time, value, quality <= worst, until)
        return lambda _start: known
