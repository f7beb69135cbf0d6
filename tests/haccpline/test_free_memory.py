"""Memory that is free goes back to the kernel."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from haccpline.free_memory import LEAN, give_back
from haccpline.supervisor import Supervisor

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc and /proc are Linux's")

_TELLS = """
import json, os, sys, time
with open(sys.argv[1] + ".draft", "w") as file:
    json.dump(dict(os.environ), file)
os.rename(file.name, sys.argv[1])
time.sleep(60)
"""


def own_mb() -> float:
    """Resident memory of this process, but for what is mapped of files."""
    resident, mapped = map(int, Path("/proc/self/statm").read_text().split()[1:3])
    return (resident - mapped) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def test_holes_go_back():
    """Of 2,500 pieces of 64 kB one in twenty lives on: 152 MB are free between them, and most of it goes back."""
    pieces = [np.ones(8_000) for _ in range(2_500)]
    pieces = pieces[::20]
    held = own_mb()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await give_back(0.05)
    assert own_mb() < held - 100
    assert sum(piece[0] for piece in pieces) == 125


def test_what_is_supervised_starts_lean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each process has the settings, but for those that whoever runs it has chosen."""
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    supervisor = Supervisor({"record": [sys.executable, "-c", _TELLS, str(tmp_path / "found")]})
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "found").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        supervisor.stop()
    found = json.loads((tmp_path / "found").read_text())
    assert found["MALLOC_ARENA_MAX"] == "7"
    assert {name: found[name] for name in LEAN} == LEAN | {"MALLOC_ARENA_MAX": "7"}
