"""Times: UTC nanoseconds inside, RFC 3339 outside, nothing ambiguous in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.errors import TimeError
from readings.times import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    arrival,
    format_duration,
    format_time,
    format_times,
    parse_duration,
    parse_time,
    zone,
)

moments = st.integers(-(2**61), 2**62)


@given(moments)
def test_a_time_comes_back_as_it_was(moment):
    """Parsing what was formatted gives the same nanosecond, in both forms."""
    assert parse_time(format_time(moment)) == moment
    assert parse_time(format_times(np.array([moment]))[0]) == moment


@given(st.integers(1, 10**9 - 1), st.sampled_from([SECOND, MINUTE, HOUR, DAY, 1]))
def test_a_duration_comes_back_as_it_was(count, unit):
    """The shortest exact way to write it is exact."""
    duration = count * unit
    assert parse_duration(format_duration(duration)) == duration


def test_offsets_and_local_times():
    """The same moment in three ways."""
    shanghai = zone("Asia/Shanghai")
    assert (
        parse_time("2026-12-01T00:00:00+08:00")
        == parse_time("2026-11-30T16:00:00Z")
        == parse_time("2026-12-01 00:00", shanghai)
    )


def test_a_time_without_an_offset_is_refused():
    """Nobody guesses a zone."""
    with pytest.raises(TimeError, match="has no offset"):
        parse_time("2026-12-01T00:00:00")


@pytest.mark.parametrize("text", ["2026-10-25 02:30:00", "2026-03-29 02:30:00"])
def test_a_local_time_in_a_change_of_clocks_is_refused(text):
    """02:30 comes twice in October and never in March."""
    with pytest.raises(TimeError, match="change of clocks"):
        parse_time(text, zone("Europe/Berlin"))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00Z", "2026-02-30T00:00Z", "12:30"])
def test_what_is_no_time_is_refused(text):
    """With a message that shows how to write one."""
    with pytest.raises(TimeError):
        parse_time(text)


def test_durations():
    """Whole units, decimals, and what has no fixed length."""
    assert [parse_duration(text) for text in ("5 s", "45 min", "1.5 h", "7 d")] == [
        5 * SECOND,
        45 * MINUTE,
        90 * MINUTE,
        7 * DAY,
    ]
    assert format_duration(25 * HOUR) == "25 h"
    for wrong in ("5", "5 weeks", "1 month", "-5 s", "s"):
        with pytest.raises(TimeError):
            parse_duration(wrong)


def test_a_time_of_arrival_is_never_a_whole_millisecond():
    """To the microsecond; on a whole millisecond the next one. The same of many at once."""
    came = [1_796_126_400_000_000_000, 1_796_126_400_000_000_999, 1_796_126_400_000_001_000, 7_123_456_789]
    told = [1_796_126_400_000_001_000, 1_796_126_400_000_001_000, 1_796_126_400_000_001_000, 7_123_456_000]
    assert [arrival(each) for each in came] == told
    assert arrival(np.array(came)).tolist() == told
