"""Fields of a file become numbers and reasons, whole columns at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from gateway.file_rows import RowError
from gateway.filemap import FileColumn
from gateway.gauge import Gauge, gauge, with_narrow
from readings.block import F64, U8
from readings.quality import REASON_NAMED, Reason
from readings.units import unit_named

_EXACT = 2**53
_STATED = {"good": Reason.NONE, "": Reason.NONE, "uncertain": Reason.DOUBTED, "bad": Reason.DEVICE_FAULT}


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
    sentinels = _sentinels(missing, decimal)
    if sentinels:
        gone = np.isin(values, [*sentinels]) | (
            np.isnan(values) if any(map(math.isnan, sentinels)) else False
        )
        reason[gone] = Reason.MISSING
        values = np.where(gone, np.nan, values)
    finite = np.isfinite(values)
    if not finite.all():
        reason[~finite & (reason == Reason.NONE)] = Reason.NOT_A_NUMBER
        values = np.where(finite, values, np.nan)
    return values, reason


def _sentinels(missing: Sequence[str], decimal: str) -> frozenset[float]:
    """The numbers among the texts that stand for no value."""
    found: list[float] = []
    for text in missing:
        with suppress(ValueError):
            found.append(float(text.replace(decimal, ".")))
    return with_narrow(found)


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
