"""Writing a package, whether the site is being recorded or not."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from dashboards.web.exports import Exporter
from haccpline.desk import Desk
from haccpline.plans_in_force import plans_in_force
from haccpline.record import SEAL_NOW
from haccpline.site import Site
from haccpline.store import Store
from ingest.errors import StoreError
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ledger.package import Packed, write_package
from ledger.store import Ledger
from readings.errors import HaccplineError
from readings.times import format_time, parse_time

_PATIENCE = 60.0


def exporter_of(site: Site) -> Exporter:
    """What makes packages of a site for its pages and its API."""
    return partial(export_package, site)


def export_package(
    site: Site, path: Path, *, start: int | None, end: int | None, lines: list[str] | None
) -> Packed:
    """Seal what waits, then write and prove the package.

    Args:
        site: whose record.
        path: of the package.
        start: of the period, ns UTC; None from the beginning.
        end: of the period, not included, ns UTC; None to the end.
        lines: of the site; None for all.

    Raises:
        HaccplineError: nothing to export, or it does not hold.
    """
    store = Store(site.data, site.file.site)
    ledger = store.ledger(read_only=True)
    try:
        seal(site, store)
        known = set(plans_in_force(ledger))
        unknown = set(lines or ()) - known
        if unknown:
            raise HaccplineError(
                f"no line {', '.join(sorted(unknown))}; recorded are {', '.join(sorted(known))}"
            )
        archive = store.archive(store.journal(read_only=True))
        wanted = sorted(lines or known)
        first, last = whole_period(ledger, wanted)
        return write_package(
            path,
            ledger=ledger,
            archive=archive,
            key=store.key(),
            site=site.file.site,
            lines=wanted,
            start=first if start is None else start,
            end=last if end is None else end,
        )
    finally:
        ledger.close()


def whole_period(ledger: Ledger, lines: list[str]) -> tuple[int, int]:
    """From the first record, or what was decided first, to behind the last record, ns UTC."""
    times = [ledger.record(1).at] if ledger.last_seq() else []
    after = 0
    while page := ledger.read(after, kind="verdict"):
        for record in page:
            if record.line in lines:
                times += [record.at, parse_time(record.content["from"])]
        after = page[-1].seq
    last = ledger.last_seq()
    if len(times) < 2:
        raise HaccplineError(f"{ledger.path} holds no decisions of {', '.join(lines)} yet")
    return min(times), max(*times, ledger.record(last).at) + 1


def seal(site: Site, store: Store) -> None:
    """Have everything that waits sealed and recorded.

    Raises:
        HaccplineError: the record process does not do it in a minute.
    """
    journal = store.journal()
    try:
        journal.own()
    except StoreError:
        journal.close()
        _ask(store)
        return
    ledger = store.ledger()
    try:
        archive = store.archive(journal)
        Sealer(archive, site.file.archive).seal()
        Desk(site, ledger, journal, archive, store.key()).finish()
    finally:
        ledger.close()
        journal.close()


def _ask(store: Store) -> None:
    request = store.folder / SEAL_NOW
    request.touch()
    deadline = time.monotonic() + _PATIENCE
    while request.exists() or not _recorded(store):
        if time.monotonic() > deadline:
            raise HaccplineError(
                f"the record process has not sealed in {_PATIENCE:.0f} s; look at `haccpline health`"
                f" ({format_time(time.time_ns())})"
            )
        time.sleep(0.1)


def _recorded(store: Store) -> bool:
    """Whether every sealed segment is in the ledger."""
    ledger = store.ledger(read_only=True)
    journal: SqliteJournal = store.journal(read_only=True)
    try:
        archive = store.archive(journal)
        for line in plans_in_force(ledger):
            sealed = archive.segments(line)
            recorded, after = 0, 0
            while page := ledger.read(after, kind="segment.sealed", line=line):
                after, recorded = page[-1].seq, page[-1].content["segment"]
            if sealed and recorded < sealed[-1].number:
                return False
        return True
    finally:
        journal.close()
        ledger.close()
