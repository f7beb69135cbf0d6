"""Packets of MQTT that are read here and not by gmqtt: what is published, and why a connection ends."""

from __future__ import annotations

_PUBACK = b"\x40\x02"

FAREWELLS = {  # reason codes of DISCONNECT (MQTT 5, 3.14.2.1) that say what to do
    0x87: "the user may not do that any more",
    0x8B: "it shuts down",
    0x8D: "it heard nothing from us for too long",
    0x93: "it got more messages under way than it allows",
    0x95: "a packet was larger than it allows",
    0x97: "a quota is exceeded",
    0x98: "somebody ended it there",
    0x9C: "it names another server",
    0x9D: "it has moved to another server",
    0x9E: "it allows no shared subscriptions",
    0xA2: "it allows no wildcards",
}


def parse_publish(command: int, packet: bytes, *, five: bool) -> tuple[bytes, bytes, bytes]:
    """Take a PUBLISH packet apart (MQTT 3.1.1 and 5, section 3.3).

    Args:
        command: the first byte of the fixed header.
        packet: what follows the fixed header.
        five: MQTT 5, where properties stand before the payload.

    Returns:
        Topic, payload and the PUBACK that acknowledges it; empty at QoS 0.

    Raises:
        ValueError: the packet is shorter than it says.
    """
    try:
        end = 2 + (packet[0] << 8 | packet[1])
        topic, acknowledgement = packet[2:end], b""
        if command & 0x06:
            acknowledgement = _PUBACK + packet[end : end + 2]
            end += 2
        if five:
            size, shift, byte = 0, 0, 0x80
            while byte & 0x80:
                byte = packet[end]
                size |= (byte & 0x7F) << shift
                shift += 7
                end += 1
            end += size
    except IndexError:
        end = len(packet) + 1
    if end > len(packet):
        raise ValueError(f"a PUBLISH packet of {len(packet)} bytes is too short: {packet[:64]!r}")
    return topic, packet[end:], acknowledgement
