"""The map is one: what devices serve, what docs show and what a site file reads."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from gateway.modbus_settings import ModbusSource
from gateway.mqtt_settings import MqttSource
from gateway.settings import Sources
from gateway.topic_filter import matcher
from simulators.faults import KINDS
from simulators.plant import EVERY, LINES, plant
from simulators.plant_command import serve
from simulators.register_map import (
    MODBUS,
    TEXTS,
    registers,
    sources_yaml,
    status_topic,
    text_topic,
    value_topic,
)

PAGE = (Path(__file__).parents[2] / "docs" / "simulators.md").read_text(encoding="utf-8")
ADDRESSES = {
    "mqtt": "mqtt://127.0.0.1:1883",
    "bottled-water": "tcp://127.0.0.1:5020",
    "retort-2": "rtu+tcp://127.0.0.1:5021",
}


@pytest.mark.parametrize("line", MODBUS)
def test_docs_show_the_registers(line: str) -> None:
    """Each register stands in the docs' table, with its address, type, scale and unit."""
    for place in registers(plant(probed=True).lines[line].signals):
        signal = place.signal
        assert f"| {signal.name} | {place.at} | {place.type} | {place.scale} | {signal.unit} |" in PAGE


def test_docs_show_the_topics() -> None:
    """Each topic stands in the docs."""
    for line, process in plant().lines.items():
        if line not in MODBUS:
            for signal in process.signals:
                assert f"`{value_topic(line, signal).rpartition('/')[0]}/" in PAGE
            assert f"`{status_topic(line)}`" in PAGE
        for sensor in TEXTS[line]:
            assert f"`{text_topic(line, sensor)}`" in PAGE


def test_docs_show_the_kinds_of_faults() -> None:
    """Each kind with what it does, where, what it asks for and its usual size."""
    for name, kind in KINDS.items():
        size = f"{kind.size}; {kind.usual:g}" if kind.size else ""
        of = kind.of + (f": {', '.join(kind.choices)}" if kind.choices else "")
        assert f"| {name} | {kind.does} | {', '.join(kind.lines)} | {of} | {size} |" in PAGE


def test_the_gateway_reads_what_is_written() -> None:
    """The `sources:` of all lines pass the gateway's own model, and name every sensor and text there is."""
    made = plant(probed=True)
    text = sources_yaml(made, ADDRESSES, clock_within="2 min")
    found = TypeAdapter(Sources).validate_python(YAML(typ="safe").load(text)["sources"])
    reads: set[str] = set()
    for source in found:
        if isinstance(source, ModbusSource):
            assert source.every == EVERY[source.name]
            assert source.time is not None
            assert source.time.within == 120_000_000_000
            for channel, place in zip(
                source.channels, registers(made.lines[source.name].signals), strict=True
            ):
                assert channel.at.number == place.at
                assert channel.scale * place.signal.steps == 1
                reads.add(channel.reads)
        else:
            assert isinstance(source, MqttSource)
            assert source.version == "3.1.1"
            for line in LINES:
                topics = [text_topic(line, sensor) for sensor in TEXTS[line]]
                if line not in MODBUS:
                    topics += [value_topic(line, signal) for signal in made.lines[line].signals]
                reads |= {
                    topic.removeprefix("plant/")
                    for topic in topics
                    if any(matcher(each.topic).fullmatch(topic) for each in source.topics)
                }
    assert reads == {
        f"{line}/{name}"
        for line, process in made.lines.items()
        for name in [*(signal.name for signal in process.signals), *TEXTS[line]]
    }


def test_only_what_runs_is_read() -> None:
    """A plant of one line makes the sources of one line."""
    text = sources_yaml(plant(lines=["cold-3"]), ADDRESSES)
    assert "retort" not in text
    assert "within" not in text


def test_docs_name_every_option() -> None:
    """The page's table has the options of the command, no more and no fewer."""
    options = {f"--{name.replace('_', '-')}" for name in inspect.signature(serve).parameters}
    rows = re.findall(r"^\| (--[^|]*) \|", PAGE, re.MULTILINE)
    assert {name.strip() for row in rows for name in row.split(",")} == options
