"""The commands that the docs show exist, and print what the docs say they print."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import docs_pages as pages
import pytest
import typer

from haccpline.cli import app

_OURS = re.compile(r"(?:sudo -u \w+ )?(?:\S+/)?haccpline (.*)")
COMMANDS = [each for each in pages.commands() if _OURS.fullmatch(each.text)]
SHOWN = [each for each in COMMANDS if each.output.strip()]
_HEARD = re.compile(r"`haccpline ([a-z]+)(?: ([a-z]+))?")


def parse(words: list[str]) -> None:
    """Parse a command line without running it."""
    command: Any = typer.main.get_command(app)
    name = "haccpline"
    while hasattr(command, "commands"):
        command, name = command.commands[words[0]], words[0]
        words = words[1:]
    command.make_context(name, words)


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_every_command_shown_exists_with_its_options(command: Any) -> None:
    """A command in a console block parses: its name, its options, its arguments."""
    match = _OURS.fullmatch(command.text)
    assert match is not None
    parse(shlex.split(match[1]))


@pytest.mark.parametrize("page", sorted(pages.DOCS.glob("*.md")), ids=lambda page: page.name)
def test_every_command_named_in_the_text_exists(page: Path) -> None:
    """`haccpline X` in running text names a command there is."""
    known: Any = typer.main.get_command(app)
    for first, second in _HEARD.findall(page.read_text(encoding="utf-8")):
        assert first in known.commands, f"{page.name} names `haccpline {first}`"
        group = known.commands[first]
        if second and hasattr(group, "commands"):
            assert second in group.commands, f"{page.name} names `haccpline {first} {second}`"


def test_something_is_shown() -> None:
    """The pages do show output of check, replay, export and prove."""
    shown = {shlex.split(each.text)[1] for each in SHOWN}
    assert {"replay", "export", "prove"} <= shown


def test_output_shown_is_the_output(plant: Path) -> None:
    """Commands with output in the docs print it; `...` stands for what differs from run to run."""
    checker = doctest.OutputChecker()
    for command in SHOWN:
        done = pages.run("-m", "haccpline", *shlex.split(command.text)[1:], cwd=plant)
        same = checker.check_output(
            _plain(command.output), _plain(done.stdout), doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        )
        assert same, f"{command}\n--- shown\n{command.output}\n--- printed\n{done.stdout}{done.stderr}"


def _plain(text: str) -> str:
    return text.strip() + "\n"


def test_check_finds_nothing_in_the_examples(plant: Path) -> None:
    """The example's plan and site pass, without a word."""
    example = "examples/cold_store"
    done = pages.run(
        "-m", "haccpline", "check", f"{example}/plan.yaml", "--site", f"{example}/site.yaml", cwd=plant
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_auditor_needs_python_alone(plant: Path, tmp_path: Path) -> None:
    """prove.py out of the package, isolated from site packages, proves it with a key from elsewhere."""
    made = pages.run(
        "-m",
        "haccpline",
        "export",
        str(tmp_path / "all.zip"),
        "--site",
        "examples/cold_store/site.yaml",
        cwd=plant,
    )
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(tmp_path / "all.zip") as package:
        package.extract("prove.py", tmp_path)
        package.extract("site.pub", tmp_path)
    arguments = ("-I", "-S", "prove.py", "all.zip", "--key", "site.pub")
    done = pages.run(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    data = bytearray((tmp_path / "all.zip").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "all.zip").write_bytes(data)
    done = pages.run(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("REFUSED: ")


def test_the_unit_is_valid(tmp_path: Path) -> None:
    """systemd accepts every line of the service."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    text = (pages.DOCS / "haccpline.service").read_text(encoding="utf-8")
    assert "Type=exec" in text
    unit = tmp_path / "haccpline.service"
    unit.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text))
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=30, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if "haccpline.service" in line]
    assert not complaints
