"""Where frames end on a wire, which of them may come twice, and which of their bits may be spoilt so that it can be known.

A frame of Modbus TCP has no checksum: a bit of a value that flips behind TCP's own checksum cannot be known by anybody.
So only what can be held against the question is spoilt there: transaction, protocol, length, unit, function, byte count.
RTU has a checksum, which tells one to three wrong bits for certain. MQTT has none: nothing is spoilt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

_MBAP = 6  # bytes before those that its length counts
_MBAP_HEAD = 9  # transaction, protocol, length, unit, function, byte count
_PUBLISH = 3  # MQTT 3.1.1, 2.2.1
_MOST_BITS = 3


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of one direction of a wire.

    Attributes:
        size: bytes of the first whole frame of what was heard; 0 while it is not whole.
        repeatable: whether a frame may come twice.
        spoil: the frame with something wrong in it that can be known; None where nothing can.
    """

    size: Callable[[bytes], int]
    repeatable: Callable[[bytes], bool]
    spoil: Callable[[Random, bytes], bytes] | None = None


def _whole(heard: bytes) -> int:
    return len(heard)


def _mbap(heard: bytes) -> int:
    size = _MBAP + int.from_bytes(heard[4:_MBAP], "big")
    return size if len(heard) >= max(size, _MBAP) else 0


def _rtu_answer(heard: bytes) -> int:
    if len(heard) < 3:
        return 0
    size = 5 if heard[1] & 0x80 else 5 + heard[2]
    return size if len(heard) >= size else 0


def _mqtt(heard: bytes) -> int:
    length, at = 0, 1
    while at < len(heard) and at < 5:
        length |= (heard[at] & 0x7F) << 7 * (at - 1)
        at += 1
        if not heard[at - 1] & 0x80:
            return at + length if len(heard) >= at + length else 0
    return 0


def _flipped(frame: bytes, bits: list[int]) -> bytes:
    found = bytearray(frame)
    for bit in bits:
        found[bit // 8] ^= 1 << bit % 8
    return bytes(found)


def _spoilt_head(draw: Random, frame: bytes) -> bytes:
    return _flipped(frame, [draw.randrange(8 * min(_MBAP_HEAD, len(frame)))])


def _spoilt_anywhere(draw: Random, frame: bytes) -> bytes:
    return _flipped(frame, draw.sample(range(8 * len(frame)), draw.randint(1, _MOST_BITS)))


PIECES = Frames(_whole, lambda _: False)  # as they come: what it is nobody knows
MODBUS_TCP = Frames(_mbap, lambda _: True, _spoilt_head)
MODBUS_RTU = Frames(_rtu_answer, lambda _: True, _spoilt_anywhere)  # read from a device
MQTT = Frames(_mqtt, lambda frame: frame[0] >> 4 == _PUBLISH)
