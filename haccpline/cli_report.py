"""Commands for reports: deviation report, daily record, workbook, and their schemas."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboards.views.site import SiteView
from haccpline.cli_site import SiteOption
from haccpline.site import load_site
from readings.errors import HaccplineError
from readings.times import parse_time, zone

if TYPE_CHECKING:
    from dashboards.language import Tongue

_ROWS = 200_000


class Lang(StrEnum):
    """Languages that reports speak."""

    ZH = "zh"
    EN = "en"


class Form(StrEnum):
    """What a report is written as."""

    PDF = "pdf"
    JSON = "json"


class Kind(StrEnum):
    """Reports that have a schema."""

    DEVIATION = "deviation"
    DAILY = "daily"


Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write.", show_default=False)]
LangOption = Annotated[Lang, typer.Option("--lang", help="Language of the PDF; JSON has both.")]
FormOption = Annotated[
    Form | None, typer.Option("--format", help="By the file's name where it isn't given.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    reports = typer.Typer(
        no_args_is_help=True,
        help="Papers made of the record: whether one leaves the house, a person decides.",
    )
    reports.command("deviation")(report_deviation)
    reports.command("daily")(report_daily)
    reports.command("workbook")(report_workbook)
    reports.command("schema")(report_schema)
    app.add_typer(reports, name="report")


def report_deviation(
    case: Annotated[
        str, typer.Argument(help="Id of the case, as in `haccpline case list`.", show_default=False)
    ],
    output: Output,
    lang: LangOption = Lang.ZH,
    form: FormOption = None,
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Write the deviation report of a case: PDF with the data attached, or the data as JSON.

    An open case gives a draft, and says so. What nobody entered is printed as not entered.

    Example: haccpline report deviation 48d3a34f03222fcd -o report.pdf --lang en
    """
    from dashboards.reports.offer import deviation_json, deviation_pdf

    view = load_site(site).view()
    data = (
        deviation_json(view, case)
        if _form(form, output) is Form.JSON
        else deviation_pdf(view, case, _tongue(lang))
    )
    write(output, data)


def report_daily(
    day: Annotated[str, typer.Argument(help="Day of the site, such as 2026-12-01.", show_default=False)],
    output: Output,
    line: Annotated[str | None, typer.Option(help="The line; may be left out where there is one.")] = None,
    lang: LangOption = Lang.ZH,
    form: FormOption = None,
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Write the daily record of a line: every second of the day in its verdicts, gaps, events, cases.

    Example: haccpline report daily 2026-12-01 --line cold-3 -o daily.pdf
    """
    from dashboards.reports.offer import daily_json, daily_pdf

    view = load_site(site).view()
    name = line if line is not None else _only_line(view)
    data = (
        daily_json(view, day, name)
        if _form(form, output) is Form.JSON
        else daily_pdf(view, day, name, _tongue(lang))
    )
    write(output, data)


def report_workbook(
    output: Output,
    start: Annotated[
        str, typer.Option("--from", help="Begin: RFC 3339, or local time of the site.", show_default=False)
    ],
    end: Annotated[str, typer.Option("--to", help="End, not included.", show_default=False)],
    line: Annotated[
        list[str] | None, typer.Option(help="Only this line; may be given more than once.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Every reading instead of hourly figures.")] = False,
    rows: Annotated[int, typer.Option(help="Rows of one sheet at most; what is cut is said.")] = _ROWS,
    lang: LangOption = Lang.ZH,
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Write readings, verdicts and cases of a period as a workbook (.xlsx).

    Example: haccpline report workbook --from 2026-12-01 --to 2026-12-08 -o week.xlsx
    """
    from dashboards.reports.workbook import workbook

    view = load_site(site).view()
    draft = output.with_name(f"{output.name}.draft")
    try:
        made = workbook(
            view,
            draft,
            start=_moment(start, view.timezone),
            end=_moment(end, view.timezone),
            lines=line or None,
            raw=raw,
            at_most=rows,
            tongue=_tongue(lang),
        )
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
    for name, count in made.rows.items():
        typer.echo(f"{name}: {count}{' (cut)' if name in made.cut else ''}")


def report_schema(
    kind: Annotated[Kind, typer.Argument(help="Which report.")] = Kind.DEVIATION,
) -> None:
    """Print the JSON Schema of a report's data.

    Example: haccpline report schema deviation
    """
    from dashboards.reports.daily import daily_schema
    from dashboards.reports.deviation import deviation_schema

    schema = deviation_schema() if kind is Kind.DEVIATION else daily_schema()
    typer.echo(json.dumps(schema, indent=1, ensure_ascii=False))


def _only_line(view: SiteView) -> str:
    if len(view.plans) != 1:
        raise HaccplineError(f"which line? Give --line: {', '.join(sorted(view.plans))}")
    return next(iter(view.plans))


def _form(form: Form | None, output: Path) -> Form:
    return form if form is not None else Form.JSON if output.suffix.lower() == ".json" else Form.PDF


def _tongue(lang: Lang) -> Tongue:
    return "zh" if lang is Lang.ZH else "en"


def _moment(text: str, timezone: str) -> int:
    day_alone = len(text.strip()) == len("2026-12-01")
    return parse_time(f"{text.strip()}T00:00:00" if day_alone else text, local=zone(timezone))


def write(path: Path, data: bytes) -> None:
    """Whole or not at all: a draft beside it takes its place."""
    draft = path.with_name(f"{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
