"""What must hold of gaps on the wall clock, held against the readings themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.chaos.drawn import POLLED, SENT, SENT_STEP
from benchmarks.chaos.heard import Heard
from benchmarks.chaos.rows import OUT_OF_REACH, UNREAD, Row, disturbed
from benchmarks.chaos.world import Lived
from benchmarks.soak_checks import Finding
from haccpline.keeping import expected_of
from ingest.archive import ParquetArchive
from ingest.completeness import Completeness
from ingest.completeness_reader import CompletenessReader
from ingest.gaps import Gap, longest
from ingest.journal import SqliteJournal
from readings.quality import REASON_TEXT
from readings.times import NEVER, SECOND


def gaps_hold(
    lived: Lived, journal: SqliteJournal, archive: ParquetArchive, rows: dict[str, list[Row]]
) -> Iterator[Finding]:
    """Each stretch without a usable reading is a gap with a cause, and there is no other; counted again it is the same."""
    once = _completeness(lived, journal, archive, lived.site.data / "completeness.db")
    again = _completeness(lived, journal, archive, lived.site.path.parent / "completeness-again.db")
    for line, found in once.items():
        times = [row.time for row in rows[line] if row.quality == 0]
        widest = longest(SENT_STEP)
        wide = [(one, other) for one, other in pairwise(times) if other - one > widest]
        bare = [
            (start, end)
            for start, end in wide
            if not any(
                gap.start <= start and (gap.end is None or gap.end >= end) and gap.cause for gap in found
            )
        ]
        more = [
            gap
            for gap in found
            if gap.end is not None
            and gap.start >= times[0]
            and not any(gap.start <= start < gap.end for start, _ in wide)
        ]
        yield (
            f"{line}: {len(wide)} stretches, {len(bare)} without a gap {bare[:2]}, {len(more)} gaps of none {more[:2]}",
            not bare and not more,
        )
        other = again[line]
        yield (
            f"{line}: {len(found)} gaps, counted again {len(other)}",
            _spans_of(found) == _spans_of(other),
        )
    named = {REASON_TEXT[each] for each in UNREAD}
    wrong = [
        gap
        for kind, start, end in lived.spans
        if kind in OUT_OF_REACH and end - start > 2 * SECOND and not disturbed(lived, start, end)
        for gap in once[POLLED]
        if gap.start < start + SECOND and gap.end is not None and gap.end >= end and gap.cause not in named
    ]
    yield f"outages: {len(wrong)} gaps that do not say what came of the questions {wrong[:2]}", not wrong


def _spans_of(gaps: Sequence[Gap]) -> list[tuple[int, int | None]]:
    """From when to when; gaps that touch are one."""
    found: list[tuple[int, int | None]] = []
    for gap in gaps:
        if found and found[-1][1] == gap.start:
            found[-1] = (found[-1][0], gap.end)
        else:
            found.append((gap.start, gap.end))
    return found


def _completeness(
    lived: Lived, journal: SqliteJournal, archive: ParquetArchive, path: Path
) -> dict[str, list[Gap]]:
    """The gaps of each line, once all of the journal is counted."""
    store = Completeness(path, read_only=False)
    try:
        reader = CompletenessReader(store, Heard(journal), archive, expected_of(lived.site))  # type: ignore[arg-type]
        while reader.work():
            pass
        found: dict[str, list[Gap]] = {POLLED: [], SENT: []}
        for series, gap in store.gaps(0, NEVER):
            found[series.line].append(gap)
    finally:
        store.close()
    return found
