"""Messages of one topic, whatever they hold: several readings, lists, bytes, units beside values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from gateway.burst import bursts, read_burst
from gateway.columns import Columns
from gateway.errors import NOT_JSON, OtherMessageError, PayloadError, no_json
from gateway.feeds import Feeds
from gateway.moments import Moments
from gateway.naming import Template
from gateway.one_reading import Element, OneReading, finders
from gateway.packed import unpacker
from gateway.paths import getter, way, word
from gateway.payload import number_reader, text_reader
from gateway.topic_settings import Topic
from gateway.values import counter_of
from readings.block import LARGEST
from readings.quality import Reason
from readings.times import MS

_MOST_TOLD = 5  # faults of one message


class Mapped:
    """From the messages of one topic to readings and states."""

    def __init__(self, topic: Topic, groups: Mapping[int, str], feeds: Feeds) -> None:
        """Compile what the settings say.

        Args:
            topic: the settings.
            groups: what the wildcards of its filter stand for.
            feeds: the series of the plans.
        """
        self._open = _opener(topic)
        self._when = [(getter(way(path)), frozenset(map(word, meant))) for path, meant in topic.when.items()]
        self._unpack = unpacker(topic.bytes) if topic.bytes else None
        self._held = getter(way(topic.bytes.value)) if topic.bytes and topic.bytes.value else None
        self._bytes_at = topic.bytes.value if topic.bytes else None
        self._ignore = topic.ignore
        self._partial = topic.partial
        self._list = getter(way(topic.each)) if topic.each else None
        self._each = topic.each
        self._every = topic.every or 0
        self._first = topic.time_of == "first"
        self._moments = Moments(topic)
        self._times = finders(topic.time)
        self._counters = finders(topic.sequence)
        self._readings = [
            OneReading(each, template, feeds, topic)
            for each in topic.meant
            if (template := Template.of(each.reads, topic.names).known(groups)) is not None
        ]
        self._bursts = bursts(topic) and len(self._readings) == 1 and self._readings[0].fixed

    def offer(self, columns: Columns, payload: bytes, retained: bool, received: int) -> bool:
        """Turn a message into readings and states; whether it is meant here at all.

        What can be read is added, even where something else cannot.

        Raises:
            PayloadError: something in it cannot be read as the settings say.
        """
        try:
            document = self._open(payload)
        except PayloadError as error:
            if self._when:
                raise OtherMessageError(str(error)) from error
            raise
        if not self._meant(document):
            return False
        data = b""
        if self._unpack is not None:
            held = payload if self._held is None else self._held(document)
            if held is None or held is UNSET:
                raise PayloadError(f"nothing stands at {self._bytes_at}, where its bytes should be")
            unpacked = self._unpack(held)
            if unpacked is None:
                return False
            data = unpacked
        if not self._ignore and not (
            self._bursts and self._read_at_once(columns, document, retained, received)
        ):
            self._read(columns, document, data, retained, received)
        return True

    def _meant(self, document: Any) -> bool:
        for get, meant in self._when:
            try:
                found = get(document)
            except PayloadError:
                return False
            if not isinstance(found, str | int | float) or word(found) not in meant:
                return False
        return True

    def _elements(self, document: Any, data: bytes) -> Iterator[Element]:
        if self._list is None:
            yield Element(document, document, data)
            return
        found = self._list(document)
        if isinstance(found, list):
            for number, each in enumerate(found):
                yield Element(document, each, data, str(number + 1), number)
        elif isinstance(found, dict):
            for number, (key, each) in enumerate(found.items()):
                yield Element(document, each, data, key, number)
        elif not (self._partial and found is UNSET):
            raise PayloadError(f"at {self._each}: a list or an object was expected")

    def _read_at_once(self, columns: Columns, document: Any, retained: bool, received: int) -> bool:
        """Read a burst; where it is anything else, nothing is read, and the answer is no."""
        assert self._list is not None
        values = self._list(document)
        if type(values) is not list:
            return False
        (time, doubt), steps = self._spread(document, b"", len(values), retained, received)
        if doubt is not Reason.NONE:
            return False
        try:
            feed = self._readings[0].feed(Element(document, document, b""), partial=False)
        except PayloadError:
            return False
        at = received - received % MS
        return feed is not None and read_burst(columns, feed, values, time=time, steps=steps, received=at)

    def _read(self, columns: Columns, document: Any, data: bytes, retained: bool, received: int) -> None:
        at = received - received % MS
        faults: dict[str, None] = {}
        elements: Iterable[Element] = self._elements(document, data)
        steps: Sequence[int] | None = None
        together: tuple[int, Reason] | None = None
        if self._every:
            elements = list(elements)
            together, steps = self._spread(document, data, len(elements), retained, received)
        for element in elements:
            try:
                time, doubt = together or self._moment(element, retained, received)
                counter = counter_of(self._counters[0](element)) if self._counters else -1
            except PayloadError as error:
                faults[str(error)] = None
                continue
            if steps is not None:
                time += steps[element.number]
                if not 0 < time <= LARGEST:
                    faults["the time is out of range"] = None
                    continue
            for one in self._readings:
                try:
                    feed = one.feed(element, partial=self._partial)
                    if feed is not None:
                        feed.add(columns, one.field(element), time, doubt, at, counter)
                except PayloadError as error:
                    faults[f"{one.said(element)}: {error}"] = None
        if faults:
            more = f"; and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
            raise PayloadError("; ".join(list(faults)[:_MOST_TOLD]) + more)

    def _moment(self, element: Element, retained: bool, received: int) -> tuple[int, Reason]:
        if len(self._times) == 1:
            return self._moments.of(self._times[0](element), retained, received)
        return self._moments.first_of([find(element) for find in self._times], retained, received)

    def _spread(
        self, document: Any, data: bytes, count: int, retained: bool, received: int
    ) -> tuple[tuple[int, Reason], Sequence[int]]:
        """The one time of a message, and how far each of its elements is from it."""
        time, doubt = self._moment(Element(document, document, data), retained, received)
        arrived = self._moments.arrived(doubt)  # then the last of them is the newest
        first = 0 if self._first and not arrived else -(count - 1) * self._every
        return (time, doubt), range(first, first + max(count, 1) * self._every, self._every)


def _opener(topic: Topic) -> Callable[[bytes], Any]:
    if topic.payload == "number":
        return lambda payload: number_reader(payload)[0]
    if topic.payload == "text":
        return lambda payload: text_reader(payload)[0]
    if topic.payload != "json" or (topic.ignore and not topic.when and not topic.bytes):
        return lambda payload: payload
    decode = msgspec.json.Decoder().decode

    def json(payload: bytes) -> Any:
        try:
            return decode(payload)
        except NOT_JSON as error:
            raise PayloadError(no_json(error)) from error

    return json
