"""The supervisor: what ends is started again, whatever keeps it from that for a while."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from haccpline.supervisor import Supervisor


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Over a process that notes each start in a file and ends, and one that stays."""
    notes = f"open({str(tmp_path / 'starts')!r}, 'a').write('x')"
    stays = [sys.executable, "-c", "import time; time.sleep(60)"]
    found = Supervisor({"ends": [sys.executable, "-c", notes], "stays": stays})
    for child in found._children:
        child.pause = 0.05
    yield found
    found.stop()


def test_a_machine_that_starts_no_process_for_a_moment_ends_nobody(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be started is tried again after its pause; the others go on."""
    refused = []

    def no(*_: object, **__: object) -> None:
        refused.append(1)
        raise BlockingIOError(11, "Resource temporarily unavailable")

    deadline = time.monotonic() + 20
    with monkeypatch.context() as machine:
        machine.setattr(subprocess, "Popen", no)
        while len(refused) < 2:
            assert time.monotonic() < deadline
            supervisor.mind()
            time.sleep(0.01)
    while len((tmp_path / "starts").read_text()) < 2:
        assert time.monotonic() < deadline
        supervisor.mind()
        time.sleep(0.01)
