"""What registers may mean: each way to read them, with a word on whether it can be so."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decode import Kind, Order, decode
from gateway.guesses import Guess, Hint, guesses, letters, likely_order

VOLTS = {10: 0x4366, 11: 0x3333}  # 230.2 as float32, high word first


def way(registers: dict[int, int], at: int, kind: Kind, order: Order, hint: Hint | None = None) -> Guess:
    (found,) = [each for each in guesses(registers, at, hint) if (each.kind, each.order) == (kind, order)]
    return found


def test_every_order_is_tried() -> None:
    """Two registers are read as floats in four orders, and one of them is a voltage."""
    floats = [each for each in guesses(VOLTS, 10) if each.kind is Kind.FLOAT32]
    assert {each.order for each in floats} == {Order.ABCD, Order.BADC, Order.CDAB, Order.DCBA}
    (plausible,) = [each for each in floats if not each.doubt]
    assert plausible.order is Order.ABCD
    assert plausible.number == pytest.approx(230.2)


@pytest.mark.parametrize(
    ("registers", "kind", "doubt"),
    [
        ([0x7FC0, 0x0000], Kind.FLOAT32, "not a number"),
        ([0x7F80, 0x0000], Kind.FLOAT32, "infinite"),
        ([0x0000, 0x0001], Kind.FLOAT32, "denormal"),
        ([0x2F00, 0x0000], Kind.FLOAT32, "too near to zero"),
        ([0x7000, 0x0000], Kind.FLOAT32, "too large"),
        ([0x41BB, 0x3333], Kind.FLOAT32, ""),
        ([0x0000, 0x0000], Kind.FLOAT32, "all registers are the same"),
        ([0x7FFF, 0x0000], Kind.INT32, "too large"),
        ([0x0001, 0x0002], Kind.INT32, ""),
    ],
)
def test_what_can_hardly_be_is_doubted(registers: list[int], kind: Kind, doubt: str) -> None:
    """NaN, infinity, denormals and numbers that no process has are marked, never hidden."""
    given_ones = dict(enumerate(registers))
    assert way(given_ones, 0, kind, Order.ABCD).doubt == doubt


def test_digits_that_are_none_are_told() -> None:
    """0x1A is no BCD; it is said, and nothing falls over."""
    assert way({0: 0x1A00}, 0, Kind.BCD16, Order.ABCD).doubt == "a digit above 9"


def test_what_was_refused_is_not_guessed() -> None:
    """A number of two registers of which one is missing is not made up."""
    assert {each.kind.size for each in guesses({5: 1}, 5)} == {1}
    assert list(guesses({}, 5)) == []


def test_what_the_display_shows_is_found() -> None:
    """The display says 23.4: it stands there as tenths, as a float with the low word first, and nowhere else."""
    hint = Hint(shows=Fraction("23.4"), step=Fraction(1, 10))
    registers = {0: 234, 1: 17, 2: 0x3333, 3: 0x41BB}
    tenths = way(registers, 0, Kind.INT16, Order.ABCD, hint)
    assert (tenths.scale, tenths.value) == (Fraction(1, 10), Fraction("23.4"))
    assert way(registers, 2, Kind.FLOAT32, Order.CDAB, hint).scale == 1
    assert way(registers, 1, Kind.INT16, Order.ABCD, hint).scale is None


def test_a_range_told_is_kept() -> None:
    """What must lie within -40 and 80 and does so at some scale fits; the display decides where both are known."""
    cold = Hint(least=Fraction(-40), greatest=Fraction(80))
    assert way({0: 0xFF3F}, 0, Kind.INT16, Order.ABCD, cold).scale == Fraction(1, 10)  # -193
    assert way({0: 30000}, 0, Kind.INT16, Order.ABCD, cold).scale == Fraction(1, 1000)
    both = Hint(shows=Fraction(100), least=Fraction(-40), greatest=Fraction(80))
    assert way({0: 100}, 0, Kind.INT16, Order.ABCD, both).scale is None


def test_letters_are_shown() -> None:
    """A serial number in registers is read as text, swapped bytes where they are none otherwise; numbers are not."""
    assert letters({100: 0x544B, 101: 0x3431, 102: 0x0000}, 100) == "TK41"
    assert letters({100: 0x4B54, 101: 0x0034}, 100) == "TK4"
    assert letters({100: 1234}, 100) == ""


def test_the_order_that_most_floats_have() -> None:
    """Several floats with the low word first vote for CDAB; a device without floats for none."""
    registers = {}
    for place, (high, low) in enumerate([(0x4366, 0x3333), (0x41BB, 0x3333), (0x3F8C, 0xCCCD)]):
        registers |= {2 * place: low, 2 * place + 1: high}
    assert likely_order(registers) is Order.CDAB
    assert likely_order({0: 0, 1: 0}) is None


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 65535), max_size=10), st.integers(0, 9))
def test_a_guess_is_what_the_decoder_reads(registers: dict[int, int], at: int) -> None:
    """No guess falls over, and each is the number that the gateway would read."""
    for each in guesses(registers, at, Hint(shows=Fraction(5))):
        words = [registers[at + place] for place in range(each.kind.size)]
        if each.doubt != "a digit above 9":
            assert repr(decode(words, each.kind, each.order)) == repr(each.number)
