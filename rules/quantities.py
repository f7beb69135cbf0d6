"""What stands behind the colons of a plan: quantities, durations, times, counts and names."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, WithJsonSchema

from readings.errors import HaccplineError
from readings.times import format_duration, format_time, parse_duration, parse_time
from readings.units import UNITS, Unit, convert, decimal_text, parse_quantity, unit_named

_NAME = re.compile(r"[\w.-]{1,64}")


class Quantity(BaseModel):
    """An exact number with its unit, as written: `-18.0 degC`.

    Attributes:
        value: exact.
        unit: its unit.
        digits: decimals as written; comparison on rounded values rounds to them.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    value: Fraction
    unit: Unit
    digits: int

    def in_unit(self, unit: Unit) -> Fraction:
        """The value in another unit, exactly.

        Raises:
            UnitError: the two do not measure the same thing.
        """
        return convert(self.value, self.unit, unit)

    def __str__(self) -> str:
        """As it would be written in a plan."""
        text = decimal_text(self.value)
        whole, _, part = text.partition(".")
        return f"{whole}{'.' if self.digits else ''}{part.ljust(self.digits, '0')} {self.unit.name}"


def _spoken(parse: Any) -> Any:
    def validate(value: Any) -> Any:
        try:
            return parse(value)
        except HaccplineError as error:
            raise ValueError(str(error)) from error

    return validate


def _quantity(value: Any) -> Quantity:
    if isinstance(value, Quantity):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        raise ValueError(f"{value} has no unit; write it behind the number, such as {value} degC")
    if not isinstance(value, str):
        raise ValueError("write a number and its unit, such as -18.0 degC")
    number, unit = parse_quantity(value)
    match = re.match(r"\s*[+-]?\d+(?:\.(\d+))?", value)
    return Quantity(value=number, unit=unit, digits=len(match[1]) if match and match[1] else 0)


def _duration(value: Any) -> int:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        raise ValueError(f"{value} has no unit; write a duration, such as 45 min")
    if not isinstance(value, str):
        raise ValueError("write a duration, such as 45 min")
    return parse_duration(value)


def _moment(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("write a time with its offset, such as 2026-12-01T00:00:00+08:00")
    return parse_time(value)


def _number(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction):
        bare = re.match(r"[+-]?\d+(\.\d+)?", value) if isinstance(value, str) else None
        hint = f"; write {bare[0]} alone: it is in the sensor's unit, and not quoted" if bare else ""
        raise ValueError(f"{value!r} is not a number{hint}")
    return Fraction(value)


def _step(value: Any) -> Fraction:
    step = _number(value)
    if step <= 0:
        raise ValueError("a resolution is greater than 0")
    return step


def _counted(noun: str) -> Any:
    def count(value: Any) -> int:
        match = re.fullmatch(rf"(\d{{1,9}})(?:\s+{noun}s?)?", str(value), re.ASCII)
        if match is None or isinstance(value, bool) or not 1 <= int(match[1]) <= 10_000:
            given = value if isinstance(value, int | Decimal) else repr(value)
            raise ValueError(f"{given} is not a count from 1 to 10000; write 2 {noun}s")
        return int(match[1])

    return count


def _names(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        return {"en": value}
    if (
        isinstance(value, dict)
        and value
        and set(value) <= {"zh", "en"}
        and all(isinstance(t, str) for t in value.values())
    ):
        return value
    if isinstance(value, dict) and value:
        raise ValueError("write a name, or one in each language: {zh: ..., en: ...}")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        raise ValueError(f'{value} is a number; if it is the name, quote it: "{value}"')
    raise ValueError("write a name, or {zh: ..., en: ...}")


_REFERRED = r"scheduled_process\.\w+"
_SOME_QUANTITY = r"\s*[+-]?\d{1,12}(\.\d{1,9})?\s*[^\s\d].*"
_SOME_DURATION = r"\s*\d{1,9}(\.\d{1,9})?\s*(ms|s|min|h|d)\s*"
_SOME_TIME = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)"


def _text_schema(pattern: str, example: str) -> WithJsonSchema:
    """What an editor can know of a text: its form; whether its unit fits, the program alone knows."""
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$", "examples": [example]})


def _count_schema(noun: str) -> WithJsonSchema:
    several = {"type": "string", "pattern": rf"^\d{{1,9}}(\s+{noun}s?)?$", "examples": [f"2 {noun}s"]}
    return WithJsonSchema({"anyOf": [several, {"type": "integer", "minimum": 1, "maximum": 10_000}]})


QuantityText = Annotated[
    Quantity,
    PlainValidator(_spoken(_quantity)),
    PlainSerializer(str),
    _text_schema(f"{_SOME_QUANTITY}|{_REFERRED}", "-18.0 degC"),
]
Duration = Annotated[
    int,
    PlainValidator(_spoken(_duration)),
    PlainSerializer(format_duration),
    _text_schema(f"{_SOME_DURATION}|{_REFERRED}", "45 min"),
]
Moment = Annotated[
    int,
    PlainValidator(_spoken(_moment)),
    PlainSerializer(format_time),
    _text_schema(_SOME_TIME, "2026-12-01T00:00:00+08:00"),
]
Number = Annotated[
    Fraction, PlainValidator(_number), PlainSerializer(decimal_text), WithJsonSchema({"type": "number"})
]
Resolution = Annotated[
    Fraction,
    PlainValidator(_step),
    PlainSerializer(decimal_text),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
Names = Annotated[
    dict[str, str],
    PlainValidator(_names),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]
ReadingCount = Annotated[int, PlainValidator(_counted("reading")), _count_schema("reading")]
PointCount = Annotated[int, PlainValidator(_counted("point")), _count_schema("point")]


def _every(value: Any) -> int | str:
    if value == "on change":
        return "on change"
    every = _duration(value)
    if every <= 0:
        raise ValueError("a reading cannot come every 0 s; write 60 s, or on change")
    return every


def _name(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        raise ValueError(f'{value} is a number; if it is the name, quote it: "{value}"')
    if not isinstance(value, str) or not _NAME.fullmatch(value) or not value.strip("."):
        other = re.sub(r"[^\w.-]+", "-", value).strip("-.")[:64] if isinstance(value, str) else ""
        hint = f"; write {other}" if other else ""
        raise ValueError(
            f"{value!r} cannot be a name here: up to 64 letters, digits and - _ . without spaces or slashes{hint}"
        )
    return value


def _unit(value: Any) -> Unit:
    if isinstance(value, Unit):
        return value
    if not isinstance(value, str):
        raise ValueError("write the name of a unit, such as degC")
    return unit_named(value)


Every = Annotated[
    int | str,
    PlainValidator(_spoken(_every)),
    PlainSerializer(lambda every: every if isinstance(every, str) else format_duration(every)),
    _text_schema(f"{_SOME_DURATION}|on change", "60 s"),
]
Name = Annotated[
    str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": r"^[^\s/,:]{1,64}$"})
]
UnitName = Annotated[
    Unit,
    PlainValidator(_spoken(_unit)),
    PlainSerializer(lambda unit: unit.name),
    WithJsonSchema({"anyOf": [{"enum": list(UNITS)}, {"type": "string", "minLength": 1}]}),
]
