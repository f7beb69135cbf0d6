"""The types of the plan's keys in words, for people who write plans."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, PlainSerializer, WithJsonSchema
from pydantic.fields import FieldInfo

from rules.calendar_length import CalendarLength, Often
from rules.limit import Limit
from rules.quantities import (
    Duration,
    Every,
    Moment,
    Name,
    Names,
    Number,
    PointCount,
    QuantityText,
    ReadingCount,
    UnitName,
)

_NAMED: tuple[tuple[Any, str], ...] = (
    (QuantityText, "quantity"),
    (Duration, "duration"),
    (Moment, "time"),
    (Number, "number"),
    (Name, "name"),
    (Names, "names"),
    (ReadingCount, "count, such as `2 readings`"),
    (PointCount, "count, such as `4 points`"),
    (Every, "duration or `on change`"),
    (UnitName, "unit"),
    (CalendarLength, "length of time"),
    (Often, "length of time, or words"),
)
_PLAIN = {str: "text", int: "whole number", bool: "`true` or `false`"}


@dataclass(frozen=True, slots=True)
class TypeWords:
    """A type in words.

    Attributes:
        text: Markdown.
        linked: whether it may name other models: one that is written as a single text does not.
    """

    text: str
    linked: bool = True


def type_words(annotation: Any, metadata: Iterable[Any]) -> TypeWords:  # noqa: PLR0911 - one exit per sort of type
    """A type as one who writes a plan sees it.

    Args:
        annotation: of a field of a model, or a part of one.
        metadata: of the field.
    """
    form = next((each.json_schema for each in metadata if isinstance(each, WithJsonSchema)), None)
    if form is not None:
        return TypeWords(_of_form(form), linked=False)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_words(inner[0], annotation.__metadata__)
    if origin in (Union, types.UnionType):
        kinds = [each for each in inner if each is not type(None)]
        if all(isinstance(each, type) and issubclass(each, Limit) for each in kinds):
            return TypeWords("[limit](#limit)")
        words = dict.fromkeys(type_words(each, ()).text for each in kinds)
        return TypeWords(" or ".join(words))
    if origin is Literal:
        return TypeWords(" or ".join(f"`{each}`" for each in inner))
    if origin is list:
        return TypeWords(f"list of {type_words(inner[0], ()).text}")
    if origin is tuple:
        return TypeWords(f"[{', '.join(type_words(each, ()).text for each in inner)}]")
    if origin is dict:
        return TypeWords(f"{type_words(inner[1], ()).text} by {type_words(inner[0], ()).text}")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        name = annotation.__name__
        return TypeWords("[limit](#limit)" if issubclass(annotation, Limit) else f"[{name}](#{name.lower()})")
    return TypeWords(_PLAIN.get(annotation, getattr(annotation, "__name__", str(annotation))))


def _of_form(form: Any) -> str:
    for known, words in _NAMED:
        if any(isinstance(each, WithJsonSchema) and each.json_schema == form for each in known.__metadata__):
            return words
    shown = [f"`{each}`" for each in form.get("examples", ())]
    shown += [f"`{each['const']}`" for each in form.get("anyOf", ()) if "const" in each]
    number = (
        ["a number"]
        if {"type": "number"} in [{"type": each.get("type")} for each in form.get("anyOf", ())]
        else []
    )
    return (
        f"text, such as {' or '.join(shown)}"
        if shown and not number
        else " or ".join([*shown, *number]) or "text"
    )


def default_words(field: FieldInfo) -> str:
    """A default as one would write it; `needed` where there is none."""
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    write: Any = next((each.func for each in field.metadata if isinstance(each, PlainSerializer)), None)
    if value is None or value in ([], {}, "", ()) or isinstance(value, BaseModel):
        return ""
    if write is not None:
        value = write(value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
