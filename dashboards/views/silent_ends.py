"""What of the sources does not answer, as `health.json` says it: a source as a whole, or what is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SilentEnd:
    """A source, a unit on its link, an edge node behind its broker, or a device behind that.

    Attributes:
        source: its name.
        kind: `source`, `unit`, `node` or `device`.
        id: number of the unit, `group/node`, `group/node/device`; empty of a source.
        since: since when it is known not to answer, ns UTC; None where nobody knows.
    """

    source: str
    kind: str = "source"
    id: str = ""
    since: int | None = None

    @property
    def name(self) -> str:
        """`hall`, `hall unit 3`, `edge node plant/packer`, where `edge` is the source."""
        return " ".join(filter(None, [self.source, *((self.kind, self.id) if self.id else ())]))

    @property
    def chain(self) -> tuple[tuple[str, str], ...]:
        """Source and id of all that must answer for it to: the source, the node of a device, itself."""
        node = self.id.rpartition("/")[0] if self.kind == "device" else ""
        return tuple((self.source, id_) for id_ in dict.fromkeys(("", node, self.id)))


def silent_ends(source: dict[str, Any]) -> list[SilentEnd]:
    """What of a source of `health.json` does not answer: itself, or else what is behind it and is read."""
    name = source["name"]
    if not source["connected"]:
        times = [unit.get("since") for unit in source.get("units", ())]
        return [SilentEnd(name, since=max(times) if times and None not in times else None)]
    units = [
        SilentEnd(name, "unit", str(unit["unit"]), unit.get("since"))
        for unit in source.get("units", ())
        if not unit["connected"]
    ]
    nodes = (node for node in source.get("nodes", ()) if node["read"])
    return units + [end for node in nodes for end in _of_node(name, node)]


def _of_node(source: str, node: dict[str, Any]) -> Iterator[SilentEnd]:
    if not node["connected"]:
        yield SilentEnd(source, "node", node["node"], node["since"])
        return
    for device in node["devices"]:
        if device["read"] and not device["connected"]:
            yield SilentEnd(source, "device", f"{node['node']}/{device['device']}", device["since"])
