"""Where reports read from: the ledger, the archive, and how far time has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dashboards.reports.errors import ReportError
from dashboards.reports.past import Past, read_past
from dashboards.views.site import SiteView
from ingest.archive import ParquetArchive
from ingest.history import ArchiveHistory, History
from ingest.journal import SqliteJournal
from ledger.store import Ledger


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What a report is made from; `until` is how far time has come, ns UTC."""

    site: SiteView
    ledger: Ledger
    past: Past
    history: History
    until: int


@contextmanager
def sources_of(site: SiteView) -> Iterator[Sources]:
    """Open a site's stores for reading, beside the process that writes them.

    Raises:
        ReportError: nothing was recorded yet.
        StoreError: a store is damaged.
    """
    for name in ("ledger.db", "journal.db"):
        if not (site.folder / name).exists():
            raise ReportError(f"{site.folder / name} is not there; a report is about what was recorded")
    ledger = Ledger(site.folder / "ledger.db", read_only=True)
    try:
        journal = SqliteJournal(site.folder / "journal.db", read_only=True)
        try:
            history = ArchiveHistory(ParquetArchive(site.folder / "segments", journal))
            last = ledger.last_seq()
            if not last:
                raise ReportError(
                    f"{site.folder / 'ledger.db'} holds no record yet; there is nothing to report"
                )
            until = journal.tick() or ledger.record(last).at
            yield Sources(site, ledger, read_past(ledger), history, until)
        finally:
            journal.close()
    finally:
        ledger.close()
