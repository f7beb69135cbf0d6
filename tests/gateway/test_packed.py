"""Numbers out of bytes, each by hand."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.bytes_settings import Binary, Packed
from gateway.errors import PayloadError
from gateway.packed import number_at, unpacker

DATA = bytes.fromhex(
    "cc2b 0b42 01fc 01 7fff 7fff"
)  # an LHT65 of Dragino: battery, air, humidity, port, probe


@pytest.mark.parametrize(
    ("data", "at", "kind", "more", "number"),
    [
        (DATA, 0, "uint16", {}, 0xCC2B),
        (DATA, 0, "uint16", {"bits": (0, 13)}, 3115),
        (DATA, 0, "uint16", {"bits": (14, 15)}, 3),
        (DATA, 2, "int16", {}, 2882),
        (DATA, 6, "uint8", {}, 1),
        (DATA, 7, "int16", {}, 32767),
        (b"\xfe\x3d", 0, "int16", {}, -451),
        (b"\x3d\xfe", 0, "int16", {"order": "little"}, -451),
        (b"\xff", 0, "int8", {}, -1),
        (b"\xff\xff\xfe", 0, "int24", {}, -2),
        (b"\x01\x00\x00", 0, "uint24", {"order": "little"}, 1),
        (b"\x80\x00\x00\x00", 0, "int32", {}, -(2**31)),
        (b"\xff" * 8, 0, "uint64", {}, 2**64 - 1),
        (b"\xc1\x9a\x66\x66", 0, "float32", {}, pytest.approx(-19.3, abs=1e-6)),
        (b"\x00\x00\x80\x3f", 0, "float32", {"order": "little"}, 1.0),
        (b"\x3c\x00", 0, "float16", {}, 1.0),
        (b"\x12\x34", 0, "bcd16", {}, 1234),
        (b"\x08", 0, "bool", {"bits": (3, 3)}, 1),
        (b"\xf7", 0, "bool", {"bits": (3, 3)}, 0),
    ],
)
def test_numbers(data: bytes, at: int, kind: str, more: dict[str, Any], number: float) -> None:
    """Each type, both orders, bits of a number."""
    assert number_at(at, kind, **more)(data) == number


@pytest.mark.parametrize(
    ("data", "at", "kind", "told"),
    [
        (b"\x01", 0, "uint16", "uint16 at 0 needs 2 bytes, and there are 1"),
        (DATA, 10, "int16", "needs 12 bytes, and there are 11"),
        (b"\x1a\x00", 0, "bcd16", "is no BCD"),
    ],
)
def test_what_is_not_there_is_not_guessed(data: bytes, at: int, kind: str, told: str) -> None:
    """Bytes that end too soon, and nibbles that are no digit, are no number."""
    with pytest.raises(PayloadError, match=told):
        number_at(at, kind)(data)


@pytest.mark.parametrize(
    ("encoding", "held"),
    [("base64", "zCsLQgH8AX//f/8="), ("hex", "CC2B0B4201FC017FFF7FFF"), ("hex", "0xcc2b0b4201fc017fff7fff")],
)
def test_bytes_are_found_in_text(encoding: Any, held: str) -> None:
    """Base64 and hex, in either case, as text or as the payload itself."""
    read = unpacker(Binary(encoding=encoding))
    assert read(held) == read(held.encode()) == DATA


def test_bytes_of_another_kind_are_not_meant() -> None:
    """What begins otherwise is somebody else's; what is longer or shorter than it must be is a fault."""
    read = unpacker(Binary(encoding="hex", begins="05 ".strip(), length=2))
    assert read("0501") == b"\x05\x01"
    assert read("03ff") is None
    with pytest.raises(PayloadError, match="there are 3 bytes, and 2 were expected"):
        read("050101")
    with pytest.raises(PayloadError, match="is no hex"):
        read("05zz")
    with pytest.raises(PayloadError, match="a text in hex was expected"):
        read(5)
    with pytest.raises(PayloadError, match="is no base64"):
        unpacker(Binary(encoding="base64"))("zCs=Lg")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"type": "bool"}, "a bool is one bit of a byte"),
        ({"type": "int16", "bits": "0 to 3"}, "int16 has no such bits"),
        ({"type": "uint8", "bits": 8}, "uint8 has no such bits"),
        ({"type": "int16", "sentinels": [32768]}, "as int16 it is -32768"),
        ({"type": "word"}, "Input should be 'bool', 'int8'"),
    ],
)
def test_settings_that_can_never_be_are_refused(settings: dict[str, Any], told: str) -> None:
    """Bits that a type has not, and sentinels that it never reads."""
    with pytest.raises(ValueError, match=told):
        Packed.model_validate({"at": 0} | settings)
