"""Messages of one topic, whatever they hold: several readings, lists, bytes, units beside values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from gateway.bytes_settings import Packed
from gateway.columns import Columns
from gateway.errors import OtherMessageError, PayloadError
from gateway.feeds import Feed, Feeds
from gateway.moments import Moments
from gateway.naming import PLACE_IN_LIST, Template
from gateway.packed import number_at, unpacker
from gateway.paths import getter, way, word
from gateway.payload import number_reader, text_reader
from gateway.topic_settings import Reads, Topic
from gateway.values import counter_of
from readings.quality import Reason
from readings.times import MS

_WITH_UNIT = re.compile(r"\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([^\d\s.,+-].*?)\s*", re.ASCII)
_LATEST = 2**63 - 1
_MOST_TOLD = 5  # faults of one message
Find = Callable[["_Element"], Any]


class _Element:
    """What readings are taken from: the message, one element of a list in it, its bytes."""

    __slots__ = ("data", "here", "number", "place", "whole")

    def __init__(self, whole: Any, here: Any, data: bytes, place: str = "", number: int = 0) -> None:
        self.whole = whole
        self.here = here
        self.data = data
        self.place = place
        self.number = number


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
        self._times = _finders(topic.time)
        self._counters = _finders(topic.sequence)
        self._readings = [
            _One(each, template, feeds, topic)
            for each in topic.meant
            if (template := Template.of(each.reads, topic.names).known(groups)) is not None
        ]

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
        if not self._ignore:
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

    def _elements(self, document: Any, data: bytes) -> Iterator[_Element]:
        if self._list is None:
            yield _Element(document, document, data)
            return
        found = self._list(document)
        if isinstance(found, list):
            for number, each in enumerate(found):
                yield _Element(document, each, data, str(number + 1), number)
        elif isinstance(found, dict):
            for number, (key, each) in enumerate(found.items()):
                yield _Element(document, each, data, key, number)
        elif not (self._partial and found is UNSET):
            raise PayloadError(f"at {self._each}: a list or an object was expected")

    def _read(self, columns: Columns, document: Any, data: bytes, retained: bool, received: int) -> None:
        at = received - received % MS
        faults: dict[str, None] = {}
        elements: Iterable[_Element] = self._elements(document, data)
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
                if not 0 < time <= _LATEST:
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

    def _moment(self, element: _Element, retained: bool, received: int) -> tuple[int, Reason]:
        if len(self._times) == 1:
            return self._moments.of(self._times[0](element), retained, received)
        return self._moments.first_of([find(element) for find in self._times], retained, received)

    def _spread(
        self, document: Any, data: bytes, count: int, retained: bool, received: int
    ) -> tuple[tuple[int, Reason], Sequence[int]]:
        """The one time of a message, and how far each of its elements is from it."""
        time, doubt = self._moment(_Element(document, document, data), retained, received)
        arrived = self._moments.arrived(doubt)  # then the last of them is the newest
        first = 0 if self._first and not arrived else -(count - 1) * self._every
        return (time, doubt), range(first, first + max(count, 1) * self._every, self._every)


class _One:
    """One reading of a message."""

    def __init__(self, reads: Reads, template: Template, feeds: Feeds, topic: Topic) -> None:
        self._reads = reads
        self._template = template
        self._feeds = feeds
        self._name = str(template) if not template.places else None
        self._always: Feed | None = None  # where all its values go, once that is known
        self.field: Find = (
            (lambda element: element.here)
            if topic.payload in ("number", "text")
            else _finder(reads.value if reads.at is None else _packed(reads))
        )
        self._unit = _finder(reads.unit_from) if reads.unit_from else None
        if reads.unit_from == reads.value:  # "21.3 C"
            self.field, self._unit = _parted(self.field)
        self._said = {place: _finder(place) for place in template.places if place != PLACE_IN_LIST}

    def said(self, element: _Element) -> str:
        """What it is called where something is wrong."""
        return str(self._template).replace("{#}", element.place)

    def feed(self, element: _Element, *, partial: bool) -> Feed | None:
        """Where its value goes; None where it is not meant, or a partial message does not hold it.

        Raises:
            PayloadError: nowhere.
        """
        if partial and self.field(element) is UNSET:
            return None
        if self._name is not None and self._unit is None:
            self._always = self._always or self._feeds.feed(self._reads, self._name)
            return self._always
        name = self._name or self._template.fill(lambda place: self._part(element, place))
        if name is None:
            return None
        return self._feeds.feed(self._reads, name, self._unit_of(element))

    def _unit_of(self, element: _Element) -> str | None:
        """The word for its unit; None where the message says none."""
        said = self._unit(element) if self._unit is not None else None
        if said is None or said is UNSET:
            return None
        if not isinstance(said, str):
            raise PayloadError(f"the unit at {self._reads.unit_from} is {said!r}; a text was expected")
        return said

    def _part(self, element: _Element, place: str) -> str:
        if place == PLACE_IN_LIST:
            return element.place
        said = self._said[place](element)
        if not isinstance(said, str | int) or isinstance(said, bool) or said == "":
            raise PayloadError(f"at {place}: a text or a whole number that names the sensor was expected")
        return str(said)


def _parted(find: Find) -> tuple[Find, Find]:
    """The number and the unit of a text that holds both."""

    def part(element: _Element, which: int) -> Any:
        text = find(element)
        match = _WITH_UNIT.fullmatch(text) if isinstance(text, str) else None
        return match[which] if match else text if which == 1 else UNSET

    return lambda element: part(element, 1), lambda element: part(element, 2)


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
        except (msgspec.MsgspecError, RecursionError) as error:
            raise PayloadError(str(error)) from error

    return json


def _packed(reads: Reads) -> Packed:
    assert reads.at is not None
    assert reads.type is not None
    return Packed(at=reads.at, type=reads.type, order=reads.order, bits=reads.bits)


def _finders(said: str | tuple[str, ...] | Packed | None) -> list[Find]:
    if said is None:
        return []
    return [_finder(each) for each in (said if isinstance(said, tuple) else (said,))]


def _finder(said: str | Packed) -> Find:
    """Finds a field in an element, in the whole message, or in its bytes."""
    if isinstance(said, Packed):
        read = number_at(said.at, said.type, order=said.order, bits=said.bits)
        absent = frozenset(said.sentinels)
        if not absent:
            return lambda element: read(element.data)

        def present(element: _Element) -> Any:
            number = read(element.data)
            return UNSET if number in absent else number

        return present
    path = way(said)
    get = getter(path)
    if path.whole:
        return lambda element: get(element.whole)
    return lambda element: get(element.here)
