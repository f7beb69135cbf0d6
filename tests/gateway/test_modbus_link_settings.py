"""What can be said of a link, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.fields import Endpoint, SerialPort, modbus_endpoint
from gateway.modbus_link_settings import SerialLine
from gateway.modbus_settings import ModbusSource
from gateway.tls import Tls
from readings.times import SECOND


def source(modbus: str, **more: Any) -> ModbusSource:
    channel = {"reads": "cold-3/air", "at": "holding 0", "type": "int16", "unit": "degC"}
    return ModbusSource.model_validate({"name": "dev", "modbus": modbus, "channels": [channel], **more})


def test_addresses_of_every_transport() -> None:
    """With the port of each when none is written; and they are written again as they were read."""
    for text, expected in {
        "tcp://10.0.0.5": Endpoint("tcp", "10.0.0.5", 502),
        "rtu+tcp://10.0.0.5:4001": Endpoint("rtu+tcp", "10.0.0.5", 4001),
        "tls://skid.plant": Endpoint("tls", "skid.plant", 802),
        "serial:///dev/ttyUSB0": SerialPort("/dev/ttyUSB0"),
        "serial:///dev/serial/by-id/usb-FTDI_A1-if00": SerialPort("/dev/serial/by-id/usb-FTDI_A1-if00"),
    }.items():
        assert modbus_endpoint(text) == expected
        assert modbus_endpoint(str(expected)) == expected
        assert modbus_endpoint(expected) is expected


@pytest.mark.parametrize(
    "text",
    ["udp://10.0.0.5", "serial://ttyUSB0", "serial:///dev/", "serial:///dev/tty?baud=9600", "tcp://h/p", 7],
)
def test_what_is_no_address(text: Any) -> None:
    """The message says how one is written."""
    with pytest.raises(ValueError, match=r"serial:///dev/ttyUSB0"):
        modbus_endpoint(text)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"parity": "even", "stop": 2}, "12 bits"),
        ({"baud": 9601}, "460800"),
        ({"parity": "mark"}, "'none', 'even' or 'odd'"),
        ({"stop": 1.5}, "1 or 2"),
        ({"bits": 7}, "bits"),
        ({"rs485": {"rts": "up"}}, "'high' or 'low'"),
        ({"rs485": {"before": "1500 us"}}, "0 to 100 whole ms"),
        ({"rs485": {"after": "101 ms"}}, "0 to 100 whole ms"),
    ],
)
def test_what_no_line_can_be(said: dict[str, Any], named: str) -> None:
    """A character of RTU has 11 bits at most; 8 of them are data."""
    with pytest.raises(ValidationError, match=named):
        SerialLine.model_validate(said)


@pytest.mark.parametrize(
    ("said", "character", "gap"),
    [
        ({"baud": 9600, "parity": "none", "stop": 1}, 10 * SECOND // 9600, 4_010_417),
        ({"baud": 19200, "parity": "even", "stop": 1}, 11 * SECOND // 19200, 2_005_209),
        ({"baud": 19200, "parity": "none", "stop": 2}, 11 * SECOND // 19200, 2_005_209),
        ({"baud": 115200, "parity": "odd", "stop": 1}, 11 * SECOND // 115200, 1_750_000),
    ],
)
def test_how_long_characters_last(said: dict[str, Any], character: int, gap: int) -> None:
    """Start, 8 data, parity, stop. Frames end after 3.5 characters of 11 bits, or 1.75 ms above 19200 baud."""
    line = SerialLine.model_validate(said)
    assert line.lasts(1) == character
    assert line.lasts(255) == pytest.approx(255 * character, abs=255)
    assert line.gap == gap


def test_how_long_switching_the_sender_lasts() -> None:
    """What the driver waits before and after sending; nothing where it is told nothing."""
    line = SerialLine.model_validate({"rs485": {"rts": "low", "before": "2 ms", "after": "5 ms"}})
    assert line.turning == 7_000_000
    assert SerialLine().turning == 0


@pytest.mark.parametrize(
    ("modbus", "more", "named"),
    [
        ("tcp://10.0.0.5", {"serial": {"baud": 9600}}, "is not on a serial line"),
        ("serial:///dev/ttyUSB0", {"tls": {}}, "is not encrypted"),
        ("rtu+tcp://10.0.0.5", {"tls": {"ca_file": "/etc/ca.pem"}}, "is not encrypted"),
        ("tls://10.0.0.5", {"tls": {"key_file": "/etc/key.pem"}}, "goes with a cert_file"),
        ("serial:///dev/ttyUSB0", {"unit": 0}, "unit 0 is a broadcast"),
        ("rtu+tcp://10.0.0.5", {"unit": 248}, "unit 248 is reserved"),
        (
            "serial:///dev/ttyUSB0",
            {"siren": {"coil": 3, "unit": 0, "when": "deviation"}},
            "unit 0 is a broadcast",
        ),
        ("tcp://10.0.0.5", {"siren": {"coil": 3, "when": "always"}}, "'deviation', 'monitoring loss'"),
        ("tcp://10.0.0.5", {"siren": {"coil": 65536, "when": "deviation"}}, "65535"),
        ("tcp://10.0.0.5", {"siren": {"holding": 3, "when": "deviation"}}, "holding"),
    ],
)
def test_what_cannot_go_together(modbus: str, more: dict[str, Any], named: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(ValidationError, match=named):
        source(modbus, **more)


def test_what_goes_together() -> None:
    """A line with its settings, TLS with its files; unit 0 is a device of its own in Modbus TCP."""
    assert source("serial:///dev/ttyS1", serial={"baud": 19200, "parity": "even"}).serial == SerialLine(
        baud=19200, parity="even"
    )
    assert source("tls://10.0.0.5", tls={"ca_file": "/etc/ca.pem"}).tls == Tls(ca_file="/etc/ca.pem")
    assert source("tcp://10.0.0.5", unit=0).unit == 0
