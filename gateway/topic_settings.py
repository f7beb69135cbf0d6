"""How the messages of a topic of MQTT are read, as the site file says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.bytes_settings import Binary, Packed
from gateway.fields import Duration, ZoneName
from gateway.naming import PLACE_IN_LIST, Template
from gateway.paths import JsonPath, way
from gateway.reading_settings import Reading, Reads, Scalar, whole
from gateway.topic_filter import is_filter, no_filter

_SHARE = "$share"
_BINARY = {"binary": "none", "base64": "base64", "hex": "hex"}


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
Some = Annotated[tuple[Scalar, ...], BeforeValidator(_some), Field(min_length=1)]


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
    zone: ZoneName | None = None
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
        if not is_filter(self.filter):
            raise ValueError(no_filter(self.topic))
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
