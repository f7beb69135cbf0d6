"""API keys on the command line: shown once, listed, revoked."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haccpline.cli import app
from ledger.api_keys import ApiKeys
from ledger.errors import PeopleError, SignInRefused
from readings.errors import HaccplineError

EXAMPLE = Path(__file__).parents[2] / "examples" / "cold_store"


def test_a_key_from_its_making_to_its_end(tmp_path: Path) -> None:
    """Its token alone is on standard output, so that a script can take it; the list does not show it again."""
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "cold_store")
    site = ["--site", str(tmp_path / "examples" / "cold_store" / "site.yaml")]
    run = CliRunner().invoke
    made = run(app, ["keys", "add", "MES", *site])
    token = made.stdout.strip()
    assert token.startswith("hccp_")
    assert "may read" in made.stderr
    listed = run(app, ["keys", "list", *site]).stdout
    id_ = token.split("_")[1]
    assert listed == f"{id_}\tread\tMES\n"
    keys = ApiKeys(tmp_path / "data" / "cold_store" / "people.db")
    assert keys.known(token).scope == "read"
    assert run(app, ["keys", "revoke", id_, *site]).exit_code == 0
    with pytest.raises(SignInRefused):
        keys.known(token)
    keys.close()
    assert run(app, ["keys", "list", *site]).stdout.endswith("\trevoked\n")
    assert isinstance(run(app, ["keys", "add", "x", "--scope", "sign", *site]).exception, PeopleError)


def test_a_key_that_hands_in_is_bound_to_a_source(tmp_path: Path) -> None:
    """One of the site file with http, named when it is made, and shown in the list."""
    example = tmp_path / "examples" / "cold_store"
    shutil.copytree(EXAMPLE, example)
    file = example / "site.yaml"
    source = "  - {name: mes, http: [{reads: cold-3/lot, unit: text}]}\n"
    file.write_text(
        re.sub(r"(?m)^sources:\n", "sources:\n" + source, file.read_text(encoding="utf-8")), encoding="utf-8"
    )
    site, run = ["--site", str(file)], CliRunner().invoke
    for wrong in ([], ["--source", "cs1-controller"], ["--source", "nobody"]):
        refused = run(app, ["keys", "add", "x", "--scope", "ingest", *wrong, *site])
        assert isinstance(refused.exception, HaccplineError)
        assert "mes" in str(refused.exception)
    assert isinstance(run(app, ["keys", "add", "x", "--source", "mes", *site]).exception, PeopleError)
    made = run(app, ["keys", "add", "logger", "--scope", "ingest", "--source", "mes", *site])
    assert "may ingest to mes" in made.stderr
    id_ = made.stdout.split("_")[1]
    assert run(app, ["keys", "list", *site]).stdout == f"{id_}\tingest mes\tlogger\n"
