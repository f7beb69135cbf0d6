"""The reports a site can give: as data, as PDF, as a workbook. Slow: never on an event loop."""

from __future__ import annotations

import time
from typing import Any

from dashboards.language import Tongue
from dashboards.reports.daily import DailyRecord
from dashboards.reports.daily_builder import daily_record, plan_of_day
from dashboards.reports.daily_paper import daily_paper
from dashboards.reports.day_readings import day_readings
from dashboards.reports.days import day_of, timelines_of
from dashboards.reports.deviation import DeviationReport
from dashboards.reports.deviation_builder import deviation_report, limit_of, plan_of
from dashboards.reports.deviation_paper import deviation_paper
from dashboards.reports.errors import ReportError
from dashboards.reports.event_chart import event_chart
from dashboards.reports.measured import Measured, measure
from dashboards.reports.past import adopted, evidence_bodies
from dashboards.reports.sources import Sources, sources_of
from dashboards.reports.typeset import typeset
from dashboards.reports.unrecorded import unrecorded
from dashboards.reports.words import spoken
from dashboards.views.cases import EventView
from dashboards.views.site import SiteView
from readings.inputs import Series
from readings.times import parse_time


def deviation(site: SiteView, case: str) -> DeviationReport:
    """The deviation report of a case, as data.

    Raises:
        ReportError: there is no such case, or its plan cannot be read.
    """
    with sources_of(site, case=case) as sources:
        return _deviation(sources, case)[0]


def deviation_json(site: SiteView, case: str) -> bytes:
    """The deviation report of a case as JSON; the same bytes for the same records."""
    return as_json(deviation(site, case)).encode()


def deviation_pdf(site: SiteView, case: str, tongue: Tongue) -> bytes:
    """The deviation report of a case as PDF/A-3b, its JSON attached; the same bytes for the same records.

    Raises:
        ReportError: there is no such case, its plan cannot be read, or it cannot be typeset.
    """
    with sources_of(site, case=case) as sources:
        report, measured = _deviation(sources, case)
        speech = spoken(tongue)
        charts = [
            event_chart(
                next(each for each in report.limits if (each.ccp, each.limit) == (event.ccp, event.limit)),
                measured[event.id],
                sources.past.spans((event.line, event.ccp, event.limit, event.unit)),
                kind=event.kind,
                event=(event.start, measured[event.id].window[1] if event.end is None else event.end),
                timezone=site.timezone,
                speech=speech,
            )
            for event in sources.past.cases.cases[case].events
            if event.id in measured
        ]
    paper = deviation_paper(report, [chart for chart in charts if chart is not None], speech)
    made = parse_time(report.as_of)
    return typeset(paper, attached=as_json(report), name=f"{report.id}.json", made=made)


def daily(site: SiteView, day: str, line: str, *, now: int | None = None) -> DailyRecord:
    """The daily record of a line, as data.

    Args:
        site: whose record.
        day: local date, `YYYY-MM-DD`.
        line: its id.
        now: ns UTC; of the wall clock if left out.

    Raises:
        ReportError: no such line, or the day has not begun.
    """
    with sources_of(site, line=line, now=time.time_ns() if now is None else now) as sources:
        return _daily(sources, day, line)


def daily_json(site: SiteView, day: str, line: str) -> bytes:
    """The daily record of a line as JSON."""
    return as_json(daily(site, day, line)).encode()


def daily_pdf(site: SiteView, day: str, line: str, tongue: Tongue, *, now: int | None = None) -> bytes:
    """The daily record of a line as PDF/A-3b, its JSON attached.

    Raises:
        ReportError: no such line, the day has not begun, or it cannot be typeset.
    """
    record = daily(site, day, line, now=now)
    paper = daily_paper(record, spoken(tongue))
    return typeset(paper, attached=as_json(record), name=f"{record.id}.json", made=parse_time(record.as_of))


def as_json(report: Any) -> str:
    """A report as JSON, as it is attached and downloaded."""
    return str(report.model_dump_json(by_alias=True, indent=1)) + "\n"


def _deviation(sources: Sources, name: str) -> tuple[DeviationReport, dict[str, Measured]]:
    past = sources.past
    case = past.cases.cases[name]
    bodies = evidence_bodies(sources.ledger, past, case)
    as_of = sources.ledger.record(max(case.seqs)).at
    measured: dict[str, Measured] = {}
    for event in case.events:
        said = {str(each["series"]) for span in past.spans_of(event) for each in bodies[span.seq]["sensors"]}
        found = _measure(sources, event, [Series(*each.split("/")) for each in sorted(said)], as_of)
        if found is not None:
            measured[event.id] = found
    report = deviation_report(
        case,
        past=past,
        site=sources.site,
        measured=measured,
        bodies=bodies,
        as_of=as_of,
    )
    return report, measured


def _measure(sources: Sources, event: EventView, series: list[Series], as_of: int) -> Measured | None:
    """What the archive says of an event; of one that is over, what was there when the case was last heard of."""
    plan = plan_of(sources.past, event)
    _, _, limit = limit_of(plan, event)
    sensor = plan.sensors.get(limit.of)
    others = limit.derived.others if limit.derived is not None and limit.derived.how == "difference" else ()
    beside = [each for each in series if each.sensor in others]
    series = [each for each in series if each.sensor == limit.of]
    if sensor is None or not series or sensor.unit.dimension in ("text", "code"):
        return None
    end = sources.until if event.end is None else event.end
    return measure(
        sources.history,
        series=series,
        sensor=sensor,
        limit=limit,
        span=(event.start, max(end, event.start + 1)),
        worst=event.worst if event.end is not None else None,
        until=sources.until if event.end is None else as_of,
        beside=beside,
    )


def _daily(sources: Sources, text: str, line: str) -> DailyRecord:
    day = day_of(text, sources.site.timezone)
    if line not in sources.past.plans.force:
        known = ", ".join(sorted(adopted(sources.ledger))) or "none"
        raise ReportError(f"no line {line!r} was recorded; recorded are {known}")
    timelines = timelines_of(sources.past, line, day)
    readings, known_series = day_readings(sources.history, sources.past, timelines, day, sources.until)
    plan = plan_of_day(sources.past, line, timelines)
    seen = (day.start, max(day.start, min(sources.until, day.end)))
    return daily_record(
        line,
        day,
        past=sources.past,
        site=sources.site,
        reach=sources.reach,
        timelines=timelines,
        readings=readings,
        unrecorded=unrecorded(sources.history, plan, known_series, seen),
    )
