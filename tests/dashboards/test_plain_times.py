"""Times in sentences of the program, as people read them."""

from __future__ import annotations

import pytest

from dashboards.plain_times import in_seconds, in_zone


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("bridged 60000123 us: at most 118.9 degC", "bridged 60 s: at most 118.9 degC"),
        (
            "bridged 12345678901 ns: every other point stayed good",
            "bridged 12.3 s: every other point stayed good",
        ),
        ("bridged 45 s: at most 5.0 degC", "bridged 45 s: at most 5.0 degC"),
        ("after 350 ms", "after 0.35 s"),
        ("after 12 us", "after 12 us"),
        ("0.25 ms", "0.25 ms"),
    ],
)
def test_no_microseconds_are_read_to_people(said, read):
    """A tenth of a second is enough, a millisecond below one; what is shorter, and a bound, stay as they are."""
    assert in_seconds(said) == read


def test_a_time_is_one_of_the_zone():
    """Every one in the sentence, whatever offset it was written with."""
    text = "from 2026-12-01T03:00:00Z to 2026-12-01T12:00:00.5+08:00"
    assert in_zone(text, lambda ns: str(ns // 10**9 - 1_796_000_000)) == "from 94000 to 97600"
