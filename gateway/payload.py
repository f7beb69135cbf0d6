"""What an MQTT payload says: its value, its time and its counter."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import tzinfo
from decimal import Decimal
from typing import Any

import msgspec

from gateway.measure import NS_PER
from gateway.mqtt_settings import Topic
from readings.errors import TimeError
from readings.times import parse_time, zone

_REMEMBERED = 65_536
_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_LATEST = 2**63 - 1

Value = int | float | bool | str | None
Fields = tuple[Any, Any, Any]  # value, time, counter as in the payload; UNSET where it has none
ABSENT = (None, msgspec.UNSET)


class PayloadError(Exception):
    """The payload cannot be read as the settings say; the message says what was expected."""


def json_reader(topic: Topic) -> Callable[[bytes], Fields]:
    """Reads value, time and counter out of JSON; decodes nothing else.

    Returns:
        A function of the payload that raises msgspec.MsgspecError where it is not such JSON.
    """
    wanted: list[tuple[str, Any]] = [(topic.value, Value)]
    if topic.time:
        wanted.append((topic.time, str | int | float | None))
    if topic.sequence:
        wanted.append((topic.sequence, int | None))
    shape, paths = _shape([(path.split("."), kind) for path, kind in wanted])
    decode = msgspec.json.Decoder(shape).decode
    getters = [_getter(path) for path in paths]
    absent: list[Callable[[Any], Any]] = [_nothing] * (3 - len(getters))
    value_of = getters[0]
    time_of, counter_of = ([*getters[1:], *absent] if topic.time else [_nothing, *getters[1:], _nothing])[:2]

    if len(wanted) == 3 and not any("." in path for path in paths):
        all_three = operator.attrgetter(*paths)
        return lambda payload: all_three(decode(payload))

    def read(payload: bytes) -> Fields:
        found = decode(payload)
        return value_of(found), time_of(found), counter_of(found)

    return read


def _nothing(_: Any) -> Any:
    return msgspec.UNSET


def _getter(path: str) -> Callable[[Any], Any]:
    plain = operator.attrgetter(path)
    if "." not in path:
        return plain

    def nested(found: Any) -> Any:
        try:
            return plain(found)
        except AttributeError:  # a part of the path is not there
            return msgspec.UNSET

    return nested


def _shape(wanted: list[tuple[list[str], Any]]) -> tuple[type[msgspec.Struct], list[str]]:
    """A struct with just these paths, and each path in its terms."""
    branches: dict[str, list[int]] = {}
    for index, (parts, _) in enumerate(wanted):
        branches.setdefault(parts[0], []).append(index)
    fields: list[Any] = []
    paths = [""] * len(wanted)
    for number, (key, members) in enumerate(branches.items()):
        name = f"f{number}"
        if any(len(wanted[index][0]) > 1 for index in members):
            inner, below = _shape([(wanted[index][0][1:], wanted[index][1]) for index in members])
            kind: Any = inner | None
            for index, path in zip(members, below, strict=True):
                paths[index] = f"{name}.{path}"
        else:
            kind = wanted[members[0]][1]
            for index in members:
                paths[index] = name
        fields.append((name, kind | msgspec.UnsetType, msgspec.field(name=key, default=msgspec.UNSET)))
    return msgspec.defstruct("Payload", fields, gc=False), paths


def number_reader(payload: bytes) -> Fields:
    """Reads a bare number: `-19.3`.

    Raises:
        PayloadError: it is none.
    """
    try:
        text = payload.decode("ascii").strip()
        value = int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError as error:
        raise PayloadError("the payload is not a bare number") from error
    return value, msgspec.UNSET, msgspec.UNSET


_LONGEST_TEXT = 400  # bytes


def text_reader(payload: bytes) -> Fields:
    """Reads a coded text.

    Raises:
        PayloadError: not UTF-8, not printable, or longer than a code.
    """
    if len(payload) > _LONGEST_TEXT:
        raise PayloadError(f"the payload has {len(payload)} bytes; a coded text has at most {_LONGEST_TEXT}")
    try:
        text = payload.decode().strip()
    except UnicodeDecodeError as error:
        raise PayloadError("the payload is not UTF-8 text") from error
    if not text.isprintable():
        raise PayloadError("the payload has control characters in it; a coded text is printable")
    return text, msgspec.UNSET, msgspec.UNSET


def reader_for(topic: Topic) -> Callable[[bytes], Fields]:
    """The reader of a topic's payloads."""
    readers = {"number": number_reader, "text": text_reader}
    return readers.get(topic.payload) or json_reader(topic)


def time_reader(topic: Topic) -> Callable[[Any], int]:
    """Reads a payload's time to ns UTC.

    Returns:
        A function of the field that raises TimeError where it is no time of the expected form.
    """
    if topic.time_unit != "rfc3339":
        return _counted(NS_PER[topic.time_unit], topic.time_unit)
    return _written(zone(topic.zone) if topic.zone else None)


def _counted(per: int, unit: str) -> Callable[[Any], int]:
    def read(field: Any) -> int:
        if not isinstance(field, int | float):
            raise TimeError(f"{field!r} is not a number of {unit} since 1970")
        ns = field * per if isinstance(field, int) else int(Decimal(repr(field)) * per)
        if not 0 < ns <= _LATEST:
            raise TimeError(f"{field!r} {unit} since 1970 is out of range")
        return ns

    return read


def _written(local: tzinfo | None) -> Callable[[Any], int]:
    """Most times differ from one seen before in their minute alone, or in what follows it: both are remembered."""
    minutes: dict[str, int] = {}
    seconds: dict[str, int] = {}

    def read(field: Any) -> int:
        try:
            return minutes[field[:17]] + seconds[field[17:]]
        except (KeyError, TypeError):
            pass
        if not isinstance(field, str):
            raise TimeError(f"{field!r} is not a time written as 2026-12-01T00:00:00Z")
        time = parse_time(field, local)
        if _PLAIN.fullmatch(field):
            minute = parse_time(field[:17] + "00Z")
            for known, key, value in ((minutes, field[:17], minute), (seconds, field[17:], time - minute)):
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[key] = value
        return time

    return read
