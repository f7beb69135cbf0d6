"""Commands for Grafana: build the tree that it is provisioned from, or bring it there over its API."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from haccpline.cli_site import SiteOption
from haccpline.site import Site, load_site
from haccpline.text_file import read_text
from readings.errors import HaccplineError

if TYPE_CHECKING:
    from dashboards.grafana.data_source import Reader
    from dashboards.grafana.shown import Shown


class Lang(StrEnum):
    """Languages that dashboards speak."""

    ZH = "zh"
    EN = "en"


LangOption = Annotated[Lang, typer.Option("--lang", help="Language of all names.")]
PagesOption = Annotated[
    str | None,
    typer.Option("--pages", help="Address of haccpline's pages, for links; as in `serve` if left out."),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    grafana = typer.Typer(
        no_args_is_help=True,
        help="Dashboards and dead-man alerts for Grafana. It shows, and judges no limit.",
    )
    grafana.command("build")(grafana_build)
    grafana.command("environment")(grafana_environment)
    grafana.command("push")(grafana_push)
    app.add_typer(grafana, name="grafana")


def grafana_build(
    folder: Annotated[Path, typer.Argument(help="New, empty, or built before.", show_default=False)],
    site: SiteOption = Path("site.yaml"),
    lang: LangOption = Lang.EN,
    pages: PagesOption = None,
    mounted: Annotated[
        str, typer.Option(help="Where Grafana will find the folder `dashboards` of the tree.")
    ] = "/var/lib/grafana/haccpline/dashboards",
) -> None:
    """Write what Grafana is provisioned from: data source, dashboards, dead-man alerts, and a page that says how.

    The same plans give the same bytes. What somebody else put or changed in the folder is never written over.

    Example: haccpline grafana build grafana --site examples/cold_store/site.yaml --lang zh
    """
    from dashboards.grafana.folder import write_tree
    from dashboards.grafana.tree import tree

    loaded = load_site(site)
    shown, reader = _shown(loaded, lang, pages), _reader(loaded)
    files = tree(shown, reader, mounted=mounted)
    changed = write_tree(folder, files)
    typer.echo(
        f"{len(files)} files in {folder}, {len(changed)} changed; {folder / 'README.txt'} says how to go on"
    )
    _tell_without_copy(loaded)


def grafana_environment(
    folder: Annotated[Path, typer.Argument(help="New or empty.", show_default=False)],
    wheels: Annotated[
        Path | None, typer.Option(help="Folder with the packages, where there is no internet.")
    ] = None,
) -> None:
    """Make the environment in which `push` runs: grafana-client must not come near haccpline's own packages.

    Example: haccpline grafana environment grafana-environment
    """
    from dashboards.grafana.environment import locked, make_environment

    made = make_environment(folder, wheels=wheels)
    typer.echo(f"{folder}: grafana-client {locked()}" + ("" if made else ", there already"))


def grafana_push(
    url: Annotated[str, typer.Option(help="Of Grafana, such as http://localhost:3000.", show_default=False)],
    token_file: Annotated[
        Path, typer.Option(help="Holds a service account's token and nothing else.", show_default=False)
    ],
    environment: Annotated[
        Path, typer.Option(help="Made by `haccpline grafana environment`.", show_default=False)
    ],
    site: SiteOption = Path("site.yaml"),
    lang: LangOption = Lang.EN,
    pages: PagesOption = None,
    influxdb_url: Annotated[
        str | None, typer.Option(help="Of InfluxDB as Grafana reaches it; as in the site file if left out.")
    ] = None,
    influxdb_user: Annotated[
        str | None, typer.Option(help="User of InfluxDB 1.x that may read, where it asks for one.")
    ] = None,
    influxdb_secret_file: Annotated[
        Path | None,
        typer.Option(help="Its password, or a token that may read. Left out, what Grafana has is kept."),
    ] = None,
) -> None:
    """Bring data source, folder, dashboards and dead-man alerts to a Grafana over its API, and say what was done.

    A second time nothing changes. Dashboards of lines that are no more are not removed.

    Example: haccpline grafana push --url http://localhost:3000 --token-file token --environment grafana-environment
    """
    from dashboards.grafana import alerting
    from dashboards.grafana.data_source import data_source
    from dashboards.grafana.environment import run_push
    from dashboards.grafana.tree import dashboards

    if "@" in url:
        raise HaccplineError("leave user and password out of --url; a token goes into --token-file")
    loaded = load_site(site)
    shown = _shown(loaded, lang, pages)
    reader = _reader_now(loaded, influxdb_url, influxdb_user, influxdb_secret_file)
    given: dict[str, Any] = {
        "url": url,
        "token": _secret(token_file),
        "source": data_source(reader),
        "folder": alerting.folder(shown),
        "dashboards": list(dashboards(shown).values()),
        "group": alerting.rule_group(shown),
    }
    done = run_push(environment, given)
    typer.echo(done.stdout, nl=False)
    if done.returncode != 0:
        raise HaccplineError(done.stderr.strip() or f"the push ended with code {done.returncode}")
    _tell_without_copy(loaded)


def _shown(site: Site, lang: Lang, pages: str | None) -> Shown:
    from dashboards.grafana.shown import Shown

    serve = site.file.serve
    scheme = "https" if serve.tls is not None else "http"
    host = f"[{serve.host}]" if ":" in serve.host else serve.host
    address = serve.public_url or f"{scheme}://{host}:{serve.port}"
    plans = tuple(plan for plan, _, _ in site.plans.values())
    return Shown(site.file.site, plans, lang.value, (pages if pages is not None else address).rstrip("/"))


def _reader(site: Site) -> Reader:
    """How Grafana comes at the copy, by the way in which it is written."""
    from dashboards.grafana.data_source import Reader

    influxdb = site.file.influxdb
    if influxdb is None:
        return Reader("haccpline")
    if influxdb.token_file is not None:
        return Reader(influxdb.database, "token")
    return Reader(influxdb.database, "password" if influxdb.username is not None else "none")


def _reader_now(site: Site, url: str | None, user: str | None, secret: Path | None) -> Reader:
    from dataclasses import replace

    influxdb = site.file.influxdb
    address = url or (influxdb.address if influxdb is not None else None)
    if address is None:
        raise HaccplineError(f"{site.path} has no influxdb section; say where it is: --influxdb-url")
    reader = _reader(site)
    if user is not None:
        reader = replace(reader, login="password")
    if reader.login == "password" and user is None:
        raise HaccplineError("InfluxDB asks for a user: name one that may only read, --influxdb-user")
    if secret is not None and reader.login == "none":
        reader = replace(reader, login="token")
    return replace(reader, url=address, user=user or "", secret=_secret(secret) if secret is not None else "")


def _secret(path: Path) -> str:
    found = read_text(path).strip()
    if not found or "\n" in found:
        raise HaccplineError(f"{path} must hold one secret on one line, and nothing else")
    return found


def _tell_without_copy(site: Site) -> None:
    if site.file.influxdb is None:
        typer.echo(
            f"{site.path} has no influxdb section: nothing is written that these dashboards could show",
            err=True,
        )
