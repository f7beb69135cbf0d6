"""Commands about notices: what was sent and how it went, and tests that reach a person."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from haccpline.cli_site import SiteOption
from haccpline.site import Site, load_site
from readings.errors import HaccplineError
from readings.times import format_time

if TYPE_CHECKING:
    from dashboards.notices.outbox import Outbox
    from dashboards.notices.settings import NoticeSettings
    from dashboards.notices.trial import Tried


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    notices = typer.Typer(no_args_is_help=True, help="Who was told of what, and whether it arrived.")
    notices.command("list")(notices_list)
    notices.command("test")(notices_test)
    notices.command("alarm")(notices_alarm)
    app.add_typer(notices, name="notices")


def notices_list(
    site: SiteOption = Path("site.yaml"),
    case: Annotated[str | None, typer.Option(help="Only of this case.")] = None,
    limit: Annotated[int, typer.Option(help="The newest so many.")] = 50,
) -> None:
    """List notices, newest first: when, how it went, to whom, by what, what it said."""
    from dashboards.notices.delivery import read_outbox

    for each in read_outbox(load_site(site).data, case=case, limit=limit):
        trouble = f" ({each.detail})" if each.detail else ""
        typer.echo(
            f"{format_time(each.made)}\t{each.state}, tried {each.attempts}x{trouble}\t{each.item.person}"
            f"\t{each.item.channel}\t{each.text}"
        )


def notices_test(
    channel: Annotated[str, typer.Argument(help="As the site file names it.", show_default=False)],
    person: Annotated[
        str | None, typer.Option("--to", help="One person; else all who are reached by it.")
    ] = None,
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Send a test message by a channel; sounds a siren. The message says that it is a test. Exits 1 if any failed.

    Example: haccpline notices test wecom --to "food safety officer"
    """
    from dashboards.notices.trial import try_channel

    loaded = load_site(site)
    plan = next(iter(loaded.plans.values()))[0]
    _try(
        loaded,
        lambda settings, mark: try_channel(
            settings, channel, plan=plan, mark=mark, now=time.time_ns(), person=person
        ),
    )


def notices_alarm(
    line: Annotated[str, typer.Argument(help="The line.", show_default=False)],
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Tell everybody who hears first when something happens on a line, as a test. Exits 1 if any was not reached."""
    from dashboards.notices.trial import try_alarm

    loaded = load_site(site)
    if line not in loaded.plans:
        raise HaccplineError(f"no line {line}; there are {', '.join(loaded.plans)}")
    plan = loaded.plans[line][0]
    _try(loaded, lambda settings, mark: try_alarm(settings, plan, mark=mark, now=time.time_ns()))


def _try(
    site: Site,
    attempt: Callable[[NoticeSettings, Outbox], Coroutine[Any, Any, list[Tried]]],
) -> None:
    from dashboards.notices.outbox import Outbox

    if site.file.notices is None:
        raise HaccplineError(f"{site.path} says nothing of whom notices reach (notices)")
    site.data.mkdir(parents=True, exist_ok=True)
    tried = asyncio.run(attempt(site.file.notices, Outbox(site.data)))
    for each in tried:
        to = each.person or "whoever hears it"
        typer.echo(
            f"{each.channel} to {to}: {f'NOT DELIVERED: {each.trouble}' if each.trouble else 'delivered'}"
        )
    if not tried or any(each.trouble for each in tried):
        raise typer.Exit(1)
