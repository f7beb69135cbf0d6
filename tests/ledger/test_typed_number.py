"""Numbers as people type them: one meaning, or refused with what to write."""

from __future__ import annotations

import pytest

from ledger.typed_number import TypedNumberError, typed_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12.5", "12.5"),
        (" -20.5 ", "-20.5"),
        ("12,5", "12.5"),
        ("-0,35", "-0.35"),
        ("0,350", "0.350"),
        ("1234,567", "1234.567"),
        ("\uff11\uff12\uff0e\uff15", "12.5"),
        ("\uff0d\uff12\uff10\uff0c\uff15", "-20.5"),
        ("12\u30025", "12.5"),
        ("\u221220.5", "-20.5"),
        ("a little", "a little"),
        ("\u0661\u0662", "\u0661\u0662"),
    ],
    ids=ascii,
)
def test_what_can_mean_one_thing_is_understood(typed, number):
    """A comma before decimals, full-width digits, an ideographic full stop, a true minus sign; the rest is left as it is."""
    assert typed_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1,234", "1,234 may be 1.234 or 1234: write the one that is meant"),
        ("-12,345", "-12,345 may be -12.345 or -12345: write the one that is meant"),
        ("\uff11\uff0c\uff12\uff13\uff14", "may be 1.234 or 1234"),
        ("1,234.5", "1,234.5 holds commas between thousands: write 1234.5"),
        ("1,234,567", "1,234,567 holds commas between thousands: write 1234567"),
    ],
    ids=ascii,
)
def test_what_can_mean_two_is_refused(typed, says):
    """Nobody guesses whether a comma stands between thousands; the message says what to write."""
    with pytest.raises(TypedNumberError, match=says.replace(".", r"\.")):
        typed_number(typed)
