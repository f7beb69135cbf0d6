"""Lengths of time that a calendar counts, of shelf lives and of what is done so often: `60 d`, `12 months`, `1 y`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

_LENGTH = re.compile(r"[1-9]\d{0,3} (min|h|d|days?|working days?|weeks?|months?|y|years?)", re.ASCII)


def is_length(text: str) -> bool:
    """Whether a text is a length of time that a calendar counts."""
    return _LENGTH.fullmatch(text) is not None


def _length(value: Any) -> str:
    if not isinstance(value, str) or not is_length(value):
        raise ValueError(f"{value!r} is not a length of time; write 60 d, 12 months or 1 y")
    return value


def _often(value: Any) -> str:
    """Any words; but what begins with a number is a length, so that a slip is seen."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} does not say how often; write 30 d, 1 y, or words such as lot")
    return _length(value) if value[:1].isdigit() else value


CalendarLength = Annotated[
    str, PlainValidator(_length), WithJsonSchema({"type": "string", "pattern": f"^{_LENGTH.pattern}$"})
]
Often = Annotated[
    str,
    PlainValidator(_often),
    WithJsonSchema(
        {"type": "string", "pattern": rf"^(\D.*|{_LENGTH.pattern})$", "examples": ["30 d", "lot"]}
    ),
]
