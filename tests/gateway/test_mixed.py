"""Several devices behind one filter whose values come as one sensor's: they are named, and nobody else is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.mixed import Mixed
from gateway.mqtt_settings import MqttSource
from gateway.topics import Router
from readings.times import MINUTE, SECOND, parse_time

NOW = parse_time("2026-12-01T12:00:00Z")
AIR = {"reads": "cold-3/air/CS1", "value": "t", "unit": "degC"}
Heard = Callable[..., list[tuple[str, list[str]]]]


@pytest.fixture
def heard(units: Callable[..., Any]) -> Heard:
    """heard(topic settings, messages): what is said of them ten minutes after the first; message n comes at second n."""

    def run(settings: dict[str, Any], *messages: tuple[str, Any], after: int = 10 * MINUTE) -> list[Any]:
        described = {"name": "z", "mqtt": "mqtt://broker", "topics": [AIR | settings]}
        source, columns, mixed = MqttSource.model_validate(described), Columns(), Mixed()
        router = Router(source, units(air__CS1="degC", air__CS2="degC"), columns, mixed)
        for second, (topic, said) in enumerate(messages):
            for route in router.routes(topic.encode()):
                with suppress(PayloadError):  # set aside: nothing was read of it
                    route.add(columns, json.dumps(said).encode(), False, NOW + second * SECOND)
        return list(mixed.said(NOW + after))

    return run


TWO = (("zigbee/th1", {"t": -19.5}), ("zigbee/hall", {"t": 21.0}))


@pytest.mark.parametrize("more", [{}, {"partial": True}, {"when": {"t": [-19.5, 21.0]}}])
def test_two_topics_that_feed_one_series_are_named(heard: Heard, more: dict[str, Any]) -> None:
    """A cold room and a hall that take turns look like a cold room half of the time."""
    said = heard({"topic": "zigbee/+"} | more, *TWO)
    assert said == [("cold-3/air/CS1", ["zigbee/hall", "zigbee/th1"])]


def test_it_ends_when_only_one_of_them_has_spoken_for_ten_minutes(heard: Heard) -> None:
    """The first spoke at second 0: it counts until ten minutes later, and not a nanosecond longer."""
    assert len(heard({"topic": "zigbee/+"}, *TWO)) == 1
    assert heard({"topic": "zigbee/+"}, *TWO, after=10 * MINUTE + 1) == []


@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        ({"topic": "zigbee/+"}, [TWO[0], TWO[0]]),
        ({"topic": "zigbee/+", "partial": True}, [TWO[0], ("zigbee/lamp", {"on": True})]),
        (
            {"topic": "zigbee/+", "when": {"id": 7}},
            [("zigbee/a", {"id": 7, "t": 1}), ("zigbee/b", {"id": 8, "t": 2})],
        ),
        (
            {"topic": "zigbee/+", "reads": "cold-3/air/{1}", "names": {1: {"th1": "CS1", "hall": "CS1"}}},
            list(TWO),
        ),
        (
            {"topic": "zigbee/+", "reads": "cold-3/air/{id}"},
            [("zigbee/a", {"id": "CS1", "t": 1}), ("zigbee/b", {"id": "CS2", "t": 2})],
        ),
    ],
    ids=[
        "one topic",
        "nothing read of the other",
        "not meant",
        "said to be one device",
        "named by the message",
    ],
)
def test_others_are_not(heard: Heard, settings: dict[str, Any], messages: Sequence[tuple[str, Any]]) -> None:
    """One topic; one of which something is read; several of which the site file says whose they are."""
    assert heard(settings, *messages) == []
