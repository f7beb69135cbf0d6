"""Quiet hours, in which late uploads wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.notices.causes import quiet_end
from readings.times import DAY, HOUR, MINUTE, SECOND, parse_time

ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("quiet", "local", "ends"),
    [
        ("22:00-06:00", "21:59:59", "21:59:59"),
        ("22:00-06:00", "22:00:00", "06:00:00"),
        ("22:00-06:00", "05:59:30", "06:00:00"),
        ("22:00-06:00", "06:00:00", "06:00:00"),
        ("12:00-13:30", "12:10:05", "13:30:00"),
        ("12:00-13:30", "14:00:00", "14:00:00"),
        ("08:00-08:00", "08:00:00", "08:00:00"),
    ],
)
def test_quiet_hours_end_by_the_clock_of_the_site(quiet, local, ends):
    """Also over midnight."""
    now = parse_time(f"2026-12-01T{local}+08:00")
    end = parse_time(f"2026-12-01T{ends}+08:00")
    assert quiet_end(quiet, ZONE, now) == (end if end >= now else end + DAY)


@given(st.integers(0, 24 * 60 - 1), st.integers(0, 24 * 60 - 1), st.integers(0, 24 * 3600 - 1))
def test_they_are_never_longer_than_they_are(begin, end, second):
    """Nothing waits longer than the span, and what does not lie in it does not wait."""
    quiet = "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (begin, end))
    now = parse_time("2026-12-01T00:00:00+08:00") + second * SECOND
    waits = quiet_end(quiet, ZONE, now) - now
    span = ((end - begin) % (24 * 60)) * MINUTE
    assert 0 <= waits <= min(span, 24 * HOUR)
    assert quiet_end(quiet, ZONE, now + waits) == now + waits
