"""The numbers by which a firm in China is known, held against their own check digits."""

from __future__ import annotations

import re

_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, table 2: no I, O, S, V, Z


def credit_code_fault(code: str) -> str | None:
    """What is wrong with a 统一社会信用代码 (GB 32100-2015); None if it holds.

    The eighteenth character is C18 in `sum(Ci * 3^(i-1)) + C18 = 0 (mod 31)`.
    """
    if len(code) != 18:
        return f"{code!r} has {len(code)} characters; a social credit code has 18"
    for place, sign in enumerate(code, 1):
        if sign not in _CREDIT_SIGNS:
            return f"character {place} of {code!r} is {sign!r}; digits and capitals without I, O, S, V, Z stand there"
        if 3 <= place <= 8 and not sign.isdigit():
            return (
                f"character {place} of {code!r} is {sign!r}; characters 3 to 8 are the digits of a district"
            )
    total = sum(_CREDIT_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    wanted = _CREDIT_SIGNS[-total % 31]
    if code[17] != wanted:
        return _mismatch("character 18", code, code[17], wanted)
    return None


def licence_fault(number: str) -> str | None:
    """What is wrong with a food production licence number, SC and 14 digits; None if it holds.

    The last digit is that of ISO 7064 MOD 11,10 (GB/T 17710) over the thirteen before it. A number that does not begin
    with SC, such as a workshop's registration, has no form that could be checked.
    """
    if not number.upper().startswith("SC"):
        return None
    if not re.fullmatch(r"SC[0-9]{14}", number):
        return f"{number!r} is no licence number; write SC and 14 digits, or a workshop's registration number"
    product = 10
    for digit in number[2:15]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    wanted = str((11 - product) % 10)
    if number[15] != wanted:
        return _mismatch("the last digit", number, number[15], wanted)
    return None


def _mismatch(what: str, number: str, given: str, wanted: str) -> str:
    return (
        f"{what} of {number!r} is {given}; what stands before it asks for {wanted}: one of them is mistyped"
    )
