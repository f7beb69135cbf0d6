"""A process of this program's own: where its modules come from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import haccpline
from haccpline.own_process import own_process


def test_what_lies_about_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files named like libraries in the folder that we stand in are nobody's code; without the care they are run."""
    for name in ("structlog", "typer", "msgspec", "haccpline"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not ours')")
    monkeypatch.setattr(sys, "path", [str(Path(sys.executable).parent), *sys.path])
    command = own_process("haccpline", "--help")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "haccpline" in done.stdout) == (0, True)
    command.remove("-P")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "not ours\n")


def test_a_program_run_from_its_own_folder_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout that is run without being installed starts its own code, not that of an installed one."""
    monkeypatch.setattr(sys, "path", [str(Path(haccpline.__file__).parents[1]), *sys.path])
    assert own_process("haccpline", "serve") == [sys.executable, "-m", "haccpline", "serve"]
