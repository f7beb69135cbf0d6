"""Each benchmark runs, in its smallest size, and gives figures; their numbers are judged by nobody here."""

from __future__ import annotations

import importlib
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import Name, as_json, table
from benchmarks.figure import Figure, Size, Target

ROOT = Path(__file__).parents[2]
NEED_SERVERS = {Name.MQTT_RECEIVE, Name.DRAIN, Name.END_TO_END}


def figures_of(name: Name) -> list[Figure]:
    told: list[str] = []
    return importlib.import_module(f"benchmarks.{name}").run(Size.TINY, told.append)


@pytest.mark.parametrize("name", [name for name in Name if name not in NEED_SERVERS])
def test_it_gives_figures(name):
    """A benchmark gives figures that are numbers, each under a name of its own, at least one with a target."""
    figures = figures_of(name)
    assert all(math.isfinite(each.value) and each.value > 0 for each in figures)
    assert len({each.name for each in figures}) == len(figures)
    assert any(each.target is not None and each.met is not None for each in figures)


@pytest.mark.server
def test_what_needs_a_database_gives_figures(influxd):
    """With an InfluxDB installed, its benchmark gives a rate, as a ratio to its floor, and a wait."""
    drained, waits = figures_of(Name.DRAIN)
    assert drained.ratio is not None
    assert drained.ratio > 0
    assert waits.value > 0


@pytest.mark.slow  # two record processes with all that belongs to one
@pytest.mark.server
def test_what_needs_all_servers_gives_figures(mosquitto, influxd):
    """With broker and InfluxDB, everything that was sent is kept, judged and stored, and verdicts are timed."""
    figures = figures_of(Name.END_TO_END)
    assert all(math.isfinite(each.value) and each.value > 0 for each in figures)


@pytest.mark.server
def test_what_needs_a_broker_gives_figures(mosquitto):
    """With a broker installed, its benchmark gives a rate, as a ratio to its floor."""
    figures = figures_of(Name.MQTT_RECEIVE)
    assert [each.ratio is not None and each.ratio > 0 for each in figures] == [True] * len(figures)


def test_the_command_prints_a_table_and_writes_json(tmp_path):
    """`python -m benchmarks replay` names the machine, prints every figure, writes the same as JSON, and exits 0."""
    out = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "replay", "--tiny", "--json", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(out.read_text())
    assert said["before"]["cores"] >= 1
    assert said["before"]["cpu"] in done.stdout
    assert said["figures"]
    assert all(each["name"] in done.stdout for each in said["figures"])


@pytest.mark.parametrize(
    ("value", "floor", "target", "met"),
    [
        (5.0, None, Target(least=5.0), True),
        (4.9, None, Target(least=5.0), False),
        (10.0, None, Target(most=10.0), False),
        (60.0, 100.0, Target(least=0.5, of_floor=True), True),
        (40.0, 100.0, Target(least=0.5, of_floor=True), False),
        (40.0, None, Target(least=0.5, of_floor=True), None),
        (40.0, 100.0, None, None),
    ],
)
def test_a_target_is_of_the_value_or_of_the_ratio(value, floor, target, met):
    """A figure meets its target by its value, or by its ratio to the floor where that is meant."""
    figure = Figure("f", value, "u", floor, target)
    assert figure.met is met
    assert as_json(figure)["met"] is met


def test_a_missed_target_is_marked():
    """What misses its target says so in the table; what meets it does not."""
    shown = table([Figure("f", value, "u", None, Target(least=5.0)) for value in (4, 6)])
    assert list(shown.columns[5].cells) == [">= 5  missed", ">= 5"]
