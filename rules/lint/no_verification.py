"""A plan with CCPs that nobody verifies."""

from __future__ import annotations

from rules.linting import Rule, Said, Subject

_RECORDS = ("record", "记录")


def _find(subject: Subject) -> Said:
    plan = subject.plan
    if not plan.ccps:
        return
    if not plan.verification:
        yield ("ccps",), "nothing says how it is verified that the plan is kept: write verification"
    elif not any(word in f"{each.id} {each.what}".lower() for each in plan.verification for word in _RECORDS):
        yield (
            ("verification",),
            "nobody reviews the records: write such as {id: records, what: review of the records, every: 7 d}",
        )


RULE = Rule("no-verification", "a plan with CCPs and no verification, or no review of the records", _find)
