"""The form of an archive file: how its columns are written, and where each series lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.sheet import Sheet
from readings.block import F64, I32, I64

VERSION = 1
GROUP_ROWS = 16_384  # a row group ends with the series that reaches this
GROUP_MOST = 65_536  # a longer series is cut
UNITS = {"ms": 1_000_000, "us": 1_000, "ns": 1}
_DISTINCT = 0.5  # share of distinct numbers above which a dictionary costs more than it saves


@dataclass(frozen=True, slots=True)
class Shape:
    """How the columns are written; a file made of several has the finest of their units.

    Attributes:
        time: unit that holds each event time exactly: ms, us or ns.
        received: likewise.
        value: whether a dictionary serves the values: they repeat.
        raw: likewise.
    """

    time: str = "ms"
    received: str = "ms"
    value: bool = True
    raw: bool = True

    def merged(self, other: Shape) -> Shape:
        """What holds both."""
        finer = tuple(UNITS).index
        return Shape(
            max(self.time, other.time, key=finer),
            max(self.received, other.received, key=finer),
            self.value and other.value,
            self.raw and other.raw,
        )


def shape_of(sheet: Sheet) -> Shape:
    """The shape that keeps this sheet exactly, in few bytes."""
    return Shape(_unit(sheet.time), _unit(sheet.received), _repeats(sheet.value), _repeats(sheet.raw))


def _unit(time: I64) -> str:
    return next(name for name, size in UNITS.items() if size == 1 or not (time % size).any())


def _repeats(column: F64) -> bool:
    some = column[:GROUP_ROWS]
    return len(np.unique(some)) <= _DISTINCT * len(some)


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Where each series lies in a file: consecutive rows of one series in one row group, in file order.

    Attributes:
        group: int32, which row group.
        code: int32, which series.
        rows: int32, how many.
        first_time, last_time: int64, the earliest and latest event time.
        first_position, last_position: int64, the lowest and highest journal position.
    """

    group: I32
    code: I32
    rows: I32
    first_time: I64
    last_time: I64
    first_position: I64
    last_position: I64

    def encode(self) -> bytes:
        """As bytes; `decode` gives it back."""
        narrow = b"".join(part.tobytes() for part in (self.group, self.code, self.rows))
        times = self.first_time.tobytes() + self.last_time.tobytes()
        return narrow + times + self.first_position.tobytes() + self.last_position.tobytes()

    @classmethod
    def decode(cls, data: bytes) -> Runs:
        """The runs of these bytes."""
        count = len(data) // 44
        narrow: list[I32] = [np.frombuffer(data, np.int32, count, 4 * count * number) for number in range(3)]
        wide: list[I64] = [
            np.frombuffer(data, np.int64, count, 12 * count + 8 * count * number) for number in range(4)
        ]
        return cls(narrow[0], narrow[1], narrow[2], wide[0], wide[1], wide[2], wide[3])
