"""The payloads of most topics: one value, perhaps a time and a counter, and nothing else is decoded."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import msgspec

from gateway.errors import PayloadError
from gateway.paths import way
from gateway.topic_settings import Topic
from gateway.values import LONGEST_TEXT

Value = int | float | bool | str | None
Fields = tuple[Any, Any, Any]  # value, time, counter as in the payload; UNSET where it has none


def json_reader(topic: Topic) -> Callable[[bytes], Fields]:
    """Reads value, time and counter out of JSON; decodes nothing else.

    Returns:
        A function of the payload that raises one of `gateway.errors.NOT_JSON` where it is not such JSON.
    """
    wanted: list[tuple[str, Any]] = [(topic.value, Value)]
    if isinstance(topic.time, str):
        wanted.append((topic.time, str | int | float | None))
    if isinstance(topic.sequence, str):
        wanted.append((topic.sequence, int | float | str | None))
    shape, paths = _shape([(list(way(path).keys or ()), kind) for path, kind in wanted])
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
    if "_" in text:  # as Python writes numbers, and nobody else
        raise PayloadError("the payload is not a bare number")
    return value, msgspec.UNSET, msgspec.UNSET


def text_reader(payload: bytes) -> Fields:
    """Reads a coded text.

    Raises:
        PayloadError: not UTF-8, not printable, or longer than a code.
    """
    if len(payload) > LONGEST_TEXT:
        raise PayloadError(f"the payload has {len(payload)} bytes; a coded text has at most {LONGEST_TEXT}")
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
