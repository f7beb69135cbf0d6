"""What a program hands in, through both real processes: killed anywhere, each reading and each item is there once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from haccpline.cli import app
from ledger.api_keys import ApiKeys
from readings.inputs import Series
from readings.times import MINUTE, SECOND, format_time
from simulators.free_port import free_port

SITE = """
site: ZH-FZ
plans: [plan.yaml]
data: data
serve: {{port: {port}}}
sources:
  - name: loggers
    http: [{{reads: cold-3/air/CS1.1, unit: degC, sentinels: [327.67]}}, {{reads: cold-3/defrost/CS1.1, unit: bool}}]
"""
AIR = Series("cold-3", "air", "CS1.1")


class Serving:
    """The process that serves."""

    def __init__(self, recorded: Any, port: int) -> None:
        self.recorded, self.url = recorded, f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.recorded.folder / "serve.log").open("ab")
        command = [sys.executable, "-m", "haccpline", "serve", "--site", str(self.recorded.path)]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{self.url}/problems/internal", timeout=2)
            except httpx.TransportError:
                assert self.process.poll() is None, (self.recorded.folder / "serve.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def both(recorded: Any, example_plan: str, unused_port: int) -> Iterator[tuple[Any, Serving, str]]:
    """A site, who serves it, and a key that hands in to it; nothing runs yet."""
    plant = recorded(SITE.format(port=unused_port), example_plan)
    plant.store.make()
    keys = ApiKeys(plant.store.folder / "people.db")
    _, token = keys.add(name="loggers", scope="ingest", now=1, source="loggers")
    keys.close()
    serving = Serving(plant, unused_port)
    yield plant, serving, token
    if serving.process is not None and serving.process.poll() is None:
        serving.kill()


@pytest.fixture
def unused_port() -> int:
    return free_port()


def lines(start: int, count: int) -> str:
    """So many readings, a second apart, in line protocol."""
    at = range(start, start + count * SECOND, SECOND)
    return "\n".join(f"cold-3/air/CS1.1 value=-20.{number % 10} {time}" for number, time in enumerate(at))


def hand_in(url: str, token: str, body: str) -> int:
    """As Telegraf's `outputs.http` does: what is not answered with 2xx is sent again, and again."""
    deadline = time.monotonic() + 60
    tries = 0
    while time.monotonic() < deadline:
        tries += 1
        try:
            answer = httpx.post(
                f"{url}/api/v1/readings",
                params={"partial": "true"},
                content=body,
                headers={"authorization": f"Bearer {token}", "content-type": "text/plain; charset=utf-8"},
                timeout=5,
            )
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if answer.is_success:
            return tries
        time.sleep(0.1)
    raise AssertionError("never taken")


def test_killed_between_the_answer_and_the_journal(both: tuple[Any, Serving, str]) -> None:
    """Answered while nobody records, then both killed -9: all of it arrives, once, though it is sent again; what cannot be
    read lies in quarantine once; the books balance; what is
    handed in then is judged; and a logger's file comes the same way."""
    plant, serving, token = both
    serving.start()
    start = time.time_ns() // SECOND * SECOND - 30 * MINUTE
    sent = [lines(start + part * 20 * SECOND, 20) for part in range(30)]
    bad = "cold-3/air/CS1.1 value=warm 5\n"
    for body in sent[:10]:
        hand_in(serving.url, token, body)
    hand_in(serving.url, token, bad)
    serving.kill()
    serving.start()
    plant.start()
    killed = 0
    for number, body in enumerate(sent):  # the first ten for the second time: their answer may have been lost
        if number in (8, 20):
            plant.kill()
            killed += 1
            plant.start()
        hand_in(serving.url, token, body)
    said = plant.until(
        lambda said: (
            said["books"]["stored"] + said["books"]["waiting"] >= 600
            and said["quarantine"]["reading"] >= 1
            and all(source["connected"] for source in said["sources"])
        )
    )
    assert killed == 2
    assert said["books"]["balance"] == 0
    assert said["quarantine"] == {"reading": 1, "copy": 0}
    assert said["books_by_source"]["loggers"]["stored"] + said["books_by_source"]["loggers"]["waiting"] == 600
    _judged_like_any_other(plant, serving, token)
    _a_logger_fills_in(plant, start + 660 * SECOND)
    assert plant.stop() == 0
    journal = plant.store.journal(read_only=True)
    rows = plant.store.archive(journal).read([AIR], 0, 2**62)
    times = rows.block.time.tolist()
    journal.close()
    assert times[:600] == list(range(start, start + 600 * SECOND, SECOND))
    assert times[600:610] == list(range(start + 660 * SECOND, start + 660 * SECOND + 10 * MINUTE, MINUTE))
    assert len(times) == 611


def _a_logger_fills_in(plant: Any, start: int) -> None:
    """Ten minutes that are lacking, in a file that is imported beside the running record, and once more."""
    file = plant.folder / "logger.csv"
    rows = "".join(f"{format_time(start + minute * MINUTE)},-20.5\n" for minute in range(10))
    file.write_text("time,air/CS1.1\n" + rows, encoding="utf-8")
    words = ["import", str(file), "--site", str(plant.path), "--who", "li"]

    def row(*more: str) -> list[str]:
        done = CliRunner().invoke(app, [*words, *more])
        assert done.exit_code == 0, (done.output, done.exception)
        return next(line for line in done.output.splitlines() if line.startswith("air/CS1.1")).split()[:8]

    assert row("--dry-run")[1:4] == ["10", "0", "10"]
    assert row()[1:4] == ["10", "0", "10"]
    plant.until(lambda said: said["books"]["stored"] + said["books"]["waiting"] >= 612)
    assert row()[1:4] == ["10", "10", "0"]


def _judged_like_any_other(plant: Any, serving: Serving, token: str) -> None:
    now = time.time_ns()
    hand_in(serving.url, token, f"cold-3/air/CS1.1 value=-20 {now}\ncold-3/defrost/CS1.1 value=f {now}")
    deadline = time.monotonic() + 10
    while True:
        decided = plant.decisions()
        spans = decided.get(("cold-3", "CCP1", "air", "CS1"), [])
        if any(span["verdict"] == "ok" for span in spans):
            return
        assert time.monotonic() < deadline, (decided, format_time(now))
        time.sleep(0.1)
