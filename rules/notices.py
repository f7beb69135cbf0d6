"""The ladder of notices: who is to hear of a case, or of a silence, and when.

Everything here follows from the records of a case and from what was sent, so that a restart neither forgets nor repeats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from readings.times import NEVER
from rules.ladder import Notice
from rules.patience import notice_after
from rules.plan import Plan, limits_of


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """One sounding of one rung.

    Attributes:
        event: the deviation or loss that is told; for what is about the case as a whole, its first event.
        rung: place in the ladder, from 0.
        again: 0 for the first time; else the time, ns UTC, at which the rung is due once more.
    """

    event: str
    rung: int
    again: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A turn and when it is due, ns UTC."""

    turn: Turn
    at: int


@dataclass(frozen=True, slots=True)
class CaseCourse:
    """What a case's records say that matters to the ladder; all times ns UTC.

    Attributes:
        events: each event in the case and when it became known, in that order.
        acknowledged: when a person first took the case on; None while nobody has.
        sign: when a person last gave a sign of work on it (acknowledged, noted); None before it is acknowledged.
        contained: when the product was contained; None before that.
        over: whether it is closed or void.
    """

    events: tuple[tuple[str, int], ...]
    acknowledged: int | None = None
    sign: int | None = None
    contained: int | None = None
    over: bool = False


def delay(rung: Notice) -> int | None:
    """How long after the case opened a rung is due, ns; None for one that waits for the case to be contained."""
    return rung.at if rung.at is not None else rung.after


def first_rungs(ladder: Sequence[Notice]) -> list[int]:
    """The rungs that come first: they tell of every event, and of a silence that is no case yet."""
    delays = {number: after for number, rung in enumerate(ladder) if (after := _told_after(rung)) is not None}
    return [number for number, after in delays.items() if after == min(delays.values())]


def _told_after(rung: Notice) -> int | None:
    return None if rung.propose is not None else delay(rung)


def due(ladder: Sequence[Notice], case: CaseCourse, now: int, sent: Collection[Turn]) -> list[Due]:
    """What is to be sent for a case now, in order of the ladder.

    Args:
        ladder: the plan's `notices`.
        case: as its records make it.
        now: ns UTC.
        sent: turns that are on their way or done.
    """
    return [each for each in _turns(ladder, case, now) if each.at <= now and each.turn not in sent]


def next_due(ladder: Sequence[Notice], case: CaseCourse, now: int) -> int:
    """When the next turn of a case comes if nobody does anything, ns UTC; NEVER if none does."""
    return min((each.at for each in _turns(ladder, case, now) if each.at > now), default=NEVER)


def outstanding(rung: Notice, case: CaseCourse) -> bool:
    """Whether a notice that reached nobody is still to reach somebody: the case is open and nobody has answered."""
    if case.over:
        return False
    if rung.propose is not None or rung.unless == "contained":
        return not _answered(rung, case)
    return case.acknowledged is None


def silence_turns(ladder: Sequence[Notice], event: str, at: int) -> list[Due]:
    """Who hears of a silence that is no case yet: the first rungs, at the time that the plan gives silences.

    Args:
        ladder: the plan's `notices`.
        event: id of the monitoring loss that it will be, if it lasts.
        at: when, ns UTC.
    """
    return [Due(Turn(event, number), at) for number in first_rungs(ladder)]


def silence_patience(plan: Plan, ccp: str, limit: str) -> int:
    """How long a limit may be without usable readings before people hear of it, ns: the notice's time or the verdict's."""
    for point, _, each in limits_of(plan):
        if (point.id, each.id) == (ccp, limit):
            return notice_after(plan, point.silence, each.of) if each.of in plan.sensors else 0
    return 0


def _turns(ladder: Sequence[Notice], case: CaseCourse, now: int) -> Iterator[Due]:
    """All turns that the case still has, also those to come."""
    if case.over:
        return
    first = first_rungs(ladder)
    begin, opened = case.events[0]
    for number, rung in enumerate(ladder):
        after = delay(rung)
        if not _answered(rung, case):
            if after is None:
                if case.contained is not None:
                    yield Due(Turn(begin, number), case.contained)
            elif number in first:
                yield from (Due(Turn(event, number), known + after) for event, known in case.events)
            else:
                yield Due(Turn(begin, number), opened + after)
        if rung.again and case.sign is not None and case.contained is None:
            lapsed = max((now - case.sign) // rung.again, 0)
            for times in (lapsed, lapsed + 1):
                if times:
                    at = case.sign + times * rung.again
                    yield Due(Turn(begin, number, at), at)


def _answered(rung: Notice, case: CaseCourse) -> bool:
    if rung.unless == "acknowledged":
        return case.acknowledged is not None
    return rung.unless == "contained" and case.contained is not None
