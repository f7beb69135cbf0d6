"""An MQTT source of the site file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from gateway.broker import Broker
from gateway.fields import Duration, Settings
from gateway.measure import Measure


class Topic(Measure):
    """A topic filter and how its payloads are read.

    Attributes:
        topic: an MQTT filter; `+` matches one level, `#` the rest.
        payload: `json`; `number`, a bare one; `text`, a coded text such as a line state.
        reads: `line/sensor[/point]`; `{1}` is what the first wildcard matched.
        value: dotted path of the value in JSON.
        time: dotted path of the time in JSON; without it a reading has the time it was received.
        time_unit: `rfc3339`, or what the number counts since 1970.
        zone: IANA zone of times without an offset.
        sequence: dotted path of the payload's counter in JSON.
        within: how far the payload's time may be from ours before the reading becomes uncertain; unset, any.
    """

    topic: str = Field(min_length=1)
    payload: Literal["json", "number", "text"] = "json"
    reads: str
    value: str = "value"
    time: str | None = None
    time_unit: Literal["rfc3339", "s", "ms", "us", "ns"] = "rfc3339"
    zone: str | None = None
    sequence: str | None = None
    within: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_has_no_unit(cls, given: Any) -> Any:
        return (
            {"unit": "text"} | given if isinstance(given, dict) and given.get("payload") == "text" else given
        )

    @model_validator(mode="after")
    def _fits(self) -> Topic:
        if self.payload != "json" and (self.time or self.sequence):
            raise ValueError(f"a {self.payload} payload has no room for a time or sequence; use json")
        if self.payload != "json" and (self.unit == "text") != (self.payload == "text"):
            raise ValueError(f"payload {self.payload} does not go with unit {self.unit}")
        parts = self.topic.split("/")
        if "#" in parts[:-1] or any(("+" in part or "#" in part) and len(part) > 1 for part in parts):
            raise ValueError(f"{self.topic!r} is not an MQTT filter: + and # stand alone, and # last")
        return self


class Status(Settings):
    """Where a device says whether it is there (its last will, mostly).

    Attributes:
        topic: an MQTT filter.
        online: the payload that says it is; any other one says it is gone.
    """

    topic: str
    online: str = "online"


class MqttSource(Broker):
    """A broker and the topics read from it, at QoS 1, in a session that the broker keeps.

    Attributes:
        topics: what to read.
        status: where devices say whether they are there.
    """

    topics: tuple[Topic, ...] = Field(min_length=1)
    status: Status | None = None

    @property
    def filters(self) -> list[str]:
        """What to subscribe to."""
        statuses = (self.status,) if self.status else ()
        return [each.topic for each in self.topics] + [each.topic for each in statuses]
