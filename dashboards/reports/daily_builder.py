"""From the ledger to a daily record. Pure: what the archive says is handed to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.reports.daily import (
    JUDGED,
    VERDICTS,
    CaseDay,
    CycleDay,
    DailyRecord,
    EventDay,
    Extreme,
    GapDay,
    LimitDay,
    NoticeDay,
    SignedDay,
    StartDay,
    UnrecordedDay,
)
from dashboards.reports.days import Day, Reach, Timeline, clipped
from dashboards.reports.errors import ReportError
from dashboards.reports.facts import (
    CameToFact,
    Firm,
    InstrumentFact,
    names_of,
    seconds_text,
)
from dashboards.reports.measured import Interval, Reading
from dashboards.reports.past import Past
from dashboards.views.cases import CaseView
from dashboards.views.site import SiteView
from dashboards.views.verdicts import VerdictSpan
from ledger.timelines import Key
from readings.times import format_time
from rules.cycle_course import UNDER_WAY
from rules.nights import RESTS
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
    reach: Reach,
    timelines: list[Timeline],
    readings: Mapping[Key, DayReadings],
    unrecorded: Sequence[Interval] = (),
) -> DailyRecord:
    """The record of a line's day.

    Args:
        line: its id.
        day: of the site.
        past: the ledger.
        site: for firm and time zone.
        reach: how far it is decided and recorded.
        timelines: of `timelines_of`.
        readings: what the archive says, by timeline.
        unrecorded: spans without one reading of the line, of what is decided.

    Raises:
        ReportError: the day has not begun.
    """
    if reach.passed <= day.start:
        raise ReportError(
            f"{day.date} has not begun; the record of {line} goes to {format_time(reach.known)}"
        )
    plan = plan_of_day(past, line, timelines)
    seen = max(day.start, min(reach.decided, day.end))
    dark = _dark(unrecorded, day, reach)
    events = _events(past, line, day, seen)
    cases = [
        case
        for case in past.cases.cases.values()
        if case.case.line == line
        and case.opened_at < day.end
        and (case.closed_at is None or case.closed_at >= day.start)
    ]
    limits = [
        _limit(each, day, reach, unrecorded, readings.get(each.key, DayReadings())) for each in timelines
    ]
    gaps = [gap for each in timelines for gap in _gaps(each, day, seen)]
    instruments = _instruments(timelines, day)
    records = sorted(
        {span.seq for each in timelines for span in each.spans} | {seq for case in cases for seq in case.seqs}
    )
    return DailyRecord(
        id=f"{site.id}-{line}-{day.date}",
        site=site.id,
        site_name=dict(site.name),
        timezone=site.timezone,
        day=day.date,
        start=format_time(day.start),
        end=format_time(day.end),
        as_of=format_time(min(reach.decided, day.end)),
        complete=reach.decided >= day.end,
        marked=names_of(plan.marked),
        firm=Firm.of(site.enterprise),
        line=line,
        line_name=dict(plan.name),
        plans=sorted({span.plan for each in timelines for span in each.spans}),
        limits=limits,
        unrecorded=[
            UnrecordedDay(start=format_time(start), end=format_time(end), seconds=seconds_text(end - start))
            for start, end in dark
        ],
        gaps=gaps,
        events=events,
        cases=[_case(case, day) for case in cases],
        signed=_signed(past, line, day),
        starts=_starts(past, line, day, seen),
        notices=_notices(past, line, day),
        instruments=instruments,
        findings=_findings(
            limits,
            gaps,
            events,
            cases,
            instruments,
            dark=_unexpected(dark, timelines, day, reach.decided),
            pending=_pending(day, reach),
        ),
        records=records,
        checkpoint=past.checkpoint(records[-1]) if records else None,
    )


def plan_of_day(past: Past, line: str, timelines: list[Timeline]) -> Plan:
    """The plan that judged last on a day; where none did, the one that is in force.

    Raises:
        ReportError: this release cannot read it.
    """
    hash_ = timelines[-1].spans[-1].plan if timelines else past.plans.force[line]
    plan = past.plans.plan(hash_)
    if plan is None:
        raise ReportError(f"plan {hash_[:12]} cannot be read by this release")
    return plan


def _dark(unrecorded: Sequence[Interval], day: Day, reach: Reach) -> list[Interval]:
    """What was not recorded, the end of the day too where the record does not reach so far and time does."""
    found = list(unrecorded)
    start, end = max(min(reach.known, day.end), day.start), min(reach.passed, day.end)
    if start < end and found and found[-1][1] == start:
        found[-1] = (found[-1][0], end)
    elif start < end:
        found.append((start, end))
    return found


def _pending(day: Day, reach: Reach) -> dict[str, int]:
    """What of the day is recorded and not decided, and what is still to come, ns."""
    ends = [max(day.start, min(each, day.end)) for each in (reach.decided, reach.known, reach.passed)]
    return {"undecided": ends[1] - ends[0], "to_come": day.end - ends[2]}


def _limit(
    timeline: Timeline, day: Day, reach: Reach, unrecorded: Sequence[Interval], read: DayReadings
) -> LimitDay:
    """Nothing but a deviation or a gap is credited to time in which nothing was recorded."""
    held = dict.fromkeys(VERDICTS, 0)
    for span in timeline.spans:
        start, end = clipped(span, day, reach.decided)
        lasted = max(end - start, 0)
        if span.verdict not in ("deviation", "indeterminate") and not rests(span):
            lasted -= sum(max(min(b, end) - max(a, start), 0) for a, b in unrecorded)
        held[span.verdict] = held.get(span.verdict, 0) + lasted
    held |= _pending(day, reach)
    held["not_recorded"] = day.end - day.start - sum(held.values())
    return LimitDay(
        limit=timeline.fact,
        unit=timeline.key[3],
        seconds={verdict: seconds_text(ns) for verdict, ns in held.items()},
        lowest=_extreme(read.lowest),
        highest=_extreme(read.highest),
        worse=timeline.worse,
        cycles=_cycles(timeline) if timeline.fact.per_cycle else [],
        readings=read.readings,
        unusable=read.unusable,
    )


def _cycles(timeline: Timeline) -> list[CycleDay]:
    """Each cycle once: parts of it in which evidence was missing stand among the gaps."""
    return [
        CycleDay(
            start=format_time(span.start),
            end=None if span.end is None else format_time(span.end),
            verdict=span.verdict,
            came_to=CameToFact.of(span.came_to, over=span.end is not None) if span.came_to else None,
            reason=span.reason,
        )
        for span in timeline.spans
        if span.came_to is not None or span.verdict in JUDGED or span.reason == UNDER_WAY
    ]


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


def _notices(past: Past, line: str, day: Day) -> list[NoticeDay]:
    """Also those of a silence, which is told before it is a case, and may become none."""
    of_case = {event.id: case.id for case in past.cases.cases.values() for event in case.events}
    return [
        NoticeDay(
            at=format_time(at),
            case=str(body["case"]) or of_case.get(str(body["event"])),
            to=str(body["to"]),
            channel=str(body["channel"]),
            delivered=bool(body["delivered"]),
        )
        for at, of_line, body in past.notices
        if of_line == line and day.start <= at < day.end
    ]


def _signed(past: Past, line: str, day: Day) -> list[SignedDay]:
    return [
        SignedDay(
            at=format_time(each.at),
            step="end" if each.ended else "begin",
            who=each.who,
            name=each.name,
            role=each.role,
        )
        for of_line, each in past.signed
        if of_line == line and day.start <= each.at < day.end
    ]


def _starts(past: Past, line: str, day: Day, seen: int) -> list[StartDay]:
    return [
        StartDay(
            unit=each.unit,
            start=format_time(each.start),
            end=None if each.end is None else format_time(each.end),
            product="hold" if each.product == "hold" else "divert",
            lots=list(each.lots),
        )
        for (of_line, _, _), each in sorted(past.starts.items())
        if of_line == line and each.start < min(day.end, seen) and (each.end is None or each.end > day.start)
    ]


def rests(span: VerdictSpan) -> bool:
    """Whether a span is one in which it was shown that nothing is made: nothing need be recorded in it."""
    return span.verdict == "suspended" and span.reason.startswith(RESTS)


def _unexpected(dark: Sequence[Interval], timelines: list[Timeline], day: Day, until: int) -> bool:
    """Whether anything that was not recorded lies outside the time in which every limit was at rest."""
    for start, end in dark:
        for each in timelines:
            spans = [clipped(span, day, until) for span in each.spans if rests(span)]
            if sum(max(min(b, end) - max(a, start), 0) for a, b in spans) < end - start:
                return True
    return bool(dark) and not timelines


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
    dark: bool,
    pending: Mapping[str, int],
) -> list[str]:
    """What is not in order, gravest first. Missing evidence is never in order."""
    found = list(dict.fromkeys(each.kind for each in sorted(events, key=lambda event: event.kind)))
    if gaps:
        found.append("gap")
    if not limits or dark or any(each.seconds["not_recorded"] != "0" for each in limits):
        found.append("not_recorded")
    if any(each.seconds["operating"] != "0" for each in limits):
        found.append("operating")
    if any(not case.case.over for case in cases):
        found.append("open_case")
    standings = {each.standing for each in instruments}
    found += [f"calibration_{standing}" for standing in ("overdue", "unknown") if standing in standings]
    return found + [name for name, lasts in pending.items() if lasts]
