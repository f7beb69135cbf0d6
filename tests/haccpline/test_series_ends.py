"""What a series comes from, as health names what does not answer."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.views.silent_ends import SilentEnd
from gateway.sparkplug_settings import SparkplugSource
from haccpline.series_ends import series_ends


def source(metric: dict[str, Any], *, group: str = "plant") -> SparkplugSource:
    return SparkplugSource.model_validate(
        {
            "name": "edge",
            "sparkplug": "mqtt://broker",
            "group": group,
            "metrics": [{"metric": "Air", "unit": "degC"} | metric],
        }
    )


@pytest.mark.parametrize(
    ("metric", "group", "kind", "id_"),
    [
        ({"node": "packer", "device": "cs1", "reads": "c/air/cs1"}, "plant", "device", "plant/packer/cs1"),
        ({"node": "packer", "device": "+", "reads": "c/air/{device}"}, "plant", "device", "plant/packer/cs1"),
        ({"node": "+", "device": "a", "reads": "{group}/air/{node}"}, "+", "device", "c/cs1/a"),
        ({"node": "packer", "reads": "c/air/cs1"}, "plant", "node", "plant/packer"),
        ({"node": "packer", "device": "+", "reads": "c/air/cs1"}, "plant", "node", "plant/packer"),
        ({"node": "+", "device": "cs1", "reads": "c/air/cs1"}, "plant", "source", ""),
    ],
)
def test_an_edge_node_or_a_device_is_named_where_it_is_known(metric, group, kind, id_):
    """By its id in the site file, or the one that the name of the series holds; else what is surely behind it."""
    ends = series_ends((source(metric, group=group),), ["c/air/cs1", "c/door/1"])
    assert ends == {"c/air/cs1": SilentEnd("edge", kind, id_)}


def test_a_lone_point_has_its_number():
    """`c/door` in the site file is `c/door/1` elsewhere."""
    ends = series_ends((source({"node": "packer", "reads": "c/door"}),), ["c/door/1"])
    assert ends == {"c/door/1": SilentEnd("edge", "node", "plant/packer")}


def test_what_must_answer_for_a_device_to():
    """Its source, its node, itself, in this order; a unit has no node."""
    assert SilentEnd("edge", "device", "g/n/d").chain == (("edge", ""), ("edge", "g/n"), ("edge", "g/n/d"))
    assert SilentEnd("hall", "unit", "3").chain == (("hall", ""), ("hall", "3"))
    assert SilentEnd("hall").chain == (("hall", ""),)
