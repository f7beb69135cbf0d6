"""Where reports read from: the ledger, the archive, and how far the record reaches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dashboards.reports.days import Reach
from dashboards.reports.errors import ReportError
from dashboards.reports.past import Past, read_past
from dashboards.views.site import SiteView
from ingest.archive import ParquetArchive
from ingest.history import ArchiveHistory, History
from ingest.journal import SqliteJournal
from ledger.store import Ledger

_LOOK_BACK = 50  # blocks in which a tick is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What a report is made from."""

    site: SiteView
    ledger: Ledger
    past: Past
    history: History
    reach: Reach

    @property
    def until(self) -> int:
        """How far the decisions reach, ns UTC."""
        return self.reach.decided


@contextmanager
def sources_of(
    site: SiteView, *, line: str | None = None, case: str | None = None, now: int = 0
) -> Iterator[Sources]:
    """Open a site's stores for reading, beside the process that writes them.

    Args:
        site: whose stores.
        line: only this one is reported on.
        case: only its line is.
        now: wall clock, ns UTC; 0 where the report does not ask.

    Raises:
        ReportError: nothing was recorded yet, or there is no such case.
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
            if not ledger.last_seq():
                raise ReportError(
                    f"{site.folder / 'ledger.db'} holds no record yet; there is nothing to report"
                )
            line = _line_of(ledger, case) if case is not None else line
            yield Sources(site, ledger, read_past(ledger, line), history, _reach(journal, ledger, now))
        finally:
            journal.close()
    finally:
        ledger.close()


def _line_of(ledger: Ledger, case: str) -> str:
    after, known = 0, ["none"]
    while page := ledger.read(after, kind="case.opened"):
        for record in page:
            if record.content["case"] == case:
                return record.line
        known = [str(record.content["case"]) for record in page[-5:]]
        after = page[-1].seq
    raise ReportError(f"there is no case {case!r}; the last ones are {', '.join(known)}")


def _reach(journal: SqliteJournal, ledger: Ledger, now: int) -> Reach:
    """The clerk may be behind the journal, or stuck: what is behind its cursor is recorded and not decided."""
    cursor, last = ledger.cursor(), journal.last()
    at = ledger.record(ledger.last_seq()).at
    known = journal.tick() or at
    if cursor >= last:
        return Reach(known, known, now)
    after = max(cursor - _LOOK_BACK, journal.dropped())
    blocks = journal.read(after, cursor - after) if cursor > after else []
    heard = max([at, *(block.tick for _, block in blocks if block.tick is not None)])
    return Reach(min(heard, known), known, now)
