"""A warehouse of many cold rooms: its plan, and readings of it, calm or nasty, from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readings.block import NO_SEQ, Block
from readings.inputs import Series
from readings.times import MS, SECOND, parse_time

LINE = "warehouse"
START = parse_time("2026-12-01T00:00:00Z")
LIMIT = -15.0

_HEAD = """\
plan: warehouse
name: Warehouse
site: {id: BENCH, name: Warehouse, timezone: Asia/Shanghai}
effective_from: 2026-11-01T00:00:00+08:00
"""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """So many rooms, and so many sensors in each, with one limit for each sensor of each room.

    Attributes:
        rooms: how many zones.
        sensors: how many in each.
        hold: for how long a value may lie beyond, as in the plan.
        silent: after how long a sensor is silent, as in the plan.
        reorder: how far back late truth may decide again, as in the plan.
    """

    rooms: int
    sensors: int = 1
    hold: str = "5 min"
    silent: str = "60 s"
    reorder: str = "5 min"

    @property
    def series(self) -> tuple[Series, ...]:
        """Room by room."""
        return tuple(
            Series(LINE, f"air{sensor}", f"R{room:03d}.1")
            for room in range(self.rooms)
            for sensor in range(self.sensors)
        )

    def plan(self) -> str:
        """The plan's text."""
        rooms = ", ".join(f"R{room:03d}" for room in range(self.rooms))
        lines = [
            _HEAD,
            f"reorder: {self.reorder}\n",
            f"line: {{unit: zone, zones: [{rooms}]}}\n",
            "sensors:\n",
        ]
        lines += [
            f"  air{number}: {{zones: [{rooms}], unit: degC, resolution: 0.1, range: [-50, 60], every: 1 s,"
            f" silent_after: {self.silent}}}\n"
            for number in range(self.sensors)
        ]
        lines.append("ccps:\n")
        for number in range(self.sensors):
            lines.append(f"  - id: CCP{number + 1}\n    critical:\n")
            lines.append(
                f"      - {{id: warm, kind: threshold, of: air{number}, at_most: {LIMIT} degC,"
                f" for_more_than: {self.hold}}}\n"
            )
        return "".join(lines)

    def calm(self, seconds: int, *, seed: int = 1, excursion: int = 600) -> Block:
        """A reading of every sensor a second, as rooms are: noise; about 0.05 % beyond the limit, of it most in
        excursions of `excursion` s (some longer than the hold, some shorter), the rest alone; some gaps.

        Returns:
            One block in order of time, the sensors of a second one after the other.
        """
        draw = np.random.default_rng(seed)
        wide = self.rooms * self.sensors
        total = seconds * wide
        values = draw.normal(0.0, 0.25, (seconds, wide))
        values += draw.uniform(-21.5, -18.5, wide)
        values += 0.8 * np.sin(np.arange(seconds)[:, None] / 270.0 + draw.uniform(0, 6.28, wide))
        for _ in range(max(1, round(total * 0.0004 / excursion))):
            start, length = int(draw.integers(0, seconds)), int(excursion * draw.uniform(0.3, 1.7))
            values[start : start + length, draw.integers(0, wide)] = LIMIT + 1.5 + draw.normal(0, 0.3)
        alone = draw.integers(0, seconds, total // 10_000), draw.integers(0, wide, total // 10_000)
        values[alone] = LIMIT + 0.7
        there = np.ones((seconds, wide), np.bool_)
        for _ in range(max(1, total // 300_000)):
            start, length = int(draw.integers(0, seconds)), int(draw.integers(20, 400))
            there[start : start + length, draw.integers(0, wide)] = False
        return self._block(values, there)

    def nasty(self, seconds: int, *, seed: int = 2) -> Block:
        """Every value near the limit, 30 % of them beyond it, each by itself: a run ends every few readings."""
        draw = np.random.default_rng(seed)
        values = LIMIT - 0.212 + draw.normal(0.0, 0.5, (seconds, self.rooms * self.sensors))
        return self._block(values, np.ones(values.shape, np.bool_))

    def _block(self, values: np.ndarray, there: np.ndarray) -> Block:
        wide = values.shape[1]
        rows = np.flatnonzero(there.ravel())
        second, which = np.divmod(rows, wide)
        apart = np.arange(wide) * (900 * MS // wide)
        time = START + second * SECOND + apart[which]
        value = np.round(values.ravel()[rows], 1)
        none = np.zeros(len(rows), np.uint8)
        return Block(
            series=self.series,
            which=which.astype(np.int32),
            time=time,
            value=value,
            raw=value,
            quality=none,
            reason=none,
            received=time,
            seq=np.broadcast_to(np.int64(NO_SEQ), len(rows)),
        )


def cut(block: Block, rows: int) -> list[Block]:
    """The same readings in blocks of about so many, those of one time together; nothing is copied."""
    edges = np.append(np.arange(0, len(block), rows), len(block))
    edges = np.unique(np.append(np.searchsorted(block.time, block.time[edges[:-1]]), len(block)))
    return [
        block.part(start, stop) for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
