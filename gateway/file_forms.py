"""The two forms of a file of readings: long and wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gateway.columns import QUALITY_OF
from gateway.errors import FileError
from gateway.file_fields import gauge_of, named, numbers, plain, rescaled, stated
from gateway.file_rows import RowError
from gateway.file_times import times
from gateway.filemap import FileColumn, FileMap, FileTime
from gateway.gauge import Gauge
from readings.block import F64, I32, I64, U8
from readings.errors import HaccplineError
from readings.inputs import LONE_POINT, Series, State, series_named
from readings.quality import Quality, Reason

_BAD = min(reason for reason in Reason if reason.quality is Quality.BAD)
_PLAIN = Gauge(decimal=True)
_COLUMNS = ("which", "time", "value", "raw", "reason", "row")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Readings and states of one batch, in the file's order.

    Attributes:
        which: int32 [n], the number of the sensor.
        time: int64 [n], ns UTC.
        value: float64 [n]; NaN where the reason is bad.
        raw: float64 [n], the number in the file.
        reason: uint8 [n], `Reason`.
        row: int64 [n], the row in the file, from 0.
        states: coded texts.
    """

    which: I32
    time: I64
    value: F64
    raw: F64
    reason: U8
    row: I64
    states: tuple[State, ...]

    def take(self, rows: slice | npt.NDArray[np.intp]) -> Part:
        """These readings, in this order, with all states."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    @classmethod
    def joined(cls, parts: Sequence[Part]) -> Part:
        """Several parts, one after the other."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS
        }
        return cls(**columns, states=tuple(state for part in parts for state in part.states))


class Names:
    """The file's sensors, in the order in which they are met.

    Attributes:
        series: what each number stands for.
        gauges: what makes a value of its raw number.
        text: whether its values are coded texts.
    """

    def __init__(self, line: str, mapping: FileMap | None, texts: frozenset[str]) -> None:
        self._line = (mapping and mapping.line) or line
        self._columns = mapping.columns if mapping else {}
        self._texts = texts
        self._strict = bool(mapping and mapping.columns)
        self.series: list[Series] = []
        self.gauges: list[Gauge] = []
        self.text: list[bool] = []
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The number of a sensor by its name in the file; -1 if the map leaves it out.

        Raises:
            HaccplineError: the name names no sensor.
        """
        found = self._numbers.get(name)
        if found is None:
            column = self._columns.get(name.strip())
            if column is None and self._strict:
                found = -1
            else:
                column = column or FileColumn(reads=name)
                series = series_named(column.reads, self._line)
                found = len(self.series)
                self.series.append(series)
                self.gauges.append(gauge_of(column))
                self.text.append(series.sensor in self._texts)
            self._numbers[name] = found
        return found


def _state(series: Series, time: int, text: str) -> State:
    zone = "" if series.point == LONE_POINT else series.point
    return State(time, series.line, series.sensor, text, zone, time)


def _judged(raw: F64, found: U8, said: Sequence[U8]) -> tuple[F64, U8]:
    """Values without those that are bad, and the reason that counts.

    What the file says is bad is bad, with its reason; else a field without a number is; else the file's word
    stands. Of two statements the more severe counts, of two as severe the later one.
    """
    reason = np.zeros_like(found)
    for each in said:
        more = (each != Reason.NONE) & (QUALITY_OF[each] >= QUALITY_OF[reason])
        reason = np.where(more, each, reason)
    reason = np.where((found != Reason.NONE) & (reason < _BAD), found, reason)
    return (np.where(reason >= _BAD, np.nan, raw) if reason.any() else raw), reason


class Long:
    """Reads a batch of time, sensor, value."""

    def __init__(  # noqa: PLR0913 - one per kind of column
        self,
        names: Names,
        how: FileTime,
        sensor: str,
        value: str,
        said: Sequence[str],
        mapping: FileMap | None,
    ) -> None:
        self._names, self._how, self._sensor, self._value, self._said = names, how, sensor, value, said
        self._missing = mapping.missing if mapping else ()
        self._decimal = mapping.decimal if mapping else "."

    def read(self, batch: Any, row: int) -> Part:
        """The readings and states of a batch whose first row has this number in the file.

        Raises:
            RowError: a field is not as expected.
        """
        import pyarrow as pa

        time = times([batch.column(name) for name in self._how.column], self._how, row)
        encoded = named(batch.column(self._sensor), row)
        if encoded.indices.null_count:
            at = int(np.argmax(encoded.indices.is_null().to_numpy(zero_copy_only=False)))
            raise RowError(row + at, "there is no sensor")
        codes = self._codes(encoded, row)
        which = codes[encoded.indices.to_numpy(zero_copy_only=False)]
        said = [stated(batch.column(name), row) for name in self._said]
        value, kept = batch.column(self._value), None
        states: tuple[State, ...] = ()
        texts = np.array([*self._names.text, False], np.bool_)[which] if any(self._names.text) else None
        if texts is not None or (codes < 0).any():
            kept = np.flatnonzero((which >= 0) & ~texts if texts is not None else which >= 0)
            bad = np.any([each >= _BAD for each in said], axis=0) if said else np.zeros(len(time), np.bool_)
            states = self._states(value, time, which, None if texts is None else texts & ~bad)
            value = value.take(pa.array(kept))
        raw, found = self._numbers(value, kept, row)
        number = np.arange(row, row + len(time)) if kept is None else row + kept
        if kept is not None:
            time, which, said = time[kept], which[kept], [each[kept] for each in said]
        values = self._scaled(raw, which)
        values, reason = _judged(values, found, said)
        return Part(which, time, values, raw, reason, number, states)

    def _codes(self, encoded: Any, row: int) -> I32:
        codes = []
        for index, name in enumerate(encoded.dictionary.to_pylist()):
            try:
                codes.append(self._names.number(name))
            except HaccplineError as error:
                at = int(np.argmax(encoded.indices.to_numpy(zero_copy_only=False) == index))
                raise RowError(row + at, str(error)) from error
        return np.array(codes, np.int32)

    def _numbers(self, value: Any, kept: I64 | None, row: int) -> tuple[F64, U8]:
        try:
            return numbers(value, self._missing, 0, decimal=self._decimal)
        except RowError as error:
            raise RowError(row + (error.row if kept is None else int(kept[error.row])), str(error)) from error

    def _states(self, value: Any, time: I64, which: I32, texts: Any) -> tuple[State, ...]:
        if texts is None:
            return ()
        rows = np.flatnonzero(texts)
        fields = plain(value).take(rows).to_pylist()
        return tuple(
            _state(self._names.series[number], moment, text)
            for number, moment, field in zip(which[rows].tolist(), time[rows].tolist(), fields, strict=True)
            if (text := "" if field is None else str(field).strip()) and text not in self._missing
        )

    def _scaled(self, raw: F64, which: I32) -> F64:
        if all(each == _PLAIN for each in self._names.gauges):
            return raw
        values = raw.copy()
        for number, each in enumerate(self._names.gauges):
            if each != _PLAIN:
                rows = which == number
                values[rows] = rescaled(raw[rows], each)
        return values


class Wide:
    """Reads a batch of time and a column per sensor; row by row, columns in the file's order."""

    def __init__(self, names: Names, how: FileTime, columns: Sequence[str], mapping: FileMap | None) -> None:
        self._names, self._how, self._columns = names, how, columns
        self._missing = mapping.missing if mapping else ()
        self._decimal = mapping.decimal if mapping else "."
        self._held: dict[int, str] = {}

    def read(self, batch: Any, row: int) -> Part:
        """The readings and states of a batch whose first row has this number in the file.

        Raises:
            RowError: a field is not as expected.
        """
        time = times([batch.column(name) for name in self._how.column], self._how, row)
        self._told_apart()
        which, raws, values, reasons = [], [], [], []
        states: list[State] = []
        for name in self._columns:
            number = self._names.number(name)
            if self._names.text[number]:
                states += self._changes(number, batch.column(name), time)
                continue
            raw, found = numbers(batch.column(name), self._missing, row, decimal=self._decimal)
            value, reason = _judged(rescaled(raw, self._names.gauges[number]), found, ())
            which.append(number)
            raws.append(raw)
            values.append(value)
            reasons.append(reason)
        width = len(which)
        return Part(
            np.tile(np.array(which, np.int32), len(time)),
            np.repeat(time, width),
            _interleaved(values, np.float64),
            _interleaved(raws, np.float64),
            _interleaved(reasons, np.uint8),
            np.repeat(np.arange(row, row + len(time)), width),
            tuple(sorted(states, key=lambda state: state.time)),
        )

    def _told_apart(self) -> None:
        """Refuse two columns for one sensor: they would be one with two values at each time."""
        read: dict[Series, str] = {}
        for name in self._columns:
            series = self._names.series[self._names.number(name)]
            if read.setdefault(series, name) != name:
                raise FileError(
                    f"{series} is read from two columns, {read[series]} and {name}; give each a point"
                )

    def _changes(self, number: int, column: Any, time: I64) -> Iterator[State]:
        """A state where the text is another than above; a column that repeats it says nothing new."""
        for moment, field in zip(time.tolist(), plain(column).to_pylist(), strict=True):
            text = "" if field is None else str(field).strip()
            if text and text not in self._missing and text != self._held.get(number):
                self._held[number] = text
                yield _state(self._names.series[number], moment, text)


def _interleaved(columns: Sequence[Any], dtype: Any) -> Any:
    return np.column_stack(columns).astype(dtype).ravel() if columns else np.empty(0, dtype)
