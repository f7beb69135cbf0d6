"""What keeps, counts and copies what a site acquires: sealer, bound, completeness, InfluxDB, quarantine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from dashboards.views.disk import disk_full, full_words
from dashboards.views.trouble_kinds import TroubleKind
from gateway.again import ReadAgain
from gateway.sparkplug_births import Births
from haccpline.free_memory import give_back
from haccpline.health_feed import health_feed
from haccpline.site import Site, named_series
from haccpline.store import Store
from haccpline.verdict_feed import verdict_feed
from ingest.archive import ParquetArchive
from ingest.bound import JournalBound
from ingest.completeness import COMPLETENESS_CURSOR, put_aside, to_count_in
from ingest.completeness_feed import completeness_feed
from ingest.completeness_reader import CompletenessReader
from ingest.errors import StoreError
from ingest.influx import InfluxWriter
from ingest.intake import Clock, JournalIntake
from ingest.lost import losses
from ingest.quarantine import Side
from ingest.reading_feed import READINGS_CURSOR, reading_feeds
from ingest.retries import Retries
from ingest.sealer import Sealer
from ingest.segment_read import is_whole
from ingest.transport import transport
from ledger.clerk import CURSOR
from ledger.store import Ledger
from readings.beside import Beside
from readings.inputs import Series
from readings.ports import Books
from readings.times import SECOND

TEXT = "text"
_LOOK = 600.0  # seconds between two looks at all files of the archive
_NAMED = 5  # of those that are missing


class Keeping:
    """Made before any source gives a reading; runs until cancelled.

    Args:
        site: that is recorded.
        store: its folder.
        archive: over its journal, which this process appends to.
        ledger: whose verdicts are copied.
        intake: tells when there is news.
        beside: writes the archive's files.
        said: what the record process last said of itself; empty before it did.
        births: which births of edge nodes explain what lies in quarantine.
    """

    def __init__(
        self,
        site: Site,
        store: Store,
        archive: ParquetArchive,
        ledger: Ledger,
        intake: JournalIntake,
        beside: Beside,
        said: Callable[[], dict[str, Any]],
        births: Births,
    ) -> None:
        self._journal, self._intake, self._folder = archive.journal, intake, store.folder
        self._said = said
        self._ends = {named_series(name): end for name, end in site.sources().items()}
        self._sources = {series: end.source for series, end in self._ends.items()}
        self._store = to_count_in(store.folder / "completeness.db")
        wall = Clock(site.file.clock) is Clock.WALL
        self._gaps, self._steps = 0, list[str]()
        self._counted = CompletenessReader(
            self._store,
            self._journal,
            archive,
            expected_of(site),
            counters=self._counters,
            ticking=wall,
            since=time.time_ns(),
        )
        readers = [CURSOR, COMPLETENESS_CURSOR]
        self.writer: InfluxWriter | None = None
        if site.file.influxdb is not None:
            readers.append(READINGS_CURSOR)
            feeds = [
                *reading_feeds(self._journal, archive, site.file.site),
                verdict_feed(ledger, site.file.site),
                completeness_feed(self._store, site.file.site),
                health_feed(site.file.site, said),
            ]
            way = transport(site.file.influxdb)
            self.writer = InfluxWriter(self._journal, way, feeds, listen=intake.listen)
        self._bound = JournalBound(
            self._journal, site.file.journal, readers=readers, copies=[READINGS_CURSOR]
        )
        self.sealer = Sealer(archive, site.file.archive, readers=readers, bound=self._bound, beside=beside)
        self.sealer.bind(self._sources)
        self._retries = Retries(
            self._journal,
            ReadAgain(site.file.sources, site.units(), births),
            self.writer,
            explained=births.lately,
            clock=Clock(site.file.clock),
        )
        self._archive = archive
        self._damaged, self._looked = archive.damaged(), time.monotonic()

    def works(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """What is to run, by name."""
        yield "sealer", self.sealer.run()
        yield "completeness", self._counted.run()
        yield "free memory", give_back()
        yield "quarantine", self._retries.run()
        if self.writer is not None:
            yield "influxdb", self.writer.run()

    @property
    def full(self) -> bool:
        """Whether the journal is at its bound, and takes no readings."""
        return self._journal.full is not None

    def troubles(self) -> Iterator[tuple[TroubleKind, str | None]]:
        """What is not as it should be, in words; None where it is."""
        yield "bound", self._bound.trouble
        yield "disk", full_words(self._folder) if disk_full(self._folder) else None
        yield "completeness", self._counted.trouble
        aside = put_aside(self._store.database.path)
        anew = f"completeness.db was damaged, and was made anew from the journal; what it held before lies in {aside}"
        yield "completeness", f"{anew}: remove that file when you have seen this" if aside.exists() else None
        yield "archive", self._missing()
        yield "archive", self.sealer.trouble

    def said(self) -> dict[str, Any]:
        """Its part of `health.json`."""
        journal = self._journal
        lost = losses(journal.database)
        with suppress(OSError, StoreError):  # it has trouble of its own, and the rest is told all the same
            self._gaps, self._steps = self._store.open_gaps(), self._store.steps()
        return {
            "books": told(journal.books()),
            "books_by_source": {name: told(books) for name, books in journal.books_by_source().items()},
            "held": {"bytes": journal.bytes(), "most": journal.most},
            "quarantine": {str(side): journal.quarantined.count(side=side) for side in Side},
            "completeness": {"gaps": self._gaps},
            "clock": {
                "skew_seconds": self._skews(),
                "steps": len(self._steps),
                "last_step": self._steps[-1] if self._steps else None,
            },
            "lost": [each._asdict() for each in lost],
            "influxdb": {name: asdict(status) for name, status in self.writer.status.items()}
            if self.writer
            else None,
        }

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()

    def _missing(self) -> str | None:
        """Which files of the archive are not there or not whole; those that are named are looked at again each time."""
        if time.monotonic() - self._looked > _LOOK:
            self._damaged, self._looked = self._archive.damaged(), time.monotonic()
        folder, named = self._archive.directory, list[str]()
        while self._damaged and not named:
            named = [name for name in self._damaged[:_NAMED] if not is_whole(folder / name)]
            self._damaged[:_NAMED] = named
        if not named:
            return None
        words = f"files of the archive are missing or were cut, restore them from the last backup: {', '.join(named)}"
        more = len(self._damaged) - len(named)
        return f"{words} and {more:,} more" if more else words

    def _counters(self) -> dict[Series, int]:
        """Since when the counter of the unit behind each series shows what it shows, ns UTC."""
        since = counters_of(self._said())
        places = {series: (end.source, end.id) for series, end in self._ends.items()}
        return {series: since[place] for series, place in places.items() if place in since}

    def _skews(self) -> dict[str, float]:
        """Seconds from event to arrival, by source: the middle of its series."""
        found: dict[str, list[int]] = {}
        for series, skew in dict(self._counted.skews).items():
            if series in self._sources:
                found.setdefault(self._sources[series], []).append(skew)
        return {name: round(statistics.median(skews) / SECOND, 3) for name, skews in found.items()}


def counters_of(said: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """Since when the counter of each unit shows what it shows, ns UTC.

    By source and number of the unit; the only one of a source by no number besides.

    Args:
        said: what the record process says of itself; empty before it does.
    """
    return {
        (source["name"], id_): unit["counter_since"]
        for source in said.get("sources", ())
        for unit in source["units"]
        for id_ in (str(unit["unit"]), *([""] if len(source["units"]) == 1 else []))
        if unit["counter_since"] is not None
    }


def told(books: Books) -> dict[str, int]:
    """Books as `health.json` has them."""
    return asdict(books) | {"balance": books.balance}


def expected_of(site: Site) -> Mapping[Series, int | None]:
    """How often a reading of each series is expected by its plan, ns; None for those that come when they come."""
    found: dict[Series, int | None] = {}
    for plan, _, _ in site.plans.values():
        for name, sensor in plan.sensors.items():
            if name in plan.by_hand or sensor.unit.name == TEXT:
                continue
            every = sensor.every if isinstance(sensor.every, int) else sensor.alive_every
            for points in sensor.point_names().values():
                found |= {
                    Series(plan.line_id, name, point): None if sensor.optional else every for point in points
                }
    return found
