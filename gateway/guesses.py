"""What registers may mean: every type and order, each with a word on whether it can be so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.decode import Kind, Order, decode, text_of

_SMALLEST_NORMAL = {Kind.FLOAT16: 2.0**-14, Kind.FLOAT32: 2.0**-126, Kind.FLOAT64: 2.0**-1022}
_FAINT, _HUGE = 1e-6, 1e9  # no process value is nearer to zero, or farther
_LITTLE, _MUCH = 0.01, 1e5  # between which everyday values lie
_KINDS = {
    1: (Kind.UINT16, Kind.INT16, Kind.BCD16, Kind.FLOAT16),
    2: (Kind.FLOAT32, Kind.INT32, Kind.UINT32, Kind.BCD32),
    4: (Kind.FLOAT64, Kind.INT64, Kind.UINT64),
}
_ORDERS = {
    1: (Order.ABCD, Order.BADC),
    2: (Order.ABCD, Order.CDAB, Order.BADC, Order.DCBA),
    4: tuple(Order),
}
_SCALES = (Fraction(1), Fraction(1, 10), Fraction(1, 100), Fraction(1, 1000))
_LEAST_TEXT = 3  # letters


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known of a value before it is found.

    Attributes:
        shows: what the device's own display shows, as it is written there; None where nobody looked.
        step: the smallest step of that display.
        least, greatest: within which the value must be; None where nothing is known.
    """

    shows: Fraction | None = None
    step: Fraction = Fraction(1)
    least: Fraction | None = None
    greatest: Fraction | None = None

    @property
    def said(self) -> bool:
        """Whether anything is known."""
        return self.shows is not None or self.least is not None

    def fits(self, value: Fraction) -> bool:
        """Whether a value can be the one looked for."""
        if self.shows is not None and abs(value - self.shows) > self.step / 2:
            return False
        if self.least is None or self.greatest is None:
            return self.said
        return self.least <= value <= self.greatest


@dataclass(frozen=True, slots=True)
class Guess:
    """One way to read an address.

    Attributes:
        at: the first address.
        kind: of number.
        order: of its bytes.
        number: that comes out; NaN where none does.
        doubt: why it can hardly be so; empty where it can.
        scale: by which the number fits the hint; None where it does not, or there is none.
    """

    at: int
    kind: Kind
    order: Order
    number: float
    doubt: str
    scale: Fraction | None = None

    @property
    def value(self) -> Fraction | float:
        """The number, scaled where the hint asks for it."""
        return self.number if self.scale is None else Fraction(self.number) * self.scale


def guesses(registers: Mapping[int, int], at: int, hint: Hint | None = None) -> Iterator[Guess]:
    """Every way to read what begins at an address.

    Args:
        registers: by address; what is missing was refused.
        at: where the number begins.
        hint: what is known of it.
    """
    for size, kinds in _KINDS.items():
        if any(at + place not in registers for place in range(size)):
            return
        words = [registers[at + place] for place in range(size)]
        for kind in kinds:
            for order in _ORDERS[size]:
                guess = _guess(at, kind, order, words)
                yield guess if hint is None else _hinted(guess, hint)


def _guess(at: int, kind: Kind, order: Order, words: list[int]) -> Guess:
    try:
        number = decode(words, kind, order)
    except ValueError:
        return Guess(at, kind, order, math.nan, "a digit above 9")
    return Guess(at, kind, order, number, _doubt(number, kind, words))


def _doubt(number: float, kind: Kind, words: list[int]) -> str:
    """Why a number can hardly be a value of a process."""
    if len(words) > 1 and len(set(words)) == 1:
        return "all registers are the same"
    smallest = _SMALLEST_NORMAL.get(kind, 0.0)
    if not math.isfinite(number):
        return "not a number" if math.isnan(number) else "infinite"
    if 0 < abs(number) < smallest:
        return "denormal"
    if kind.size > 1 and abs(number) > _HUGE:
        return "too large"
    return "too near to zero" if 0 < abs(number) < _FAINT else ""


def _hinted(guess: Guess, hint: Hint) -> Guess:
    if not hint.said or not math.isfinite(guess.number):
        return guess
    whole = guess.kind.limits is not None
    for scale in _SCALES if whole else _SCALES[:1]:
        if hint.fits(Fraction(guess.number) * scale):
            return Guess(guess.at, guess.kind, guess.order, guess.number, guess.doubt, scale)
    return guess


def letters(registers: Mapping[int, int], at: int) -> str:
    """The text that begins at an address, as far as it goes; empty where there is none to speak of."""
    return _letters(registers, at, Order.ABCD) or _letters(registers, at, Order.BADC)


def _letters(registers: Mapping[int, int], at: int, order: Order) -> str:
    words: list[int] = []
    while at in registers and len(words) < 32:
        words.append(registers[at])
        at += 1
    for count in range(len(words), 1, -1):
        try:
            text = text_of(words[:count], order)
        except ValueError:
            continue
        if len(text) >= _LEAST_TEXT and text.isascii() and 2 * count - len(text) < 2:
            return text
    return ""


def likely_order(registers: Mapping[int, int]) -> Order | None:
    """The order in which most pairs of registers are everyday floats that no other order makes of them; None if none do."""
    votes: dict[Order, int] = {}
    for at in registers:
        plausible = [
            guess.order
            for guess in guesses(registers, at)
            if guess.kind is Kind.FLOAT32 and not guess.doubt and _LITTLE <= abs(guess.number) <= _MUCH
        ]
        if len(plausible) == 1:
            votes[plausible[0]] = votes.get(plausible[0], 0) + 1
    return max(votes, key=lambda order: votes[order]) if votes else None
