"""What a deviation report lacks: every field that a reader expects and nobody has filled, by its name."""

from __future__ import annotations

from dashboards.reports.deviation import DeviationReport

_FIRM = ("name", "credit_code", "licence", "address", "contact", "phone", "director")
_ANSWERS = ("correction", "cause", "control", "recurrence", "product")


def missing_of(report: DeviationReport) -> list[str]:
    """The names of what is not entered or not known, in the order of the report."""
    found = [f"firm.{name}" for name in _FIRM if getattr(report.firm, name) is None]
    found += [
        f"quantities.{name}"
        for name in ("made", "held", "shipped")
        if getattr(report.quantities, name) is None
    ]
    found += ["limits.basis"] if any(each.basis is None for each in report.limits) else []
    found += ["instruments.id"] if any(each.id is None for each in report.instruments) else []
    unknown = any(each.calibration is None or each.due is None for each in report.instruments)
    found += ["instruments.calibration"] if unknown or not report.instruments else []
    per_cycle = {(each.ccp, each.limit) for each in report.limits if each.per_cycle}
    unknown_begin = any(
        each.affected.last_good is None
        and not (each.kind == "deviation" and (each.ccp, each.limit) in per_cycle)
        for each in report.events
    )
    found += ["events.last_good"] if unknown_begin else []
    if report.status != "void":
        found += [f"answers.{name}" for name in _ANSWERS if getattr(report.answers, name) is None]
        found += ["lots"] if report.lots is None else []
        found += ["lots.disposition"] if any(each.disposition is None for each in report.lots or ()) else []
        found += ["answers.verification"] if report.answers.verification is None else []
    found += ["checkpoint"] if report.checkpoint is None else []
    return found
