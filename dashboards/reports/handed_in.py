"""What other systems handed in with evidence, in a deviation report: where it lies, and its hash."""

from __future__ import annotations

from dashboards.language import Language
from dashboards.reports.deviation import DeviationReport, HandedIn
from dashboards.reports.paper import Table
from dashboards.reports.past import Past
from dashboards.reports.proof_paper import table
from dashboards.reports.words import Clock
from dashboards.views.cases import CaseView
from dashboards.views.evidence import around
from readings.times import NEVER, format_time


def handed_in_of(past: Past, case: CaseView, *, final: bool) -> list[HandedIn]:
    """What was handed in with evidence about a case.

    Args:
        past: the ledger.
        case: as the ledger tells it.
        final: the case is closed or void: its report stays as it was then.
    """
    known = max(case.seqs) if final else NEVER
    return [
        HandedIn(
            record=each.seq,
            at=format_time(each.at),
            sensor=each.sensor,
            value=each.value,
            note=each.note,
            url=each.url,
            sha256=each.sha256,
            source=each.source,
        )
        for each in past.evidence.between(case.case.line, *around(case))
        if each.seq <= known
    ]


def handed_in_part(report: DeviationReport, speech: Language, clock: Clock) -> list[Table]:
    """What other systems handed in; no part where they did not."""
    say = speech.say
    rows = tuple(
        (clock.at(each.at), f"{each.sensor}: {each.value} {each.note}".strip(), each.url, each.sha256)
        for each in report.handed_in
    )
    if not rows:
        return []
    columns = (say("At"), say("What"), say("Where it lies"), say("SHA-256 of it"))
    note = say("The other system keeps it; the hash shows whether it is the same.")
    title = say("Handed in by other systems with evidence")
    return [table(title, columns, (1, 1.4, 2.2, 2.6), rows, "", note=note, code=(2, 3))]
