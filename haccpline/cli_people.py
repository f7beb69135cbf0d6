"""Commands about people and cases."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from haccpline import cli_keys
from haccpline.cli_site import SiteOption
from haccpline.site import load_site
from haccpline.store import Store
from ledger.entering import enter_action
from ledger.open_cases import open_cases
from readings.errors import HaccplineError
from readings.inputs import Act
from readings.times import format_time


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    people = typer.Typer(no_args_is_help=True, help="Who may enter and sign.")
    people.command("add")(people_add)
    people.command("list")(people_list)
    people.command("password")(people_password)
    people.command("leave")(people_leave)
    app.add_typer(people, name="people")
    cases = typer.Typer(
        no_args_is_help=True, help="Deviations and monitoring losses, and what is done about them."
    )
    cases.command("list")(case_list)
    cases.command("act")(case_act)
    app.add_typer(cases, name="case")
    cli_keys.add_to(app)


def people_add(
    who: Annotated[
        str, typer.Argument(help="A short id, never given to another person.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="As printed under what they sign.")],
    role: Annotated[
        list[str], typer.Option(help="operator, qa, engineer, auditor, regulator; may be repeated.")
    ],
    site: SiteOption = Path("site.yaml"),
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Enter a person. The password is asked for twice; there is no default one.

    Example: haccpline people add ann --name "Ann Li" --role qa
    """
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    store.make()
    people = store.people()
    person = people.add(
        id=who, name=name, roles=role, password=_password(password_stdin, twice=True), now=time.time_ns()
    )
    store.inbox().put(
        Act(
            time=time.time_ns(),
            kind="person.added",
            body={"id": person.id, "name": person.name, "roles": list(person.roles)},
        )
    )
    typer.echo(f"{person.name} ({person.id}) may sign as {', '.join(person.roles)}")


def people_list(site: SiteOption = Path("site.yaml")) -> None:
    """List who there is."""
    loaded = load_site(site)
    for person in Store(loaded.data, loaded.file.site).people().all():
        left = "" if person.active else "\tleft"
        typer.echo(f"{person.id}\t{person.name}\t{', '.join(person.roles)}{left}")


def people_password(
    who: Annotated[str, typer.Argument(help="Their id.", show_default=False)],
    site: SiteOption = Path("site.yaml"),
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read it from standard input.")
    ] = False,
) -> None:
    """Give a person a new password and end a lock-out."""
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    store.people().set_password(who, _password(password_stdin, twice=True))
    store.inbox().put(Act(time=time.time_ns(), kind="person.password", body={"id": who}))
    typer.echo(f"{who} has a new password")


def people_leave(
    who: Annotated[str, typer.Argument(help="Their id.", show_default=False)],
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Let a person sign in no longer. What they signed stays; their id is never given to another."""
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    store.people().set_active(who, False)
    store.inbox().put(Act(time=time.time_ns(), kind="person.left", body={"id": who}))
    typer.echo(f"{who} can no longer sign in")


def case_list(site: SiteOption = Path("site.yaml")) -> None:
    """List the cases that are not over, oldest first."""
    loaded = load_site(site)
    ledger = Store(loaded.data, loaded.file.site).ledger(read_only=True)
    for case in open_cases(ledger).values():
        condition = "returned" if case.returned else "active"
        typer.echo(
            f"{case.id}\t{case.stage}\t{condition}\t{', '.join(case.kinds)}\t{case.line} {case.ccp} {case.unit}"
            f"\tsince {format_time(case.opened)}"
        )


def case_act(
    action: Annotated[
        str,
        typer.Argument(help="acknowledge, contain, correct, dispose, note, close, void", show_default=False),
    ],
    case: Annotated[str, typer.Argument(help="Its id, as listed.", show_default=False)],
    who: Annotated[str, typer.Option(help="Your id.")],
    entry: Annotated[
        list[str] | None,
        typer.Option("--set", help="name=text, as the action needs; lots=L1,L2. May be repeated."),
    ] = None,
    site: SiteOption = Path("site.yaml"),
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read it from standard input.")
    ] = False,
) -> None:
    """Act on a case. Your password is asked for each time; some actions are signed with it.

    Example: haccpline case act contain 1f2e3d4c5b6a7988 --who ann --set lots=L1 --set correction="moved to CS2"
    """
    entered: dict[str, object] = {}
    for each in entry or []:
        name, separator, text = each.partition("=")
        if not separator:
            raise HaccplineError(f"{each!r}: write name=text")
        entered[name] = [lot.strip() for lot in text.split(",") if lot.strip()] if name == "lots" else text
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    act = enter_action(
        store.ledger(read_only=True),
        store.people(),
        action=action,
        case=case,
        who=who,
        password=_password(password_stdin, twice=False),
        entered=entered,
        now=time.time_ns(),
    )
    store.inbox().put(act)
    typer.echo(f"{action} is entered; the record process takes it into the ledger")


def _password(from_stdin: bool, *, twice: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("password", hide_input=True, confirmation_prompt=twice))
