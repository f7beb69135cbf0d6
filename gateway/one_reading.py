"""One reading in a message: where its value stands, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from gateway.bytes_settings import Packed, kind_of
from gateway.errors import PayloadError, shown
from gateway.feeds import Feed, Feeds
from gateway.meaning import as_held
from gateway.naming import PLACE_IN_LIST, Template
from gateway.packed import number_at
from gateway.paths import getter, way
from gateway.reading_settings import Reads
from gateway.topic_settings import Topic

_WITH_UNIT = re.compile(r"\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([^\d\s.,+-].*?)\s*", re.ASCII)
Find = Callable[["Element"], Any]


class Element:
    """What readings are taken from: the message, one element of a list in it, its bytes."""

    __slots__ = ("data", "here", "number", "place", "whole")

    def __init__(self, whole: Any, here: Any, data: bytes, place: str = "", number: int = 0) -> None:
        self.whole = whole
        self.here = here
        self.data = data
        self.place = place
        self.number = number


class OneReading:
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

    @property
    def fixed(self) -> bool:
        """Whether all its values go to one series, in one unit."""
        return self._name is not None and self._unit is None

    def said(self, element: Element) -> str:
        """What it is called where something is wrong."""
        return str(self._template).replace("{#}", element.place)

    def feed(self, element: Element, *, partial: bool) -> Feed | None:
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

    def _unit_of(self, element: Element) -> str | None:
        """The word for its unit; None where the message says none."""
        said = self._unit(element) if self._unit is not None else None
        if said is None or said is UNSET:
            return None
        if not isinstance(said, str):
            raise PayloadError(f"the unit at {self._reads.unit_from} is {shown(said)}; a text was expected")
        return said

    def _part(self, element: Element, place: str) -> str:
        if place == PLACE_IN_LIST:
            return element.place
        said = self._said[place](element)
        if not isinstance(said, str | int) or isinstance(said, bool) or said == "":
            raise PayloadError(f"at {place}: a text or a whole number that names the sensor was expected")
        return str(said)


def _parted(find: Find) -> tuple[Find, Find]:
    """The number and the unit of a text that holds both."""

    def part(element: Element, which: int) -> Any:
        text = find(element)
        match = _WITH_UNIT.fullmatch(text) if isinstance(text, str) else None
        return match[which] if match else text if which == 1 else UNSET

    return lambda element: part(element, 1), lambda element: part(element, 2)


def _packed(reads: Reads) -> Packed:
    assert reads.at is not None
    assert reads.type is not None
    return Packed(at=reads.at, type=reads.type, order=reads.order, bits=reads.bits)


def finders(said: str | tuple[str, ...] | Packed | None) -> list[Find]:
    """Finds each of several fields, in their order; none where there is none to find."""
    if said is None:
        return []
    return [_finder(each) for each in (said if isinstance(said, tuple) else (said,))]


def _finder(said: str | Packed) -> Find:
    """Finds a field in an element, in the whole message, or in its bytes."""
    if isinstance(said, Packed):
        read = number_at(said.at, said.type, order=said.order, bits=said.bits)
        absent = as_held(said.sentinels, kind_of(said.type))
        if not absent:
            return lambda element: read(element.data)

        def present(element: Element) -> Any:
            number = read(element.data)
            return UNSET if number in absent else number

        return present
    path = way(said)
    get = getter(path)
    if path.whole:
        return lambda element: get(element.whole)
    return lambda element: get(element.here)
