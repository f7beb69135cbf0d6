"""Writing one file of the archive: Parquet, by series in each row group."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ingest.segment_format import GROUP_MOST, GROUP_ROWS, UNITS, VERSION, Runs, Shape
from ingest.sheet import Sheet
from readings.block import I32, I64
from readings.inputs import Series

_DELTA = ("time", "received", "seq", "position", "order")


def write_segment(
    path: Path, line: str, sheets: Iterable[Sheet], *, shape: Shape, series: list[Series]
) -> Runs:
    """Write a file: each sheet becomes row groups of its own. It is on the disk, whole, when this returns.

    Args:
        path: the file, as which nobody reads it yet; its directory exists.
        line: whose readings these are.
        sheets: in the order in which their row groups shall stand; each is sorted here.
        shape: must hold all of them exactly.
        series: by code.

    Raises:
        OSError: the disk is full or fails; nothing is left behind.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = schema_of(pa, line, shape)
    floats = [name for name in ("value", "raw") if not getattr(shape, name)]
    found: list[tuple[int, int, int, int, int, int, int]] = []
    try:
        with pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in schema.names if name not in _DELTA and name not in floats],
            column_encoding=dict.fromkeys(_DELTA, "DELTA_BINARY_PACKED")
            | dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
            write_statistics=["time"],
            write_page_checksum=True,
        ) as writer:
            group = 0
            for sheet in sheets:
                arranged = sheet.by_series()
                for part in _groups(arranged.code):
                    rows = arranged.take(part)
                    writer.write_table(_table(pa, schema, rows, shape, series), row_group_size=GROUP_MOST * 2)
                    found.extend(_runs(rows, group))
                    group += 1
        flush(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    columns = np.array(found, np.int64).reshape(-1, 7).T
    return Runs(
        *(column.astype(np.int32) for column in columns[:3]), *(column.copy() for column in columns[3:])
    )


def schema_of(pa: Any, line: str, shape: Shape) -> Any:
    """The columns of a file, as Arrow has them.

    Args:
        pa: pyarrow, which is loaded by those who need it alone.
        line: whose readings they are.
        shape: how they are written.
    """
    about = {"version": VERSION, "line": line, "value": shape.value, "raw": shape.raw}
    return pa.schema(
        [
            ("sensor", pa.dictionary(pa.int32(), pa.string())),
            ("point", pa.dictionary(pa.int32(), pa.string())),
            ("time", pa.timestamp(shape.time, "UTC")),
            ("value", pa.float64()),
            ("raw", pa.float64()),
            ("quality", pa.uint8()),
            ("reason", pa.uint8()),
            ("received", pa.timestamp(shape.received, "UTC")),
            ("seq", pa.int64()),
            ("position", pa.int64()),
            ("order", pa.int32()),
        ],
        metadata={"haccpline": json.dumps(about)},
    )


def _table(pa: Any, schema: Any, rows: Sheet, shape: Shape, series: list[Series]) -> Any:
    codes, which = np.unique(rows.code, return_inverse=True)
    number = pa.array(which.astype(np.int32))

    def named(names: list[str]) -> Any:
        return pa.DictionaryArray.from_arrays(number, pa.array(names, pa.string()))

    def stamped(column: I64, unit: str) -> Any:
        return pa.array(column // UNITS[unit]).cast(pa.timestamp(unit, "UTC"))

    columns = {
        "sensor": named([series[code].sensor for code in codes]),
        "point": named([series[code].point for code in codes]),
        "time": stamped(rows.time, shape.time),
        "received": stamped(rows.received, shape.received),
    }
    arrays = [columns[name] if name in columns else pa.array(getattr(rows, name)) for name in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema)


def _groups(code: I32) -> Iterator[slice]:
    """Cuts rows by series into row groups, at the ends of series where they are not too long."""
    ends = [*(np.flatnonzero(code[1:] != code[:-1]) + 1).tolist(), len(code)] if len(code) else []
    start = 0
    for end in ends:
        while end - start > GROUP_MOST:
            yield slice(start, start + GROUP_MOST)
            start += GROUP_MOST
        if end - start >= GROUP_ROWS or end == len(code):
            yield slice(start, end)
            start = end


def _runs(rows: Sheet, group: int) -> Iterator[tuple[int, int, int, int, int, int, int]]:
    starts = np.append(0, np.flatnonzero(rows.code[1:] != rows.code[:-1]) + 1)
    counts = np.diff(np.append(starts, len(rows)))
    low, high = np.minimum.reduceat, np.maximum.reduceat
    yield from zip(
        [group] * len(starts),
        rows.code[starts].tolist(),
        counts.tolist(),
        low(rows.time, starts).tolist(),
        high(rows.time, starts).tolist(),
        low(rows.position, starts).tolist(),
        high(rows.position, starts).tolist(),
        strict=True,
    )


def flush(path: Path) -> None:
    """Have a file, or the names in a directory, on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
