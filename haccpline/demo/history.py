"""A day of history, made before the plant goes live: readings into the journal, decided by the clerk, answered by people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from haccpline.demo.answers import Answer, answers
from haccpline.demo.people import Worker, enter
from haccpline.record import acts_of_site
from haccpline.site import Site
from haccpline.store import Store
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ledger.clerk import CURSOR, Clerk
from ledger.entering import EnteringError, enter_action
from ledger.open_cases import open_cases
from ledger.people import People
from ledger.store import Ledger
from readings.block import Block
from readings.times import MINUTE, SECOND

STEP = 10 * MINUTE  # of history in a block; people take one step of a case in it
_LEAD = 3 * SECOND  # how far the history goes ahead, while the processes start

Plant = Callable[[int, int], Iterable[Block]]


@dataclass(slots=True)
class _Office:
    """People who answer the cases of the history, one step a block."""

    ledger: Ledger
    people: People
    workers: dict[str, Worker]
    steps: dict[str, list[Answer]] = field(default_factory=dict)

    def answer(self, now: int) -> tuple[Block, ...]:
        """What people enter now."""
        acts = []
        for case in open_cases(self.ledger).values():
            if case.id not in self.steps:
                lots = _lots(self.ledger, case.opened_seq)
                self.steps[case.id] = list(answers(lots, line=case.line, kinds=case.kinds))
            rest = self.steps[case.id]
            if not rest:
                continue
            who = self.workers[rest[0].who]
            try:
                act = enter_action(
                    self.ledger,
                    self.people,
                    action=rest[0].action,
                    case=case.id,
                    who=who.id,
                    password=who.password,
                    entered=dict(rest[0].entered),
                    now=now,
                )
            except EnteringError:
                continue  # the condition has not returned yet: next time
            acts.append(act)
            rest.pop(0)
        return (Block(acts=tuple(acts)),) if acts else ()


def make_history(
    site: Site, plant: Plant, *, start: int, workers: dict[str, Worker], progress: Callable[[int], None]
) -> None:
    """Write the plant's history from `start` to now, and a little ahead.

    Args:
        site: whose data folder is still empty.
        plant: blocks of readings from one time to another, ns UTC, received as they were measured.
        start: ns UTC.
        workers: who answers cases.
        progress: told how far it has come, ns UTC.
    """
    store = Store(site.data, site.file.site)
    store.make()
    journal = store.journal()
    journal.own()
    archive, ledger, key = store.archive(journal), store.ledger(), store.key()
    clerk = Clerk(site.file.site, ledger, journal, archive)
    clerk.resume()
    acts = [*acts_of_site(site, site.plans, bound=None, now=start), *enter(workers, store, now=start)]
    journal.append(Block(acts=tuple(acts), tick=start))
    people = store.people()
    office = _Office(ledger, people, workers)
    try:
        for reached, blocks in _spans(plant, start):
            _hear(journal, clerk, (*blocks, Block(tick=reached)))
            _hear(journal, clerk, office.answer(reached))
            progress(reached)
        Sealer(archive, site.file.archive, readers=[CURSOR]).seal()
        while clerk.work(time.monotonic_ns(), save=True):
            pass
        ledger.sign(key)
    finally:
        people.close()
        ledger.close()
        journal.close()


def _spans(plant: Plant, start: int) -> Iterator[tuple[int, Iterable[Block]]]:
    """Spans up to now; the last one a little ahead of it."""
    reached = start
    while (now := time.time_ns()) - reached > _LEAD:
        end = min(reached + STEP, now) if now - reached > STEP else now + _LEAD
        yield end, plant(reached, end)
        reached = end


def _hear(journal: SqliteJournal, clerk: Clerk, blocks: Iterable[Block]) -> None:
    for block in blocks:
        journal.append(block)
    while clerk.work(time.monotonic_ns()):
        pass


def _lots(ledger: Ledger, opened: int) -> list[str]:
    return list(ledger.record(opened).content["lots"])
