"""What a batch came to, in words: what is credited, what is likely, at most, and what was asked."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from readings.times import HOUR, MINUTE, SECOND
from readings.units import convert, decimal_text, parse_quantity, unit_named

if TYPE_CHECKING:
    from dashboards.pages.words import Words
    from dashboards.views.verdicts import CameTo

_EXCLUSIVE = {"above": "> ", "below": "< "}
_ALL = 100  # percent: beyond that no decimals matter
_UPPER = ("at_most", "below")
_PLACES = {"s": 1, "percent": 1}


def came_to_words(came: CameTo, word: str, asked: Fraction | None, words: Words, *, over: bool = True) -> str:
    """`33.21 min credited (likely 33.42 min, at most 33.91 min); asked: 6.0 min`.

    Args:
        came: what it came to.
        word: of the bound: what is `at_least` or `above` must be reached, what is `at_most` or `below` not exceeded.
        asked: the bound, in the same unit; None where it stands beside it anyway.
        words: of the reader.
        over: whether the batch is over; else it is what was known at the decision.
    """
    said = words.say(
        "{value} {how}{between}",
        value=counted(came, word, words),
        how=how_counted(word, words, over=over),
        between=between(came, word, words),
    )
    if asked is None:
        return said
    return words.say("{said}; {asked}", said=said, asked=asked_words(came, word, asked, words))


def counted(came: CameTo, word: str, words: Words) -> str:
    """What counts: the least that it can have been of what must be reached, the most of what must not be exceeded."""
    upper = word in _UPPER
    return amount(came.high if upper else came.low, came.unit, ROUND_CEILING if upper else ROUND_FLOOR, words)


def how_counted(word: str, words: Words, *, over: bool = True) -> str:
    """That it is credited, or counted."""
    if word in _UPPER:
        return words.say("counted") if over else words.say("counted at the decision")
    return words.say("credited") if over else words.say("credited at the decision")


def between(came: CameTo, word: str, words: Words) -> str:
    """How far the truth may lie from what counts; empty where it cannot."""
    best = amount(came.best, came.unit, ROUND_HALF_EVEN, words)
    low = amount(came.low, came.unit, ROUND_FLOOR, words)
    high = amount(came.high, came.unit, ROUND_CEILING, words)
    if low == high:
        return ""
    if word in _UPPER:
        return words.say(" (likely {best}, at least {low})", best=best, low=low)
    return words.say(" (likely {best}, at most {high})", best=best, high=high)


def asked_words(came: CameTo, word: str, asked: Fraction, words: Words) -> str:
    """What was asked of it, or allowed."""
    far = _EXCLUSIVE.get(word, "") + amount(asked, came.unit, ROUND_HALF_EVEN, words)
    return words.say("allowed: {far}", far=far) if word in _UPPER else words.say("asked: {far}", far=far)


def asked_in(text: str, unit: str) -> Fraction:
    """A bound of a plan in the unit of what it came to."""
    return convert(*parse_quantity(text), unit_named(unit))


def amount(value: float | Fraction, unit: str, rounding: str, words: Words) -> str:
    """A time, a dose, a part of a time, with its unit; never rounded to the better side where the caller minds."""
    exact = Decimal(decimal_text(value)) if isinstance(value, Fraction) else Decimal(repr(value))
    if unit == "s" and abs(exact) >= MINUTE // SECOND:
        size = SECOND if exact < HOUR // SECOND else MINUTE
        return words.duration(int((exact * SECOND / size).to_integral_value(rounding)) * size)
    places = 0 if unit == "percent" and exact >= _ALL else _PLACES.get(unit, 2)
    number = exact.quantize(Decimal(1).scaleb(-places), rounding)
    if isinstance(value, Fraction):
        number = min((exact, number), key=lambda each: len(str(each)))
    if unit == "percent":
        return words.say("{number} % of the time", number=number)
    if unit == "s":
        return words.say("{number} s", number=number)
    return f"{number} {words.sign(unit_named(unit))}".strip()
