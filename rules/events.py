"""Deviations, monitoring losses, instrument faults: what a timeline gives rise to. One span, one event, one id for good."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from readings.times import ALWAYS, NEVER, format_time
from rules.limit_unit import LimitUnit, read_from
from rules.losses import unshown
from rules.timeline import Point, Verdict
from rules.version import Version


class EventKind(StrEnum):
    """What people must deal with."""

    DEVIATION = "deviation"
    LOSS = "monitoring_loss"
    FAULT = "instrument_fault"


class Event(msgspec.Struct, array_like=True):
    """A deviation, a monitoring loss or an instrument fault.

    Attributes:
        id: from line, limit, unit and the first start; it survives revisions.
        kind: which of the three.
        start: from when the limit did not hold, or could not be shown to.
        end: until when; NEVER while it lasts.
        decided: event time at which it could first be known.
        low: least value in it, NaN if none.
        high: greatest value in it, NaN if none.
        last_good: when the limit last was shown to hold, before its start; NEVER where nothing says so, or at its start.
        first_good: when it was again, behind its end; ALWAYS where that is its end.
    """

    id: str
    kind: EventKind
    start: int
    end: int
    decided: int
    low: float
    high: float
    last_good: int = NEVER
    first_good: int = ALWAYS

    def saw_the_same(self, other: Event) -> bool:
        """Whether both saw the same least and greatest value."""
        none = math.isnan(self.low) and math.isnan(other.low)
        return none or (self.low, self.high) == (other.low, other.high)

    @property
    def since(self) -> int:
        """From when on product is affected: the last good reading; of what is decided per cycle, when that begins."""
        return min(self.start, self.last_good)

    @property
    def through(self) -> int:
        """Until when: the first good reading, or the end of the cycle; NEVER while it lasts."""
        return max(self.end, self.first_good)


def event_id(limit: LimitUnit, kind: EventKind, start: int) -> str:
    """Id of an event: hash of line, CCP, limit, unit, kind and its first start."""
    named = "\n".join([*limit.key, kind, format_time(start)])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def events_of(
    limit: LimitUnit, points: list[Point], until: int, versions: Sequence[Version] = ()
) -> list[Event]:
    """The events of a timeline as known at `until`, in order of their start.

    `versions` are those of the plan that held before the present one.

    A deviation goes on through a gap until it is known to have ended, and so does an instrument fault through a silence; of
    what is decided per cycle it ends with its cycle. Operating limits give rise to none.
    """
    if limit.rank == "operating":
        return []
    found = [*_deviations(limit, points), *_silences(limit, points, until, versions)]
    for event in found:
        event.id = event_id(limit, event.kind, event.start)
        _reach_to_good(limit, event, points, versions)
        if event.last_good >= event.start:  # where a later cycle began
            event.last_good = NEVER
        if event.first_good <= event.end:
            event.first_good = ALWAYS
    return sorted(found, key=lambda event: (event.start, event.kind))


def _reach_to_good(limit: LimitUnit, event: Event, points: list[Point], versions: Sequence[Version]) -> None:
    """Which product an event is about: from the last good reading before it to the first behind; a whole cycle.

    What cannot be shown just before it belongs to it, and so does a start that led into it.
    """
    inside = [number for number, point in enumerate(points) if event.start <= point.start < event.end]
    if not inside:
        return
    event.last_good = min(points[number].good for number in inside)
    if limit.terms.cycle is not None:
        cycle = points[inside[-1]].good
        if NEVER not in (cycle, event.end):  # else it ended outside of every cycle, or lasts
            behind = (point.start for point in points[inside[-1] + 1 :] if point.good != cycle)
            event.first_good = next(behind, NEVER)
        return
    number = inside[0]
    event.last_good = min(event.last_good, _good_from(limit, points, number, versions))
    while number and points[number - 1].verdict in (Verdict.INDETERMINATE, Verdict.STARTING):
        number -= 1
        event.last_good = min(
            event.last_good, points[number].good, _good_from(limit, points, number, versions)
        )


def _good_from(limit: LimitUnit, points: list[Point], number: int, versions: Sequence[Version]) -> int:
    """When that was read which held before a span; nothing that was judged before a stop.

    What follows from windows is lost behind its last window, which was read before: one of the version then in force.
    """
    start = points[number].start
    if not number or points[number].verdict != Verdict.INDETERMINATE:
        return start
    before = points[number - 1]
    over = next((each.over for each in versions if start < each.until), limit.over)
    return start if before.verdict == Verdict.SUSPENDED else max(before.start, read_from(start, over))


def _deviations(limit: LimitUnit, points: list[Point]) -> list[Event]:
    """One for each stretch; of what is decided per cycle, one for each cycle that failed."""
    found: list[Event] = []
    deviation: Event | None = None
    cycle = NEVER
    for point in points:
        if deviation is not None and limit.terms.cycle is not None and point.good != cycle:
            deviation.end, deviation = point.start, None
        cycle = point.good
        if point.verdict == Verdict.DEVIATION:
            if deviation is None:
                deviation = Event(
                    "", EventKind.DEVIATION, point.start, NEVER, point.decided, point.low, point.high
                )
                found.append(deviation)
            else:
                deviation.low = min(deviation.low, point.low)
                deviation.high = max(deviation.high, point.high)
        elif deviation is not None and point.verdict != Verdict.INDETERMINATE:
            deviation.end, deviation = point.start, None
    return found


def _silences(limit: LimitUnit, points: list[Point], until: int, versions: Sequence[Version]) -> list[Event]:
    """Monitoring losses and instrument faults."""
    found = [
        Event("", EventKind.LOSS, lost.since, lost.end, lost.due, math.nan, math.nan)
        for lost in unshown(limit, points, versions)
        if lost.due <= until
    ]
    fault: Event | None = None
    for point in points:
        if point.fault:
            low, high = _disagreed(limit, point)
            if fault is None:
                fault = Event("", EventKind.FAULT, point.start, NEVER, point.decided, low, high)
                found.append(fault)
            fault.low, fault.high = min(fault.low, low), max(fault.high, high)
        elif fault is not None and point.verdict != Verdict.INDETERMINATE:
            fault.end, fault = point.start, None
    return found


def _disagreed(limit: LimitUnit, point: Point) -> tuple[float, float]:
    """What an instrument was found to be off by; of one that is merely stuck there is nothing to say."""
    return (point.low, point.high) if limit.rank == "instrument" else (math.nan, math.nan)


def _spans(event: Event) -> tuple[int, ...]:
    return event.start, event.end, event.decided, event.since, event.through


class EventChange(msgspec.Struct):
    """An event opened, revised, returned or withdrawn."""

    what: str
    event: Event


def compare_events(known: list[Event], now: list[Event]) -> list[EventChange]:
    """What became of the events: `now` takes over the ids of known events that they overlap.

    `known` is not changed; the events of `now` get the ids.
    """
    changes: list[EventChange] = []
    left = list(known)
    taken = {old.id for old in known}
    for event in now:
        match = next(
            (
                old
                for old in left
                if old.kind == event.kind and old.start < event.end and event.start < old.end
            ),
            None,
        )
        if match is None:
            while event.id in taken:  # another event began here once and has moved since
                event.id = hashlib.sha256(event.id.encode()).hexdigest()[:16]
            taken.add(event.id)
            changes.append(EventChange("opened", event))
            if event.end != NEVER:
                changes.append(EventChange("returned", event))
            continue
        left.remove(match)
        event.id = match.id
        if match.end == NEVER and event.end != NEVER:
            changes.append(EventChange("returned", event))
        elif _spans(match) != _spans(event) or (event.end != NEVER and not match.saw_the_same(event)):
            changes.append(EventChange("revised", event))
    changes += [EventChange("withdrawn", old) for old in left]
    return changes
