"""An operating limit that warns no earlier than the critical one is broken."""

from __future__ import annotations

from rules.claims import Claim, bound_path, claims
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    every = list(claims(subject))
    for claim in every:
        if claim.placed.rank != "operating" or claim.placed.limit.cycle is not None:
            continue
        for other in every:
            if other.placed.rank == "critical" and other.placed.at == claim.placed.at and claim.meets(other):
                yield from _compared(claim, other)


def _compared(claim: Claim, other: Claim) -> Said:
    later = claim.placed.limit.hold >= other.placed.limit.hold
    for upper, mine, theirs in ((True, claim.upper, other.upper), (False, claim.lower, other.lower)):
        looser = mine > theirs if upper else mine < theirs
        if abs(mine) != float("inf") and (looser or (mine == theirs and later)):
            message = (
                f"{claim.value(mine)} is {'looser than' if looser else 'no tighter than'} the critical limit"
                f" {other.placed.limit.id} ({claim.value(theirs)}): it never warns before it; tighten it, or take it out"
            )
            yield bound_path(claim, upper=upper), message


RULE = Rule("looser-operating", "an operating limit that is no tighter than the critical one", _find)
