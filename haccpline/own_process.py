"""Modules of this program that run in a process of their own."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = str(Path(__file__).resolve().parents[1])


def own_process(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this program with these arguments.

    Begun with `-m`, a process takes modules from the folder it stands in before all others: a file named like a library,
    left there by anyone, would run in it. So it does not look there, unless this program itself is run from there.
    """
    safe = [] if sys.path[0] == _HERE else ["-P"]
    return [sys.executable, *safe, "-m", module, *arguments]
