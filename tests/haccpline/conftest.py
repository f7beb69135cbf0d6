"""A site in a folder, recorded by the real process."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from shared import shared

from haccpline.replay import replay_file
from haccpline.site import Site, load_site
from haccpline.store import Store
from ledger.store import Ledger
from ledger.timelines import effective
from rules.plan_check import load_plan

recorded_line = shared(Path(__file__).with_name("recorded_line.py"))

EXAMPLE = Path(__file__).parents[2] / "examples" / "cold_store"
KEYS = ("verdict", "from", "to", "decided", "reason")


class Recorded:
    """A site being recorded: start, kill, look.

    Attributes:
        folder: of the site; `site.yaml`, `plan.yaml`, `data/`.
        runs: how often it was started.
    """

    def __init__(self, folder: Path, site: str, plan: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.runs = folder, 0
        (folder / "site.yaml").write_text(site, encoding="utf-8")
        (folder / "plan.yaml").write_text(plan, encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def path(self) -> Path:
        """The site file."""
        return self.folder / "site.yaml"

    @property
    def site(self) -> Site:
        """The site."""
        return load_site(self.path)

    @property
    def store(self) -> Store:
        """What is kept."""
        return Store(self.site.data, self.site.file.site)

    def start(self) -> None:
        """Start the record process."""
        log = (self.folder / "record.log").open("ab")
        command = [sys.executable, "-m", "haccpline", "record", "--site", str(self.path)]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.runs += 1

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def health(self) -> dict[str, Any]:
        """What it last said of itself; empty before it spoke."""
        with contextlib.suppress(OSError, ValueError):
            said: dict[str, Any] = json.loads(self.store.health.read_text())
            return said
        return {}

    def until(self, what: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """Wait until its health says so."""
        deadline = time.monotonic() + seconds
        while True:
            said = self.health()
            assert self.process is not None
            if said.get("pid") == self.process.pid and what(said):
                return said
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "record.log").read_text()[-3000:]
                raise AssertionError(f"not within {seconds} s; it says {said}\n{log}")
            time.sleep(0.05)

    def decisions(self) -> dict[tuple[str, ...], list[dict[str, Any]]]:
        """The timelines in force, by the ledger."""
        ledger = Ledger(self.store.folder / "ledger.db", read_only=True)
        try:
            found, after = [], 0
            while page := ledger.read(after, kind="verdict"):
                found += [(record.line, record.content) for record in page]
                after = page[-1].seq
        finally:
            ledger.close()
        return {key: [_told(span) for span in spans] for key, spans in effective(found).items()}

    def replayed(self, readings: Path) -> dict[tuple[str, ...], list[dict[str, Any]]]:
        """What `replay` says of a file, judged from where the record began to as far as it came."""
        plan = load_plan((self.folder / "plan.yaml").read_text(), "plan.yaml")
        found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for each in replay_file(plan, readings):
            key = (each["line"], each["ccp"], each["limit"], each["unit"])
            found.setdefault(key, []).append(_told(each))
        return found


def _told(span: dict[str, Any]) -> dict[str, Any]:
    worst = span["worst"]
    closed = span["to"] is not None and worst is not None
    return {name: span[name] for name in KEYS} | {"worst": float(worst) if closed else None}


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Callable[[str, str], Recorded]]:
    """Makes a site of the texts of its site file and plan; what still runs at the end is killed."""
    made: list[Recorded] = []

    def make(site: str, plan: str) -> Recorded:
        made.append(Recorded(tmp_path / f"site{len(made)}", site, plan))
        return made[-1]

    yield make
    for each in made:
        if each.process is not None and each.process.poll() is None:
            each.kill()


@pytest.fixture
def example_plan() -> str:
    """The plan of the cold store example."""
    return (EXAMPLE / "plan.yaml").read_text(encoding="utf-8")


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Any]:
    """Nothing recorded yet."""
    made = recorded_line.Record(tmp_path)
    yield made
    made.close()
