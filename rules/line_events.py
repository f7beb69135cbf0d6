"""What is told of a line itself: its starts, in which what is made is diverted or held, and states that are contradicted."""

from __future__ import annotations

import math

import msgspec

from readings.times import ALWAYS, NEVER
from rules.events import Event, EventChange, EventKind, compare_events, event_id
from rules.gate import Gate
from rules.gates import gates, heard_of
from rules.limit_unit import LimitUnit
from rules.line_words import Heard
from rules.nights import Word
from rules.program import Program
from rules.signals import SignalState


class Start(msgspec.Struct, array_like=True):
    """The line came into a state in which it is judged, and was settling.

    Attributes:
        start: ns.
        end: ns; NEVER while it lasts.
        reason: in words.
    """

    start: int
    end: int
    reason: str


class StartChange(msgspec.Struct):
    """A start begun, ended, revised or withdrawn."""

    what: str
    start: Start


class LineShown(msgspec.Struct):
    """What was told of one state of the line, as far back as it may still change.

    Attributes:
        starts: in order of time.
        faults: in which the state was contradicted, in order of time.
        firm: what was before this time is told for good, ns.
        due: after this time something follows from time alone, ns.
    """

    starts: list[Start] = []
    faults: list[Event] = []
    firm: int = ALWAYS
    due: int = NEVER


def look_at_line(  # noqa: PLR0913 - one state of the line, and how far time has come
    program: Program, signals: list[SignalState], unit: LimitUnit, shown: LineShown, until: int, back: int
) -> tuple[list[EventChange], list[StartChange]]:
    """What has changed since it was looked at last; `shown` is brought up to date.

    Args:
        program: the plan made ready.
        signals: what was heard.
        unit: one of `Program.lines`.
        shown: what was told of it.
        until: how far time has come, ns.
        back: what was before this time nothing that comes late can change, ns.
    """
    signal = program.signals[unit.gate]
    heard = heard_of(program, signals, unit.gate, until)
    told = signals[unit.gate].told(signal, until)
    words = heard.words(since=shown.firm) if heard is not None else [Word(*change) for change in told]
    found = gates(unit, words)
    begin = words[0].time if words else ALWAYS  # what came before is forgotten, and with it what began then
    first = max(shown.firm, begin)
    starts = [start for start in _starts(found, until) if start.end > shown.firm]
    known = [start for start in shown.starts if start.end > shown.firm and start.start > begin]
    faults = _faults(unit, heard, first) if heard is not None else []
    before = [fault for fault in shown.faults if fault.end > first]
    changes = compare_events(before, faults), _compare(known, starts)
    shown.starts, shown.faults = starts, faults
    firm = heard.firm_until() if heard is not None else NEVER
    shown.firm = max(shown.firm, min([firm, back, *_spoke(signals, program, unit)]))
    coming = [gate.time - 1 for gate in found if gate.time > until]
    coming += [heard.due() - 1] if heard is not None else []
    if signal.silent and signals[unit.gate].last != ALWAYS:
        coming.append(signals[unit.gate].last + signal.silent - 1)
    shown.due = min((time for time in coming if time >= until), default=NEVER)
    return changes


def leave_line(shown: LineShown, at: int) -> list[EventChange]:
    """Another version of the plan, which says nothing of this, takes over at `at`: what is open ends there."""
    left = [fault for fault in shown.faults if fault.end == NEVER]
    for fault in left:
        fault.end = at
    return [EventChange("returned", fault) for fault in left]


def _spoke(signals: list[SignalState], program: Program, unit: LimitUnit) -> list[int]:
    spoke = [signals[unit.gate].last]
    if program.nights is not None and program.nights.counter >= 0:
        spoke.append(signals[program.nights.counter].last)
    return spoke


def _starts(found: list[Gate], until: int) -> list[Start]:
    starts = []
    for number, gate in enumerate(found):
        if gate.state == "starting" and gate.time <= until:
            end = found[number + 1].time if number + 1 < len(found) else NEVER
            starts.append(Start(gate.time, end if end <= until else NEVER, gate.reason))
    return starts


def _compare(known: list[Start], now: list[Start]) -> list[StartChange]:
    old = {start.start: start for start in known}
    changes = []
    for start in now:
        before = old.pop(start.start, None)
        if before is None:
            changes.append(StartChange("begun", start))
        ends = before.end if before is not None else NEVER
        if ends == NEVER and start.end != NEVER:
            changes.append(StartChange("ended", start))
        elif before is not None and before != start:
            changes.append(StartChange("revised", start))
    return [*changes, *(StartChange("withdrawn", start) for start in old.values())]


def _faults(unit: LimitUnit, heard: Heard, first: int) -> list[Event]:
    return [
        Event(
            event_id(unit, EventKind.FAULT, each.start),
            EventKind.FAULT,
            each.start,
            each.end,
            each.known,
            math.nan,
            math.nan,
        )
        for each in heard.contradictions(since=first)
        if each.end > first and each.known <= heard.until
    ]
