"""A Sparkplug B source of the site file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from gateway.broker import Broker
from gateway.fields import Duration, MqttUrl
from gateway.measure import Measure

ANY = "+"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLACES = ("group", "node", "device")


def _part(text: str) -> str:
    if text == ANY:
        return text
    bad = sorted(set(text) & set("+#/"))
    if bad or not text:
        raise ValueError(
            f"{text!r} is not a name: write it as it stands in the topic, without {', '.join(bad) or 'gaps'}, "
            "or + for any"
        )
    return text


Part = Annotated[str, AfterValidator(_part)]


class SparkplugMetric(Measure):
    """A metric and how its values are read.

    Attributes:
        node: id of the edge node; `+` for any.
        device: id of the device behind it; `+` for any, unset for the node's own metrics.
        metric: its name, as the birth says it.
        reads: `line/sensor[/point]`; `{group}`, `{node}` and `{device}` are the ids of where it came from.
        codes: what numbers mean; the value is the text then. A number that is not named is its digits.
        within: how far the edge node's clock may be from ours before its readings become uncertain; unset, any.
    """

    node: Part
    device: Part | None = None
    metric: str = Field(min_length=1)
    reads: str
    codes: dict[int, str] | None = Field(None, min_length=1)
    within: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _codes_are_text(cls, given: Any) -> Any:
        return {"unit": "text"} | given if isinstance(given, dict) and given.get("codes") else given

    @model_validator(mode="after")
    def _fits(self) -> SparkplugMetric:
        if self.codes is not None and self.unit != "text":
            raise ValueError(f"codes make a text; unit {self.unit} does not go with them")
        known = _PLACES if self.device is not None else _PLACES[:2]
        unknown = [each for each in PLACEHOLDER.findall(self.reads) if each not in known]
        if unknown:
            raise ValueError(
                f"{self.reads!r} names {{{unknown[0]}}}; there are {', '.join(f'{{{each}}}' for each in known)}"
            )
        return self

    def named(self, group: str, node: str, device: str | None) -> str | None:
        """What a metric of this name from there reads; None where it is not meant."""
        if (device is None) != (self.device is None):
            return None
        for wanted, found in ((self.node, node), (self.device, device)):
            if wanted not in (ANY, found):
                return None
        stands: Mapping[str, str] = {"group": group, "node": node, "device": device or ""}
        return PLACEHOLDER.sub(lambda place: stands[place[1]], self.reads)


class SparkplugSource(Broker):
    """Edge nodes of Sparkplug B behind one broker, of one group or of any.

    Attributes:
        mqtt: under the key `sparkplug`: `mqtt://HOST:PORT`, or `mqtts://` for TLS.
        group: id of the group; `+` for any.
        metrics: what to read.
        rebirth: whether an edge node may be asked for its births; nothing else is ever written to it.
        host: id under which the gateway says, as a primary host application, that it is there; unset, it says nothing.
    """

    mqtt: MqttUrl = Field(alias="sparkplug")
    group: Part
    metrics: tuple[SparkplugMetric, ...] = Field(min_length=1)
    rebirth: bool = True
    host: Annotated[str, Field(min_length=1, pattern=r"^[^+#/]+$")] | None = None

    @property
    def nodes(self) -> tuple[str, ...]:
        """Ids of the edge nodes to listen to: `+` alone where any may be meant."""
        named = dict.fromkeys(metric.node for metric in self.metrics)
        return (ANY,) if ANY in named else tuple(named)

    @property
    def filters(self) -> tuple[str, ...]:
        """MQTT filters: all that the edge nodes say, for the sequence numbers run through all of it."""
        return tuple(
            f"spBv1.0/{self.group}/{verb}/{node}{rest}"
            for node in self.nodes
            for kind, rest in (("N", ""), ("D", "/+"))
            for verb in (f"{kind}BIRTH", f"{kind}DATA", f"{kind}DEATH")
        )

    def places(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where the source says what it reads, and what."""
        for index, metric in enumerate(self.metrics):
            yield ("metrics", index, "reads"), metric.reads
