"""What is written and changes nothing: clearing that is looser than the limit, an exception that grants nothing."""

from __future__ import annotations

from math import isinf

from rules.bounds import Bound
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    for placed in subject.limits:
        limit = placed.limit
        if limit.held is not limit:
            continue
        scale = limit.scale(subject.plan.sensors)
        mine = limit.held.bound(*scale)
        if limit.clears is not None and limit.clears.given and _looser(limit.clears.bound(*scale), mine):
            path = (*placed.path, "clears", limit.clears.given[0])
            yield (
                path,
                "clears where the limit does not hold yet: an excursion ends within the limit; tighten it",
            )
        for number, granted in enumerate(limit.except_):
            if granted.given and not _looser(granted.bound(*scale), mine):
                path = (*placed.path, "except", number, granted.given[0])
                yield (
                    path,
                    f"no looser than {limit.id} itself: the exception grants nothing; loosen it, or take it out",
                )


def _looser(one: Bound, other: Bound) -> bool:
    """Whether a bound that is given in both reaches farther out in the first."""
    above = not isinf(one.upper) and one.upper > other.upper
    below = not isinf(one.lower) and one.lower < other.lower
    return above or below


RULE = Rule(
    "no-effect", "a clearing bound looser than the limit, an exception no looser than the limit", _find
)
