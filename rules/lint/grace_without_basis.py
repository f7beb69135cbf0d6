"""A grace time on a critical limit, which nobody has validated."""

from __future__ import annotations

from readings.times import format_duration
from rules.linting import Placed, Rule, Said, Subject


def grace(placed: Placed) -> str | None:
    """The key by which a critical limit bears what is beyond it, as it is written."""
    limit = placed.limit
    if limit.for_more_than:
        return "for_more_than"
    if limit.hold:
        return "off_at_most"
    return "confirm" if limit.confirm > 1 else None


def _find(subject: Subject) -> Said:
    for placed in subject.limits:
        limit, key = placed.limit, grace(placed)
        if placed.rank != "critical" or limit.basis or key is None:
            continue
        borne = f"{limit.confirm} readings" if key == "confirm" else format_duration(limit.hold)
        message = (
            f"{key}: {borne} shifts the critical limit, for what is shorter is no deviation: name the validation that"
            " bears it (basis), or take it out"
        )
        yield (*placed.path, key), message


RULE = Rule(
    "grace-without-basis", "for_more_than, off_at_most or confirm on a critical limit without a basis", _find
)
