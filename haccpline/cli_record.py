"""Commands for the record: export, prove, quarantine, backup, restore."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from haccpline.cli_site import SiteOption
from haccpline.site import load_site
from haccpline.store import Store
from ingest.quarantine import Quarantine
from readings.errors import HaccplineError
from readings.times import format_time, parse_time


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(export)
    app.command()(prove)
    app.command()(key)
    app.command()(backup)
    app.command()(restore)
    quarantined = typer.Typer(
        no_args_is_help=True, help="What could not become a reading, or a point in InfluxDB."
    )
    quarantined.command("list")(quarantine_list)
    quarantined.command("show")(quarantine_show)
    quarantined.command("redrive")(quarantine_redrive)
    quarantined.command("discard")(quarantine_discard)
    app.add_typer(quarantined, name="quarantine")


def export(
    package: Annotated[Path, typer.Argument(help="The package to write, *.zip.", show_default=False)],
    site: SiteOption = Path("site.yaml"),
    start: Annotated[str | None, typer.Option("--from", help="Begin of the period, RFC 3339.")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="End of the period, not included, RFC 3339.")
    ] = None,
    line: Annotated[
        list[str] | None, typer.Option(help="Only this line; may be given more than once.")
    ] = None,
) -> None:
    """Write a package that anyone can prove without us: records, readings, plan, proofs, and prove.py.

    Without a period: everything. Works while the site is recorded and while it is not.

    Example: haccpline export october.zip --from 2026-10-01T00:00:00+08:00 --to 2026-11-01T00:00:00+08:00
    """
    from haccpline.export import export_package

    made = export_package(
        load_site(site),
        package,
        start=parse_time(start) if start else None,
        end=parse_time(end) if end else None,
        lines=line or None,
    )
    typer.echo(f"{made.path}: records {made.records}, readings {made.readings}, segments {made.segments}")
    for name, count in made.unsealed.items():
        if count:
            typer.echo(f"not enclosed: {count} readings of {name} that are not sealed yet")
    typer.echo("proven as its reader will prove it: haccpline prove, or python prove.py with Python alone")


def prove(
    package: Annotated[
        Path, typer.Argument(help="A package, or the folder it was unpacked into.", show_default=False)
    ],
    key: Annotated[
        Path | None, typer.Option(help="The site's public key, from elsewhere than the package.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Decide again from the enclosed readings.")
    ] = False,
) -> None:
    """Prove a package: print what holds and what cannot be proven; exit 1 naming the first thing that does not hold.

    The same can be done without this program: unpack it and run `python prove.py`.
    """
    from haccpline.proving import prove_package

    if not prove_package(package, key=key, replay=replay):
        raise typer.Exit(1)


def key(site: SiteOption = Path("site.yaml")) -> None:
    """Print the site's public key and its fingerprint: give both to whoever will prove packages, by another way."""
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    store.make()
    public = store.key().public
    typer.echo(public.text)
    typer.echo(f"fingerprint {public.fingerprint}", err=True)


def quarantine_list(
    site: SiteOption = Path("site.yaml"),
    everything: Annotated[bool, typer.Option("--all", help="Settled items too.")] = False,
) -> None:
    """List what is set aside: number, time, side, what was decided, source, reason."""
    quarantine = _quarantine(site)
    items = quarantine.items() + (quarantine.items(settled=True) if everything else [])
    for item in sorted(items, key=lambda item: item.id):
        what, outcome = item.what, item.outcome or "waits"
        typer.echo(
            f"{item.id}\t{format_time(what.time)}\t{item.side}\t{outcome}\t{what.source}\t{what.reason}"
        )


def quarantine_show(
    number: Annotated[int, typer.Argument(help="As listed.")], site: SiteOption = Path("site.yaml")
) -> None:
    """Show one item with its payload, verbatim."""
    what = _quarantine(site).item(number).what
    typer.echo(f"{what.source}\n{format_time(what.time)}\n{what.reason}\n")
    typer.echo(what.payload)


def quarantine_redrive(
    number: Annotated[int, typer.Argument(help="As listed.")],
    who: Annotated[str, typer.Option(help="Who does it.")],
    why: Annotated[str, typer.Option(help="Why it will be taken now.")],
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Send a point that InfluxDB refused once more."""
    import asyncio

    from ingest.influx import InfluxWriter
    from ingest.transport import transport

    loaded = load_site(site)
    os.chdir(site.resolve().parent)  # files named in the site file are found from its folder
    if loaded.file.influxdb is None:
        raise HaccplineError(f"{site} has no influxdb: there is nowhere to send it")
    journal = Store(loaded.data, loaded.file.site).journal()
    try:
        writer = InfluxWriter(journal, transport(loaded.file.influxdb), [])
        item = asyncio.run(writer.redrive(number, who=who, why=why))
    finally:
        journal.close()
    typer.echo(f"{item.id} was taken")


def quarantine_discard(
    number: Annotated[int, typer.Argument(help="As listed.")],
    who: Annotated[str, typer.Option(help="Who does it.")],
    why: Annotated[str, typer.Option(help="Why it is not needed.")],
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Settle an item without using it; it is kept, with who and why."""
    from ingest.quarantine import Outcome

    loaded = load_site(site)
    journal = Store(loaded.data, loaded.file.site).journal()
    try:
        journal.quarantined.settle(number, outcome=Outcome.DISCARDED, who=who, why=why)
    finally:
        journal.close()
    typer.echo(f"{number} is settled")


def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder for the copy.", show_default=False)],
    site: SiteOption = Path("site.yaml"),
    with_key: Annotated[bool, typer.Option("--with-key", help="Copy the site's private key too.")] = False,
) -> None:
    """Copy everything that is kept, while the site runs; the copy is checked before it is called one.

    The private key is left out unless asked for: keep it elsewhere.
    """
    from haccpline.backup import back_up

    loaded = load_site(site)
    for line in back_up(Store(loaded.data, loaded.file.site), folder, with_key=with_key):
        typer.echo(line)


def restore(
    folder: Annotated[Path, typer.Argument(help="A backup.", show_default=False)],
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Put a backup in place of a site's data. Refuses where there is data, and a backup that does not hold."""
    from haccpline.backup import put_back

    loaded = load_site(site)
    for line in put_back(folder, Store(loaded.data, loaded.file.site)):
        typer.echo(line)


def _quarantine(site: Path) -> Quarantine:
    """Opened for reading; the process ends soon."""
    loaded = load_site(site)
    return Store(loaded.data, loaded.file.site).journal(read_only=True).quarantined
