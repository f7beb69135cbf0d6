"""Whatever an MQTT message holds: no failure but the typed one, and no value but the one that the standard library reads."""

from __future__ import annotations

import base64
import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.mqtt_packet import parse_publish
from gateway.mqtt_settings import MqttSource
from gateway.topics import Router
from readings.block import Block
from readings.inputs import Series
from readings.quality import Quality, Reason
from readings.times import MS, parse_time
from readings.units import unit_named

NOW = parse_time("2026-12-01T12:00:00Z")
AIR, DOOR, LOT = Series("c", "air"), Series("c", "door"), Series("c", "lot")
UNITS = {AIR: unit_named("degC"), DOOR: unit_named("bool"), LOT: unit_named("text")}
TOPICS: dict[str, dict[str, Any]] = {
    "plain": {"reads": "c/air", "unit": "degC"},
    "nested": {"reads": "c/air", "value": "a.b", "time": "t", "sequence": "n", "unit": "degC"},
    "ms": {"reads": "c/air", "time": "t", "time_unit": "ms", "within": "5 min", "unit": "degC"},
    "number": {"reads": "c/air", "payload": "number", "unit": "degC"},
    "text": {"reads": "c/lot", "payload": "text", "unit": "text"},
    "several": {"readings": [{"reads": "c/air", "value": "air", "unit": "degC"},
                             {"reads": "c/door", "value": "door", "unit": "bool"}], "partial": True},
    "list": {"each": "list", "reads": "c/air", "value": "v", "time": "t", "unit": "degC"},
    "units": {"reads": "c/air", "unit_from": "u", "units": {"C": "degC", "F": "degF"}},
    "codes": {"reads": "c/door", "codes": {"open": 1, "closed": 0}, "unit": "bool"},
    "base64": {"bytes": {"value": "data", "encoding": "base64"},
               "readings": [{"reads": "c/air", "at": 1, "type": "int16", "unit": "degC"},
                            {"reads": "c/door", "at": 0, "type": "bool", "bits": 3, "unit": "bool"}]},
    "binary": {"payload": "binary", "readings": [
        {"reads": "c/air", "at": 0, "type": "float32", "order": "little", "unit": "degC"}]},
    "hex": {"payload": "hex", "readings": [{"reads": "c/air", "at": 0, "type": "bcd16", "unit": "degC"}]},
}  # fmt: skip
SOURCE = MqttSource.model_validate(
    {"name": "s", "mqtt": "mqtt://b", "topics": [{"topic": name, **said} for name, said in TOPICS.items()]}
)
LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["-18.3", "1e400", "nan", "0x10", "open", "2026-12-01T12:00:00Z", "21.3 C", "C", "F"]),
)
KEYS = st.sampled_from(["value", "a", "b", "t", "n", "air", "door", "list", "v", "u", "data", "x"])
JSON = st.recursive(
    LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=12,
)
PAYLOADS = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=30).map(str.encode),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(KEYS, JSON, max_size=6).map(lambda value: json.dumps(value).encode()),
)


COLUMNS = Columns()
ROUTER = Router(SOURCE, UNITS, COLUMNS)


def heard(topic: str, payload: bytes) -> Block:
    """What a message becomes."""
    COLUMNS.take()  # what a refused one left
    for route in ROUTER.routes(topic.encode()):
        route.add(COLUMNS, payload, False, NOW)
    return COLUMNS.take()


def refused(topic: str, payload: bytes) -> bool:
    """Whether a message is refused."""
    try:
        heard(topic, payload)
    except PayloadError:
        return True
    return False


@given(st.sampled_from(sorted(TOPICS)), PAYLOADS)
def test_any_payload(topic: str, payload: bytes) -> None:
    """It is refused in words, or what it becomes is in order: a value where it is not bad, and none where it is."""
    try:
        block = heard(topic, payload)
    except PayloadError:
        return
    for value, quality, reason in zip(
        block.value.tolist(), block.quality.tolist(), block.reason.tolist(), strict=True
    ):
        assert math.isnan(value) == (quality == Quality.BAD)
        assert Reason(reason).quality == quality
    assert all(0 <= time < 2**63 for time in block.time.tolist())
    assert all(state.text.isprintable() for state in block.states)


@given(st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats()), st.integers(0, 2**40))
def test_a_good_value_is_the_one_of_the_payload(value: Any, counter: int) -> None:
    """Read by the standard library it is the same number, not good where it cannot be kept exactly."""
    payload = json.dumps({"a": {"b": value}, "t": "2026-12-01T12:00:00.25Z", "n": counter}).encode()
    if refused("nested", payload):
        assert isinstance(value, bool) or not math.isfinite(value)
        return
    block = heard("nested", payload)
    (found,), (quality,) = block.value.tolist(), block.quality.tolist()
    if value is None:
        assert math.isnan(found)
    else:
        assert found == float(value)
        assert quality == Quality.GOOD or (isinstance(value, int) and abs(value) > 2**53)
        assert quality == Quality.UNCERTAIN or found == value
    assert block.time.tolist() == [NOW + 250 * MS]
    assert block.seq.tolist() == [counter]


@given(st.binary(max_size=12))
def test_bytes_in_base64(data: bytes) -> None:
    """The values are those that `struct` finds at their places; bytes that end too soon are refused."""
    payload = json.dumps({"data": base64.b64encode(data).decode()}).encode()
    if len(data) < 3:
        assert refused("base64", payload)
        return
    block = heard("base64", payload)
    names = [str(block.series[which]) for which in block.which.tolist()]
    found = dict(zip(names, block.value.tolist(), strict=True))
    assert found == {"c/air": struct.unpack_from(">h", data, 1)[0], "c/door": data[0] >> 3 & 1}


@given(st.binary(max_size=8))
def test_binary_floats(data: bytes) -> None:
    """A float that is no number is bad; any other is what `struct` reads."""
    if len(data) < 4:
        assert refused("binary", data)
        return
    block = heard("binary", data)
    expected = struct.unpack_from("<f", data)[0]
    assert (
        math.isnan(block.value[0])
        if not math.isfinite(expected)
        else block.value[0] == pytest.approx(expected)
    )


def published(topic: bytes, payload: bytes, *, qos: int, five: bool, properties: bytes = b"") -> bytes:
    """What follows the fixed header of a PUBLISH (MQTT 3.1.1 and 5, 3.3)."""
    length = bytearray()
    rest = len(properties)
    while five:
        rest, low = divmod(rest, 128)
        length.append(low | (0x80 if rest else 0))
        if not rest:
            break
    return (
        struct.pack(">H", len(topic))
        + topic
        + (b"\x12\x34" if qos else b"")
        + (bytes(length) + properties if five else b"")
        + payload
    )


@given(
    st.binary(max_size=40),
    st.binary(max_size=40),
    st.integers(0, 1),
    st.booleans(),
    st.binary(max_size=300),
)
def test_a_publish_is_taken_apart(
    topic: bytes, payload: bytes, qos: int, five: bool, properties: bytes
) -> None:
    """Topic, payload and acknowledgement are those that were put in; cut short before the payload it is refused."""
    packet = published(topic, payload, qos=qos, five=five, properties=properties)
    acknowledgement = b"\x40\x02\x12\x34" if qos else b""
    assert parse_publish(0x30 | qos << 1, packet, five=five) == (topic, payload, acknowledgement)
    head = len(packet) - len(payload)
    for end in range(head):
        with pytest.raises(ValueError, match="too short"):
            parse_publish(0x30 | qos << 1, packet[:end], five=five)


@given(st.integers(0x30, 0x3F), st.binary(max_size=60), st.booleans())
def test_any_publish(command: int, packet: bytes, five: bool) -> None:
    """Any bytes are taken apart, or refused as too short."""
    try:
        topic, payload, _ = parse_publish(command, packet, five=five)
    except ValueError:
        return
    assert packet.endswith(payload)
    assert topic in packet
