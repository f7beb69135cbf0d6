"""`haccpline plan explain`, `schema` and `reference`."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from haccpline.cli import app
from rules.plan_reference import reference
from rules.plan_schema import plan_schema

ROOT = Path(__file__).parents[2]
PLAN = str(ROOT / "examples" / "cold_store" / "plan.yaml")


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["plan", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_explain_speaks_both_languages():
    """Chinese where nothing is said, as the reports do; English when asked."""
    assert "库温须不高于 -15.0 °C。" in run("explain", PLAN)
    assert "Air temperature must be at most -15.0 °C." in run("explain", PLAN, "--lang", "en")


def test_explain_writes_what_the_file_is_named(tmp_path):
    """The ending chooses the format; `--format` goes before it."""
    for name, begins in (("p.pdf", b"%PDF"), ("p.html", b"<!doctype html>"), ("p.txt", b"HACCP plan")):
        run("explain", PLAN, "--lang", "en", "-o", str(tmp_path / name))
        assert (tmp_path / name).read_bytes().startswith(begins)
    run("explain", PLAN, "--format", "html", "-o", str(tmp_path / "plan"))
    assert (tmp_path / "plan").read_bytes().startswith(b"<!doctype html>")


def test_schema_and_reference_are_printed_whole():
    """What an editor and the page of the docs are made of."""
    assert json.loads(run("schema")) == plan_schema()
    assert run("reference") == reference()


def test_schema_goes_into_a_file(tmp_path):
    """`-o` writes it whole, with Chinese as it is."""
    run("schema", "-o", str(tmp_path / "plan.schema.json"))
    assert json.loads((tmp_path / "plan.schema.json").read_text(encoding="utf-8")) == plan_schema()
