"""A soak of a few seconds runs to its end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.server
def test_a_short_soak_holds(mosquitto, tmp_path):
    """Some seconds of publishing with whatever happens in them: everything is checked, and all of it holds."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.soak",
            "--minutes",
            "0.08",
            "--seed",
            "3",
            "--keep",
            str(tmp_path / "soak"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for what in ("books:", "archive:", "decisions:", "ledger:", "package:"):
        assert f"holds: {what}" in done.stdout
    assert "DOES NOT HOLD" not in done.stdout
