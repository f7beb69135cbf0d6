"""All sources at once, each in a task of its own, each started again when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from typing import Any

import structlog

from gateway.clock import watch_clock
from gateway.ending import end_if_told
from gateway.http_settings import HttpSource
from gateway.modbus import ModbusPoller
from gateway.modbus_settings import ModbusSource
from gateway.mqtt import MqttReader
from gateway.posted import PostReader
from gateway.profiles.library import Library
from gateway.settings import Sources, written_out
from gateway.sparkplug import SparkplugReader
from gateway.sparkplug_births import Births
from gateway.sparkplug_settings import SparkplugSource
from gateway.tally import Tally
from readings.inputs import Series
from readings.ports import Intake, Stands
from readings.units import Unit

log = structlog.get_logger(__name__)

_FIRST, _LONGEST = 0.2, 5.0  # seconds between a failure and the next start
_STEADY = 30.0  # seconds after which a source that ran is taken to have recovered

Run = Callable[[], Coroutine[Any, Any, None]]


def start_of(  # noqa: PLR0913 - what a source is given
    source: Any,
    *,
    intake: Intake,
    units: Mapping[Series, Unit],
    site: str,
    tally: Tally,
    playback: bool = False,
    stands: Stands | None = None,
    births: Births | None = None,
) -> Run:
    """What runs a source.

    Raises:
        SourceError: it reads what no plan has, or in another kind of unit.
    """
    if isinstance(source, HttpSource):
        PostReader(source, units)
        return _listened_to(tally)
    if isinstance(source, ModbusSource):
        poller = ModbusPoller(
            source, intake=intake, units=units, tally=tally, playback=playback, stands=stands
        )
        return poller.run
    if isinstance(source, SparkplugSource):
        return SparkplugReader(source, intake=intake, units=units, tally=tally, site=site, births=births).run
    return MqttReader(source, intake=intake, units=units, tally=tally, site=site).run


def _listened_to(tally: Tally) -> Run:
    """An HTTP source is always there: the process that serves takes what is handed in."""

    async def run() -> None:
        tally.connected = True
        await asyncio.Event().wait()

    return run


async def acquire(  # noqa: PLR0913 - what all sources are given
    sources: Sources,
    *,
    intake: Intake,
    units: Mapping[Series, Unit],
    site: str,
    tallies: MutableMapping[str, Tally] | None = None,
    playback: bool = False,
    stands: Stands | None = None,
    profiles: Library | None = None,
    births: Births | None = None,
) -> None:
    """Read all sources until cancelled, and record steps of the machine's clock meanwhile.

    Args:
        sources: the section `sources` of the site file.
        intake: where readings go.
        units: for each series of the plans, the unit in which the plan states it.
        site: name of the site; part of the identifiers at brokers.
        playback: a recording is played back; a device that does not tell its time says nothing.
        stands: who knows what stands on the lines; without it no siren is switched.
        profiles: of devices; without it those that come with the program.
        births: told which messages in quarantine the birth of an edge node explains.
        tallies: filled with each source's running counts, by name; `tally.snapshot()` is for others.

    Raises:
        SourceError: a source reads what no plan has, or in another kind of unit; nothing was started.
    """
    sources = written_out(sources, profiles or Library())
    counts = {source.name: Tally(source.name) for source in sources}
    runs = {
        source.name: start_of(
            source,
            intake=intake,
            units=units,
            site=site,
            tally=counts[source.name],
            playback=playback,
            stands=stands,
            births=births,
        )
        for source in sources
    }
    if tallies is not None:
        tallies.update(counts)
    async with asyncio.TaskGroup() as group:
        if not playback:  # then time is what the recording says
            group.create_task(watch_clock(intake), name="clock")
        for name, run in runs.items():
            group.create_task(_keep_running(run, counts[name]), name=f"source {name}")


async def _keep_running(run: Run, tally: Tally) -> None:
    loop, pause = asyncio.get_running_loop(), _FIRST
    while True:
        end_if_told()
        began = loop.time()
        try:
            await run()
        except Exception as error:  # noqa: BLE001 - a source must not take the others down, whatever is wrong
            tally.restarts += 1
            tally.failure = f"{error}" or type(error).__name__
            log.warning("source failed", source=tally.name, error=tally.failure, seconds=pause)
        pause = _FIRST if loop.time() - began > _STEADY else pause
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST)
