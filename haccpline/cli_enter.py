"""The command by which a person, or a script in their name, enters a value measured by hand."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from haccpline.cli_site import SiteOption
from haccpline.plans_in_force import plans_in_force
from haccpline.site import load_site
from haccpline.store import Store
from ledger.entering_values import Measured, enter_value
from readings.errors import HaccplineError
from readings.times import parse_time
from rules.plan_check import load_plan


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    # a value below zero is a number, and no option
    app.command("enter", context_settings={"ignore_unknown_options": True})(enter)


def enter(
    value: Annotated[
        str,
        typer.Argument(help="The value's name: LINE/NAME, or LINE/NAME/ZONE.", show_default=False),
    ],
    number: Annotated[
        str, typer.Argument(help="What was measured, in the unit of the plan.", show_default=False)
    ],
    who: Annotated[str, typer.Option(help="Your id.")],
    measured: Annotated[
        str | None, typer.Option(help="When it was measured, with its offset; just now if left out.")
    ] = None,
    note: Annotated[str, typer.Option(help="What you have to say of it.")] = "",
    site: SiteOption = Path("site.yaml"),
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read it from standard input.")
    ] = False,
) -> None:
    """Enter a value that was measured by hand. Your password is asked for: it stands in the record under your name.

    A decimal comma and full-width digits are understood; what may be two numbers, such as 1,234, is refused.

    Examples: haccpline enter bottled-water/indigo 0.35 --who olga, haccpline enter cold-3/probe/CS1 -20.5 --who olga
    """
    if number.startswith("--"):
        raise HaccplineError(f"there is no option {number}: haccpline enter --help")
    line, _, rest = value.partition("/")
    name, _, zone = rest.partition("/")
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    held = plans_in_force(store.ledger(read_only=True)).get(line)
    if held is None:
        raise HaccplineError(f"no line named {line} is recorded; there are {', '.join(loaded.plans)}")
    plan = load_plan(held.texts[held.force], line)
    at = parse_time(measured) if measured is not None else None
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else str(typer.prompt("password", hide_input=True))
    )
    now = time.time_ns()
    person = store.people().authenticate(who, password, now=now)
    act = enter_value(plan, Measured(name, number, at, zone, note), person, now=now)
    store.inbox().put(act)
    late = ", late" if act.body["late"] else ""
    typer.echo(
        f"{value} {act.body['value']} {act.body['unit']} is entered{late}; the record process takes it up"
    )
