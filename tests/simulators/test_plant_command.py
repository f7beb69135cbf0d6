"""The command serves the plant to the gateway, takes orders, and ends when it should."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import typer
from pydantic import TypeAdapter
from ruamel.yaml import YAML
from servers import free_port
from typer.testing import CliRunner

from gateway.acquire import acquire
from gateway.settings import Sources
from readings.block import Block, join
from readings.inputs import Series
from readings.quality import Reason
from readings.times import SECOND, parse_time
from readings.units import unit_named
from simulators.faults import RETORT, STORE, WATER
from simulators.plant import plant
from simulators.plant_command import order, serve
from simulators.register_map import TEXTS
from simulators.running import Running

COMMAND = [sys.executable, "-m", "simulators.plant"]
FAST = [
    "--always-on",
    "--hurry",
    "retort-2=20",
    *(f"--every={line}=500 ms" for line in (WATER, RETORT, STORE)),
]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The command, ready, and what it said."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=10)


class Kept:
    """An intake that keeps blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    async def take(self, block: Block) -> None:
        self.blocks.append(block)


@pytest.mark.slow
def test_the_gateway_reads_the_plant(tmp_path: Path) -> None:
    """With the sources that the command writes, the gateway hears all lines and texts: the numbers of `played`."""
    file = tmp_path / "sources.yaml"
    made = plant(always_on=True, hurry={RETORT: 20}, every=dict.fromkeys((WATER, RETORT, STORE), SECOND // 2))
    units = {
        Series(line, each.sensor, each.point): unit_named(each.unit)
        for line, process in made.lines.items()
        for each in process.signals
    }
    units |= {Series(line, name): unit_named("text") for line in made.lines for name in TEXTS[line]}
    kept = Kept()

    async def read() -> None:
        sources = TypeAdapter(Sources).validate_python(YAML(typ="safe").load(file.read_text())["sources"])
        task = asyncio.create_task(acquire(sources, intake=kept, units=units, site="DEMO"))
        await asyncio.sleep(6)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with running(*FAST, "--sources", str(file), "--control") as (process, said):
        assert set(said["addresses"]) == {"mqtt", WATER, RETORT}
        assert process.stdin is not None
        process.stdin.write(
            json.dumps({"kind": "unplugged", "line": RETORT, "in": "4 s", "for": "20 s"}) + "\n"
        )
        process.stdin.flush()
        asyncio.run(read())
    whole = join(kept.blocks)
    good = whole.reason == Reason.NONE
    heard = {str(series) for series in whole.series}
    assert heard == {str(series) for series, unit in units.items() if unit.name != "text"}
    for number, series in enumerate(whole.series):
        rows = (whole.which == number) & good
        assert rows.sum() >= 2
        for at, value in zip(whole.time[rows].tolist(), whole.value[rows].tolist(), strict=True):
            assert made.played(series.line, at, at + 1).series[series.sensor, series.point].value[0] == value
    lost = {whole.series[which].line for which in whole.which[~good]}
    assert lost == {RETORT}
    assert {Series(state.line, state.name) for state in whole.states} == {
        series for series, unit in units.items() if unit.name == "text"
    }


def test_faults_by_script_and_their_truth(tmp_path: Path) -> None:
    """A script's faults are on the plant; what must be raised for them is written before anything is served."""
    script, truth = tmp_path / "faults.yaml", tmp_path / "truth.json"
    script.write_text("faults:\n  - {kind: unplugged, line: cold-3, in: 1 h, for: 3 h}\n")
    with running("--faults", str(script), "--truth", str(truth), "--line", STORE) as (_, said):
        (known,) = json.loads(truth.read_text())
    assert known["raises"] == "monitoring_loss"
    assert (
        0 < parse_time(known["start"]) - parse_time(said["time"]) - 3600 * SECOND + 60 * SECOND < 120 * SECOND
    )


def test_an_order_is_answered() -> None:
    """An order that can be carried out says from when to when; another says why not, and nothing happens."""
    ours = Running(plant(lines=[STORE]))
    answer = order(ours, b'{"kind": "unplugged", "line": "cold-3", "in": "5 s", "for": "40 s"}')
    assert parse_time(answer["end"]) - parse_time(answer["start"]) == 40 * SECOND
    assert len(ours.plant.faults) == 1
    for wrong, message in (
        (b"now!", "malformed"),
        (b"[1]", "Expected `object`"),
        (b'{"kind": "unplugged"}', "needs line, for"),
        (b'{"kind": "unplugged", "line": "retort-2", "for": "1 s"}', "the line does not run"),
    ):
        assert message in order(ours, wrong)["error"]
    assert len(ours.plant.faults) == 1


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told(how: signal.Signals) -> None:
    """At once, with success, without a word on standard error."""
    with running(*FAST) as (process, _):
        began = time.monotonic()
        process.send_signal(how)
        _, complaints = process.communicate(timeout=10)
        assert time.monotonic() - began < 3
        assert (process.returncode, complaints) == (0, "")


@pytest.mark.slow
def test_it_ends_with_its_parent() -> None:
    """Who starts it and is killed leaves no devices behind."""
    starter = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({[*COMMAND, '--line', RETORT]!r}, stdout=subprocess.PIPE)\n"
        "print(child.pid, child.stdout.readline(), flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline().split()[0]))
    parent.kill()
    parent.communicate()
    try:
        child.wait(5)
    except psutil.TimeoutExpired:
        child.kill()
        raise


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--retort", "canbus"], 2, "framing one of tcp, rtu+tcp, serial"),
        (["--every", "cold-3"], 2, "write LINE=DURATION"),
        (["--every", "cold-3=soon"], 1, "'soon' is not a duration"),
        (["--hurry", "retort-2=fast"], 2, "'fast' is not a whole number"),
        (["--hurry", "retort-2=99"], 1, "1 to 30 times"),
        (["--line", "cold-4"], 1, "no line 'cold-4'"),
        (["--broker", "here"], 2, "is not HOST:PORT"),
        (["--clock-within", "long"], 1, "'long' is not a duration"),
        (["--start", "2020-01-01T00:00:00Z", "--line", STORE], 1, "begin later"),
    ],
)
def test_what_cannot_be_is_told(arguments: list[str], code: int, message: str) -> None:
    """A wrong option is named in words, and nothing is served."""
    app = typer.Typer()
    app.command()(serve)
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})
    assert done.exit_code == code
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_a_taken_port_is_told() -> None:
    """Where somebody listens already the command ends, and names the address."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--retort", f"tcp:{port}"], capture_output=True, text=True, timeout=20, check=False
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{port} cannot be served" in done.stderr


def test_help_teaches() -> None:
    """Its help shows a script, an order and an example."""
    shown = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    assert "kind: low_ozone" in shown
    assert "Example: python -m simulators.plant" in shown


@pytest.mark.slow
def test_it_costs_little(tmp_path: Path) -> None:
    """Served and read at the demo's pace it stays under 90 MB and 4 % of a core."""
    with running(
        "--always-on",
        *(f"--every={line}=2 s" for line in (WATER, RETORT, STORE)),
        f"--mqtt-port={free_port()}",
    ) as (process, _):
        observed = psutil.Process(process.pid)
        time.sleep(2)
        before = observed.cpu_times()
        time.sleep(8)
        after = observed.cpu_times()
        assert observed.memory_info().rss < 90e6
        assert (after.user + after.system - before.user - before.system) / 8 < 0.04
