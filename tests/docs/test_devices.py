"""The list of devices is what the profiles say."""

from __future__ import annotations

import shutil
from pathlib import Path

import docs_pages as pages
import pytest
from typer.testing import CliRunner

from gateway.profiles.library import Library, shipped
from haccpline.cli import app
from haccpline.devices_page import MARK, reference
from readings.errors import HaccplineError

PAGE = pages.DOCS / "devices.md"


def test_the_list_is_written_from_the_profiles() -> None:
    """Behind the mark stands what `haccpline profile reference` writes; run it after a change of a profile."""
    text = PAGE.read_text(encoding="utf-8")
    library = Library()
    assert MARK + text.partition(MARK)[2] == reference(library.named(name) for name in library)


def test_writing_it_again_changes_nothing(tmp_path: Path) -> None:
    """The command leaves what stands before the mark alone, and refuses a page without one."""
    page = tmp_path / "devices.md"
    shutil.copy(PAGE, page)
    runner = CliRunner()
    assert runner.invoke(app, ["profile", "reference", "-o", str(page)]).exit_code == 0
    assert page.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
    page.write_text("# Other\n", encoding="utf-8")
    refused = runner.invoke(app, ["profile", "reference", "-o", str(page)])
    assert isinstance(refused.exception, HaccplineError)


def test_list_and_show_name_them() -> None:
    """Each profile stands in the list with its maker; one is shown with its registers and sources."""
    runner = CliRunner()
    listed = runner.invoke(app, ["profile", "list"]).output
    assert [line.split()[0] for line in listed.splitlines()] == sorted(shipped())
    shown = runner.invoke(app, ["profile", "show", "delta-dtb"]).output
    assert "| process | Process value. 8002H no value yet" in shown
    assert "- Known from [Delta DTB series instruction sheet" in shown


@pytest.mark.parametrize("name", ["carel-ir33", "dixell-xr75cx"])
def test_versions_shown_as_examples_are_those_there_are(name: str) -> None:
    """The page's examples of what the journal hears name versions that exist."""
    before = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    assert f"{name}/probe_1@{Library().named(name).version}" in before
