"""Channels of Modbus devices held against the plan before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.channel import Channel
from gateway.device import device_of, name_of, point_of, series_of
from gateway.errors import SourceError
from gateway.modbus_settings import ModbusDevice, ModbusSource
from gateway.profiles.library import Library
from readings.errors import UnitError
from readings.inputs import Series
from readings.units import Unit

Place = tuple[str | int, ...]


def misfits(
    source: ModbusSource, units: Mapping[Series, Unit], profiles: Library
) -> Iterator[tuple[Place, SourceError]]:
    """Channels that cannot become what the plans want, or are never asked, with their place in the source's settings.

    Those whose series no plan has, or whose profile has no such value, are left out: they are told by their names.

    Args:
        source: its devices, as the site file has them.
        units: for each series of the plans, the plan's unit.
        profiles: that there are.
    """
    for number, device in enumerate(source.polled):
        above: Place = ("devices", number) if source.devices else ()
        fitting = []
        for place, channel in _channels(device, profiles):
            try:
                if series_of(channel.reads, name_of(source, device)) not in units:
                    continue
            except SourceError:
                continue
            try:
                point_of(source, device, channel, units)
            except SourceError as error:
                key = "unit" if isinstance(error.__cause__, UnitError) else "at"
                yield (*above, *place, key), error
            else:
                fitting.append(channel)
        try:
            written = device.with_profile(profiles)
        except SourceError:
            continue
        try:
            device_of(source, written.model_copy(update={"channels": tuple(fitting)}), units)
        except SourceError as error:
            yield above, error


def _channels(device: ModbusDevice, profiles: Library) -> Iterator[tuple[Place, Channel]]:
    for number, channel in enumerate(device.channels):
        yield ("channels", number), channel
    for value, use in device.reads.items():
        alone = device.model_copy(update={"channels": (), "reads": {value: use}})
        try:
            (channel,) = alone.with_profile(profiles).channels
        except SourceError:
            continue
        yield ("reads", value), channel
