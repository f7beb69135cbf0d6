"""Commands about API keys: for programs that read or hand in readings. None of them acts or signs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from gateway.http_settings import HttpSource
from haccpline.cli_site import SiteOption
from haccpline.site import load_site
from haccpline.store import Store
from ledger.api_keys import ApiKeys
from readings.errors import HaccplineError


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    keys = typer.Typer(no_args_is_help=True, help="API keys of programs. None of them acts or signs.")
    keys.command("add")(keys_add)
    keys.command("list")(keys_list)
    keys.command("revoke")(keys_revoke)
    app.add_typer(keys, name="keys")


def keys_add(
    name: Annotated[str, typer.Argument(help="What it is for.", show_default=False)],
    scope: Annotated[str, typer.Option(help="read or ingest.")] = "read",
    source: Annotated[
        str, typer.Option(help="With ingest: the source of the site file that it hands in to.")
    ] = "",
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Make an API key. It is shown once: only its hash is kept. An ingest key may hand in to one source, and nothing else.

    Examples: haccpline keys add "MES" --scope read, haccpline keys add "cameras" --scope ingest --source cameras
    """
    known = [each.name for each in load_site(site).file.sources if isinstance(each, HttpSource)]
    if scope == "ingest" and source not in known:
        raise HaccplineError(
            "an ingest key hands in to a source of the site file with http; name it with --source: "
            + (", ".join(known) or "there is none")
        )
    keys = _keys(site)
    key, token = keys.add(name=name, scope=scope, now=time.time_ns(), source=source)
    typer.echo(token)
    bound = f" to {source}" if source else ""
    typer.echo(
        f"{key.id} ({key.name}) may {key.scope}{bound}; this is shown once, keep it like a password", err=True
    )


def keys_list(site: SiteOption = Path("site.yaml")) -> None:
    """List the API keys, those revoked included."""
    for key in _keys(site).all():
        state = "" if key.active else "\trevoked"
        bound = f" {key.source}" if key.source else ""
        typer.echo(f"{key.id}\t{key.scope}{bound}\t{key.name}{state}")


def keys_revoke(
    key: Annotated[str, typer.Argument(help="Its id, as listed.", show_default=False)],
    site: SiteOption = Path("site.yaml"),
) -> None:
    """Let an API key work no longer, at once."""
    _keys(site).withdraw(key)
    typer.echo(f"{key} is revoked")


def _keys(site: Path) -> ApiKeys:
    loaded = load_site(site)
    store = Store(loaded.data, loaded.file.site)
    store.make()
    return ApiKeys(store.folder / "people.db")
