"""A Sparkplug source of the site file: what it listens to, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.settings import Sources
from gateway.sparkplug_settings import SparkplugSource

METRIC = {
    "node": "packer",
    "device": "cs1",
    "metric": "Inputs/Air",
    "reads": "cold-3/air/CS1.1",
    "unit": "degC",
}


def source(metric: dict[str, Any] | None = None, **more: Any) -> SparkplugSource:
    given = {
        "name": "edge",
        "sparkplug": "mqtt://10.0.0.9",
        "group": "plant 1",
        "metrics": [METRIC | (metric or {})],
    }
    (made,) = TypeAdapter(Sources).validate_python([given | more])
    assert isinstance(made, SparkplugSource)
    return made


def test_what_it_listens_to() -> None:
    """All that the named nodes say, for the sequence numbers run through all of it; no commands."""
    assert source().filters == (
        "spBv1.0/plant 1/NBIRTH/packer",
        "spBv1.0/plant 1/NDATA/packer",
        "spBv1.0/plant 1/NDEATH/packer",
        "spBv1.0/plant 1/DBIRTH/packer/+",
        "spBv1.0/plant 1/DDATA/packer/+",
        "spBv1.0/plant 1/DDEATH/packer/+",
    )
    assert {each.split("/")[3] for each in source({"node": "+"}).filters} == {"+"}
    both = source(metrics=[METRIC, METRIC | {"node": "+"}])
    assert both.nodes == ("+",), "each message is to come once"


def test_what_goes_without_saying() -> None:
    """The port, that births may be asked for, and that nothing is said of a primary host."""
    made = source()
    assert (made.mqtt.port, made.rebirth, made.host, made.version) == (1883, True, None, "5")


@pytest.mark.parametrize(
    ("node", "device", "reads"),
    [
        ("packer", "cs1", "cold-3/air/plant 1.packer.cs1"),
        ("packer", "cs2", None),
        ("other", "cs1", None),
        ("packer", None, None),
    ],
)
def test_places_have_names(node: str, device: str | None, reads: str | None) -> None:
    """{group}, {node} and {device} are the ids of where a metric came from; what is not meant reads nothing."""
    (metric,) = source({"reads": "cold-3/air/{group}.{node}.{device}"}).metrics
    assert metric.named("plant 1", node, device) == reads


def test_any_device() -> None:
    """+ means any device, and never the node itself."""
    (metric,) = source({"device": "+", "reads": "cold-3/air/{device}"}).metrics
    assert metric.named("g", "packer", "cs9") == "cold-3/air/cs9"
    assert metric.named("g", "packer", None) is None


@pytest.mark.parametrize(
    ("metric", "more", "said"),
    [
        ({"node": "a/b"}, {}, "'a/b' is not a name"),
        ({"node": ""}, {}, "is not a name"),
        ({"device": "cs+"}, {}, "without \\+, or \\+ for any"),
        ({"reads": "cold-3/air/{1}"}, {}, r"names \{1\}; there are \{group\}, \{node\}, \{device\}"),
        ({"device": None, "reads": "x/{device}"}, {}, r"there are \{group\}, \{node\}$"),
        ({"codes": {1: "a"}}, {}, "unit degC does not go with them"),
        ({"metrc": 1}, {}, "unknown key metrc; did you mean metric\\?"),
        ({}, {"host": "a/b"}, "should match pattern"),
        ({}, {"metrics": []}, "at least 1 item"),
        ({}, {"sparkplug": "tcp://x"}, "is not an address"),
        ({}, {"mqtt": "mqtt://x"}, "a source has either"),
    ],
)
def test_refused(metric: dict[str, Any], more: dict[str, Any], said: str) -> None:
    """What cannot be meant is refused with what to write."""
    with pytest.raises(ValidationError) as error:
        source(metric, **more)
    assert any(re.search(said, each["msg"]) for each in error.value.errors())
