"""Which sensor a topic speaks for, and what its messages become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from gateway.columns import Columns
from gateway.errors import NOT_JSON, OtherMessageError, PayloadError, no_json
from gateway.feeds import Feed, Feeds
from gateway.mapped import Mapped
from gateway.mixed import Mixed, Offer
from gateway.moments import Moments
from gateway.mqtt_settings import MqttSource, Status
from gateway.naming import Template
from gateway.paths import way
from gateway.payload import reader_for
from gateway.presence import Presence
from gateway.topic_check import misfits
from gateway.topic_filter import fed_by, groups, matcher
from gateway.topic_settings import Topic
from gateway.values import counter_of
from readings.block import LARGEST, NO_SEQ
from readings.inputs import Series
from readings.times import MS
from readings.units import Unit

_KNOWN_TOPICS = 100_000  # beyond, the topics seen are forgotten and looked up again


class Heard(Protocol):
    """What becomes of the messages of one topic."""

    def add(self, columns: Columns, payload: bytes, retained: bool, received: int, /) -> object:
        """Put into the columns what a message says.

        Args:
            columns: receive it.
            payload: verbatim.
            retained: the broker kept it, for late comers or while we could not take it; its age is unknown.
            received: ns UTC.

        Raises:
            PayloadError: it cannot be read as the settings say.
        """


class Route:
    """From the messages of one topic to the readings of one series: what most topics are, at the least cost."""

    def __init__(self, topic: Topic, feed: Feed) -> None:
        self._fields = reader_for(topic)
        self._moments = Moments(topic)
        self._feed = feed

    def add(self, columns: Columns, payload: bytes, retained: bool, received: int) -> None:
        """Turn a message into a reading or a state.

        Raises:
            PayloadError: it cannot be read as the settings say; nothing was added.
        """
        try:
            field, moment, counter = self._fields(payload)
        except NOT_JSON as error:
            raise PayloadError(no_json(error)) from error
        time, doubt = self._moments.of(moment, retained, received)
        if type(counter) is not int or not 0 <= counter <= LARGEST:
            counter = NO_SEQ if counter is msgspec.UNSET else counter_of(counter)
        self._feed.add(columns, field, time, doubt, received - received % MS, counter)


class Choice:
    """Several that may mean a message; who does not read it leaves it to the others, and somebody must mean it."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._offers = offers

    def add(self, columns: Columns, payload: bytes, retained: bool, received: int) -> None:
        """Let each that means the message read it.

        Raises:
            PayloadError: nobody means it, or one of them cannot read it; what others read of it was added.
        """
        meant = False
        faults: list[str] = []
        others: list[str] = []
        for offer in self._offers:
            try:
                meant = offer(columns, payload, retained, received) or meant
            except OtherMessageError as error:
                others.append(str(error))
            except PayloadError as error:
                faults.append(str(error))
        if faults:
            raise PayloadError("; ".join(faults))
        if not meant:
            raise PayloadError(
                "; ".join(dict.fromkeys(others))
                or "the topic is known, but messages like this one are not meant (when, bytes: begins); where they "
                "hold nothing to read, say so by ignore: true"
            )


class Router:
    """Finds the routes of a topic, and remembers them."""

    def __init__(
        self, source: MqttSource, units: Mapping[Series, Unit], columns: Columns, mixed: Mixed | None = None
    ) -> None:
        """Check what is read against the plan.

        Args:
            source: its topics.
            units: for each series of the plans, the plan's unit.
            columns: where all its routes will put their readings.
            mixed: hears which topics feed a series that the settings name without saying of which topic.

        Raises:
            SourceError: a topic reads what no plan has, or in a unit that cannot become the plan's.
        """
        for _, misfit in misfits(source, units):
            raise misfit
        self._name = source.name
        self._units = units
        self._feeds = Feeds(source.name, units, columns)
        self._topics = [(matcher(topic.filter), topic) for topic in source.topics]
        self._statuses = [(matcher(status.topic), status) for status in source.status]
        self._found: dict[bytes, tuple[Heard, ...]] = {}
        self._mixed = mixed

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
        heard: list[Heard] = []
        offers: list[Offer] = []
        for pattern, status in self._statuses:
            if match := pattern.fullmatch(text):
                heard.append(Presence(status, tuple(self._fed_by_device(status, groups(match)))))
        for pattern, topic in self._topics:
            if match := pattern.fullmatch(text):
                template = Template.of(topic.reads, topic.names).known(known := groups(match))
                mixed = self._mixed if known and _unplaced(topic) else None
                if template is None or template.places or not _simple(topic):
                    offer = Mapped(topic, known, self._feeds).offer
                    offers.append(offer if mixed is None else mixed.noting(_unplaced(topic), text, offer))
                    continue
                try:
                    route = Route(topic, self._feeds.feed(topic, str(template)))
                except PayloadError as error:  # the others still have their say
                    offers.append(_refusing(str(error)))
                    continue
                if mixed is None:
                    heard.append(route)
                else:
                    offers.append(mixed.noting(_unplaced(topic), text, _always(route)))
        if not heard and not offers:
            raise PayloadError(f"source {self._name} has no topic that matches {text!r}")
        if len(heard) == 1 and not offers:
            return tuple(heard)
        return (Choice([*map(_always, heard), *offers]),)

    def _fed_by_device(self, status: Status, known: Mapping[int, str]) -> list[Series]:
        """The series of which a device's status speaks: those whose topic has the same wildcards, unless it says which."""
        templates = [Template.of(reads, {}) for reads in status.reads] or [
            template
            for _, topic in self._topics
            for reads in topic.meant
            if reads.unit != "text" and (template := Template.of(reads.reads, topic.names))
            if not known or set(template.wildcards) & set(known)
        ]
        filled = [template.known(known) for template in templates]
        return sorted({series for each in filled if each is not None for series in fed_by(each, self._units)})


def _unplaced(topic: Topic) -> str:
    """The series that a topic reads, where none of them depends on the topic or the message; else nothing."""
    named = [each.reads for each in topic.meant]
    return "" if any("{" in each for each in named) else ", ".join(named)


def _always(heard: Heard) -> Offer:
    """Means each message."""

    def offer(columns: Columns, payload: bytes, retained: bool, received: int) -> bool:
        heard.add(columns, payload, retained, received)
        return True

    return offer


def _refusing(why: str) -> Offer:
    """Cannot read any message."""

    def offer(_columns: Columns, _payload: bytes, _retained: bool, _received: int) -> bool:
        raise PayloadError(why)

    return offer


def _simple(topic: Topic) -> bool:
    """Whether its messages are one value, perhaps a time and a counter, and nothing else."""
    special = (
        topic.when,
        topic.bytes,
        topic.each,
        topic.readings,
        topic.partial,
        topic.ignore,
        topic.unit_from,
    )
    if any(special) or isinstance(topic.time, tuple):
        return False
    paths = [path for path in (topic.value, topic.time, topic.sequence) if isinstance(path, str)]
    keys = [way(path).keys for path in paths]
    if any(each is None for each in keys):
        return False
    known = [each for each in keys if each is not None]
    return not any(
        one is not other and one == other[: len(one)] for one in known for other in known
    )  # none leads through another's value
