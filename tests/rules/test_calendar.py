"""Production hours by the wall clocks of the site, on days of 23, 24 and 25 hours."""

from __future__ import annotations

import pytest

from readings.times import DAY, HOUR, MINUTE, parse_time
from rules.calendar import Calendar

WINTER = "2026-10-25"  # in Berlin, 02:00 to 03:00 comes twice
SUMMER = "2026-03-29"  # there, 02:00 to 03:00 never comes


def hours(*production: str, zone: str = "Europe/Berlin", day: str, closed: tuple[str, ...] = ()) -> list[str]:
    """The spans that reach into a day, by the clocks of the site."""
    shifts = Calendar(production=list(production), closed=list(closed)).in_zone(zone)
    noon = parse_time(f"{day}T12:00:00Z")
    spans = shifts.windows(noon - 12 * HOUR, noon + 12 * HOUR)
    return [f"{shifts.local_text(begin)[5:]} {shifts.local_text(end)[5:]}" for begin, end in spans]


def test_hours_of_days_of_the_week():
    """Mon-Sat are six days; nothing on Sunday."""
    week = Calendar(production=["Mon-Sat 07:00-19:00"]).in_zone("Asia/Shanghai")
    monday = parse_time("2026-11-30T00:00:00+08:00")
    found = week.windows(monday, monday + 7 * DAY)
    assert [(begin - monday, end - monday) for begin, end in found] == [
        (day * DAY + 7 * HOUR, day * DAY + 19 * HOUR) for day in range(6)
    ]


def test_hours_over_midnight_and_shifts_that_touch_are_one_span():
    """Three shifts a day are production without a break, whose begin is that of the week."""
    shifts = ("Mon-Fri 06:00-14:00", "Mon-Fri 14:00-22:00", "Mon-Thu 22:00-06:00")
    assert hours(*shifts, day="2026-06-03") == ["06-01T06:00:00+02:00 06-05T22:00:00+02:00"]


def test_a_closed_day_has_no_hours_that_begin_on_it():
    """The night shift that began the day before goes on to its end."""
    shifts = ("daily 06:00-14:00", "daily 22:00-05:00")
    assert hours(*shifts, day="2026-06-03", closed=("2026-06-03",)) == [
        "06-02T22:00:00+02:00 06-03T05:00:00+02:00"
    ]


def test_a_day_that_is_worked_for_a_holiday_has_hours_of_its_own():
    """A Sunday in the place of a closed Thursday, on a shift that starts later; and hours of a day that is closed."""
    calendar = Calendar(
        production=["Mon-Sat 07:00-19:00"],
        closed=["2026-10-01"],
        extra=["2026-10-11 09:00-15:00", "2026-10-01 20:00-02:00"],
    )
    shifts = calendar.in_zone("Asia/Shanghai")
    spans = shifts.windows(parse_time("2026-10-01T00:00:00+08:00"), parse_time("2026-10-02T06:00:00+08:00"))
    assert [shifts.local_text(each) for each in spans[0]] == [
        "2026-10-01T20:00:00+08:00",
        "2026-10-02T02:00:00+08:00",
    ]
    sunday = parse_time("2026-10-11T00:00:00+08:00")
    assert shifts.windows(sunday, sunday + DAY - 1) == [(sunday + 9 * HOUR, sunday + 15 * HOUR)]
    assert calendar.model_dump(mode="json")["extra"] == ["2026-10-11 09:00-15:00", "2026-10-01 20:00-02:00"]


@pytest.mark.parametrize(
    "wrong", ["2026-10-11", "Sun 09:00-15:00", "2026-13-01 09:00-15:00", "2026-10-11 9-15"]
)
def test_extra_hours_name_a_day_and_its_hours(wrong):
    """Anything else is told with an example."""
    with pytest.raises(ValueError, match=r"2026-10-\d\d"):
        Calendar(production=["Mon-Sat 07:00-19:00"], extra=[wrong])


def test_a_night_of_the_23_hour_day_is_an_hour_shorter():
    """22:00 to 06:00 lasts seven hours when the clocks go forward, nine when they go back."""
    for day, lasts in ((SUMMER, 7), (WINTER, 9), ("2026-06-03", 8)):
        shifts = Calendar(production=["daily 22:00-06:00"]).in_zone("Europe/Berlin")
        end = parse_time(f"{day}T12:00:00Z")
        [span] = [each for each in shifts.windows(end - 12 * HOUR, end) if each[1] < end]
        assert span[1] - span[0] == lasts * HOUR


def test_a_time_that_comes_twice_begins_at_the_first_and_ends_at_the_second():
    """In doubt it is production, for in production nothing is excused."""
    assert hours("Sun 02:30-10:00", day=WINTER) == ["10-25T02:30:00+02:00 10-25T10:00:00+01:00"]
    assert hours("Sat 22:00-02:30", day=WINTER) == ["10-24T22:00:00+02:00 10-25T02:30:00+01:00"]
    assert hours("Sun 01:30-09:00", day="2026-11-01", zone="America/New_York") == [
        "11-01T01:30:00-04:00 11-01T09:00:00-05:00"
    ]


def test_a_time_that_never_comes_is_the_moment_of_the_change():
    """02:30 does not exist; the clocks go from 02:00 to 03:00."""
    assert hours("Sun 02:30-10:00", day=SUMMER) == ["03-29T03:00:00+02:00 03-29T10:00:00+02:00"]
    assert hours("Sat 22:00-02:30", day=SUMMER) == ["03-28T22:00:00+01:00 03-29T03:00:00+02:00"]


def test_a_change_of_half_an_hour():
    """Lord Howe Island moves its clocks by 30 min."""
    shifts = Calendar(production=["daily 00:00-24:00"]).in_zone("Australia/Lord_Howe")
    noon = parse_time("2026-10-04T00:00:00Z")
    [(begin, end)] = shifts.windows(noon, noon)
    assert begin < noon - DAY
    assert end > noon + DAY
    one = Calendar(production=["Sun 02:15-04:00"]).in_zone("Australia/Lord_Howe")
    assert [(end - begin) // MINUTE for begin, end in one.windows(noon - DAY, noon + DAY)] == [90]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("07:00-19:00", "does not say days and hours"),
        ("Mon-Sat 7-19", "does not say days and hours"),
        ("Mo-Sa 07:00-19:00", "Mo is no day"),
        ("Mon 25:00-26:00", "25:00 is no time of day"),
        ("Mon 24:00-06:00", "a day begins at 00:00"),
    ],
)
def test_what_is_no_hours_is_refused(text, why):
    """With what is wrong, and what to write."""
    with pytest.raises(ValueError, match=why):
        Calendar(production=[text])
