"""Readings, verdicts and cases of a period as a workbook for Excel. Every text is text: nothing in it is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from dashboards.language import Language, Tongue
from dashboards.reports.errors import ReportError
from dashboards.reports.facts import CheckpointFact
from dashboards.reports.sources import Sources, sources_of
from dashboards.reports.words import shown_unit, spoken
from dashboards.reports.workbook_columns import CASES, HOURLY, RAW, STEPS, VERDICTS, Column
from dashboards.reports.workbook_rows import Row, case_rows, hourly_rows, raw_rows, step_rows, verdict_rows
from dashboards.views.site import SiteView
from readings.inputs import Series
from readings.times import HOUR, format_time, zone
from rules.plan import Plan

ROWS = 200_000  # of one sheet; Excel opens five times as many
_EXCEL = 1_048_575  # rows below the header
_LONGEST = 32_767  # characters of a cell
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Written:
    """What is in a workbook: rows by sheet, and the sheets that were cut."""

    rows: dict[str, int]
    cut: tuple[str, ...]


@dataclass(slots=True)
class _Sheets:
    book: Any
    speech: Language
    local: tzinfo
    at_most: int
    formats: dict[str, Any]
    rows: dict[str, int] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)

    def fill(self, sheet: Any, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """Write a sheet from its first row to its last, or to as many as are allowed."""
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, self.speech.say(column.name), self.formats["head"])
        sheet.freeze_panes(1, 0)
        number = 0
        for row in rows:
            if number == self.at_most:
                self.cut.append(name)
                break
            number += 1
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                self._cell(sheet, number, place, column, value)
        self.rows[name] = number
        sheet.autofilter(0, 0, max(number, 1), len(columns) - 1)

    def _cell(self, sheet: Any, row: int, place: int, column: Column, value: Any) -> None:
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return
        if column.form == "time":
            moment = _EPOCH + timedelta(microseconds=int(value) // 1000)
            shown = moment if column.name.endswith("UTC") else moment.astimezone(self.local)
            sheet.write_datetime(row, place, shown.replace(tzinfo=None), self.formats["time"])
        elif column.form == "text":
            sheet.write_string(row, place, cell_text(str(value)))
        else:
            sheet.write_number(row, place, value)


def workbook(  # noqa: PLR0913 - what may be asked for
    site: SiteView,
    path: Path,
    *,
    start: int,
    end: int,
    lines: Sequence[str] | None = None,
    raw: bool = False,
    at_most: int = ROWS,
    tongue: Tongue = "zh",
) -> Written:
    """Write the workbook of a period; the same bytes for the same records and readings.

    Args:
        site: whose record.
        path: of the .xlsx file.
        start: of the period, ns UTC; hourly readings begin at the full hour before.
        end: of it, not included, ns UTC.
        lines: of the site; None for all.
        raw: every reading instead of hourly figures.
        at_most: rows of one sheet; what is cut is said on the first sheet.
        tongue: of names and explanations.

    Raises:
        ReportError: an empty period, no such line, too many rows for Excel.
    """
    if start >= end:
        raise ReportError("a workbook is of a period: its beginning is not before its end")
    if not 1 <= at_most <= _EXCEL:
        raise ReportError(f"a sheet holds 1 to {_EXCEL} rows, not {at_most}")
    with sources_of(site) as sources:
        known = sources.past.plans.in_force()
        unknown = sorted(set(lines or ()) - set(known))
        if unknown:
            raise ReportError(
                f"no line {', '.join(unknown)}; recorded are {', '.join(sorted(known)) or 'none'}"
            )
        plans = {line: plan for line, plan in known.items() if lines is None or line in lines}
        return _write(sources, path, (start, end), plans, raw=raw, at_most=at_most, speech=spoken(tongue))


def _write(  # noqa: PLR0913 - what may be asked for
    sources: Sources,
    path: Path,
    period: tuple[int, int],
    plans: dict[str, Plan],
    *,
    raw: bool,
    at_most: int,
    speech: Language,
) -> Written:
    import xlsxwriter  # type: ignore[import-untyped]

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    try:
        made = _EPOCH + timedelta(microseconds=min(sources.until, period[1]) // 1000)
        book.set_properties({"title": f"haccpline {sources.site.id}", "created": made.replace(tzinfo=None)})
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#EEF2F5", "bottom": 1}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "alarm": book.add_format({"bold": True, "font_color": "#9B1C1C"}),
        }
        sheets = _Sheets(book, speech, zone(sources.site.timezone), at_most, formats)
        names = [speech.say(name) for name in ("About", "Readings", "Verdicts", "Cases", "Steps")]
        about, *others = [book.add_worksheet(name) for name in names]
        series = list(_series(plans, speech))
        hours = (period[0] // HOUR * HOUR, period[1])
        found = (
            raw_rows(sources.history, series, *period, speech)
            if raw
            else hourly_rows(sources.history, series, *hours)
        )
        columns = (RAW if raw else HOURLY, VERDICTS, CASES, STEPS)
        rows = (
            found,
            verdict_rows(sources.past, plans, *period, speech),
            case_rows(sources.past, plans, *period, speech),
            step_rows(sources.past, plans, *period, speech),
        )
        for sheet, name, described, each in zip(others, names[1:], columns, rows, strict=True):
            sheets.fill(sheet, name, described, each)
        _about(about, sheets, sources, period, plans, list(zip(names[1:], columns, strict=True)))
    finally:
        book.close()
    return Written(sheets.rows, tuple(sheets.cut))


def _series(plans: dict[str, Plan], speech: Language) -> Iterator[tuple[Series, str, str]]:
    for line, plan in sorted(plans.items()):
        for name, sensor in plan.sensors.items():
            if sensor.unit.dimension == "text":
                continue
            for points in sensor.point_names().values():
                for point in points:
                    yield (
                        Series(line, name, point),
                        speech.name(sensor.name, name),
                        shown_unit(sensor.unit.name),
                    )


def _about(  # noqa: PLR0913 - what is said on it
    sheet: Any,
    sheets: _Sheets,
    sources: Sources,
    period: tuple[int, int],
    plans: dict[str, Plan],
    described: list[tuple[str, Sequence[Column]]],
) -> None:
    say, site, formats = sheets.speech.say, sources.site, sheets.formats
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 70)
    marks = sorted({sheets.speech.name(plan.marked) for plan in plans.values() if plan.marked})
    note = sources.ledger.last_checkpoint()
    proof = CheckpointFact.of(note) if note is not None else None
    lines: list[tuple[str, str]] = [
        (say("Site"), f"{sheets.speech.name(site.name)} ({site.id})"),
        (say("Lines"), ", ".join(sorted(plans))),
        (say("Period, UTC"), f"{format_time(period[0])} – {format_time(period[1])}"),
        (say("Time zone of the site"), site.timezone),
        (say("Known up to"), format_time(sources.until)),
        (say("Root of the ledger"), f"{proof.root} ({proof.size})" if proof else say("not signed yet")),
        (say("What it is"), say("A copy for reading. The record is the ledger; a package proves it.")),
    ]
    sheet.write_string(0, 0, say("Readings, verdicts and cases"), formats["head"])
    row = 1
    for mark in marks:
        sheet.write_string(row, 0, say("Attention: {mark}", mark=mark), formats["alarm"])
        row += 1
    for name in sheets.cut:
        words = say(
            "Sheet {name} is cut after {count} rows: ask for a shorter period.",
            name=name,
            count=sheets.rows[name],
        )
        sheet.write_string(row, 0, words, formats["alarm"])
        row += 1
    for label, value in lines:
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, cell_text(value))
        row += 1
    row += 1
    for place, words in enumerate((say("Sheet"), say("Column"), say("What stands in it"))):
        sheet.write_string(row, place, words, formats["head"])
    for name, columns in described:
        for column in columns:
            row += 1
            for place, words in enumerate((name, say(column.name), say(column.meaning))):
                sheet.write_string(row, place, words)


def cell_text(text: str) -> str:
    """A text as a cell can hold it; what is too long is cut, and says so."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 20]} … [{len(text)}]"
