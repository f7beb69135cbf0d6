"""A Modbus source of the site file."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from gateway.decode import ORDER_NAMED, Kind, Order
from gateway.fields import At, Duration, Exact, ModbusUrl, Settings
from gateway.measure import Measure, TimeUnit
from readings.times import MS, SECOND


def _order(value: Any) -> Order:
    if str(value) not in ORDER_NAMED:
        raise ValueError(f"{value!r} is no order; write big, little, ABCD, BADC, CDAB or DCBA")
    return ORDER_NAMED[str(value)]


def _loop(value: Any) -> Any:
    return {} if value == "ne43" else value


WireOrder = Annotated[Order, BeforeValidator(_order)]


class Loop(Settings):
    """A 4 to 20 mA loop, judged by NAMUR NE 43 on the raw current. `loop: ne43` takes all defaults.

    Attributes:
        milliamps: mA per raw unit.
        span: the values at 4 mA and at 20 mA, in the channel's unit; instead of scale and offset.
    """

    milliamps: Exact = Fraction(1)
    span: tuple[Exact, Exact] | None = None


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
