"""What must hold of a world that lived on the wall clock: what could not be read left a trace, and is nowhere ok.

The devices' truth is what each showed at every moment. Nothing here knows the engine, but for the replay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from benchmarks.chaos.drawn import (
    CLEARS,
    LIMIT,
    LOSS_AFTER,
    POLLED,
    SENT,
    SENT_STEP,
    SILENT_AFTER,
    TIMEOUT,
)
from benchmarks.chaos.heard import Heard
from benchmarks.chaos.world import Lived
from benchmarks.soak_checks import Finding, check_decisions, verdicts
from haccpline.keeping import expected_of
from ingest.archive import ParquetArchive
from ingest.completeness import Completeness
from ingest.completeness_reader import CompletenessReader
from ingest.journal import SqliteJournal
from ledger.store import Ledger
from ledger.timelines import effective
from readings.block import join
from readings.quality import REASON_TEXT, Reason
from readings.times import MS, NEVER, SECOND, format_time, parse_time
from simulators.recording import Recording

_UNREAD = frozenset({Reason.NO_ANSWER, Reason.NOT_CONNECTED, Reason.GARBLED, Reason.WRONG_LENGTH})
_HELD_UP = SECOND // 2  # by which a busy machine may hear an answer late
_TIMEOUT = int(TIMEOUT * SECOND)
_HOLE = SECOND  # without any reading, good or bad, while record runs
_SAID_IN = 5 * SECOND // 2  # beyond what the plan says, until it must be known
_WARM = "warm"


class Row(NamedTuple):
    """A reading as it is kept."""

    time: int
    value: float
    quality: int
    reason: int
    received: int
    seq: int


def judge_on_the_wall(
    lived: Lived, journal: SqliteJournal, archive: ParquetArchive, ledger: Ledger
) -> Iterator[Finding]:
    """Everything that must hold of such a world, one after the other."""
    rows = {line: _rows(archive, line) for line in (POLLED, SENT)}
    yield _books(journal, rows)
    yield _once(rows[POLLED])
    yield _shown(lived.polled, rows[POLLED])
    yield _out_of_reach(lived, rows[POLLED])
    yield _traced(lived, rows[POLLED])
    yield _kept(lived, rows[SENT])
    for line in (POLLED, SENT):
        usable = [row for row in rows[line] if row.quality == 0]
        spans = _spans(ledger, line)
        yield _never_ok(line, usable, spans, journal.tick() or 0)
        yield _limit(line, usable, spans)
        yield check_decisions(lived.site, journal, ledger, line, join(list(archive.stream(line, 0, NEVER))))
    yield _said(lived, ledger)
    yield from _gaps(lived, journal, archive, rows)


def _rows(archive: ParquetArchive, line: str) -> list[Row]:
    found = []
    for block in archive.stream(line, 0, NEVER):
        columns = (block.time, block.value, block.quality, block.reason, block.received, block.seq)
        found += [Row(*row) for row in zip(*(each.tolist() for each in columns), strict=True)]
    return sorted(found)


def _spans(ledger: Ledger, line: str) -> list[dict[str, Any]]:
    """What is in force of the line's limit, in order of time."""
    found = effective(verdicts(ledger))
    return next(spans for (of, _, limit, _), spans in found.items() if of == line and limit == _WARM)


def _over(spans: Sequence[dict[str, Any]], start: int, end: int) -> set[str]:
    """The verdicts that hold somewhere between two moments."""
    return {
        span["verdict"]
        for span in spans
        if parse_time(span["from"]) < end and (span["to"] is None or parse_time(span["to"]) > start)
    }


# -- readings ---------------------------------------------------------------------------------------------------------


def _books(journal: SqliteJournal, rows: dict[str, list[Row]]) -> Finding:
    """The books balance, of the site and of each source, and say what the archive has."""
    total, by_source = journal.books(), journal.books_by_source()
    holds = all(each.balance == 0 and each.quarantined == 0 for each in (total, *by_source.values()))
    for source, line in (("device", POLLED), ("logger", SENT)):
        each = by_source[source]
        holds = holds and each.stored + each.waiting == len(rows[line])
    return f"books: {total}, by source {by_source}", holds


def _once(rows: Sequence[Row]) -> Finding:
    """No moment has two readings."""
    twice = len(rows) - len({row.time for row in rows})
    return f"polled: {len(rows)} readings, {twice} of a time that another has", not twice


def _shown(truth: Recording, rows: Sequence[Row]) -> Finding:
    """A good reading is the sample that the device showed then, or when it was asked: no longer ago than the timeout."""
    starts, values = truth.time.tolist(), truth.values[:, 0].tolist()
    wrong = []
    for row in rows:
        if row.quality != 0:
            continue
        at = row.seq - 1
        since = starts[at] if at else 0
        until = starts[at + 1] if at + 1 < len(starts) else NEVER
        if row.value != values[at] or not since - MS <= row.time <= until + _TIMEOUT + _HELD_UP:
            wrong.append(row)
    good = sum(1 for row in rows if row.quality == 0)
    said = f"polled: {good} good readings, {len(wrong)} that the device did not show then {wrong[:3]}"
    return said, good > 0 and not wrong


def _out_of_reach(lived: Lived, rows: Sequence[Row]) -> Finding:
    """While nothing could be read there is no good reading, and bad ones say why."""
    wrong = []
    spans = [(kind, start, end) for kind, start, end in lived.spans if kind in ("wire", "device")]
    for kind, start, end in spans:
        inside = [row for row in rows if start + _TIMEOUT + _HELD_UP < row.time < end]
        wrong += [f"{kind}: {row} was read" for row in inside if row.quality == 0]
        wrong += [f"{kind}: {row}" for row in inside if row.reason not in _UNREAD]
        if end - start > 3 * _HOLE and not inside and not _disturbed(lived, start, end):
            wrong.append(f"{kind} {format_time(start)} to {format_time(end)}: no trace")
    return (
        f"{len(spans)} times nothing could be read; {len(wrong)} readings say otherwise {wrong[:3]}",
        not wrong,
    )


def _traced(lived: Lived, rows: Sequence[Row]) -> Finding:
    """Where there is no reading at all, not even a bad one, record was down or its disk full."""
    holes = [
        (one.time, other.time)
        for one, other in pairwise(rows)
        if other.time - one.time > _HOLE and not _disturbed(lived, one.time, other.time)
    ]
    told = ", ".join(f"{format_time(start)} to {format_time(end)}" for start, end in holes[:3])
    return f"polled: {len(holes)} holes of more than a second while record ran {told}", not holes


def _disturbed(lived: Lived, start: int, end: int) -> bool:
    """Whether record was down, or its disk full, somewhere in a span."""
    return any(
        kind in ("record", "disk") and began < end and over > start - SECOND
        for kind, began, over in lived.spans
    )


def _kept(lived: Lived, rows: Sequence[Row]) -> Finding:
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


# -- verdicts ---------------------------------------------------------------------------------------------------------


def _never_ok(line: str, usable: Sequence[Row], spans: Sequence[dict[str, Any]], now: int) -> Finding:
    """Where nothing usable was read for longer than the plan's silence, nothing is ok; before the first neither."""
    times = [row.time for row in usable]
    silent = [
        (0, times[0]),
        *((one, other) for one, other in pairwise([*times, now]) if other - one > SILENT_AFTER),
    ]
    wrong = [
        f"{format_time(start)} to {format_time(end)}: {', '.join(sorted(found))}"
        for start, end in silent
        if (found := _over(spans, start, end)) != {"indeterminate"}
    ]
    return (
        f"{line}: {len(silent)} stretches without a usable reading, {len(wrong)} not indeterminate {wrong[:3]}",
        not wrong,
    )


def _limit(line: str, usable: Sequence[Row], spans: Sequence[dict[str, Any]]) -> Finding:
    """Two readings beyond the limit one after the other are never ok; a deviation begins where one was not within it."""
    wrong = [
        f"ok at {format_time(other.time)}: {one.value}, {other.value}"
        for one, other in pairwise(usable)
        if min(one.value, other.value) > LIMIT
        and other.time - one.time <= SILENT_AFTER
        and _over(spans, other.time, other.time + 1) & {"ok", "operating"}
    ]
    at = {row.time: row.value for row in usable}
    deviations = [span for span in spans if span["verdict"] == "deviation"]
    wrong += [
        f"a deviation from {span['from']}: {at.get(parse_time(span['from']))}"
        for span in deviations
        if at.get(parse_time(span["from"]), -99.0) <= CLEARS
    ]
    beyond = sum(1 for row in usable if row.value > LIMIT)
    return (
        f"{line}: {beyond} readings beyond the limit, {len(deviations)} deviations, {len(wrong)} wrong {wrong[:3]}",
        not wrong,
    )


def _said(lived: Lived, ledger: Ledger) -> Finding:
    """An outage that lasts is known while it lasts, and a monitoring loss when the plan's patience is over."""
    told = [(parse_time(body["known"]), body["verdict"]) for line, body in verdicts(ledger) if line == POLLED]
    cases = []
    after = 0
    while page := ledger.read(after):
        after = page[-1].seq
        cases += [
            parse_time(record.content["known"])
            for record in page
            if record.line == POLLED and record.kind in ("case.opened", "case.joined", "case.reactivated")
        ]
    wrong, judged = [], 0
    for kind, start, end in lived.spans:
        if kind not in ("wire", "device") or _disturbed(lived, start, end):
            continue
        judged += end - start > SILENT_AFTER + _SAID_IN
        if end - start > SILENT_AFTER + _SAID_IN and not any(
            start < known <= end and verdict == "indeterminate" for known, verdict in told
        ):
            wrong.append(f"{kind} from {format_time(start)} was not known by {format_time(end)}")
        if end - start > LOSS_AFTER + _SAID_IN and not any(start < known <= end for known in cases):
            wrong.append(f"{kind} from {format_time(start)}: no case by {format_time(end)}")
    return f"{judged} long outages, {len(wrong)} not told in time {wrong[:3]}", not wrong


# -- gaps -------------------------------------------------------------------------------------------------------------


def _gaps(
    lived: Lived, journal: SqliteJournal, archive: ParquetArchive, rows: dict[str, list[Row]]
) -> Iterator[Finding]:
    """Each stretch without a usable reading is a gap with a cause, and there is no other; counted again it is the same."""
    once = _completeness(lived, journal, archive, lived.site.data / "completeness.db")
    again = _completeness(lived, journal, archive, lived.site.path.parent / "completeness-again.db")
    for line, found in once.items():
        times = [row.time for row in rows[line] if row.quality == 0]
        longest = SENT_STEP + SENT_STEP // 2
        wide = [(one, other) for one, other in pairwise(times) if other - one > longest]
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
        yield f"{line}: {len(found)} gaps, counted again {len(other)}", _spans_of(found) == _spans_of(other)
    named = {REASON_TEXT[each] for each in _UNREAD}
    wrong = [
        gap
        for kind, start, end in lived.spans
        if kind in ("wire", "device") and end - start > 2 * SECOND and not _disturbed(lived, start, end)
        for gap in once[POLLED]
        if gap.start < start + SECOND and gap.end is not None and gap.end >= end and gap.cause not in named
    ]
    yield f"outages: {len(wrong)} gaps that do not say what came of the questions {wrong[:2]}", not wrong


def _spans_of(gaps: Sequence[Any]) -> list[tuple[int, int | None]]:
    return [(gap.start, gap.end) for gap in gaps]


def _completeness(
    lived: Lived, journal: SqliteJournal, archive: ParquetArchive, path: Any
) -> dict[str, list[Any]]:
    """The gaps of each line, once all of the journal is counted."""
    store = Completeness(path, read_only=False)
    try:
        reader = CompletenessReader(store, Heard(journal), archive, expected_of(lived.site))  # type: ignore[arg-type]
        while reader.work():
            pass
        found: dict[str, list[Any]] = {POLLED: [], SENT: []}
        for series, gap in store.gaps(0, NEVER):
            found[series.line].append(gap)
    finally:
        store.close()
    return found
