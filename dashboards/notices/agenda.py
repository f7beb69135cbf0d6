"""What is to be told now, and when to look again: the ladder of each plan over what the ledger says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from dashboards.notices.settings import NoticeSettings
from dashboards.notices.watch import Seen, Silent, Watch, Watched
from readings.times import NEVER
from rules.ladder import Notice
from rules.notices import Turn, due, first_rungs, next_due, silence_patience, silence_turns
from rules.plan import Plan

SILENCE = "silence"
FAULT = "instrument_fault"
LOSSES = (SILENCE, "monitoring_loss")
Plans = Callable[[str], Plan | None]


@dataclass(frozen=True, slots=True)
class Telling:
    """One turn of a ladder that is due.

    Attributes:
        turn: which.
        at: when it was due, ns.
        case: its id; empty for a silence that is no case yet.
        rung: of the plan.
        plan: that judged.
        fact: what is told: the event, or the silence.
        kind: of the fact; `silence` for one.
        late: all of it was over long before anybody could be told.
        untold: it did not reach whom it is for before.
    """

    turn: Turn
    at: int
    case: str
    rung: Notice
    plan: Plan
    fact: Seen | Silent
    kind: str
    late: bool = False
    untold: bool = False


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is due, in the order in which it became so, and when something else will be, ns; NEVER if nothing."""

    due: list[Telling]
    next: int


def agenda(watch: Watch, plans: Plans, settings: NoticeSettings, sent: Collection[Turn], now: int) -> Agenda:
    """All that is due at `now` and not sent.

    Args:
        watch: what the ledger says.
        plans: by hash; None where this release cannot read one.
        settings: of the site.
        sent: turns on their way or done.
        now: ns UTC.
    """
    found: list[Telling] = []
    coming = NEVER
    for case in watch.cases.values():
        plan = plans(watch.events[next(iter(case.joined))].plan) if case.joined else None
        if plan is None:
            continue
        found += _of_case(watch, case, plan, settings, sent, now)
        coming = min(coming, next_due(plan.notices, watch.course(case), now))
    in_cases = {event.told for event in watch.events.values()}
    faulty = {
        (event.line, event.ccp, event.limit, event.unit)
        for event in watch.events.values()
        if event.kind == FAULT and event.end == NEVER
    }
    for silent in watch.silences.values():
        plan = plans(silent.plan)
        told = silent.id in in_cases or (silent.line, silent.ccp, silent.limit, silent.unit) in faulty
        if plan is None or told:
            continue
        at = max(silent.since + silence_patience(plan, silent.ccp, silent.limit), silent.known)
        if at > now:
            coming = min(coming, at)
            continue
        for each in silence_turns(plan.notices, silent.id, at):
            if each.turn not in sent:
                found.append(Telling(each.turn, at, "", plan.notices[each.turn.rung], plan, silent, SILENCE))
    return Agenda(sorted(found, key=lambda telling: (telling.at, telling.turn)), coming)


def _of_case(  # noqa: PLR0913 - the case, and what it is held against
    watch: Watch, case: Watched, plan: Plan, settings: NoticeSettings, sent: Collection[Turn], now: int
) -> Iterator[Telling]:
    events = events_in(watch, case)
    turns = due(plan.notices, watch.course(case), now, sent)
    told = {turn.event for turn in sent} if turns else set()
    about_one = first_rungs(plan.notices)
    for each in turns:
        turn = each.turn
        fact, known = events[turn.event]
        about = [(fact, known)]
        if turn.again or turn.rung not in about_one:
            about = list(events.values())
            fact = gravest([event for event, _ in about], fact)
        late = _late(about, settings.late_after, told, now)
        yield Telling(turn, each.at, case.id, plan.notices[turn.rung], plan, fact, fact.kind, late)


def events_in(watch: Watch, case: Watched) -> dict[str, tuple[Seen, int]]:
    """What is in a case and when it became known, ns, by the id under which it is told."""
    return {watch.events[id_].told: (watch.events[id_], known) for id_, known in case.joined.items()}


def _late(events: list[tuple[Seen, int]], after: int, told: Collection[str], now: int) -> bool:
    """Over long before it became known; or before anybody could be told, as after an outage of this program."""
    if any(event.end == NEVER for event, _ in events):
        return False
    if all(known - event.end > after for event, known in events):
        return True
    untold = not any(event.told in told for event, _ in events)
    return untold and all(now - event.end > after for event, _ in events)


def gravest(events: list[Seen], first: Seen) -> Seen:
    """What the case is about now: a deviation that lasts, else what lasts, else what it began with."""
    lasting = [event for event in events if event.end == NEVER]
    deviations = [event for event in lasting if event.kind == "deviation"]
    return next(iter(deviations or lasting), first)
