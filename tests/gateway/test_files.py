"""Files of readings: read exactly, in time order, or refused with the line that is wrong."""

from __future__ import annotations

import gzip
import math
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gateway.files
from gateway.errors import FileError
from gateway.filemap import FileMap
from gateway.files import open_file
from gateway.save import save_csv, save_parquet
from readings.block import Block, BlockBuilder, join
from readings.inputs import Series
from readings.quality import Quality, Reason
from readings.times import MINUTE, SECOND, parse_time

START = parse_time("2026-12-01T00:00:00Z")


def read(path: Path, **more: Any) -> Block:
    return join(open_file(path, line="cold-3", **more))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def rows(block: Block) -> list[tuple[str, int, float | None, Reason]]:
    return [
        (str(block.series[w]), t, None if math.isnan(v) else v, Reason(r))
        for w, t, v, r in zip(
            block.which.tolist(),
            block.time.tolist(),
            block.value.tolist(),
            block.reason.tolist(),
            strict=True,
        )
    ]


def test_long_form(tmp_path: Path) -> None:
    """time, sensor, value, quality: empty is missing, a stated quality counts, offsets are heeded."""
    file = write(
        tmp_path / "a.csv",
        "time,sensor,value,quality\n"
        "2026-12-01T00:00:00Z,air/CS1,-19.3,good\n"
        "2026-12-01T08:00:01+08:00,air/CS1,,good\n"
        "\n"
        "2026-12-01T00:00:02.123456789Z,door,1,uncertain\n"
        "2026-12-01T00:00:03Z,air/CS1,-19.1,bad\n"
        "2026-12-01T00:00:04Z,air/CS1,nan,\n",
    )
    block = read(file)
    assert rows(block) == [
        ("cold-3/air/CS1", START, -19.3, Reason.NONE),
        ("cold-3/air/CS1", START + SECOND, None, Reason.MISSING),
        ("cold-3/door", START + 2 * SECOND + 123456789, 1.0, Reason.DOUBTED),
        ("cold-3/air/CS1", START + 3 * SECOND, None, Reason.DEVICE_FAULT),
        ("cold-3/air/CS1", START + 4 * SECOND, None, Reason.NOT_A_NUMBER),
    ]
    assert block.raw[3] == -19.1
    assert block.quality.tolist() == [Quality.GOOD, Quality.BAD, Quality.UNCERTAIN, Quality.BAD, Quality.BAD]
    assert (block.received == block.time).all()
    assert (block.seq == -1).all()


def test_wide_form_and_states(tmp_path: Path) -> None:
    """A column per sensor: a reading per cell, row by row; a text sensor gives a state where it changes."""
    file = write(
        tmp_path / "a.csv",
        "time,air/CS1,phase, air/CS2\n"
        "2026-12-01T00:00:00Z,-19.3,run,-18\n"
        "2026-12-01T00:01:00Z,-19.2,run,\n"
        "2026-12-01T00:02:00Z,-19.1,defrost,-17.5\n",
    )
    block = read(file, texts={"phase"})
    assert rows(block)[:4] == [
        ("cold-3/air/CS1", START, -19.3, Reason.NONE),
        ("cold-3/air/CS2", START, -18.0, Reason.NONE),
        ("cold-3/air/CS1", START + MINUTE, -19.2, Reason.NONE),
        ("cold-3/air/CS2", START + MINUTE, None, Reason.MISSING),
    ]
    assert [(s.time, s.name, s.text) for s in block.states] == [
        (START, "phase", "run"),
        (START + 2 * MINUTE, "phase", "defrost"),
    ]


def test_long_form_with_texts(tmp_path: Path) -> None:
    """In the long form a text sensor's rows become states, and the others stay readings."""
    file = write(
        tmp_path / "a.csv",
        "time,sensor,value\n2026-12-01T00:00:00Z,phase/Z1,run\n2026-12-01T00:00:00Z,air,-19.3\n"
        "2026-12-01T00:01:00Z,air,-19.2\n",
    )
    block = read(file, texts={"phase"})
    assert [row[2] for row in rows(block)] == [-19.3, -19.2]
    assert [(s.name, s.zone, s.text) for s in block.states] == [("phase", "Z1", "run")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "time,sensor,value\n2026-12-01T00:00:00Z,air,cold\n",
            r"a.csv:2: the value is 'cold'; expected a number",
        ),
        (
            "time,sensor,value\n\n2026-12-01T00:00:00Z,air,1\n2026-12-01,air,1\n",
            r"a.csv:4: '2026-12-01' is not a t",
        ),
        ("time,sensor,value\n2026-12-01T00:00:00,air,1\n", r"a.csv:2: '2026-12-01T00:00:00' is not a time"),
        ("time,sensor,value\n2026-12-01T00:00:00Z,air/a/b,1\n", r"a.csv:2: 'air/a/b' does not name a sensor"),
        ("time,sensor,value\n2026-12-01T00:00:00Z,air\n", r"a.csv:2: 2 fields where the header has 3"),
        ("time,sensor,value,quality\n2026-12-01T00:00:00Z,a,1,fine\n", r"a.csv:2: the quality is 'fine'"),
        ("when,what\n1,2\n", r"a.csv:1: the columns are when, what; there is no time; expected time, sensor"),
        ("time,air,air\n", r"a.csv:1: columns named twice: air"),
        ("", r"a.csv:1: no header"),
        (
            "time,sensor,value\n2026-12-01T00:01:00Z,air,1\n2026-12-01T00:00:00Z,air,1\n",
            r"a.csv:3: the time of cold-3/air goes back; sort the file by time",
        ),
    ],
)
def test_wrong_files_name_their_line(tmp_path: Path, text: str, message: str) -> None:
    """What is wrong is told as FILE:LINE: and what was expected."""
    file = write(tmp_path / "a.csv", text)
    with pytest.raises(FileError, match=message):
        read(file)


def test_sensor_after_sensor_is_sorted(tmp_path: Path) -> None:
    """A file with one sensor after the other comes out in time order, ties in the file's order."""
    lines = [
        f"2026-12-01T00:0{minute}:00Z,{sensor},{minute}"
        for sensor in ("air/CS2", "air/CS1")
        for minute in range(5)
    ]
    file = write(tmp_path / "a.csv", "time,sensor,value\n" + "\n".join(lines) + "\n")
    found = rows(read(file))
    assert [row[1] for row in found] == sorted(row[1] for row in found)
    assert [row[0] for row in found[:2]] == ["cold-3/air/CS2", "cold-3/air/CS1"]
    assert len(found) == 10


def test_too_long_to_sort_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file out of order with more readings than the bound is refused, naming the line where it goes back."""
    monkeypatch.setattr(gateway.files, "SORTED_AT_MOST", 3)
    file = write(
        tmp_path / "a.csv",
        "time,sensor,value\n"
        + "".join(f"2026-12-01T00:0{m}:00Z,{s},1\n" for s in ("a", "b") for m in range(3)),
    )
    with pytest.raises(FileError, match=r"a.csv:5: the time goes back, and more than 3 readings"):
        read(file)


def made(count: int, sensors: int) -> Iterable[Block]:
    series = tuple(Series("cold-3", "air", f"CS{n}") for n in range(sensors))
    time = START + np.arange(count) // sensors * SECOND
    value = np.round(np.sin(np.arange(count)) * 20, 1)
    reason = np.where(np.arange(count) % 97 == 0, Reason.SENTINEL, Reason.NONE).astype(np.uint8)
    yield Block(
        series=series,
        which=(np.arange(count) % sensors).astype(np.int32),
        time=time,
        value=np.where(reason > 0, np.nan, value),
        raw=value,
        quality=np.where(reason > 0, Quality.BAD, Quality.GOOD).astype(np.uint8),
        reason=reason,
        received=time,
        seq=np.full(count, -1),
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_saved_readings_come_back(kind: str, tmp_path: Path) -> None:
    """What was saved is read back with the same times, sensors, values and reasons, in several blocks."""
    (block,) = made(30_000, 7)
    file = tmp_path / f"a.{kind}"
    saved = (save_csv if kind == "csv" else save_parquet)(
        [block.take(np.arange(10_000)), block.take(np.arange(10_000, 30_000))], file
    )
    assert saved == 30_000
    again = read(file)
    assert [again.series[w] for w in again.which[:7]] == list(block.series)
    assert (again.time == block.time).all()
    assert np.array_equal(again.value, block.value, equal_nan=True)
    assert (again.reason == block.reason).all()


def test_many_rows_come_in_several_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long file is never one block."""
    monkeypatch.setattr(gateway.files, "_BLOCK_ROWS", 4096)
    file = tmp_path / "a.parquet"
    save_parquet(made(30_000, 7), file)
    sizes = [len(block) for block in open_file(file, line="cold-3")]
    assert sum(sizes) == 30_000
    assert max(sizes) <= 8192


def test_mapped_file(tmp_path: Path) -> None:
    """Date and time in two columns, tenths, markers, odd headers, short rows, gzip and a local zone."""
    text = (
        "made by a logger\n"
        "Date;Time; T1;T2 ;Scale\n"
        "2024/05/18;09:00:11;516;-OL;C\n"
        "2024/05/18;09:10:11;-3;608;C\n"
        "2024/05/18;09:20:11;525\n"
    )
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(text.encode()))
    mapping = FileMap.model_validate(
        {
            "time": {"column": ["Date", "Time"], "format": "%Y/%m/%d %H:%M:%S", "zone": "Asia/Shanghai"},
            "columns": {"T1": {"reads": "core/1", "scale": 0.1}, "T2": {"reads": "core/2", "scale": 0.1}},
            "missing": ["-OL"],
            "delimiter": ";",
            "skip": 1,
            "ragged": True,
            "line": "dryer",
        }
    )
    block = read(file, mapping=mapping)
    assert rows(block) == [
        ("dryer/core", parse_time("2024-05-18T01:00:11Z"), 51.6, Reason.NONE),
        ("dryer/core/2", parse_time("2024-05-18T01:00:11Z"), None, Reason.MISSING),
        ("dryer/core", parse_time("2024-05-18T01:10:11Z"), -0.3, Reason.NONE),
        ("dryer/core/2", parse_time("2024-05-18T01:10:11Z"), 60.8, Reason.NONE),
        ("dryer/core", parse_time("2024-05-18T01:20:11Z"), 52.5, Reason.NONE),
        ("dryer/core/2", parse_time("2024-05-18T01:20:11Z"), None, Reason.MISSING),
    ]
    assert block.raw[0] == 516


@pytest.mark.parametrize("others", [[], [""], ["-OL"]])
def test_a_number_that_stands_for_no_value_is_never_one(tmp_path: Path, others: list[str]) -> None:
    """-999 is no temperature, whatever else stands in the column, and however it is written there."""
    fields = ["-20.5", "-999", "-999.0", "-99.9000015258789", *others]
    lines = "".join(f"2026-12-01T00:00:{at:02}Z,{field}\n" for at, field in enumerate(fields))
    mapping = FileMap.model_validate({"columns": {"T": "air"}, "missing": ["-OL", "-999", "-99.9"]})
    found = [
        (value, reason)
        for _, _, value, reason in rows(read(write(tmp_path / "a.csv", f"time,T\n{lines}"), mapping=mapping))
    ]
    assert found == [(-20.5, Reason.NONE), *[(None, Reason.MISSING)] * (3 + len(others))]


def test_a_number_that_stands_for_no_value_behind_a_decimal_comma_is_none(tmp_path: Path) -> None:
    """-999,9 stands for no value where decimals stand behind a comma."""
    file = write(tmp_path / "a.csv", "time;T\n2026-12-01T00:00:00Z;-20,5\n2026-12-01T00:00:01Z;-999,9\n")
    mapping = FileMap.model_validate(
        {"columns": {"T": "air"}, "missing": ["-999,9"], "delimiter": ";", "decimal": ","}
    )
    assert [row[2:] for row in rows(read(file, mapping=mapping))] == [
        (-20.5, Reason.NONE),
        (None, Reason.MISSING),
    ]


MAPPED = {"columns": {"T": "air"}}


@pytest.mark.parametrize(
    ("columns", "mapping", "words"),
    [
        (
            {"time": [1796083200], "T": [1.0]},
            None,
            "row 1: the time is 1796083200; say in a map what it counts",
        ),
        ({"time": [date(2026, 12, 1)], "T": [1.0]}, None, "row 1: the time is datetime.date.*; say in a map"),
        (
            {"time": [[1]], "T": [1.0]},
            {"time": {"format": "%Y"}} | MAPPED,
            "a text was expected, and the column holds list",
        ),
        ({"time": ["2026-12-01T00:00:00Z"], "T": [[1.0]]}, None, "a value of type list.* is not a number"),
        (
            {"time": ["2026-12-01T00:00:00Z"], "sensor": [["air"]], "value": [1.0]},
            None,
            "a text was expected, and the column holds list",
        ),
        (
            {"time": ["2026-12-01T00:00:00Z"], "sensor": ["air"], "value": [1.0], "quality": [192]},
            None,
            "the quality is 192; expected good, uncertain or bad",
        ),
    ],
)
def test_columns_of_another_kind_are_refused(
    tmp_path: Path, columns: dict[str, Any], mapping: dict[str, Any] | None, words: str
) -> None:
    """Of a number nobody knows whether it is seconds, of a date in which zone; what is no text or number is told."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(FileError, match=words):
        read(tmp_path / "a.parquet", mapping=FileMap.model_validate(mapping) if mapping else None)


def test_sensors_and_days_that_are_numbers_are_their_digits(tmp_path: Path) -> None:
    """A column of tags 7, 8 and one of days 20261201 mean the texts "7" and "20261201"."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"day": [20261201, 20261201], "tag": [7, 8], "value": [1.0, 2.0]})
    pq.write_table(table, tmp_path / "a.parquet")
    mapping = {
        "time": {"column": "day", "format": "%Y%m%d", "zone": "UTC"},
        "sensor": "tag",
        "value": "value",
    }
    block = read(tmp_path / "a.parquet", mapping=FileMap.model_validate(mapping | {"columns": {"7": "air"}}))
    assert rows(block) == [("cold-3/air", START, 1.0, Reason.NONE)]


def test_two_columns_for_one_sensor_are_refused(tmp_path: Path) -> None:
    """They would be one sensor with two values at each time."""
    file = write(tmp_path / "a.csv", "time,T1,T2\n2026-12-01T00:00:00Z,1,2\n")
    mapping = FileMap.model_validate({"columns": {"T1": "air", "T2": "air/1"}})
    with pytest.raises(
        FileError, match=r"a.csv:2: cold-3/air is read from two columns, T1 and T2; give each"
    ):
        read(file, mapping=mapping)


def test_a_text_that_the_file_calls_bad_is_no_state(tmp_path: Path) -> None:
    """Only what is not said to be bad holds; a text that stands there as a number is its digits."""
    file = write(
        tmp_path / "a.csv",
        "time,sensor,value,quality\n"
        "2026-12-01T00:00:00Z,lot,A,bad\n"
        "2026-12-01T00:00:01Z,lot,7,uncertain\n"
        "2026-12-01T00:00:02Z,lot,B,offline\n",
    )
    assert [each.text for each in read(file, texts=("lot",)).states] == ["7"]
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"time": ["2026-12-01T00:00:00Z"], "sensor": ["lot"], "value": [7]})
    pq.write_table(table, tmp_path / "a.parquet")
    assert [each.text for each in read(tmp_path / "a.parquet", texts=("lot",)).states] == ["7"]


@pytest.mark.parametrize("kind", ["float32", "float64", "int16"])
def test_a_number_of_a_parquet_file_that_stands_for_no_value_is_none(tmp_path: Path, kind: str) -> None:
    """A column of numbers holds the maker's number for no value as its type holds it: -999.9 is none of float32."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    absent = -999 if kind == "int16" else -999.9
    table = pa.table(
        {
            "time": ["2026-12-01T00:00:00Z", "2026-12-01T00:00:01Z"],
            "T": pa.array([-20, absent], getattr(pa, kind)()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    mapping = FileMap.model_validate({"columns": {"T": "air"}, "missing": [str(absent)]})
    found = [row[2:] for row in rows(read(tmp_path / "a.parquet", mapping=mapping))]
    assert found == [(-20.0, Reason.NONE), (None, Reason.MISSING)]


@pytest.mark.parametrize(
    ("pattern", "zone", "said"),
    [
        ("%d.%m.%Y %H:%M", "Europe/Berlin", "30.02.2026 08:00"),
        ("%d.%m.%Y %H:%M", "Europe/Berlin", "31.04.2026 08:00"),
        ("%F %T", "UTC", "2026-02-29 08:00:00"),
        ("%d.%m.%Y %H:%M %z", None, "29.02.2026 01:00 +0800"),
    ],
)
def test_a_day_that_does_not_exist_is_refused(
    tmp_path: Path, pattern: str, zone: str | None, said: str
) -> None:
    """The 30th of February is not the 2nd of March: a clock that says so was never right."""
    good = said.replace("30.02.", "28.02.").replace("31.04.", "30.04.").replace("02-29", "02-28")
    good = good.replace("29.02.2026", "29.02.2024")
    mapping = FileMap.model_validate({"time": {"format": pattern, "zone": zone}, "columns": {"T": "air"}})
    assert len(read(write(tmp_path / "a.csv", f"time,T\n{good},1\n"), mapping=mapping)) == 1
    with pytest.raises(FileError, match=r"b.csv:3: '.*' is not a time"):
        read(write(tmp_path / "b.csv", f"time,T\n{good},1\n{said},1\n"), mapping=mapping)


def test_a_day_that_exists_is_not_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python for each reading: of a day that is none strptime makes one of the first three of the next month."""
    days = [
        f"{day}.03.2026 {hour:02}:{minute:02}"
        for day in (4, 29, 30, 31)
        for hour in range(24)
        for minute in (29, 30)
    ]
    mapping = FileMap.model_validate(
        {"time": {"format": "%d.%m.%Y %H:%M", "zone": "UTC"}, "columns": {"T": "air"}}
    )
    file = write(tmp_path / "a.csv", "time,T\n" + "".join(f"{each},1\n" for each in days))
    monkeypatch.setattr(time, "strptime", None)
    assert len(read(file, mapping=mapping)) == 4 * 24 * 2


def test_ambiguous_local_time_is_refused(tmp_path: Path) -> None:
    """An hour that a change of clocks repeats is no time; the line is named."""
    file = write(tmp_path / "a.csv", "time,T\n2024-10-27T01:59:00,1\n2024-10-27T02:30:00,1\n")
    mapping = FileMap.model_validate({"time": {"zone": "Europe/Berlin"}, "columns": {"T": "air"}})
    with pytest.raises(FileError, match=r"a.csv:3: '2024-10-27T02:30:00' falls into a change of clocks"):
        read(file, mapping=mapping)


@pytest.mark.parametrize("raw", ["-193", "5", "32767", "0"])
def test_tenths_are_exact(tmp_path: Path, raw: str) -> None:
    """-193 tenths is -19.3, the same number that the text -19.3 is."""
    file = write(tmp_path / "a.csv", f"time,T\n2026-12-01T00:00:00Z,{raw}\n")
    mapping = FileMap.model_validate({"columns": {"T": {"reads": "air", "scale": 0.1}}})
    expected = float(f"{raw[:-1] if len(raw) > 1 and raw != '-' else '0'}.{raw[-1]}")
    assert read(file, mapping=mapping).value[0] == expected


def test_numbers_with_decimals_are_scaled_exactly(tmp_path: Path) -> None:
    """A decimal in the file times a decimal scale is rounded once: 68.9 x 0.1 is 6.89."""
    file = write(tmp_path / "a.csv", "time,T\n2026-12-01T00:00:00Z,68.9\n")
    mapping = FileMap.model_validate({"columns": {"T": {"reads": "air", "scale": 0.1}}})
    assert read(file, mapping=mapping).value[0] == 6.89


def test_builder_and_file_agree(tmp_path: Path) -> None:
    """A bad reading saved from the gateway's own block comes back as the same bad reading."""
    builder = BlockBuilder()
    builder.reading(
        Series("cold-3", "air"), time=START, value=1, raw=3, reason=Reason.LOOP_LOW, received=START
    )
    save_csv([builder.build()], tmp_path / "a.csv")
    assert rows(read(tmp_path / "a.csv")) == [("cold-3/air", START, None, Reason.LOOP_LOW)]


@pytest.mark.recorded
def test_real_freezer(recordings: Path) -> None:
    """Two weeks of a real freezer: every minute, none lost, the known maximum."""
    mapping = FileMap.model_validate({"time": {"column": "ts"}, "columns": {"Temperature": "air/CS1.1"}})
    block = read(recordings / "timeseries/freezer/freezer_1min.csv", mapping=mapping)
    assert len(block) == 20_186
    assert (np.diff(block.time) == MINUTE).all()
    assert block.value.max() == 8.4


@pytest.mark.recorded
def test_real_pasteuriser(recordings: Path) -> None:
    """Tenths, empty cells and local times of a real pasteuriser."""
    mapping = FileMap.model_validate(
        {
            "time": {"column": "STD_DT", "format": "%Y-%m-%d %H:%M", "zone": "Asia/Seoul"},
            "columns": {
                "MIXA_PASTEUR_TEMP": {"reads": "tank/A", "scale": 0.1},
                "MIXB_PASTEUR_TEMP": {"reads": "tank/B", "scale": 0.1},
            },
        }
    )
    block = read(recordings / "timeseries/pasteuriser_kamp/pasteurizer_4days.csv", mapping=mapping)
    assert block.value[0] == 30.5
    assert (block.reason == Reason.MISSING).any()


@pytest.mark.recorded
def test_real_solar_logger(recordings: Path) -> None:
    """A real logger's over-range marker is no temperature."""
    mapping = FileMap.model_validate(
        {
            "time": {"column": ["Date", "Time"], "format": "%Y/%m/%d %H:%M:%S", "zone": "Africa/Nairobi"},
            "columns": {f"T{n}": f"core/{n}" for n in range(1, 5)},
            "missing": ["-OL"],
        }
    )
    block = read(recordings / "timeseries/solar_pasteuriser/05_18-19.csv", mapping=mapping)
    assert rows(block)[2] == ("cold-3/core/3", block.time[2], None, Reason.MISSING)
    assert np.nanmax(block.value) < 120
