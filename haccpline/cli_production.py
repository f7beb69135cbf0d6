"""Commands about production: its end is signed, its begin is said."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from haccpline.cli_site import SiteOption
from haccpline.site import load_site
from haccpline.store import Store
from ledger.production import enter_production
from readings.errors import HaccplineError

Line = Annotated[str, typer.Argument(help="The line, as in its plan.", show_default=False)]
Who = Annotated[str, typer.Option(help="Your id.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read it from standard input.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    production = typer.Typer(no_args_is_help=True, help="Sign the end of production, or say that it begins.")
    production.command("end")(production_end)
    production.command("begin")(production_begin)
    app.add_typer(production, name="production")


def production_end(
    line: Line, who: Who, site: SiteOption = Path("site.yaml"), password_stdin: FromStdin = False
) -> None:
    """Sign that production has ended: outside its hours a silent line then counts as at rest.

    Until hours begin, the line says that it runs, or its counter moves. Your password is your signature.

    Example: haccpline production end cold-3 --who ann
    """
    _enter("end", line, who, site, password_stdin=password_stdin)


def production_begin(
    line: Line, who: Who, site: SiteOption = Path("site.yaml"), password_stdin: FromStdin = False
) -> None:
    """Say that production begins, before its hours or after all: from now on a silent line is raised again.

    Example: haccpline production begin cold-3 --who ann
    """
    _enter("begin", line, who, site, password_stdin=password_stdin)


def _enter(step: str, line: str, who: str, path: Path, *, password_stdin: bool) -> None:
    site = load_site(path)
    if line not in site.plans:
        raise HaccplineError(f"there is no line {line}; the site has {', '.join(site.plans)}")
    store = Store(site.data, site.file.site)
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else str(typer.prompt("password", hide_input=True))
    )
    act = enter_production(
        store.people(), plan=site.plans[line][0], step=step, who=who, password=password, now=time.time_ns()
    )
    store.inbox().put(act)
    typer.echo(f"the {step} of production is entered; the record process takes it into the ledger")
