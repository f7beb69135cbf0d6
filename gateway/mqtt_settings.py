"""An MQTT source of the site file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from gateway.broker import Broker
from gateway.fields import Settings
from gateway.paths import JsonPath, word
from gateway.topic_filter import is_filter, no_filter
from gateway.topic_settings import NotEmpty, Some, Topic


class Status(Settings):
    """Where devices say whether they are there (their last will, mostly).

    Attributes:
        topic: an MQTT filter.
        value: path of the word in JSON; unset, the payload is the word.
        online: the words that say that it is there.
        offline: the words that say that it is gone; unset, all others.
        reads: the series of which it says so; unset, those of all topics that have the same text for each wildcard
            with the same number.
    """

    topic: str = Field(min_length=1)
    value: JsonPath | None = None
    online: Some = ("online",)
    offline: Some | None = None
    reads: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _can_be_meant(self) -> Status:
        if not is_filter(self.topic):
            raise ValueError(no_filter(self.topic))
        both = {word(each) for each in self.online} & {word(each) for each in self.offline or ()}
        if both:
            raise ValueError(f"{min(both)!r} says online and offline")
        return self


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else () if value is None else (value,)


class MqttSource(Broker):
    """A broker and the topics read from it, at QoS 1, in a session that the broker keeps.

    Attributes:
        topics: what to read.
        status: where devices say whether they are there; one place or several.
    """

    topics: Annotated[tuple[Topic, ...], NotEmpty]
    status: Annotated[tuple[Status, ...], BeforeValidator(_one_or_more)] = ()

    @property
    def filters(self) -> list[str]:
        """What to subscribe to."""
        return [each.topic for each in self.topics] + [each.topic for each in self.status]

    @property
    def listened(self) -> list[str]:
        """The same for somebody who only looks: what is shared is not taken from those who share it."""
        return [each.filter for each in self.topics] + [each.topic for each in self.status]

    def places(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where, below the source, each series is named that it reads, and its name.

        What several topics read, each under its own condition, is named once.
        """
        named: set[str] = set()
        for number, topic in enumerate(self.topics):
            conditional = bool(topic.when or (topic.bytes and topic.bytes.begins))
            for key, name in topic.written_out():
                if not (conditional and name in named):
                    yield ("topics", number, *key), name
                if conditional:
                    named.add(name)
