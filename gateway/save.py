"""Readings into files, in the long form that `open_file` reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from gateway.errors import FileError
from readings.block import Block
from readings.inputs import LONE_POINT, Series
from readings.quality import REASON_TEXT, Quality

_SPECIAL = frozenset(',"\r\n')
_QUALITY_TEXT = [quality.name.lower() for quality in Quality]


def sensor_text(series: Series) -> str:
    """`sensor`, or `sensor/point` where the point is not the only one."""
    return series.sensor if series.point == LONE_POINT else f"{series.sensor}/{series.point}"


def _table(block: Block) -> Any:
    import pyarrow as pa

    def named(codes: Any, texts: list[str]) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(texts, pa.string()))

    reasons = [REASON_TEXT.get(code, "") for code in range(256)]
    return pa.table(
        {
            "time": pa.array(block.time, pa.int64()).cast(pa.timestamp("ns", tz="UTC")),
            "sensor": named(block.which, [sensor_text(series) for series in block.series]),
            "value": pa.array(block.value, mask=np.isnan(block.value)),
            "quality": named(block.quality.astype(np.int32), _QUALITY_TEXT),
            "reason": named(block.reason.astype(np.int32), reasons),
        }
    )


def save_parquet(blocks: Iterable[Block], path: Path) -> int:
    """Write readings to Parquet: time, sensor, value, quality, reason; states and acts are not part of it.

    Returns:
        How many readings.
    """
    import pyarrow.parquet as pq

    count, writer = 0, None
    try:
        for block in blocks:
            table = _table(block).unify_dictionaries()
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
            count += len(block)
    finally:
        if writer is not None:
            writer.close()
    return count


def save_csv(blocks: Iterable[Block], path: Path) -> int:
    """Write readings to CSV: time (RFC 3339, UTC), sensor, value, quality, reason.

    Returns:
        How many readings.

    Raises:
        FileError: the name of a sensor has a comma, quote or line break in it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as pacsv

    schema = pa.schema([(name, pa.string()) for name in ("time", "sensor", "value", "quality", "reason")])
    count = 0
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    with pacsv.CSVWriter(path, schema, write_options=options) as writer:
        for block in blocks:
            special = [str(series) for series in block.series if not _SPECIAL.isdisjoint(str(series))]
            if special:
                raise FileError(f"{path}: {special[0]!r} cannot stand in a CSV file; rename the sensor")
            table = _table(block)
            whole = not (block.time % 1_000_000_000).any()
            moments = table["time"].cast(pa.timestamp("s" if whole else "ns", tz="UTC"))
            texts = [pc.strftime(moments, format="%Y-%m-%dT%H:%M:%SZ"), *table.columns[1:]]
            columns = [each.cast(pa.string()) for each in texts]
            writer.write_table(pa.table(columns, schema=schema))
            count += len(block)
    return count
