"""The record process: gateway, journal, archive, copy, clerk. The only process that writes the record."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import structlog

from dashboards.notices.health_notifier import HealthNotifier
from dashboards.notices.notifier import Notifier
from dashboards.notices.settings import NoticeSettings
from gateway.acquire import acquire
from gateway.sparkplug_births import Births
from gateway.tally import SourceHealth, Tally
from haccpline.beside import ProcessBeside
from haccpline.desk import Desk
from haccpline.keeping import Keeping
from haccpline.look_backs import LookBacks
from haccpline.plan_files import PlanFiles
from haccpline.plans_in_force import settled_site
from haccpline.reports import Reports
from haccpline.site import Site
from haccpline.spare_file import write_in_turn
from haccpline.store import Store
from ingest.inbox import InboxTaker
from ingest.intake import Clock, JournalIntake
from ingest.journal import SqliteJournal
from ingest.posted_taker import PostedTaker
from ingest.sealer import Sealer
from ledger.store import Ledger
from readings.block import Block
from readings.errors import HaccplineError
from readings.inputs import Act
from readings.times import format_time

log = structlog.get_logger(__name__)

_PAUSE = 1.0  # seconds before what the disk refused is tried again
_TURN = 0.0005  # seconds: a reading passes three threads on its way, and waits for each while others compute
_LOOK_THROUGH = 10_000, 20, 20  # few objects refer to each other in circles; each look holds up every thread
SEAL_NOW = "seal.now"  # a file of this name in the data folder asks for sealing at once


async def record(site: Site) -> None:
    """Record until SIGTERM or SIGINT; everything acknowledged is durable at any moment.

    Raises:
        HaccplineError: another process records this site, a store is damaged, or a plan is refused.
    """
    sys.setswitchinterval(_TURN)
    gc.set_threshold(*_LOOK_THROUGH)
    stop = _told_to_stop()
    store = Store(site.data, site.file.site)
    store.make()
    journal = store.journal()
    journal.own()
    archive = store.archive(journal)
    ledger, key = store.ledger(), store.key()
    beside = ProcessBeside(store)
    files, births = PlanFiles(site), Births()
    site, anew, troubles = settled_site(site, ledger, time.time_ns())
    for trouble in troubles:
        log.error(trouble)
    clock = Clock(site.file.clock)
    try:
        async with JournalIntake(journal, clock=clock) as intake:
            inbox = InboxTaker(store.folder / "inbox.db", intake)
            if acts := acts_of_site(site, anew, bound=latest(ledger, "site.bound"), now=time.time_ns()):
                await intake.take(Block(acts=tuple(acts)))
            tallies: dict[str, Tally] = {}
            posted = PostedTaker(
                store.folder / "posted.db", intake, lies=journal.quarantined.lies, counts=tallies
            )
            desk = Desk(site, ledger, journal, archive, key, intake.listen(), beside)
            said: dict[str, Any] = {}
            keeping = Keeping(site, store, archive, ledger, intake, beside, lambda: said, births)
            notifier = health_notifier = None
            if clock is Clock.WALL:  # a recording that is played back wakes nobody
                notices = site.file.notices or NoticeSettings()
                notifier = Notifier(site.data, notices, intake=intake, sources=site.sources())
                health_notifier = HealthNotifier(site.data, notices, said=lambda: said, site=site.view())
            look_backs = LookBacks(store, desk)
            reports = Reports(
                intake=intake,
                desk=desk,
                inbox=inbox,
                posted=posted,
                files=files,
                look_backs=look_backs,
                keeping=keeping,
                notifier=notifier,
                health_notifier=health_notifier,
                plans=troubles,
            )
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(desk.run(), name="clerk"),
                    group.create_task(look_backs.run(), name="look-backs"),
                    group.create_task(_seal_when_asked(store, keeping.sealer), name="sealing when asked"),
                    group.create_task(inbox.run(), name="inbox"),
                    group.create_task(posted.run(), name="posted"),
                    group.create_task(
                        acquire(
                            site.file.sources,
                            intake=intake,
                            units=site.units(),
                            site=site.file.site,
                            tallies=tallies,
                            playback=clock is Clock.READINGS,
                            stands=notifier,
                            profiles=site.profiles,
                            births=births,
                        ),
                        name="sources",
                    ),
                    group.create_task(
                        _say_health(
                            store,
                            journal,
                            ledger,
                            tallies,
                            desk,
                            keeping,
                            posted,
                            reports,
                            said,
                        ),
                        name="health",
                    ),
                ]
                tasks += [group.create_task(work, name=name) for name, work in keeping.works()]
                if notifier is not None:
                    tasks.append(group.create_task(notifier.run(), name="notices"))
                if health_notifier is not None:
                    tasks.append(group.create_task(health_notifier.run(), name="notices of health"))
                await stop.wait()
                log.info("stopping")
                for task in tasks:
                    task.cancel()
        await asyncio.to_thread(desk.finish)
        keeping.close()
    finally:
        beside.close()
        ledger.close()
        journal.close()


def _told_to_stop() -> asyncio.Event:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


def acts_of_site(site: Site, anew: Iterable[str], *, bound: dict[str, Any] | None, now: int) -> list[Act]:
    """What the journal is to hear of a site: instruments and profiles that are not bound so yet, plans to adopt.

    Args:
        site: as its files say.
        anew: lines whose plan is to be adopted.
        bound: body of the last `site.bound`; None if there was none.
        now: ns UTC.
    """
    acts: list[Act] = []
    said = {"instruments": site.instruments(), "decoding": site.decoding()}
    if {"instruments": {}, "decoding": {}} | (bound or {}) != said:
        acts.append(Act(time=now, kind="site.bound", body=said, id=f"bound-{now}"))
    return acts + [
        Act(
            time=now,
            kind="plan.adopt",
            line=line,
            body={"file": path.name, "text": text},
            id=f"adopt-{line}-{plan.hash}-{now}",
        )
        for line, (plan, text, path) in site.plans.items()
        if line in anew
    ]


def latest(ledger: Ledger, kind: str) -> dict[str, Any] | None:
    """The body of the last record of a kind; None if there is none."""
    found, after = None, 0
    while page := ledger.read(after, kind=kind):
        found, after = page[-1].content, page[-1].seq
    return found


async def _say_health(
    store: Store,
    journal: SqliteJournal,
    ledger: Ledger,
    tallies: dict[str, Tally],
    desk: Desk,
    keeping: Keeping,
    posted: PostedTaker,
    reports: Reports,
    said: dict[str, Any],
) -> None:
    started = time.time_ns()

    def write(sources: Sequence[SourceHealth]) -> None:
        told = {
            "at": format_time(time.time_ns()),
            "started": format_time(started),
            "pid": os.getpid(),
            "journal": {"last": journal.last(), "clerk": desk.position, "too_late_to_decide": desk.late},
            "ledger": {"records": ledger.last_seq()},
            "trouble": reports.told(sources),
            "sources": [asdict(each) for each in sources],
            "handed_in": asdict(posted.waiting),
            **keeping.said(),
        }
        said.update(told)
        write_in_turn(store.health, json.dumps(told, indent=1, ensure_ascii=False))

    # the sources count in the loop: they are looked at there, not by the thread that writes
    await _every(1.0, lambda: partial(write, [tally.snapshot() for tally in tallies.values()]))


async def _seal_when_asked(store: Store, sealer: Sealer) -> None:
    request = store.folder / SEAL_NOW

    def seal() -> None:
        if request.exists():
            sealer.seal()
            request.unlink()

    await _every(0.2, lambda: seal)


async def _every(seconds: float, prepare: Callable[[], Callable[[], None]]) -> None:
    """Every so many seconds, do in a thread what was prepared in the loop; what goes wrong is said once, and not hurried."""
    trouble = ""
    while True:
        before, trouble = trouble, ""
        try:
            await asyncio.to_thread(prepare())
        except Exception as error:  # noqa: BLE001 - whatever it is, the record goes on
            trouble = str(error) if isinstance(error, OSError | HaccplineError) else repr(error)
            if trouble != before:
                log.error("cannot write", error=trouble)  # noqa: TRY400 - the message says it
        await asyncio.sleep(max(seconds, _PAUSE) if trouble else seconds)
