"""Where the values of messages go: a series of the plan, in its unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.bytes_settings import kind_of
from gateway.columns import Columns
from gateway.device import series_of, unit_for
from gateway.errors import PayloadError, SourceError
from gateway.gauge import Gauge, gauge
from gateway.meaning import as_held
from gateway.reading_settings import Reads, Scalar
from gateway.values import Valued, coded_text
from readings.errors import HaccplineError
from readings.inputs import LONE_POINT, Series, State
from readings.quality import Quality, Reason
from readings.times import format_time
from readings.units import Unit, unit_named

_HUGE = 1e300  # no plain number beyond
_SHORT = {
    "temperature": {"c": "degC", "f": "degF", "k": "kelvin"}
}  # by dimension; elsewhere they mean something else


@dataclass(frozen=True, slots=True)
class Feed:
    """One series, and how a field becomes a reading or a state of it.

    Attributes:
        series: which.
        number: its number in the columns.
        valued: what numbers mean; None where it is a text.
        codes: what a text is said by; None where it is the text itself.
        plain: a number is the value as it came.
    """

    series: Series
    number: int
    valued: Valued | None
    codes: dict[str, Scalar] | None
    plain: bool

    def add(  # noqa: PLR0913 - what a reading is made of
        self, columns: Columns, field: Any, time: int, doubt: Reason, received: int, counter: int
    ) -> None:
        """Put a reading or a state into the columns.

        Raises:
            PayloadError: the field is neither; nothing was added.
        """
        if self.plain and type(field) is float and -_HUGE < field < _HUGE and doubt is Reason.NONE:
            columns.cells += (self.number, time, field, field, 0, received, counter)
            return
        if self.valued is None:
            text = coded_text(field, self.codes)
            if doubt.quality is Quality.BAD:
                raise PayloadError("the payload has no time to say from when its text holds")
            if doubt is Reason.CLOCK and time > received:
                raise PayloadError(f"its text would hold from {format_time(time)} on, which is still to come")
            zone = "" if self.series.point == LONE_POINT else self.series.point
            columns.states.append(State(time, self.series.line, self.series.sensor, text, zone, received))
            return
        value, raw, reason = self.valued.measure(field)
        if doubt is not Reason.NONE and (reason.quality is Quality.GOOD or doubt.quality > reason.quality):
            value, reason = (math.nan if doubt.quality is Quality.BAD else value), doubt
        columns.cells += (self.number, time, value, raw, reason, received, counter)


class Feeds:
    """The series of the plans, as a source feeds them."""

    def __init__(self, source: str, units: Mapping[Series, Unit], columns: Columns) -> None:
        """Nothing is fed yet.

        Args:
            source: its name.
            units: for each series of the plans, the plan's unit.
            columns: where readings go.
        """
        self.source = source
        self.units = units
        self.columns = columns
        self._found: dict[tuple[int, str, str | None], Feed] = {}
        self._kept: list[Reads] = []  # so that no other settings get the id of one of them

    def gauge(self, reads: Reads, series: Series, unit: str) -> Gauge:
        """From the raw numbers of these settings to the plan's unit.

        Raises:
            SourceError: no plan has the series, or the unit cannot become the plan's.
        """
        try:
            return gauge(
                source=unit_named(unit),
                target=unit_for(series, self.units, self.source),
                scale=reads.scale,
                offset=reads.offset,
                curve=reads.curve,
                sentinels=as_held(reads.sentinels, kind_of(reads.type)) if reads.type else reads.sentinels,
                decimal=True,
            )
        except SourceError:
            raise
        except (HaccplineError, ValueError) as error:
            raise SourceError(f"{series}: {error}") from error

    def unit_said(self, reads: Reads, series: Series, said: str) -> str:
        """The unit that a word in a message means.

        Raises:
            SourceError: it means none that there is.
        """
        named = reads.units.get(said.strip().casefold())
        if named is not None:
            return named
        target = self.units.get(series)
        short = _SHORT.get(target.dimension, {}).get(said.strip().casefold()) if target else None
        if short is not None:
            return short
        try:
            return unit_named(said.strip()).name
        except HaccplineError as error:
            raise SourceError(f"{error}; say what it means by units: {{{said}: ...}}") from error

    def feed(self, reads: Reads, name: str, said: str | None = None) -> Feed:
        """The feed of `line/sensor[/point]`.

        Args:
            reads: how its values are read.
            name: of the series.
            said: the word for its unit that the message says; None where it says none.

        Raises:
            PayloadError: no plan has it, or not in such a unit.
        """
        key = (id(reads), name, said)
        found = self._found.get(key)
        if found is None:
            try:
                found = self._made(reads, name, said)
            except SourceError as error:
                raise PayloadError(str(error)) from error
            if len(self._found) >= _KNOWN:
                self._found.clear()
                self._kept.clear()
            self._found[key] = found
            self._kept.append(reads)
        return found

    def _made(self, reads: Reads, name: str, said: str | None) -> Feed:
        series = series_of(name, self.source)
        unit = self.unit_said(reads, series, said) if said is not None else reads.unit
        if unit is None:
            raise SourceError(f"{series}: the message says no unit at {reads.unit_from}")
        gauged = self.gauge(reads, series, unit)
        if said is not None and (reads.offset or reads.curve):
            meant = reads.unit or self.units[series].name
            if unit_named(unit) != unit_named(meant):
                raise SourceError(
                    f"{series}: the message says that it is in {said}, and its offset or calibration is in {meant}; write "
                    "a mapping for each unit (when)"
                )
        valued = None if unit == "text" else Valued(gauged, reads.codes)
        return Feed(
            series=series,
            number=self.columns.number(series),
            valued=valued,
            codes=reads.codes,
            plain=valued is not None and valued.plain,
        )


_KNOWN = 100_000  # feeds beyond which those known are forgotten and made again
