"""InfluxDB's line protocol, read: points one by one, each with the line that it stands on.

Source of the rules: InfluxDB 2 reference, "Line protocol": commas, spaces and equals signs of names are escaped by a
backslash, quotes and backslashes of texts too; a text may hold line breaks; `#` begins a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Quantifiers are possessive: no body, however odd, is gone over twice.
_NAME = r"(?:[^,=\s\\]|\\.)++"
_MEASUREMENT = r"(?:[^,\s\\]|\\.)++"
_TEXT = r'"(?:[^"\\]|\\.)*+"'
_FIELD = rf'{_NAME}=(?:{_TEXT}|[^,\s"]++)'
_POINT = re.compile(
    rf"(?P<measurement>{_MEASUREMENT})(?P<tags>(?:,{_NAME}={_NAME})*+) ++(?P<fields>{_FIELD}(?:,{_FIELD})*+)"
    r"(?: ++(?P<time>-?[0-9]{1,19}))?[ \t]*+\r?(?:\n|\Z)",
    re.DOTALL,
)
_TAGS = re.compile(rf",({_NAME})=({_NAME})", re.DOTALL)
_FIELDS = re.compile(rf'({_NAME})=({_TEXT}|[^,\s"]++)', re.DOTALL)
_BLANK = re.compile(r"[ \t]*+(?:#[^\n]*+)?\r?(?:\n|\Z)")
_WHOLE = re.compile(r"([+-]?\d{1,20})[iu]", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_TRUTH = dict.fromkeys(("t", "T", "true", "True", "TRUE"), True) | dict.fromkeys(
    ("f", "F", "false", "False", "FALSE"), False
)
_ESCAPED_MEASUREMENT, _ESCAPED_NAME = re.compile(r"\\([, ])"), re.compile(r"\\([,= ])")
_ESCAPED_TEXT = re.compile(r'\\(["\\])')

Field = int | float | bool | str


@dataclass(frozen=True, slots=True)
class LinePoint:
    """A point.

    Attributes:
        line: on which it begins, from 1.
        text: verbatim, without the line break behind it.
        measurement: its name.
        tags: by name.
        fields: name and value, in their order; a value that is none is its text, and stands in `wrong`.
        wrong: names of fields whose value is none, with that text.
        time: as written; None where there is none.
    """

    line: int
    text: str
    measurement: str
    tags: dict[str, str]
    fields: tuple[tuple[str, Field], ...]
    wrong: dict[str, str]
    time: int | None


@dataclass(frozen=True, slots=True)
class NoPoint:
    """A line that is no point.

    Attributes:
        line: its number, from 1.
        text: verbatim.
    """

    line: int
    text: str


def read_points(text: str) -> Iterator[LinePoint | NoPoint]:
    """The points of a body, in its order; a line that is none is left behind alone."""
    at, line = 0, 1
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank:
            at, line = blank.end(), line + 1
            continue
        found = _POINT.match(text, at)
        if found:
            yield _point(found, line)
            at, line = found.end(), line + found[0].count("\n")
            continue
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield NoPoint(line, text[at:end].rstrip("\r"))
        at, line = end + 1, line + 1


def _point(found: re.Match[str], line: int) -> LinePoint:
    fields: list[tuple[str, Field]] = []
    wrong: dict[str, str] = {}
    for key, written in _FIELDS.findall(found["fields"]):
        name = _ESCAPED_NAME.sub(r"\1", key)
        value = _value(written)
        if value is None:
            wrong[name] = written
        else:
            fields.append((name, value))
    return LinePoint(
        line=line,
        text=found[0].rstrip("\r\n"),
        measurement=_ESCAPED_MEASUREMENT.sub(r"\1", found["measurement"]),
        tags={
            _ESCAPED_NAME.sub(r"\1", key): _ESCAPED_NAME.sub(r"\1", value)
            for key, value in _TAGS.findall(found["tags"])
        },
        fields=tuple(fields),
        wrong=wrong,
        time=None if found["time"] is None else int(found["time"]),
    )


def _value(written: str) -> Field | None:
    if written.startswith('"'):
        return _ESCAPED_TEXT.sub(r"\1", written[1:-1])
    if whole := _WHOLE.fullmatch(written):
        return int(whole[1])
    if _DECIMAL.fullmatch(written):
        return float(written)
    return _TRUTH.get(written)
