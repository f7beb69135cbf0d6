"""What stands behind the colons of a plan: quantities, durations, times, counts and names."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, WithJsonSchema

from readings.errors import HaccplineError
from readings.times import format_duration, format_time, parse_duration, parse_time
from readings.units import Unit, convert, decimal_text, parse_quantity, unit_named

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
    if not isinstance(value, str):
        raise ValueError(f"{value} has no unit; write a duration, such as 45 min")
    return parse_duration(value)


def _moment(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("write a time with its offset, such as 2026-12-01T00:00:00+08:00")
    return parse_time(value)


def _number(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction):
        raise ValueError(f"{value!r} is not a number")
    return Fraction(value)


def _counted(noun: str) -> Any:
    def count(value: Any) -> int:
        match = re.fullmatch(rf"(\d{{1,9}})(?:\s+{noun}s?)?", str(value), re.ASCII)
        if match is None or isinstance(value, bool) or not 1 <= int(match[1]) <= 10_000:
            raise ValueError(f"{value!r} is not a count from 1 to 10000; write 2 {noun}s")
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
    raise ValueError("write a name, or {zh: ..., en: ...}")


def _text_schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [pattern]})


QuantityText = Annotated[
    Quantity, PlainValidator(_spoken(_quantity)), PlainSerializer(str), _text_schema("-18.0 degC")
]
Duration = Annotated[
    int, PlainValidator(_spoken(_duration)), PlainSerializer(format_duration), _text_schema("45 min")
]
Moment = Annotated[
    int,
    PlainValidator(_spoken(_moment)),
    PlainSerializer(format_time),
    _text_schema("2026-12-01T00:00:00+08:00"),
]
Number = Annotated[
    Fraction, PlainValidator(_number), PlainSerializer(decimal_text), WithJsonSchema({"type": "number"})
]
Names = Annotated[
    dict[str, str],
    PlainValidator(_names),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}},
            ]
        }
    ),
]
ReadingCount = Annotated[int, PlainValidator(_counted("reading")), _text_schema("2 readings")]
PointCount = Annotated[int, PlainValidator(_counted("point")), _text_schema("4 points")]


def _every(value: Any) -> int | str:
    if value == "on change":
        return "on change"
    every = _duration(value)
    if every <= 0:
        raise ValueError("a reading cannot come every 0 s; write 60 s, or on change")
    return every


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value) or not value.strip("."):
        raise ValueError(
            f"{value!r} cannot be a name here: up to 64 letters, digits and - _ . without spaces or slashes"
        )
    return value


def _unit(value: Any) -> Unit:
    if isinstance(value, Unit):
        return value
    return unit_named(str(value))


Every = Annotated[
    int | str,
    PlainValidator(_spoken(_every)),
    PlainSerializer(lambda every: every if isinstance(every, str) else format_duration(every)),
    _text_schema("60 s"),
]
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": r"^[\w.-]{1,64}$"})]
UnitName = Annotated[
    Unit, PlainValidator(_spoken(_unit)), PlainSerializer(lambda unit: unit.name), _text_schema("degC")
]
