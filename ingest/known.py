"""Which readings are known already: exact, in columns, without a look at each row."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from readings.block import F64, I32, I64, U8

Mask = npt.NDArray[np.bool_]
_NAN_BITS = np.array(np.nan).view(np.int64)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: keeps the series apart at one time


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """What makes a reading the same reading, in columns of one length.

    Attributes:
        code: int32, which series.
        time: int64, event time, ns UTC.
        bits: int64, the value's bits; every NaN has the same.
        reason: uint8.
        seq: int64, the payload's own counter.
    """

    code: I32
    time: I64
    bits: I64
    reason: U8
    seq: I64

    def __len__(self) -> int:
        """How many."""
        return len(self.time)

    def take(self, rows: Mask | npt.NDArray[np.intp]) -> Keys:
        """Only these."""
        return Keys(self.code[rows], self.time[rows], self.bits[rows], self.reason[rows], self.seq[rows])

    def equal(self, rows: npt.NDArray[np.intp], other: Keys, other_rows: npt.NDArray[np.intp]) -> Mask:
        """Row by row, whether these rows equal those rows of the other."""
        return np.asarray(
            (self.time[rows] == other.time[other_rows])
            & (self.code[rows] == other.code[other_rows])
            & (self.bits[rows] == other.bits[other_rows])
            & (self.reason[rows] == other.reason[other_rows])
            & (self.seq[rows] == other.seq[other_rows])
        )

    def hashed(self) -> npt.NDArray[np.uint64]:
        """uint64 of series and time: equal for equal rows, rarely for others."""
        return self.time.view(np.uint64) + self.code.astype(np.uint64) * _SPREAD

    def repeated(self) -> Mask:
        """Which rows are the same as an earlier one."""
        order = np.lexsort((self.seq, self.reason, self.bits, self.time, self.code))
        mask = np.zeros(len(self), np.bool_)
        mask[order[1:]] = self.equal(order[1:], self, order[:-1])
        return mask


def keys_of(code: I32, time: I64, value: F64, reason: U8, seq: I64) -> Keys:
    """Keys of columns as a block has them."""
    bits = np.where(np.isnan(value), _NAN_BITS, np.ascontiguousarray(value).view(np.int64))
    return Keys(code, time, bits, reason, seq)


def joined(keys: Sequence[Keys]) -> Keys:
    """One after the other."""
    return Keys(
        np.concatenate([one.code for one in keys]),
        np.concatenate([one.time for one in keys]),
        np.concatenate([one.bits for one in keys]),
        np.concatenate([one.reason for one in keys]),
        np.concatenate([one.seq for one in keys]),
    )


class Run:
    """Keys sorted for looking up."""

    def __init__(self, keys: Keys, through: int = 0) -> None:
        hashed = keys.hashed()
        order = np.argsort(hashed, kind="stable")
        self._hashed = hashed[order]
        self.keys = keys.take(order)
        self.through = through

    def __len__(self) -> int:
        """How many."""
        return len(self.keys)

    def holds(self, asked: Keys) -> Mask:
        """Which of the asked are here; 40 ns each in a run of 100,000."""
        found = np.zeros(len(asked), np.bool_)
        hashed = asked.hashed()
        at = np.searchsorted(self._hashed, hashed)
        open_ = np.flatnonzero(at < len(self))
        open_ = open_[self._hashed[at[open_]] == hashed[open_]]
        while open_.size:  # once more for each reading that has the same series and time as another
            same = self.keys.equal(at[open_], asked, open_)
            found[open_[same]] = True
            open_ = open_[~same]
            at[open_] += 1
            open_ = open_[at[open_] < len(self)]
            open_ = open_[self._hashed[at[open_]] == hashed[open_]]
        return found


class Known(Protocol):
    """Whoever can say which readings it has."""

    def holds(self, asked: Keys) -> Mask:
        """Which of the asked it has."""


class Recent:
    """The readings of the unsealed blocks; sorted only when somebody asks.

    Runs are merged so that each is at least twice as long as the next: few to look through, and adding one
    block costs a logarithm of the rows there are.
    """

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._pending: deque[tuple[int, Keys]] = deque()  # with the position of each

    def add(self, keys: Keys, position: int) -> None:
        """These were committed at this position."""
        if len(keys):
            self._pending.append((position, keys))

    def drop(self, through: int) -> None:
        """Forget blocks and runs that hold nothing behind this position: the archive answers for them now."""
        while self._pending and self._pending[0][0] <= through:
            self._pending.popleft()
        self._runs = [run for run in self._runs if run.through > through]

    def __len__(self) -> int:
        """How many readings it remembers."""
        return sum(map(len, self._runs)) + sum(len(keys) for _, keys in self._pending)

    def holds(self, asked: Keys) -> Mask:
        """Which of the asked are here."""
        if self._pending:
            self._runs.append(Run(joined([keys for _, keys in self._pending]), self._pending[-1][0]))
            self._pending.clear()
            while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
                last, before = self._runs.pop(), self._runs.pop()
                self._runs.append(Run(joined([before.keys, last.keys]), last.through))
        found = np.zeros(len(asked), np.bool_)
        for run in self._runs:
            found |= run.holds(asked)
        return found
