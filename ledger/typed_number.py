"""A number as people type it, on a phone in Chinese or at a desk in Europe: plain digits come out, or it is refused.

`-20.5`, `-20,5` and `－２０．５` are one number. `1,234` may be two, and nobody guesses which.
"""

from __future__ import annotations

import re

from ledger.errors import LedgerError

_TYPED = str.maketrans(
    {
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
        "\uff0e": ".",
        "\u3002": ".",
        "\uff61": ".",
        "\uff0c": ",",
        "\uff0d": "-",
        "\u2212": "-",
        "\uff0b": "+",
    }
)
_COMMA = re.compile(r"([+-]?)(\d+),(\d+)", re.ASCII)
_GROUPED = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+)(\.\d+)?", re.ASCII)


class TypedNumberError(LedgerError):
    """It may be two numbers; the message says which."""


def typed_number(text: str) -> str:
    """The number in plain digits with a decimal point; what is no number comes back as it was, without spaces around.

    Args:
        text: full-width digits and signs, a true minus sign, `。` and a comma for the decimal point are understood.

    Raises:
        TypedNumberError: a comma may stand before decimals or between thousands.
    """
    plain = text.strip().translate(_TYPED)
    comma, grouped = _COMMA.fullmatch(plain), _GROUPED.fullmatch(plain)
    if comma is not None and (grouped is None or comma[2].startswith("0")):
        return f"{comma[1]}{comma[2]}.{comma[3]}"
    if comma is not None:
        point, whole = plain.replace(",", "."), plain.replace(",", "")
        raise TypedNumberError(f"{text.strip()} may be {point} or {whole}: write the one that is meant")
    if grouped is not None:
        whole = grouped[1] + grouped[2].replace(",", "") + (grouped[3] or "")
        raise TypedNumberError(f"{text.strip()} holds commas between thousands: write {whole}")
    return plain
