"""The clerk: steps the engine over the journal and writes the ledger.

Records and the journal cursor are committed together. The engine's memory is stored every few seconds; after a kill it is
stepped again from there to the cursor, without writing, for the same blocks give the same records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from ledger.affected_product import AffectedProduct, product_body
from ledger.archived_flow import archived_flow
from ledger.calibration import CALIBRATED, LOOKED_BACK
from ledger.calibration_book import CalibrationBook, began
from ledger.canonical import Body, canonical
from ledger.case_book import CaseBook
from ledger.clerk_memory import Memory, Watched, decode_memory, encode_memory
from ledger.decision_records import event_body, event_record, start_body, verdict_bodies
from ledger.errors import CanonicalError, StoreError
from ledger.look_back import LookBack
from ledger.production import PRODUCTION, check_production
from ledger.segments import evidence_body, sealed_body
from ledger.store import Ledger
from ledger.turns import ADOPTED, REPLACED, turns_of
from readings.block import Block
from readings.entered import ENTERED, reading_of
from readings.inputs import Act
from readings.ports import Archive, Journal
from readings.posted import EVIDENCE, IMPORTED
from readings.times import ALWAYS, SECOND, format_time
from rules.affected import FlowFrom
from rules.carry import carry
from rules.compile_plan import compile_plan
from rules.engine import Change, begin, step
from rules.events import EventChange
from rules.faults import PlanError
from rules.limit_unit import LimitUnit
from rules.lots import lots_between
from rules.memory import EngineState, keep_again
from rules.plan_check import load_plan
from rules.program import Program
from rules.switch import cannot_follow, switch_of
from rules.timeline import Point
from rules.version import Version

CURSOR = "clerk"
_SAVE_EVERY = 4 * SECOND
_BATCH = 50
# recorded as they are
_PLAIN_ACTS = (
    "person.added",
    "person.password",
    "person.left",
    "note.site",
    "notice.sent",
    "clock.step",
    "siren.switched",
    EVIDENCE,
    IMPORTED,
)

Told = tuple[str, str, Body]  # kind, line, body


@dataclass(slots=True, eq=False)
class Clerk:
    """See the module. One per site; `work` is called whenever the journal has grown, in a thread of its own.

    `instruments` says, by series `line/sensor/point`, which instrument and calibration stand behind it; an act tells.

    Args:
        site: the site's id.
        ledger: written by nobody else.
        journal: read by position.
        archive: for evidence and for sealing.
    """

    site: str
    ledger: Ledger
    journal: Journal
    archive: Archive
    instruments: dict[str, dict[str, str]] = field(default_factory=dict)
    position: int = 0
    now: int = ALWAYS
    lines: dict[str, Watched] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    book: CaseBook = field(default_factory=CaseBook)
    calibrations: CalibrationBook = field(default_factory=CalibrationBook)
    affected: AffectedProduct = field(default_factory=AffectedProduct)
    sealed: dict[str, int] = field(default_factory=dict)
    _saved: int = ALWAYS
    _told: list[tuple[int, Told]] = field(default_factory=list)

    def resume(self) -> None:
        """Take up the work where it was left, whenever and however it ended.

        Raises:
            StoreError: the stored memory cannot be read and the journal no longer holds everything since the beginning.
        """
        cursor = self.ledger.cursor()
        data = self.ledger.load_state()
        if data is not None:
            self._restore(data)
        while self.position < cursor:
            blocks = self.journal.read(self.position, min(_BATCH, cursor - self.position))
            if not blocks or blocks[0][0] != self.position + 1:
                raise StoreError(
                    f"the journal does not hold block {self.position + 1}, which the clerk must hear again;"
                    " restore the last backup"
                )
            for position, block in blocks:
                self._hear(position, block)
        self.sealed = self._sealed_so_far()

    def _sealed_so_far(self) -> dict[str, int]:
        found: dict[str, int] = {}
        after = 0
        while page := self.ledger.read(after, kind="segment.sealed"):
            found |= {record.line: record.content["segment"] for record in page}
            after = page[-1].seq
        return found

    def work(self, monotonic: int, *, save: bool = False) -> int:
        """Hear what the journal holds more; how many blocks that were.

        Args:
            monotonic: ns of a clock that never goes back; says when to store the memory.
            save: store the memory in any case.

        Raises:
            StoreError: the ledger cannot be written; nothing was, and the blocks are heard again after `resume`.
        """
        blocks = self.journal.read(self.position, _BATCH)
        self._told = told = []
        for position, block in blocks:
            heard = self._hear(position, block)
            at = self.now if self.now != ALWAYS else min((act.time for act in block.acts), default=ALWAYS)
            told += [(at, each) for each in heard]
        told += [(self.now, each) for each in self._seals()]
        due = save or monotonic - self._saved > _SAVE_EVERY or self._saved == ALWAYS
        if told or (due and (blocks or save)):
            with self.ledger.transaction() as transaction:
                for at, (kind, line, body) in told:
                    transaction.append(kind=kind, at=at, line=line, body=body)
                transaction.set_cursor(self.position)
                if due:
                    transaction.save_state(self._encode())
            if due:
                self._saved = monotonic
                self.journal.advance(CURSOR, min([self.position, *self._kept_from()]))
        return len(blocks)

    @property
    def look_backs(self) -> list[LookBack]:
        """Which look-backs can be worked on; what comes out comes back as an act."""
        return [
            each
            for line, watched in self.lines.items()
            for each in self.calibrations.ready(line, watched.program, watched.state)
        ]

    @property
    def late(self) -> int:
        """How many readings came later than their reorder window: archived, but without a say in what was decided."""
        return sum(watched.state.late for watched in self.lines.values())

    # -- hearing ------------------------------------------------------------------------------------------------

    def _hear(self, position: int, block: Block) -> list[Told]:
        self.position = position
        self.now = max(self.now, block.tick if block.tick is not None else ALWAYS)
        if self.now == ALWAYS and len(block):
            self.now = int(block.received.max())
        told: list[Told] = []
        taken = []
        for act in block.acts:
            heard = self._act(act)
            told += heard
            taken += [act for kind, _, _ in heard if kind == act.kind]
        block = replace(block, acts=tuple(taken)) if block.acts else block  # what was refused says nothing
        told += self._adopt_due()
        for line, watched in self.lines.items():
            told += self._step(line, watched, block)
        told += self._switch_between_batches()
        return told

    def _step(self, line: str, watched: Watched, block: Block) -> list[Told]:
        watched.state, changes = step(watched.program, watched.state, block, self.now, position=self.position)
        told = [each for change in changes for each in self._tell(line, watched, change)]
        return [*told, *self._follow(line, watched)]

    def _follow(self, line: str, watched: Watched) -> Iterable[Told]:
        """Product that has come to where lots are counted since, and lots that begin while an event lasts."""
        program, state = watched.program, watched.state
        found = self.affected.follow(
            (*program.limits, *program.lines),
            line,
            state.lots,
            state.until,
            lambda limit: self._flow(watched, limit),
        )
        for limit, concern, new in found:
            kind, body = event_record(
                limit,
                EventChange("revised", concern.event),
                plan=program.hash,
                method=limit.method,
                lots=concern.lots,
                known=self.now,
                product=product_body(limit, concern.product),
            )
            yield kind, line, body
            for kind, body in self.book.take_lots(limit, concern.event, new, self.now):
                yield kind, line, body

    def _flow(self, watched: Watched, limit: LimitUnit) -> FlowFrom | None:
        plan, until = watched.program.plan, watched.state.until
        return archived_flow(self.archive, plan, limit, until, self.position)

    def _tell(self, line: str, watched: Watched, change: Change) -> Iterable[Told]:
        for point, body in verdict_bodies(change):
            version = change.version(point.start)
            body["sensors"] = self._instruments(version, point.start)
            body["evidence"] = self._evidence(version, point)
            yield "verdict", line, body
        for event_change in change.events:
            flow = self._flow(watched, change.limit)
            lots_now, until = watched.state.lots, watched.state.until
            span, lots = self.affected.take(change.limit, event_change, lots_now, until, flow)
            said = product_body(change.limit, span)
            kind, body = event_body(change, event_change, lots=lots, known=self.now, product=said)
            yield kind, line, body
            for kind, body in self.book.take_event(change.limit, event_change, lots, self.now):
                yield kind, line, body
        product = watched.program.plan.line.while_settling
        for each in change.starts:
            lots = lots_between(watched.state.lots, change.limit.zone, each.start.start, each.start.end)
            kind, body = start_body(change, each, product=product, lots=lots, known=self.now)
            yield kind, line, body

    def _instruments(self, version: Version, time: int) -> list[Any]:
        found: list[Any] = []
        for series in version.series:
            name = f"{series.line}/{series.sensor}/{series.point}"
            calibration = self.calibrations.named(name, time)
            found.append({"series": name, **self.instruments.get(name, {}), **calibration})
        return found

    def _evidence(self, version: Version, point: Point) -> Body:
        """The readings from the beginning of the span to the moment at which it was decided."""
        series = version.series
        start = point.start - version.over
        end = max(point.start, point.decided)
        rows = self.archive.read(series, start, end + 1)
        return evidence_body(rows, series=series, start=start, end=end, position=self.position)

    # -- acts ---------------------------------------------------------------------------------------------------

    def _act(self, act: Act) -> list[Told]:
        try:
            canonical(act.body)
            if act.kind.startswith("case."):
                return [self.book.act(act)]
            if act.kind == "plan.adopt":
                return self._adopt(act)
            if act.kind in (CALIBRATED, LOOKED_BACK):
                return self._calibrate(act)
            if act.kind in PRODUCTION.values():
                watched = self.lines.get(act.line)
                plan = watched.program.plan if watched is not None else None
                return [(act.kind, act.line, check_production(act, plan))]
            if act.kind == "site.bound":
                self.instruments = _instruments_of(act.body)
            elif act.kind == ENTERED:
                reading_of(act)
            elif act.kind not in _PLAIN_ACTS:
                raise CanonicalError(f"no act is called {act.kind}")  # noqa: TRY301 - refused like the rest
        except Exception as error:  # noqa: BLE001 - what a person enters never stops the record
            body: Body = {
                "kind": printable(act.kind),
                "who": printable(act.who),
                "reason": printable(str(error)),
            }
            return [("act.refused", printable(act.line), body)]
        return [(act.kind, act.line, dict(act.body))]

    def _calibrate(self, act: Act) -> list[Told]:
        if act.kind == LOOKED_BACK:
            return self.calibrations.finish(act, self._newer, self.book, now=self.now)
        watched = self.lines.get(act.line)
        program, state = (watched.program, watched.state) if watched is not None else (None, None)
        adopted = self.ledger.read(0, 1, kind="plan.adopted", line=act.line)
        told = (at for at, (kind, line, _) in self._told if (kind, line) == ("plan.adopted", act.line))
        first = adopted[0].at if adopted else next(told, self.now)
        instrument = self.instruments.get(str(act.body.get("series", "")), {})
        since = began(first, instrument)
        return self.calibrations.enter(
            act,
            program,
            state,
            self.book,
            began=since,
            now=self.now,
            held_since=lambda start: self._held_since(
                act.line, state.first if state is not None else ALWAYS, start
            ),
        )

    def _held_since(self, line: str, until: int, start: int) -> list[Program]:
        """The versions of a line's plan that held between two times, the last first."""
        records: list[Told] = []
        after = 0
        while page := self.ledger.read(after, kind="plan.", line=line):
            records += [(record.kind, record.line, record.content) for record in page]
            after = page[-1].seq
        records += [told for _, told in self._told if told[1] == line]
        turns = turns_of(each for each in records if each[0] in (ADOPTED, REPLACED))
        ends = [min(turn.start, until) for turn in turns[1:]]
        held = [
            turn.plan for turn, end in zip(turns, ends, strict=False) if turn.start < until and end > start
        ]
        return [compile_plan(plan) for plan in reversed(held)]

    def _newer(self, line: str, key: tuple[str, str, str], after: int) -> list[Body]:
        """The verdicts of a limit unit that became known behind a record, in order."""
        found: list[Body] = []
        while page := self.ledger.read(after, kind="verdict", line=line):
            found += [record.content for record in page]
            after = page[-1].seq
        found += [body for _, (kind, of, body) in self._told if (kind, of) == ("verdict", line)]
        return [body for body in found if (body["ccp"], body["limit"], body["unit"]) == key]

    def _adopt(self, act: Act) -> list[Told]:
        text = str(act.body.get("text", ""))
        try:
            plan = load_plan(text, str(act.body.get("file", "plan")))
        except PlanError as error:
            return [("plan.refused", act.line, {"reason": str(error)})]
        line = plan.line_id
        watched = self.lines.get(line)
        if watched is not None and watched.program.hash == plan.hash and line in self.waiting:
            withdrawn = load_plan(self.waiting.pop(line), line)
            return [("plan.withdrawn", line, {"hash": withdrawn.hash})]
        if text == self.waiting.get(line) or (watched is not None and watched.program.hash == plan.hash):
            return []  # said again by a process that was killed before it knew
        program = compile_plan(
            plan
        )  # one that cannot be judged by is refused now, not met again at every block
        reason = self._why_not(watched, program) if watched is not None else ""
        if reason:
            return [("plan.refused", line, {"hash": plan.hash, "reason": reason})]
        told: list[Told] = []
        if watched is not None and line in self.waiting:  # only one waits: the other will not hold
            told.append(("plan.withdrawn", line, {"hash": load_plan(self.waiting[line], line).hash}))
        self.waiting[line] = text
        body: Body = {
            "plan": plan.plan,
            "hash": plan.hash,
            "effective_from": format_time(plan.effective_from),
            "who": act.who,
            "text": text,
            "model": plan.canonical().decode(),
        }
        return [*told, ("plan.adopted", line, body)]

    def _why_not(self, watched: Watched, program: Program) -> str:
        """Why a plan cannot follow the one in force; empty if it can."""
        plan = program.plan
        known = max(self.now, watched.state.until)
        if plan.effective_from <= known:
            return (
                f"{plan.plan} is to hold from {format_time(plan.effective_from)}, and it is {format_time(known)}:"
                " an adopted plan is not replaced in the past"
            )
        return cannot_follow(watched.program.plan, plan, watched.program.limits, program.limits)

    def _adopt_due(self) -> list[Told]:
        """Let plans take over that are due, where no batch holds them up."""
        told: list[Told] = []
        for line, text in list(self.waiting.items()):
            watched = self.lines.get(line)
            if watched is None:
                program = compile_plan(load_plan(text, line))
                self.lines[line] = watched = Watched(program, text, begin(program))
                del self.waiting[line]
                told += self._step(line, watched, Block())  # it is judged from now on
            elif not _per_batch(watched.program):
                told += self._switch(line, watched)
        return told

    def _switch_between_batches(self) -> list[Told]:
        told: list[Told] = []
        for line in list(self.waiting):
            if _per_batch(self.lines[line].program) and (switched := self._switch(line, self.lines[line])):
                told += [*switched, *self._step(line, self.lines[line], Block())]
        return told

    def _switch(self, line: str, watched: Watched) -> list[Told]:
        program = compile_plan(load_plan(self.waiting[line], line))
        due = program.plan.effective_from
        switch = switch_of(watched.program, watched.state, due) if due <= self.now else None
        if switch is None:
            return []
        state = carry(watched.program, watched.state, program, switch)
        earlier = [watched.text, *watched.earlier][: _length(state)]
        self.lines[line] = Watched(program, self.waiting.pop(line), state, earlier)
        body: Body = {
            "old": watched.program.hash,
            "new": program.hash,
            "from": format_time(state.until),
        }
        return [("plan.replaced", line, body)]

    def _seals(self) -> list[Told]:
        told: list[Told] = []
        for line in self.lines:
            for segment in self.archive.segments(line, self.sealed.get(line, 0)):
                if segment.last > self.position:
                    break
                rows = self.archive.segment_rows(segment)
                told.append(("segment.sealed", line, sealed_body(self.site, segment, rows)))
                self.sealed[line] = segment.number
        return told

    # -- memory -------------------------------------------------------------------------------------------------

    def _kept_from(self) -> list[int]:
        found = [watched.state.oldest_kept for watched in self.lines.values()]
        return [oldest - 1 for oldest in found if oldest is not None]

    def _encode(self) -> bytes:
        return encode_memory(
            position=self.position,
            now=self.now,
            lines=self.lines,
            waiting=self.waiting,
            book=self.book,
            instruments=self.instruments,
            calibrations=self.calibrations,
            affected=self.affected,
        )

    def _restore(self, data: bytes) -> None:
        stored = decode_memory(data)
        self.lines, self.position, self.now = stored.watched(), stored.position, stored.now
        self.waiting, self.instruments = stored.waiting, stored.instruments
        self.book = CaseBook(stored.cases, stored.case_of, stored.over)
        self.calibrations = CalibrationBook(stored.calibrations, stored.pending)
        self.affected = AffectedProduct(stored.affected)
        self._keep_again(stored)

    def _keep_again(self, stored: Memory) -> None:
        kept = {line: each.kept_from for line, each in stored.lines.items() if each.kept_from is not None}
        after = min(kept.values(), default=self.position + 1) - 1
        while after < self.position:
            blocks = self.journal.read(after, min(_BATCH, self.position - after))
            if not blocks or blocks[0][0] != after + 1:
                raise StoreError(
                    f"the journal does not hold block {after + 1} any more; restore the last backup"
                )
            for position, block in blocks:
                for line, first in kept.items():
                    if position >= first:
                        keep_again(self.lines[line].program, self.lines[line].state, block, position)
            after = blocks[-1][0]


def _per_batch(program: Program) -> bool:
    return any(limit.terms.cycle is not None for limit in program.limits)


def _length(state: EngineState) -> int:
    """How many versions stand beside a state."""
    return 0 if state.before is None else 1 + _length(state.before.state)


def printable(text: str) -> str:
    """The text as it can stand in any record: whole characters, not too many."""
    return text[:500].encode("utf-8", "backslashreplace").decode("utf-8")


def _instruments_of(body: Body) -> dict[str, dict[str, str]]:
    """What stands behind each series: of an act `site.bound`.

    Raises:
        CanonicalError: the body says something else.
    """
    try:
        return msgspec.convert(body.get("instruments"), dict[str, dict[str, str]])
    except msgspec.ValidationError as error:
        raise CanonicalError(f"instruments: {error}") from error
