"""The page that a stranger follows: its files, its commands, and what it says that happens."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docs_pages as pages
import httpx
import pytest
import servers

PAGE = "getting-started.md"
PASSWORD = "a long enough one"
PATIENCE = 60.0


def files() -> dict[str, str]:
    """The files that the page tells to save, by name."""
    found = {}
    for block in pages.fenced("yaml"):
        first = block.text.partition("\n")[0]
        if block.page == PAGE and first.startswith("# "):
            found[first.removeprefix("# ")] = block.text
    return found


def shown(word: str) -> list[list[str]]:
    """The commands of the page that hold a word, in order."""
    return [
        shlex.split(each.text)
        for each in pages.commands()
        if each.where.startswith(PAGE) and word in each.text
    ]


def until(true: Callable[[], Any], what: str) -> Any:
    """What comes, once it comes."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if found := true():
                return found
        except (httpx.HTTPError, KeyError, IndexError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"in vain: {what}")


@contextmanager
def going(command: list[str], cwd: Path, log: Path, **more: Any) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on until it is stopped."""
    with log.open("a") as errors:
        process = subprocess.Popen([sys.executable, *command], cwd=cwd, stderr=errors, text=True, **more)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.mark.slow
def test_a_stranger_gets_from_a_device_to_a_proven_package(tmp_path: Path) -> None:
    """Files saved, commands typed, a fault played, the plug pulled: all that the page says is so."""
    modbus, mqtt, web = servers.free_port(), servers.free_port(), servers.free_port()
    moved = {":5020": f":{modbus}", "tcp:5020": f"tcp:{modbus}", "1884": str(mqtt), "8600": str(web)}

    def here(text: str) -> str:
        for old, new in moved.items():
            text = text.replace(old, new)
        return text

    assert set(files()) == {"ozone.yaml", "site.yaml"}
    for name, text in files().items():
        (tmp_path / name).write_text(here(text), encoding="utf-8")
    for command in shown("haccpline check"):
        done = pages.run("-m", *command, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, ""), done
    people = shown("haccpline people add")
    assert len(people) == 2
    for command in people:
        subprocess.run(
            [sys.executable, "-m", *command, "--password-stdin"],
            cwd=tmp_path,
            input=PASSWORD + "\n",
            text=True,
            check=True,
            capture_output=True,
        )
    (simulated,) = shown("simulators.plant")
    (run,) = shown("haccpline run")
    api = httpx.Client(base_url=f"http://127.0.0.1:{web}/api/v1", timeout=5)

    def verdict() -> str:
        found = api.get("/verdicts", params={"ccp": "CCP1"}).json()["verdicts"]
        return str(next((each["verdict"] for each in found if each["limit"] == "ozone"), "nothing yet"))

    with going(["-m", *run], tmp_path, tmp_path / "run.log"):
        with going(
            [here(word) for word in simulated[1:]],
            tmp_path,
            tmp_path / "device.log",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as device:
            until(lambda: verdict() == "ok", "the limit holds")
            (order,) = [block.text for block in pages.fenced("json") if block.page == PAGE]
            assert json.loads(order)["kind"] == "low_ozone"
            assert device.stdin is not None
            device.stdin.write(order)
            device.stdin.flush()
            case = until(lambda: api.get("/cases").json()["cases"][0], "a case is open")
            assert case["kinds"] == ["deviation"]
            assert verdict() == "deviation"
        until(lambda: verdict() == "indeterminate", "no data once the plug is pulled")
        until(
            lambda: any("monitoring_loss" in each["kinds"] for each in api.get("/cases").json()["cases"]),
            "a monitoring loss",
        )
        (build,) = shown("grafana build")
        assert pages.run("-m", *build, cwd=tmp_path).returncode == 0
        assert list((tmp_path / "grafana").rglob("*.json"))
        for command in (*shown("haccpline export"), *shown("haccpline prove")):
            done = pages.run("-m", *command, cwd=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"proven|holds|PROVEN", done.stdout), done.stdout
