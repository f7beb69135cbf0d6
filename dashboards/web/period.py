"""A period that is asked for: where it begins and ends."""

from __future__ import annotations

from dashboards.web.errors import WebRefusal
from readings.times import DAY, parse_time

_LONGEST = 400 * DAY


def period_of(start: str, end: str) -> tuple[int, int]:
    """Its beginning and its end, which is not included, ns UTC.

    Args:
        start: RFC 3339.
        end: RFC 3339.

    Raises:
        WebRefusal: it ends before it begins, or is longer than may be asked for at once.
        TimeError: one of them is no time.
    """
    first, last = parse_time(start), parse_time(end)
    if last <= first:
        raise WebRefusal("the period ends before it begins")
    if last - first > _LONGEST:
        raise WebRefusal(f"ask for {_LONGEST // DAY} days at most")
    return first, last
