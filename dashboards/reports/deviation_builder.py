"""From a case and its records to the deviation report. Pure: everything it says was handed to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dashboards.reports.deviation import Affected, DeviationReport, EventFact, Evidence, Worst
from dashboards.reports.deviation_people import (
    answers_of,
    done_of,
    lots_of,
    notices_of,
    plan_steps_of,
    quantities_of,
    reviews_of,
    signature_of,
)
from dashboards.reports.errors import ReportError
from dashboards.reports.facts import (
    CameToFact,
    Firm,
    InstrumentFact,
    LimitFact,
    names_of,
    seconds_text,
)
from dashboards.reports.handed_in import handed_in_of
from dashboards.reports.line_limit import is_of_line, state_as_limit
from dashboards.reports.measured import Measured
from dashboards.reports.missing import missing_of
from dashboards.reports.past import Past
from dashboards.views.cases import CaseView, EventView
from dashboards.views.site import SiteView
from dashboards.views.verdicts import VerdictSpan
from readings.times import format_time
from rules.cases import Stage
from rules.control_point import Ccp, Oprp
from rules.limit import Limit
from rules.plan import Plan, limits_of

_LAST_GOOD = ("ok", "operating")


def plan_of(past: Past, event: EventView) -> Plan:
    """The plan that an event was judged by.

    Raises:
        ReportError: it was never adopted here, or this release cannot read it.
    """
    plan = past.plans.plan(event.plan)
    if plan is None:
        raise ReportError(
            f"event {event.id} was judged by plan {event.plan[:12]}, which this release cannot read;"
            " use the release that recorded it"
        )
    return plan


def limit_of(plan: Plan, event: EventView) -> tuple[Ccp | Oprp, str, Limit]:
    """The limit that an event is about, with its control point and rank; the line's state, where it is about that."""
    if is_of_line(event.ccp, event.limit):
        return state_as_limit(plan)
    for point, rank, limit in limits_of(plan):
        if (point.id, limit.id) == (event.ccp, event.limit):
            return point, rank, limit
    raise ReportError(f"plan {plan.plan} has no limit {event.ccp}/{event.limit}")


def deviation_report(  # noqa: PLR0913 - what a report is made of
    case: CaseView,
    *,
    past: Past,
    site: SiteView,
    measured: Mapping[str, Measured],
    bodies: Mapping[int, dict[str, Any]],
    as_of: int,
) -> DeviationReport:
    """Everything that is known about a case.

    Args:
        case: as the ledger tells it.
        past: the ledger.
        site: for the firm and the time zone.
        measured: by event, what the archive says.
        bodies: of the verdict records behind the events, by number.
        as_of: when the last record about the case became known, ns UTC.

    Raises:
        ReportError: its plan cannot be read.
    """
    if not case.events:
        raise ReportError(f"case {case.id} has no event; a report is about one")
    plan = plan_of(past, case.events[0])
    point, _, _ = limit_of(plan, case.events[0])
    handed_in = handed_in_of(past, case, final=_status(case) != "draft")
    seqs = {*case.seqs, *(each.record for each in handed_in)}
    last = max(seqs)
    draft = DeviationReport(
        id=f"{site.id}-{case.id}-{last}",
        status=_status(case),
        as_of=format_time(as_of),
        site=site.id,
        site_name=dict(site.name),
        timezone=site.timezone,
        marked=names_of(plan.marked),
        firm=Firm.of(site.enterprise),
        case=case.id,
        stage=str(case.case.stage),
        line=case.case.line,
        line_name=dict(plan.name),
        unit=case.case.unit,
        control_point=point.id,
        control_point_name=names_of(point.name),
        step=point.step,
        hazards=[dict(each) for each in point.hazards],
        products=[dict(product.name) for product in plan.products],
        lots_seen=list(case.lots_seen),
        lots=lots_of(case),
        quantities=quantities_of(case),
        limits=_limits(past, case),
        events=[_event(past, each, measured.get(each.id), bodies) for each in case.events],
        instruments=_instruments(past, case, bodies, format_time(case.events[0].start)[:10]),
        handed_in=handed_in,
        answers=answers_of(case),
        plan_steps=plan_steps_of(point),
        done=[done_of(each) for each in case.acts],
        notices=notices_of(case),
        signatures=[signature_of(each) for each in case.acts if isinstance(each.body.get("signature"), dict)],
        reviews=reviews_of(case),
        records=sorted(seqs),
        checkpoint=past.checkpoint(last),
        missing=[],
    )
    return draft.model_copy(update={"missing": missing_of(draft)})


def _status(case: CaseView) -> Literal["draft", "final", "void"]:
    if case.case.stage == Stage.VOID:
        return "void"
    return "final" if case.case.stage == Stage.CLOSED else "draft"


def _limits(past: Past, case: CaseView) -> list[LimitFact]:
    found: dict[tuple[str, str, str], LimitFact] = {}
    for event in case.events:
        plan = plan_of(past, event)
        found[event.plan, event.ccp, event.limit] = LimitFact.of(plan, *limit_of(plan, event))
    return list(found.values())


def _event(
    past: Past, event: EventView, measured: Measured | None, bodies: Mapping[int, dict[str, Any]]
) -> EventFact:
    spans = past.spans_of(event)
    return EventFact(
        id=event.id,
        kind=event.kind,
        ccp=event.ccp,
        limit=event.limit,
        unit=event.unit,
        looked_back_on=_looked_back_on(past, event),
        start=format_time(event.start),
        end=None if event.end is None else format_time(event.end),
        seconds=None if event.end is None else seconds_text(event.end - event.start),
        decided=format_time(event.decided),
        revised=event.revised,
        withdrawn=event.withdrawn,
        worst=_worst(event, measured, plan_of(past, event)),
        came_to=_came_to(spans),
        lots=list(event.lots),
        affected=_affected_cycle(event) if _per_cycle(past, event) else _affected(past, event, measured),
        evidence=[_evidence(span.seq, bodies[span.seq]) for span in spans if span.seq in bodies],
    )


def _worst(event: EventView, measured: Measured | None, plan: Plan) -> Worst | None:
    found = measured.worst if measured is not None else None
    lasts = event.end is None and event.kind == "deviation"  # what else there is rests on no reading
    value = found.value if lasts and found is not None else event.worst
    if value is None:
        return None
    limit = limit_of(plan, event)[2]
    return Worst(
        value=repr(float(value)),
        unit=limit.scale(plan.sensors)[0].name if limit.of in plan.sensors else "",
        at=format_time(found.time) if found is not None else None,
        series=str(found.series) if found is not None else None,
    )


def _looked_back_on(past: Past, event: EventView) -> list[str]:
    look_back = past.look_backs.of_event.get(event.id)
    limits = look_back.limits if look_back is not None else ()
    return list(dict.fromkeys(f"{ccp}/{limit}" for _, ccp, limit, _ in limits))


def _came_to(spans: Sequence[VerdictSpan]) -> CameToFact | None:
    """Of a cycle with stretches without evidence, the span that says it."""
    said = [
        CameToFact.of(span.came_to, over=span.end is not None) for span in spans if span.came_to is not None
    ]
    return said[0] if said else None


def _per_cycle(past: Past, event: EventView) -> bool:
    """A loss or a fault in a cycle has its own span: only a deviation is one of the whole cycle."""
    return event.kind == "deviation" and limit_of(plan_of(past, event), event)[2].cycle is not None


def _counted(event: EventView) -> dict[str, str | None]:
    """Its product where lots are counted, by the record."""
    product = event.product
    start, end = (None if time is None else format_time(time) for time in (product.start, product.end))
    return {
        "counted_from": start,
        "counted_to": end,
        "counted_at": product.at or None,
        "flow_unknown": product.unknown or None,
    }


def _affected_cycle(event: EventView) -> Affected:
    lasted = None if event.end is None else seconds_text(event.end - event.start)
    return Affected(
        last_good=None,
        first_beyond=format_time(event.start),
        last_beyond=None if event.end is None else format_time(event.end),
        first_good=None,
        shortest_seconds=lasted,
        longest_seconds=lasted,
        **_counted(event),
    )


def _affected(past: Past, event: EventView, measured: Measured | None) -> Affected:
    """An indeterminate span begins at its last usable reading, so the end of a good span is a last good reading."""
    spans = past.spans((event.line, event.ccp, event.limit, event.unit))
    good = [span for span in spans if span.verdict in _LAST_GOOD and span.start < event.start]
    last_good: int | None = None
    if good and good[-1].end is not None:
        abuts = good[-1].end >= event.start and event.kind == "deviation"
        last_good = (measured.before if measured is not None else None) if abuts else good[-1].end
    inside = [span for span in past.spans_of(event) if span.end is not None and span.end == event.end]
    last_beyond: int | None = None
    if event.end is not None and event.kind == "deviation" and inside:
        gone_dark = inside[-1].verdict == "indeterminate"
        last_beyond = inside[-1].start if gone_dark else (measured.inside if measured is not None else None)
    return Affected(
        last_good=None if last_good is None else format_time(last_good),
        first_beyond=format_time(event.start),
        last_beyond=None if last_beyond is None else format_time(last_beyond),
        first_good=None if event.end is None else format_time(event.end),
        shortest_seconds=None if last_beyond is None else seconds_text(last_beyond - event.start),
        longest_seconds=(
            None if event.end is None or last_good is None else seconds_text(event.end - last_good)
        ),
        **_counted(event),
    )


def _evidence(seq: int, body: dict[str, Any]) -> Evidence:
    rests = body["evidence"]
    return Evidence(
        record=seq,
        verdict=body["verdict"],
        decided=body["decided"],
        reason=body["reason"],
        method=body["method"],
        plan=body["plan"],
        readings=rests["readings"],
        position=rests["position"],
        start=rests["from"],
        end=rests["to"],
        digest=rests["digest"],
    )


def _instruments(
    past: Past, case: CaseView, bodies: Mapping[int, dict[str, Any]], day: str
) -> list[InstrumentFact]:
    found: dict[str, InstrumentFact] = {}
    for event in case.events:
        for span in past.spans_of(event):
            for each in bodies.get(span.seq, {}).get("sensors", []):
                said = InstrumentFact.of(each, day)
                found[said.model_dump_json()] = said
    return sorted(found.values(), key=lambda each: (each.series, each.id or ""))
