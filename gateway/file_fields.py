"""Fields of a file become times, numbers and reasons, whole columns at a time."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from gateway.file_rows import RowError
from gateway.filemap import FileColumn, FileTime
from gateway.gauge import Gauge, gauge, with_narrow
from gateway.measure import NS_PER
from readings.block import F64, I64, U8
from readings.quality import REASON_NAMED, Reason
from readings.units import unit_named

_EXACT = 2**53
_STATED = {"good": Reason.NONE, "": Reason.NONE, "uncertain": Reason.DOUBTED, "bad": Reason.DEVICE_FAULT}
_NS = "ns"
_EXCEL = -25_569  # day 0 of a spreadsheet, 1899-12-30, in days since 1970
_MS_PER_DAY = 86_400_000
_SPELT_OUT = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "e": "%d", "h": "%b"}


def first_refused(column: Any, convert: Callable[[Any], Any]) -> int:
    """The first row that cannot be converted, found by halving."""
    import pyarrow as pa

    start, end = 0, len(column)
    while end - start > 1:
        middle = (start + end) // 2
        try:
            convert(column.slice(start, middle - start))
            start = middle
        except pa.ArrowInvalid:
            end = middle
    return start


def plain(column: Any) -> Any:
    """The column without dictionary encoding."""
    import pyarrow as pa

    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def is_text(kind: Any) -> bool:
    """Whether a column of this type holds texts."""
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def named(column: Any, row: int) -> Any:
    """A column of words, dictionary-encoded; numbers are their digits.

    Raises:
        RowError: it holds something else.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type) and is_text(column.type.value_type):
        return column
    column = plain(column)
    try:
        return pc.dictionary_encode(column if is_text(column.type) else column.cast(pa.string()))
    except pa.ArrowNotImplementedError as error:
        raise RowError(row, f"a text was expected, and the column holds {column.type}") from error


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
    day = pc.day(moments)  # of a day that is none, or of one that its offset moved
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


def numbers(column: Any, missing: Sequence[str], row: int, *, decimal: str = ".") -> tuple[F64, U8]:
    """The numbers in a column and, where there is none, the reason.

    Args:
        column: numbers or texts.
        missing: texts that stand for no value, the empty one besides; of one that is a number, the number.
        row: the number of the first row in its file.
        decimal: the sign before decimals in texts.

    Raises:
        RowError: a field is neither a number nor missing.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = plain(column)
    if pa.types.is_null(column.type):
        column = column.cast(pa.float64())
    texts = is_text(column.type)
    try:
        if texts and decimal != ".":
            column = _with_points(column, decimal, row)
        found = column.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if not texts:
            raise RowError(row, f"a value of type {column.type} is not a number") from error
        trimmed = pc.utf8_trim_whitespace(column)
        absent = pc.is_in(trimmed, value_set=pa.array(["", *missing], trimmed.type))
        shown = pc.if_else(absent, pa.scalar(None, trimmed.type), trimmed)
        try:
            found = shown.cast(pa.float64())
        except pa.ArrowInvalid as wrong:
            bad = first_refused(shown, lambda part: part.cast(pa.float64()))
            told = ", ".join(repr(each) for each in missing)
            expected = f"a number, nothing or {told}" if told else "a number or nothing"
            raise RowError(
                row + bad,
                f"the value is {column[bad].as_py()!r}; expected {expected}. If it means that there is no value, name it "
                "in a map: missing",
            ) from wrong
    reason = np.zeros(len(found), np.uint8)
    if found.null_count:
        reason[found.is_null().to_numpy(zero_copy_only=False)] = Reason.MISSING
        found = found.fill_null(np.nan)
    values = np.asarray(found.to_numpy(zero_copy_only=False), np.float64)
    absent = _absent(missing, decimal)
    if absent:
        gone = np.isin(values, [*absent]) | (np.isnan(values) if any(map(math.isnan, absent)) else False)
        reason[gone] = Reason.MISSING
        values = np.where(gone, np.nan, values)
    finite = np.isfinite(values)
    if not finite.all():
        reason[~finite & (reason == Reason.NONE)] = Reason.NOT_A_NUMBER
        values = np.where(finite, values, np.nan)
    return values, reason


def _absent(missing: Sequence[str], decimal: str) -> frozenset[float]:
    """The numbers among the texts that stand for no value."""
    found: list[float] = []
    for text in missing:
        with suppress(ValueError):
            found.append(float(text.replace(decimal, ".")))
    return with_narrow(found)


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


def _with_points(column: Any, decimal: str, row: int) -> Any:
    """The texts with a point before decimals, where they are numbers; one that has both could mean two things."""
    import pyarrow.compute as pc

    number = pc.match_substring_regex(column, rf"^\s*[+-]?[0-9]+([{decimal}.][0-9]+)*\s*$")
    pointed = pc.and_(number, pc.match_substring(column, "."))
    if pc.any(pointed).as_py():
        at = int(np.argmax(pointed.to_numpy(zero_copy_only=False)))
        raise RowError(
            row + at,
            f"the value is {column[at].as_py()!r}, and the map says that decimals stand behind {decimal!r}",
        )
    return pc.if_else(number, pc.replace_substring(column, decimal, "."), column)


def stated(column: Any, row: int) -> U8:
    """The reasons that a quality column (good, uncertain, bad) or a reason column states.

    Raises:
        RowError: a text that is neither.
    """
    encoded = named(column, row)
    codes = []
    for text in encoded.dictionary.to_pylist():
        reason = _STATED.get((text or "").strip().lower(), REASON_NAMED.get((text or "").strip().lower()))
        codes.append(255 if reason is None else int(reason))
    indices = encoded.indices.fill_null(len(codes)).to_numpy(zero_copy_only=False)
    found: U8 = np.array([*codes, Reason.NONE], np.uint8)[indices]
    if 255 in codes and (found == 255).any():
        bad = int(np.argmax(found == 255))
        raise RowError(row + bad, f"the quality is {column[bad].as_py()!r}; expected good, uncertain or bad")
    return found


def gauge_of(column: FileColumn) -> Gauge:
    """The gauge of a mapped column; the plan's unit is taken to be that of the scaled number."""
    one = unit_named("count")
    return gauge(source=one, target=one, scale=column.scale, offset=column.offset, decimal=True)


def rescaled(raw: F64, by: Gauge) -> F64:
    """Values of raw numbers, each rounded once."""
    if by == Gauge(decimal=True):
        return raw
    known = raw[np.isfinite(raw)]
    largest = float(np.max(np.abs(known), initial=0)) * abs(by.factor) + abs(by.offset)
    if largest < _EXACT and by.divisor < _EXACT and (known == np.floor(known)).all():
        return np.asarray((raw * by.factor + by.offset) / by.divisor, np.float64)
    distinct, inverse = np.unique(raw, return_inverse=True)
    values = np.array([by.read(number)[0] for number in distinct.tolist()], np.float64)
    return np.asarray(values[inverse], np.float64)
