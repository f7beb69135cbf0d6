"""A message becomes the reading that it means, or is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from gateway.columns import Columns
from gateway.errors import PayloadError, SourceError
from gateway.mqtt_settings import MqttSource
from gateway.topic_check import misfits
from gateway.topic_filter import matcher
from gateway.topics import Router
from readings.block import Block
from readings.quality import Reason
from readings.times import SECOND, parse_time

NOW = parse_time("2026-12-01T12:00:00.123456789Z")
START = parse_time("2026-12-01T00:00:00Z")


@pytest.fixture
def hear(units: Callable[..., Any]) -> Callable[..., Block]:
    """hear(topic settings, payload): the block that a message gives."""

    def run(
        settings: dict[str, Any], payload: bytes, *, topic: bytes = b"plant/CS1/air", retained: bool = False
    ) -> Block:
        source = MqttSource.model_validate(
            {
                "name": "loggers",
                "mqtt": "mqtt://broker",
                "topics": [{"topic": "plant/+/air", "reads": "cold-3/air/{1}", "unit": "degC"} | settings],
            }
        )
        columns = Columns()
        router = Router(source, units(air__CS1="degC", door="bool"), columns)
        for route in router.routes(topic):
            route.add(columns, payload, retained, NOW)
        return columns.take()

    return run


@pytest.mark.parametrize(
    ("topic_filter", "topic", "groups"),
    [
        ("a/+/c", "a/b/c", ("b",)),
        ("a/+/c", "a/b/x/c", None),
        ("a/#", "a/b/c", ("b/c",)),
        ("a/#", "a", (None,)),
        ("#", "a/b", ("a/b",)),
        ("a.b/+", "axb/c", None),
        ("+/+", "/x", ("", "x")),
    ],
)
def test_filters(topic_filter: str, topic: str, groups: tuple[str | None, ...] | None) -> None:
    """Filters match as MQTT says (section 4.7), and give what each wildcard stood for."""
    match = matcher(topic_filter).fullmatch(topic)
    assert (match.groups() if match else None) == groups


@pytest.mark.parametrize(
    ("settings", "payload", "value", "reason"),
    [
        ({}, b'{"value": -19.3}', -19.3, Reason.NONE),
        ({}, b'{"value": -19}', -19.0, Reason.NONE),
        ({}, b'{"value": " -19.30 "}', -19.3, Reason.NONE),
        ({"scale": 0.1}, b'{"value": -193}', -19.3, Reason.NONE),
        ({"unit": "degF"}, b'{"value": 68.9}', 20.5, Reason.NONE),
        ({"value": "env.air.t"}, b'{"env": {"air": {"t": 1.5, "h": 3}}}', 1.5, Reason.NONE),
        ({"value": "env.t"}, b'{"env": null}', None, Reason.MISSING),
        ({"value": "env.t"}, b'{"other": 1}', None, Reason.MISSING),
        ({}, b'{"value": null}', None, Reason.MISSING),
        ({}, b"{}", None, Reason.MISSING),
        ({"sentinels": [-127, "-OL"]}, b'{"value": -127.0}', None, Reason.SENTINEL),
        ({"sentinels": [-127, "-OL"]}, b'{"value": "-OL"}', None, Reason.SENTINEL),
        ({"payload": "number"}, b" -19.3\n", -19.3, Reason.NONE),
        ({"payload": "number"}, b"nan", None, Reason.NOT_A_NUMBER),
        ({"reads": "cold-3/door", "unit": "bool"}, b'{"value": true}', 1.0, Reason.NONE),
        ({"reads": "cold-3/door", "unit": "bool"}, b'{"value": 2}', None, Reason.NOT_DECODED),
    ],
)
def test_values(
    settings: dict[str, Any], payload: bytes, value: float | None, reason: Reason, hear: Callable[..., Block]
) -> None:
    """Numbers, nested paths, units, sentinels and truth values; nothing there is missing."""
    block = hear(settings, payload)
    (shown,) = block.value.tolist()
    assert (None if math.isnan(shown) else shown) == value
    assert Reason(int(block.reason[0])) is reason


@pytest.mark.parametrize(
    ("settings", "payload", "message"),
    [
        ({}, b"-19.3", "not of the form that the mapping reads: .*; for a bare number write payload: number"),
        ({}, b"[1]", "not of the form that the mapping reads: Expected `object`, got `array`$"),
        ({}, b'{"value": ', "the payload is not JSON: Input data was truncated"),
        (
            {},
            b'{"value": "21,3"}',
            "the value is '21,3', a text; a number was expected; say what it means by codes",
        ),
        ({}, b'{"value": true}', "the value is True, a truth value"),
        (
            {},
            b'{"value": "21.3 \xb0C"}',
            "the payload is not UTF-8 text: 'utf-8' codec can't decode byte 0xb0",
        ),  # as in Latin-1
        ({}, b'{"value": 1' + b"0" * 400 + b"}", "out of range"),
        ({"payload": "number"}, b"cold", "not a bare number"),
        ({"payload": "number"}, b"1_0", "not a bare number"),
        ({"time": "ts"}, b'{"value": 1, "ts": "yesterday"}', "'yesterday' is not a time"),
        ({"time": "ts"}, b'{"value": 1, "ts": "2026-12-01T00:00:00"}', "has no offset"),
        ({"time": "ts"}, b'{"value": 1, "ts": 5}', "5 is not a time written as"),
        ({"time": "ts", "time_unit": "s"}, b'{"value": 1, "ts": "five"}', "is not a number of s"),
        ({"time": "ts", "time_unit": "s"}, b'{"value": 1, "ts": -5}', "out of range"),
        ({"sequence": "n"}, b'{"value": 1, "n": true}', "Expected `int"),
        ({"sequence": "n"}, b'{"value": 1, "n": -7}', "counter -7 is out of range"),
    ],
)
def test_unreadable(
    settings: dict[str, Any], payload: bytes, message: str, hear: Callable[..., Block]
) -> None:
    """What cannot be read as the settings say is refused, never guessed."""
    with pytest.raises(PayloadError, match=message.replace("(", r"\(")):
        hear(settings, payload)


@pytest.mark.parametrize(
    ("settings", "field", "time"),
    [
        ({}, '"2026-12-01T00:00:07Z"', START + 7 * SECOND),
        ({}, '"2026-12-01T00:00:07.25Z"', START + 7 * SECOND + 250_000_000),
        ({}, '"2026-12-01T08:00:07+08:00"', START + 7 * SECOND),
        ({"zone": "Asia/Shanghai"}, '"2026-12-01 08:00:07"', START + 7 * SECOND),
        ({"time_unit": "s"}, str(START // SECOND), START),
        ({"time_unit": "s"}, f"{START // SECOND}.125", START + 125_000_000),
        ({"time_unit": "ms"}, str(START // 10**6), START),
        ({"time_unit": "ns"}, str(START + 1), START + 1),
    ],
)
def test_times(settings: dict[str, Any], field: str, time: int, hear: Callable[..., Block]) -> None:
    """The payload's own time, in each way it is written; a second message with it gives the same row."""
    payload = f'{{"value": 1, "ts": {field}, "n": 4}}'.encode()
    block = hear({"time": "ts", "sequence": "n"} | settings, payload)
    assert block.time.tolist() == [time]
    assert block.seq.tolist() == [4]
    assert block.received.tolist() == [NOW // 10**6 * 10**6]


def test_times_are_read_alike_when_remembered(hear: Callable[..., Block], units: Callable[..., Any]) -> None:
    """The short cut for times seen before gives what the long way gives; 24:00 and second 60 stay refused."""
    source = MqttSource.model_validate(
        {
            "name": "l",
            "mqtt": "mqtt://b",
            "topics": [{"topic": "t", "reads": "cold-3/door", "time": "ts", "unit": "bool"}],
        }
    )
    columns = Columns()
    (route,) = Router(source, units(door="bool"), columns).routes(b"t")
    texts = [
        f"2026-12-{d:02d}T{h:02d}:59:{s:02d}{f}Z"
        for d in (1, 31)
        for h in (0, 23)
        for s in (0, 59)
        for f in ("", ".5")
    ]
    for text in texts * 2:
        route.add(columns, f'{{"value": 1, "ts": "{text}"}}'.encode(), False, NOW)
    assert columns.take().time.tolist() == [parse_time(text) for text in texts * 2]
    for wrong in ("2026-12-01T00:59:60Z", "2026-12-01T24:59:00Z", "2026-13-01T00:59:00Z"):
        with pytest.raises(PayloadError, match="is not a time"):
            route.add(columns, f'{{"value": 1, "ts": "{wrong}"}}'.encode(), False, NOW)


def test_clock_far_away_is_uncertain(hear: Callable[..., Block]) -> None:
    """With `within`, a payload's time too far from ours makes the reading uncertain; without a time it is bad."""
    settings = {"time": "ts", "within": "1 h"}
    assert hear(settings, b'{"value": 1, "ts": "2026-12-01T00:00:00Z"}').reason.tolist() == [Reason.CLOCK]
    assert hear(settings, b'{"value": 1, "ts": "2026-12-01T11:30:00Z"}').reason.tolist() == [Reason.NONE]
    block = hear(settings, b'{"value": 1, "ts": null}')
    assert block.reason.tolist() == [Reason.DEVICE_CLOCK]
    assert math.isnan(block.value[0])
    assert block.raw.tolist() == [1.0]


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        ("cold-3/air/CS1", None),
        ("cold-3/air/{1}", None),
        (
            "cold-3/air/CS7",
            "source loggers reads cold-3/air/CS7, which no plan has; sensors of line 'cold-3': ",
        ),
        (
            "cold-3/wind/{1}",
            "source loggers reads cold-3/wind/{1}, which no plan has; sensors of line 'cold-3': ",
        ),
        ("cold-3/air/{2}", "names a wildcard that is not in"),
    ],
)
def test_a_status_is_held_against_the_plan(reads: str, told: str | None, units: Callable[..., Any]) -> None:
    """One that speaks of a series by a name that no plan has would say of nobody that it is gone."""
    source = MqttSource.model_validate(
        {
            "name": "loggers",
            "mqtt": "mqtt://broker",
            "topics": [{"topic": "plant/+/air", "reads": "cold-3/air/{1}", "unit": "degC"}],
            "status": [{"topic": "plant/+/lwt", "reads": [reads]}],
        }
    )
    found = list(misfits(source, units(air__CS1="degC", door="bool")))
    assert [place for place, _ in found] == ([("status", 0, "reads", 0)] if told else [])
    assert told is None or told in str(found[0][1])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reads": "cold-3/air/{2}"}, "names a wildcard that is not in"),
        (
            {"reads": "cold-3/wind"},
            "reads cold-3/wind, which no plan has; sensors of line 'cold-3': cold-3/air/CS1",
        ),
        ({"unit": "bar"}, "topic plant/+/air: cold-3/air/CS1: bar cannot become degC"),
        ({"reads": "cold-3"}, "write line/sensor or line/sensor/point"),
    ],
)
def test_topics_are_held_against_the_plan(
    settings: dict[str, Any], message: str, hear: Callable[..., Block]
) -> None:
    """A topic that feeds nothing in the plan, or in another kind of unit, is refused at the start."""
    with pytest.raises(SourceError, match=message.replace("+", r"\+")):
        hear(settings, b"{}")
