"""Numbers out of a binary payload."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable
from typing import Any, Literal

from gateway.bytes_settings import Binary, kind_of, width_of
from gateway.decode import FORMAT, REWORKED
from gateway.errors import PayloadError, shown

Number = int | float


def number_at(
    at: int,
    kind: str,
    *,
    order: Literal["big", "little"] = "big",
    bits: tuple[int, int] | None = None,
) -> Callable[[bytes], Number]:
    """Reads one number.

    Args:
        at: its first byte.
        kind: what it is, as the settings name it.
        order: of its bytes.
        bits: the first and the last that count; None where all do.

    Returns:
        A function of the bytes that raises PayloadError where they end before, or hold no such number.
    """
    end = at + width_of(kind)
    make = _maker(kind)
    low, mask = (bits[0], 2 ** (bits[1] - bits[0] + 1) - 1) if bits else (0, -1)

    def read(data: bytes) -> Number:
        if len(data) < end:
            raise PayloadError(f"{kind} at {at} needs {end} bytes, and there are {len(data)}")
        part = data[at:end]
        number = make(part if order == "big" else part[::-1])
        return number if bits is None else int(number) >> low & mask

    return read


def _maker(kind: str) -> Callable[[bytes], Number]:
    meant = kind_of(kind)
    if kind.startswith("float"):
        unpack = struct.Struct(">" + FORMAT[meant]).unpack
        return lambda part: float(unpack(part)[0])
    if kind.startswith("bcd"):
        rework = REWORKED[meant]

        def digits(part: bytes) -> Number:
            try:
                return rework(int.from_bytes(part, "big"))
            except ValueError as error:
                raise PayloadError(str(error)) from error

        return digits
    signed = kind.startswith("int")
    return lambda part: int.from_bytes(part, "big", signed=signed)


def unpacker(binary: Binary) -> Callable[[Any], bytes | None]:
    """Finds the bytes.

    Returns:
        A function of the text (or, with encoding `none`, of the payload) that gives its bytes, or None where they do not
        begin as they must to be meant; it raises PayloadError where they are none, or too few, or too many.
    """
    begins = bytes.fromhex(binary.begins or "")

    def read(held: Any) -> bytes | None:
        data = _bytes(held, binary.encoding)
        if not data.startswith(begins):
            return None
        if binary.length is not None and len(data) != binary.length:
            raise PayloadError(f"there are {len(data)} bytes, and {binary.length} were expected")
        return data

    return read


def _bytes(held: Any, encoding: str) -> bytes:
    if encoding == "none":
        return bytes(held)
    if not isinstance(held, str | bytes):
        raise PayloadError(f"the value is {shown(held)}; a text in {encoding} was expected")
    try:
        text = held if isinstance(held, str) else held.decode("ascii")
        if encoding == "hex":
            return bytes.fromhex(text.strip().removeprefix("0x"))
        return base64.b64decode(text.strip(), validate=True)
    except (ValueError, binascii.Error) as error:
        raise PayloadError(f"the value is no {encoding}: {error}") from error
