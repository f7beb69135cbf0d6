"""A worst value as people read it: three places of what is computed, and never rounded to the better side."""

from __future__ import annotations

from collections.abc import Collection
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_UPPER = {"at_most", "below"}
_PLACES = Decimal("0.001")


def judged_number(value: str, held: Collection[str]) -> str:
    """`1.7395845` as `1.739` where a limit lies below, as `1.740` where it lies above.

    Args:
        value: decimal text.
        held: words of the bounds that it is held against, such as `at_least`.
    """
    exact = Decimal(value)
    short = exact.quantize(_PLACES, ROUND_CEILING if _UPPER & set(held) else ROUND_FLOOR)
    return str(min(exact, short, key=lambda each: len(str(each)))).removesuffix(".0")
