"""The plant in a box, as a stranger gets it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _clone(folder: Path) -> Path:
    """What a fresh clone of this working tree would hold."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in names.split("\n"):
        if name and (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_one_command_in_a_clean_directory_shows_the_whole_way(tmp_path, record_property):
    """`make demo` installs, makes a day, goes live, finds the faults, closes the cases and proves the package.

    Nothing of this machine's environment helps: another folder, another virtual environment, no variables but a few.
    How long it took stands in the report of the tests; a busy machine may take longer than a stranger's.
    """
    clone = _clone(tmp_path / "haccpline")
    kept = ("PATH", "LANG", "SSL_CERT_FILE")
    environment = {
        name: value for name, value in os.environ.items() if name in kept or name.startswith("PIP_")
    }
    done = subprocess.run(
        ["make", "demo", "DEMO=--for 60s --headless --port 0", f"PYTHON={sys.executable}"],
        cwd=clone,
        env=environment | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    record_property("demo", said)
    assert said["troubles"] == []
    assert said["acquired"] == said["stored"] + said["duplicate"] + said["quarantined"] + said["waiting"]
    assert said["acquired"] > 500_000
    assert said["deviations"] >= 1
    assert said["monitoring_losses"] >= 1
    assert set(said["verdict_seconds"]) == {"deviation", "monitoring_loss"}
    assert said["cases_closed"] == 2
    assert said["package_proved"] is True
    assert list(clone.glob("data")) == [], "the demo keeps nothing in the clone"


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    """The demo never writes over what is there."""
    (tmp_path / "mine").write_text("x")
    done = subprocess.run(
        [sys.executable, "-m", "haccpline", "demo", "--headless", "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
