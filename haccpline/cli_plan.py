"""Commands for engineers: check a plan, replay readings against it."""

from __future__ import annotations

import math
import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dashboards.notices.routes import notice_findings
from dashboards.plain_times import in_seconds
from gateway.filemap import FileMap
from haccpline import cli_plan_papers
from haccpline.checked_plan import Checked, checked
from haccpline.cli_plan_diff import diff
from haccpline.plans_in_force import settled_site
from haccpline.site import Site, load_site, read_plan
from haccpline.store import Store
from haccpline.text_file import read_text
from haccpline.too_seldom import read_too_seldom
from readings.errors import HaccplineError
from readings.times import ALWAYS, NEVER, parse_time
from rules.decisions import Decisions
from rules.faults import PlanError
from rules.strict_model import read_model

_WIDE = 180  # columns, where nothing says how many there are


class Form(StrEnum):
    """How decisions are printed."""

    JSONL = "jsonl"
    TABLE = "table"


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(check)
    app.command()(replay)
    plans = typer.Typer(no_args_is_help=True, help="A plan as people and editors read it.")
    plans.command()(cli_plan_papers.explain)
    plans.command()(cli_plan_papers.schema)
    plans.command()(cli_plan_papers.reference)
    plans.command()(diff)
    app.add_typer(plans, name="plan")


def check(
    plans: Annotated[list[Path], typer.Argument(help="Plan files.", show_default=False)],
    site: Annotated[Path | None, typer.Option(help="Also hold this site file against its plans.")] = None,
    readings: Annotated[
        Path | None, typer.Option(help="Also say how many alarms a day the plan raises on these readings.")
    ] = None,
    map_: Annotated[
        Path | None, typer.Option("--map", help="Says what the columns of a foreign file mean.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 where there is a warning, too.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Also say how much the engine remembers for each limit.")
    ] = False,
) -> None:
    """Say what is wrong with plans: FILE:LINE:COL: what, and what was meant. Then what is doubtful, as warnings.

    Exits 0 when there is nothing wrong, 1 otherwise. A plan answers a warning with accepts: {NAME: reason}.

    Example: haccpline check examples/cold_store/plan.yaml --readings examples/cold_store/readings.csv
    """
    if readings is not None and len(plans) != 1:
        raise HaccplineError("readings are judged by one plan: name one plan file with --readings")
    said: list[str] = []
    usable: list[Checked] = []
    for path in plans:
        try:
            usable.append(checked(path))
        except PlanError as error:
            said += [str(fault) for fault in error.faults]
        except HaccplineError as error:
            said.append(f"{path}:1:1: {str(error).removeprefix(f'{path}: ')}")
    of_site, doubts_of_site = _told_of_site(site) if site is not None else ([], [])
    said += of_site
    for line in dict.fromkeys(said):
        typer.echo(line)
    raised = None
    if readings is not None and not said:
        from haccpline.alarms import alarms

        raised = alarms(usable[0].plan, readings, mapping=_read_map(map_))
    warnings = [line for each in usable for line in each.warnings(raised.recording if raised else None)]
    warnings += doubts_of_site
    for line in dict.fromkeys(warnings):
        typer.echo(line)
    for line in raised.lines() if raised is not None else ():
        typer.echo(line)
    for each in usable if verbose else ():
        for line in each.state():
            typer.echo(line)
    if said or (strict and warnings):
        raise typer.Exit(1)


def replay(
    plan: Annotated[Path, typer.Argument(help="Plan file.", show_default=False)],
    readings: Annotated[
        Path,
        typer.Argument(
            help="CSV (time, sensor, value[, quality], or time and a column per sensor; .gz too) or Parquet.",
            show_default=False,
        ),
    ],
    map_: Annotated[
        Path | None, typer.Option("--map", help="Says what the columns of a foreign file mean.")
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="jsonl for programs, table for people.")
    ] = Form.JSONL,
    start: Annotated[str | None, typer.Option("--from", help="Judge from this time on, RFC 3339.")] = None,
    end: Annotated[str | None, typer.Option("--until", help="Let time come so far, RFC 3339.")] = None,
) -> None:
    """Decide again what a plan says of readings: the same bytes on every run and machine, without a server.

    One JSON object per span of a verdict: line, ccp, limit, unit, verdict, from, to (null while open), decided (when it
    could first be known), worst, reason, plan, method.

    Example: haccpline replay examples/cold_store/plan.yaml examples/cold_store/readings.csv --format table
    """
    from haccpline.ahead import ahead
    from haccpline.replay import blocks_of, json_line, judged
    from haccpline.watched import Watched

    loaded, _ = read_plan(plan)
    first, last = parse_time(start) if start else ALWAYS, parse_time(end) if end else NEVER
    watched = Watched(readings.name, first, last)
    blocks = watched.through(ahead(blocks_of(loaded, readings, mapping=_read_map(map_))))
    found = judged(loaded, blocks, start=first, end=last)
    for warning in watched.warnings(found.program):
        typer.echo(warning, err=True)
    if form is Form.TABLE:
        print_table(found.decisions)
        return
    for decision in found.decisions.lines():
        typer.echo(json_line(decision))


def _read_map(path: Path | None) -> FileMap | None:
    return read_model(FileMap, read_text(path), str(path))[0] if path is not None else None


def _told_of_site(path: Path) -> tuple[list[str], list[str]]:
    """What is wrong with a site file, and what is doubtful."""
    try:
        site = load_site(path)
        return [*_undeliverable(site), *_against_ledger(site)], read_too_seldom(site)
    except PlanError as error:
        return [str(fault) for fault in error.faults], []
    except HaccplineError as error:
        return [f"{path}:1:1: {str(error).removeprefix(f'{path}: ')}"], []


def _undeliverable(site: Site) -> list[str]:
    """Notices that would reach nobody."""
    plans = {line: plan for line, (plan, _, _) in site.plans.items()}
    return [f"{site.path}:1:1: {message}" for _, message in notice_findings(plans, site.file.notices)]


def _against_ledger(site: Site) -> list[str]:
    """What would become of the site's plans if it were started now; nothing where it never was."""
    if not (site.data / "ledger.db").exists():
        return []
    ledger = Store(site.data, site.file.site).ledger(read_only=True)
    try:
        _, _, troubles = settled_site(site, ledger, time.time_ns())
    finally:
        ledger.close()
    return [f"{site.path}:1:1: {trouble}" for trouble in troubles]


_COLOURS = {
    "ok": "green",
    "operating": "yellow",
    "deviation": "bold red",
    "indeterminate": "bold magenta",
    "suspended": "dim",
    "starting": "cyan",
}


def print_table(decisions: Decisions) -> None:
    """Print decisions for people; each worst value in the unit of what is judged."""
    from rich.console import Console
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False)
    for name in ("ccp", "limit", "unit", "verdict", "from", "to", "decided"):
        table.add_column(name, no_wrap=True)
    table.add_column("worst", justify="right")
    table.add_column("reason", overflow="fold")
    units = decisions.judged_in()
    for each in decisions.lines():
        worst = each["worst"]
        unit = units[each["line"], each["ccp"], each["limit"], each["unit"]]
        colour = _COLOURS[each["verdict"]]
        table.add_row(
            each["ccp"],
            each["limit"],
            each["unit"],
            f"[{colour}]{each['verdict']}[/]",
            each["from"],
            each["to"] or "",
            "" if each["decided"] == each["from"] else each["decided"],
            "" if worst is None or math.isnan(worst) else f"{worst:g} {unit}".removesuffix(" bool"),
            in_seconds(each["reason"]),
        )
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=_WIDE)
    console.print(table)
