"""Commands that keep a site going: run it, look at its health."""

from __future__ import annotations

import asyncio
import faulthandler
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from haccpline.site import Site, load_site
from haccpline.store import Store
from readings.errors import HaccplineError
from readings.times import format_time

if TYPE_CHECKING:
    from dashboards.views.silent_ends import SilentEnd

SiteOption = Annotated[Path, typer.Option(help="The site file.", show_default=True)]
InsecureOption = Annotated[
    bool,
    typer.Option(
        "--insecure-http",
        help="Serve an address that others can reach without TLS, with a warning on every page.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(run)
    app.command(hidden=True)(record)
    app.command(hidden=True)(serve)
    app.command()(health)


def run(site: SiteOption = Path("site.yaml"), insecure_http: InsecureOption = False) -> None:
    """Record and serve a site, under one supervisor that starts each again when it ends.

    Readings are acknowledged when they are durable; kill it at any moment and start it again. Stops on Ctrl-C or SIGTERM.

    Example: haccpline run --site examples/cold_store/site.yaml
    """
    from haccpline.supervisor import supervise

    load_site(site).file.serve.guarded(insecure_http=insecure_http)
    raise typer.Exit(supervise(site, serve=["--insecure-http"] if insecure_http else []))


def record(site: SiteOption = Path("site.yaml")) -> None:
    """Record a site without serving it: gateway, journal, archive, copy, clerk."""
    from haccpline.logs import log_to_stderr
    from haccpline.orphans import end_with_parent
    from haccpline.record import record as record_site

    log_to_stderr()
    faulthandler.register(signal.SIGUSR1)  # says on standard error where every thread is
    loaded = load_site(site.resolve())
    os.chdir(loaded.path.parent)  # files named in the site file are found from its folder
    end_with_parent()
    asyncio.run(record_site(loaded))


def serve(site: SiteOption = Path("site.yaml"), insecure_http: InsecureOption = False) -> None:
    """Serve pages and the API of a site that is recorded by another process."""
    from dashboards.web.server import serve_site
    from gateway.posted import Posts
    from haccpline.export import exporter_of
    from haccpline.logs import log_to_stderr
    from haccpline.orphans import end_with_parent

    log_to_stderr()
    end_with_parent()
    loaded = load_site(site.resolve())
    os.chdir(loaded.path.parent)  # files named in the site file are found from its folder
    settings = loaded.file.serve.guarded(insecure_http=insecure_http)
    poster = Posts(loaded.file.sources, loaded.units())
    serve_site(loaded.view(), settings, exporter=exporter_of(loaded), poster=poster)


def health(site: SiteOption = Path("site.yaml")) -> None:
    """Print what the record process last said of itself: books, sources, copy, trouble. Exits 1 if all is not well."""
    loaded = load_site(site)
    path = Store(loaded.data, loaded.file.site).health
    said, troubles = read_health(path)
    troubles += _standing(loaded, troubles)
    typer.echo(json.dumps(said, indent=1, ensure_ascii=False))
    for trouble in troubles:
        typer.echo(trouble, err=True)
    if troubles:
        raise typer.Exit(1)


def _standing(site: Site, said: Sequence[str]) -> list[str]:
    """What makes the record not be of now, beside what is said of it already."""
    from dashboards.views.disk import disk_full, full_words
    from dashboards.views.plant import Plant
    from dashboards.views.standing import Doubt

    plant = Plant(site.view())
    try:
        standing = plant.refresh().standing
    finally:
        plant.close()
    words = {
        Doubt.SILENT: "the record process does not speak: it does not run, or cannot write",
        Doubt.NO_JOURNAL: "there is no journal",
        Doubt.NO_READING: "the sources have not given a reading yet, and time is what readings say",
        Doubt.CLOCK: "the machine's clock was set back, and time stands still",
        Doubt.STUCK: "nothing reaches the journal",
        Doubt.UNHEARD: "what reaches the journal is not judged",
    }
    found = []
    full = full_words(site.data)
    if disk_full(site.data) and full not in said:
        found.append(full)
    if standing.doubt in words:
        since = "" if standing.since is None else f" since {format_time(standing.since)}"
        found.append(f"{words[standing.doubt]}{since}: nothing is current")
    return found


def _not_connected(end: SilentEnd, source: dict[str, Any]) -> str:
    since = f" since {format_time(end.since)}" if end.since else ""
    why = f": {source['failure']}" if end.kind == "source" and source["failure"] else ""
    return f"{end.name} is not connected{since}{why}"


def read_health(path: Path) -> tuple[dict[str, Any], list[str]]:
    """What health.json says, and what is not well.

    Raises:
        HaccplineError: it cannot be read.
    """
    from dashboards.views.silent_ends import silent_ends

    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        troubles = [each["words"] for each in said["trouble"]]
        if said["books"]["balance"]:
            troubles.append(f"the books do not balance; readings unaccounted for: {said['books']['balance']}")
        troubles += [_not_connected(end, each) for each in said["sources"] for end in silent_ends(each)]
        if lying := sum(said.get("quarantine", {}).values()):
            troubles.append(f"in quarantine, waiting for a decision: {lying}; haccpline quarantine list")
    except OSError as error:
        raise HaccplineError(f"{path} cannot be read: the site was never recorded") from error
    except (ValueError, KeyError, TypeError) as error:
        raise HaccplineError(f"{path} is not what the record process writes: {error}") from error
    return said, troubles
