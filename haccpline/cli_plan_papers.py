"""Commands about plans as people and editors read them: the worksheet, the language's schema and reference page."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from haccpline.cli_report import Lang, write
from haccpline.site import read_plan
from readings.errors import HaccplineError


class Shape(StrEnum):
    """What a worksheet is written as."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"


Written = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file to write, instead of the terminal.")
]


def explain(
    plan: Annotated[Path, typer.Argument(help="Plan file.", show_default=False)],
    lang: Annotated[Lang, typer.Option("--lang", help="Language of the worksheet.")] = Lang.ZH,
    shape: Annotated[
        Shape | None, typer.Option("--format", help="By the name of -o; text without it.")
    ] = None,
    output: Written = None,
) -> None:
    """Say what a plan says, as a HACCP worksheet: limits in sentences, monitoring, actions, verification, records.

    Example: haccpline plan explain examples/cold_store/plan.yaml --lang en
    """
    from dashboards.worksheet.html import as_page
    from dashboards.worksheet.paper import worksheet
    from dashboards.worksheet.pdf import as_pdf
    from dashboards.worksheet.text import as_text

    loaded, _ = read_plan(plan)
    paper = worksheet(loaded, "zh" if lang is Lang.ZH else "en")
    chosen = shape or _shape_of(output)
    if chosen is Shape.PDF:
        if output is None and sys.stdout.isatty():
            raise HaccplineError("a PDF does not go to a terminal: name its file with -o plan.pdf")
        made = as_pdf(loaded, paper)
    else:
        made = (as_text(paper) if chosen is Shape.TEXT else as_page(paper)).encode()
    if output is not None:
        write(output, made)
    else:
        sys.stdout.buffer.write(made)


def _shape_of(output: Path | None) -> Shape:
    ending = output.suffix.lower() if output is not None else ""
    return {".pdf": Shape.PDF, ".html": Shape.HTML, ".htm": Shape.HTML}.get(ending, Shape.TEXT)


def schema(output: Written = None) -> None:
    """Print the JSON Schema of the plan language: editors complete keys with it, and underline slips.

    Example: haccpline plan schema -o plan.schema.json
    """
    from rules.plan_schema import plan_schema

    _put(f"{json.dumps(plan_schema(), indent=1, ensure_ascii=False)}\n", output)


def reference(output: Written = None) -> None:
    """Print the reference of the plan language as Markdown: every key, its type, its default, its meaning.

    Example: haccpline plan reference -o docs/plan-reference.md
    """
    from rules.plan_reference import reference

    _put(reference(), output)


def _put(text: str, output: Path | None) -> None:
    if output is not None:
        write(output, text.encode())
    else:
        typer.echo(text, nl=False)
