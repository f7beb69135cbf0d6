"""The `sources:` section of the site file: where readings come from."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Tag

from gateway.http_settings import HttpSource
from gateway.modbus_settings import ModbusSource
from gateway.mqtt_settings import MqttSource
from gateway.profiles.library import Library
from gateway.sparkplug_settings import SparkplugSource

_PROTOCOLS: dict[str, type] = {
    "modbus": ModbusSource,
    "mqtt": MqttSource,
    "sparkplug": SparkplugSource,
    "http": HttpSource,
}
AnySource = ModbusSource | MqttSource | SparkplugSource | HttpSource


def _protocol(given: Any) -> str | None:
    named = [
        key
        for key, kind in _PROTOCOLS.items()
        if isinstance(given, kind) or (isinstance(given, dict) and key in given)
    ]
    return f"{named[0]} source" if len(named) == 1 else None


# tags are no keys of a source: the path of a fault would lead to that key, and its line
Source = Annotated[
    Annotated[ModbusSource, Tag("modbus source")]
    | Annotated[MqttSource, Tag("mqtt source")]
    | Annotated[SparkplugSource, Tag("sparkplug source")]
    | Annotated[HttpSource, Tag("http source")],
    Discriminator(
        _protocol,
        custom_error_type="source",
        custom_error_message="a source has either `modbus: tcp://HOST:PORT` or `mqtt: mqtt://HOST:PORT` or "
        "`sparkplug: mqtt://HOST:PORT` or `http: [...]`",
    ),
]


def _unique(sources: tuple[AnySource, ...]) -> tuple[AnySource, ...]:
    names = [source.name for source in sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two sources are named {', '.join(twice)}")
    return sources


Sources = Annotated[tuple[Source, ...], AfterValidator(_unique)]


def written_out(sources: Sources, profiles: Library) -> Sources:
    """The same sources, with what the profiles of their devices say written out as channels.

    Raises:
        SourceError: there is no such profile, or it has no such value.
    """
    return tuple(
        source.with_profiles(profiles) if isinstance(source, ModbusSource) else source for source in sources
    )
