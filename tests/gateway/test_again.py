"""Messages out of quarantine are read by the settings of today, at the time at which they came."""

from __future__ import annotations

import pytest

from gateway.again import ReadAgain
from gateway.errors import SourceError
from gateway.http_settings import HttpSource
from gateway.mqtt_settings import MqttSource
from gateway.sparkplug_settings import SparkplugSource
from readings.inputs import Series
from readings.ports import Quarantined
from readings.quality import Reason
from readings.times import MS, US
from readings.units import unit_named
from simulators.sparkplug_wire import DOUBLE, Sample, payload

AIR = Series("cs1", "air", "CS1.1")
CAME = 1_760_000_000_123_456_000


def source(name: str, topic: str, **more: object) -> MqttSource:
    given = {"topic": topic, "reads": "cs1/air/{1}", "unit": "degC"} | more
    return MqttSource.model_validate({"name": name, "mqtt": "mqtt://localhost", "topics": [given]})


@pytest.fixture
def read() -> ReadAgain:
    sources = (source("old", "old/+"), source("new", "plant/+", value="t"))
    return ReadAgain(sources, {AIR: unit_named("degC")})


def test_by_the_source_it_came_by(read: ReadAgain) -> None:
    """Its value is read; without a time of its own it is of when it came."""
    block = read(Quarantined("mqtt plant/CS1.1", b'{"t": -18.5}', "x", CAME, origin="new"))
    assert block.series == (AIR,)
    assert block.value.tolist() == [-18.5]
    assert block.time.tolist() == [CAME - CAME % US]


def test_without_a_name_by_any_that_has_the_topic(read: ReadAgain) -> None:
    """What was set aside before sources were named is read by the one whose topic matches."""
    assert read(Quarantined("mqtt plant/CS1.1", b'{"t": 1.0}', "x", CAME)).value.tolist() == [1.0]


def test_what_the_broker_had_kept_is_no_more_certain_for_having_been_set_aside(read: ReadAgain) -> None:
    """Nobody knows how old it is: uncertain, as if it had been read when it came."""
    item = Quarantined("retained mqtt plant/CS1.1", b'{"t": -18.5}', "x", CAME, origin="new")
    block = read(item)
    assert (block.value.tolist(), block.reason.tolist()) == ([-18.5], [Reason.RETAINED])


def test_a_message_of_sparkplug() -> None:
    """It is read where it says itself what it is; what stands for a metric in a session that is over is not known."""
    metric = {"node": "packer", "device": "cs1", "metric": "Air", "reads": "cs1/air/CS1.1", "unit": "degC"}
    given = {"name": "edge", "sparkplug": "mqtt://localhost", "group": "plant", "metrics": [metric]}
    read = ReadAgain((SparkplugSource.model_validate(given),), {AIR: unit_named("degC")})
    moment = CAME // MS - 5
    whole = payload([Sample("Air", 2, moment, DOUBLE, -18.5)], time=moment, seq=1)
    block = read(Quarantined("mqtt spBv1.0/plant/DBIRTH/packer/cs1", whole, "x", CAME, origin="edge"))
    assert (block.value.tolist(), block.time.tolist()) == ([-18.5], [moment * MS])
    bare = payload([Sample(None, 2, moment, DOUBLE, -18.5, typed=False)], time=moment, seq=1)
    with pytest.raises(SourceError, match="still cannot be read: the broker kept this message"):
        read(Quarantined("retained mqtt spBv1.0/plant/DBIRTH/packer/cs1", whole, "x", CAME, origin="edge"))
    with pytest.raises(SourceError, match="still cannot be read: no birth that holds says what alias 2 is"):
        read(Quarantined("mqtt spBv1.0/plant/DDATA/packer/cs1", bare, "x", CAME, origin="edge"))


def test_what_was_handed_in() -> None:
    """A part of a post is read by today's site file, with the precision that was said then."""
    given = {"name": "mes", "http": [{"reads": "cs1/air/CS1.1", "name": "air", "unit": "degC"}]}
    read = ReadAgain((HttpSource.model_validate(given),), {AIR: unit_named("degC")})
    line = f"air value=-18.5 {CAME // MS}".encode()
    block = read(Quarantined("http line protocol ms", line, "x", CAME, origin="mes"))
    assert (block.value.tolist(), block.time.tolist()) == ([-18.5], [CAME // MS * MS])


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Quarantined("mqtt plant/CS1.1", b"warm", "x", CAME, origin="new"), "payload is not JSON: invalid"),
        (
            Quarantined("mqtt other/CS1.1", b"1", "x", CAME, origin="new"),
            "still cannot be read: source new has no",
        ),
        (Quarantined("mqtt plant/CS1.1", b"1", "x", CAME, origin="gone"), "no source 'gone' any more"),
        (Quarantined("file x.csv", b"1", "x", CAME), "only what came by MQTT or HTTP"),
    ],
)
def test_what_cannot_be_read_says_why(read: ReadAgain, item: Quarantined, words: str) -> None:
    """In words that a person can act on."""
    with pytest.raises(SourceError, match=words):
        read(item)
