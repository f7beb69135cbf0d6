"""Sparkplug metrics held against the plan before anything is heard."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.columns import Columns
from gateway.errors import PayloadError, SourceError
from gateway.sparkplug_feed import Feeds, misfits
from gateway.sparkplug_payload import Metric
from gateway.sparkplug_session import Definition
from gateway.sparkplug_settings import SparkplugSource
from readings.inputs import Series
from readings.times import MS, parse_time
from readings.units import unit_named

NOW = parse_time("2026-12-01T00:00:00Z") // MS
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


def test_a_text_from_the_future_is_no_state() -> None:
    """Of a clock eight hours ahead the lot would hold in eight hours; one that comes late holds from when it was said."""
    lot = {"node": "packer", "metric": "Lot", "reads": "cold-3/lot", "unit": "text", "within": "5 min"}
    (feed,) = Feeds(source(lot), {Series("cold-3", "lot"): unit_named("text")}).of("g", "packer", None, "Lot")
    columns = Columns()

    def say(ms: int, value: bytes) -> None:
        metric = Metric("Lot", None, ms, 12, False, False, "string", value, None, None)
        feed.add(columns, metric, Definition("Lot", 12), sent=ms, received=NOW * MS)

    with pytest.raises(PayloadError, match="would hold from 2026-12-01T08:00:00Z on, which is still to come"):
        say(NOW + 8 * 3_600_000, b"L-9")
    say(NOW - 8 * 3_600_000, b"L-7")
    say(NOW + 60_000, b"L-8")
    assert [(state.text, state.time // MS - NOW) for state in columns.take().states] == [
        ("L-7", -8 * 3_600_000),
        ("L-8", 60_000),
    ]


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
