"""The workbook: what is recorded, in site time and UTC, and no text of it is ever computed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import openpyxl
import pytest

from dashboards.reports.errors import ReportError
from dashboards.reports.workbook import workbook
from readings.times import HOUR, parse_time

PERIOD = {"start": parse_time("2026-11-30T16:00:00Z"), "end": parse_time("2026-12-02T16:00:00Z")}


def at(hour: str) -> datetime:
    """A cell's time: Excel knows no zone."""
    return datetime.fromisoformat(hour)


def sheets(path) -> dict[str, list[tuple[object, ...]]]:
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(path)}


def columns(rows) -> list[dict[str, object]]:
    head = [str(name) for name in rows[0]]
    return [dict(zip(head, row, strict=True)) for row in rows[1:]]


@pytest.fixture(scope="module")
def book(plant, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "two_days.xlsx"
    workbook(plant.site, path, tongue="en", **PERIOD)
    return path


def test_hours_of_readings(book):
    """An hour is a row for each series, with its lowest and highest value; an hour without one is no row."""
    rows = [row for row in columns(sheets(book)["Readings"]) if row["sensor"] == "air"]
    assert len(rows) == 47
    warm = next(row for row in rows if row["time, UTC"] == at("2026-12-01T03"))
    assert (warm["time, site"], warm["readings"], warm["highest"]) == (at("2026-12-01T11"), 60, -4.4)
    assert (warm["measures"], warm["unit"]) == ("Air temperature", "°C")
    assert at("2026-12-02T08") not in {row["time, UTC"] for row in rows}


def test_every_reading_where_asked_for(plant, tmp_path):
    """Raw readings carry quality and reason."""
    start = PERIOD["start"]
    made = workbook(plant.site, tmp_path / "raw.xlsx", start=start, end=start + HOUR, raw=True, tongue="en")
    rows = columns(sheets(tmp_path / "raw.xlsx")["Readings"])
    assert made.rows["Readings"] == len(rows) == 120
    assert {row["quality"] for row in rows} == {"good"}


def test_verdicts_and_cases(book):
    """The spans of each timeline and one row for each case; open ends are empty."""
    found = sheets(book)
    spans = [row for row in columns(found["Verdicts"]) if row["limit"] == "air"]
    deviations = [row for row in spans if row["verdict"] == "deviation"]
    assert [(row["worst"], row["class"]) for row in deviations] == [(-4.4, "critical"), (-8.5, "critical")]
    assert spans[-1]["to, UTC"] is None
    cases = columns(found["Cases"])
    assert [row["stage"] for row in cases] == ["closed", "contained", "open"]
    assert cases[0]["lots"] == "D20261201-A: release, D20261130-C: destroy"


def test_codes_are_words_in_chinese(plant, tmp_path):
    """Verdicts, classes, stages, steps, reasons; what people entered stays as it is."""
    workbook(plant.site, tmp_path / "zh.xlsx", tongue="zh", **PERIOD)
    found = sheets(tmp_path / "zh.xlsx")
    spans = columns(found["判定"])
    assert {row["判定"] for row in spans} == {"符合", "偏离", "无法判定"}
    assert {row["类别"] for row in spans} == {"关键限值", "操作限值"}
    assert {row["判定单位"] for row in spans} == {"°C"}
    assert [row["阶段"] for row in columns(found["处置单"])] == ["已关闭", "已隔离控制", "未处理"]
    assert {"确认收到", "隔离控制", "验证并关闭"} <= {row["步骤"] for row in columns(found["处理步骤"])}


def test_formulas_stay_text(book):
    """What an operator typed is a string in its cell, whatever it begins with; no cell is a formula or a link."""
    cause = '=HYPERLINK("http://example","门封条破损")'
    assert columns(sheets(book)["Cases"])[0]["cause"] == cause
    for sheet in openpyxl.load_workbook(book):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell
                assert cell.hyperlink is None


def test_the_first_sheet_explains_every_column(book):
    """Every column of every sheet stands there with its meaning; the mark of the plan too."""
    found = sheets(book)
    about = found.pop("About")
    explained = {(row[0], row[1]): row[2] for row in about}
    for name, rows in found.items():
        for column in rows[0]:
            assert explained[name, column]
    assert ("Attention: demo times",) in {row[:1] for row in about}


def test_a_sheet_that_is_cut_says_so(plant, tmp_path):
    """More rows than allowed are left out, and the first sheet says which sheet was cut and where."""
    made = workbook(plant.site, tmp_path / "cut.xlsx", at_most=10, tongue="en", **PERIOD)
    found = sheets(tmp_path / "cut.xlsx")
    assert "Readings" in made.cut
    assert len(found["Readings"]) == 11
    assert any("Readings is cut after 10 rows" in str(row[0]) for row in found["About"])


def test_the_same_record_gives_the_same_bytes(plant, book, tmp_path):
    """Nothing of the clock gets into it."""
    workbook(plant.site, tmp_path / "again.xlsx", tongue="en", **PERIOD)
    assert (tmp_path / "again.xlsx").read_bytes() == book.read_bytes()


def test_site_time_where_clocks_change(plant, tmp_path):
    """Both columns stand side by side, so that an hour that comes twice can be told apart."""
    site = replace(plant.site, timezone="Europe/Berlin")
    workbook(site, tmp_path / "berlin.xlsx", tongue="en", **PERIOD)
    first = columns(sheets(tmp_path / "berlin.xlsx")["Readings"])[0]
    assert (first["time, site"], first["time, UTC"]) == (
        at("2026-11-30T17"),
        at("2026-11-30T16"),
    )


def test_what_cannot_be_asked_for(plant, tmp_path):
    """An empty period, an unknown line, more rows than Excel opens: refused, and no file is left."""
    path = tmp_path / "no.xlsx"
    with pytest.raises(ReportError, match="not before its end"):
        workbook(plant.site, path, start=1, end=1)
    with pytest.raises(ReportError, match="recorded are cold-3"):
        workbook(plant.site, path, lines=["cold-4"], **PERIOD)
    with pytest.raises(ReportError, match="1048575"):
        workbook(plant.site, path, at_most=2_000_000, **PERIOD)
    assert not path.exists()
