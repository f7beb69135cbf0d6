"""What is known of a site now: its ledger read behind a cursor, its journal's tail, its health."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dashboards.views.board import ordered, row
from dashboards.views.by_hand import due_values
from dashboards.views.disk import disk_full
from dashboards.views.evidence import EvidenceView
from dashboards.views.health import Finding, HealthView, read_health
from dashboards.views.latest import JournalTail
from dashboards.views.lines import line_view
from dashboards.views.look_backs import LookBackView
from dashboards.views.plans import PlanTurn
from dashboards.views.problems import problems
from dashboards.views.site import SiteView
from dashboards.views.snapshot import Snapshot
from dashboards.views.standing import standing
from dashboards.views.told import Told
from dashboards.views.verdicts import VerdictSpan
from dashboards.views.watch import Watch
from ledger.store import Ledger
from ledger.timelines import Key
from readings.errors import HaccplineError
from rules.plan import Plan


class Plant:
    """Keeps the snapshot of a site up to date; `refresh` reads what is new since the last time.

    Args:
        site: as its site file describes it.
        now: the machine's clock, ns UTC.
    """

    def __init__(self, site: SiteView, *, now: Callable[[], int] = time.time_ns) -> None:
        self.site = site
        self._told = Told(site)
        self._now = now
        self._turn = threading.Lock()
        self._ledger: Ledger | None = None
        self._tail: JournalTail | None = None
        self._number = 0
        self._file: tuple[int, int] | None = None

    def refresh(self) -> Snapshot:
        """What is known now. Safe to call from several threads; never raises for what the stores say."""
        with self._turn:
            trouble = ""
            try:
                self._read()
            except (HaccplineError, OSError) as error:
                trouble = str(error)
            return self._snapshot(trouble)

    def between(self, key: Key, start: int, end: int) -> list[VerdictSpan]:
        """The spans of a timeline that reach into start <= time < end; of the last days."""
        with self._turn:
            return [replace(span) for span in self._told.verdicts.between(key, start, end)]

    def in_force(self, line: str) -> str:
        """Hash of the plan that holds on a line by the ledger; empty where none was adopted."""
        with self._turn:
            return self._told.plans.force.get(line, "")

    def adopted(self, plan: str) -> Plan | None:
        """The plan of this hash; None where none was adopted, or this release cannot read it any more."""
        with self._turn:
            return self._told.plans.plan(plan)

    def watches(self, line: str) -> list[Watch]:
        """What is watched on a line, in the order of its plan."""
        with self._turn:
            return self._told.watched(line)

    def watch(self, plan: str, key: Key) -> Watch | None:
        """A limit as an adopted plan had it, by the plan's hash."""
        with self._turn:
            return self._told.watched_by(plan).get(key)

    def look_back(self, event: str) -> LookBackView | None:
        """The look-back that an instrument fault is of; None where it is of none."""
        with self._turn:
            return self._told.look_backs.of_event.get(event)

    def evidence(self, line: str, start: int, end: int) -> list[EvidenceView]:
        """Events of a line that were handed in with evidence, in start <= time < end, by time."""
        with self._turn:
            return self._told.evidence.between(line, start, end)

    def watch_at(self, key: Key, time: int) -> Watch | None:
        """A limit as the plan had it that held at a time, ns UTC."""
        with self._turn:
            for turn in self._told.plans.turns(key[0], time, time):
                return self._told.watched_by(turn.hash).get(key)
            return None

    def stretches(self, line: str, start: int, end: int) -> list[tuple[int, int, list[Watch]]]:
        """What was watched on a line in start <= time <= end: from when to when, by the plan that held then."""
        with self._turn:
            turns = self._told.plans.turns(line, start, end)
            if not turns:
                return [(start, end, self._told.watched(line))]
            return [
                (max(turn.start, start), min(turn.end, end), list(self._told.watched_by(turn.hash).values()))
                for turn in turns
            ]

    def plans_between(self, line: str, start: int, end: int) -> list[tuple[PlanTurn, Plan | None]]:
        """The plans that held on a line in start <= time <= end, in order; None for one that cannot be read."""
        with self._turn:
            return [
                (turn, self._told.plans.plan(turn.hash)) for turn in self._told.plans.turns(line, start, end)
            ]

    def close(self) -> None:
        """Let go of the stores."""
        with self._turn:
            if self._ledger is not None:
                self._ledger.close()
            if self._tail is not None:
                self._tail.close()
            self._ledger = self._tail = None

    def _read(self) -> None:
        folder = self.site.folder
        if self._ledger is None and (folder / "ledger.db").exists():
            self._ledger = Ledger(folder / "ledger.db", read_only=True)
        if self._ledger is not None:
            while page := self._ledger.read(self._told.seq):
                self._told.take(page)
        self._read_journal(folder / "journal.db")

    def _read_journal(self, path: Path) -> None:
        file = _file(path)
        if self._tail is not None and file != self._file:  # taken away, or another put in its place
            self._tail.close()
            self._tail = None
        if self._tail is None and file is not None:
            self._tail, self._file = JournalTail(path), file
            wanted = {series for watch in self._told.watched() for series in watch.series}
            self._tail.look_back(wanted, list(self._told.in_use))
        if self._tail is not None:
            self._tail.refresh()

    def _heard(self, health: HealthView) -> int | None:
        """How far time had come with the last block that the clerk has heard, by what it says of itself."""
        if self._tail is None or not health.said:
            return None
        return self._tail.tick_at(health.said["journal"]["clerk"])

    def _snapshot(self, trouble: str) -> Snapshot:
        wall = self._now()
        tick = self._tail.tick if self._tail is not None else None
        played = self.site.clock == "readings"
        now = tick if played and tick is not None else wall
        health = read_health(self.site.folder / "health.json", now=wall, tick=None if played else tick)
        stands = standing(
            health,
            wall=wall,
            played=played,
            recorded=self._told.seq > 0,
            readable=not trouble,
            journal=self._tail is not None,
            tick=tick,
            heard=self._heard(health),
            decided=self._told.decided,
        )
        found = stands.finding(wall)
        if found is not None:
            health = replace(health, findings=(found, *health.findings))
        if disk_full(self.site.folder) and not health.disk_full:
            full = Finding("disk", text=str(self.site.folder))
            health = replace(health, findings=(full, *health.findings))
        first = sorted(health.findings, key=lambda each: not each.full_disk)
        health = replace(health, findings=tuple(first))
        latest = dict(self._tail.latest) if self._tail is not None else {}
        cases = {
            (view.case.line, event.ccp, event.limit, event.unit): (view.id, str(view.case.stage))
            for view in self._told.alive
            for event in view.events
        }
        rows = ordered(
            [
                row(
                    watch,
                    self._told.verdicts,
                    latest,
                    now=now,
                    known=stands.known,
                    case=cases.get(watch.key, ("", "")),
                    past=lambda plan, key: self._told.watched_by(plan).get(key),
                )
                for watch in self._told.watched()
            ]
        )
        states = self._tail.states if self._tail is not None else {}
        judged_by = {view.plan: self._told.plans.plan(view.plan) for view in self._told.cases.values()}
        self._number += 1
        lines = tuple(
            line_view(
                line,
                plan,
                rows,
                latest=latest,
                states=states,
                now=now,
                production=self._told.production.of(line),
                waiting=self._told.waiting(line),
                held=self._told.held(line, plan, now),
            )
            for line, plan in sorted(self._told.in_use.items())
        )
        return Snapshot(
            number=self._number,
            at=now,
            wall=wall,
            health=health,
            recorded=self._told.seq > 0,
            trouble=trouble,
            standing=stands,
            rows=tuple(rows),
            lines=lines,
            cases=self._told.cases,
            problems=tuple(problems(self._told.cases, judged_by, now=now)),
            latest=latest,
            by_hand=tuple(due_values(lines, rows, self._told.entered, now, self._told.verdicts.between)),
            seq=self._told.seq,
        )


def _file(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever is in it; None where there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino
