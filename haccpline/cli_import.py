"""`haccpline import`: a logger's file, taken in as late truth."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.filemap import FileMap
from haccpline.cli_site import SiteOption
from haccpline.site import Site, load_site
from haccpline.text_file import read_text
from readings.errors import HaccplineError
from readings.times import format_time
from rules.strict_model import read_model

if TYPE_CHECKING:
    from haccpline.decision_difference import Difference
    from haccpline.importing import Import

_HEAD = ("sensor", "rows", "known", "new", "too late", "conflicts", "empty", "gaps healed", "from", "to")
_ROWS = 20


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("import")(import_file)


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV (.gz too) or Parquet.", show_default=False)],
    map_: Annotated[
        Path | None, typer.Option("--map", help="Says what the columns of a foreign file mean.")
    ] = None,
    line: Annotated[str | None, typer.Option(help="The plan's line, where the site has several.")] = None,
    who: Annotated[str, typer.Option(help="Who takes it in; it is recorded.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would bring and change, and take nothing.")
    ] = False,
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Take in a logger's file. What the site has already is known and left; what is new is back-fill, and late truth.

    Where file and site differ, the site's value stands, and the difference is told. Exits 1 where they do.

    Example: haccpline import logger.csv --map logger-map.yaml --dry-run
    """
    from haccpline.importing import changed_verdicts, hand_over, read_import

    if not (who.strip() or dry_run):
        raise HaccplineError("say who takes it in, with --who, or look first, with --dry-run")
    loaded = load_site(site)
    mapping = read_model(FileMap, read_text(map_), str(map_))[0] if map_ is not None else None
    brought = read_import(loaded, file, mapping=mapping, line=line, now=time.time_ns())
    _tell(brought)
    if dry_run:
        _tell_changes(changed_verdicts(loaded, brought))
        typer.echo("nothing was taken: this was a dry run")
    else:
        _taken(loaded, hand_over(loaded, brought, who=who.strip(), now=time.time_ns()))
    if brought.count("conflicts"):
        raise typer.Exit(1)


def _tell(brought: Import) -> None:
    rows = [
        (
            str(each.series).partition("/")[2],
            *(f"{count:,}" for count in (each.rows, each.known, each.new, each.late, each.conflicts)),
            f"{each.empty:,}",
            f"{each.healed:,}",
            format_time(each.first),
            format_time(each.last),
        )
        for each in brought.found
    ]
    widths = [max(len(row[place]) for row in (_HEAD, *rows)) for place in range(len(_HEAD))]
    typer.echo(f"{brought.path.name}, for the line {brought.line}")
    for row in (_HEAD, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if brought.fresh.states or brought.states_known:
        typer.echo(f"texts: {brought.states_known:,} known, {len(brought.fresh.states):,} new")
    for each in brought.found:
        for other in each.shown:
            typer.echo(
                f"conflict: {each.series} at {format_time(other.time)}: {other.here:g} stands, the file has"
                f" {other.there:g}"
            )
        if each.conflicts > len(each.shown):
            typer.echo(f"conflict: {each.series}: and {each.conflicts - len(each.shown):,} more")
    if not brought.ended:
        typer.echo(
            "the last line has no end: the file may have been cut, and its last value with it; look at the logger's"
        )
    if brought.count("late"):
        typer.echo(
            f"{brought.count('late'):,} new readings come too late to decide anything by the plan (reorder,"
            " backfill_up_to): they are archived and shown"
        )


def _tell_changes(changes: list[Difference]) -> None:
    from haccpline.plan_diff_words import difference_row

    counts = Counter(each.what for each in changes)
    told = ", ".join(
        f"{counts[what]:,} {what}" for what in ("appears", "vanishes", "changes") if counts[what]
    )
    typer.echo(f"decided otherwise: {told or 'nothing'}")
    for each in changes[:_ROWS]:
        ccp, limit, unit, what, old, new, _ = difference_row(each)
        typer.echo(f"  {ccp} {limit} {unit}: {what}: {old or 'nothing'} -> {new or 'nothing'}")
    if len(changes) > _ROWS:
        typer.echo(f"  and {len(changes) - _ROWS:,} more")


def _taken(loaded: Site, count: int) -> None:
    if not count:
        typer.echo("nothing is new")
        return
    typer.echo(f"{count:,} are handed over; the record process of {loaded.file.site} takes them")
