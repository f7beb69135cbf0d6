"""The body of a post, taken apart: what it hands in, value by value, whichever way it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from gateway.errors import NOT_JSON
from gateway.line_protocol import LinePoint, NoPoint, read_points
from readings.posted import Form, Post, PostError

Value = int | float | bool | str | None
_LONGEST_SHOWN = 100
_Text = Annotated[str, msgspec.Meta(max_length=2000)]


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the evidence lies.

    Attributes:
        url: of it; it is never fetched.
        sha256: of its bytes, 64 hexadecimal digits.
        note: what it shows.
    """

    url: _Text
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    note: _Text = ""


class _Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    value: Value
    time: str | int | None = None
    tags: dict[str, str] = {}
    sequence: int | None = None
    quality: Literal["good", "uncertain", "bad"] | None = None
    reason: str = ""
    backfill: bool = False
    evidence: Evidence | None = None


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    readings: list[msgspec.Raw]


_body = msgspec.json.Decoder(_Body).decode
_item = msgspec.json.Decoder(_Item).decode


@dataclass(frozen=True, slots=True)
class Handed:
    """A value that is handed in.

    Attributes:
        at: where it stands.
        text: the part of the body that it comes from, verbatim.
        name: by which it comes.
        value: as it came.
        time: RFC 3339, or a number that counts since 1970; None where there is none.
        tags: by name.
        sequence: the sender's own counter; None without.
        quality: that the sender says it has; None where it says nothing.
        reason: in the sender's words.
        backfill: the sender says that it kept it.
        evidence: None without.
        parted: whether its parts are named behind a dot.
    """

    at: str
    text: bytes
    name: str
    value: Value
    time: str | int | None
    tags: Mapping[str, str] = field(default_factory=dict)
    sequence: int | None = None
    quality: str | None = None
    reason: str = ""
    backfill: bool = False
    evidence: Evidence | None = None
    parted: bool = False

    def field(self, name: str) -> str:
        """A part of it, as it is named behind `at`."""
        return f".{name}" if self.parted and name else ""

    @property
    def shown(self) -> str:
        """The value as text."""
        value = self.value
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)[:_LONGEST_SHOWN]


@dataclass(frozen=True, slots=True)
class NotHanded:
    """A part of a body that cannot be read.

    Attributes:
        at: where it stands.
        text: verbatim.
        why: it cannot be read.
    """

    at: str
    text: bytes
    why: str


def handed_in(post: Post) -> Iterator[Handed | NotHanded]:
    """What a body hands in, in its order.

    Raises:
        PostError: it is not written as it says, as a whole.
    """
    return _of_json(post.body) if post.form is Form.JSON else _of_lines(post.body)


def _of_json(body: bytes) -> Iterator[Handed | NotHanded]:
    try:
        items = _body(body).readings
    except NOT_JSON as error:
        raise PostError(f'the body is not {{"readings": [...]}}: {error}') from error
    for number, raw in enumerate(items):
        at, text = f"readings[{number}]", bytes(raw)
        try:
            item = _item(raw)
        except NOT_JSON as error:
            yield NotHanded(at, text, str(error))
            continue
        if item.evidence is not None and not _is_address(item.evidence.url):
            yield NotHanded(
                f"{at}.evidence.url", text, "it is no address, such as https://camera/snapshot.jpg"
            )
            continue
        yield Handed(
            at,
            text,
            item.name,
            item.value,
            item.time,
            item.tags,
            item.sequence,
            item.quality,
            item.reason,
            item.backfill,
            item.evidence,
            parted=True,
        )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and text.isprintable() and " " not in text


def _of_lines(body: bytes) -> Iterator[Handed | NotHanded]:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise PostError(f"the body is not UTF-8 text: byte {error.start}") from error
    for point in read_points(text):
        if isinstance(point, NoPoint):
            yield NotHanded(
                f"line {point.line}",
                point.text.encode(),
                "it is not line protocol: MEASUREMENT[,TAG=VALUE...] FIELD=VALUE[,FIELD=VALUE...] TIME",
            )
        else:
            yield from _of_point(point)


def _of_point(point: LinePoint) -> Iterator[Handed | NotHanded]:
    text = point.text.encode()
    for name, written in point.wrong.items():
        yield NotHanded(
            f"line {point.line}, field {name}",
            text,
            f"{written!r} is no number, no text in quotes and no truth value",
        )
    for name, value in point.fields:
        called = point.measurement if name == "value" else f"{point.measurement}/{name}"
        yield Handed(f"line {point.line}, field {name}", text, called, value, point.time, point.tags)
