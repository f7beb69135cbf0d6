"""What keeps, counts and copies what a site acquires: sealer, bound, completeness, InfluxDB, quarantine."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from dashboards.views.trouble_kinds import TroubleKind
from gateway.again import ReadAgain
from haccpline.health_feed import health_feed
from haccpline.site import Site, named_series
from haccpline.store import Store
from haccpline.verdict_feed import verdict_feed
from ingest.archive import ParquetArchive
from ingest.bound import JournalBound
from ingest.completeness import COMPLETENESS_CURSOR, Completeness
from ingest.completeness_feed import completeness_feed
from ingest.completeness_reader import CompletenessReader
from ingest.influx import InfluxWriter
from ingest.intake import Clock, JournalIntake
from ingest.lost import losses
from ingest.quarantine import Side
from ingest.reading_feed import READINGS_CURSOR, reading_feeds
from ingest.retries import Retries
from ingest.sealer import Sealer
from ingest.transport import transport
from ledger.clerk import CURSOR
from ledger.store import Ledger
from readings.inputs import Series
from readings.ports import Books
from readings.times import SECOND

TEXT = "text"


class Keeping:
    """Made before any source gives a reading; runs until cancelled.

    Args:
        site: that is recorded.
        store: its folder.
        archive: over its journal, which this process appends to.
        ledger: whose verdicts are copied.
        intake: tells when there is news.
        said: what the record process last said of itself; empty before it did.
    """

    def __init__(
        self,
        site: Site,
        store: Store,
        archive: ParquetArchive,
        ledger: Ledger,
        intake: JournalIntake,
        said: Callable[[], dict[str, Any]],
    ) -> None:
        self._journal, self._intake = archive.journal, intake
        self._sources = {named_series(name): end.source for name, end in site.sources().items()}
        self._store = Completeness(store.folder / "completeness.db", read_only=False)
        wall = Clock(site.file.clock) is Clock.WALL
        self._counted = CompletenessReader(
            self._store, self._journal, archive, expected_of(site), ticking=wall
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
        self.sealer = Sealer(archive, site.file.archive, readers=readers, bound=self._bound)
        self.sealer.bind(self._sources)
        self._retries = Retries(self._journal, ReadAgain(site.file.sources, site.units()), self.writer)
        self._damaged = archive.damaged()

    def works(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """What is to run, by name."""
        yield "sealer", self.sealer.run()
        yield "completeness", self._counted.run()
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
        yield "completeness", self._counted.trouble
        missing = "files of the archive are missing or were cut, restore them from the last backup: "
        yield "archive", missing + ", ".join(self._damaged) if self._damaged else None

    def said(self) -> dict[str, Any]:
        """Its part of `health.json`."""
        journal = self._journal
        lost = losses(journal.database)
        steps = self._store.steps()
        return {
            "books": told(journal.books()),
            "books_by_source": {name: told(books) for name, books in journal.books_by_source().items()},
            "held": {"bytes": journal.bytes(), "most": journal.most},
            "quarantine": {str(side): journal.quarantined.count(side=side) for side in Side},
            "completeness": {"gaps": self._store.open_gaps()},
            "clock": {
                "skew_seconds": self._skews(),
                "steps": len(steps),
                "last_step": steps[-1] if steps else None,
            },
            "lost": [each._asdict() for each in lost],
            "influxdb": {name: asdict(status) for name, status in self.writer.status.items()}
            if self.writer
            else None,
        }

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()

    def _skews(self) -> dict[str, float]:
        """Seconds from event to arrival, by source: the middle of its series."""
        found: dict[str, list[int]] = {}
        for series, skew in dict(self._counted.skews).items():
            if series in self._sources:
                found.setdefault(self._sources[series], []).append(skew)
        return {name: round(statistics.median(skews) / SECOND, 3) for name, skews in found.items()}


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
