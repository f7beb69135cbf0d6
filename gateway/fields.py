"""Kinds of fields that the gateway's settings are made of: durations, exact numbers, addresses, URLs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    InstanceOf,
    PlainSerializer,
    model_validator,
)

from readings.errors import HaccplineError
from readings.times import format_duration, parse_duration, zone
from readings.units import unit_named
from readings.unknown_keys import unknown_keys


class Settings(BaseModel):
    """A part of the site file: unknown keys are refused, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = unknown_keys(data, {field.alias or name for name, field in cls.model_fields.items()})
            if unknown:
                raise ValueError(unknown)
        return data


def _duration(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a duration; write a number and its unit, such as 60 s")
    try:
        return parse_duration(value)
    except HaccplineError as error:
        raise ValueError(str(error)) from error


def exact(value: Any) -> Fraction:
    """The number as it was written, exactly: `0.1` is one tenth.

    Raises:
        ValueError: not a finite number.
    """
    if isinstance(value, Fraction):
        return value
    try:
        number = None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise ValueError(f"{value!r} is not a number; write it as a decimal, such as 0.1")
    return Fraction(number)


def _unit(value: Any) -> str:
    try:
        return unit_named(str(value)).name
    except HaccplineError as error:
        raise ValueError(str(error)) from error


def _zone(name: str) -> str:
    try:
        zone(name)
    except HaccplineError as error:
        raise ValueError(str(error)) from error
    return name


_AS_DURATION = PlainSerializer(format_duration, return_type=str)
Duration = Annotated[int, BeforeValidator(_duration), _AS_DURATION]
Exact = Annotated[InstanceOf[Fraction], BeforeValidator(exact), PlainSerializer(str, return_type=str)]
ZoneName = Annotated[str, AfterValidator(_zone)]
UnitName = Annotated[str, BeforeValidator(_unit)]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a device or broker listens.

    Attributes:
        scheme: `tcp`, `rtu+tcp`, `tls`, `mqtt` or `mqtts`.
        host: name or address.
        port: TCP port.
    """

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """The URL again."""
        return f"{self.scheme}://{self.host}:{self.port}"


def endpoint(text: Any, ports: dict[str, int]) -> Endpoint:
    """The endpoint of a URL.

    Args:
        text: such as `tcp://10.0.0.5:502`.
        ports: the schemes that are allowed, with the port of each when none is written.

    Raises:
        ValueError: another scheme, or no host, or more than a host and port.
    """
    if isinstance(text, Endpoint):
        return text
    forms = " or ".join(f"{scheme}://HOST:{number}" for scheme, number in ports.items())
    try:
        parts = urlsplit(str(text))
        port = parts.port or ports.get(parts.scheme, 0)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an address ({error}); write {forms}") from error
    if (
        parts.scheme not in ports
        or not parts.hostname
        or parts.path.strip("/")
        or parts.username
        or parts.query
    ):
        raise ValueError(f"{text!r} is not an address; write {forms}")
    return Endpoint(parts.scheme, parts.hostname, port)


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial line of this machine.

    Attributes:
        path: of the device file.
    """

    path: str
    scheme = "serial"

    def __str__(self) -> str:
        """The URL again."""
        return f"serial://{self.path}"


ModbusEndpoint = Endpoint | SerialPort
RTU = ("rtu+tcp", "serial")  # schemes whose frames are RTU


def modbus_endpoint(value: Any) -> ModbusEndpoint:
    """Where a Modbus device is: `tcp://`, `rtu+tcp://`, `tls://` with host and port, or `serial:///dev/ttyUSB0`.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, SerialPort):
        return value
    if isinstance(value, str) and value.startswith("serial:"):
        path = value.removeprefix("serial://")
        if not re.fullmatch(r"/[^?#\s]*[^?#\s/]", path):
            raise ValueError(f"{value!r} is not a serial line; write serial:///dev/ttyUSB0")
        return SerialPort(path)
    try:
        return endpoint(value, {"tcp": 502, "rtu+tcp": 502, "tls": 802})
    except ValueError as error:
        raise ValueError(f"{error}, or serial:///dev/ttyUSB0") from error


def _mqtt_endpoint(value: Any) -> Endpoint:
    return endpoint(value, {"mqtt": 1883, "mqtts": 8883})


_AS_URL = PlainSerializer(str, return_type=str)
ModbusUrl = Annotated[
    InstanceOf[Endpoint] | InstanceOf[SerialPort], BeforeValidator(modbus_endpoint), _AS_URL
]
MqttUrl = Annotated[InstanceOf[Endpoint], BeforeValidator(_mqtt_endpoint), _AS_URL]

TABLES = ("coil", "discrete", "holding", "input")
_ADDRESS = re.compile(r"(coil|discrete|holding|input) +(\d{1,5})")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a value begins in a Modbus device.

    Attributes:
        table: `coil`, `discrete`, `holding` or `input`.
        number: counted from 0, as it is sent on the wire (40001 in a manual is mostly `holding 0`).
    """

    table: str
    number: int

    def __str__(self) -> str:
        """As written: `holding 10`."""
        return f"{self.table} {self.number}"


def _address(value: Any) -> Address:
    if isinstance(value, Address):
        return value
    match = _ADDRESS.fullmatch(str(value).strip())
    if match is None or int(match[2]) > 65535:
        raise ValueError(
            f"{value!r} is not an address; write coil, discrete, holding or input and a number, "
            "counted from 0 to 65535, such as holding 10"
        )
    return Address(match[1], int(match[2]))


At = Annotated[InstanceOf[Address], BeforeValidator(_address), PlainSerializer(str, return_type=str)]
