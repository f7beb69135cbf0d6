"""A Modbus source of the site file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer, model_validator

from gateway.channel import Channel
from gateway.decode import Kind, Order
from gateway.fields import At, Duration, ModbusUrl, Settings
from gateway.measure import TimeUnit
from gateway.modbus_link_settings import SerialLine, refuse_misfits
from gateway.profiles.library import Library
from gateway.profiles.profile import Use
from gateway.registers import WireOrder
from gateway.requests import Span
from gateway.siren_settings import SirenCoil
from gateway.tls import Tls
from readings.times import MS, SECOND

LAST_ADDRESS = 65535
_HOLE = re.compile(r"(coil|discrete|holding|input) +(\d{1,5})(?: +to +(\d{1,5}))?")


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


def _hole(value: Any) -> Span:
    if isinstance(value, Span):
        return value
    match = _HOLE.fullmatch(str(value).strip())
    first, last = (int(match[2]), int(match[3] or match[2])) if match else (1, 0)
    if match is None or not first <= last <= LAST_ADDRESS:
        raise ValueError(
            f"{value!r} is no hole; write a table and addresses from 0, such as holding 20 to 24"
        )
    return Span(match[1], first, last - first + 1)


Hole = Annotated[InstanceOf[Span], BeforeValidator(_hole), PlainSerializer(str, return_type=str)]


class ModbusDevice(Settings):
    """One unit on a link, and what is read of it. What is left out is as the source says.

    Attributes:
        unit: device id on the link.
        every: the schedule of its channels; `0 s` polls as fast as the device answers.
        order: of bytes in values of two or more registers.
        gap: how many unmapped addresses a request may read over; 0 reads none.
        holes: addresses that are never asked, whatever the gap.
        block: the device's own greatest number of registers per request.
        time: the sample's own time; without it a reading has the time of the response.
        sequence: the sample's own counter.
        channels: what to read.
        profile: the model of device, as `haccpline profile list` names it.
        reads: for each value of the profile that is read, what it is to the plan.
        identity: whether a device that its profile does not know by its register gives no values.
    """

    unit: int = Field(1, ge=0, le=255)
    every: Duration | None = None
    order: WireOrder | None = None
    gap: int | None = Field(None, ge=0, le=100)
    holes: tuple[Hole, ...] = ()
    block: int | None = Field(None, ge=1, le=125)
    time: DeviceTime | None = None
    sequence: Counter | None = None
    channels: tuple[Channel, ...] = ()
    profile: str | None = None
    reads: dict[str, str | Use] = {}
    identity: bool = True

    @model_validator(mode="after")
    def _profile_is_read(self) -> Self:
        if self.profile is None and self.reads:
            raise ValueError("reads goes with a profile; without one list channels")
        if self.profile is not None and not self.reads:
            raise ValueError(
                f"profile {self.profile}: say under reads which of its values are read, and as what"
            )
        return self

    def with_profile(self, library: Library) -> Self:
        """The same, with what its profile says written out as channels; the same again where it has none.

        Raises:
            SourceError: there is no such profile, or it has no such value.
        """
        if self.profile is None:
            return self
        profile = library.named(self.profile)
        channels = self.channels + profile.channels(self.reads, identified=self.identity)
        block = profile.line.block if self.block is None else self.block
        return self.model_copy(update={"channels": channels, "block": block, "profile": None, "reads": {}})


_OF_A_DEVICE = ("unit", "holes", "time", "sequence", "channels", "profile", "reads", "identity")


class ModbusSource(ModbusDevice):
    """A Modbus link and the units on it, polled on an absolute schedule.

    With one unit, what is said of it stands here; with several, in `devices`.

    Attributes:
        name: of the source; unique.
        modbus: `tcp://HOST:PORT`; `rtu+tcp://HOST:PORT` for RTU frames in TCP; `tls://HOST:PORT`; or
            `serial:///dev/ttyUSB0`.
        backup: other addresses of the same devices, used in turn while the one before does not answer.
        every: the schedule of devices and channels that have none of their own.
        timeout: for the connection and for each answer; the connection is closed at the first one missed.
        quiet: with RTU framing, how long the line must be silent after a missed answer before it is asked
            again; longer than the slowest answer.
        pause: the least time between an answer and the next request on the link.
        retry: the longest pause between two tries of a unit that does not answer, where others share its link.
        serial: how characters go over a serial line.
        tls: certificates, with `tls://`.
        siren: a coil that is on while something stands on the lines; nothing else is ever written.
        order: of bytes, where a device does not say.
        gap: how many unmapped addresses a request may read over, where a device does not say.
        devices: the units on the link.
    """

    name: str = Field(min_length=1)
    modbus: ModbusUrl
    backup: tuple[ModbusUrl, ...] = ()
    every: Duration = 60 * SECOND
    timeout: Duration = Field(1 * SECOND, gt=0)
    quiet: Duration = 500 * MS
    pause: Duration = 0
    retry: Duration = Field(30 * SECOND, gt=0)
    serial: SerialLine | None = None
    tls: Tls | None = None
    siren: SirenCoil | None = None
    order: WireOrder = Order.ABCD
    gap: int = Field(0, ge=0, le=100)
    devices: tuple[ModbusDevice, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> ModbusSource:
        if not self.devices:
            if not self.channels and not self.reads:
                raise ValueError(
                    "nothing is read; list channels, or what is read of a profile, or devices with them"
                )
            return self
        astray = [key for key in _OF_A_DEVICE if key in self.model_fields_set]
        if astray:
            raise ValueError(f"{', '.join(astray)}: write them in the devices that they belong to")
        if any(not device.channels and not device.reads for device in self.devices):
            raise ValueError(
                "a device without channels is never read; list them, or what is read of its profile"
            )
        units = [device.unit for device in self.devices]
        twice = sorted({unit for unit in units if units.count(unit) > 1})
        if twice:
            raise ValueError(f"unit {', '.join(map(str, twice))} is listed twice")
        return self

    @model_validator(mode="after")
    def _one_kind_of_link(self) -> ModbusSource:
        units = [device.unit for device in self.polled]
        if self.siren is not None:
            units.append(self.siren.unit)
        for address in (self.modbus, *self.backup):
            refuse_misfits(address, units, serial=self.serial, tls=self.tls)
        return self

    def with_profiles(self, library: Library) -> Self:
        """The same, with what the profiles of its devices say written out as channels.

        Raises:
            SourceError: there is no such profile, or it has no such value.
        """
        devices = tuple(device.with_profile(library) for device in self.devices)
        every: tuple[ModbusDevice, ...] = (self, *self.devices)
        named = [each.profile for each in every if each.profile is not None]
        pauses = [library.named(name).line.pause or 0 for name in named]
        written = self.with_profile(library)
        return written.model_copy(update={"devices": devices, "pause": max([self.pause, *pauses])})

    @property
    def polled(self) -> tuple[ModbusDevice, ...]:
        """The units on the link, each with what it takes from the source."""
        own = ModbusDevice.model_fields
        given = self.devices or (ModbusDevice.model_construct(**{key: getattr(self, key) for key in own}),)
        return tuple(
            device.model_copy(
                update={
                    key: getattr(self, key)
                    for key in ("every", "order", "gap", "block")
                    if getattr(device, key) is None
                }
            )
            for device in given
        )

    def places(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where, below the source, each series is named that it reads, and its name."""
        for at, device in enumerate(self.devices or (self,)):
            above: tuple[str | int, ...] = ("devices", at) if self.devices else ()
            for number, channel in enumerate(device.channels):
                yield (*above, "channels", number, "reads"), channel.reads
            for name, use in device.reads.items():
                yield (*above, "reads", name), use if isinstance(use, str) else use.reads
