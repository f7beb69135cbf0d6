"""The worksheet as a PDF, with what the plan says attached as JSON."""

from __future__ import annotations

from dashboards.reports.paper import Paper
from dashboards.reports.typeset import typeset
from rules.plan import Plan


def as_pdf(plan: Plan, paper: Paper) -> bytes:
    """A PDF/A-3b; the same bytes whenever it is made: its time is that from which the plan holds.

    Args:
        plan: attached in its canonical form, whose SHA-256 is the plan's version.
        paper: its worksheet.
    """
    return typeset(paper, attached=plan.canonical().decode(), name="plan.json", made=plan.effective_from)
