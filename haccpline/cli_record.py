"""Commands for the record: export, prove, backup, restore, backfill."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from haccpline.cli_site import SiteOption
from haccpline.site import load_site
from haccpline.store import Store
from readings.errors import HaccplineError
from readings.times import parse_time


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(export)
    app.command()(prove)
    app.command()(key)
    app.command()(backup)
    app.command()(restore)
    app.command("go-on")(go_on_without)
    app.command()(backfill)


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
            typer.echo(f"not enclosed: readings of {name} that are not sealed yet: {count}")
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


def go_on_without(
    who: Annotated[str, typer.Option(help="Who decides it.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence; it is kept.")],
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Go on with a journal that lacks what was acknowledged, where no backup has it. Who decided it is written down.

    Example: haccpline go-on --who li --reason "the disk failed at night, the last backup is older"
    """
    import time

    from ingest.lost import go_on

    loaded = load_site(site)
    store, heard = Store(loaded.data, loaded.file.site), 0
    if (store.folder / "ledger.db").exists():
        ledger = store.ledger(read_only=True)
        heard = ledger.cursor()
        ledger.close()
    lost = go_on(store.folder / "journal.db", who=who, why=reason, now=time.time_ns(), heard=heard)
    typer.echo(f"blocks {lost.first} to {lost.last} are lost; the next one is {lost.last + 1}")


def backfill(
    site: SiteOption = Path("site.yaml"),
    start: Annotated[
        str | None, typer.Option("--from", help="Readings from this time on, RFC 3339; all, if left out.")
    ] = None,
) -> None:
    """Copy to InfluxDB again what is archived: after it was lost, or set up late. The record process does it by and by.

    A point that is there already is the same point. What is new goes first.

    Example: haccpline backfill --from 2026-10-01T00:00:00+08:00
    """
    from ingest.reading_feed import owe_again

    loaded = load_site(site)
    if loaded.file.influxdb is None:
        raise HaccplineError(f"{site} has no influxdb: there is nowhere to copy to")
    journal = Store(loaded.data, loaded.file.site).journal()
    try:
        blocks = owe_again(journal, parse_time(start) if start else None)
    finally:
        journal.close()
    typer.echo(f"blocks to be copied again: {blocks}; `haccpline health` shows how many are owed")


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
