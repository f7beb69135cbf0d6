"""The days of a site, and what was judged on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dashboards.reports.daily import JUDGED
from dashboards.reports.errors import ReportError
from dashboards.reports.facts import LimitFact
from dashboards.reports.measured import Interval, upward
from dashboards.reports.past import Past
from dashboards.views.verdicts import VerdictSpan
from ledger.timelines import Key
from readings.times import MINUTE, SECOND, zone
from rules.plan import limits_of


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day of a site: its local date, begin and end in ns UTC; 23, 24 or 25 h long."""

    date: str
    start: int
    end: int


def day_of(text: str, timezone: str) -> Day:
    """The local day of `YYYY-MM-DD`.

    Raises:
        ReportError: no such day.
        TimeError: no such zone.
    """
    try:
        day = date.fromisoformat(text)
        nights = [
            datetime(each.year, each.month, each.day, tzinfo=zone(timezone))
            for each in (day, day + timedelta(days=1))
        ]
    except (ValueError, OverflowError) as error:
        raise ReportError(f"{text!r} is no day; write 2026-12-01") from error
    start, end = (int(each.astimezone(UTC).timestamp()) * SECOND for each in nights)
    return Day(day.isoformat(), start, end)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the record reaches, ns UTC.

    Attributes:
        decided: time had come so far in what the clerk heard.
        known: and so far in the journal; between the two it is recorded and not decided.
        now: wall clock, for what is not recorded any more and what is still to come; 0 where nobody asks.
    """

    decided: int
    known: int
    now: int = 0

    @property
    def passed(self) -> int:
        """How far time has come for certain: a moment behind the wall clock is no time that was not recorded."""
        return self.now if self.now - self.known > MINUTE else self.known


@dataclass(frozen=True, slots=True)
class Timeline:
    """A limit and unit of the day's plans, with the spans that reach into the day."""

    key: Key
    fact: LimitFact
    worse: str | None
    spans: tuple[VerdictSpan, ...]


def timelines_of(past: Past, line: str, day: Day) -> list[Timeline]:
    """What was judged on a line on a day, and what its last plan of that day would have judged.

    Raises:
        ReportError: a plan cannot be read by this release.
    """
    found = []
    for key in [key for key in past.verdicts.spans if key[0] == line]:
        spans = tuple(
            span
            for span in past.spans(key)
            if span.start < day.end and (span.end is None or span.end > day.start)
        )
        if spans:
            found.append(_timeline(past, key, spans))
    order = {"critical": 0, "criterion": 1, "supporting": 2, "operating": 3}
    return sorted(
        found, key=lambda each: (each.key[1], order.get(each.fact.rank, 3), each.key[2], each.key[3])
    )


def _timeline(past: Past, key: Key, spans: tuple[VerdictSpan, ...]) -> Timeline:
    plan = past.plans.plan(spans[-1].plan)
    if plan is None:
        raise ReportError(f"plan {spans[-1].plan[:12]} cannot be read by this release")
    for point, rank, limit in limits_of(plan):
        if (point.id, limit.id) == key[1:3]:
            greater = upward(limit) if limit.derived is None else None
            worse = None if greater is None else "highest" if greater else "lowest"
            return Timeline(key, LimitFact.of(plan, point, rank, limit), worse, spans)
    raise ReportError(f"plan {plan.plan} has no limit {key[1]}/{key[2]}")


def judged_spans(timeline: Timeline, day: Day, until: int) -> list[Interval]:
    """When on that day the limit was judged on readings; spans that touch are one."""
    found: list[Interval] = []
    for span in timeline.spans:
        start, end = clipped(span, day, until)
        if span.verdict not in JUDGED or start >= end:
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def clipped(span: VerdictSpan, day: Day, seen: int) -> Interval:
    """From when to when a span lies in the day, as far as time has come; empty where it does not."""
    end = seen if span.end is None else min(span.end, seen)
    return max(span.start, day.start), min(end, day.end)
