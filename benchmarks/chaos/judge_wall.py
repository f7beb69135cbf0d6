"""What must hold of a world that lived on the wall clock: what could not be read left a trace, and is nowhere ok.

The devices' truth is what each showed at every moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from benchmarks.chaos.drawn import POLLED, SENT, TIMEOUT
from benchmarks.chaos.rows import OUT_OF_REACH, UNREAD, Row, disturbed, rows_of
from benchmarks.chaos.wall_gaps import gaps_hold
from benchmarks.chaos.wall_verdicts import limit_holds, never_ok, said_in_time, spans_of
from benchmarks.chaos.world import Lived
from benchmarks.soak_checks import Finding, check_decisions
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ledger.store import Ledger
from readings.block import NO_SEQ, join
from readings.times import MS, NEVER, SECOND, format_time
from simulators.recording import Recording

_HELD_UP = SECOND // 2  # by which a busy machine may hear an answer late
_TIMEOUT = int(TIMEOUT * SECOND)
_HOLE = SECOND  # without any reading, good or bad, while record runs


def judge_on_the_wall(
    lived: Lived, journal: SqliteJournal, archive: ParquetArchive, ledger: Ledger
) -> Iterator[Finding]:
    """Everything that must hold of such a world, one after the other."""
    rows = {line: rows_of(archive, line) for line in (POLLED, SENT)}
    yield _books(journal, rows)
    yield once(rows[POLLED])
    yield shown(lived.polled, rows[POLLED])
    yield out_of_reach(lived, rows[POLLED])
    yield traced(lived, rows[POLLED])
    yield kept(lived, rows[SENT])
    for line in (POLLED, SENT):
        usable = [row for row in rows[line] if row.quality == 0]
        spans = spans_of(ledger, line)
        yield never_ok(line, usable, spans, journal.tick() or 0)
        yield limit_holds(line, usable, spans)
        yield check_decisions(lived.site, journal, ledger, line, join(list(archive.stream(line, 0, NEVER))))
    yield said_in_time(lived, ledger)
    yield from gaps_hold(lived, journal, archive, rows)


def _books(journal: SqliteJournal, rows: dict[str, list[Row]]) -> Finding:
    """The books balance, of the site and of each source, and say what the archive has."""
    total, by_source = journal.books(), journal.books_by_source()
    holds = all(each.balance == 0 and each.quarantined == 0 for each in (total, *by_source.values()))
    for source, line in (("device", POLLED), ("logger", SENT)):
        each = by_source[source]
        holds = holds and each.stored + each.waiting == len(rows[line])
    return f"books: {total}, by source {by_source}", holds


def once(rows: Sequence[Row]) -> Finding:
    """No moment has two readings."""
    twice = len(rows) - len({row.time for row in rows})
    return f"polled: {len(rows)} readings, {twice} of a time that another has", not twice


def shown(truth: Recording, rows: Sequence[Row]) -> Finding:
    """A good reading is what the device showed then, or when it was asked: no longer ago than the timeout."""
    starts, values = truth.time.tolist(), truth.values[:, 0].tolist()
    wrong = []
    for row in rows:
        if row.quality != 0:
            continue
        first = max(0, bisect_right(starts, row.time - _TIMEOUT - _HELD_UP) - 1)
        last = max(0, bisect_right(starts, row.time + MS) - 1)
        counted = row.seq == NO_SEQ or (first < row.seq <= last + 1 and row.value == values[row.seq - 1])
        if row.value not in values[first : last + 1] or not counted:
            wrong.append(row)
    good = sum(1 for row in rows if row.quality == 0)
    said = f"polled: {good} good readings, {len(wrong)} that the device did not show then {wrong[:3]}"
    return said, good > 0 and not wrong


def out_of_reach(lived: Lived, rows: Sequence[Row]) -> Finding:
    """While nothing could be read there is no good reading, and bad ones say why."""
    wrong = []
    spans = [(kind, start, end) for kind, start, end in lived.spans if kind in OUT_OF_REACH]
    for kind, start, end in spans:
        inside = [row for row in rows if start + _TIMEOUT + _HELD_UP < row.time < end]
        wrong += [f"{kind}: {row} was read" for row in inside if row.quality == 0]
        wrong += [f"{kind}: {row}" for row in inside if row.reason not in UNREAD]
        if end - start > 3 * _HOLE and not inside and not disturbed(lived, start, end):
            wrong.append(f"{kind} {format_time(start)} to {format_time(end)}: no trace")
    return (
        f"{len(spans)} times nothing could be read; {len(wrong)} readings say otherwise {wrong[:3]}",
        not wrong,
    )


def traced(lived: Lived, rows: Sequence[Row]) -> Finding:
    """Where there is no reading at all, not even a bad one, record was down or its disk full."""
    holes = [
        (one.time, other.time)
        for one, other in pairwise(rows)
        if other.time - one.time > _HOLE and not disturbed(lived, one.time, other.time)
    ]
    told = ", ".join(f"{format_time(start)} to {format_time(end)}" for start, end in holes[:3])
    return f"polled: {len(holes)} holes of more than a second while record ran {told}", not holes


def kept(lived: Lived, rows: Sequence[Row]) -> Finding:
    """Each message that was acknowledged is there, once; nothing is that was not measured."""
    truth = dict(
        zip(
            range(1, len(lived.sent) + 1),
            zip(lived.sent.time.tolist(), lived.sent.values[:, 0].tolist(), strict=True),
            strict=True,
        )
    )
    found = [row.seq for row in rows]
    lost = lived.acknowledged - set(found)
    twice = len(found) - len(set(found))
    # RFC 3339 as the device writes it, to the ms
    wrong = [row for row in rows if row.seq not in truth or truth[row.seq] != (row.time, row.value)]
    remembered = lived.drawn.forgets or lived.acknowledged == truth.keys()
    said = (
        f"sent: {len(truth)} measured, {len(lived.acknowledged)} acknowledged, {len(rows)} kept;"
        f" {len(lost)} lost, {twice} twice, {len(wrong)} wrong {wrong[:3]}"
    )
    return said, remembered and not lost and not twice and not wrong
