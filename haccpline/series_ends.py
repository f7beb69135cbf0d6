"""What each series comes from, as health names it where it does not answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from dashboards.views.silent_ends import SilentEnd
from gateway.modbus_settings import ModbusSource
from gateway.settings import Source, Sources
from gateway.sparkplug_settings import ANY, SparkplugSource

_PLACE = re.compile(r"\\\{(.+?)\\\}")
_IDS = ("group", "node", "device")


def series_ends(sources: Sources, series: Iterable[str]) -> dict[str, SilentEnd]:
    """By series `line/sensor/point`: a unit, where several share a link; an edge node or its device; else the source.

    Args:
        sources: of the site file.
        series: that the plans know.
    """
    names, found = list(series), {}
    for source in sources:
        for place, reads in source.places():
            pattern = _pattern(reads)
            for name in names:
                if match := pattern.fullmatch(name):
                    found[name] = _end(source, place, match.groupdict())
    return found


def _pattern(reads: str) -> re.Pattern[str]:
    """What may be read so, with the ids of an edge node as groups."""
    left = set(_IDS)

    def stands(place: re.Match[str]) -> str:
        if place[1] in left:
            left.remove(place[1])
            return f"(?P<{place[1]}>[^/]+)"
        return "[^/]+"

    return re.compile(_PLACE.sub(stands, re.escape(reads)) + "(/1)?")


def _end(source: Source, place: Sequence[str | int], named: Mapping[str, str]) -> SilentEnd:
    if isinstance(source, ModbusSource) and place[0] == "devices":
        return SilentEnd(source.name, "unit", str(source.devices[int(place[1])].unit))
    if isinstance(source, SparkplugSource):
        metric = source.metrics[int(place[1])]
        written = (source.group, metric.node, metric.device)
        group, node, device = (
            named.get(id_) if said == ANY else said for id_, said in zip(_IDS, written, strict=True)
        )
        if group and node:
            return (
                SilentEnd(source.name, "device", f"{group}/{node}/{device}")
                if device
                else SilentEnd(source.name, "node", f"{group}/{node}")
            )
    return SilentEnd(source.name)
