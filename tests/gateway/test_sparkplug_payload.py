"""Sparkplug B payloads: what is read of them, what is refused, and that no bytes at all make a crash."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import PayloadError
from gateway.sparkplug_payload import read_payload, rebirth_request
from simulators.sparkplug_wire import (
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT16,
    INT64,
    STRING,
    Sample,
    delimited,
    payload,
    whole,
)

NOW = 1_764_000_000_000


def test_bytes_of_a_payload() -> None:
    """Bytes written down by hand from the encoding's rules are read as what they say."""
    data = bytes.fromhex(
        "0801"  # timestamp 1
        "12 0e 0a 03 416972 10 05 20 09 65 00009841".replace(" ", "")  # Air, alias 5, Float, 19.0
        + "1807"  # seq 7
    )
    found = read_payload(data)
    assert (found.time, found.seq, len(found.metrics)) == (1, 7, 1)
    (metric,) = found.metrics
    assert (metric.name, metric.alias, metric.datatype, metric.kind, metric.value) == (
        "Air",
        5,
        9,
        "float",
        19.0,
    )


def test_all_that_a_metric_says() -> None:
    """Name, alias, time, type, flags, quality and unit are read; what is left out is None."""
    full = Sample("Air", 5, NOW, DOUBLE, -18.3, historical=True, quality=500, unit="°C")
    bare = Sample(None, 6, None, INT64, None, typed=False)
    one, two = read_payload(payload([full, bare], time=None, seq=None)).metrics
    assert (one.name, one.alias, one.time, one.datatype, one.quality, one.unit) == (
        "Air",
        5,
        NOW,
        DOUBLE,
        500,
        "°C",
    )
    assert (one.historical, one.null, one.kind, one.value) == (True, False, "double", -18.3)
    assert (two.alias, two.null, two.kind, two.value, two.name, two.time) == (6, True, None, None, None, None)


@pytest.mark.parametrize(
    ("datatype", "value", "kind", "wire"),
    [
        (INT16, -1, "int", 65535),  # the bits of its own width
        (INT64, -2, "long", 2**64 - 2),
        (FLOAT, 0.5, "float", 0.5),
        (BOOLEAN, True, "boolean", True),
        (STRING, "L-12", "string", b"L-12"),
    ],
)
def test_variants_of_a_value(datatype: int, value: float | str, kind: str, wire: object) -> None:
    """Each variant of a value is told from the others."""
    (metric,) = read_payload(payload([Sample("x", None, 1, datatype, value)], time=1, seq=0)).metrics
    assert (metric.kind, metric.value) == (kind, wire)


def test_number_that_is_too_large_is_seen() -> None:
    """What a narrower reader would cut off is kept, so that it can be refused."""
    (metric,) = read_payload(delimited(2, whole(10, 2**40 + 5))).metrics
    assert metric.value == 2**40 + 5


def test_quality_that_cannot_be_read() -> None:
    """A quality that is a text, a null, or that belongs to no key, is not taken for none."""
    text = delimited(1, b"Quality") + delimited(2, whole(1, STRING) + delimited(8, b"Good"))
    null = delimited(1, b"quality") + delimited(2, whole(2, 1) + whole(3, 192))
    keys_alone = delimited(1, b"Quality")
    for properties in (text, null, keys_alone):
        (metric,) = read_payload(delimited(2, delimited(9, properties))).metrics
        assert metric.quality == -1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x12\xff", "not Sparkplug B"),
        (delimited(4, b"SPBV1.0_COMPRESSED") + delimited(5, b"x"), "turn compression off"),
        (delimited(5, b"own"), "no metrics"),
        (whole(3, 256), "sequence number 256"),
        (delimited(2, delimited(1, b"\xff\xfe")), "name of a metric is no text"),
        (b'{"temperature": -19.3}', "not Sparkplug B"),
    ],
)
def test_refused_payloads(data: bytes, said: str) -> None:
    """What is no payload, or one of another form, is refused in words."""
    with pytest.raises(PayloadError, match=said):
        read_payload(data)


def test_rebirth_request() -> None:
    """The one thing that is ever sent to an edge node: true for Node Control/Rebirth, without a sequence number."""
    asked = read_payload(rebirth_request(now=NOW * 1_000_000))
    (metric,) = asked.metrics
    assert (asked.time, asked.seq) == (NOW, None)
    assert (metric.name, metric.datatype, metric.value) == ("Node Control/Rebirth", BOOLEAN, True)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Whatever the bytes are, they are read or refused."""
    try:
        read_payload(data)
    except PayloadError:
        return


SAMPLE = st.builds(
    Sample,
    st.one_of(st.none(), st.text(min_size=1, max_size=8)),
    st.one_of(st.none(), st.integers(0, 2**64 - 1)),
    st.one_of(st.none(), st.integers(0, 2**64 - 1)),
    st.just(DOUBLE),
    st.one_of(st.none(), st.floats(allow_nan=False)),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 600)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAMPLE, max_size=5), st.integers(0, 255), st.data())
def test_what_was_written_is_read(samples: list[Sample], seq: int, data: st.DataObject) -> None:
    """Written by another hand, all is read as it was; with a byte cut off it is refused, or fewer metrics, none altered."""
    written = payload(samples, time=NOW, seq=seq)
    found = read_payload(written)
    assert (found.time, found.seq) == (NOW, seq)
    told = [(s.name, s.alias, s.time, s.value, s.historical, s.value is None, s.quality) for s in samples]
    assert [
        (m.name, m.alias, m.time, m.value, m.historical, m.null, m.quality) for m in found.metrics
    ] == told
    cut = data.draw(st.integers(0, len(written)))
    try:
        less = read_payload(written[:cut]).metrics
    except PayloadError:
        return
    assert less == found.metrics[: len(less)]


def test_floats_as_they_are() -> None:
    """A float is the number that its four bytes hold, nothing rounder."""
    (metric,) = read_payload(payload([Sample("x", None, 1, FLOAT, -18.3)], time=1, seq=0)).metrics
    assert metric.value == struct.unpack("<f", struct.pack("<f", -18.3))[0] == -18.299999237060547
