"""Which sensor a topic speaks for, and what its messages become."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.columns import Columns
from gateway.device import series_of, unit_for
from gateway.errors import SourceError
from gateway.gauge import Gauge, gauge
from gateway.payload import ABSENT, PayloadError, reader_for, time_reader
from gateway.settings import MqttSource, Topic
from readings.block import NO_SEQ
from readings.errors import HaccplineError
from readings.inputs import LONE_POINT, Series, State
from readings.quality import Quality, Reason
from readings.times import MS, US
from readings.units import Unit, unit_named

_PLACE = re.compile(r"\{(\d+)\}")
_KNOWN_TOPICS = 100_000  # beyond, the topics seen are forgotten and looked up again


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came.

    Attributes:
        topic: of the message.
        payload: verbatim.
        retained: the broker kept it for late comers; its age is unknown.
        received: ns UTC.
    """

    topic: bytes
    payload: bytes
    retained: bool
    received: int


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

    def __init__(self, topic: Topic, series: Series, read: Gauge) -> None:
        self._fields = reader_for(topic)
        self._time = time_reader(topic) if topic.time else None
        self._within = topic.within
        self._series = series
        self._gauge = read
        self._text = topic.unit == "text"

    def add(self, columns: Columns, message: Message) -> None:
        """Turn a message into a reading or a state.

        Raises:
            PayloadError: it cannot be read as the settings say; nothing was added.
        """
        try:
            field, moment, counter = self._fields(message.payload)
        except msgspec.MsgspecError as error:
            raise PayloadError(str(error)) from error
        time, doubt = self._when(moment, message)
        received = message.received - message.received % MS
        if self._text:
            self._state(columns, field, time, doubt, received)
            return
        value, raw, reason = self._measure(field)
        if doubt is not Reason.NONE and reason.quality is Quality.GOOD:
            value, reason = (math.nan if doubt.quality is Quality.BAD else value), doubt
        seq = NO_SEQ if counter in ABSENT else counter
        if not NO_SEQ <= seq < 2**63:
            raise PayloadError(f"the counter {seq} is out of range")
        columns.rows.append((columns.number(self._series), time, value, raw, reason, received, seq))

    def _when(self, moment: Any, message: Message) -> tuple[int, Reason]:
        at = message.received - message.received % US
        if self._time is None:
            return at, Reason.RETAINED if message.retained else Reason.NONE
        if moment in ABSENT:
            return at, Reason.DEVICE_CLOCK
        try:
            time = self._time(moment)
        except HaccplineError as error:
            raise PayloadError(str(error)) from error
        far = self._within is not None and abs(time - message.received) > self._within
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


class Router:
    """Finds the routes of a topic, and remembers them."""

    def __init__(self, source: MqttSource, units: Mapping[Series, Unit]) -> None:
        """Check what is read against the plan.

        Raises:
            SourceError: a topic reads what no plan has, or in a unit that cannot become the plan's.
        """
        self._source = source
        self._units = units
        self._topics = [(matcher(topic.topic), topic) for topic in source.topics]
        self._status = matcher(source.status.topic) if source.status else None
        self._found: dict[bytes, tuple[Route, ...]] = {}
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
                sentinels=topic.sentinels,
                decimal=True,
            )
        except HaccplineError as error:
            raise SourceError(f"source {self._source.name}, topic {topic.topic}: {error}") from error

    def routes(self, topic: bytes) -> tuple[Route, ...]:
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

    def _look_up(self, text: str) -> tuple[Route, ...]:
        routes = []
        for pattern, topic in self._topics:
            match = pattern.fullmatch(text)
            if match is not None:
                reads = _PLACE.sub(lambda place, match=match: match[int(place[1])] or "", topic.reads)  # type: ignore[misc]
                try:
                    series = series_of(reads, self._source.name)
                    routes.append(Route(topic, series, self._gauge(topic, series)))
                except SourceError as error:
                    raise PayloadError(str(error)) from error
        if not routes:
            raise PayloadError(f"source {self._source.name} has no topic that matches {text!r}")
        return tuple(routes)

    def is_status(self, topic: bytes) -> bool:
        """Whether its messages say whether a device is there."""
        return self._status is not None and self._status.fullmatch(topic.decode(errors="replace")) is not None

    def add_status(self, columns: Columns, message: Message) -> None:
        """Unless the device says it is there, a bad reading for each series it may feed."""
        status = self._source.status
        assert status is not None
        assert self._status is not None
        match = self._status.fullmatch(message.topic.decode(errors="replace"))
        if match is None or message.payload.decode(errors="replace").strip() == status.online:
            return
        known = {number: text for number, text in enumerate(match.groups(), start=1) if text is not None}
        series = {
            series
            for _, topic in self._topics
            if topic.unit != "text"
            for series in self._fed_by(topic, known)
        }
        for each in sorted(series):
            columns.bad(
                each,
                time=message.received - message.received % US,
                reason=Reason.OFFLINE,
                received=message.received - message.received % MS,
            )
