"""Readings one by one, as they come from the wire, into the columns of a block."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from readings.block import F64, I64, NO_SEQ, Block
from readings.inputs import Series, State
from readings.quality import Quality, Reason

QUALITY_OF = np.full(256, Quality.BAD, np.uint8)  # the quality that goes with each reason
for _reason in Reason:
    QUALITY_OF[_reason] = _reason.quality

_TYPES = (np.int64, np.int64, np.float64, np.float64, np.uint8, np.int64, np.int64)  # of a reading's cells
_WIDTH = len(_TYPES)
_Part = tuple[npt.NDArray[Any], ...]  # the same, as columns


class Columns:
    """Rows that wait for their block; numbers of series stay the same as long as it lives.

    Attributes:
        cells: reading after reading, each number of the series, time, value, raw, reason, received, seq; the value
            of a bad one is NaN. One flat list: as many tuples would keep the garbage collector busy.
        states: coded texts.
    """

    def __init__(self) -> None:
        self.cells: list[float] = []
        self._parts: list[_Part] = []  # readings before those in the cells
        self.states: list[State] = []
        self._series: list[Series] = []
        self._numbers: dict[Series, int] = {}

    def __len__(self) -> int:
        """How many readings and states wait."""
        return sum(len(part[0]) for part in self._parts) + len(self.cells) // _WIDTH + len(self.states)

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

    def burst(self, number: int, times: I64, values: F64, received: int) -> None:
        """Good readings of one series without counters, whose raw numbers are their values.

        Args:
            number: of the series.
            times: shape (n,), ns UTC.
            values: shape (n,).
            received: ns UTC.
        """
        self._part()
        same = np.full(len(times), number)
        none, seq = np.zeros(len(times), np.uint8), np.full(len(times), NO_SEQ)
        self._parts.append((same, times, values, values, none, np.full(len(times), received), seq))

    def take(self) -> Block:
        """All that waits, as one block that names only the series it holds."""
        self._part()
        number, time, value, raw, reason, received, seq = map(np.concatenate, zip(*self._parts, strict=True))
        used, which = np.unique(number, return_inverse=True)
        block = Block(
            series=tuple(self._series[number] for number in used),
            which=which.astype(np.int32),
            time=time,
            value=value,
            raw=raw,
            quality=QUALITY_OF[reason],
            reason=reason,
            received=received,
            seq=seq,
            states=tuple(self.states),
        )
        self._parts, self.states = [], []
        return block

    def _part(self) -> None:
        """The cells as columns, behind those that came before."""
        if self.cells or not self._parts:
            columns = [self.cells[at::_WIDTH] for at in range(_WIDTH)]
            self._parts.append(tuple(map(np.array, columns, _TYPES)))
            self.cells = []
