"""Readings of many files, one stretch of time after the other, by series in each: as they lie in the files.

For those who judge: nothing is sorted by time that is to be told apart by series again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.known import Mask
from ingest.segment_read import SegmentFile
from ingest.sheet import Sheet, joined
from readings.block import NO_SEQ, Block
from readings.inputs import Series
from readings.times import NEVER

NEEDED = ("time", "value", "quality", "reason")
_FEW, _MANY = 65_536, 1 << 20  # readings of a stretch, and of what is read of a file at once


@dataclass(frozen=True, slots=True)
class Piece:
    """Readings that are loaded together.

    Attributes:
        first_time: none of them is earlier.
        last_time: none of them is later.
        load: gives them, in any order.
    """

    first_time: int
    last_time: int
    load: Callable[[], Sheet]


def pieces_of(
    file: SegmentFile, wanted: Mask, start: int, end: int, columns: tuple[str, ...]
) -> Iterator[Piece]:
    """The row groups of a file that may hold readings with start <= time < end, those together that overlap in time.

    Args:
        file: of the archive.
        wanted: bool, by code of the series.
        start: ns UTC.
        end: ns UTC.
        columns: of them.
    """
    runs = file.runs
    near = wanted[runs.code] & (runs.last_time >= start) & (runs.first_time < end)
    if not near.any():
        return
    groups, which = np.unique(runs.group[near], return_inverse=True)
    first, last = np.full(len(groups), NEVER), np.full(len(groups), start)
    np.minimum.at(first, which, runs.first_time[near])
    np.maximum.at(last, which, runs.last_time[near])
    rows = np.bincount(which, runs.rows[near], len(groups))
    together: list[int] = []
    held, until = 0, start
    for number in np.argsort(first, kind="stable").tolist():
        if together and (first[number] > until or held >= _MANY):
            yield _piece(file, near & np.isin(runs.group, groups[together]), start, end, columns)
            together, held = [], 0
        together.append(number)
        held, until = held + int(rows[number]), max(until, int(last[number])) if held else int(last[number])
    yield _piece(file, near & np.isin(runs.group, groups[together]), start, end, columns)


def _piece(file: SegmentFile, here: Mask, start: int, end: int, columns: tuple[str, ...]) -> Piece:
    first, last = int(file.runs.first_time[here].min()), int(file.runs.last_time[here].max())
    whole = first >= start and last < end
    return Piece(
        max(first, start),
        min(last, end - 1),
        lambda: file.sheet(here, columns) if whole else within(file.sheet(here, columns), start, end),
    )


def within(sheet: Sheet, start: int, end: int) -> Sheet:
    """The readings with start <= time < end."""
    inside = (sheet.time >= start) & (sheet.time < end)
    return sheet if inside.all() else sheet.take(inside)


def in_stretches(pieces: Iterable[Piece], series: Sequence[Series]) -> Iterator[Block]:
    """Blocks of which each is later than the one before; by series, then time, in each.

    Holds what overlaps in time and no more: a piece is loaded when the time of its first reading is reached.
    """
    waiting = sorted(pieces, key=lambda piece: piece.first_time)
    held: list[Sheet] = []
    last = 0
    for number, piece in enumerate(waiting):
        held.append(piece.load())
        last = max(last, piece.last_time) if len(held) > 1 else piece.last_time
        until = waiting[number + 1].first_time if number + 1 < len(waiting) else NEVER
        if until != NEVER and sum(map(len, held)) < _FEW:
            continue
        if last < until:
            ready, held = held, []
        else:
            split = [(sheet, sheet.time < until) for sheet in held]
            ready = [sheet.take(early) for sheet, early in split if early.any()]
            held = [sheet.take(~early) for sheet, early in split if not early.all()]
        whole = joined(ready)
        if len(whole):
            yield _block(_arranged(whole), series)


def _arranged(sheet: Sheet) -> Sheet:
    """By series and time; what comes out of one file mostly is."""
    code, time = sheet.code, sheet.time
    if ((code[1:] > code[:-1]) | ((code[1:] == code[:-1]) & (time[1:] >= time[:-1]))).all():
        return sheet
    return sheet.take(np.lexsort((time, code)))


def _block(sheet: Sheet, series: Sequence[Series]) -> Block:
    """A block; what was not read of a reading is the same for all of them."""
    edges = np.flatnonzero(np.r_[True, sheet.code[1:] != sheet.code[:-1]])
    size = len(sheet)
    return Block(
        series=tuple(series[code] for code in sheet.code[edges].tolist()),
        which=np.repeat(np.arange(len(edges), dtype=np.int32), np.diff(np.r_[edges, size])),
        time=sheet.time,
        value=sheet.value,
        raw=sheet.raw if len(sheet.raw) else np.broadcast_to(np.float64(np.nan), size),
        quality=sheet.quality,
        reason=sheet.reason,
        received=np.broadcast_to(np.int64(0), size),
        seq=np.broadcast_to(np.int64(NO_SEQ), size),
    )


def of_tail(sheet: Sheet, wanted: Mask, start: int, end: int, columns: tuple[str, ...]) -> Iterator[Piece]:
    """What is not sealed yet."""
    mine = within(sheet.take(wanted[sheet.code]), start, end).only(columns) if len(sheet) else sheet
    if len(mine):
        yield Piece(int(mine.time.min()), int(mine.time.max()), lambda: mine)
