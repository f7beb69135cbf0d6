"""What a Modbus device's answers say: the pure part of a poll."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.columns import Columns
from gateway.decode import Kind, Order, decode
from gateway.errors import SourceError
from gateway.gauge import Gauge, as_float32, gauge
from gateway.measure import NS_PER
from gateway.modbus_settings import Channel, Counter, DeviceTime, ModbusSource
from gateway.requests import Answer, Span, coalesce
from readings.block import NO_SEQ
from readings.errors import HaccplineError
from readings.inputs import Series, series_named
from readings.quality import Quality, Reason
from readings.times import MS, US
from readings.units import Unit, unit_named

_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request.

    Attributes:
        answer: exactly the registers or bits asked for, or the reason why there are none.
        time: when it came, or when waiting for it ended, ns UTC.
    """

    answer: Answer
    time: int


def series_of(reads: str, source: str) -> Series:
    """The series of `line/sensor[/point]`.

    Raises:
        SourceError: the text names none.
    """
    line, _, sensor = reads.partition("/")
    try:
        return series_named(sensor, line)
    except HaccplineError as error:
        raise SourceError(
            f"source {source}: reads {reads!r}: write line/sensor or line/sensor/point"
        ) from error


def unit_for(series: Series, units: Mapping[Series, Unit], source: str) -> Unit:
    """The plan's unit of a series.

    Raises:
        SourceError: the plan has no such sensor or point.
    """
    if series not in units:
        known = ", ".join(sorted(str(each) for each in units if each.line == series.line)) or "none"
        raise SourceError(
            f"source {source} reads {series}, which no plan has; sensors of line {series.line!r}: {known}"
        )
    return units[series]


@dataclass(frozen=True, slots=True)
class Point:
    """One value of the device, ready to be read."""

    series: Series
    span: Span
    kind: Kind
    order: Order
    gauge: Gauge


@dataclass(frozen=True, slots=True)
class Device:
    """A device's values and the requests that read them.

    Attributes:
        source: the name of the source.
        points: the values.
        requests: what to ask, in order.
        time: where the sample's own time is; None without.
        sequence: where its counter is; None without.
        order: of bytes where nothing else is said.
    """

    source: str
    points: tuple[Point, ...]
    requests: tuple[Span, ...]
    time: DeviceTime | None
    sequence: Counter | None
    order: Order

    def fill(self, columns: Columns, replies: Mapping[Span, Reply]) -> None:
        """Turn replies into readings, one for each value whatever happened.

        A reading has the device's time, or else the time of its own response.

        Args:
            columns: receives the readings.
            replies: one for each request.
        """
        event, doubt = self._device_time(replies)
        seq = self._seq(replies)
        for point in self.points:
            reply = find(point.span, replies)
            value, raw, reason = _measure(point, reply.answer)
            if doubt is not Reason.NONE and reason.quality is Quality.GOOD:
                value, reason = (math.nan if doubt.quality is Quality.BAD else value), doubt
            at = reply.time - reply.time % US if event is None else event
            number, received = columns.number(point.series), reply.time - reply.time % MS
            columns.cells += (number, at, value, raw, reason, received, seq)

    def fail(self, columns: Columns, reason: Reason, *, time: int, now: int) -> None:
        """A bad reading for each value.

        Args:
            columns: receives them.
            reason: why there is no value.
            time: when there should have been one, ns UTC.
            now: ns UTC.
        """
        for point in self.points:
            columns.bad(point.series, time=time - time % US, reason=reason, received=now - now % MS)

    def tells_time(self, replies: Mapping[Span, Reply]) -> bool:
        """Whether the device's own time was read."""
        return self._device_time(replies)[0] is not None

    def _device_time(self, replies: Mapping[Span, Reply]) -> tuple[int | None, Reason]:
        if self.time is None:
            return None, Reason.NONE
        reply = find(span_of(self.time), replies)
        if isinstance(reply.answer, Reason):
            return None, Reason.DEVICE_CLOCK
        count = int(decode(reply.answer, self.time.type, self.time.order or self.order))
        event = count * NS_PER[self.time.unit]
        if not 0 < event <= _LATEST:
            return None, Reason.DEVICE_CLOCK
        far = self.time.within is not None and abs(event - reply.time) > self.time.within
        return event, Reason.CLOCK if far else Reason.NONE

    def _seq(self, replies: Mapping[Span, Reply]) -> int:
        if self.sequence is None:
            return NO_SEQ
        answer = find(span_of(self.sequence), replies).answer
        if isinstance(answer, Reason):
            return NO_SEQ
        return int(decode(answer, self.sequence.type, self.sequence.order or self.order))


def _measure(point: Point, answer: Answer) -> tuple[float, float, Reason]:
    if isinstance(answer, Reason):
        return math.nan, math.nan, answer
    try:
        raw = decode(answer, point.kind, point.order)
    except ValueError:
        return math.nan, math.nan, Reason.NOT_DECODED
    value, reason = point.gauge.read(raw)
    return value, float(raw), reason


def span_of(item: Channel | DeviceTime | Counter) -> Span:
    """The addresses that an item takes."""
    return Span(item.at.table, item.at.number, item.type.size)


def find(span: Span, replies: Mapping[Span, Reply]) -> Reply:
    """The part of the replies that holds these addresses.

    Raises:
        KeyError: no request reads them.
    """
    for request, reply in replies.items():
        if request.holds(span):
            if isinstance(reply.answer, Reason):
                return reply
            start = span.first - request.first
            return Reply(reply.answer[start : start + span.count], reply.time)
    raise KeyError(str(span))


def bind(source: ModbusSource, units: Mapping[Series, Unit]) -> Device:
    """The device of a source's settings, with values in the plan's units.

    Raises:
        SourceError: a channel reads what no plan has, or in a unit that cannot become the plan's.
    """
    points = tuple(_point(source, channel, units) for channel in source.channels)
    twice = {str(point.series) for point in points if sum(p.series == point.series for p in points) > 1}
    if twice:
        raise SourceError(f"source {source.name} reads {', '.join(sorted(twice))} twice")
    items = [span_of(item) for item in (source.time, source.sequence) if item is not None]
    return Device(
        source=source.name,
        points=points,
        requests=coalesce([*items, *(point.span for point in points)], gap=source.gap),
        time=source.time,
        sequence=source.sequence,
        order=source.order,
    )


def _point(source: ModbusSource, channel: Channel, units: Mapping[Series, Unit]) -> Point:
    series = series_of(channel.reads, source.name)
    target = unit_for(series, units, source.name)
    scale, offset = channel.scale, channel.offset
    if channel.loop and channel.loop.span:
        low, high = channel.loop.span
        per_milliamp = (high - low) / Fraction(16)
        scale, offset = per_milliamp * channel.loop.milliamps, low - 4 * per_milliamp
    sentinels = channel.sentinels
    if channel.type is Kind.FLOAT32:
        sentinels = tuple(s if isinstance(s, str) else as_float32(s) for s in sentinels)
    try:
        read = gauge(
            source=unit_named(channel.unit),
            target=target,
            scale=scale,
            offset=offset,
            sentinels=sentinels,
            loop=channel.loop.milliamps if channel.loop else None,
        )
    except HaccplineError as error:
        raise SourceError(f"source {source.name}, {channel.at} for {series}: {error}") from error
    return Point(series, span_of(channel), channel.type, channel.order or source.order, read)
