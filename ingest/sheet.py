"""A sheet: readings in columns with their place in the journal, as the archive handles them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.known import Keys, keys_of
from readings.block import F64, I32, I64, U8, Block
from readings.inputs import Series
from readings.ports import Rows

Index = npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Columns of one length; as in `readings.block.Block`, and three more. Some may be left out: empty.

    Attributes:
        code: int32, number of the series in journal.db.
        time: int64, event time, ns UTC.
        value: float64, engineering value; NaN where bad.
        raw: float64, the number on the wire.
        quality: uint8.
        reason: uint8.
        received: int64, ns UTC.
        seq: int64, the payload's counter; -1 where it has none.
        position: int64, the journal's block.
        order: int32, which reading of that block.
    """

    code: I32
    time: I64
    value: F64
    raw: F64
    quality: U8
    reason: U8
    received: I64
    seq: I64
    position: I64
    order: I32

    def __len__(self) -> int:
        """How many readings."""
        return len(self.time)

    def take(self, rows: Index) -> Sheet:
        """Only these, in this order."""
        return Sheet(*(column[rows] if column.size else column for column in self._columns()))

    def only(self, columns: tuple[str, ...]) -> Sheet:
        """With the columns not named left empty, but for `code`."""
        return replace(
            self, **{name: getattr(EMPTY, name) for name in COLUMNS if name not in (*columns, "code")}
        )

    def _columns(self) -> Iterator[npt.NDArray[Any]]:
        return (getattr(self, name) for name in COLUMNS)

    def keys(self) -> Keys:
        """What tells whether a reading is known."""
        return keys_of(self.code, self.time, self.value, self.reason, self.seq)

    def by_series(self) -> Sheet:
        """By series, time, position, order; a sheet in journal order mostly is, but for the series."""
        small = self.code.astype(np.uint16) if not len(self) or self.code.max() < 1 << 16 else self.code
        order = np.argsort(small, kind="stable")  # a radix sort for 16 bits
        code, time = self.code[order], self.time[order]
        if ((code[1:] == code[:-1]) & (time[1:] < time[:-1])).any():
            order = np.lexsort((self.order, self.position, self.time, self.code))
        return self.take(order)

    def by_time(self, rank: I32) -> Sheet:
        """By time, rank of the series, position, order."""
        return self.take(np.lexsort((self.order, self.position, rank[self.code], self.time)))

    def by_position(self) -> Sheet:
        """In journal order: by position, then as they stood in the block."""
        return self.take(np.lexsort((self.order, self.position)))

    def rows(self, series: Sequence[Series]) -> Rows:
        """As handed out; `series[code]` names each series."""
        codes, which = np.unique(self.code, return_inverse=True)
        block = Block(
            series=tuple(series[code] for code in codes),
            which=which.astype(np.int32),
            time=self.time,
            value=self.value,
            raw=self.raw,
            quality=self.quality,
            reason=self.reason,
            received=self.received,
            seq=self.seq,
        )
        return Rows(block, self.position)


COLUMNS = tuple(field.name for field in fields(Sheet))
EMPTY = Sheet(
    **{
        name: np.empty(0, dtype)
        for name, dtype in zip(
            COLUMNS,
            (
                np.int32,
                np.int64,
                np.float64,
                np.float64,
                np.uint8,
                np.uint8,
                np.int64,
                np.int64,
                np.int64,
                np.int32,
            ),
            strict=True,
        )
    }
)


def joined(sheets: Sequence[Sheet]) -> Sheet:
    """One after the other."""
    if len(sheets) < 2:
        return sheets[0] if sheets else EMPTY
    return Sheet(*(np.concatenate([getattr(sheet, name) for sheet in sheets]) for name in COLUMNS))


def of_blocks(blocks: Sequence[tuple[int, Block]], codes: Mapping[Series, int]) -> Sheet:
    """The readings of these journal blocks, in journal order."""
    sheets = []
    for position, block in blocks:
        if len(block):
            numbers = np.array([codes[series] for series in block.series], np.int32)
            sheets.append(
                Sheet(
                    numbers[block.which],
                    block.time,
                    block.value,
                    block.raw,
                    block.quality,
                    block.reason,
                    block.received,
                    block.seq,
                    np.full(len(block), position),
                    np.arange(len(block), dtype=np.int32),
                )
            )
    return joined(sheets)


def by_line(sheet: Sheet, series: Sequence[Series]) -> Iterator[tuple[str, Sheet]]:
    """The sheet's readings line by line, lines in alphabetical order."""
    codes = np.unique(sheet.code)
    lines = sorted({series[code].line for code in codes})
    if len(lines) == 1:
        yield lines[0], sheet
        return
    of_code = np.full(len(series), -1, np.int32)
    for code in codes:
        of_code[code] = lines.index(series[code].line)
    for number, line in enumerate(lines):
        yield line, sheet.take(of_code[sheet.code] == number)


def without_overwritten(sheet: Sheet) -> Sheet:
    """One series by time, as InfluxDB has it: of several at one time, each field as it was written last."""
    if not (sheet.time[1:] == sheet.time[:-1]).any():
        return sheet
    last = np.flatnonzero(np.append(sheet.time[1:] != sheet.time[:-1], True))
    first = np.append(0, last[:-1] + 1)
    kept = sheet.take(last)
    columns = {name: getattr(kept, name).copy() for name in ("value", "raw", "seq")}
    for row in np.flatnonzero(last > first):  # conflicts alone: a handful
        for name, column in columns.items():
            given = getattr(sheet, name)[first[row] : last[row] + 1]
            written = given[given != -1] if name == "seq" else given[np.isfinite(given)]
            if written.size:
                column[row] = written[-1]
    return replace(kept, **columns)
