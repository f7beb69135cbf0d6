"""`haccpline grafana build`: from a site file to a folder, in one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from dashboards.grafana.errors import GrafanaError
from haccpline.cli_grafana import add_to

SITE = Path(__file__).parents[3] / "examples" / "cold_store" / "site.yaml"


def build(*words: str) -> Any:
    """Run the command."""
    app = typer.Typer()
    add_to(app)
    app.command()(lambda: None)
    return CliRunner().invoke(app, ["grafana", "build", *words])


def test_builds_and_says_so(tmp_path: Path):
    """Eight files, said where; nothing to write the second time; in Chinese on request."""
    folder = tmp_path / "grafana"
    first = build(str(folder), "--site", str(SITE))
    assert first.exception is None, first.exception
    assert "8 files" in first.stdout
    assert "8 changed" in first.stdout
    assert "README.txt" in first.stdout
    assert "0 changed" in build(str(folder), "--site", str(SITE)).stdout
    build(str(folder), "--site", str(SITE), "--lang", "zh")
    assert (
        json.loads((folder / "dashboards" / "plant.json").read_text("utf-8"))["title"] == "速冻食品厂 · 全厂"
    )


def test_links_lead_where_the_site_is_served(tmp_path: Path):
    """To the address of the site file, or the one given."""
    build(str(tmp_path / "a"), "--site", str(SITE))
    assert "http://127.0.0.1:8600/lines/cold-3" in (tmp_path / "a" / "dashboards" / "plant.json").read_text(
        "utf-8"
    )
    build(str(tmp_path / "b"), "--site", str(SITE), "--pages", "https://haccp.example/")
    assert "https://haccp.example/lines/cold-3" in (tmp_path / "b" / "dashboards" / "plant.json").read_text(
        "utf-8"
    )


def test_says_when_nothing_is_copied(tmp_path: Path):
    """A site without `influxdb` gets its tree, and is told that nothing will be in it."""
    assert "no influxdb section" in build(str(tmp_path / "a"), "--site", str(SITE)).stderr


def test_the_login_follows_the_site(tmp_path: Path):
    """A site that writes with a token reads with one; the database is the one written to."""
    for name in ("plan.yaml", "site.yaml"):
        (tmp_path / name).write_text((SITE.parent / name).read_text("utf-8"), "utf-8")
    (tmp_path / "token").write_text("write-token")
    with (tmp_path / "site.yaml").open("a") as file:
        file.write("\ninfluxdb: {url: 'http://i:8086', api: v2, org: o, token_file: token, database: cold}\n")
    done = build(str(tmp_path / "tree"), "--site", str(tmp_path / "site.yaml"))
    assert done.stderr == ""
    text = (tmp_path / "tree" / "provisioning" / "datasources" / "haccpline.yaml").read_text()
    assert "Token ${HACCPLINE_INFLUXDB_TOKEN}" in text
    assert "dbName: cold" in text
    assert "write-token" not in text


def test_a_folder_with_other_things_is_refused(tmp_path: Path):
    """What stands there is named and left alone."""
    (tmp_path / "mine.txt").write_text("mine")
    done = build(str(tmp_path), "--site", str(SITE))
    assert isinstance(done.exception, GrafanaError)
    assert "mine.txt" in str(done.exception)
