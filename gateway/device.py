"""What a Modbus device is to a plan: its values, what must be asked for them, and the time that it tells."""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.channel import Channel
from gateway.decode import Order, decode
from gateway.errors import SourceError
from gateway.meaning import Meaning, meaning
from gateway.measure import NS_PER
from gateway.modbus_settings import Counter, DeviceTime, ModbusDevice, ModbusSource
from gateway.requests import Answer, Span, limit_of
from readings.block import LARGEST, NO_SEQ
from readings.errors import HaccplineError
from readings.inputs import Series, series_named
from readings.quality import Reason
from readings.times import NEVER_SET
from readings.units import Unit


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
    """One value of the device.

    Attributes:
        series: what it is to the plan.
        meaning: of its numbers on the wire.
        every: how often it is read, ns; 0: as often as the device answers.
    """

    series: Series
    meaning: Meaning
    every: int


@dataclass(frozen=True, slots=True)
class Device:
    """A device's values and how they may be asked for.

    Attributes:
        name: of the source, and of the unit where it has several; for messages.
        unit: device id on the link.
        points: the values.
        time: where the sample's own time is; None without.
        sequence: where its counter is; None without.
        order: of bytes where nothing else is said.
        gap: how many unwanted addresses a request may read over.
        holes: addresses that are never asked.
        block: the device's own greatest number of registers per request; None: the protocol's.
    """

    name: str
    unit: int
    points: tuple[Point, ...]
    time: DeviceTime | None
    sequence: Counter | None
    order: Order
    gap: int
    holes: tuple[Span, ...]
    block: int | None

    def wanted(self, points: Sequence[Point]) -> frozenset[Span]:
        """All that must be read for these values, each span from one answer."""
        items = [span_of(item) for item in (self.time, self.sequence) if item is not None]
        return frozenset([*items, *(span for point in points for span in point.meaning.spans)])

    def time_in(self, replies: Mapping[Span, Reply]) -> tuple[int | None, Reason]:
        """The device's own time, ns UTC, and what is wrong with it; None where it tells none."""
        if self.time is None:
            return None, Reason.NONE
        reply = find(span_of(self.time), replies)
        if isinstance(reply.answer, Reason):
            return None, Reason.DEVICE_CLOCK
        count = int(decode(reply.answer, self.time.type, self.time.order or self.order))
        event = count * NS_PER[self.time.unit]
        if not NEVER_SET <= event <= LARGEST:
            return None, Reason.DEVICE_CLOCK
        far = self.time.within is not None and abs(event - reply.time) > self.time.within
        return event, Reason.CLOCK if far else Reason.NONE

    def counter_in(self, replies: Mapping[Span, Reply]) -> int:
        """The device's own counter; `NO_SEQ` where it has none."""
        if self.sequence is None:
            return NO_SEQ
        answer = find(span_of(self.sequence), replies).answer
        if isinstance(answer, Reason):
            return NO_SEQ
        return int(decode(answer, self.sequence.type, self.sequence.order or self.order))


def span_of(item: DeviceTime | Counter) -> Span:
    """The addresses that an item takes."""
    return Span(item.at.table, item.at.number, item.type.size)


def find(span: Span, replies: Mapping[Span, Reply]) -> Reply:
    """The part of the replies that holds these addresses; one that was answered, if there is one.

    Raises:
        KeyError: no request reads them.
    """
    why: Reply | None = None
    for request, reply in replies.items():
        if request.holds(span):
            if not isinstance(reply.answer, Reason):
                start = span.first - request.first
                return Reply(reply.answer[start : start + span.count], reply.time)
            why = why or reply
    if why is None:
        raise KeyError(str(span))
    return why


def bind(source: ModbusSource, units: Mapping[Series, Unit]) -> tuple[Device, ...]:
    """The devices of a source's settings, with values in the plan's units.

    Raises:
        SourceError: a channel reads what no plan has, in a unit that cannot become the plan's, or what the
            settings say is never asked.
    """
    devices = tuple(device_of(source, device, units) for device in source.polled)
    read = Counted(point.series for device in devices for point in device.points)
    twice = sorted(str(series) for series, times in read.items() if times > 1)
    if twice:
        raise SourceError(f"source {source.name} reads {', '.join(twice)} twice")
    return devices


def device_of(source: ModbusSource, settings: ModbusDevice, units: Mapping[Series, Unit]) -> Device:
    """One of a source's devices, with what it takes from the source and its profile written out.

    Raises:
        SourceError: as of `bind`.
    """
    name = name_of(source, settings)
    device = Device(
        name=name,
        unit=settings.unit,
        points=tuple(point_of(source, settings, channel, units) for channel in settings.channels),
        time=settings.time,
        sequence=settings.sequence,
        order=settings.order or source.order,
        gap=settings.gap or 0,
        holes=settings.holes,
        block=settings.block,
    )
    for doubt in _unasked(device):
        raise SourceError(f"source {name}: {doubt}")
    return device


def _unasked(device: Device) -> Iterator[str]:
    for span in sorted(device.wanted(device.points)):
        for hole in device.holes:
            if span.meets(hole):
                yield f"{span} is read, and {hole} is a hole that is never asked"
        if span.count > limit_of(span.table, device.block):
            yield f"{span} is one value, longer than the {device.block} registers of a request"


def name_of(source: ModbusSource, settings: ModbusDevice) -> str:
    """What messages call a device: its source, and its unit where the source has several."""
    return f"{source.name} unit {settings.unit}" if source.devices else source.name


def point_of(
    source: ModbusSource, settings: ModbusDevice, channel: Channel, units: Mapping[Series, Unit]
) -> Point:
    """One value of a device of a source.

    Raises:
        SourceError: no plan has it, or it cannot become what the plan wants.
    """
    name = name_of(source, settings)
    series = series_of(channel.reads, name)
    target = unit_for(series, units, name)
    try:
        meant = meaning(channel, order=settings.order or source.order, target=target)
    except (HaccplineError, ValueError) as error:
        at = f"{channel.at} for {series}" if channel.at else str(series)
        raise SourceError(f"source {name}, {at}: {error}") from error
    every = channel.every if channel.every is not None else settings.every
    return Point(series, meant, source.every if every is None else every)
