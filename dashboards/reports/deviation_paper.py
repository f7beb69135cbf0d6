"""The deviation report as it is printed, in one language."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.language import Language
from dashboards.reports.deviation import DeviationReport
from dashboards.reports.deviation_paper_events import events_parts
from dashboards.reports.deviation_paper_people import (
    answers_part,
    done_part,
    lots_part,
    notices_part,
    signatures_part,
    signing_part,
    steps_part,
)
from dashboards.reports.event_chart import Drawn
from dashboards.reports.handed_in import handed_in_part
from dashboards.reports.limit_words import limit_words
from dashboards.reports.paper import Facts, Paper, Part, Picture, Table
from dashboards.reports.proof_paper import firm_part, head_of, instruments_part, proof_part, say_of, table
from dashboards.reports.words import (
    HAZARDS,
    RANKS,
    STAGES,
    TITLES,
    Clock,
    named,
    plan_words,
)

_FIELDS = {
    "firm.name": "Name of the firm",
    "firm.credit_code": "Unified social credit code",
    "firm.licence": "Production licence or registration no.",
    "firm.address": "Address",
    "firm.contact": "Contact",
    "firm.phone": "Phone",
    "firm.director": "Food safety director",
    "quantities.made": "Quantity made",
    "quantities.held": "Quantity held",
    "quantities.shipped": "Quantity shipped",
    "limits.basis": "Basis of the limit",
    "instruments.id": "Instrument",
    "instruments.calibration": "Calibration",
    "events.last_good": "Last good reading",
    "answers.correction": "Correction",
    "answers.cause": "Cause",
    "answers.control": "Control regained",
    "answers.recurrence": "Corrective action",
    "answers.product": "Safety of the product",
    "answers.verification": "Verification",
    "lots": "Lots held",
    "lots.disposition": "Disposition of every lot",
    "checkpoint": "Signed checkpoint",
}


def deviation_paper(report: DeviationReport, charts: Sequence[Drawn], speech: Language) -> Paper:
    """The report in the reader's language.

    Args:
        report: what is known.
        charts: of its events.
        speech: of the reader, with the words of the reports.
    """
    say, clock = speech.say, Clock(speech, report.timezone, report.events[0].start)
    kinds = {event.kind for event in report.events}
    first = next((kind for kind in TITLES if kind in kinds), report.events[0].kind)
    parts: list[Part] = [
        firm_part(report.firm, speech),
        _what(report, speech),
        _limits(report, speech),
        *events_parts(report, speech, clock),
        *(
            Picture(
                say("Readings around the event: {name}", name=drawn.name),
                drawn.svg,
                say("Shaded: the event. Hatched: no usable reading."),
            )
            for drawn in charts
        ),
        instruments_part(report.instruments, speech, first=True),
        *handed_in_part(report, speech, clock),
        answers_part(report, speech),
        lots_part(report, speech, clock),
        steps_part(report, speech),
        done_part(report, speech, clock),
        notices_part(report, speech, clock),
        signatures_part(report, speech, clock),
        signing_part(report, speech, clock),
        _evidence(report, speech, clock),
        proof_part(report.checkpoint, report.records, speech),
    ]
    return Paper(
        tongue=speech.tongue,
        title=named(speech, TITLES, first),
        subtitle=_subtitle(report, speech),
        head=head_of(report.site, report.site_name, report.id, speech),
        warnings=_warnings(report, speech),
        say=say_of(speech, clock.says),
        parts=tuple(parts),
        author=speech.name(report.firm.name or report.site_name, report.site),
        lead=_lead(report, speech),
    )


def _subtitle(report: DeviationReport, speech: Language) -> str:
    point = f"{report.control_point} {speech.name(report.control_point_name)}".strip()
    return f"{speech.name(report.line_name, report.line)} · {point} · {report.unit}"


def _warnings(report: DeviationReport, speech: Language) -> tuple[str, ...]:
    found = []
    if report.status == "draft":
        found.append(
            speech.say(
                "Draft: the case is open ({stage}). This report is not complete.",
                stage=named(speech, STAGES, report.stage),
            )
        )
    if report.status == "void":
        found.append(speech.say("The case was voided: {reason}", reason=report.answers.void or ""))
    if report.marked:
        found.append(speech.say("Attention: {mark}", mark=speech.name(report.marked)))
    return tuple(found)


def _lead(report: DeviationReport, speech: Language) -> tuple[str, ...]:
    lines = [
        speech.say(
            "Whether this report goes to an authority is decided by a responsible person."
            " The program that made it sends nothing."
        )
    ]
    if report.missing:
        names = [named(speech, _FIELDS, each) for each in report.missing]
        between = "、" if speech.tongue == "zh" else ", "
        lines.append(speech.say("Not entered: {names}", names=between.join(names)))
    return tuple(lines)


def _what(report: DeviationReport, speech: Language) -> Facts:
    say = speech.say
    hazards = "; ".join(
        f"{named(speech, HAZARDS, kind)}: {plan_words(text, speech)}"
        for each in report.hazards
        for kind, text in each.items()
    )
    products = "; ".join(speech.name(each) for each in report.products)
    held = "; ".join(each.lot for each in report.lots) if report.lots else None
    return Facts(
        say("Product and control point"),
        (
            (say("Product line"), f"{speech.name(report.line_name)} ({report.line})"),
            (say("Products of the line"), products or None),
            (say("Zone or unit"), report.unit),
            (
                say("Control point"),
                f"{report.control_point} {speech.name(report.control_point_name)}".strip(),
            ),
            (say("Process step"), plan_words(report.step, speech) if report.step else None),
            (say("Hazards"), hazards or None),
            (say("Lots there, by the record"), "; ".join(report.lots_seen) or say("none recorded")),
            (
                say("Lots held"),
                held if report.lots is None or report.lots else say("none: no product was made"),
            ),
            (say("Quantity made"), report.quantities.made),
            (say("Quantity held"), report.quantities.held),
            (say("Quantity shipped"), report.quantities.shipped),
        ),
    )


def _limits(report: DeviationReport, speech: Language) -> Table:
    say = speech.say
    rows = tuple(
        (
            f"{each.ccp}/{each.limit}",
            named(speech, RANKS, each.rank),
            speech.name(each.name or each.sensor),
            limit_words(each, speech),
            each.basis,
        )
        for each in report.limits
    )
    columns = (say("Limit"), say("Class"), say("Of"), say("What must hold"), say("Basis"))
    return table(say("Limits, as in the plan in force"), columns, (1.1, 1, 1, 2.6, 2), rows, say("none"))


def _evidence(report: DeviationReport, speech: Language, clock: Clock) -> Table:
    say = speech.say
    rows = tuple(
        (
            str(each.record),
            each.method.replace("_", " "),
            clock.at(each.decided),
            str(each.readings),
            each.digest,
        )
        for event in report.events
        for each in event.evidence
    )
    columns = (say("Record"), say("Method"), say("Decided"), say("Readings"), say("SHA-256 of the readings"))
    note = say("Plan {plan}", plan=report.events[0].evidence[0].plan) if report.events[0].evidence else ""
    return table(
        say("Evidence of the decisions"),
        columns,
        (0.55, 0.95, 1.2, 0.6, 3.7),
        rows,
        say("none"),
        note=note,
        code=(4,),
    )
