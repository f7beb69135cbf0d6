"""What must hold of verdicts on the wall clock, by plain comparisons with the readings: nothing here knows the engine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from benchmarks.chaos.drawn import CLEARS, LIMIT, LOSS_AFTER, POLLED, SILENT_AFTER
from benchmarks.chaos.rows import OUT_OF_REACH, Row, disturbed
from benchmarks.chaos.world import Lived
from benchmarks.soak_checks import Finding, verdicts
from ledger.store import Ledger
from ledger.timelines import effective
from readings.times import ALWAYS, SECOND, format_time, parse_time

_SAID_IN = 4 * SECOND  # beyond what the plan says, until it must be known: the machine may be busy
_WARM = "warm"


def spans_of(ledger: Ledger, line: str) -> list[dict[str, Any]]:
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


def never_ok(line: str, usable: Sequence[Row], spans: Sequence[dict[str, Any]], now: int) -> Finding:
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


def limit_holds(line: str, usable: Sequence[Row], spans: Sequence[dict[str, Any]]) -> Finding:
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


def said_in_time(lived: Lived, ledger: Ledger) -> Finding:
    """An outage that lasts is known while it lasts, and a monitoring loss when the plan's patience is over.

    One that begins while nothing can be read anyway is known from before.
    """
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
        if kind not in OUT_OF_REACH or disturbed(lived, start, end):
            continue
        before = [verdict for known, verdict in told if known <= start]
        since = ALWAYS if before and before[-1] == "indeterminate" else start
        judged += end - start > SILENT_AFTER + _SAID_IN
        if end - start > SILENT_AFTER + _SAID_IN and not any(
            since < known <= end and verdict == "indeterminate" for known, verdict in told
        ):
            wrong.append(f"{kind} from {format_time(start)} was not known by {format_time(end)}")
        if end - start > LOSS_AFTER + _SAID_IN and not any(since < known <= end for known in cases):
            wrong.append(f"{kind} from {format_time(start)}: no case by {format_time(end)}")
    return f"{judged} long outages, {len(wrong)} not told in time {wrong[:3]}", not wrong
