"""Which sensor a topic speaks for, and what its messages become."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gateway.columns import Columns
from gateway.device import series_of, unit_for
from gateway.errors import SourceError
from gateway.gauge import Gauge, gauge
from gateway.mqtt_settings import MqttSource, Topic
from gateway.payload import ABSENT, PayloadError, reader_for, time_reader
from readings.block import NO_SEQ
from readings.errors import HaccplineError
from readings.inputs import LONE_POINT, Series, State
from readings.quality import Quality, Reason
from readings.times import MS, US
from readings.units import Unit, unit_named

_PLACE = re.compile(r"\{(\d+)\}")
_LATEST = 2**63 - 1
_HUGE = 1e300  # no plain number beyond
_KNOWN_TOPICS = 100_000  # beyond, the topics seen are forgotten and looked up again


def matcher(topic_filter: str) -> re.Pattern[str]:
    """A pattern for the topics that an MQTT filter means; one group per wildcard."""
    levels = topic_filter.split("/")
    parts = [re.escape(level) if level not in ("+", "#") else "([^/]*)" for level in levels]
    if levels[-1] == "#":
        before = "/".join(parts[:-1])
        return re.compile(f"{before}(?:/(.*))?" if before else "(.*)", re.DOTALL)
    return re.compile("/".join(parts))


class Route:
    """From the messages of one topic to the readings of one series."""

    def __init__(self, topic: Topic, series: Series, read: Gauge, number: int) -> None:
        self._number = number
        self._fields = reader_for(topic)
        self._time = time_reader(topic) if topic.time else None
        self._within = topic.within
        self._series = series
        self._gauge = read
        self._text = topic.unit == "text"
        self._plain = read == Gauge(decimal=True) and not self._text  # the value is the number as it came

    def add(self, columns: Columns, payload: bytes, retained: bool, received: int) -> None:
        """Turn a message into a reading or a state.

        Raises:
            PayloadError: it cannot be read as the settings say; nothing was added.
        """
        try:
            field, moment, counter = self._fields(payload)
        except msgspec.MsgspecError as error:
            raise PayloadError(str(error)) from error
        time, doubt = self._when(moment, retained, received)
        at = received - received % MS
        if type(counter) is int:
            if not 0 <= counter <= _LATEST:
                raise PayloadError(f"the counter {counter} is out of range")
        else:
            counter = NO_SEQ
        if self._plain and doubt is Reason.NONE and type(field) is float and -_HUGE < field < _HUGE:
            columns.cells += (self._number, time, field, field, 0, at, counter)
            return
        if self._text:
            self._state(columns, field, time, doubt, at)
            return
        value, raw, reason = self._measure(field)
        if doubt is not Reason.NONE and reason.quality is Quality.GOOD:
            value, reason = (math.nan if doubt.quality is Quality.BAD else value), doubt
        columns.cells += (self._number, time, value, raw, reason, at, counter)

    def _when(self, moment: Any, retained: bool, received: int) -> tuple[int, Reason]:
        if self._time is None:
            return received - received % US, Reason.RETAINED if retained else Reason.NONE
        if moment is None or moment is msgspec.UNSET:
            return received - received % US, Reason.DEVICE_CLOCK
        try:
            time = self._time(moment)
        except HaccplineError as error:
            raise PayloadError(str(error)) from error
        far = self._within is not None and abs(time - received) > self._within
        return time, Reason.CLOCK if far else Reason.NONE

    def _measure(self, field: Any) -> tuple[float, float, Reason]:
        kind = type(field)
        if kind is float or kind is int:
            try:
                value, reason = self._gauge.read(field)
                return value, float(field), reason
            except OverflowError as error:
                raise PayloadError("the value is out of range") from error
        if field in ABSENT:
            return math.nan, math.nan, Reason.MISSING
        if kind is bool and self._gauge.truth:
            value, reason = self._gauge.read(int(field))
            return value, float(field), reason
        if field in self._gauge.sentinels and kind is str:
            return math.nan, math.nan, Reason.SENTINEL
        raise PayloadError(f"the value is {field!r}, a {kind.__name__}; a number was expected")

    def _state(self, columns: Columns, field: Any, time: int, doubt: Reason, received: int) -> None:
        if not isinstance(field, str):
            raise PayloadError(f"the value is {field!r}; a text was expected")
        if doubt.quality is Quality.BAD:
            raise PayloadError("the payload has no time to say from when its text holds")
        zone = "" if self._series.point == LONE_POINT else self._series.point
        columns.states.append(State(time, self._series.line, self._series.sensor, field, zone, received))


class Presence:
    """From a device's status to bad readings for all it may feed, when it says that it is gone."""

    def __init__(self, online: str, series: tuple[Series, ...]) -> None:
        self._online = online
        self._series = series

    def add(self, columns: Columns, payload: bytes, _retained: bool, received: int) -> None:
        """Say of each series that its device is gone; nothing, if it is there."""
        if payload.decode(errors="replace").strip() == self._online:
            return
        for each in self._series:
            columns.bad(
                each, time=received - received % US, reason=Reason.OFFLINE, received=received - received % MS
            )


class Heard(Protocol):
    """What becomes of the messages of one topic."""

    def add(self, columns: Columns, payload: bytes, retained: bool, received: int, /) -> None:
        """Put into the columns what a message says.

        Args:
            columns: receive it.
            payload: verbatim.
            retained: the broker kept it for late comers; its age is unknown.
            received: ns UTC.

        Raises:
            PayloadError: it cannot be read as the settings say.
        """


class Router:
    """Finds the routes of a topic, and remembers them."""

    def __init__(self, source: MqttSource, units: Mapping[Series, Unit], columns: Columns) -> None:
        """Check what is read against the plan.

        Args:
            source: its topics.
            units: for each series of the plans, the plan's unit.
            columns: where all its routes will put their readings.

        Raises:
            SourceError: a topic reads what no plan has, or in a unit that cannot become the plan's.
        """
        self._source = source
        self._units = units
        self._columns = columns
        self._topics = [(matcher(topic.topic), topic) for topic in source.topics]
        self._status = (matcher(source.status.topic), source.status) if source.status else None
        self._found: dict[bytes, tuple[Heard, ...]] = {}
        for pattern, topic in self._topics:
            self._check(pattern, topic)

    def _check(self, pattern: re.Pattern[str], topic: Topic) -> None:
        places = {int(number) for number in _PLACE.findall(topic.reads)}
        if places and not places <= set(range(1, pattern.groups + 1)):
            raise SourceError(
                f"source {self._source.name}: {topic.reads!r} names a wildcard that is not in {topic.topic!r}"
            )
        meant = self._fed_by(topic, {})
        if not meant:
            unit_for(series_of(topic.reads, self._source.name), self._units, self._source.name)
        for series in meant:
            self._gauge(topic, series)

    def _fed_by(self, topic: Topic, known: Mapping[int, str]) -> list[Series]:
        """The plan's series that a topic may feed, given what some wildcards stand for."""
        parts = re.split(r"(\{\d+\})", topic.reads)
        written = ""
        for part in parts:
            place = _PLACE.fullmatch(part)
            value = known.get(int(place[1])) if place else part
            written += "(.+)" if value is None else re.escape(value)
        pattern = re.compile(written)
        return [
            s
            for s in self._units
            if pattern.fullmatch(f"{s.line}/{s.sensor}/{s.point}") or pattern.fullmatch(str(s))
        ]

    def _gauge(self, topic: Topic, series: Series) -> Gauge:
        try:
            return gauge(
                source=unit_named(topic.unit),
                target=unit_for(series, self._units, self._source.name),
                scale=topic.scale,
                offset=topic.offset,
                curve=topic.curve,
                sentinels=topic.sentinels,
                decimal=True,
            )
        except (HaccplineError, ValueError) as error:
            raise SourceError(f"source {self._source.name}, topic {topic.topic}: {error}") from error

    def routes(self, topic: bytes) -> tuple[Heard, ...]:
        """What becomes of the messages of a topic.

        Raises:
            PayloadError: nothing, for the settings or the plan do not know it.
        """
        found = self._found.get(topic)
        if found is None:
            found = self._look_up(topic.decode(errors="replace"))
            if len(self._found) >= _KNOWN_TOPICS:
                self._found.clear()
            self._found[topic] = found
        return found

    def _look_up(self, text: str) -> tuple[Heard, ...]:
        routes: list[Heard] = []
        if self._status is not None and (match := self._status[0].fullmatch(text)):
            known = {number: part for number, part in enumerate(match.groups(), start=1) if part is not None}
            fed = {s for _, topic in self._topics if topic.unit != "text" for s in self._fed_by(topic, known)}
            routes.append(Presence(self._status[1].online, tuple(sorted(fed))))
        for pattern, topic in self._topics:
            if match := pattern.fullmatch(text):
                parts = match.groups()
                reads = _PLACE.sub(lambda place, parts=parts: parts[int(place[1]) - 1] or "", topic.reads)  # type: ignore[misc]
                try:
                    series = series_of(reads, self._source.name)
                    read = self._gauge(topic, series)
                except SourceError as error:
                    raise PayloadError(str(error)) from error
                routes.append(Route(topic, series, read, self._columns.number(series)))
        if not routes:
            raise PayloadError(f"source {self._source.name} has no topic that matches {text!r}")
        return tuple(routes)
