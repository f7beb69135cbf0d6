"""What is known of a site now: its ledger read behind a cursor, its journal's tail, its health."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from dashboards.views.board import Level, Row, ordered, row
from dashboards.views.by_hand import DueValue, EnteredFold, due_values
from dashboards.views.cases import CaseFold, CaseView
from dashboards.views.evidence import EvidenceFold, EvidenceView
from dashboards.views.health import HealthView, read_health
from dashboards.views.latest import JournalTail, LatestReading
from dashboards.views.lines import LineView, WaitingPlan, line_view
from dashboards.views.look_backs import LookBackFold, LookBackView
from dashboards.views.plans import PlanFold, PlanTurn
from dashboards.views.problems import Problem, problems
from dashboards.views.production import ProductionFold
from dashboards.views.signed_end import Held, held
from dashboards.views.site import SiteView
from dashboards.views.standing import Standing, standing
from dashboards.views.verdicts import VerdictFold, VerdictSpan
from dashboards.views.watch import Watch, watches
from ledger.store import Ledger
from ledger.timelines import Key
from readings.errors import HaccplineError
from readings.inputs import Series
from rules.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A site at one moment; nothing in it changes any more.

    Attributes:
        number: 1, 2, 3 ... of this process.
        at: now by the site's clock, ns UTC.
        wall: now by the machine's clock, ns UTC.
        health: of the record process.
        recorded: whether there is a ledger to speak of; without one everything is unknown.
        trouble: why the record could not be read; empty if it could.
        standing: how far the record has come, and whether that is now.
        rows: of the board, the worst first.
        lines: in order of their names.
        cases: all there ever were, by id.
        problems: the open ones and those closed lately.
        latest: the latest reading of every series.
        by_hand: values that people enter, what is due first.
        seq: of the last ledger record read.
    """

    number: int
    at: int
    wall: int
    health: HealthView
    recorded: bool
    trouble: str
    standing: Standing
    rows: tuple[Row, ...]
    lines: tuple[LineView, ...]
    cases: dict[str, CaseView]
    problems: tuple[Problem, ...]
    latest: dict[Series, LatestReading]
    by_hand: tuple[DueValue, ...]
    seq: int

    @property
    def current(self) -> bool:
        """Whether what is shown is of now. Where nothing is recorded or nothing is judged, nothing is."""
        return self.standing.doubt is None

    @property
    def known(self) -> int:
        """Up to where something is known, ns UTC."""
        return self.standing.known

    @property
    def counts(self) -> dict[Level, int]:
        """How many rows stand how."""
        found = dict.fromkeys(Level, 0)
        for each in self.rows:
            found[each.level] += 1
        return found

    def line(self, name: str) -> LineView | None:
        """The line of this id."""
        return next((line for line in self.lines if line.id == name), None)


class Plant:
    """Keeps the snapshot of a site up to date; `refresh` reads what is new since the last time.

    Args:
        site: as its site file describes it.
        now: the machine's clock, ns UTC.
    """

    def __init__(self, site: SiteView, *, now: Callable[[], int] = time.time_ns) -> None:
        self.site = site
        self.verdicts = VerdictFold()
        self.plans = PlanFold()
        self._cases = CaseFold()
        self._production = ProductionFold()
        self._entered = EnteredFold()
        self._look_backs = LookBackFold()
        self._evidence = EvidenceFold()
        self._folds = (self._entered, self._production, self._look_backs, self._evidence)
        self._copies: dict[str, CaseView] = {}
        self._now = now
        self._turn = threading.Lock()
        self._ledger: Ledger | None = None
        self._tail: JournalTail | None = None
        self._seq = self._number = self._decided = 0
        self._file: tuple[int, int] | None = None
        self._plans: dict[str, Plan] = dict(site.plans)
        self._plans_watched: dict[str, dict[Key, Watch]] = {}
        self._alive: list[CaseView] = []
        self._watches: list[Watch] | None = None

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
            return [replace(span) for span in self.verdicts.between(key, start, end)]

    def adopted(self, plan: str) -> Plan | None:
        """The plan of this hash; None where none was adopted, or this release cannot read it any more."""
        with self._turn:
            return self.plans.plan(plan)

    def watches(self, line: str) -> list[Watch]:
        """What is watched on a line, in the order of its plan."""
        with self._turn:
            return [watch for watch in self._watched() if watch.line == line]

    def watch(self, plan: str, key: Key) -> Watch | None:
        """A limit as an adopted plan had it, by the plan's hash."""
        with self._turn:
            return self._watches_of(plan).get(key)

    def look_back(self, event: str) -> LookBackView | None:
        """The look-back that an instrument fault is of; None where it is of none."""
        with self._turn:
            return self._look_backs.of_event.get(event)

    def evidence(self, line: str, start: int, end: int) -> list[EvidenceView]:
        """Events of a line that were handed in with evidence, in start <= time < end, by time."""
        with self._turn:
            return self._evidence.between(line, start, end)

    def watch_at(self, key: Key, time: int) -> Watch | None:
        """A limit as the plan had it that held at a time, ns UTC."""
        with self._turn:
            for turn in self.plans.turns(key[0], time, time):
                return self._watches_of(turn.hash).get(key)
            return None

    def stretches(self, line: str, start: int, end: int) -> list[tuple[int, int, list[Watch]]]:
        """What was watched on a line in start <= time <= end: from when to when, by the plan that held then."""
        with self._turn:
            turns = self.plans.turns(line, start, end)
            if not turns:
                return [(start, end, [watch for watch in self._watched() if watch.line == line])]
            return [
                (max(turn.start, start), min(turn.end, end), list(self._watches_of(turn.hash).values()))
                for turn in turns
            ]

    def plans_between(self, line: str, start: int, end: int) -> list[tuple[PlanTurn, Plan | None]]:
        """The plans that held on a line in start <= time <= end, in order; None for one that cannot be read."""
        with self._turn:
            return [(turn, self.plans.plan(turn.hash)) for turn in self.plans.turns(line, start, end)]

    def _watches_of(self, plan: str) -> dict[Key, Watch]:
        known = self._plans_watched.get(plan)
        if known is None:
            read = self.plans.plan(plan)
            known = {watch.key: watch for watch in watches(read)} if read is not None else {}
            self._plans_watched[plan] = known
        return known

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
            self._read_ledger(self._ledger)
        self._read_journal(folder / "journal.db")

    def _read_journal(self, path: Path) -> None:
        file = _file(path)
        if self._tail is not None and file != self._file:  # taken away, or another put in its place
            self._tail.close()
            self._tail = None
        if self._tail is None and file is not None:
            self._tail, self._file = JournalTail(path), file
            wanted = {series for watch in self._watched() for series in watch.series}
            self._tail.look_back(wanted, list(self._plans))
        if self._tail is not None:
            self._tail.refresh()

    def _read_ledger(self, ledger: Ledger) -> None:
        while page := ledger.read(self._seq):
            changed = set()
            for record in page:
                if record.kind == "verdict":
                    self.verdicts.take(record)
                elif self.plans.take(record):
                    self._plans, self._watches = self.site.plans | self.plans.in_force(), None
                elif any(fold.take(record) for fold in self._folds):
                    continue
                elif (case := self._cases.take(record)) is not None:
                    changed.add(case)
            if changed:
                self._copies = self._copies | {
                    case: deepcopy(self._cases.cases[case]) for case in sorted(changed)
                }
                self._alive = [view for view in self._copies.values() if not view.case.over]
            self._seq, self._decided = page[-1].seq, page[-1].at

    def _watched(self) -> list[Watch]:
        if self._watches is None:
            self._watches = [watch for plan in self._plans.values() for watch in watches(plan)]
        return self._watches

    def _held(self, line: str, plan: Plan, now: int) -> Held | None:
        signed = self._production.of(line).signed
        if signed is None:
            return None
        mine = [watch for watch in self._watched() if watch.line == line]
        return held(plan, signed, mine, self.verdicts, now)

    def _waiting(self, line: str) -> WaitingPlan | None:
        hash_ = self.plans.waiting.get(line)
        if hash_ is None:
            return None
        between = any(watch.in_turns for watch in self._watched() if watch.line == line)
        return WaitingPlan(hash_, self.plans.plan(hash_), between)

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
            recorded=self._seq > 0,
            readable=not trouble,
            tick=tick,
            heard=self._heard(health),
            decided=self._decided,
        )
        found = stands.finding(wall)
        if found is not None:
            health = replace(health, findings=(found, *health.findings))
        latest = dict(self._tail.latest) if self._tail is not None else {}
        cases = {
            (view.case.line, event.ccp, event.limit, event.unit): (view.id, str(view.case.stage))
            for view in self._alive
            for event in view.events
        }
        rows = ordered(
            [
                row(
                    watch,
                    self.verdicts,
                    latest,
                    now=now,
                    known=stands.known,
                    case=cases.get(watch.key, ("", "")),
                    past=lambda plan, key: self._watches_of(plan).get(key),
                )
                for watch in self._watched()
            ]
        )
        states = self._tail.states if self._tail is not None else {}
        judged_by = {view.plan: self.plans.plan(view.plan) for view in self._copies.values()}
        self._number += 1
        lines = tuple(
            line_view(
                line,
                plan,
                rows,
                latest=latest,
                states=states,
                now=now,
                production=self._production.of(line),
                waiting=self._waiting(line),
                held=self._held(line, plan, now),
            )
            for line, plan in sorted(self._plans.items())
        )
        return Snapshot(
            number=self._number,
            at=now,
            wall=wall,
            health=health,
            recorded=self._seq > 0,
            trouble=trouble,
            standing=stands,
            rows=tuple(rows),
            lines=lines,
            cases=self._copies,
            problems=tuple(problems(self._copies, judged_by, now=now)),
            latest=latest,
            by_hand=tuple(due_values(lines, rows, self._entered, now, self.verdicts.between)),
            seq=self._seq,
        )


def _file(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever is in it; None where there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino
