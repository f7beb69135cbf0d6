"""The tree of files: what Grafana is told, what stays secret, and what is never written over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dashboards.grafana.data_source import Reader, data_source
from dashboards.grafana.errors import GrafanaError
from dashboards.grafana.folder import MARK, write_tree
from dashboards.grafana.panel import SOURCE_UID
from dashboards.grafana.shown import Shown
from dashboards.grafana.tree import tree


def parsed(files: dict[str, bytes], what: str) -> Any:
    return YAML(typ="safe").load(files[f"provisioning/{what}/haccpline.yaml"])


def test_files(shown: Shown):
    """The three provisioning files, a dashboard each for plant, lines, completeness and devices, and how to mount them."""
    assert list(tree(shown, Reader("haccpline"))) == [
        "README.txt",
        "dashboards/completeness.json",
        "dashboards/devices.json",
        "dashboards/line-bottled-water.json",
        "dashboards/line-cold-3.json",
        "dashboards/line-retort-2.json",
        "dashboards/plant.json",
        "provisioning/alerting/haccpline.yaml",
        "provisioning/dashboards/haccpline.yaml",
        "provisioning/datasources/haccpline.yaml",
    ]


@pytest.mark.parametrize("login", ["none", "password", "token"])
def test_the_data_source_has_no_secret_in_the_file(shown: Shown, login: Any):
    """Address, user and secret are variables of Grafana's environment, and the page names each that is needed."""
    reader = Reader("plant", login, url="http://secret:1", user="secret", secret="secret")
    files = tree(shown, replace(reader, url="${HACCPLINE_INFLUXDB_URL}"))
    (source,) = parsed(files, "datasources")["datasources"]
    assert source["uid"] == SOURCE_UID
    assert source["jsonData"]["dbName"] == "plant"
    assert source["jsonData"]["version"] == "InfluxQL"
    text = files["provisioning/datasources/haccpline.yaml"].decode()
    assert "secret:" not in text.replace("secureJsonData:", "")
    for variable in reader.variables:
        assert f"${{{variable}}}" in text
        assert variable in files["README.txt"].decode()
    assert ("secureJsonData" in source) == (login != "none")


def test_alerts_and_dashboards_share_a_folder(shown: Shown):
    """The provider names the folder in which the rules lie, and the place where dashboards are mounted."""
    files = tree(shown, Reader("haccpline"), mounted="/srv/dashboards")
    (provider,) = parsed(files, "dashboards")["providers"]
    (group,) = parsed(files, "alerting")["groups"]
    assert provider["folder"] == group["folder"]
    assert provider["options"]["path"] == "/srv/dashboards"
    assert "/srv/dashboards" in files["README.txt"].decode()
    assert {"uid", "title", "condition", "data", "noDataState", "execErrState"} <= set(group["rules"][0])


def test_a_dollar_of_the_plan_is_no_variable(shown: Shown):
    """Grafana puts variables of its environment into provisioning files; what a plan says stays as it is."""
    plan = shown.plans[0].model_copy(update={"name": {"en": "Cost $HOME ${PATH}"}})
    files = tree(replace(shown, plans=(plan,)), Reader("haccpline"))
    assert "$$HOME $${PATH}" in files["provisioning/alerting/haccpline.yaml"].decode()
    assert "$$" not in files["provisioning/datasources/haccpline.yaml"].decode()


def test_the_api_gets_what_it_needs():
    """For the API the secret stands where Grafana encrypts it; without one, what Grafana has is not touched."""
    given = data_source(Reader("d", "token", url="http://i:8086", secret="s3"))
    assert given["secureJsonData"] == {"httpHeaderValue1": "Token s3"}
    assert "s3" not in json.dumps({key: each for key, each in given.items() if key != "secureJsonData"})
    assert "secureJsonData" not in data_source(Reader("d", "password", url="http://i:8086", user="u"))


def test_written_again(tmp_path: Path):
    """A second build writes what differs, removes what is no longer made, and leaves the rest untouched."""
    folder = tmp_path / "tree"
    assert write_tree(folder, {"a/b.json": b"1", "c.json": b"2"}) == ["a/b.json", "c.json"]
    assert write_tree(folder, {"a/b.json": b"1", "c.json": b"2"}) == []
    assert write_tree(folder, {"a/b.json": b"3"}) == ["a/b.json", "c.json"]
    assert [path.name for path in sorted(folder.rglob("*")) if path.is_file()] == [MARK, "b.json"]


def test_what_others_put_there_is_not_touched(tmp_path: Path):
    """A folder with something else in it, or with a file of ours that somebody changed, is refused, and named."""
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(GrafanaError, match=r"photo\.jpg"):
        write_tree(tmp_path, {"a.json": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]
    folder = tmp_path / "tree"
    write_tree(folder, {"a.json": b"1"})
    (folder / "a.json").write_bytes(b"by hand")
    with pytest.raises(GrafanaError, match=r"changed .*a\.json"):
        write_tree(folder, {"a.json": b"2"})
    assert (folder / "a.json").read_bytes() == b"by hand"
    (folder / MARK).write_text("[]")
    with pytest.raises(GrafanaError, match="not what haccpline wrote"):
        write_tree(folder, {"a.json": b"2"})


def test_an_interrupted_build_is_taken_up(tmp_path: Path):
    """Files of this build that are there already, without the mark, are ours."""
    (tmp_path / "a.json").write_bytes(b"1")
    assert write_tree(tmp_path, {"a.json": b"1", "b.json": b"2"}) == ["b.json"]
