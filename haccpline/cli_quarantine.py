"""Commands for the quarantine: what could not become a reading, and what InfluxDB refused."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from haccpline.cli_site import SiteOption
from haccpline.site import Site, load_site
from haccpline.store import Store
from ingest.errors import QuarantineError, StoreError
from ingest.journal import SqliteJournal
from ingest.quarantine import Item, Outcome, Quarantine, Side
from readings.errors import HaccplineError
from readings.times import format_time

_PATIENCE = 60.0  # seconds for the record process to try an item
NumberArgument = Annotated[int, typer.Argument(help="As listed.")]
WhoOption = Annotated[str, typer.Option(help="Who decides it.")]
ReasonOption = Annotated[str, typer.Option(help="Why, in a sentence; it is kept with the item.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    quarantined = typer.Typer(
        no_args_is_help=True, help="What could not become a reading, or a point in InfluxDB."
    )
    quarantined.command("list")(list_items)
    quarantined.command("show")(show)
    quarantined.command("retry")(retry)
    quarantined.command("drop")(drop)
    app.add_typer(quarantined, name="quarantine")


def list_items(
    site: SiteOption = Path("site.yaml"),
    everything: Annotated[bool, typer.Option("--all", help="Settled items too.")] = False,
    side: Annotated[
        Side | None, typer.Option(help="Only messages (reading) or only what InfluxDB refused (copy).")
    ] = None,
) -> None:
    """List what is set aside: number, time, side, what was decided, source, reason."""
    quarantine = _opened(load_site(site))
    items = list(_all(quarantine, side, settled=False))
    items += _all(quarantine, side, settled=True) if everything else []
    for item in sorted(items, key=lambda item: item.id):
        what, outcome = item.what, item.outcome or "waits"
        typer.echo(
            f"{item.id}\t{format_time(what.time)}\t{item.side}\t{outcome}\t{what.source}\t{what.reason}"
        )


def show(number: NumberArgument, site: SiteOption = Path("site.yaml")) -> None:
    """Show one item: where it came from, when, why it is here, what was decided; then its payload, verbatim."""
    item = _opened(load_site(site)).item(number)
    what = item.what
    origin = f" (source {what.origin})" if what.origin else ""
    typer.echo(f"{what.source}{origin}\n{format_time(what.time)}\n{what.reason}")
    if item.outcome is not None:
        typer.echo(f"{item.outcome} by {item.who} at {format_time(item.settled or 0)}: {item.why}")
    elif item.answer:
        typer.echo(f"tried again, and refused: {item.answer}")
    typer.echo("")
    typer.echo(what.payload)


def retry(
    numbers: Annotated[list[int] | None, typer.Argument(help="As listed.")] = None,
    who: WhoOption = "",
    reason: ReasonOption = "",
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits.")] = False,
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Try items again: a message is read by the mapping of the site file as it is now, a copy is sent once more.

    What is taken is settled, with who and why; what is refused again stays, and the reason is said. Exits 1 if any stays.
    The mapping is that of the record process: start it again after a change, or stop it before this.

    Example: haccpline quarantine retry 17 18 --who li --reason "mapping of the new loggers corrected"
    """
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    os.chdir(site.resolve().parent)  # files named in the site file are found from its folder
    if everything == bool(numbers):
        raise HaccplineError("name the numbers of the items, or say --all, one of them")
    there = _opened(loaded)
    chosen = numbers or [item.id for item in _all(there, None, settled=False)]
    journal = store.journal()
    try:
        for number in chosen:
            journal.quarantined.ask(number, who=who, why=reason)
        items = _tried(loaded, store, journal, chosen)
    finally:
        journal.close()
    for item in items:
        typer.echo(f"{item.id} was taken" if item.outcome else f"{item.id} stays: {item.answer}")
    if any(item.outcome is None for item in items):
        raise typer.Exit(1)


def drop(
    numbers: Annotated[list[int], typer.Argument(help="As listed.")],
    who: WhoOption = "",
    reason: ReasonOption = "",
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Settle items without using them; they are kept, with who and why.

    Example: haccpline quarantine drop 17 --who li --reason "a test message of the commissioning"
    """
    loaded = load_site(site)
    _opened(loaded)  # where nothing was ever recorded there is nothing to settle, and no journal to begin
    journal = Store(loaded.data, loaded.file.site).journal()
    try:
        for number in numbers:
            journal.quarantined.settle(number, outcome=Outcome.DISCARDED, who=who, why=reason)
            typer.echo(f"{number} is settled")
    finally:
        journal.close()


def _tried(loaded: Site, store: Store, journal: SqliteJournal, numbers: list[int]) -> list[Item]:
    """The items, each tried: by us, or by the record process, if it runs."""
    try:
        journal.own()
    except StoreError:
        deadline = time.monotonic() + _PATIENCE
        while True:
            items = _items(journal, numbers)
            if all(item.asked_by is None for item in items):
                return items
            if time.monotonic() > deadline:
                raise QuarantineError(
                    "the record process has not tried them yet; it will: look with `haccpline quarantine list --all`"
                ) from None
            time.sleep(0.1)
    asyncio.run(_try_here(loaded, store, journal))
    return _items(journal, numbers)


async def _try_here(loaded: Site, store: Store, journal: SqliteJournal) -> None:
    from gateway.again import ReadAgain
    from ingest.influx import InfluxWriter
    from ingest.intake import Clock
    from ingest.retries import Retries
    from ingest.transport import transport

    store.archive(journal)  # it is asked what is known already
    writer = None
    if loaded.file.influxdb is not None:
        writer = InfluxWriter(journal, transport(loaded.file.influxdb), [])
    try:
        read, clock = ReadAgain(loaded.file.sources, loaded.units()), Clock(loaded.file.clock)
        await Retries(journal, read, writer, clock=clock).work()
    finally:
        if writer is not None:
            await writer.close()


def _items(journal: SqliteJournal, numbers: list[int]) -> list[Item]:
    return [journal.quarantined.item(number) for number in numbers]


def _all(quarantine: Quarantine, side: Side | None, *, settled: bool) -> list[Item]:
    found: list[Item] = []
    while page := quarantine.items(side=side, settled=settled, after=found[-1].id if found else 0):
        found += page
    return found


def _opened(loaded: Site) -> Quarantine:
    """For reading; the process ends soon."""
    return Store(loaded.data, loaded.file.site).journal(read_only=True).quarantined
