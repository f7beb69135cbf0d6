"""Registers that are read less often than their plan bears a silence."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.modbus_settings import ModbusDevice, ModbusSource
from gateway.profiles.profile import Use
from haccpline.site import Site, SiteFile, named_series
from haccpline.text_file import read_text
from readings.errors import HaccplineError
from readings.inputs import Series
from readings.times import format_duration
from rules.plan_check import place
from rules.strict_model import read_model

_Place = tuple[str | int, ...]


def read_too_seldom(site: Site) -> list[str]:
    """A warning for each: `FILE:LINE:COL: warning [read-too-seldom]: what`; none of a recording that is played back."""
    if site.file.clock == "readings":
        return []
    _, marks = read_model(SiteFile, read_text(site.path), str(site.path))
    silent = {
        Series(line, name, point): sensor.silence
        for line, (plan, _, _) in site.plans.items()
        for name, sensor in plan.sensors.items()
        for points in sensor.point_names().values()
        for point in points
    }
    said = []
    for where, reads, every in _polled(site):
        try:
            patience = silent.get(named_series(reads), 0)
        except HaccplineError:
            continue
        if 0 < patience < every:
            mark = place(where, marks)
            said.append(
                f"{site.path}:{mark.line}:{mark.column}: warning [read-too-seldom]: {reads} is read every "
                f"{format_duration(every)}, and its plan calls it silent after {format_duration(patience)}: between two "
                "readings nothing could be shown"
            )
    return said


def _polled(site: Site) -> Iterator[tuple[_Place, str, int]]:
    """Where each register's interval stands, what it is to the plan, and the interval, ns."""
    for number, source in enumerate(site.file.sources):
        if not isinstance(source, ModbusSource):
            continue
        for at, device in enumerate(source.polled):
            above: _Place = ("sources", number, *(("devices", at) if source.devices else ()))
            yield from _of_device(above, device, source.every if device.every is None else device.every)


def _of_device(above: _Place, device: ModbusDevice, every: int) -> Iterator[tuple[_Place, str, int]]:
    for number, channel in enumerate(device.channels):
        own = (*above, "channels", number, "every")
        yield own, channel.reads, every if channel.every is None else channel.every
    for name, use in device.reads.items():
        said = use.every if isinstance(use, Use) else None
        reads = use.reads if isinstance(use, Use) else use
        yield (*above, "reads", name, "every"), reads, every if said is None else said
