"""How one reading in a message of MQTT is read, as the site file says it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from gateway.bytes_settings import ByteType, fits_bytes, kind_of
from gateway.fields import UnitName
from gateway.measure import Scaled
from gateway.paths import JsonPath, word
from gateway.registers import Bits, possible, ranges_written_out

Scalar = bool | int | float | str


def _texts(value: Any) -> Any:
    """What words mean, by each word as it is compared."""
    if not isinstance(value, dict):
        return value
    found = {word(key): meant for key, meant in value.items()}
    if len(found) < len(value):
        raise ValueError("two codes differ only in capital letters or in how they are written, and mean one")
    return found


Codes = Annotated[dict[str, Scalar], BeforeValidator(_texts)]


class Reads(Scaled):
    """One reading in a message.

    Attributes:
        reads: `line/sensor[/point]`; `{1}` is what the first wildcard matched, `{#}` the place of an element in its list
            from 1 (or its key), `{PATH}` what stands in the message there.
        value: path of the value in JSON.
        at: of a value in bytes, its first one, counted from 0; instead of `value`.
        type: of a value in bytes.
        order: of its bytes.
        bits: of an unsigned number in bytes, those that count; 0 is the least.
        unit: of `raw * scale + offset`; with `unit_from`, of a message that says none, and of offset and calibration.
        unit_from: path of the unit in JSON.
        units: what words there mean, where they are not ours.
        codes: what texts, numbers or truth values mean: a number, or a text where `unit` is text.
        sentinels: raw numbers or texts by which the device says "no value".
    """

    reads: str = ""
    value: JsonPath = "value"
    at: int | None = Field(None, ge=0, le=65_535)
    type: ByteType | None = None
    order: Literal["big", "little"] = "big"
    bits: Bits | None = None
    unit: UnitName | None = None
    unit_from: JsonPath | None = None
    units: Annotated[dict[str, UnitName], BeforeValidator(_texts)] = {}
    codes: Codes | None = Field(None, min_length=1)
    sentinels: Annotated[tuple[int | float | str, ...], BeforeValidator(ranges_written_out)] = ()

    @model_validator(mode="after")
    def _one_value(self) -> Reads:
        if (self.at is None) != (self.type is None):
            raise ValueError("a value in bytes has `at` and `type`")
        if self.at is not None and "value" in self.model_fields_set:
            raise ValueError(
                "a value is found by its path (`value`) or in bytes (`at`, `type`); write one of them"
            )
        if self.type is None and (self.bits is not None or self.order != "big"):
            raise ValueError("bits and order are of a value in bytes; write its `at` and `type`")
        if self.type is not None:
            fits_bytes(self.type, self.bits)
            if self.type != "bool":
                possible(self.sentinels, kind_of(self.type))
        if self.units and self.unit_from is None:
            raise ValueError("`units` says what the words of `unit_from` mean; write where they stand")
        return self

    @model_validator(mode="after")
    def _text(self) -> Reads:
        textual = self.unit == "text"
        if textual and (self.curve or self.scale != 1 or self.offset or self.unit_from):
            raise ValueError("a text has no scale, offset, calibration or other unit")
        for meant in (self.codes or {}).values():
            if isinstance(meant, str) != textual:
                raise ValueError(
                    f"a code means {meant!r}, and the unit is {self.unit}; a text goes with unit: text, a number with "
                    "any other"
                )
        return self


class Reading(Reads):
    """One of several readings in a message."""

    @model_validator(mode="before")
    @classmethod
    def _unit_that_goes_without_saying(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("type") == "bool" and "unit" not in given:
            return {"unit": "bool"} | given
        return given

    @model_validator(mode="after")
    def _whole(self) -> Reading:
        whole(self)
        return self


def whole(reads: Reads) -> None:
    """Hold against each other what a reading must say.

    Raises:
        ValueError: something is missing.
    """
    if not reads.reads:
        raise ValueError("it reads nothing; write reads: line/sensor")
    if reads.unit is None and reads.unit_from is None:
        raise ValueError("its unit is missing; write unit, or where the message says it: unit_from")
