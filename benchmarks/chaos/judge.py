"""What must hold of a world that was lived through: the simulator's truth is the judge."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks.chaos.drawn import POLLED, SENT, excursions
from benchmarks.chaos.heard import Heard
from benchmarks.chaos.judge_wall import judge_on_the_wall
from benchmarks.chaos.site import DATABASE
from benchmarks.chaos.world import Lived, digests
from benchmarks.soak_checks import (
    Finding,
    check_archive,
    check_decisions,
    check_influx,
    check_ledger,
    verdicts,
)
from haccpline.store import Store
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.clerk import Clerk
from ledger.store import Ledger
from ledger.timelines import effective
from readings.times import NEVER, parse_time
from simulators.recording import Recording

_SEALED = "segment.sealed"  # when a segment is sealed is a matter of the day, not of the journal


def judge(lived: Lived) -> Iterator[Finding]:
    """Everything that must hold, one after the other."""
    yield f"record stopped in order, exit code {lived.code}", lived.code == 0
    alone = [each for each in lived.troubles if "WITHOUT" in each]
    yield f"record ended by itself {len(alone)} times without a reason", not alone
    site = lived.site
    store = Store(site.data, site.file.site)
    journal, ledger = store.journal(read_only=True), store.ledger(read_only=True)
    try:
        archive = store.archive(journal)
        yield _durable(lived)
        if lived.drawn.wall:
            yield from judge_on_the_wall(lived, journal, archive, ledger)
        else:
            yield from _played_back(lived, journal, archive, ledger)
        for line in (POLLED, SENT):
            yield _believed(archive, line)
        yield _journal_again(lived, journal, archive, ledger)
        yield check_ledger(site, ledger)
        if lived.influx:
            kept = (block for line in (POLLED, SENT) for block in archive.stream(line, 0, NEVER))
            yield check_influx(lived.influx, DATABASE, sum(_good(block.value) for block in kept))
    finally:
        ledger.close()
        journal.close()


def _played_back(
    lived: Lived, journal: SqliteJournal, archive: ParquetArchive, ledger: Ledger
) -> Iterator[Finding]:
    """Every sample is there, as it was shown."""
    truth = lived.drawn.truth()
    yield _books(journal, archive, {line: len(block) for line, block in truth.items()})
    for line, block in truth.items():
        yield check_archive(lived.site, journal, line, block)
        yield check_decisions(lived.site, journal, ledger, line, block)
    for line, recording in ((POLLED, lived.polled), (SENT, lived.sent)):
        yield _deviations(ledger, line, recording)


def _good(values: object) -> int:
    return sum(1 for value in values if not math.isnan(value))  # type: ignore[attr-defined]


def _durable(lived: Lived) -> Finding:
    """What was durable before a kill is there, byte for byte."""
    now = digests(lived.site.data / "journal.db")
    gone = [position for position, digest in lived.kept.items() if now.get(position) != digest]
    return f"journal: {len(lived.kept)} blocks seen before a kill, {len(gone)} gone or changed", not gone


def _books(journal: SqliteJournal, archive: ParquetArchive, sent: dict[str, int]) -> Finding:
    """The books balance, of the site and of each source, and say what the truth says."""
    total, by_source = journal.books(), journal.books_by_source()
    holds = all(each.balance == 0 and each.quarantined == 0 for each in (total, *by_source.values()))
    for source, line in (("device", POLLED), ("logger", SENT)):
        each = by_source[source]
        kept = sum(len(block) for block in archive.stream(line, 0, NEVER))
        holds = holds and each.stored + each.waiting == kept == sent[line]
    return f"books: {total}, by source {by_source}", holds


def _believed(archive: ParquetArchive, line: str) -> Finding:
    """A reading without a value is bad, one with a value is not."""
    wrong = 0
    for block in archive.stream(line, 0, NEVER):
        wrong += sum(
            1
            for value, quality in zip(block.value.tolist(), block.quality.tolist(), strict=True)
            if math.isnan(value) != (quality == 2)
        )
    return f"quality: {wrong} readings of {line} say another than their value", wrong == 0


def _deviations(ledger: Ledger, line: str, recording: Recording) -> Finding:
    """The deviations are the excursions of the truth."""
    found: list[tuple[int, int | None]] = [
        (parse_time(span["from"]), parse_time(span["to"]) if span["to"] else None)
        for (of, _, limit, _), spans in effective(verdicts(ledger)).items()
        for span in spans
        if of == line and limit == "warm" and span["verdict"] == "deviation"
    ]
    meant = excursions(recording)
    said = f"deviations of {line}: {_spans(found)}; in truth {_spans(meant)}"
    return said, found == meant


def _spans(spans: list[tuple[int, int | None]]) -> str:
    return ", ".join(f"{_time(start)} to {_time(end)}" for start, end in spans) or "none"


def _time(moment: int | None) -> str:
    return (
        "now" if moment is None else datetime.fromtimestamp(moment / 1e9, UTC).isoformat(timespec="minutes")
    )


def _journal_again(lived: Lived, journal: SqliteJournal, archive: ParquetArchive, ledger: Ledger) -> Finding:
    """A clerk that hears the journal for the first time, without a kill, writes the same records, byte for byte."""
    path = lived.site.path.parent / "again.db"
    again = Ledger(path)
    try:
        clerk = Clerk(lived.site.file.site, again, Heard(journal), archive)  # type: ignore[arg-type]
        clerk.resume()
        while clerk.work(0):
            pass
        one, other = _records(ledger), _records(again)
    finally:
        again.close()
    same = one == other
    said = (
        f"replay of the journal: {len(other)} records of {len(one)}, {'the same bytes' if same else 'OTHERS'}"
    )
    if not same:
        differs = next((pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]), None)
        said += f"\n    first difference: {differs}"
    return said, same


def _records(ledger: Ledger) -> list[tuple[int, str, str, bytes]]:
    found, after = [], 0
    while page := ledger.read(after):
        after = page[-1].seq
        found += [(each.at, each.kind, each.line, each.body) for each in page if each.kind != _SEALED]
    return found
