"""When a line is to produce, by the wall clocks of its site.

Hours are written in wall time and become instants by the zone's rules: a day may have 23 or 25 hours. Where a change of
clocks makes a wall time doubtful, production hours take the longer way, for in them nothing is excused: they begin at the
first 01:30 of two and end at the second; a time that the clocks skip is the moment of the change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from readings.times import DAY, MINUTE, SECOND, zone
from rules.strict_model import Strict

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = re.compile(r"([A-Za-z, -]+?)\s+(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = date(1970, 1, 1).toordinal()
_MANY = 4000  # days
_LONGEST = 8  # days: longer than any hours reach from the day on which they begin


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of some days of the week.

    Attributes:
        days: 0 is Monday.
        begin: minutes after midnight.
        end: likewise; not later than `begin` where they end on the next day.
    """

    days: tuple[int, ...]
    begin: int
    end: int

    @property
    def runs(self) -> list[tuple[int, int]]:
        """Its days as runs of days that follow each other: first and last of each."""
        found: list[tuple[int, int]] = []
        for day in self.days:
            if found and found[-1][1] == day - 1:
                found[-1] = (found[-1][0], day)
            else:
                found.append((day, day))
        return found

    @property
    def clocks(self) -> str:
        """Its begin and end: `07:00-19:00`."""
        return f"{_clock(self.begin)}-{_clock(self.end)}"

    def __str__(self) -> str:
        """As it would be written in a plan."""
        runs = [
            _DAYS[first] if first == last else f"{_DAYS[first]}-{_DAYS[last]}" for first, last in self.runs
        ]
        return f"{', '.join(runs)} {self.clocks}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _hours(value: Any) -> Hours:
    if isinstance(value, Hours):
        return value
    match = _HOURS.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"{value!r} does not say days and hours; write Mon-Sat 07:00-19:00")
    begin, end = (_minutes(match[at], match[at + 1], str(value)) for at in (2, 4))
    if begin == 24 * 60:
        raise ValueError(f"{value}: a day begins at 00:00")
    return Hours(tuple(sorted(set(_days(match[1], str(value))))), begin, end)


@dataclass(frozen=True, slots=True)
class OneDay:
    """Hours of one day, such as a day that is worked for a holiday."""

    day: date
    hours: Hours

    def __str__(self) -> str:
        """As it would be written in a plan."""
        return f"{self.day.isoformat()} {self.hours.clocks}"


def _one_day(value: Any) -> OneDay:
    if isinstance(value, OneDay):
        return value
    day, _, clocks = str(value).strip().partition(" ")
    try:
        hours = _hours(f"daily {clocks}")
    except ValueError:
        raise ValueError(
            f"{value!r} does not say a day and its hours; write 2026-10-10 07:00-19:00"
        ) from None
    return OneDay(_date(day), hours)


def _minutes(hour: str, minute: str, text: str) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > 24 * 60:
        raise ValueError(f"{text}: {hour}:{minute} is no time of day; they go from 00:00 to 24:00")
    return found


def _days(text: str, whole: str) -> list[int]:
    if text.strip().lower() == "daily":
        return list(range(7))
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        names = [first.strip().title(), (last or first).strip().title()]
        wrong = next((name for name in names if name not in _DAYS), None)
        if wrong is not None:
            raise ValueError(f"{whole}: {wrong} is no day; write {', '.join(_DAYS)}, or daily")
        begin, end = (_DAYS.index(name) for name in names)
        found += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return found


def _date(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a day; write 2026-10-01") from None


HoursText = Annotated[
    Hours,
    PlainValidator(_hours),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["Mon-Sat 07:00-19:00"]}),
]
OneDayText = Annotated[
    OneDay,
    PlainValidator(_one_day),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d-\d\d:\d\d$",
            "examples": ["2026-10-10 07:00-19:00"],
        }
    ),
]
DayText = Annotated[
    date,
    PlainValidator(_date),
    PlainSerializer(date.isoformat),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$", "examples": ["2026-10-01"]}),
]


class Calendar(Strict):
    """When a line is to produce, and what ends production.

    Attributes:
        production: hours in wall time; in them a silent line is raised, whatever anybody signed.
        closed: days on which none of these hours begin.
        extra: hours of single days, such as a Sunday that is worked for a holiday; also on a day that is closed.
        ends: what must be there, outside these hours, for a silent line to count as at rest: a person's signature, or,
            by `stopped`, also its own last word that it had stopped.
    """

    production: list[HoursText] = Field(min_length=1)
    closed: list[DayText] = []
    extra: list[OneDayText] = []
    ends: Literal["signed", "stopped"] = "signed"

    def in_zone(self, name: str) -> Shifts:
        """The same as instants.

        Raises:
            TimeError: there is no such zone.
        """
        extra: dict[date, tuple[Hours, ...]] = {}
        for each in self.extra:
            extra[each.day] = (*extra.get(each.day, ()), each.hours)
        return Shifts(tuple(self.production), frozenset(self.closed), zone(name), extra)


@dataclass(frozen=True, slots=True)
class Shifts:
    """Production hours as instants; `known` are those of days that were asked for before."""

    production: tuple[Hours, ...]
    closed: frozenset[date]
    local: tzinfo
    extra: dict[date, tuple[Hours, ...]] = field(default_factory=dict, hash=False)
    known: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict, compare=False, repr=False)

    def windows(self, start: int, end: int) -> list[tuple[int, int]]:
        """The spans of production (from, until), ns UTC, that reach into start <= time <= end, in order, none touching.

        Their begins and ends are right where they lie inside; a span that goes on beyond may be cut a week away.
        """
        first, last = start // DAY + _FIRST - _LONGEST, end // DAY + _FIRST + _LONGEST
        found: list[tuple[int, int]] = []
        for begin, until in sorted(span for day in range(first, last + 1) for span in self._of_day(day)):
            if found and begin <= found[-1][1]:
                found[-1] = (found[-1][0], max(found[-1][1], until))
            else:
                found.append((begin, until))
        return [span for span in found if span[1] >= start and span[0] <= end]

    def begins(self, start: int, end: int) -> list[int]:
        """When shifts begin, ns UTC, start < time <= end, in order: all hours as they are written, also those that touch."""
        first, last = start // DAY + _FIRST - _LONGEST, end // DAY + _FIRST + 1
        found = {begin for day in range(first, last + 1) for begin, _ in self._of_day(day)}
        return sorted(begin for begin in found if start < begin <= end)

    def _of_day(self, ordinal: int) -> tuple[tuple[int, int], ...]:
        """The spans that begin on a day."""
        if ordinal not in self.known:
            if len(self.known) > _MANY:
                self.known.clear()
            self.known[ordinal] = tuple(self._placed(date.fromordinal(ordinal)))
        return self.known[ordinal]

    def _placed(self, day: date) -> Iterator[tuple[int, int]]:
        usual = self.production if day not in self.closed else ()
        for hours in (*usual, *self.extra.get(day, ())):
            if day.weekday() in hours.days:
                over = hours.end + (24 * 60 if hours.end <= hours.begin else 0)
                begin = _instant(self.local, day, hours.begin, first=True)
                end = _instant(self.local, day, over, first=False)
                if end > begin:
                    yield begin, end

    def local_text(self, time: int) -> str:
        """A time, ns UTC, as the clocks of the site show it, to the second and with its offset."""
        return (_EPOCH + timedelta(seconds=time // SECOND)).astimezone(self.local).isoformat()


def _instant(local: tzinfo, day: date, minutes: int, *, first: bool) -> int:
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 - wall time, until it is placed
    early, late = (_utc(wall.replace(tzinfo=local, fold=fold)) for fold in (0, 1))
    if early > late:  # the clocks skip it, and each fold misses the change to its side
        while early - late > MINUTE:
            middle = (early + late) // 2
            after = _at(middle, local).utcoffset() == _at(early, local).utcoffset()
            early, late = (middle, late) if after else (early, middle)
        return early // MINUTE * MINUTE
    return early if first else late


def _at(time: int, local: tzinfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=time // 1000)).astimezone(local)


def _utc(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
