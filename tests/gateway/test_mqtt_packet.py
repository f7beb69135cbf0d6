"""Packets of MQTT, byte by byte."""

from __future__ import annotations

import pytest

from gateway.mqtt_packet import parse_publish


def test_publish_packets_are_taken_apart() -> None:
    """Topic, payload and acknowledgement of PUBLISH packets of both versions; short ones are refused."""
    assert parse_publish(0x32, b"\x00\x01tAB\x00x", five=False) == (b"t", b"\x00x", b"\x40\x02AB")
    assert parse_publish(0x30, b"\x00\x01tx", five=False) == (b"t", b"x", b"")
    assert parse_publish(0x32, b"\x00\x01tAB\x00x", five=True) == (b"t", b"x", b"\x40\x02AB")
    long = b"\x00\x01tAB\x82\x01" + b"p" * 130 + b"x"
    assert parse_publish(0x32, long, five=True) == (b"t", b"x", b"\x40\x02AB")
    for size in range(len(long) - 1):
        with pytest.raises(ValueError, match="too short"):
            parse_publish(0x32, long[:size], five=True)
