"""A bound that lies outside what its sensor can say."""

from __future__ import annotations

from math import ceil, floor, isinf

from rules.claims import Claim, bound_path, claims
from rules.lint.beyond_physics import impossible
from rules.linting import Rule, Said, Subject


def _find(subject: Subject) -> Said:
    for claim in claims(subject):
        sensor = claim.sensor
        if sensor.range is None or len(sensor.range) != 2 or sensor.unit.dimension == "truth":
            continue
        low, high = ceil(sensor.range[0] / sensor.step), floor(sensor.range[1] / sensor.step)
        yield from _bound(claim, low, high)


def _bound(claim: Claim, low: int, high: int) -> Said:
    between = f"{claim.value(low)} to {claim.value(high)}"
    for upper, step in ((True, claim.upper), (False, claim.lower)):
        if isinf(step) or impossible(claim, step):
            continue
        never = step >= high if upper else step <= low
        always = step < low if upper else step > high
        if never or always:
            message = (
                f"{claim.name} is believed from {between} only, so no reading can be beyond {claim.value(step)}: the limit"
                " can never be broken; widen the range, or mend the bound"
                if never
                else f"{claim.name} is believed from {between} only: the limit can never hold; mend the bound or the range"
            )
            yield bound_path(claim, upper=upper), message


RULE = Rule(
    "out-of-range", "a bound outside the range of its sensor: it can never be broken, or never hold", _find
)
