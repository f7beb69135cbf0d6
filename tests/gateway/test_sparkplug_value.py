"""Values of Sparkplug metrics held against the types of their births."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import PayloadError
from gateway.sparkplug_payload import Metric
from gateway.sparkplug_value import quality_of, readable, time_of, type_of, value_of
from readings.quality import Reason

INT8, INT16, INT32, INT64, UINT8, UINT32, FLOAT, DOUBLE, BOOLEAN, STRING = 1, 2, 3, 4, 5, 7, 9, 10, 11, 12


def metric(kind: str | None, value: Any, datatype: int | None = None) -> Metric:
    return Metric(
        name="x",
        alias=None,
        time=None,
        datatype=datatype,
        historical=False,
        null=False,
        kind=kind,
        value=value,
        quality=None,
        unit=None,
    )


@pytest.mark.parametrize(
    ("datatype", "kind", "wire", "value"),
    [
        (INT8, "int", 0xFF, -1),
        (INT8, "int", 0x7F, 127),
        (INT8, "int", 0xFFFF_FF80, -128),  # as its bits in 32
        (INT16, "int", 0xFF48, -184),
        (INT16, "int", 0xFFFF_FF48, -184),
        (INT16, "int", 2**64 - 184, -184),  # and in 64, as some encoders write a negative number
        (INT32, "int", 0xFFFF_FFFE, -2),
        (INT64, "long", 2**64 - 5, -5),
        (UINT8, "int", 255, 255),
        (UINT32, "long", 4_000_000_000, 4_000_000_000),  # which variant holds it is left open
        (FLOAT, "float", -18.5, -18.5),
        (DOUBLE, "double", -18.3, -18.3),
        (BOOLEAN, "boolean", True, True),
        (STRING, "string", b" L-12 ", "L-12"),
    ],
)
def test_values(datatype: int, kind: str, wire: Any, value: Any) -> None:
    """Each type is read from its variant; a negative number from its bits."""
    assert value_of(metric(kind, wire), datatype) == value


@pytest.mark.parametrize(
    ("datatype", "kind", "wire", "said"),
    [
        (INT16, "int", 0x1_0000, "65536 does not fit its type Int16"),
        (INT8, "int", 0xFF48, "does not fit its type Int8"),
        (UINT8, "int", 256, "does not fit its type UInt8"),
        (UINT32, "int", 2**40 + 5, "does not fit"),
        (FLOAT, "int", 3, "holds a int value where its birth says Float"),
        (INT32, "float", 3.0, "birth says Int32"),
        (BOOLEAN, "int", 1, "birth says Boolean"),
        (STRING, "bytes", b"x", "birth says String"),
        (16, "dataset", b"", "its type is DataSet; a reading is"),
        (19, "template", b"", "its type is Template"),
        (17, "bytes", b"x", "its type is Bytes"),
        (13, "long", 5, "its type is DateTime"),
        (25, "bytes", b"x", "its type is array"),
        (0, "int", 1, "its type is Unknown"),
        (99, "int", 1, "its type is type 99"),
        (STRING, "string", b"\xff", "not UTF-8"),
        (STRING, "string", b"a\x07b", "control characters"),
        (STRING, "string", b"a" * 401, "at most 400"),
    ],
)
def test_refused_values(datatype: int, kind: str, wire: Any, said: str) -> None:
    """A value that is not of its type is refused, and so is a type that is no reading."""
    with pytest.raises(PayloadError, match=said):
        value_of(metric(kind, wire), datatype)


def test_type_without_a_birth() -> None:
    """A float, a truth value and a text say what they are; of a whole number nobody knows its sign."""
    assert type_of(metric("float", 1.0)) == FLOAT
    assert type_of(metric("boolean", True)) == BOOLEAN
    assert type_of(metric("int", 65535)) is None
    assert type_of(metric("int", 65535, INT16)) == INT16
    assert readable(INT8)
    assert not readable(16)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (None, Reason.NONE),
        (192, Reason.NONE),
        (0, Reason.DEVICE_FAULT),
        (500, Reason.OFFLINE),
        (64, Reason.DOUBTED),
        (216, Reason.NOT_DECODED),  # OPC DA's "good, local override": a value that somebody set by hand
        (-1, Reason.NOT_DECODED),
        (7, Reason.NOT_DECODED),
    ],
)
def test_quality(code: int | None, reason: Reason) -> None:
    """The three qualities of Sparkplug, and that no other number is good."""
    assert quality_of(code) is reason


def test_times() -> None:
    """Milliseconds become nanoseconds; 0, and what no clock shows, is none."""
    assert time_of(1_764_000_000_123) == 1_764_000_000_123_000_000
    assert time_of(None) is None
    assert time_of(0) is None
    assert time_of(2**63) is None


@given(st.integers(-(2**15), 2**15 - 1), st.sampled_from([16, 32, 64]))
def test_negative_numbers_whatever_the_width(number: int, width: int) -> None:
    """An Int16 comes back from its bits in 16, 32 or 64."""
    assert value_of(metric("int", number & 2**width - 1), INT16) == number
