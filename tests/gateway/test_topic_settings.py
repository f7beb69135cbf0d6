"""Mappings that cannot be meant are refused, in words that help."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.mqtt_settings import MqttSource
from gateway.topic_settings import Topic

READS: dict[str, Any] = {"topic": "a/+", "reads": "c/air", "unit": "degC"}
ONE: dict[str, Any] = {"reads": "c/air", "unit": "degC"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"topic": "$share/g", "reads": "c/air", "unit": "degC"}, "write \\$share/GROUP/FILTER"),
        ({"topic": "$share/g+/a", "reads": "c/air", "unit": "degC"}, "write \\$share/GROUP/FILTER"),
        ({"topic": "a/#/b", "reads": "c/air", "unit": "degC"}, "# last"),
        ({"topic": "a"}, "it reads nothing; write reads"),
        ({"topic": "a", "reads": "c/air"}, "its unit is missing"),
        ({"topic": "a", "ignore": True, **ONE}, "what is ignored is not read"),
        ({"topic": "a", "readings": [ONE], "value": "x"}, "with `readings`, value belongs to each of them"),
        ({"topic": "a", "readings": []}, "write at least one"),
        ({**READS, "value": "a..b"}, "is no path"),
        ({**READS, "value": True}, "True is no path; put it in quotes"),
        ({**READS, "reads": "c/{a..b}"}, "is no path"),
        ({**READS, "reads": "c/{#}"}, "write which: each"),
        ({**READS, "names": {2: {"a": "b"}}}, r"no `reads` has the placeholder \{2\}"),
        ({**READS, "at": 3}, "has `at` and `type`"),
        ({**READS, "at": 3, "type": "int16"}, "counts bytes, and the message has none"),
        ({**READS, "at": 3, "type": "int16", "value": "v", "payload": "binary"}, "write one of them"),
        ({**READS, "payload": "binary"}, "a binary payload has no paths"),
        ({**READS, "bits": 3}, "bits and order are of a value in bytes"),
        ({**READS, "bytes": {"encoding": "hex"}}, "in JSON, bytes says where the text with them stands"),
        ({**READS, "bytes": {"value": "d", "encoding": "none"}}, "JSON holds bytes as text"),
        ({**READS, "bytes": {"value": "d", "encoding": "hex", "begins": "5"}}, "two hex digits for each"),
        ({**READS, "payload": "number", "partial": True}, "no room for partial"),
        ({**READS, "payload": "number", "time": "t", "sequence": "n"}, "no room for time, sequence"),
        ({**READS, "or_arrival": True, "time": "t"}, "or_arrival goes with `time`, and with `within`"),
        ({**READS, "every": "1 s", "time": "t"}, "every goes with `each`"),
        ({**READS, "each": "v", "time": "t", "time_of": "last"}, "time_of goes with `every`"),
        ({**READS, "time": {"at": 0, "type": "uint32"}, "payload": "hex"}, "a hex payload has no paths"),
        ({**READS, "units": {"C": "degC"}}, "write where they stand"),
        ({**READS, "codes": {"on": "running"}}, "a text goes with unit: text"),
        ({**READS, "codes": {"ON": 1, "on": 0}}, "two codes differ only in capital letters"),
        ({**READS, "unit": "text", "scale": 2}, "a text has no scale"),
        ({**READS, "unit": "text", "codes": {0: 1}}, "a text goes with unit: text"),
    ],
)
def test_a_mapping_that_cannot_be_meant(settings: dict[str, Any], told: str) -> None:
    """What is missing, what contradicts itself, what would never be read."""
    with pytest.raises(ValidationError, match=told):
        Topic.model_validate(settings)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"cert_file": "a.pem"}, "cert_file goes with mqtts://"),
        ({"mqtt": "mqtts://b", "key_file": "a.key"}, "a key_file goes with a cert_file"),
        ({"password_file": "p"}, "a password_file goes with a username"),
        ({"status": {"topic": "a/#/b"}}, "'a/#/b' is not an MQTT filter"),
        ({"status": [{"topic": "a/+"}, {"topic": "lwt+"}]}, r"'lwt\+' is not an MQTT filter"),
        ({"window": 0}, "greater than or equal to 1"),
        ({"window": 70_000}, "less than or equal to 65535"),
        (
            {"status": {"topic": "s", "online": "Up", "offline": ["down", "UP"]}},
            "'up' says online and offline",
        ),
    ],
)
def test_a_broker_that_cannot_be_meant(more: dict[str, Any], told: str) -> None:
    """Certificates without TLS, a password of nobody, a window that holds nothing."""
    with pytest.raises(ValidationError, match=told):
        MqttSource.model_validate({"name": "s", "mqtt": "mqtt://b", "topics": [READS]} | more)


def test_a_zone_that_there_is_not_is_told_before_a_message_comes() -> None:
    """A slip in its name is named where the settings are read; it ended the source at its start."""
    with pytest.raises(ValidationError, match="no time zone named 'Asia/Shangai'"):
        Topic.model_validate(READS | {"time": "t", "zone": "Asia/Shangai"})
    assert Topic.model_validate(READS | {"time": "t", "zone": "Asia/Shanghai"}).zone == "Asia/Shanghai"


def test_names_are_written_out() -> None:
    """Where all names are known, each series that is read is held against the plan by itself."""
    topic = Topic.model_validate(
        {
            "topic": "a/+/+",
            "reads": "c/{1}/{2}",
            "unit": "degC",
            "names": {1: {"x": "air"}, 2: {"a": "1", "b": "2"}},
        }
    )
    assert [name for _, name in topic.written_out()] == ["c/air/1", "c/air/2"]
    several = Topic.model_validate({"topic": "a/+", "readings": [ONE, {"reads": "c/{1}", "unit": "degC"}]})
    assert list(several.written_out()) == [
        (("readings", 0, "reads"), "c/air"),
        (("readings", 1, "reads"), "c/{1}"),
    ]


def test_what_several_topics_read_each_on_its_condition_is_named_once() -> None:
    """Two mappings of one sensor, each for messages of its own kind, are no mistake; without a condition they are."""
    alike = [READS | {"when": {"port": 1}}, READS | {"when": {"port": 2}}]
    source = {"name": "s", "mqtt": "mqtt://b"}
    assert len(list(MqttSource.model_validate(source | {"topics": alike}).places())) == 1
    assert len(list(MqttSource.model_validate(source | {"topics": [READS, READS]}).places())) == 2


def test_a_listener_takes_nothing_from_those_who_share() -> None:
    """Who only looks subscribes to what is shared, not to the share."""
    source = MqttSource.model_validate(
        {"name": "s", "mqtt": "mqtt://b", "topics": [READS | {"topic": "$share/g/a/+"}]}
    )
    assert source.filters == ["$share/g/a/+"]
    assert source.listened == ["a/+"]
