"""Sparkplug B payloads as an edge node writes them, byte by byte (Protocol Buffers; Sparkplug 3.0, section 6.4).

Written out by hand, so that what reads them is held against something that is not itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

INT16, INT32, INT64, FLOAT, DOUBLE, BOOLEAN, STRING = 2, 3, 4, 9, 10, 11, 12
BAD, GOOD, STALE = 0, 192, 500

_WHOLE, _LONG, _DELIMITED, _SHORT = 0, 1, 2, 5  # wire types
_LONGS = (4, 8, 13)
_NUMBER = {FLOAT: 12, DOUBLE: 13, BOOLEAN: 14}
_INT, _LONG_VALUE, _STRING = 10, 11, 15


@dataclass(frozen=True, slots=True)
class Sample:
    """A metric in a payload; what is None is left out.

    Attributes:
        name: of the metric.
        alias: that stands for it.
        time: ms since 1970.
        datatype: number of its type.
        value: None makes a null.
        historical: stored before, and sent now.
        quality: the property Quality.
        unit: the property engUnit.
        typed: whether the type is said; data after a birth need not.
    """

    name: str | None
    alias: int | None
    time: int | None
    datatype: int
    value: float | bool | str | None
    historical: bool = False
    quality: int | None = None
    unit: str | None = None
    typed: bool = True


def varint(number: int) -> bytes:
    """A whole number, seven bits in each byte, the least first; a negative one as 64 bits."""
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def whole(field: int, number: int) -> bytes:
    """A field with a whole number."""
    return varint(field << 3 | _WHOLE) + varint(number)


def delimited(field: int, data: bytes) -> bytes:
    """A field with bytes, a text or a message."""
    return varint(field << 3 | _DELIMITED) + varint(len(data)) + data


def payload(samples: Iterable[Sample], *, time: int | None, seq: int | None) -> bytes:
    """A payload: metrics, the time at which it is sent (ms) and its number in the session."""
    return (
        (b"" if time is None else whole(1, time))
        + b"".join(delimited(2, _metric(sample)) for sample in samples)
        + (b"" if seq is None else whole(3, seq))
    )


def _metric(sample: Sample) -> bytes:
    parts = [
        b"" if sample.name is None else delimited(1, sample.name.encode()),
        b"" if sample.alias is None else whole(2, sample.alias),
        b"" if sample.time is None else whole(3, sample.time),
        whole(4, sample.datatype) if sample.typed else b"",
        whole(5, 1) if sample.historical else b"",
        whole(7, 1) if sample.value is None else b"",
        _properties(sample),
        b"" if sample.value is None else _value(sample.datatype, sample.value),
    ]
    return b"".join(parts)


def _properties(sample: Sample) -> bytes:
    keys, values = [], []
    if sample.quality is not None:
        keys.append(b"Quality")
        values.append(whole(1, INT32) + whole(3, sample.quality))
    if sample.unit is not None:
        keys.append(b"engUnit")
        values.append(whole(1, STRING) + delimited(8, sample.unit.encode()))
    if not keys:
        return b""
    return delimited(
        9, b"".join(delimited(1, key) for key in keys) + b"".join(delimited(2, each) for each in values)
    )


def _value(datatype: int, value: float | bool | str) -> bytes:
    if isinstance(value, str):
        return delimited(_STRING, value.encode())
    if datatype == FLOAT:
        return varint(_NUMBER[FLOAT] << 3 | _SHORT) + struct.pack("<f", value)
    if datatype == DOUBLE:
        return varint(_NUMBER[DOUBLE] << 3 | _LONG) + struct.pack("<d", value)
    if datatype == BOOLEAN:
        return whole(_NUMBER[BOOLEAN], int(value))
    if datatype in _LONGS:
        return whole(_LONG_VALUE, int(value))
    bits = {1: 8, 2: 16, 3: 32}.get(
        datatype, 32
    )  # as the specification says: the bits of the type's own width
    return whole(_INT, int(value) & (1 << bits) - 1)
