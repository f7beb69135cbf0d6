"""Times of a file, whole columns at a time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gateway.file_fields import first_refused, is_text, named, plain
from gateway.file_rows import RowError
from gateway.filemap import FileTime
from gateway.measure import NS_PER
from readings.block import I64

_NS = "ns"
_EXCEL = -25_569  # day 0 of a spreadsheet, 1899-12-30, in days since 1970
_MS_PER_DAY = 86_400_000
_SPELT_OUT = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "e": "%d", "h": "%b"}


def times(columns: Sequence[Any], how: FileTime, row: int) -> I64:
    """Event times, ns UTC.

    Args:
        columns: one, or those to be joined by a space.
        how: how they are written.
        row: the number of the first row in its file.

    Raises:
        RowError: a field is no such time, or is local and could mean two.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = plain(columns[0])
    if len(columns) > 1:
        parts = (pc.utf8_trim_whitespace(plain(each).cast(pa.string())) for each in columns)
        column = pc.binary_join_element_wise(*parts, " ")
    if column.null_count:
        raise RowError(
            row + int(np.argmax(column.is_null().to_numpy(zero_copy_only=False))), "there is no time"
        )
    if not is_text(column.type) and not pa.types.is_timestamp(column.type):
        if how.format is None and len(column):
            said = column[0].as_py()
            raise RowError(
                row, f"the time is {said!r}; say in a map what it counts, or how it is written: format"
            )
        if how.format not in (*NS_PER, "excel"):
            column = plain(named(column, row))
    convert = _time_conversion(column.type, how)
    try:
        moments = convert(column)
    except pa.ArrowInvalid as error:
        bad = first_refused(column, convert)
        raise RowError(row + bad, _no_time(column[bad].as_py(), how, error)) from error
    found = moments.cast(pa.timestamp(_NS, tz="UTC")).cast(pa.int64())
    return np.asarray(found.to_numpy(), np.int64)


def _no_time(field: Any, how: FileTime, error: Exception) -> str:
    if how.zone and (
        "ambiguous" in str(error) or "nonexistent" in str(error) or "doesn't exist" in str(error)
    ):
        return f"{field!r} falls into a change of clocks in {how.zone}; write it with its offset"
    expected = (
        f"as {how.format}" if how.format else f"in {how.zone}" if how.zone else "as 2026-12-01T00:00:00+08:00"
    )
    return f"{field!r} is not a time written {expected}"


def _time_conversion(kind: Any, how: FileTime) -> Callable[[Any], Any]:  # noqa: PLR0911 - one for each way to write a time
    import pyarrow as pa
    import pyarrow.compute as pc

    aware, naive = pa.timestamp(_NS, tz="UTC"), pa.timestamp(_NS)

    def local(moments: Any) -> Any:
        if how.zone is None:
            raise pa.ArrowInvalid("no offset and no zone")
        return pc.assume_timezone(moments, how.zone, ambiguous="raise", nonexistent="raise")

    if how.format == "excel":
        return lambda column: local(_of_spreadsheet(column).cast(naive))
    if pa.types.is_timestamp(kind):
        return (lambda column: column.cast(aware)) if kind.tz else (lambda column: local(column.cast(naive)))
    if how.format in NS_PER:
        unit = how.format
        return lambda column: column.cast(pa.int64()).cast(pa.timestamp(unit, tz="UTC")).cast(aware)
    if how.format is not None:
        pattern = how.format
        if "%z" in pattern:
            return lambda column: _by_pattern(column, pattern).cast(aware)
        return lambda column: local(_by_pattern(column, pattern))
    if how.zone is not None:
        return lambda column: local(column.cast(naive))
    return lambda column: column.cast(aware)


def _by_pattern(column: Any, pattern: str) -> Any:
    """Times as a pattern says; of the 30th of February strptime would make the 2nd of March."""
    import pyarrow as pa
    import pyarrow.compute as pc

    moments = pc.strptime(column, format=pattern, unit=_NS)
    day = pc.day(moments)
    near = pc.less_equal(day, 3)  # what becomes of a day that is none
    if "%z" in pattern:  # which may have moved it by one
        near = pc.or_(pc.less_equal(day, 4), pc.greater_equal(day, 28))
    doubtful = pc.and_(near, pc.match_substring_regex(column, "29|30|31"))
    spelt = re.sub("%([FTRDeh])", lambda match: _SPELT_OUT[match[1]], pattern)
    for text in pc.unique(column.filter(doubtful)).to_pylist():
        try:
            time.strptime(text, spelt)
        except ValueError as error:
            if "day is out of range" in str(error):
                raise pa.ArrowInvalid(str(error)) from error
    return moments


def _of_spreadsheet(column: Any) -> Any:
    """Days since 1899-12-30, to the millisecond: behind that a spreadsheet's number is not exact."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type):
        column = pc.replace_substring(pc.utf8_trim_whitespace(column), ",", ".")
    days = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if not (np.isfinite(days) & (days > 0) & (days < 2_958_466)).all():  # the end of the year 9999
        raise pa.ArrowInvalid("no date of a spreadsheet")
    ms = np.rint((days + _EXCEL) * _MS_PER_DAY).astype(np.int64)
    return pa.array(ms, pa.timestamp("ms"))
