"""The section `sources` says what it means, or is refused with the reason."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.decode import Order
from gateway.device import bind
from gateway.errors import SourceError
from gateway.modbus_settings import ModbusSource
from gateway.mqtt_settings import MqttSource
from gateway.requests import Span
from gateway.settings import Sources
from readings.inputs import Series
from readings.quality import Reason
from readings.times import SECOND
from readings.units import unit_named

CHANNEL = {"reads": "cold-3/air", "at": "holding 0", "type": "int16", "unit": "degC"}
MODBUS = {"name": "cs1", "modbus": "tcp://10.0.0.5", "channels": [CHANNEL]}
LINK = {"name": "hall", "modbus": "tcp://10.0.0.5", "devices": [{"unit": 1, "channels": [CHANNEL]}]}
MQTT = {
    "name": "loggers",
    "mqtt": "mqtt://broker",
    "topics": [{"topic": "a/+", "reads": "l/s", "unit": "degC"}],
}


def parse(*sources: Any) -> tuple[Any, ...]:
    return TypeAdapter(Sources).validate_python(list(sources))


def test_both_protocols() -> None:
    """A source is what its first line says; ports and defaults are filled in."""
    modbus, mqtt = parse(MODBUS, MQTT)
    assert isinstance(modbus, ModbusSource)
    assert isinstance(mqtt, MqttSource)
    assert (modbus.modbus.port, modbus.every, modbus.order) == (502, 60 * SECOND, Order.ABCD)
    assert (mqtt.mqtt.port, mqtt.version) == (1883, "5")


def test_numbers_are_exact() -> None:
    """A scale of 0.1 is one tenth."""
    (source,) = parse({**MODBUS, "channels": [{**CHANNEL, "scale": 0.1, "offset": "-0.3"}]})
    assert source.channels[0].scale == Fraction(1, 10)
    assert source.channels[0].offset == Fraction(-3, 10)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"name": "x"}, "either `modbus: tcp://HOST:PORT` or `mqtt: mqtt://HOST:PORT`"),
        ({**MODBUS, **MQTT}, "either `modbus"),
        ({**MODBUS, "chanels": []}, "unknown key chanels; did you mean channels\\?"),
        ({**MODBUS, "modbus": "udp://x"}, "is not an address; write tcp://HOST:502 or rtu"),
        ({**MODBUS, "every": 60}, "60 is not a duration; write a number and its unit"),
        ({**MODBUS, "channels": [{**CHANNEL, "at": "40001"}]}, "is not an address; write coil, discrete"),
        ({**MODBUS, "channels": [{**CHANNEL, "at": "coil 1"}]}, "coils and discrete inputs are bool"),
        ({**MODBUS, "channels": [{**CHANNEL, "unit": "C"}]}, "did you mean degC"),
        ({**MODBUS, "channels": [{**CHANNEL, "scale": "x"}]}, "'x' is not a number"),
        ({**MODBUS, "channels": [{**CHANNEL, "scale": True}]}, "True is not a number"),
        ({**MODBUS, "order": "middle"}, "no order; write big, little"),
        ({**LINK, "unit": 3}, "unit: write them in the devices that they belong to"),
        ({**LINK, "channels": [CHANNEL]}, "channels: write them in the devices"),
        (
            {**LINK, "devices": [{"unit": 1, "channels": [CHANNEL]}, {"channels": [CHANNEL]}]},
            "unit 1 is listed",
        ),
        ({**LINK, "devices": [{"unit": 1}]}, "a device without channels is never read"),
        ({"name": "x", "modbus": "tcp://h"}, "nothing is read; list channels"),
        ({**MODBUS, "holes": ["holding 5 to 3"]}, "is no hole; write a table and addresses from 0"),
        ({**MODBUS, "holes": ["40021"]}, "such as holding 20 to 24"),
        ({**MODBUS, "block": 126}, "less than or equal to 125"),
        ({**MODBUS, "backup": ["mqtt://h"]}, "is not an address"),
        ({**MQTT, "topics": [{"topic": "a/b+", "reads": "l/s", "unit": "degC"}]}, "not an MQTT filter"),
        (
            {
                **MQTT,
                "topics": [{"topic": "a", "reads": "l/s", "payload": "number", "time": "t", "unit": "K"}],
            },
            "no room",
        ),
        ({**MQTT, "topics": [{"topic": "a", "reads": "l/s"}]}, "its unit is missing; write unit, or where"),
    ],
)
def test_what_is_wrong_is_told(source: dict[str, Any], message: str) -> None:
    """Unknown keys, wrong addresses, units and orders are refused in words that help."""
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        parse(source)


def test_names_are_unique() -> None:
    """Two sources of one name are refused."""
    with pytest.raises(ValidationError, match="two sources are named cs1"):
        parse(MODBUS, MODBUS)


def test_devices_take_what_they_do_not_say_from_the_source() -> None:
    """Interval, order, gap and block limit: a channel's own, else its device's, else the source's."""
    quick = {**CHANNEL, "reads": "cold-3/food", "at": "holding 1", "every": "1 s"}
    given = {
        **LINK,
        "every": "10 s",
        "gap": 4,
        "order": "CDAB",
        "block": 16,
        "devices": [
            {"unit": 1, "channels": [CHANNEL, quick]},
            {
                "unit": 2,
                "every": "2 s",
                "gap": 0,
                "order": "ABCD",
                "block": 8,
                "channels": [{**CHANNEL, "reads": "cold-3/door"}],
            },
        ],
    }
    (source,) = parse(given)
    units = {Series("cold-3", name): unit_named("degC") for name in ("air", "food", "door")}
    one, two = bind(source, units)
    assert [point.every // SECOND for point in (*one.points, *two.points)] == [10, 1, 2]
    assert [(each.name, each.gap, each.order, each.block) for each in (one, two)] == [
        ("hall unit 1", 4, Order.CDAB, 16),
        ("hall unit 2", 0, Order.ABCD, 8),
    ]
    assert list(source.places()) == [
        (("devices", 0, "channels", 0, "reads"), "cold-3/air"),
        (("devices", 0, "channels", 1, "reads"), "cold-3/food"),
        (("devices", 1, "channels", 0, "reads"), "cold-3/door"),
    ]
    with pytest.raises(SourceError, match="source hall unit 2 reads cold-3/door, which no plan has"):
        bind(source, {series: unit for series, unit in units.items() if series.sensor != "door"})


def test_what_is_never_asked_cannot_be_read() -> None:
    """A value in a hole, and one longer than the device's longest request, are refused with their addresses."""
    units = {Series("cold-3", "air"): unit_named("degC")}
    (source,) = parse({**MODBUS, "holes": ["input 0 to 9", "holding 0 to 2"]})
    with pytest.raises(
        SourceError, match="holding 0 is read, and holding 0 to 2 is a hole that is never asked"
    ):
        bind(source, units)
    (source,) = parse({**MODBUS, "block": 3, "channels": [{**CHANNEL, "type": "float64"}]})
    with pytest.raises(SourceError, match="holding 0 to 3 is one value, longer than the 3 registers"):
        bind(source, units)


def test_binding_to_the_plan() -> None:
    """Unknown sensors, other dimensions and doubles are refused with the source and the address."""
    units = {Series("cold-3", "air"): unit_named("degC")}
    (source,) = parse(MODBUS)
    (device,) = bind(source, units)
    assert device.wanted(device.points) == {Span("holding", 0, 1)}
    with pytest.raises(SourceError, match=r"source cs1 reads cold-3/air, which no plan has"):
        bind(source, {})
    with pytest.raises(SourceError, match=r"source cs1, holding 0 for cold-3/air: degC cannot become bool"):
        bind(source, {Series("cold-3", "air"): unit_named("bool")})
    (twice,) = parse({**MODBUS, "channels": [CHANNEL, {**CHANNEL, "at": "holding 9"}]})
    with pytest.raises(SourceError, match="reads cold-3/air twice"):
        bind(twice, units)


def test_loop_with_a_span() -> None:
    """4 mA and 20 mA are the ends of the span; a broken wire is no value."""
    channel = {**CHANNEL, "type": "uint16", "loop": {"milliamps": 0.001, "span": [-50, 150]}}
    (source,) = parse({**MODBUS, "channels": [channel]})
    (device,) = bind(source, {Series("cold-3", "air"): unit_named("degC")})
    (point,) = device.points
    assert point.meaning.measured([4000]) == (-50.0, 4000, Reason.NONE)
    assert point.meaning.measured([12000]) == (50.0, 12000, Reason.NONE)
    assert point.meaning.measured([0])[2] is Reason.LOOP_LOW
    (plain,) = parse({**MODBUS, "channels": [{**CHANNEL, "loop": "ne43", "scale": 12.5, "offset": -100}]})
    (device,) = bind(plain, {Series("cold-3", "air"): unit_named("degC")})
    assert device.points[0].meaning.measured([4]) == (-50.0, 4.0, Reason.NONE)
