"""The site file: which plans hold here, where readings come from, where things are kept."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from dashboards.notices.settings import NoticeSettings
from dashboards.reports.enterprise import Enterprise
from dashboards.views.silent_ends import SilentEnd
from dashboards.views.site import SiteView
from dashboards.web.settings import ServeSettings
from gateway.channel_check import misfits as channel_misfits
from gateway.http_settings import HttpSource
from gateway.modbus_settings import ModbusSource
from gateway.mqtt_settings import MqttSource
from gateway.posted import misfits as posted_misfits
from gateway.profiles.library import Library
from gateway.settings import Sources
from gateway.sparkplug_feed import misfits as metric_misfits
from gateway.sparkplug_settings import SparkplugSource
from gateway.topic_check import misfits
from haccpline.device_profiles import decoding_of, own_library
from haccpline.series_ends import series_ends
from haccpline.text_file import read_text
from ingest.settings import ArchiveSettings, InfluxSettings, JournalSettings
from readings.errors import HaccplineError
from readings.inputs import Series, series_named
from readings.units import Unit
from rules.compile_plan import compile_plan
from rules.faults import Fault, PlanError
from rules.plan import Plan
from rules.plan_check import load_plan, place
from rules.quantities import Duration
from rules.strict_model import Strict, read_model
from rules.strict_yaml import Marks
from rules.strict_yaml import Path as KeyPath


class Instrument(Strict):
    """What stands behind a series: named in every decision that rests on it.

    Attributes:
        id: of the instrument, as on its label.
        serial: of its maker.
        calibration: the certificate in force.
        calibrated: day of the last calibration.
        due: day of the next.
    """

    id: str
    serial: str | None = None
    calibration: str | None = None
    calibrated: str | None = None
    due: str | None = None


class SiteFile(Strict):
    """What site.yaml says.

    Attributes:
        site: id of the site; the same as in its plans.
        plans: plan files, from the site file's folder.
        data: folder of everything that is kept.
        clock: `wall`: time is now; `readings`: time is what readings say, for a recording that is played back.
        sources: where readings come from.
        profiles: device profiles of the site's own: files, or folders of them, from the site file's folder.
        influxdb: where a copy of the readings goes; without it, nowhere.
        journal: how much the journal may hold, and what happens when it does.
        archive: when readings are sealed, how long the journal is kept.
        instruments: by `line/sensor[/point]`.
        serve: where pages and the API are served.
        enterprise: who runs it, as reports name them.
        notices: whom the notices of the plans reach, and by what; without it they are undeliverable, and shown so.
        checkpoint_every: how often the ledger is signed while it grows.
    """

    site: str
    plans: list[str] = Field(min_length=1)
    data: str = "data"
    clock: Literal["wall", "readings"] = "wall"
    sources: Annotated[Sources, Field(strict=False)] = ()
    profiles: list[str] = []
    influxdb: InfluxSettings | None = None
    journal: JournalSettings = JournalSettings()
    archive: ArchiveSettings = ArchiveSettings()
    instruments: dict[str, Instrument] = {}
    serve: ServeSettings = ServeSettings()
    enterprise: Enterprise | None = None
    notices: NoticeSettings | None = None
    checkpoint_every: Duration = 60_000_000_000


@dataclass(frozen=True, slots=True)
class Site:
    """A site file, its plans read and bound.

    Attributes:
        path: of the site file.
        file: what it says.
        plans: plan and text, by line.
        profiles: of devices, its own and those that come with the program.
    """

    path: Path
    file: SiteFile
    plans: dict[str, tuple[Plan, str, Path]]
    profiles: Library = field(default_factory=Library)

    @property
    def data(self) -> Path:
        """The folder of everything that is kept."""
        return (self.path.parent / self.file.data).resolve()

    def units(self) -> dict[Series, Unit]:
        """For each series that devices give, the unit in which its plan states it."""
        return self._units(by_hand=False)

    def measured(self) -> dict[Series, Unit]:
        """The same, with what people enter by hand."""
        return self._units(by_hand=True)

    def _units(self, *, by_hand: bool) -> dict[Series, Unit]:
        found: dict[Series, Unit] = {}
        for plan, _, _ in self.plans.values():
            for name, sensor in plan.sensors.items():
                for points in sensor.point_names().values() if by_hand or name not in plan.by_hand else ():
                    found |= {Series(plan.line_id, name, point): sensor.unit for point in points}
        return found

    def view(self) -> SiteView:
        """What pages, API and reports are told of it."""
        first = next(iter(self.plans.values()))[0]
        return SiteView(
            id=self.file.site,
            name=first.site.name,
            timezone=first.site.timezone,
            folder=self.data,
            plans={line: plan for line, (plan, _, _) in self.plans.items()},
            instruments=self.instruments(),
            enterprise=self.file.enterprise,
            influxdb=self.file.influxdb is not None,
            clock=self.file.clock,
        )

    def sources(self) -> dict[str, SilentEnd]:
        """What each series `line/sensor/point` comes from, as health names it where it does not answer."""
        series = (f"{each.line}/{each.sensor}/{each.point}" for each in self.units())
        return series_ends(self.file.sources, series)

    def instruments(self) -> dict[str, dict[str, str]]:
        """What stands behind each series `line/sensor/point`."""
        found = {}
        for name, instrument in self.file.instruments.items():
            series = named_series(name)
            found[f"{series.line}/{series.sensor}/{series.point}"] = instrument.model_dump(exclude_none=True)
        return found

    def decoding(self) -> dict[str, str]:
        """By which profile or channel the numbers of each series `line/sensor[/point]` become values, with its version."""
        return decoding_of(self.file.sources, self.profiles)


def named_series(text: str) -> Series:
    """The series of `line/sensor` or `line/sensor/point`.

    Raises:
        HaccplineError: it names none.
    """
    line, _, rest = text.partition("/")
    if not rest:
        raise HaccplineError(f"{text!r} names no series; write line/sensor or line/sensor/point")
    return series_named(rest, line)


def read_plan(path: Path) -> tuple[Plan, str]:
    """A plan file and its text.

    Raises:
        PlanError: it cannot be used, with every fault.
        HaccplineError: it cannot be read.
    """
    text = read_text(path)
    return load_plan(text, str(path)), text


def load_site(path: Path) -> Site:
    """The site of a site file, held against its plans.

    Raises:
        PlanError: with every fault of the site file and its plans.
        HaccplineError: a file cannot be read.
    """
    if not path.exists():
        raise HaccplineError(f"{path}: there is no such file; say with --site where the site file is")
    file, marks = read_model(SiteFile, read_text(path), str(path))
    faults: list[Fault] = []
    plans: dict[str, tuple[Plan, str, Path]] = {}
    for number, name in enumerate(file.plans):
        try:
            plan, text = read_plan(path.parent / name)
        except PlanError as error:
            faults += error.faults
            continue
        except HaccplineError as error:
            faults.append(Fault(str(path), place(("plans", number), marks), str(error)))
            continue
        if plan.line_id in plans:
            other = plans[plan.line_id][2].name
            faults.append(
                Fault(
                    str(path),
                    place(("plans", number), marks),
                    f"{name} and {other} are plans of one line, {plan.line_id}",
                )
            )
        elif plan.site.id != file.site:
            message = f"{plan.plan} is a plan of site {plan.site.id}, not of {file.site}"
            faults.append(Fault(str(path), place(("plans", number), marks), message))
        plans[plan.line_id] = (plan, text, path.parent / name)
    profiles = _library(path, file, marks, faults)
    site = Site(path, file, plans, profiles or Library())
    if profiles is not None:
        faults += [Fault(str(path), place(where, marks), message) for where, message in _profiled(site)]
    unread = _of_other_lines(site) if len(plans) < len(file.plans) else frozenset()
    faults += [
        Fault(str(path), place(where, marks), message)
        for where, message in _findings(site)
        if where not in unread
    ]
    if faults:
        raise PlanError(faults)
    return site


def _library(path: Path, file: SiteFile, marks: Marks, faults: list[Fault]) -> Library | None:
    """The profiles that there are; None where one of the site's own is wrong, which joins the faults."""
    try:
        return own_library(path.parent, file.profiles)
    except PlanError as error:
        faults += error.faults
    except HaccplineError as error:
        faults.append(Fault(str(path), place(("profiles",), marks), str(error)))
    return None


def _profiled(site: Site) -> Iterator[tuple[KeyPath, str]]:
    """Devices whose profile there is not, or has not what is read of it."""
    for number, source in enumerate(site.file.sources):
        if isinstance(source, ModbusSource):
            try:
                source.with_profiles(site.profiles)
            except HaccplineError as error:
                yield ("sources", number), str(error)


def _of_other_lines(site: Site) -> frozenset[KeyPath]:
    """What names series of lines that no plan here has: where a plan cannot be read, they may be its own."""
    named: list[tuple[KeyPath, str]] = [(("instruments", name), name) for name in site.file.instruments]
    for number, source in enumerate(site.file.sources):
        named += [(("sources", number, *place), name) for place, name in source.places()]
    return frozenset(where for where, name in named if name.partition("/")[0] not in site.plans)


def _findings(site: Site) -> Iterator[tuple[KeyPath, str]]:
    told = list(_reads(site))
    yield from told
    yield from _messages(site, {where for where, _ in told})
    units = site.measured()
    for name in site.file.instruments:
        try:
            series = named_series(name)
        except HaccplineError as error:
            yield ("instruments", name), str(error)
            continue
        if series not in units:
            yield ("instruments", name), f"no plan has {series}"


def _messages(site: Site, told: Container[KeyPath]) -> Iterator[tuple[KeyPath, str]]:
    """What sources read and cannot give as the plans want it."""
    for number, source in enumerate(site.file.sources):
        if isinstance(source, MqttSource):
            found = misfits(source, site.units())
        elif isinstance(source, SparkplugSource):
            found = metric_misfits(source, site.units())
        elif isinstance(source, HttpSource):
            found = posted_misfits(source, site.units())
        else:
            found = channel_misfits(source, site.units(), site.profiles)
        for where, error in found:
            if ("sources", number, *where) not in told:
                yield ("sources", number, *where), str(error)


def _reads(site: Site) -> Iterator[tuple[KeyPath, str]]:
    """Sources that read what no plan has, and what a plan needs and no source reads."""
    units = site.units()
    read: set[Series] = set()
    entries: list[tuple[KeyPath, str]] = []
    for number, source in enumerate(site.file.sources):
        entries += [(("sources", number, *place), name) for place, name in source.places()]
    for where, name in entries:
        if "{" in name:
            continue
        try:
            series = named_series(name)
        except HaccplineError as error:
            yield where, str(error)
            continue
        if series in read:
            yield where, f"{series} is read a second time"
        read.add(series)
        if series not in units:
            yield where, f"no plan has {series}; there are {', '.join(sorted(map(str, units)))}"
    if not entries or any("{" in name for _, name in entries):
        return
    for plan, _, _ in site.plans.values():
        program = compile_plan(plan)
        needed = {track.series for track in program.tracks} | {
            signal.series for signal in program.signals if not signal.by_people
        }
        needed = {series for series in needed if series.sensor not in plan.by_hand}
        for series in sorted(needed - read):
            yield ("sources",), f"{series} is needed by {plan.plan}, and no source reads it"
