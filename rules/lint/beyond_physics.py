"""A bound that nothing in the world can reach."""

from __future__ import annotations

from fractions import Fraction
from math import isinf

from rules.claims import Claim, bound_path, claims
from rules.linting import Rule, Said, Subject

_ZERO = Fraction(0)
_POSSIBLE: dict[str, tuple[Fraction | None, Fraction | None]] = {
    # dimension: least and greatest, in its first unit
    "temperature": (Fraction("-273.15"), None),
    "mass concentration": (_ZERO, None),
    "mass ratio": (_ZERO, Fraction(1_000_000)),
    "irradiance": (_ZERO, None),
    "radiant exposure": (_ZERO, None),
    "absolute pressure": (_ZERO, None),
    "gauge pressure": (Fraction(-110), None),  # below the vacuum of the highest barometer
    "ratio": (_ZERO, Fraction(100)),
    "acidity": (Fraction(-1), Fraction(15)),
    "turbidity": (_ZERO, None),
    "mass": (_ZERO, None),
    "volume": (_ZERO, None),
    "length": (_ZERO, None),
    "conductivity": (_ZERO, None),
    "organisms per volume": (_ZERO, None),
    "organisms per mass": (_ZERO, None),
}


def impossible(claim: Claim, step: float) -> bool:
    """Whether nothing can be as little, or as much, as a step of the claim's sensor."""
    least, most = _POSSIBLE.get(claim.sensor.unit.dimension, (None, None))
    value = _value(claim, step)
    return (least is not None and value < least) or (most is not None and value > most)


def _value(claim: Claim, step: float) -> Fraction:
    unit = claim.sensor.unit
    return Fraction(int(step)) * claim.sensor.step * unit.factor + unit.offset


def _find(subject: Subject) -> Said:
    for claim in claims(subject):
        least, most = _POSSIBLE.get(claim.sensor.unit.dimension, (None, None))
        for upper, step in ((True, claim.upper), (False, claim.lower)):
            if isinf(step):
                continue
            if impossible(claim, step):
                message = (
                    f"{claim.value(step)} is beyond what {claim.sensor.unit.dimension} can be: look at sign, unit and"
                    " decimal point"
                )
                yield bound_path(claim, upper=upper), message
            elif _value(claim, step) == (most if upper else least):
                side = "above" if upper else "below"
                yield (
                    bound_path(claim, upper=upper),
                    f"nothing is {side} {claim.value(step)}: the limit is never broken",
                )


RULE = Rule(
    "beyond-physics", "a bound that nothing in the world can reach, such as 120 % or -300 degC", _find
)
