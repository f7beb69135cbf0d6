"""How messages of MQTT are read, as the site file says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.bytes_settings import Binary, ByteType, Packed, fits_bytes, kind_of
from gateway.fields import Duration, UnitName
from gateway.measure import Scaled
from gateway.naming import PLACE_IN_LIST, Template
from gateway.paths import JsonPath, way, word
from gateway.registers import Bits, possible, ranges_written_out

_SHARE = "$share"
_BINARY = {"binary": "none", "base64": "base64", "hex": "hex"}
Scalar = bool | int | float | str


def _texts(value: Any) -> Any:
    """What words mean, by each word as it is compared."""
    if not isinstance(value, dict):
        return value
    found = {word(key): meant for key, meant in value.items()}
    if len(found) < len(value):
        raise ValueError("two codes differ only in capital letters or in how they are written, and mean one")
    return found


def _spoken(value: Any) -> Any:
    """Names by placeholder, whatever YAML made of a number."""
    if not isinstance(value, dict):
        return value
    return {
        str(place): {str(each): name for each, name in names.items()} if isinstance(names, dict) else names
        for place, names in value.items()
    }


def _some(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


def _conditions(value: Any) -> Any:
    return {path: _some(meant) for path, meant in value.items()} if isinstance(value, dict) else value


def _not_empty(value: tuple[Any, ...]) -> tuple[Any, ...]:
    """As min_length, which counts only what could be read, and so finds fault a second time."""
    if not value:
        raise ValueError("nothing stands here; write at least one")
    return value


NotEmpty = AfterValidator(_not_empty)
Codes = Annotated[dict[str, Scalar], BeforeValidator(_texts)]
Some = Annotated[tuple[Scalar, ...], BeforeValidator(_some), Field(min_length=1)]


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
        unit: of `raw * scale + offset`; with `unit_from`, of a message that says none.
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


class Topic(Reads):
    """A topic filter and how its messages are read.

    Attributes:
        topic: an MQTT filter; `+` matches one level, `#` the rest; `$share/GROUP/` before it shares it.
        payload: `json`; `number`, a bare one; `text`, a coded text such as a line state; `binary`, `base64` or `hex`,
            bytes.
        when: by path, what must stand there for a message to be meant here.
        ignore: such messages are known, and hold nothing to read.
        bytes: the text in JSON that holds bytes; or what bytes must be like.
        each: path of a list (or object) in JSON; each of its elements is read, and paths begin there.
        every: how much later each element is than the one before, where the message has one time.
        time_of: whose time that is: the `first` element's or the `last` one's.
        readings: where a message holds several, each with what is said of one otherwise.
        names: by placeholder of `reads`, what its values are called in the plan; other values are not read.
        partial: a message holds only what has changed: what is not there is not missing.
        time: path of the time in JSON, or of several, the first one that can be believed; a number in bytes; without
            it a reading has the time it was received.
        time_unit: `rfc3339`, or what the number counts since 1970.
        zone: IANA zone of times without an offset.
        within: how far the payload's time may be from ours before it is not believed; unset, any.
        or_arrival: without a time that can be believed, a reading has the time it was received; otherwise it is
            uncertain, or bad where there is no time at all.
        sequence: path of the payload's counter (or of a text that no other message has) in JSON; a number in bytes.
    """

    topic: str = Field(min_length=1)
    payload: Literal["json", "number", "text", "binary", "base64", "hex"] = "json"
    when: Annotated[dict[JsonPath, Some], BeforeValidator(_conditions)] = {}
    ignore: bool = False
    bytes: Binary | None = None
    each: JsonPath | None = None
    every: Duration | None = None
    time_of: Literal["first", "last"] = "first"
    readings: Annotated[tuple[Reading, ...], NotEmpty] | None = None
    names: Annotated[dict[str, dict[str, str]], BeforeValidator(_spoken)] = {}
    partial: bool = False
    time: JsonPath | Annotated[tuple[JsonPath, ...], Field(min_length=1)] | Packed | None = None
    time_unit: Literal["rfc3339", "s", "ms", "us", "ns"] = "rfc3339"
    zone: str | None = None
    within: Duration | None = None
    or_arrival: bool = False
    sequence: JsonPath | Packed | None = None

    @model_validator(mode="before")
    @classmethod
    def _said_by_the_payload(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if given.get("payload") in _BINARY and "bytes" not in given:
            given = given | {"bytes": {"encoding": _BINARY[given["payload"]]}}
        if given.get("payload") == "text" and "readings" not in given:
            return {"unit": "text"} | given
        return given

    @model_validator(mode="after")
    def _fits_topic(self) -> Topic:
        parts = self.filter.split("/")
        if "#" in parts[:-1] or any(("+" in part or "#" in part) and len(part) > 1 for part in parts):
            raise ValueError(f"{self.topic!r} is not an MQTT filter: + and # stand alone, and # last")
        group, _, shared = self.topic.removeprefix(f"{_SHARE}/").partition("/")
        if self.shared and (not shared or not group or set("+#") & set(group)):
            raise ValueError(f"{self.topic!r} is no shared subscription; write $share/GROUP/FILTER")
        return self

    @model_validator(mode="after")
    def _fits_payload(self) -> Topic:
        if self.payload != "json":
            has = [key for key in ("when", "each", "partial") if getattr(self, key)]
            has += [key for key in ("time", "sequence") if isinstance(getattr(self, key), str | tuple)]
            if has:
                raise ValueError(f"a {self.payload} payload has no room for {', '.join(has)}; use json")
        if self.bytes is not None and (self.payload == "json") != (self.bytes.value is not None):
            raise ValueError(
                "in JSON, bytes says where the text with them stands: bytes: {value: PATH, encoding: base64}"
            )
        if self.payload in ("number", "text"):
            for reads in self.meant:
                if (reads.unit == "text") != (self.payload == "text"):
                    raise ValueError(f"payload {self.payload} does not go with unit {reads.unit}")
        in_bytes = [reads.at is not None for reads in self.meant]
        in_bytes += [isinstance(key, Packed) for key in (self.time, self.sequence)]
        if any(in_bytes) and self.bytes is None:
            raise ValueError(
                "`at` counts bytes, and the message has none; write payload: binary, or bytes: with a path"
            )
        if self.payload in _BINARY and not self.ignore and not all(in_bytes[: len(self.meant)]):
            raise ValueError(f"a {self.payload} payload has no paths; write where its values lie: at, type")
        return self

    @model_validator(mode="after")
    def _reads_something(self) -> Topic:
        if self.ignore:
            if self.meant:
                raise ValueError("what is ignored is not read; write ignore without reads and readings")
            return self
        if self.readings is None:
            whole(self)
        elif self.model_fields_set & set(Reads.model_fields):
            key = min(self.model_fields_set & set(Reads.model_fields))
            raise ValueError(f"with `readings`, {key} belongs to each of them")
        places = {place for reads in self.meant for place in Template.of(reads.reads, {}).places}
        for place in places - {PLACE_IN_LIST}:
            if not place.isdecimal():
                way(place)
        if PLACE_IN_LIST in places and self.each is None:
            raise ValueError("{#} is the place in a list; write which: each")
        unknown = set(self.names) - places
        if unknown:
            raise ValueError(f"names: no `reads` has the placeholder {{{min(unknown)}}}")
        return self

    @model_validator(mode="after")
    def _fits_time(self) -> Topic:
        if self.or_arrival and (self.time is None or self.within is None):
            raise ValueError(
                "or_arrival goes with `time`, and with `within`: how far it may be from ours to be believed"
            )
        if self.every is not None and (self.each is None or self.time is None):
            raise ValueError("every goes with `each` and the message's `time`")
        if "time_of" in self.model_fields_set and self.every is None:
            raise ValueError("time_of goes with `every`")
        if isinstance(self.time, Packed) and self.time_unit == "rfc3339":
            raise ValueError("a time in bytes counts since 1970; write its time_unit: s")
        return self

    @property
    def shared(self) -> bool:
        """Whether the broker shares its messages among the clients of a group."""
        return self.topic.startswith(f"{_SHARE}/")

    @property
    def filter(self) -> str:
        """The filter that topics are held against."""
        return self.topic.split("/", 2)[-1] if self.shared else self.topic

    @property
    def meant(self) -> tuple[Reads, ...]:
        """The readings of a message."""
        return self.readings or ((self,) if self.reads else ())

    def written_out(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What it reads, with the key that says it; each name where all are known."""
        for number, reads in enumerate(self.meant):
            key = ("reads",) if self.readings is None else ("readings", number, "reads")
            for name in Template.of(reads.reads, self.names).written_out():
                yield key, name
