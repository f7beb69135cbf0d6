"""What reached nobody is told again as soon as it can be: while its case is open and nobody has answered.

A channel may be away for longer than a message is tried, and a site file may name nobody. Then all that is still to be
heard goes in one message to each person and channel, which is tried until it is delivered or not needed any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dashboards.notices.agenda import SILENCE, Plans, Telling, events_in, gravest
from dashboards.notices.causes import UNTOLD, quiet_end
from dashboards.notices.routes import Route, routes
from dashboards.notices.settings import NoticeSettings, SirenChannel
from dashboards.notices.watch import Watch, Watched
from readings.times import NEVER
from rules.notices import Turn, first_rungs, outstanding
from rules.plan import Plan

Way = tuple[str, str, str]  # channel, person (empty where one sounding is for all), cause


@dataclass(frozen=True, slots=True)
class Fate:
    """How far a notice has come, as the outbox has it.

    Attributes:
        event, rung: of its turn.
        person, channel: to whom, by what.
        state: waiting, sending, delivered or failed.
        late: it tells of what was over long before.
        message: id of the message that it is in.
        cause: of that message.
    """

    event: str
    rung: int
    person: str
    channel: str
    state: str
    late: bool
    message: str
    cause: str

    @property
    def retold(self) -> bool:
        """Whether it is told again here."""
        return self.cause.startswith(UNTOLD)


@dataclass(frozen=True, slots=True)
class Retelling:
    """What one person is to be told again by one channel.

    Attributes:
        cause: `untold`, and what is proposed where something is.
        telling: what.
        route: to whom.
    """

    cause: str
    telling: Telling
    route: Route

    @property
    def about(self) -> tuple[str, int, str]:
        """Event, rung and person."""
        return self.telling.turn.event, self.telling.turn.rung, self.route.person


@dataclass(slots=True)
class Letter:
    """What waits on one way: the messages (one, as a rule), and what is in them: event, rung, person."""

    messages: set[str] = field(default_factory=set)
    about: set[tuple[str, int, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Untold:
    """What is to be told again, in how many open cases nobody was told of anything, and when to look again, ns."""

    retellings: list[Retelling]
    cases: int
    next: int


def by_way(retellings: Iterable[Retelling]) -> dict[Way, list[Retelling]]:
    """What goes in one message each."""
    found: dict[Way, list[Retelling]] = {}
    for each in retellings:
        route = each.route
        found.setdefault((route.channel, "" if route.shared else route.person, each.cause), []).append(each)
    return found


def tellings_of(retellings: Iterable[Retelling]) -> list[Telling]:
    """What is told, each once, also where one sounding is for several people."""
    return list({each.telling.turn: each.telling for each in retellings}.values())


def letters_waiting(fates: Iterable[Fate], settings: NoticeSettings) -> dict[Way, Letter]:
    """What waits to be told again, by the way it goes."""
    sirens = _sirens(settings)
    found: dict[Way, Letter] = {}
    for fate in fates:
        if fate.retold and fate.state == "waiting":
            way = (fate.channel, "" if fate.channel in sirens else fate.person, fate.cause)
            letter = found.setdefault(way, Letter())
            letter.messages.add(fate.message)
            letter.about.add((fate.event, fate.rung, fate.person))
    return found


def _sirens(settings: NoticeSettings) -> set[str]:
    return {name for name, each in settings.channels.items() if isinstance(each, SirenChannel)}


def untold(watch: Watch, plans: Plans, settings: NoticeSettings, fates: Iterable[Fate], now: int) -> Untold:
    """What reached nobody, although its case is open and nobody has answered.

    Args:
        watch: what the ledger says, how notices went among it.
        plans: by hash; None where this release cannot read one.
        settings: of the site, as they are now.
        fates: of the notices of all that is open.
        now: ns UTC.
    """
    history = _History(watch, settings, list(fates))
    found: list[Retelling] = []
    unheard, coming = 0, NEVER
    for case in watch.cases.values():
        plan = plans(watch.events[next(iter(case.joined))].plan) if case.joined else None
        if plan is None:
            continue
        missed = list(_missed(watch, case, plan, history, now))
        heard = any(map(history.anybody, events_in(watch, case)))
        unheard += bool(missed) and case.acknowledged is None and not heard
        found += [each for telling in missed for each in _ways(telling, history, settings)]
    in_cases = {event.told for event in watch.events.values()}
    for silent in watch.silences.values():
        plan = plans(silent.plan)
        if plan is None or silent.id in in_cases:
            continue
        for number in first_rungs(plan.notices):
            if (silent.id, number) in history.failed:
                turn, rung = Turn(silent.id, number, now), plan.notices[number]
                telling = Telling(turn, now, "", rung, plan, silent, SILENCE, untold=True)
                found += _ways(telling, history, settings)
    if settings.quiet is not None:
        for each in [each for each in found if each.telling.late]:
            over = quiet_end(settings.quiet, each.telling.plan.site.timezone, now)
            if over > now:
                found.remove(each)
                coming = min(coming, over)
    return Untold(found, unheard, coming)


class _History:
    """How the notices of what is open have gone: what the ledger says, and what the outbox has besides."""

    def __init__(self, watch: Watch, settings: NoticeSettings, fates: list[Fate]) -> None:
        self.sirens = _sirens(settings)
        self.delivered = watch.delivered | {
            (each.event, each.rung, each.person, each.channel) for each in fates if each.state == "delivered"
        }
        self.failed = {(event, rung): late for event, rung, late in watch.failed}
        self.failed |= {
            (each.event, each.rung): each.late for each in fates if each.state == "failed" or each.retold
        }
        self.underway = {
            (each.event, each.rung, each.person, each.channel)
            for each in fates
            if each.state in ("waiting", "sending") and not each.retold
        }

    def anybody(self, event: str) -> bool:
        """Whether a person has heard of an event."""
        return any(of == event and by not in self.sirens for of, _, _, by in self.delivered)

    def needless(self, telling: Telling, route: Route) -> bool:
        """Whether this person has heard of it by whatever, or will by this channel; a siren is for nobody having heard."""
        event, rung = telling.turn.event, telling.turn.rung
        if (event, rung, route.person, route.channel) in self.underway:
            return True
        if route.shared:
            return telling.late or any(of == event for of, _, _, _ in self.delivered)
        return any(
            (of, to) == (event, route.person)
            and by not in self.sirens
            and (telling.rung.propose is None or number == rung)
            for of, number, to, by in self.delivered
        )


def _missed(watch: Watch, case: Watched, plan: Plan, history: _History, now: int) -> Iterator[Telling]:
    """The turns of a case that did not reach somebody and still matter."""
    course, events, first = watch.course(case), events_in(watch, case), first_rungs(plan.notices)
    everything = [event for event, _ in events.values()]
    for number, rung in enumerate(plan.notices):
        if not outstanding(rung, course):
            continue
        for told, (fact, _) in events.items():
            late = history.failed.get((told, number))
            if late is not None:
                about = fact if number in first else gravest(everything, fact)
                yield Telling(
                    Turn(told, number, now), now, case.id, rung, plan, about, about.kind, late, untold=True
                )


def _ways(telling: Telling, history: _History, settings: NoticeSettings) -> list[Retelling]:
    cause = f"{UNTOLD} {telling.rung.propose or ''}".strip()
    return [
        Retelling(cause, telling, route)
        for route in routes(telling.rung, settings)
        if not route.trouble and not history.needless(telling, route)
    ]
