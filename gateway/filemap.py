"""How a foreign file of readings is to be understood."""

from __future__ import annotations

import codecs
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.fields import Exact, Settings, ZoneName


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class FileTime(Settings):
    """Where the time stands and how it is written.

    Attributes:
        column: its column; several (a date, a time) are joined by a space.
        format: unset, RFC 3339; `s`, `ms`, `us` or `ns` since 1970; `excel`, days as a spreadsheet counts them; or a
            pattern as of strptime.
        zone: IANA zone of times without an offset; those that a change of clocks makes ambiguous are refused.
    """

    column: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ("time",)
    format: str | None = None
    zone: ZoneName | None = None

    @model_validator(mode="after")
    def _placed(self) -> FileTime:
        if self.format == "excel" and self.zone is None:
            raise ValueError("a spreadsheet's times have no offset: say their zone, such as Asia/Shanghai")
        return self


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


def _encoding(value: str) -> str:
    try:
        return codecs.lookup(value).name
    except LookupError as error:
        raise ValueError(f"{value!r} is no encoding; write utf-8, gbk, cp1252 or the like") from error


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
        missing: what stands where there is no value; an empty field always does. Of a number all ways to write it.
        line: the plan's line, where it is not the one asked for.
        delimiter: between fields.
        skip: lines before the header.
        ragged: rows may be shorter than the header; what they lack is missing.
        encoding: of the text.
        decimal: the sign before decimals; with a comma, a point is refused.
        header: how the header's line begins, instead of `skip`. The table ends at an empty line; the same header
            further down is passed over.
        table: which of the tables that begin so.
        units: a row of units stands below the header, with these texts in these columns.
        must: what must stand in these columns in each row.
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
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    decimal: Literal[".", ","] = "."
    header: str | None = Field(None, min_length=1)
    table: int = Field(1, ge=1)
    units: dict[str, str] = Field(default_factory=dict)
    must: dict[str, str] = Field(default_factory=dict)

    @property
    def on_foot(self) -> bool:
        """Whether rows are read one by one: only then can they be as odd as this map allows."""
        return bool(
            self.ragged or self.header or self.units or self.must or self.encoding not in ("utf-8", "ascii")
        )

    @model_validator(mode="after")
    def _one_form(self) -> FileMap:
        if (self.sensor is None) != (self.value is None):
            raise ValueError("the long form names both columns, sensor and value")
        if self.sensor is None and not self.columns:
            raise ValueError("say what the columns become: columns, or sensor and value")
        if self.header is not None and self.skip:
            raise ValueError(
                "skip counts lines to the header, and header says how it begins: write one of them"
            )
        if self.table > 1 and self.header is None:
            raise ValueError("to tell one table from another, say how its header begins: header")
        if self.decimal == self.delimiter:
            raise ValueError("a comma cannot be both between fields and before decimals; say delimiter")
        if self.sensor is None and self.quality is not None:
            raise ValueError("a quality column goes with the long form: name sensor and value too")
        return self
