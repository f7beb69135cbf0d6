"""How a foreign file of readings is to be understood."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from gateway.fields import Exact, Settings


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class FileTime(Settings):
    """Where the time stands and how it is written.

    Attributes:
        column: its column; several (a date, a time) are joined by a space.
        format: unset, RFC 3339; `s`, `ms`, `us` or `ns` since 1970; or a pattern as of strptime.
        zone: IANA zone of times without an offset; those that a change of clocks makes ambiguous are refused.
    """

    column: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ("time",)
    format: str | None = None
    zone: str | None = None


class FileColumn(Settings):
    """What a column (or, in the long form, a sensor of the file) becomes.

    Attributes:
        reads: `sensor` or `sensor/point` of the plan.
        scale: of the number in the file, exactly as written.
        offset: added to it, in the plan's unit.
    """

    reads: str
    scale: Exact = Fraction(1)
    offset: Exact = Fraction(0)


def _column(value: Any) -> Any:
    return {"reads": value} if isinstance(value, str) else value


class FileMap(Settings):
    """A mapping for files that are not in a form of ours.

    Wide: `columns` says what each column becomes; others are not read. Long: `sensor` and `value` name columns,
    and `columns` may say what the file's sensors become; without it they keep their names.

    Attributes:
        time: the time of a row.
        columns: by the file's name: `sensor[/point]`, or with scale and offset.
        sensor: in the long form, the column with the sensor's name.
        value: in the long form, the column with the value.
        quality: in the long form, the column that says good, uncertain or bad.
        missing: what stands where there is no value; an empty field always does.
        line: the plan's line, where it is not the one asked for.
        delimiter: between fields.
        skip: lines before the header.
        ragged: rows may be shorter than the header; what they lack is missing.
    """

    time: FileTime = FileTime()
    columns: dict[str, Annotated[FileColumn, BeforeValidator(_column)]] = Field(default_factory=dict)
    sensor: str | None = None
    value: str | None = None
    quality: str | None = None
    missing: tuple[str, ...] = ()
    line: str | None = None
    delimiter: str = Field(",", min_length=1, max_length=1)
    skip: int = Field(0, ge=0)
    ragged: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> FileMap:
        if (self.sensor is None) != (self.value is None):
            raise ValueError("the long form names both columns, sensor and value")
        if self.sensor is None and not self.columns:
            raise ValueError("say what the columns become: columns, or sensor and value")
        if self.sensor is None and self.quality is not None:
            raise ValueError("a quality column goes with the long form: name sensor and value too")
        return self
