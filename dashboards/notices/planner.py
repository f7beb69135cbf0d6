"""One look: hear what the ledger has more, write down what is to be told, give up what need not be told any more."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dashboards.notices.agenda import Telling, agenda
from dashboards.notices.causes import Batch, Cause, ready
from dashboards.notices.delivery import Item
from dashboards.notices.message import Message, message
from dashboards.notices.outbox import Outbox
from dashboards.notices.routes import Route, routes
from dashboards.notices.settings import NoticeSettings
from dashboards.notices.standing import standing
from dashboards.notices.untold import Letter, by_way, letters_waiting, tellings_of, untold
from dashboards.notices.watch import FORM, Watch
from dashboards.views.silent_ends import SilentEnd, silent_ends
from ledger.store import Ledger
from readings.errors import HaccplineError
from readings.times import SECOND
from rules.notices import Turn
from rules.plan import Plan
from rules.plan_check import load_plan

_PAGE = 1000
_REMEMBER = 2000  # records after which what is known is kept, also when nothing is to be told
_FRESH = 10 * SECOND  # health that is older says nothing

Sources = Mapping[str, SilentEnd]
_encode = msgspec.msgpack.Encoder().encode


class Planner:
    """See the module. All of it blocks; it runs in a thread.

    Args:
        folder: the site's data folder.
        settings: of the site.
        outbox: where messages are written down.
        sources: by series `line/sensor/point`, what it comes from, as health names it: a source, or what is behind it.
    """

    def __init__(self, folder: Path, settings: NoticeSettings, outbox: Outbox, sources: Sources) -> None:
        self._folder, self._settings, self._outbox, self._sources = folder, settings, outbox, sources
        self._ledger = Ledger(folder / "ledger.db", read_only=True)
        self._plans: dict[str, Plan | None] = {}
        self.watch = self._resumed()
        self._kept = self.watch.seq
        self._sent = outbox.turns()
        self.standing = standing(self.watch)
        self.untold = 0  # open cases of which nobody was told
        self._ended = outbox.ended
        self._due = 0
        self._turn = threading.Lock()  # a cancelled task's thread works on for a moment
        self._closed = False

    def close(self) -> None:
        """Let go of the ledger, and keep what is known."""
        with self._turn:
            self._closed = True
            self._outbox.remember(_encode(self.watch))
            self._ledger.close()

    def look(self, now: int) -> bool:
        """Plan, if the ledger has grown, something is due or has ended; whether the outbox has changed."""
        with self._turn:
            if self._closed:
                return False
            grown = self._ledger.last_seq() > self.watch.seq
            if not grown and now < self._due and self._outbox.ended == self._ended:
                return False
            if grown:
                self._hear()
                self.standing = standing(self.watch)
            return self._plan(now)

    def _hear(self) -> None:
        while page := self._ledger.read(self.watch.seq, _PAGE):
            for record in page:
                self.watch.hear(record)
        self.watch.forget()
        if self.watch.seq - self._kept > _REMEMBER:
            self._outbox.remember(_encode(self.watch))
            self._kept = self.watch.seq

    def _plan(self, now: int) -> bool:
        sent = self._sent | {Turn(*each) for each in self.watch.sent}
        due = agenda(self.watch, self._plan_of, self._settings, sent, now)
        batches, coming = ready(due.due, self._settings, self._down(due.due), self._outbox.last, now)
        self._due = min(due.next, coming)
        messages: list[tuple[Message, str, str]] = []
        items: list[tuple[Item, str]] = []
        for batch in batches:
            for new, told in self._letters(batch):
                messages += new
                items += told
        if batches:
            self._outbox.put(messages, items, _encode(self.watch), now)
            self._kept = self.watch.seq
            self._sent |= {telling.turn for batch in batches for telling in batch.tellings}
        again = self._tell_again(now)
        return self._give_up(now) or again or bool(items)

    def _tell_again(self, now: int) -> bool:
        """What reached nobody goes in one message to each, with what waits there already; whether anything changed."""
        self._ended = self._outbox.ended
        fates = self._outbox.fates(self.watch.told())
        found = untold(self.watch, self._plan_of, self._settings, fates, now)
        self.untold, self._due = found.cases, min(self._due, found.next)
        if any(fate.retold and fate.state == "sending" for fate in fates):
            self._due = min(self._due, now + SECOND)  # it is known in a moment how that goes
            return False
        waiting, wanted = letters_waiting(fates, self._settings), by_way(found.retellings)
        messages: list[tuple[Message, str, str]] = []
        items: list[tuple[Item, str]] = []
        instead_of: list[str] = []
        for way, retellings in wanted.items():
            there = waiting.pop(way, Letter())
            if {each.about for each in retellings} <= there.about:
                continue
            instead_of += there.messages
            batch, route = Batch(Cause(way[2]), tellings_of(retellings)), retellings[0].route
            id_ = _message_id(batch.tellings, way[:2], route)
            made = message(batch, route, id_=id_, public_url=self._settings.public_url)
            messages.append((made, way[2], ""))
            items += [(_item(each.telling, each.route), id_) for each in retellings]
        if messages:
            self._outbox.put(messages, items, _encode(self.watch), now, instead_of=instead_of)
            self._kept = self.watch.seq
        needless = [id_ for letter in waiting.values() for id_ in letter.messages]
        for id_ in needless:
            self._outbox.failed(id_, "it was heard of, answered or over before this could be delivered", now)
        return bool(messages or needless)

    def _letters(self, batch: Batch) -> list[tuple[list[tuple[Message, str, str]], list[tuple[Item, str]]]]:
        """The messages of a batch, one for each person and channel, and what goes in an earlier one."""
        by_way: dict[tuple[str, str], tuple[Route, list[Telling]]] = {}
        persons: dict[tuple[str, str], list[tuple[Telling, Route]]] = {}
        for telling in batch.tellings:
            for route in routes(telling.rung, self._settings):
                if telling.late and route.shared:
                    continue
                way = (route.channel, "" if route.shared else route.person)
                known = by_way.setdefault(way, (route, []))[1]
                if telling not in known:
                    known.append(telling)
                persons.setdefault(way, []).append((telling, route))
        earlier = self._outbox.about(batch.cause.key) if batch.cause.source else {}
        found = []
        for way, (route, tellings) in by_way.items():
            covering = earlier.get((route.channel, route.person))
            lasts = covering is not None and any(map(self.watch.lasting, covering[1]))
            firsts = [
                telling for telling in tellings if covering is not None and lasts and not telling.turn.again
            ]
            rest = [telling for telling in tellings if telling not in firsts]
            new: list[tuple[Message, str, str]] = []
            id_ = _message_id(rest, way, route) if rest else ""
            if rest:
                made = message(
                    Batch(batch.cause, rest, batch.ends),
                    route,
                    id_=id_,
                    public_url=self._settings.public_url,
                    total=sum(end.source == batch.cause.source for end in self._sources.values()),
                )
                new.append((made, batch.cause.key, route.trouble))
            told = [
                (_item(telling, mine), covering[0] if covering is not None and telling in firsts else id_)
                for telling, mine in persons[way]
            ]
            found.append((new, told))
        return found

    def _give_up(self, now: int) -> bool:
        """A message that waits for its channel need not go any more when all its cases are over; whether one was."""
        given_up = [
            id_
            for id_, cases in self._outbox.waiting().items()
            if "" not in cases and not cases & set(self.watch.cases)
        ]
        for id_ in given_up:
            self._outbox.failed(id_, "the case was over before it could be delivered", now)
        return bool(given_up)

    def _down(self, tellings: list[Telling]) -> dict[str, SilentEnd]:
        """By series, what it comes from where that does not answer now; as health says it, if that is fresh."""
        if not self._sources or not any(telling.fact.series for telling in tellings):
            return {}
        path = self._folder / "health.json"
        try:
            said = json.loads(path.read_text(encoding="utf-8"))["sources"]
            if time.time_ns() - path.stat().st_mtime_ns > _FRESH:
                return {}
            silent = {(end.source, end.id): end for each in said for end in silent_ends(each)}
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        found = {
            series: next((silent[each] for each in end.chain if each in silent), None)
            for series, end in self._sources.items()
        }
        return {series: end for series, end in found.items() if end is not None}

    def _plan_of(self, hash_: str) -> Plan | None:
        if hash_ not in self._plans:
            text = self.watch.plans.get(hash_)
            try:
                self._plans[hash_] = load_plan(text, hash_) if text is not None else None
            except HaccplineError:
                self._plans[hash_] = None
        return self._plans[hash_]

    def _resumed(self) -> Watch:
        """What was known last; from the beginning where it cannot be read or is of another ledger."""
        data = self._outbox.watch()
        try:
            watch = msgspec.msgpack.decode(data, type=Watch) if data else Watch()
        except msgspec.MsgspecError:
            watch = Watch()
        fits = watch.form == FORM and watch.seq <= self._ledger.last_seq()
        return watch if fits else Watch(form=FORM)


def _item(telling: Telling, route: Route) -> Item:
    return Item(
        telling.turn,
        telling.case,
        telling.plan.line_id,
        route.person,
        route.channel,
        telling.at,
        telling.late,
    )


def _message_id(tellings: list[Telling], way: tuple[str, str], route: Route) -> str:
    """The same for the same notices, whenever they are put together."""
    keys = sorted(_item(telling, route).key for telling in tellings)
    return hashlib.sha256("\n".join([*way, *keys]).encode()).hexdigest()[:24]
