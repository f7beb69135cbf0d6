"""Two limits that can never both hold."""

from __future__ import annotations

from rules.claims import Claim, claims
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    every = list(claims(subject))
    for number, claim in enumerate(every):
        for other in every[:number]:
            if claim.placed is other.placed or not claim.meets(other):
                continue
            if claim.lower > other.upper or other.lower > claim.upper:
                low, high = (claim, other) if claim.lower > other.upper else (other, claim)
                yield claim.path, _message(low, high, other)


def _message(low: Claim, high: Claim, other: Claim) -> str:
    return (
        f"{low.name} cannot be at least {low.value(low.lower)} and at most {high.value(high.upper)} at once:"
        f" {other.placed.point.id} {other.placed.limit.id} asks the other; mend one, or say when each holds (during)"
    )


RULE = Rule(
    "contradiction", "two limits on one sensor, judged at the same time, that can never both hold", _find
)
