"""The `sources:` section of the site file: where readings come from."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from gateway.decode import ORDER_NAMED, Kind, Order
from gateway.fields import At, Duration, Exact, ModbusUrl, MqttUrl, Settings, UnitName
from readings.times import MS, SECOND


def _order(value: Any) -> Order:
    if str(value) not in ORDER_NAMED:
        raise ValueError(f"{value!r} is no order; write big, little, ABCD, BADC, CDAB or DCBA")
    return ORDER_NAMED[str(value)]


def _loop(value: Any) -> Any:
    return {} if value == "ne43" else value


WireOrder = Annotated[Order, BeforeValidator(_order)]
TimeUnit = Literal["s", "ms", "us", "ns"]
NS_PER: Mapping[str, int] = {"s": SECOND, "ms": MS, "us": 1_000, "ns": 1}


class Loop(Settings):
    """A 4 to 20 mA loop, judged by NAMUR NE 43 on the raw current. `loop: ne43` takes all defaults.

    Attributes:
        milliamps: mA per raw unit.
        span: the values at 4 mA and at 20 mA, in the channel's unit; instead of scale and offset.
    """

    milliamps: Exact = Fraction(1)
    span: tuple[Exact, Exact] | None = None


class Measure(Settings):
    """What every channel and topic says of its value.

    Attributes:
        unit: of `raw * scale + offset`.
        scale: of the raw number, exactly as written.
        offset: added to it, in `unit`.
        sentinels: raw numbers (or texts, in JSON) by which the device says "no value".
    """

    unit: UnitName
    scale: Exact = Fraction(1)
    offset: Exact = Fraction(0)
    sentinels: tuple[int | float | str, ...] = ()


class Channel(Measure):
    """One value of a Modbus device.

    Attributes:
        reads: `line/sensor` or `line/sensor/point`.
        at: table and address from 0.
        type: what the registers hold.
        order: of its bytes, where it differs from the source's.
        loop: where it is a 4 to 20 mA current.
    """

    reads: str
    at: At
    type: Kind
    order: WireOrder | None = None
    loop: Annotated[Loop | None, BeforeValidator(_loop)] = None

    @model_validator(mode="after")
    def _fits(self) -> Channel:
        if (self.at.table in ("coil", "discrete")) != (self.type is Kind.BOOL):
            raise ValueError(
                f"{self.at} of type {self.type}: coils and discrete inputs are bool, registers are not"
            )
        if self.loop and self.loop.span and (self.scale != 1 or self.offset != 0):
            raise ValueError("a loop with a span needs no scale and no offset")
        return self


class DeviceTime(Settings):
    """A register that holds the time of the sample.

    Attributes:
        at: table and address from 0.
        type: an integer.
        unit: since 1970, UTC.
        order: of its bytes, where it differs from the source's.
        within: how far the device's clock may be from ours before readings become uncertain; unset, any.
    """

    at: At
    type: Literal[Kind.UINT32, Kind.INT32, Kind.UINT64, Kind.INT64] = Kind.UINT32
    unit: TimeUnit = "s"
    order: WireOrder | None = None
    within: Duration | None = None


class Counter(Settings):
    """A register that counts samples, so that one read twice is known again."""

    at: At
    type: Literal[Kind.UINT16, Kind.UINT32, Kind.INT64] = Kind.UINT16
    order: WireOrder | None = None


class ModbusSource(Settings):
    """A Modbus device, polled on an absolute schedule.

    Attributes:
        name: of the source; unique.
        modbus: `tcp://HOST:PORT`, or `rtu+tcp://HOST:PORT` for RTU frames in TCP.
        unit: device id on the link.
        every: the schedule; `0 s` polls as fast as the device answers.
        timeout: for the connection and for each answer; the connection is closed at the first one missed.
        quiet: with RTU framing, how long the line must be silent after a missed answer before it is asked
            again; longer than the slowest answer.
        order: of bytes in values of two or more registers.
        gap: how many unmapped addresses a request may read over; 0 reads none.
        time: the sample's own time; without it a reading has the time of the response.
        sequence: the sample's own counter.
        channels: what to read.
    """

    name: str = Field(min_length=1)
    modbus: ModbusUrl
    unit: int = Field(1, ge=0, le=255)
    every: Duration = 60 * SECOND
    timeout: Duration = Field(1 * SECOND, gt=0)
    quiet: Duration = 500 * MS
    order: WireOrder = Order.ABCD
    gap: int = Field(0, ge=0, le=100)
    time: DeviceTime | None = None
    sequence: Counter | None = None
    channels: tuple[Channel, ...] = Field(min_length=1)


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


class MqttSource(Settings):
    """A broker and the topics read from it, at QoS 1, in a session that the broker keeps.

    Attributes:
        name: of the source; unique.
        mqtt: `mqtt://HOST:PORT`, or `mqtts://` for TLS.
        version: `5` or `3.1.1`.
        client: the identifier by which the broker knows the session; unset, `haccpline-SITE-NAME`.
        username: of the gateway at the broker.
        password_file: a file with nothing but the password.
        ca_file: certificates to trust with `mqtts`, where the system's are not enough.
        keepalive: silence after which the connection is probed.
        topics: what to read.
        status: where devices say whether they are there.
    """

    name: str = Field(min_length=1)
    mqtt: MqttUrl
    version: Literal["5", "3.1.1"] = "5"
    client: str | None = None
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    keepalive: Duration = Field(15 * SECOND, ge=SECOND)
    topics: tuple[Topic, ...] = Field(min_length=1)
    status: Status | None = None

    @model_validator(mode="before")
    @classmethod
    def _version_as_text(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("version"), int):
            return given | {"version": str(given["version"])}
        return given


def _protocol(given: Any) -> str | None:
    if isinstance(given, ModbusSource | MqttSource):
        return "modbus" if isinstance(given, ModbusSource) else "mqtt"
    named = [key for key in ("modbus", "mqtt") if isinstance(given, dict) and key in given]
    return named[0] if len(named) == 1 else None


Source = Annotated[
    Annotated[ModbusSource, Tag("modbus")] | Annotated[MqttSource, Tag("mqtt")],
    Discriminator(
        _protocol,
        custom_error_type="source",
        custom_error_message="a source has either `modbus: tcp://HOST:PORT` or `mqtt: mqtt://HOST:PORT`",
    ),
]


def _unique(sources: tuple[ModbusSource | MqttSource, ...]) -> tuple[ModbusSource | MqttSource, ...]:
    names = [source.name for source in sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two sources are named {', '.join(twice)}")
    return sources


Sources = Annotated[tuple[Source, ...], AfterValidator(_unique)]
