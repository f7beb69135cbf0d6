"""Readings from CSV and Parquet files, in time order, block by block.

Two forms are read as they are: long (time, sensor, value[, quality][, reason]) and wide (time and a column per
sensor). A `FileMap` explains others. Files in time order stream; files with one sensor after the other are
sorted, up to a stated size; any other order is refused, naming the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gateway.columns import QUALITY_OF
from gateway.errors import FileError
from gateway.file_forms import Long, Names, Part, Wide
from gateway.file_rows import RowError, Rows, open_rows
from gateway.file_times import times
from gateway.filemap import FileMap, FileTime
from readings.block import NO_SEQ, Block
from readings.errors import HaccplineError

SORTED_AT_MOST = 50_000_000  # readings of a file that is sorted in memory
_BLOCK_ROWS = 1 << 20


def open_file(
    path: Path, *, line: str, mapping: FileMap | None = None, texts: Iterable[str] = ()
) -> Iterator[Block]:
    """The readings of a file in time order, in blocks of about a million.

    A reading has its file's time as the time received, and the number in the file as its raw number.

    Args:
        path: CSV (`.gz` too) or Parquet.
        line: the plan's line that the sensors belong to.
        mapping: what the file's columns mean, where it is in neither of our forms.
        texts: sensors whose values are coded texts; they become states.

    Raises:
        FileError: the file is not as expected; the message names file and line.
    """
    rows = open_rows(path, mapping)
    how = mapping.time if mapping else FileTime()
    names = Names(line, mapping, frozenset(texts))
    long = (mapping.sensor, mapping.value) if mapping else ("sensor", "value")
    if long[0] is not None and (mapping or {"time", *long} <= set(rows.names)):
        quality = (mapping.quality,) if mapping else ("quality", "reason")
        more = [name for name in quality if name and (mapping or name in rows.names)]
        form: Long | Wide = Long(names, how, long[0], str(long[1]), more, mapping)
        columns = [*how.column, long[0], str(long[1]), *more]
    else:
        wide = list(mapping.columns) if mapping else [name for name in rows.names if name not in how.column]
        wide = [name for name in wide if name]
        form = Wide(names, how, wide, mapping)
        columns = [*how.column, *wide]
    lacking = [name for name in columns if name not in rows.names]
    if lacking or len(columns) == len(how.column):
        header = (mapping.skip if mapping else 0) + 1
        raise FileError(
            f"{path}:{header}: the columns are {', '.join(rows.names)}; "
            + (f"there is no {', '.join(lacking)}; " if lacking else "")
            + (
                "mend the names in the map, or say in it where the header stands: skip, header, delimiter"
                if mapping
                else "expected time, sensor, value[, quality], or time and a column per sensor; write a map for others"
            )
        )
    return _blocks(rows, form, columns, how, names)


def _blocks(
    rows: Rows, form: Long | Wide, columns: Sequence[str], how: FileTime, names: Names
) -> Iterator[Block]:
    width = max(1, len(columns) - len(how.column)) if isinstance(form, Wide) else 1
    batches = rows.batches(columns, rows=max(1, _BLOCK_ROWS // width))
    try:
        back = _first_back(rows, how)
        parts = _parts(batches, form)
        if back is None:
            for part in _gathered(parts):
                yield _block(part, names)
        else:
            whole = _sorted(parts, rows, back, names)
            yield from _slices(whole, names)
    except RowError as error:
        raise rows.error(error.row, str(error)) from error


def _parts(batches: Iterator[Any], form: Long | Wide) -> Iterator[Part]:
    row = 0
    for batch in batches:
        try:
            yield form.read(batch, row)
        except HaccplineError as error:
            raise RowError(row, str(error)) from error
        row += len(batch)


def _gathered(parts: Iterator[Part]) -> Iterator[Part]:
    """The same parts, joined to about a million readings each."""
    found: list[Part] = []
    count = 0
    for part in parts:
        found.append(part)
        count += len(part.time)
        if count >= _BLOCK_ROWS // 2:
            yield Part.joined(found) if len(found) > 1 else part
            found, count = [], 0
    if found:
        yield Part.joined(found)


def _first_back(rows: Rows, how: FileTime) -> int | None:
    """The first row whose time is before the one above it; a whole pass, before anything is given out."""
    row, latest = 0, np.iinfo(np.int64).min
    for batch in rows.batches(how.column, rows=_BLOCK_ROWS):
        time = times([batch.column(name) for name in how.column], how, row)
        if len(time):
            falls = np.flatnonzero(time[1:] < time[:-1])
            if time[0] < latest:
                return row
            if len(falls):
                return row + int(falls[0]) + 1
            row, latest = row + len(time), time[-1]
    return None


def _sorted(parts: Iterator[Part], rows: Rows, back: int, names: Names) -> Part:
    """All readings by time, if each sensor's own are in order.

    Raises:
        RowError: they are not, or there are too many.
    """
    found: list[Part] = []
    count = 0
    for part in parts:
        found.append(part)
        count += len(part.time)
        if count > SORTED_AT_MOST:
            raise RowError(
                back, f"the time goes back, and more than {SORTED_AT_MOST:,} readings are too many to sort; "
                "sort the file by time"
            )  # fmt: skip
    whole = Part.joined(found)
    whole = replace(whole, states=tuple(sorted(whole.states, key=lambda state: state.time)))
    found.clear()
    order = np.argsort(whole.which, kind="stable")
    which, time = whole.which[order], whole.time[order]
    wrong = (which[1:] == which[:-1]) & (time[1:] < time[:-1])
    if wrong.any():
        row = int(whole.row[order[1:]][wrong].min())
        at = int(order[1:][wrong][np.argmin(whole.row[order[1:]][wrong])])
        raise RowError(
            row,
            f"the time of {names.series[int(whole.which[at])]} goes back; sort the file by time "
            f"(times of {rows.path.name} may go back only where another sensor begins)",
        )
    return whole.take(np.argsort(whole.time, kind="stable"))


def _slices(whole: Part, names: Names) -> Iterator[Block]:
    states, given = whole.states, 0
    for start in range(0, max(len(whole.time), 1), _BLOCK_ROWS):
        part = slice(start, start + _BLOCK_ROWS)
        last = start + _BLOCK_ROWS >= len(whole.time)
        upto = given
        while upto < len(states) and (last or states[upto].time <= whole.time[part][-1]):
            upto += 1
        yield _block(replace(whole.take(part), states=states[given:upto]), names)
        given = upto


def _block(part: Part, names: Names) -> Block:
    return Block(
        series=tuple(names.series),
        which=part.which,
        time=part.time,
        value=part.value,
        raw=part.raw,
        quality=QUALITY_OF[part.reason],
        reason=part.reason,
        received=part.time,
        seq=np.full(len(part.time), NO_SEQ, np.int64),
        states=part.states,
    )
