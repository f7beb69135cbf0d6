"""Numbers in a binary payload, as the site file says where they lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from gateway.decode import Kind
from gateway.fields import Settings
from gateway.paths import JsonPath
from gateway.registers import Bits, possible, ranges_written_out, written_bits

ByteType = Literal[
    "bool",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int24",
    "uint24",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
    "bcd16",
    "bcd32",
]
KIND: Mapping[str, Kind] = {"int8": Kind.INT8_LOW, "uint8": Kind.UINT8_LOW}  # the others have the same name
_EIGHT_BITS = ("bool", "int8", "uint8")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


def kind_of(name: str) -> Kind:
    """What a type of the settings is in `gateway.decode`."""
    return KIND.get(name) or Kind(name)


def width_of(name: str) -> int:
    """How many bytes it takes."""
    if name in _EIGHT_BITS:
        return 1
    return 3 if name.endswith("24") else 2 * kind_of(name).size


def fits_bytes(kind: str, bits: tuple[int, int] | None) -> None:
    """Hold bits against the type they are taken of.

    Raises:
        ValueError: it has no such bits.
    """
    if kind == "bool":
        if bits is None or bits[0] != bits[1] or bits[1] > 7:
            raise ValueError("a bool is one bit of a byte; write which, from 0 to 7, such as bits: 3")
    elif bits is not None and (not kind.startswith("uint") or bits[1] >= 8 * width_of(kind)):
        raise ValueError(
            f"bits {written_bits(bits)}: {kind} has no such bits; take them of an unsigned number that is wide enough"
        )


class Packed(Settings):
    """A number in a binary payload.

    Attributes:
        at: its first byte, counted from 0.
        type: what it is.
        order: of its bytes.
        bits: of an unsigned number, the bit or the first and the last of those that count; 0 is the least.
        sentinels: numbers by which the device says "no value".
    """

    at: int = Field(ge=0, le=65_535)
    type: ByteType
    order: Literal["big", "little"] = "big"
    bits: Bits | None = None
    sentinels: Annotated[tuple[int | float, ...], BeforeValidator(ranges_written_out)] = ()

    @model_validator(mode="after")
    def _fits(self) -> Packed:
        fits_bytes(self.type, self.bits)
        if self.type != "bool":
            possible(self.sentinels, kind_of(self.type))
        return self


def _begins(value: Any) -> str:
    text = str(value).strip().removeprefix("0x")
    if not _HEX.fullmatch(text):
        raise ValueError(f"{value!r} are no bytes; write two hex digits for each, in quotes, such as '0499'")
    return text.lower()


Begins = Annotated[str, BeforeValidator(_begins)]


class Binary(Settings):
    """Where the bytes of a payload are.

    Attributes:
        value: path of the text that holds them in JSON; unset where the payload itself is the text.
        encoding: how the text holds them.
        begins: the bytes, in hex, with which a message that is meant here begins; another one is not meant.
        length: how many bytes there must be; unset, any.
    """

    value: JsonPath | None = None
    encoding: Literal["base64", "hex", "none"]
    begins: Begins | None = None
    length: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _text(self) -> Binary:
        if self.value is not None and self.encoding == "none":
            raise ValueError("JSON holds bytes as text; write encoding: base64 or hex")
        return self
