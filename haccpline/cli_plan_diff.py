"""`haccpline plan diff`: what a changed plan would have decided otherwise."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.filemap import FileMap
from haccpline.site import read_plan
from haccpline.text_file import read_text
from readings.errors import HaccplineError
from readings.times import ALWAYS, NEVER, parse_time
from rules.strict_model import read_model

if TYPE_CHECKING:
    from rich.console import Console

    from haccpline.plan_diff import PlanDiff

_WIDE = 190  # columns, where nothing says how many there are
_ROWS = 200


class DiffForm(StrEnum):
    """How differences are printed."""

    TABLE = "table"
    JSON = "json"


def diff(
    old: Annotated[Path, typer.Argument(help="A plan file.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="Another, of the same line.", show_default=False)],
    on: Annotated[
        Path,
        typer.Option(
            "--on",
            help="A file of readings, as `replay` takes it; or a site file, its folder, its data folder.",
            show_default=False,
        ),
    ],
    start: Annotated[str | None, typer.Option("--from", help="Judge from this time on, RFC 3339.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Let time come so far, RFC 3339.")] = None,
    line: Annotated[
        str | None,
        typer.Option(help="As which the site recorded the line, where the plans name it otherwise."),
    ] = None,
    map_: Annotated[
        Path | None, typer.Option("--map", help="Says what the columns of a foreign file mean.")
    ] = None,
    form: Annotated[
        DiffForm, typer.Option("--format", help="table for people, json for programs.")
    ] = DiffForm.TABLE,
    html: Annotated[
        Path | None, typer.Option(help="Also draw it: a page with the verdicts of both, one above the other.")
    ] = None,
    rows: Annotated[int, typer.Option(help="Rows of a table at most; what is cut is said.")] = _ROWS,
) -> None:
    """Say what two plans decide otherwise on the same readings, and which lots that concerns: try a change on last month.

    Limits are matched by CCP, limit and unit of product. Exits 0 when neither a decision nor a lot differs, 1 when
    one does, 2 when it cannot be said.

    Example: haccpline plan diff plan.yaml changed.yaml --on site.yaml --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z
    """
    from haccpline.plan_diff import plan_diff
    from haccpline.plan_diff_page import page

    try:
        found = plan_diff(
            read_plan(old)[0],
            read_plan(new)[0],
            on,
            mapping=read_model(FileMap, read_text(map_), str(map_))[0] if map_ is not None else None,
            line=line,
            start=parse_time(start) if start else ALWAYS,
            end=parse_time(end) if end else NEVER,
        )
        if html is not None:
            html.write_text(page(found, _told_apart(old, new), rows=rows), encoding="utf-8")
    except (HaccplineError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for warning in found.warnings:
        typer.echo(warning, err=True)
    if form is DiffForm.JSON:
        typer.echo(json.dumps(found.as_json(), indent=1, ensure_ascii=False))
    else:
        _print(found, _told_apart(old, new), rows)
    raise typer.Exit(1 if found.decisions or found.lots else 0)


def _told_apart(old: Path, new: Path) -> tuple[str, str]:
    """Names of the files, with as much of the way as tells them apart."""
    return (old.name, new.name) if old.name != new.name else (str(old), str(new))


def _print(found: PlanDiff, names: tuple[str, str], rows: int) -> None:
    from rich.console import Console

    from haccpline.plan_diff_words import counted, difference_row, key_row, lot_row, summary

    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=_WIDE)
    if found.keys:
        _table(console, ("key", *names), [key_row(each) for each in found.keys], rows)
    else:
        console.print("the plans say the same")
    console.print()
    for line in summary(found):
        console.print(line, highlight=False, markup=False)
    if len(found.decisions) > rows:
        console.print()
        _table(console, ("ccp", "limit", "unit", "appear", "vanish", "change"), counted(found), rows)
    if found.decisions:
        console.print()
        head = ("ccp", "limit", "unit", "what", *names, "lots")
        _table(console, head, [difference_row(each) for each in found.decisions], rows)
    if found.lots:
        console.print("\nlots that something else would hold")
        _table(console, ("lot", *names), [lot_row(each) for each in found.lots], rows)


def _table(console: Console, head: Sequence[str], told: Sequence[Sequence[str]], rows: int) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False)
    for name in head:
        table.add_column(escape(name), overflow="fold")
    for each in told[:rows]:
        table.add_row(*map(escape, each))
    console.print(table)
    if len(told) > rows:
        console.print(f"and {len(told) - rows:,} more: --rows {len(told)}, or --format json", highlight=False)
