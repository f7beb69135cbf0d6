"""A field of a message becomes a value in the plan's unit, or a text, or a reason why there is none."""

from __future__ import annotations

import math
import re
from hashlib import blake2b
from typing import Any

from msgspec import UNSET

from gateway.errors import PayloadError, shown
from gateway.gauge import Gauge
from gateway.paths import word
from gateway.reading_settings import Scalar
from readings.block import LARGEST, NO_SEQ
from readings.quality import Reason

LONGEST_TEXT = 400  # letters
_KINDS = ((bool, "a truth value"), (str, "a text"), (dict, "an object"), (list, "a list"))
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,30}", re.ASCII)


class Valued:
    """What the fields of one reading mean.

    Args:
        gauge: from raw number to value.
        codes: what words, numbers or truth values mean instead; None where they are numbers.
    """

    def __init__(self, gauge: Gauge, codes: dict[str, Scalar] | None) -> None:
        self._gauge = gauge
        self._codes = codes
        self.plain = gauge == Gauge(decimal=True) and codes is None  # the value is the number as it came

    def measure(self, field: Any) -> tuple[float, float, Reason]:
        """Value, raw number and reason.

        Raises:
            PayloadError: it is no number, and none of the words that are known.
        """
        kind = type(field)
        if self._codes is not None and field is not None and field is not UNSET:
            field = self._coded(field)
            kind = type(field)
        if kind is str and field not in self._gauge.sentinels:
            field = as_number(field)
        try:
            found = measured(self._gauge, field)
        except OverflowError as error:
            raise PayloadError("the value is out of range") from error
        if found is None:
            raise PayloadError(_expected(field, "number"))
        return found

    def _coded(self, field: Any) -> Any:
        assert self._codes is not None
        if not isinstance(field, str | int | float):
            raise PayloadError(_expected(field, "word"))
        meant = self._codes.get(word(field))
        if meant is None:
            if field in self._gauge.sentinels:
                return field
            raise PayloadError(f"the value is {field!r}; there are codes for {', '.join(self._codes)}")
        return int(meant) if isinstance(meant, bool) else meant


def measured(gauge: Gauge, field: Any) -> tuple[float, float, Reason] | None:
    """Value, raw number and reason of a number, a truth value, a sentinel or nothing; None where it is none of these.

    Raises:
        OverflowError: the number is out of range.
    """
    kind = type(field)
    if kind is float or kind is int:
        value, reason = gauge.read(field)
        return value, float(field), reason
    if field is None or field is UNSET:
        return math.nan, math.nan, Reason.MISSING
    if kind is bool and gauge.truth:
        value, reason = gauge.read(int(field))
        return value, float(field), reason
    if kind is str and field in gauge.sentinels:
        return math.nan, math.nan, Reason.SENTINEL
    return None


def as_number(text: str) -> str | int | float:
    """The number that a text is, as it is written in JSON; else the text itself."""
    written = text.strip()
    if _WHOLE.fullmatch(written):
        return int(written)
    return float(written) if _NUMBER.fullmatch(written) else text


def coded_text(field: Any, codes: dict[str, Scalar] | None) -> str:
    """The text that a field is, or means; what has no code is as it came.

    Raises:
        PayloadError: it is no text, and no code either.
    """
    if codes is not None and isinstance(field, str | int | float):
        meant = codes.get(word(field))
        field = str(meant) if meant is not None else field if isinstance(field, str) else word(field)
    if not isinstance(field, str):
        raise PayloadError(_expected(field, "text"))
    if len(field) > LONGEST_TEXT or not field.isprintable():
        raise PayloadError(
            f"a coded text is printable and has at most {LONGEST_TEXT} letters, not {field[:60]!r}"
        )
    return field


def counter_of(field: Any) -> int:
    """The counter that a field says; of a text that is no number, a number that only it gives.

    Raises:
        PayloadError: it can be none.
    """
    if field is None or field is UNSET:
        return NO_SEQ
    if isinstance(field, str):
        number = as_number(field)
        if not isinstance(number, int) or number > LARGEST:
            return int.from_bytes(blake2b(field.encode(), digest_size=8).digest(), "big") >> 1
        field = number
    if type(field) is float and field.is_integer():
        field = int(field)
    if type(field) is not int:
        raise PayloadError(f"the counter is {shown(field)}; a whole number or a text was expected")
    if not 0 <= field <= LARGEST:
        raise PayloadError(f"the counter {field} is out of range")
    return field


def _kind(field: Any) -> str:
    """What JSON calls it."""
    for kinds, said in _KINDS:
        if isinstance(field, kinds):
            return said
    return "a number"


def _expected(field: Any, what: str) -> str:
    found = "missing" if field is None or field is UNSET else f"{shown(field)}, {_kind(field)}"
    hint = ""
    if what == "number" and isinstance(field, bool | str):
        hint = "; say what it means by codes, or that it means no value by sentinels"
    return f"the value is {found}; a {what} was expected{hint}"
