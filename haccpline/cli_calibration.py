"""Commands about calibrations: entered and signed, and listed with what is due."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from dashboards.views.calibrations import due_calibrations
from haccpline.cli_site import SiteOption
from haccpline.plans_in_force import plans_in_force
from haccpline.site import load_site, named_series
from haccpline.store import Store
from ledger.calibration import enter_calibration
from readings.errors import HaccplineError
from readings.times import format_time, parse_time
from rules.plan_check import load_plan


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    calibration = typer.Typer(no_args_is_help=True, help="Calibrations: enter one, list what is due.")
    calibration.command("enter")(calibration_enter)
    calibration.command("list")(calibration_list)
    app.add_typer(calibration, name="calibration")


def calibration_enter(
    series: Annotated[str, typer.Argument(help="line/sensor or line/sensor/point", show_default=False)],
    who: Annotated[str, typer.Option(help="Your id.")],
    found: Annotated[str, typer.Option(help="What it showed less the reference, as found: 0.05 mg/L.")],
    reference: Annotated[str, typer.Option(help="The instrument or method it was held against.")],
    left: Annotated[str, typer.Option(help="Likewise as it was left; else as found.")] = "",
    certificate: Annotated[str, typer.Option(help="Its number.")] = "",
    remark: Annotated[str, typer.Option(help="What else there is to say.")] = "",
    performed: Annotated[str, typer.Option(help="When, with its offset; else now.")] = "",
    site: SiteOption = Path("site.yaml"),
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read it from standard input.")
    ] = False,
) -> None:
    """Enter a calibration. Your password signs it. One beyond the plan's tolerance is looked back on.

    Example: haccpline calibration enter cold-3/air/CS1.1 --who ann --found "-0.4 K" --left "0.0 K" --reference PT-7
    """
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    named, now = named_series(series), time.time_ns()
    at = parse_time(performed) if performed else now
    ledger = store.ledger(read_only=True)
    held = plans_in_force(ledger).get(named.line)
    if held is None:
        raise HaccplineError(f"there is no line {named.line} in the record of {loaded.file.site}")
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else str(typer.prompt("password", hide_input=True))
    )
    plan = load_plan(held.texts[held.force], named.line)
    full = f"{named.line}/{named.sensor}/{named.point}"
    known = (each for each in due_calibrations(ledger, [plan], now) if each.series == full)
    last = next((each.last.performed for each in known if each.last is not None), None)
    act = enter_calibration(
        store.people(),
        plan=plan,
        sensor=named.sensor,
        point=named.point,
        found=found,
        left=left,
        performed=at,
        entered={"reference": reference, "certificate": certificate, "remark": remark},
        who=who,
        password=password,
        now=now,
        last=last,
    )
    store.inbox().put(act)
    outcome = "passed" if act.body["passed"] else "failed: every verdict since the last pass is decided again"
    typer.echo(
        f"{act.body['calibration']} is entered: it {outcome}; the record process takes it into the ledger"
    )


def calibration_list(site: SiteOption = Path("site.yaml")) -> None:
    """List the instruments that the plans have calibrated, what is overdue first."""
    loaded = load_site(site)
    ledger = Store(loaded.data, loaded.file.site).ledger(read_only=True)
    plans = [load_plan(held.texts[held.force], line) for line, held in plans_in_force(ledger).items()]
    for each in due_calibrations(ledger, plans, time.time_ns()):
        last = "never entered"
        if each.last is not None:
            body = each.last.body
            passed = "passed" if body["passed"] else "failed"
            last = f"{body['performed']} {passed} at {body['found']}{', looking back' if each.last.looking_back else ''}"
        due = f"due {format_time(each.due)}" if each.due is not None else f"every {each.check.every or '?'}"
        typer.echo(
            f"{each.series}\t{'OVERDUE, ' if each.overdue else ''}{due}\twithin {each.check.tolerance}\t{last}"
        )
