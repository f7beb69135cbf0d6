"""Sparkplug metrics held against the plan before anything is heard."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import PayloadError, SourceError
from gateway.sparkplug_feed import Feeds, misfits
from gateway.sparkplug_settings import SparkplugSource
from readings.inputs import Series
from readings.units import unit_named

UNITS = {
    Series("cold-3", "air", "cs1"): unit_named("degC"),
    Series("cold-3", "air", "cs2"): unit_named("degC"),
    Series("cold-3", "door"): unit_named("bool"),
}
AIR = {"node": "packer", "device": "+", "metric": "Air", "reads": "cold-3/air/{device}", "unit": "degF"}
DOOR = {"node": "packer", "metric": "Door", "reads": "cold-3/door", "unit": "bool"}


def source(*metrics: dict[str, Any]) -> SparkplugSource:
    given = {"name": "edge", "sparkplug": "mqtt://x", "group": "g", "metrics": list(metrics)}
    return SparkplugSource.model_validate(given)


def test_what_a_metric_feeds() -> None:
    """The series of the place that it came from; nothing where no plan reads that metric."""
    feeds = Feeds(source(AIR, DOOR), UNITS)
    assert [str(each.series) for each in feeds.of("g", "packer", "cs1", "Air")] == ["cold-3/air/cs1"]
    assert feeds.of("g", "packer", "cs1", "Pressure") == ()
    assert feeds.of("g", "packer", None, "Air") == ()
    with pytest.raises(PayloadError, match=r"cold-3/air/cs9, which no plan has"):
        feeds.of("g", "packer", "cs9", "Air")


def test_what_a_node_surely_feeds() -> None:
    """What is named outright is known without a birth; what stands behind + is not."""
    assert Feeds(source(AIR, DOOR), UNITS).certain("g", "packer") == {None: {Series("cold-3", "door")}}


@pytest.mark.parametrize(
    ("wrong", "key", "said"),
    [
        (DOOR | {"reads": "cold-3/gate"}, "reads", "cold-3/gate, which no plan has"),
        (DOOR | {"reads": "cold-3"}, "reads", "write line/sensor"),
        (AIR | {"unit": "bar"}, "unit", "metric Air: bar cannot become degC"),
        (AIR | {"reads": "warm-1/air/{device}"}, "reads", "no plan has"),
    ],
)
def test_misfits_are_told_with_their_place(wrong: dict[str, Any], key: str, said: str) -> None:
    """What no plan has, or in another kind of unit, is told before the start, with its place in the settings."""
    made = source(DOOR, wrong)
    with pytest.raises(SourceError, match=said):
        Feeds(made, UNITS)
    ((place, error),) = misfits(made, UNITS)
    assert place == ("metrics", 1, key)
    assert said in str(error)
