"""The instrument's uncertainty is as wide as what it is to tell apart."""

from __future__ import annotations

from fractions import Fraction

from readings.units import decimal_text
from rules.claims import Claim, bound_path, claims, open_above, open_below
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    every = list(claims(subject))
    for claim in every:
        unsure = claim.sensor.uncertainty
        if not unsure:
            continue
        if not open_above(claim) and not open_below(claim):
            width = Fraction(int(claim.upper - claim.lower)) * claim.sensor.step
            if 0 <= width <= 2 * unsure:
                message = (
                    f"the band is {_text(claim, width)} wide, and the uncertainty of {claim.name} is"
                    f" {_text(claim, unsure)} either way: no reading shows that it holds; measure more exactly, or widen it"
                )
                yield claim.path, message
        if claim.placed.rank == "operating":
            yield from _warns_too_late(claim, every, unsure)


def _warns_too_late(claim: Claim, every: list[Claim], unsure: Fraction) -> Said:
    for other in every:
        if other.placed.rank != "critical" or other.placed.at != claim.placed.at or not claim.meets(other):
            continue
        for upper, near, far in ((True, claim.upper, other.upper), (False, claim.lower, other.lower)):
            steps = far - near if upper else near - far
            if abs(near) == float("inf") or abs(far) == float("inf") or steps <= 0:
                continue
            distance = Fraction(int(steps)) * claim.sensor.step
            if distance < unsure:
                message = (
                    f"warns {_text(claim, distance)} before {other.placed.limit.id}, within the uncertainty of"
                    f" {claim.name} ({_text(claim, unsure)}): the critical limit may be passed already; warn earlier"
                )
                yield bound_path(claim, upper=upper), message


def _text(claim: Claim, value: Fraction) -> str:
    return f"{decimal_text(value)} {claim.sensor.unit.name}"


RULE = Rule(
    "thin-margin",
    "the uncertainty is greater than the distance from an operating to its critical limit, or fills a band",
    _find,
)
