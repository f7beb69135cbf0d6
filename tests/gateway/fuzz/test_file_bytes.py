"""Whatever a file of readings holds: no failure but the typed one, and no value but the one that stands in it."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import FileError
from gateway.filemap import FileMap
from gateway.files import open_file
from readings.block import Block, join
from readings.errors import HaccplineError
from readings.quality import Quality, Reason
from readings.times import format_time, parse_time

START = parse_time("2026-12-01T00:00:00Z")
OURS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
CELL = st.one_of(
    st.text(alphabet='0123456789.,-+eE"; \tNaInf:TZ/\n', max_size=14),
    st.floats().map(repr),
    st.sampled_from(
        ["", "-OL", "OL", "-18.3", "2026-12-01T00:00:00Z", "air/1", "nan", "inf", "1e400", "bad"]
    ),
)
TABLES = st.lists(st.lists(CELL, min_size=1, max_size=5), max_size=8).map(
    lambda rows: "\n".join(",".join(row) for row in rows).encode()
)
HEADS = st.sampled_from(["time,sensor,value\n", "time,sensor,value,quality\n", "time,air/1,door\n", ""])
FILES = st.one_of(
    st.binary(max_size=80), TABLES, st.tuples(HEADS, TABLES).map(lambda pair: pair[0].encode() + pair[1])
)


def read(path: Path, data: bytes, **more: Any) -> Block | None:
    """What a file becomes; None where it is refused."""
    path.write_bytes(data)
    try:
        return join(open_file(path, line="c", **more))
    except FileError as error:
        told = str(error)
    assert str(path) in told
    return None


def in_order(block: Block) -> None:
    """A value where it is not bad and none where it is; times that can be."""
    for value, quality in zip(block.value.tolist(), block.quality.tolist(), strict=True):
        assert math.isnan(value) == (quality == Quality.BAD)
        assert not math.isinf(value)
    assert all(-(2**63) < time < 2**63 for time in block.time.tolist())


@OURS
@given(FILES)
def test_any_file(tmp_path: Path, data: bytes) -> None:
    """It is refused, naming itself, or read."""
    block = read(tmp_path / "a.csv", data)
    if block is not None:
        in_order(block)


@OURS
@given(FILES)
def test_any_packed_or_parquet_file(tmp_path: Path, data: bytes) -> None:
    """Bytes that are no gzip and no Parquet are refused, naming the file."""
    for name in ("a.csv.gz", "a.parquet"):
        assert read(tmp_path / name, data) is None or not data


@OURS
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=6))
def test_a_value_is_the_one_that_is_written(tmp_path: Path, values: list[float]) -> None:
    """Each number is the one that Python reads in that field, or none, and then bad."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("time", "sensor", "value"))
    for number, value in enumerate(values):
        rows.writerow((format_time(START + number * 10**9), "air", repr(value)))
    block = read(tmp_path / "a.csv", text.getvalue().encode())
    if block is None:
        assert not all(map(math.isfinite, values))
        return
    in_order(block)
    for found, reason, value in zip(block.value.tolist(), block.reason.tolist(), values, strict=True):
        assert found == value or (math.isnan(found) and not math.isfinite(value) and reason != Reason.NONE)


LOGGER = "Logger 4711\n\nNr;Zeit;T1;T2\n" + "".join(
    f"{row};01.12.2026 08:{row:02d}:00;-20,{row};80\n" for row in range(1, 6)
)
MAP = FileMap.model_validate(
    {
        "time": {"column": "Zeit", "format": "%d.%m.%Y %H:%M:%S", "zone": "Asia/Shanghai"},
        "columns": {"T1": "air"},
        "delimiter": ";",
        "decimal": ",",
        "header": "Nr;Zeit",
        "missing": ["-OL"],
    }
)
EDIT = st.tuples(st.integers(0, len(LOGGER)), st.integers(0, 6), st.one_of(st.just(""), CELL))


@OURS
@given(st.lists(EDIT, max_size=4))
def test_a_table_of_a_logger_that_was_spoilt(tmp_path: Path, edits: list[tuple[int, int, str]]) -> None:
    """Cut and overwritten anywhere, it is refused or read; what was not touched is as it was."""
    text = LOGGER
    for at, length, put in edits:
        text = text[:at] + put + text[at + length :]
    block = read(tmp_path / "a.txt", text.encode(), mapping=MAP)
    if block is not None:
        in_order(block)
    if text == LOGGER:
        assert block is not None
        assert block.value.tolist() == [-20.1, -20.2, -20.3, -20.4, -20.5]


def test_errors_are_of_the_family() -> None:
    """Whoever catches the program's errors catches a file's."""
    assert issubclass(FileError, HaccplineError)


def test_a_packed_file_that_ends_too_soon(tmp_path: Path) -> None:
    """Half of a gzip file, and a Parquet file with a page that was overwritten, are refused, and said to be damaged."""
    import gzip
    import random

    from gateway.save import save_parquet
    from readings.block import BlockBuilder
    from readings.inputs import Series

    rows = "".join(
        f"{format_time(START + n * 10**9)},air,{random.Random(n).random()}\n" for n in range(3_000)
    )
    packed = gzip.compress(("time,sensor,value\n" + rows).encode())
    assert read(tmp_path / "a.csv.gz", packed) is not None
    builder = BlockBuilder()
    for n in range(3_000):
        builder.reading(Series("c", "air"), time=START + n, value=random.Random(n).random(), received=START)
    save_parquet([builder.build()], tmp_path / "b.parquet")
    whole = (tmp_path / "b.parquet").read_bytes()
    spoilt = bytearray(whole)
    spoilt[4 : len(whole) // 2] = bytes(len(whole) // 2 - 4)
    for name, data in (("c.csv.gz", packed[: len(packed) // 2]), ("d.parquet", bytes(spoilt))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FileError, match=rf"{name}: the file is damaged"):
            join(open_file(tmp_path / name, line="c"))
