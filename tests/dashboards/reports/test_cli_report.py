"""`haccpline report`: the same reports from the command line."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from haccpline import cli_report
from readings.errors import HaccplineError

SITE = """\
site: ZH-FZ
plans: [plan.yaml]
data: {data}
enterprise:
  name: {{zh: 福州速冻食品有限公司, en: Fuzhou Frozen Foods Ltd}}
  credit_code: 91350100M000100Y43
"""


@pytest.fixture
def folder(plant, tmp_path, monkeypatch):
    text = plant.ledger.read(kind="plan.adopted")[0].content["text"]
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(SITE.format(data=plant.site.folder), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run():
    app = typer.Typer()
    cli_report.add_to(app)
    app.callback()(lambda: None)

    def call(*words: str):
        done = CliRunner().invoke(app, ["report", *words])
        if isinstance(done.exception, HaccplineError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return call


def test_a_deviation_report_is_written(plant, folder, run):
    """PDF by default, JSON by the file's name or when asked for; no draft is left behind."""
    run("deviation", plant.cases[0], "-o", "report.pdf", "--lang", "en")
    run("deviation", plant.cases[0], "-o", "report.json")
    run("deviation", plant.cases[0], "-o", "report.txt", "--format", "json")
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-1.7")
    said = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (said["schema"], said["firm"]["licence"]) == ("deviation-report.v1", None)
    assert "firm.licence" in said["missing"]
    assert (folder / "report.txt").read_bytes() == (folder / "report.json").read_bytes()
    assert not list(folder.glob("*draft*"))


def test_a_daily_record_is_written(folder, run):
    """The only line need not be named."""
    run("daily", "2026-12-01", "-o", "day.pdf")
    run("daily", "2026-12-01", "--line", "cold-3", "-o", "day.json")
    assert (folder / "day.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert json.loads((folder / "day.json").read_text(encoding="utf-8"))["schema"] == "daily-record.v1"


def test_a_workbook_is_written(folder, run):
    """A day without a time begins at midnight of the site; what each sheet holds is said."""
    said = run("workbook", "--from", "2026-12-01", "--to", "2026-12-02", "-o", "day.xlsx", "--lang", "en")
    assert "Readings: 48" in said
    assert (folder / "day.xlsx").read_bytes().startswith(b"PK")


def test_a_report_that_fails_leaves_no_file(folder, run):
    """An unknown case is told, and nothing is written."""
    with pytest.raises(HaccplineError, match="no case"):
        run("deviation", "nothing", "-o", "report.pdf")
    with pytest.raises(HaccplineError, match="not before its end"):
        run("workbook", "--from", "2026-12-02", "--to", "2026-12-01", "-o", "day.xlsx")
    assert sorted(path.name for path in folder.iterdir()) == ["plan.yaml", "site.yaml"]


@pytest.mark.parametrize("kind", ["deviation", "daily"])
def test_the_schema_is_printed(kind, run):
    """A JSON Schema, as the data is validated with."""
    assert json.loads(run("schema", kind))["$schema"] == "https://json-schema.org/draft/2020-12/schema"
