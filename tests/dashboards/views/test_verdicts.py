"""Verdict timelines kept up to date record by record."""

from __future__ import annotations

from typing import Any

from dashboards.views.verdicts import CameTo, VerdictFold
from ledger.timelines import effective
from readings.times import DAY, HOUR, MINUTE, format_time, parse_time

START = parse_time("2026-12-01T00:00:00+08:00")
KEY = ("cold-3", "CCP1", "air", "CS1")


def folded(written: Any, **more: Any) -> VerdictFold:
    fold = VerdictFold(**more)
    for record in written.ledger.read(limit=10_000):
        fold.take(record)
    return fold


def told(fold: VerdictFold) -> list[tuple[str, int, int | None]]:
    return [(span.verdict, span.start, span.end) for span in fold.spans.get(KEY, [])]


def by_the_ledger(written: Any) -> list[tuple[str, int, int | None]]:
    records = [(record.line, record.content) for record in written.ledger.read(limit=10_000)]
    return [
        (span["verdict"], parse_time(span["from"]), None if span["to"] is None else parse_time(span["to"]))
        for span in effective(records)[KEY]
    ]


def test_spans_are_those_of_the_ledger(written: Any) -> None:
    """Record by record gives what reading the whole ledger gives, revisions included."""
    written.verdict("ok", 0)
    written.verdict("deviation", 10)
    written.verdict("ok", 20)
    written.verdict("indeterminate", 30)
    gone = [{"from": format_time(START + 20 * MINUTE), "now": "deviation"}]
    written.verdict("ok", 25, supersedes=gone, revision=1)
    assert told(folded(written)) == by_the_ledger(written)
    assert [verdict for verdict, _, _ in told(folded(written))] == ["ok", "deviation", "ok"]


def test_the_worst_of_a_span_is_known_when_it_is_over(written: Any) -> None:
    """Until then it is what was known when it was decided."""
    written.verdict("ok", 0, worst="-20.0")
    written.verdict("deviation", 10, worst="-14.0", worst_before="-15.1")
    spans = folded(written).spans[KEY]
    assert [span.worst for span in spans] == [-15.1, -14.0]


def test_what_a_cycle_came_to_is_that_of_the_whole_cycle_once_it_is_over(written: Any) -> None:
    """Before it is what was known at the decision; a record without it takes nothing away."""
    reached = {"low": "6.0", "best": "6.1", "high": "6.3", "unit": "min"}
    written.verdict("starting", 0, worst=None)
    written.verdict("ok", 0, integral=reached, revision=1, supersedes=[])
    (span,) = folded(written).spans[KEY]
    assert span.came_to == CameTo(6.0, 6.1, 6.3, "min")
    assert span.came_to.body == reached
    written.verdict("suspended", 10, worst=None, integral_before=reached | {"low": "33.2", "high": "33.9"})
    over, after = folded(written).spans[KEY]
    assert over.came_to == CameTo(33.2, 6.1, 33.9, "min")
    assert after.came_to is None
    written.verdict("starting", 20, worst=None)
    written.verdict("suspended", 10, revision=1, supersedes=[])
    assert folded(written).spans[KEY][0].came_to == over.came_to


def test_only_what_reaches_into_a_period_is_given(written: Any) -> None:
    """A span that ended before it, or begins after it, is not of it."""
    for minute in range(0, 100, 10):
        written.verdict("ok" if minute % 20 else "deviation", minute)
    found = folded(written).between(KEY, START + 25 * MINUTE, START + 45 * MINUTE)
    assert [(span.start - START) // MINUTE for span in found] == [20, 30, 40]


def test_old_spans_are_forgotten_and_the_open_one_never(written: Any) -> None:
    """A server that runs for years does not grow; a limit that has held for a year is still known to hold."""
    for hour in range(300):
        written.verdict("ok" if hour % 2 else "deviation", hour * 60)
    fold = folded(written, keep=DAY)
    spans = fold.spans[KEY]
    assert len(spans) < 100
    assert spans[-1].end is None
    assert spans[-1].start == START + 299 * HOUR
