"""Times and lengths of time in sentences of the program, as people read them; the record has them to the nanosecond."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

from readings.times import MS, SECOND, US, parse_time

_LENGTH = re.compile(r"(?<![\w.-])(\d+) (ms|us|ns)\b")
_SIZE = {"ms": MS, "us": US, "ns": 1}
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")


def in_seconds(text: str) -> str:
    """A sentence in which `60000123 us` reads `60 s`; less than a second keeps three decimals, less than 1 ms stays."""
    return _LENGTH.sub(lambda match: _seconds(int(match[1]) * _SIZE[match[2]]) or match[0], text)


def in_zone(text: str, show: Callable[[int], str]) -> str:
    """A sentence in which `2026-12-01T11:02:00Z` is a time of the site's zone.

    Args:
        text: of the program.
        show: a time, ns UTC, as people read it.
    """
    return _STAMP.sub(lambda match: show(parse_time(match[0])), text)


def _seconds(ns: int) -> str:
    if ns < MS:
        return ""
    exact = Decimal(ns) / SECOND
    step = Decimal("0.1") if exact >= 1 else Decimal("0.001")
    said = f"{exact.quantize(step, ROUND_HALF_EVEN):f}"
    return f"{said.rstrip('0').rstrip('.') if '.' in said else said} s"
