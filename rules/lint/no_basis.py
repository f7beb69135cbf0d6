"""A critical limit that rests on nothing."""

from __future__ import annotations

from rules.lint.grace_without_basis import grace
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    for placed in subject.limits:
        if placed.rank == "critical" and not placed.limit.basis and grace(placed) is None:
            message = (
                f"{placed.limit.id} does not say what it rests on: name the clause or the validation (basis)"
            )
            yield placed.path, message


RULE = Rule("no-basis", "a critical limit without a basis (CXC 1-1969: critical limits are validated)", _find)
