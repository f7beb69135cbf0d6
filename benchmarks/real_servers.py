"""The real servers that tests use too, for benchmarks."""

from __future__ import annotations

import shutil
import sys
from os import environ, pathsep
from pathlib import Path

from benchmarks.figure import MissingError

# `tests` is no package, and a library installs one of that name
sys.path.append(str(Path(__file__).parents[1] / "tests"))
from servers import Influxd, Mosquitto, free_port, listening, running  # type: ignore[import-not-found]

__all__ = ["Influxd", "Mosquitto", "free_port", "installed", "listening", "need", "running"]


def installed(program: str) -> bool:
    """Whether a server's program is there."""
    return shutil.which(program, path=environ.get("PATH", "") + pathsep + "/usr/sbin") is not None


def need(program: str) -> None:
    """Go on only with this program.

    Raises:
        MissingError: it is not installed.
    """
    if not installed(program):
        raise MissingError(f"{program} is not installed (apt-get install {program})")
