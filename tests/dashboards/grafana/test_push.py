"""Push, through the real grafana-client in a real environment of its own, to a FAKE Grafana: no live one can be had."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from shared import shared
from typer.testing import CliRunner

from dashboards.grafana import environment
from dashboards.grafana.environment import installed, locked, make_environment, python_of, run_push
from dashboards.grafana.errors import GrafanaError
from dashboards.grafana.push import holds
from haccpline.cli_grafana import add_to
from readings.errors import HaccplineError

fake_grafana = shared(Path(__file__).with_name("fake_grafana.py"))

SITE = Path(__file__).parents[3] / "examples" / "cold_store" / "site.yaml"


@pytest.fixture(scope="module")
def environment_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the locked grafana-client, from the package index."""
    folder = tmp_path_factory.mktemp("grafana") / "environment"
    assert make_environment(folder)
    return folder


@pytest.fixture
def grafana() -> Iterator[Any]:
    """A FAKE Grafana."""
    found = fake_grafana.FakeGrafana()
    yield found
    found.close()


def command(*words: str) -> Any:
    """Run a command of ours."""
    app = typer.Typer()
    add_to(app)
    app.command()(lambda: None)
    return CliRunner().invoke(app, ["grafana", *words])


def pushed(grafana: Any, made: Path, tmp_path: Path, *more: str, token: str = fake_grafana.TOKEN) -> Any:
    """Push the cold store of the examples."""
    (tmp_path / "token").write_text(f"{token}\n")
    return command(
        "push", "--url", grafana.url, "--token-file", str(tmp_path / "token"), "--environment", str(made),
        "--site", str(SITE), "--influxdb-url", "http://influx:8086", *more,
    )  # fmt: skip


def test_the_core_environment_is_clean():
    """urllib3 here is the distribution urllib3, and grafana-client cannot be imported."""
    import urllib3

    assert importlib.metadata.version("urllib3") == urllib3.__version__
    for name in ("grafana_client", "niquests", "urllib3_future"):
        assert importlib.util.find_spec(name) is None, name


def test_pushing_imports_nothing_of_the_client_here():
    """The commands load no library of Grafana's: what they need runs in another process."""
    code = (
        "import sys, haccpline.cli_grafana, dashboards.grafana.push, dashboards.grafana.environment;"
        "print([name for name in sys.modules if 'grafana_client' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_grafana_adds_is_no_difference():
    """Fields that Grafana adds do not count; a value or a list that differs does."""
    assert holds({"a": [{"b": 1, "c": 2}], "d": 3}, {"a": [{"b": 1}]})
    assert not holds({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}]})
    assert not holds({"a": 1}, {"a": 2})
    assert not holds(None, {"a": 1})


def test_without_an_environment_it_says_how_to_make_one(grafana: Any, tmp_path: Path):
    """A folder without grafana-client is named, with the command that makes it."""
    done = pushed(grafana, tmp_path / "nothing", tmp_path)
    assert isinstance(done.exception, GrafanaError)
    assert "haccpline grafana environment" in str(done.exception)
    assert grafana.asked == []


def test_a_foreign_folder_is_not_made_an_environment(tmp_path: Path):
    """A folder with other things in it stays as it is."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(GrafanaError, match="name a new folder"):
        make_environment(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_without_internet_it_says_so_and_leaves_nothing(tmp_path: Path):
    """Where the packages cannot be had, the message says how to bring them, and the folder is gone."""
    (tmp_path / "wheels").mkdir()
    with pytest.raises(GrafanaError, match=r"(?s)could not be installed.*pip download --require-hashes"):
        make_environment(tmp_path / "made", wheels=tmp_path / "wheels")
    assert not (tmp_path / "made").exists()


@pytest.mark.slow
@pytest.mark.server
def test_the_environment_is_another_one(environment_made: Path):
    """The locked client is in it, with the fork of urllib3 that must not be here; a second call does nothing."""
    assert installed(environment_made) == locked() == "5.1.4"
    assert not make_environment(environment_made)
    asked = "import importlib.util as u; print(u.find_spec('niquests') is not None, u.find_spec('haccpline') is None)"
    done = subprocess.run(
        [python_of(environment_made), "-I", "-c", asked], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True True"


@pytest.mark.slow
@pytest.mark.server
def test_everything_is_brought_once(environment_made: Path, grafana: Any, tmp_path: Path):
    """Data source, folder, dashboards and rules are created; a second push changes nothing; each is told."""
    first = pushed(grafana, environment_made, tmp_path)
    assert first.exception is None, first.exception
    said = first.stdout.splitlines()
    assert said[0].startswith("Grafana 12.4.0 at ")
    assert said[1:3] == ["created data source haccpline", "created folder haccpline ZH-FZ"]
    assert [line.split()[0] for line in said[3:]] == ["created"] * 5
    assert sum(path.startswith("/api/dashboards/uid/") for path in grafana.held) == 4
    (group,) = [each for path, each in grafana.held.items() if "/rule-groups/" in path]
    assert [rule["noDataState"] for rule in group["rules"]] == ["Alerting"] * 3
    (source,) = [each for path, each in grafana.held.items() if path.startswith("/api/datasources/uid/")]
    assert source["url"] == "http://influx:8086"
    before = json.dumps(grafana.held)
    grafana.asked.clear()
    second = pushed(grafana, environment_made, tmp_path)
    assert all(line.startswith("unchanged ") for line in second.stdout.splitlines()[1:])
    assert {method for method, _ in grafana.asked} == {"GET"}
    assert json.dumps(grafana.held) == before


@pytest.mark.slow
@pytest.mark.server
def test_what_was_changed_there_is_set_right(environment_made: Path, grafana: Any, tmp_path: Path):
    """A dashboard edited in Grafana, or another language, is brought again; a secret always is, and is not shown."""
    pushed(grafana, environment_made, tmp_path)
    (tmp_path / "secret").write_text("s3cret")
    third = pushed(
        grafana,
        environment_made,
        tmp_path,
        "--lang",
        "zh",
        "--influxdb-secret-file",
        str(tmp_path / "secret"),
    )
    said = third.stdout.splitlines()[1:]
    assert [line.split()[0] for line in said] == [
        "updated",
        "unchanged",
        "updated",
        "updated",
        "updated",
        "updated",
        "updated",
    ]
    assert "s3cret" not in third.stdout


@pytest.mark.slow
@pytest.mark.server
def test_a_refusal_is_told_in_grafanas_words(environment_made: Path, grafana: Any, tmp_path: Path):
    """A wrong token, a provisioned dashboard, a server that is not there: exit 1, with what it said."""
    wrong = pushed(grafana, environment_made, tmp_path, token="glsa_wrong")
    assert isinstance(wrong.exception, HaccplineError)
    assert "401" in str(wrong.exception)
    assert "glsa_wrong" not in str(wrong.exception)
    grafana.refuses = "/api/dashboards/db"
    refused = pushed(grafana, environment_made, tmp_path)
    assert "created folder haccpline ZH-FZ" in refused.stdout
    assert "Cannot save provisioned dashboard" in str(refused.exception)
    grafana.close()
    gone = pushed(grafana, environment_made, tmp_path)
    assert "does not answer" in str(gone.exception)


def test_the_lock_is_complete():
    """Each package of the lock is pinned to one version and has its hashes."""
    text = environment.LOCK.read_text("utf-8")
    assert text.count("==") >= 8
    assert all(
        "--hash=sha256:" in entry
        for entry in text.replace("\\\n", " ").splitlines()
        if entry.strip() and not entry.startswith("#")
    )
    with pytest.raises(GrafanaError):
        run_push(Path("/nowhere"), {})
