"""From the ledger to a daily record. Pure: what the archive says is handed to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.reports.daily import (
    VERDICTS,
    CaseDay,
    DailyRecord,
    EventDay,
    Extreme,
    GapDay,
    LimitDay,
    NoticeDay,
)
from dashboards.reports.days import Day, Timeline, clipped
from dashboards.reports.errors import ReportError
from dashboards.reports.facts import (
    Firm,
    InstrumentFact,
    checkpoint_over,
    names_of,
    seconds_text,
)
from dashboards.reports.measured import Reading
from dashboards.reports.past import Past
from dashboards.views.cases import CaseView
from dashboards.views.site import SiteView
from ledger.timelines import Key
from readings.times import format_time
from rules.plan import Plan


@dataclass(frozen=True, slots=True)
class DayReadings:
    """What the archive says of one limit and unit on a day: counts, and the extremes while it was judged."""

    readings: int = 0
    unusable: int = 0
    lowest: Reading | None = None
    highest: Reading | None = None


def daily_record(  # noqa: PLR0913 - what a daily record is made of
    line: str,
    day: Day,
    *,
    past: Past,
    site: SiteView,
    until: int,
    timelines: list[Timeline],
    readings: Mapping[Key, DayReadings],
) -> DailyRecord:
    """The record of a line's day.

    Args:
        line: its id.
        day: of the site.
        past: the ledger.
        site: for firm and time zone.
        until: how far time has come, ns UTC.
        timelines: of `timelines_of`.
        readings: what the archive says, by timeline.

    Raises:
        ReportError: the day has not begun.
    """
    if until <= day.start:
        raise ReportError(f"{day.date} has not begun; the record of {line} goes to {format_time(until)}")
    plan = _plan(past, line, timelines)
    seen = min(until, day.end)
    events = _events(past, line, day, seen)
    cases = [
        case
        for case in past.cases.cases.values()
        if case.case.line == line
        and case.opened_at < day.end
        and (case.closed_at is None or case.closed_at >= day.start)
    ]
    limits = [_limit(each, day, seen, readings.get(each.key, DayReadings())) for each in timelines]
    gaps = [gap for each in timelines for gap in _gaps(each, day, seen)]
    instruments = _instruments(timelines, day)
    records = sorted(
        {span.seq for each in timelines for span in each.spans} | {seq for case in cases for seq in case.seqs}
    )
    complete = until >= day.end
    return DailyRecord(
        id=f"{site.id}-{line}-{day.date}",
        site=site.id,
        site_name=dict(site.name),
        timezone=site.timezone,
        day=day.date,
        start=format_time(day.start),
        end=format_time(day.end),
        as_of=format_time(seen),
        complete=complete,
        marked=names_of(plan.marked),
        firm=Firm.of(site.enterprise),
        line=line,
        line_name=dict(plan.name),
        plans=sorted({span.plan for each in timelines for span in each.spans}),
        limits=limits,
        gaps=gaps,
        events=events,
        cases=[_case(case, day) for case in cases],
        notices=_notices(cases, day),
        instruments=instruments,
        findings=_findings(limits, gaps, events, cases, instruments, complete=complete),
        records=records,
        checkpoint=checkpoint_over(past.notes, records[-1]) if records else None,
    )


def _plan(past: Past, line: str, timelines: list[Timeline]) -> Plan:
    hash_ = timelines[-1].spans[-1].plan if timelines else past.plans.force[line]
    plan = past.plans.plan(hash_)
    if plan is None:
        raise ReportError(f"plan {hash_[:12]} cannot be read by this release")
    return plan


def _limit(timeline: Timeline, day: Day, seen: int, read: DayReadings) -> LimitDay:
    held = dict.fromkeys(VERDICTS, 0)
    for span in timeline.spans:
        start, end = clipped(span, day, seen)
        held[span.verdict] = held.get(span.verdict, 0) + max(end - start, 0)
    held["to_come"] = day.end - seen
    held["not_recorded"] = day.end - day.start - sum(held.values())
    return LimitDay(
        limit=timeline.fact,
        unit=timeline.key[3],
        seconds={verdict: seconds_text(ns) for verdict, ns in held.items()},
        lowest=_extreme(read.lowest),
        highest=_extreme(read.highest),
        worse=timeline.worse,
        readings=read.readings,
        unusable=read.unusable,
    )


def _extreme(reading: Reading | None) -> Extreme | None:
    if reading is None:
        return None
    return Extreme(value=repr(reading.value), at=format_time(reading.time), series=str(reading.series))


def _gaps(timeline: Timeline, day: Day, seen: int) -> list[GapDay]:
    found = []
    for span in timeline.spans:
        start, end = clipped(span, day, seen)
        if span.verdict == "indeterminate" and end > start:
            found.append(
                GapDay(
                    ccp=timeline.key[1],
                    limit=timeline.key[2],
                    unit=timeline.key[3],
                    start=format_time(span.start),
                    end=None if span.end is None else format_time(span.end),
                    seconds=seconds_text(end - start),
                    reason=span.reason,
                )
            )
    return found


def _events(past: Past, line: str, day: Day, seen: int) -> list[EventDay]:
    of_case = {event.id: case.id for case in past.cases.cases.values() for event in case.events}
    return [
        EventDay(
            id=event.id,
            kind=event.kind,
            ccp=event.ccp,
            limit=event.limit,
            unit=event.unit,
            start=format_time(event.start),
            end=None if event.end is None else format_time(event.end),
            worst=None if event.worst is None else repr(event.worst),
            lots=list(event.lots),
            case=of_case.get(event.id),
        )
        for event in past.cases.events.values()
        if event.line == line
        and not event.withdrawn
        and event.start < min(day.end, seen)
        and (event.end is None or event.end > day.start)
    ]


def _case(case: CaseView, day: Day) -> CaseDay:
    return CaseDay(
        id=case.id,
        ccp=case.case.ccp,
        unit=case.case.unit,
        kinds=list(case.case.kinds),
        opened=format_time(case.opened_at),
        closed=None if case.closed_at is None else format_time(case.closed_at),
        stage=str(case.case.stage),
        done=[each.action for each in case.acts if day.start <= each.at < day.end],
    )


def _notices(cases: list[CaseView], day: Day) -> list[NoticeDay]:
    return [
        NoticeDay(
            at=format_time(each["at"]),
            case=case.id,
            to=str(each.get("to", "")),
            channel=str(each.get("channel", "")),
            delivered=bool(each.get("delivered")),
        )
        for case in cases
        for each in case.notices
        if day.start <= each["at"] < day.end
    ]


def _instruments(timelines: list[Timeline], day: Day) -> list[InstrumentFact]:
    found: dict[tuple[str, str | None], InstrumentFact] = {}
    for each in timelines:
        for said in each.spans[-1].sensors:
            fact = InstrumentFact.of(said, day.date)
            found[fact.series, fact.id] = fact
    return [found[key] for key in sorted(found, key=str)]


def _findings(  # noqa: PLR0913 - everything that may be found
    limits: list[LimitDay],
    gaps: list[GapDay],
    events: list[EventDay],
    cases: list[CaseView],
    instruments: list[InstrumentFact],
    *,
    complete: bool,
) -> list[str]:
    """What is not in order, gravest first. Missing evidence is never in order."""
    found = list(dict.fromkeys(each.kind for each in sorted(events, key=lambda event: event.kind)))
    if gaps:
        found.append("gap")
    if not limits or any(each.seconds["not_recorded"] != "0" for each in limits):
        found.append("not_recorded")
    if any(each.seconds["operating"] != "0" for each in limits):
        found.append("operating")
    if any(not case.case.over for case in cases):
        found.append("open_case")
    standings = {each.standing for each in instruments}
    found += [f"calibration_{standing}" for standing in ("overdue", "unknown") if standing in standings]
    if not complete:
        found.append("to_come")
    return found
