"""Values that people enter: which are due now, which are overdue, and who entered the last ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from dashboards.views.board import Row
from dashboards.views.lines import LineView
from dashboards.views.verdicts import VerdictSpan
from ledger.record import Record
from ledger.timelines import Key
from readings.entered import ENTERED
from readings.inputs import LONE_POINT, Series
from readings.times import DAY, MINUTE, NEVER, parse_time
from rules.by_hand import ByHand
from rules.gate import Gate
from rules.paced import at_shifts, runs_out
from rules.plan import Plan
from rules.silence_check import stood_in

_SOON = 5 * MINUTE  # before it is due, at most
_AHEAD = 14 * DAY  # so far ahead production hours are looked for
Spans = Callable[[Key, int, int], Sequence[VerdictSpan]]  # of a timeline, from and to


class Turn(IntEnum):
    """Whether somebody is to measure."""

    OVERDUE = 0
    DUE = 1
    NEXT = 2  # before the next batch comes into the state that it must be there for
    LATER = 3
    DONE = 4
    NOT_NOW = 5


@dataclass(frozen=True, slots=True)
class EnteredValue:
    """A value as it stands in the record.

    Attributes:
        value: as entered, in the plan's unit.
        measured: when it was, ns UTC.
        name: of the person.
        late: whether it was entered late.
        seq: of the record.
    """

    value: str
    measured: int
    name: str
    late: bool
    seq: int


@dataclass(slots=True)
class EnteredFold:
    """The values of every series that people enter, out of the ledger's records.

    Attributes:
        last: the one that was measured last.
        newest: the one that was entered last, whenever it was measured.
    """

    last: dict[Series, EnteredValue] = field(default_factory=dict)
    newest: dict[Series, EnteredValue] = field(default_factory=dict)

    def take(self, record: Record) -> bool:
        """Take a record; whether it is one of these."""
        if record.kind != ENTERED:
            return False
        body = record.content
        series = Series(record.line, str(body["sensor"]), str(body.get("point", LONE_POINT)))
        measured = parse_time(str(body["measured"]))
        known = self.last.get(series)
        name, late = str(body.get("name", "")), bool(body.get("late"))
        self.newest[series] = EnteredValue(str(body["value"]), measured, name, late, record.seq)
        if known is None or measured >= known.measured:
            self.last[series] = self.newest[series]
        return True


@dataclass(frozen=True, slots=True, eq=False)
class DueValue:
    """A value that people enter, at one place.

    Attributes:
        line, name, zone: what it is called; the zone is empty for the line.
        plan: that asks for it.
        value: what the plan says of it.
        turn: whether somebody is to measure.
        due: when it is due, or was, ns UTC; None where no time says so. Where nothing is made now: when the next
            production hours begin.
        instead: the sensors that it stands in for now, for they are silent.
        last: the value measured last; None where there is none.
        newest: the value entered last, whenever it was measured; None where there is none.
        rows: of the board, that it is for.
    """

    line: str
    name: str
    zone: str
    plan: Plan
    value: ByHand
    turn: Turn
    due: int | None
    instead: tuple[str, ...]
    last: EnteredValue | None
    newest: EnteredValue | None
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """A name of its own, fit for an address."""
        return "/".join(each for each in (self.line, self.name, self.zone) if each)


def due_values(
    lines: Sequence[LineView], rows: Sequence[Row], entered: EnteredFold, now: int, spans: Spans
) -> list[DueValue]:
    """Every value that people enter, what is most urgent first.

    Args:
        lines: of the site.
        rows: of the board.
        entered: the values entered so far.
        now: ns UTC, by the site's clock.
        spans: gives the spans of a timeline that reach into a time: a value counts while its limit is judged.
    """
    found = []
    for line in lines:
        for name, value in line.plan.by_hand.items():
            for zone in value.zones or [""]:
                series = Series(line.id, name, f"{zone}.1" if zone else LONE_POINT)
                mine = [row for row in rows if row.watch.line == line.id and zone in ("", row.watch.unit)]
                found.append(_due(line, name, zone, mine, (entered, series), now, spans))
    return sorted(found, key=lambda each: (each.turn, each.due if each.due is not None else now, each.key))


def _due(  # noqa: PLR0913 - what is known of one value at one place
    line: LineView,
    name: str,
    zone: str,
    rows: Sequence[Row],
    of: tuple[EnteredFold, Series],
    now: int,
    spans: Spans,
) -> DueValue:
    value = line.plan.by_hand[name]
    entered, series = of
    last = entered.last.get(series)
    own = tuple(row for row in rows if row.watch.model.of == name)
    helped = tuple(row for row in rows if _stands_in(line.plan, name, row))
    silent = tuple(
        row for row in helped if row.verdict == "indeterminate" or row.reason.startswith("by hand (")
    )
    judged = [row for row in own if not _rests(line, row)]
    turn, due = Turn.NOT_NOW, None
    if value.per is not None:
        turn, due = _once(line, own, value, last, now)
    turns = [_paced(line, row, value, last, now, spans) for row in judged] if value.every is not None else []
    turns += [_again(value, silent, last, now)] if silent else []
    if turns:
        turn, due = min([(turn, due or now), *turns])
    if due is None and turn in (Turn.NEXT, Turn.NOT_NOW):
        due = _next_hours(line, now)
    return DueValue(
        line.id,
        name,
        zone,
        line.plan,
        value,
        turn,
        due,
        instead=tuple(dict.fromkeys(row.watch.model.of for row in silent)),
        last=last,
        newest=entered.newest.get(series),
        rows=(*own, *(silent or helped)),
    )


def _rests(line: LineView, row: Row) -> bool:
    """Whether a limit is not judged now: it says so, or nothing was said of it and the line does not run."""
    runs = not line.state or not line.plan.line.judged or line.state in line.plan.line.judged
    return row.verdict == "suspended" or (not row.verdict and not runs)


def _next_hours(line: LineView, now: int) -> int | None:
    """When production hours begin next; None in them, and where the plan has none."""
    calendar = line.plan.line.calendar
    if calendar is None:
        return None
    hours = calendar.in_zone(line.plan.site.timezone).windows(now, now + _AHEAD)
    if any(begin <= now < end for begin, end in hours):
        return None
    return next((begin for begin, _ in hours if begin > now), None)


def _stands_in(plan: Plan, name: str, row: Row) -> bool:
    said = row.watch.point.silence.by_hand
    return said is not None and said.of == name and stood_in(plan, said, row.watch.model)


def _paced(  # noqa: PLR0913 - a value, and a limit that judges it
    line: LineView, row: Row, value: ByHand, last: EnteredValue | None, now: int, spans: Spans
) -> tuple[Turn, int]:
    """Due so much judged time after the last one, and perhaps at the start of a shift: as the engine counts."""
    if last is None or value.every is None:
        return Turn.DUE, now
    said = spans(row.watch.key, last.measured, now)
    gates = [
        Gate(span.start, "suspended" if span.verdict in ("suspended", "starting") else "judged")
        for span in said
    ]
    calendar = line.plan.line.calendar if value.at_shift_start else None
    due, missed = (runs_out(gates, last.measured, value.every + more) for more in (0, value.grace))
    if calendar is not None:
        shifts = calendar.in_zone(line.plan.site.timezone)
        due, missed = (
            min(time, at_shifts(shifts, more, gates, last.measured, min(time, now + DAY)))
            for time, more in ((due, 0), (missed, value.grace))
        )
    if due == NEVER:
        return Turn.NOT_NOW, now
    if now > missed:
        return Turn.OVERDUE, due
    return (Turn.DUE if now >= due - min(_SOON, value.every // 3) else Turn.LATER), due


def _again(value: ByHand, silent: Sequence[Row], last: EnteredValue | None, now: int) -> tuple[Turn, int]:
    """Due in place of a sensor, so long after the last one."""
    if last is None:
        return Turn.DUE, now
    said = [row.watch.point.silence.by_hand for row in silent]
    periods = [each.every for each in said if each is not None and each.every is not None]
    periods += [value.every] if value.every is not None else []
    period = min(periods)
    due = last.measured + period
    if now > due + value.grace:
        return Turn.OVERDUE, due
    return (Turn.DUE if now >= due - min(_SOON, period // 3) else Turn.LATER), due


def _once(
    line: LineView, own: Sequence[Row], value: ByHand, last: EnteredValue | None, now: int
) -> tuple[Turn, int | None]:
    """Due once for each batch or lot, as the verdicts of its limits tell."""
    turns = [Turn.NOT_NOW]
    due = None
    for row in own:
        if _rests(line, row):
            fresh = last is not None and (row.since is None or last.measured > row.since)
            turns.append((Turn.DONE if fresh else Turn.NEXT) if value.before else Turn.NOT_NOW)
        elif row.verdict in ("ok", "deviation", "operating"):
            turns.append(Turn.DONE)
        else:
            overdue = row.reason == "not entered"
            turns.append(Turn.OVERDUE if overdue else Turn.DUE)
            if row.since is not None and value.within and not overdue:
                due = row.since + value.within
    return min(turns), due if due is not None else (now if min(turns) <= Turn.DUE else None)
