"""The environment of grafana-client: a folder with a Python of its own, apart from haccpline's.

grafana-client depends on niquests, and that on urllib3-future, which puts itself in urllib3's place for the whole
environment. influxdb-client is built on urllib3: the two must not meet.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from dashboards.grafana.errors import GrafanaError

LOCK = Path(__file__).with_name("push-requirements.txt")
SCRIPT = Path(__file__).with_name("push.py")
_PATIENCE = 600  # seconds


def python_of(folder: Path) -> Path:
    """The Python of an environment."""
    return folder / "bin" / "python"


def locked() -> str:
    """The version of grafana-client that is tried, as it stands in the lock."""
    line = next(each for each in LOCK.read_text("utf-8").splitlines() if each.startswith("grafana-client=="))
    return line.removeprefix("grafana-client==").partition(" ")[0]


def installed(folder: Path) -> str | None:
    """The version of grafana-client in an environment; None where there is none."""
    python = python_of(folder)
    if not python.exists():
        return None
    asked = "import importlib.metadata, grafana_client; print(importlib.metadata.version('grafana-client'))"
    done = _run([str(python), "-I", "-c", asked])
    return done.stdout.strip() if done.returncode == 0 else None


def make_environment(folder: Path, *, wheels: Path | None = None) -> bool:
    """Make an environment with the locked grafana-client; whether there was anything to do.

    Args:
        folder: new or empty; or an environment made so, which is left as it is.
        wheels: a folder with the packages, for a machine without internet.

    Raises:
        GrafanaError: the folder holds something else, or the packages cannot be had. What was begun is removed.
    """
    if installed(folder) == locked():
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise GrafanaError(
            f"{folder} is there and is no environment with grafana-client {locked()}; name a new folder"
        )
    where = ["--no-index", "--find-links", str(wheels)] if wheels is not None else []
    pip = [str(python_of(folder)), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [*pip, "--no-input", "--retries", "1", "--require-hashes", *where, "-r", str(LOCK)],
    ):
        done = _run(command)
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
            raise GrafanaError(
                f"grafana-client {locked()} could not be installed in {folder}: {' '.join(last)}\nWithout internet:"
                f" on a machine that has it, pip download --require-hashes -d WHEELS -r {LOCK}; bring WHEELS here and"
                " say --wheels WHEELS"
            )
    return True


def run_push(folder: Path, given: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the script that pushes, in the environment; secrets go through standard input alone.

    Raises:
        GrafanaError: no such environment.
    """
    if installed(folder) is None:
        raise GrafanaError(
            f"{folder} is no environment with grafana-client; make it: haccpline grafana environment {folder}"
        )
    return _run([str(python_of(folder)), "-I", str(SCRIPT)], said=json.dumps(given))


def _run(command: list[str], *, said: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - our own commands, no shell
            command,
            input=said,
            stdin=None if said is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GrafanaError(f"{command[0]} did not end within {_PATIENCE} s") from error
