"""What is behind a source, as Prometheus reads it: units on a Modbus link, edge nodes of Sparkplug and their devices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from readings.times import SECOND

_COUNTS = {
    "births": ("births", "Birth certificates heard."),
    "deaths": ("deaths", "Times that it was said to be gone."),
    "lost": ("losses", "Times that messages were missing, so that no birth held any more."),
    "asked": ("rebirths_asked", "Times that it was asked for its births."),
}


def of_ends(sources: Sequence[dict[str, Any]]) -> Iterator[Metric]:
    """The metrics of all that is behind the sources of `health.json`."""
    units = GaugeMetricFamily("haccpline_unit_connected", "Whether it answers.", labels=["source", "unit"])
    for source in sources:
        for unit in source.get("units", ()):
            units.add_metric([source["name"], str(unit["unit"])], float(unit["connected"]))
    yield units
    yield from _of_nodes([(source["name"], node) for source in sources for node in source.get("nodes", ())])


def _of_nodes(nodes: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[Metric]:
    there = GaugeMetricFamily("haccpline_node_connected", "Whether it is there.", labels=["source", "node"])
    born = GaugeMetricFamily("haccpline_node_born", "Whether its births hold.", labels=["source", "node"])
    heard = GaugeMetricFamily(
        "haccpline_node_last_heard_timestamp_seconds", "When it last spoke.", labels=["source", "node"]
    )
    devices = GaugeMetricFamily(
        "haccpline_device_connected", "Whether it is there.", labels=["source", "node", "device"]
    )
    for source, node in nodes:
        label = [source, node["node"]]
        there.add_metric(label, float(node["connected"]))
        born.add_metric(label, float(node["born"]))
        if node["last_heard"] is not None:
            heard.add_metric(label, node["last_heard"] / SECOND)
        for device in node["devices"]:
            devices.add_metric([*label, device["device"]], float(device["connected"]))
    yield from (there, born, heard, devices)
    for key, (name, about) in _COUNTS.items():
        counts = CounterMetricFamily(f"haccpline_node_{name}", about, labels=["source", "node"])
        for source, node in nodes:
            counts.add_metric([source, node["node"]], node[key])
        yield counts
