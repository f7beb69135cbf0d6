"""Readings one by one, as they come from the wire, into the columns of a block."""

from __future__ import annotations

import math

import numpy as np

from readings.block import NO_SEQ, Block
from readings.inputs import Series, State
from readings.quality import Quality, Reason

QUALITY_OF = np.full(256, Quality.BAD, np.uint8)  # the quality that goes with each reason
for _reason in Reason:
    QUALITY_OF[_reason] = _reason.quality

_WIDTH = 7  # cells of a reading


class Columns:
    """Rows that wait for their block; numbers of series stay the same as long as it lives.

    Attributes:
        cells: reading after reading, each number of the series, time, value, raw, reason, received, seq; the value
            of a bad one is NaN. One flat list: as many tuples would keep the garbage collector busy.
        states: coded texts.
    """

    def __init__(self) -> None:
        self.cells: list[float] = []
        self.states: list[State] = []
        self._series: list[Series] = []
        self._numbers: dict[Series, int] = {}

    def __len__(self) -> int:
        """How many readings and states wait."""
        return len(self.cells) // _WIDTH + len(self.states)

    def number(self, series: Series) -> int:
        """The number under which rows name this series."""
        found = self._numbers.get(series)
        if found is None:
            found = self._numbers[series] = len(self._series)
            self._series.append(series)
        return found

    def bad(self, series: Series, *, time: int, reason: Reason, received: int, raw: float = math.nan) -> None:
        """A reading without a value."""
        self.cells += (self.number(series), time, math.nan, raw, reason, received, NO_SEQ)

    def take(self) -> Block:
        """All that waits, as one block that names only the series it holds."""
        columns = [self.cells[at::_WIDTH] for at in range(_WIDTH)]
        used, which = np.unique(np.array(columns[0], np.intp), return_inverse=True)
        reason = np.array(columns[4], np.uint8)
        block = Block(
            series=tuple(self._series[number] for number in used),
            which=which.astype(np.int32),
            time=np.array(columns[1], np.int64),
            value=np.array(columns[2], np.float64),
            raw=np.array(columns[3], np.float64),
            quality=QUALITY_OF[reason],
            reason=reason,
            received=np.array(columns[5], np.int64),
            seq=np.array(columns[6], np.int64),
            states=tuple(self.states),
        )
        self.cells, self.states = [], []
        return block
