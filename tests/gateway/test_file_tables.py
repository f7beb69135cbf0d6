"""Tables as loggers write them: every oddity that a map allows is read, and none that it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from gateway.errors import FileError
from gateway.filemap import FileMap
from gateway.files import open_file
from readings.block import Block, join
from readings.quality import Reason
from readings.times import MINUTE, parse_time

START = parse_time("2026-12-01T08:00:00+08:00")
LOGGER = """Logger 4711;Ser. 99
Kanal;Datei

Nr;Zeit;T1;T2
;;°C;%
1;01.12.2026 08:00:00;-20,5;80
2;01.12.2026 08:01:00;-OL;81
3;01.12.2026 08:02:00;-20
Nr;Zeit;T1;T2
4;01.12.2026 08:03:00;-19,5;82

Nr;Zeit;P1
1;01.12.2026 08:00:00;1013
"""
MAP: dict[str, Any] = {
    "time": {"column": "Zeit", "format": "%d.%m.%Y %H:%M:%S", "zone": "Asia/Shanghai"},
    "columns": {"T1": "air"},
    "missing": ["-OL"],
    "delimiter": ";",
    "decimal": ",",
    "header": "Nr;Zeit;T1",
    "units": {"T1": "°C"},
    "ragged": True,
}


def read(tmp_path: Path, text: str | bytes, **changed: Any) -> Block:
    path = tmp_path / "logger.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return join(open_file(path, line="l", mapping=FileMap.model_validate(MAP | changed)))


def test_a_table_behind_a_preamble(tmp_path: Path) -> None:
    """Found by its header, below a row of units, with decimal commas, a row that is short, the header once more in the
    middle, and another table behind an empty line."""
    block = read(tmp_path, LOGGER)
    assert block.time.tolist() == [START + minute * MINUTE for minute in range(4)]
    assert np.nan_to_num(block.value, nan=-1).tolist() == [-20.5, -1.0, -20.0, -19.5]
    assert Reason(int(block.reason[1])) is Reason.MISSING


def test_another_table(tmp_path: Path) -> None:
    """By how its header begins, or by which one it is; the same header in the middle of one counts for none."""
    other = read(tmp_path, LOGGER, header="Nr;Zeit;P1", columns={"P1": "air"}, units={})
    assert other.value.tolist() == [1013.0]
    second = read(tmp_path, LOGGER, header="Nr;Zeit", table=2, columns={"P1": "air"}, units={})
    assert second.value.tolist() == [1013.0]


def test_gbk(tmp_path: Path) -> None:
    """Names and texts of a Chinese logger."""
    text = "时间,温度\n2026-12-01 08:00:00,-20.5\n".encode("gbk")
    how = {"column": "时间", "zone": "Asia/Shanghai"}
    block = read(tmp_path, text, encoding="gb2312", header=None, units={}, delimiter=",", decimal=".",
                 time=how, columns={"温度": "air"})  # fmt: skip
    assert block.value.tolist() == [-20.5]


@pytest.mark.parametrize(("sign", "delimiter"), [(".", ","), (",", ";")])
def test_dates_of_a_spreadsheet(tmp_path: Path, sign: str, delimiter: str) -> None:
    """46357 is 2026-12-01; a third of a day is eight o'clock, to the millisecond."""
    days = f"46357{sign}333333333336"
    block = read(tmp_path, f"t{delimiter}v\n{days}{delimiter}1\n", header=None, units={}, delimiter=delimiter,
                 decimal=sign, time={"column": "t", "format": "excel", "zone": "Asia/Shanghai"},
                 columns={"v": "air"})  # fmt: skip
    assert block.time.tolist() == [START]


@pytest.mark.parametrize(
    ("old", "new", "changed", "words"),
    [
        (";;°C;%", ";;°F;%", {}, "logger.csv:5: the unit of T1 is '°F'; the map says '°C'"),
        (
            "-19,5",
            "-19.5",
            {},
            "logger.csv:10: the value is '-19.5', and the map says that decimals stand behind ','",
        ),
        ("-19,5", "1.019,5", {}, "logger.csv:10: the value is '1.019,5'"),
        (
            "-19,5",
            "-OL-",
            {},
            "expected a number, nothing or '-OL'. If it means that there is no value, name it in a map",
        ),
        ("x", "x", {"columns": {"T7": "air"}}, "there is no T7; mend the names in the map"),
        ("-20;", "-20;", {"ragged": False}, "logger.csv:8: 3 fields where the header has 4"),
        ("82", "82;7", {}, "logger.csv:10: 5 fields where the header has 4"),
        ("Nr;Zeit;T1", "No;Zeit;T1", {}, "there is no header that begins with 'Nr;Zeit;T1'"),
        ("x", "x", {"units": {"T9": "K"}}, "logger.csv:4: there is no column T9"),
        ("x", "x", {"must": {"Nr": "1"}}, "logger.csv:7: Nr is '2'; the map says that it must be '1'"),
        ("x", "x", {"table": 3}, "(number 3)"),
        ("01.12.2026 08:03:00", "2026-12-01 08:03", {}, "logger.csv:10: '2026-12-01 08:03' is not a time"),
    ],
)
def test_what_the_map_does_not_say(tmp_path: Path, old: str, new: str, changed: Any, words: str) -> None:
    """Is refused, with its line."""
    with pytest.raises(FileError) as refused:
        read(tmp_path, LOGGER.replace(old, new), **({"header": "Nr;Zeit;T1"} | changed))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"skip": 2}, "write one of them"),
        ({"header": None, "table": 2}, "say how its header begins"),
        ({"delimiter": ","}, "cannot be both"),
        ({"encoding": "klingon"}, "is no encoding"),
        ({"time": {"format": "excel"}}, "say their zone"),
        ({"time": {"column": "Zeit", "zone": "Asia/Shangai"}}, "no time zone named 'Asia/Shangai'"),
    ],
)
def test_maps_that_cannot_be_meant(changed: Any, words: str) -> None:
    """Are refused."""
    with pytest.raises(ValidationError, match=words):
        FileMap.model_validate(MAP | changed)


@pytest.mark.recorded
def test_a_handheld_of_a_pasteuriser(recordings: Path) -> None:
    """Every file of a SEFRAM thermometer is read; its -OL are the only readings without a value, and the scale is C."""
    mapping = FileMap.model_validate(
        {
            "time": {"column": ["Date", "Time"], "format": "%Y/%m/%d %H:%M:%S", "zone": "UTC"},
            "columns": {f"T{number}": f"core/{number}" for number in range(1, 5)},
            "missing": ["-OL"],
            "must": {"Scale": "C"},
        }
    )
    for path in sorted((recordings / "timeseries/solar_pasteuriser").glob("*.csv")):
        block = join(open_file(path, line="l", mapping=mapping))
        lines = path.read_text().splitlines()[1:]
        fields = [field.strip() for line in lines for field in line.split(",")[2:6]]
        assert len(block) == len(fields) > 0
        assert int((block.reason == Reason.MISSING).sum()) == fields.count("-OL")
        assert float(np.nansum(block.value)) == pytest.approx(
            sum(float(each) for each in fields if each != "-OL")
        )
