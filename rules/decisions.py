"""Decisions as people and programs read them: one per span of a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from readings.times import NEVER, format_time
from rules.engine import Change, open_spans
from rules.events import Event
from rules.limit_unit import LimitUnit
from rules.line_events import Start
from rules.memory import EngineState
from rules.program import Program
from rules.timeline import Point, Verdict
from rules.version import Version


class Decisions:
    """Folds changes into the timelines that are in force."""

    def __init__(self, program: Program) -> None:
        self._points: dict[tuple[str, str, str, str], list[Point]] = {}
        self._limits: dict[tuple[str, str, str, str], LimitUnit] = {}
        self._versions: dict[tuple[str, str, str, str], tuple[Version, ...]] = {}
        self._events: dict[str, tuple[LimitUnit, Event]] = {}
        self._starts: dict[tuple[tuple[str, str, str, str], int], Start] = {}
        self.follow(program)

    def follow(self, program: Program) -> None:
        """From here on another version of the plan is taken from; see `rules.carry`."""
        self._program = program
        for limit in (*program.limits, *program.lines):
            self._points.setdefault(limit.key, [])
            self._limits[limit.key] = limit
            self._versions.setdefault(limit.key, (Version.of(program, limit),))

    def take(self, changes: Iterable[Change]) -> None:
        """Take what a step changed."""
        for change in changes:
            if change.rewrite is not None:
                known = self._versions[change.limit.key]
                ended = [version for version in known if version.until < change.versions[0].until]
                self._versions[change.limit.key] = (*ended, *change.versions)
                points = self._points[change.limit.key]
                first = change.rewrite.points[0].start if change.rewrite.points else NEVER
                gone = set(change.rewrite.superseded)
                while points and (points[-1].start >= first or points[-1].start in gone):
                    points.pop()
                if points and change.rewrite.before is not None:
                    points[-1] = change.rewrite.before
                points += change.rewrite.points
            for event in change.events:
                if event.what == "withdrawn":
                    self._events.pop(event.event.id, None)
                else:
                    self._events[event.event.id] = (change.limit, event.event)
            for each in change.starts:
                if each.what == "withdrawn":
                    self._starts.pop((change.limit.key, each.start.start), None)
                else:
                    self._starts[change.limit.key, each.start.start] = each.start

    def finish(self, state: EngineState) -> None:
        """Bring the open spans up to date: their values are not told reading by reading."""
        for limit, point in zip(self._program.limits, open_spans(self._program, state), strict=True):
            if point is not None:
                self._points[limit.key][-1] = point

    def judged(self) -> list[LimitUnit]:
        """The limit units that were judged, also by a version of the plan before, in no order."""
        return [limit for limit in self._limits.values() if limit.tracks]

    def timeline(self, limit: LimitUnit) -> list[Point]:
        """The change points in force, in order of time."""
        return self._points[limit.key]

    def judged_in(self) -> dict[tuple[str, str, str, str], str]:
        """The unit of what is judged, and of `worst`, by line, CCP, limit and unit of product."""
        return {key: limit.judged_in for key, limit in self._limits.items()}

    def events(self) -> list[Event]:
        """Deviations and monitoring losses in force."""
        return [event for _, event in self._events.values()]

    def starts(self) -> list[Start]:
        """The line's starts in force, in order of time."""
        return [self._starts[key] for key in sorted(self._starts, key=lambda key: (key[1], key[0]))]

    def raised(self) -> list[tuple[LimitUnit, Event]]:
        """The same, each with its limit."""
        return list(self._events.values())

    def lines(self) -> Iterator[dict[str, Any]]:
        """One object per span, by CCP, limit, unit and time; see `decision`."""
        for key, limit in sorted(self._limits.items()):
            points = self._points[key]
            for number, point in enumerate(points):
                end = points[number + 1].start if number + 1 < len(points) else None
                version = next(each for each in self._versions[key] if point.start < each.until)
                said = decision(limit, point, end, version.plan)
                yield said | {"method": version.method}


def says_worst(limit: LimitUnit, point: Point) -> bool:
    """Whether a verdict rests on values: one that says nothing of them does not, but for instruments that disagree."""
    return point.verdict != Verdict.INDETERMINATE or (limit.rank == "instrument" and point.fault)


def decision(limit: LimitUnit, point: Point, end: int | None, plan_hash: str) -> dict[str, Any]:
    """One span of a verdict; times in RFC 3339, `worst` in the sensor's unit, null where nothing was measured."""
    worst = limit.worst(point.low, point.high)
    return {
        "line": limit.line,
        "ccp": limit.ccp,
        "limit": limit.limit,
        "unit": limit.unit,
        "class": limit.rank,
        "verdict": str(point.verdict),
        "from": format_time(point.start),
        "to": None if end is None else format_time(end),
        "decided": format_time(point.decided),
        "worst": None if math.isnan(worst) or not says_worst(limit, point) else worst,
        "reason": point.reason,
        "plan": plan_hash,
        "method": limit.method,
        **_integral(limit, point),
    }


def _integral(limit: LimitUnit, point: Point) -> dict[str, Any]:
    if point.integral is None:
        return {}
    low, best, high = point.integral.low, point.integral.best, point.integral.high
    return {"integral": {"low": low, "best": best, "high": high, "unit": limit.judged_in}}
