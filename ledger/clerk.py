"""The clerk: steps the engine over the journal and writes the ledger.

Records and the journal cursor are committed together. The engine's memory is stored every few seconds; after a kill it is
stepped again from there to the cursor, without writing, for the same blocks give the same records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.acts import Acts
from ledger.affected_product import AffectedProduct, product_body
from ledger.archived_flow import archived_flow
from ledger.calibration_book import CalibrationBook
from ledger.canonical import Body
from ledger.case_book import CaseBook
from ledger.clerk_memory import Memory, Watched, decode_memory, encode_memory
from ledger.decision_records import event_body, event_record, start_body, verdict_bodies
from ledger.errors import StoreError
from ledger.line_plans import LinePlans, Told
from ledger.look_back import LookBack
from ledger.roots import Roots
from ledger.segments import evidence_body
from ledger.store import Ledger
from readings.beside import Beside, Here
from readings.block import Block
from readings.ports import Archive, Journal
from readings.times import ALWAYS, SECOND
from rules.affected import FlowFrom
from rules.engine import Change, judge_from, step
from rules.events import EventChange
from rules.limit_unit import LimitUnit
from rules.lots import lots_between
from rules.memory import keep_again
from rules.timeline import Point
from rules.version import Version

CURSOR = "clerk"
_SAVE_EVERY = 4 * SECOND
_BATCH = 50


@dataclass(slots=True, eq=False)
class Clerk:
    """See the module. One per site; `work` is called whenever the journal has grown, in a thread of its own.

    Args:
        site: the site's id.
        ledger: written by nobody else.
        journal: read by position.
        archive: for evidence and for sealing.
        beside: works out what a segment is worth; None for this process.
    """

    site: str
    ledger: Ledger
    journal: Journal
    archive: Archive
    beside: Beside | None = None
    position: int = 0
    now: int = ALWAYS
    plans: LinePlans = field(default_factory=LinePlans)
    book: CaseBook = field(default_factory=CaseBook)
    calibrations: CalibrationBook = field(default_factory=CalibrationBook)
    affected: AffectedProduct = field(default_factory=AffectedProduct)
    acts: Acts = field(init=False)
    _saved: int = ALWAYS
    roots: Roots = field(init=False)

    def __post_init__(self) -> None:
        """Whoever takes acts has a say in the same plans, cases and calibrations."""
        self.acts = Acts(self.ledger, self.plans, self.book, self.calibrations, {})
        self.roots = Roots(self.site, self.archive, self.beside or Here(self.archive))

    @property
    def lines(self) -> dict[str, Watched]:
        """By line, the plan in force and what is known by it."""
        return self.plans.lines

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
        self.roots.sealed = self._sealed_so_far()

    def _sealed_so_far(self) -> dict[str, int]:
        found: dict[str, int] = {}
        after = 0
        while page := self.ledger.read(after, kind="segment.sealed"):
            found |= {record.line: record.content["segment"] for record in page}
            after = page[-1].seq
        return found

    def work(self, monotonic: int, *, save: bool = False) -> bool:
        """Hear what the journal holds more, and seal; whether there may be more to do.

        Args:
            monotonic: ns of a clock that never goes back; says when to store the memory.
            save: store the memory in any case.

        Raises:
            StoreError: the ledger cannot be written; nothing was, and the blocks are heard again after `resume`.
        """
        blocks = self.journal.read(self.position, _BATCH)
        self.acts.told = told = []
        for position, block in blocks:
            heard = self._hear(position, block)
            at = self.now if self.now != ALWAYS else min((act.time for act in block.acts), default=ALWAYS)
            told += [(at, each) for each in heard]
        for body in self.roots.told(self.lines, self.position, monotonic):
            told.append((self.now, ("segment.sealed", body["line"], body)))
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
        return bool(blocks)

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
        known = set(self.lines)
        for act in block.acts:
            heard = self.acts.take(act, self.now)
            told += heard
            taken += [act for kind, _, _ in heard if kind == act.kind]
        block = replace(block, acts=tuple(taken)) if block.acts else block  # what was refused says nothing
        for line in [line for line in self.lines if line not in known]:
            told += self._begin(line)
        told += self.plans.take_over(self.now, batches=False)
        for line, watched in self.lines.items():
            told += self._step(line, watched, block)
        for each in self.plans.take_over(self.now, batches=True):
            told += [each, *self._step(each[1], self.lines[each[1]], Block())]
        return told

    def _begin(self, line: str) -> list[Told]:
        """A line is judged from now on; what was said of it before, and still holds, holds from then on."""
        if self.now != ALWAYS:
            judge_from(self.lines[line].state, self.now)
        words = self.journal.words_known(line, self.now, self.position - 1)
        return self._step(line, self.lines[line], Block(states=tuple(words)))

    def _step(self, line: str, watched: Watched, block: Block) -> list[Told]:
        watched.state, changes = step(watched.program, watched.state, block, self.now, position=self.position)
        told = [each for change in changes for each in self._tell(line, watched, change)]
        return [*told, *self._follow(line, watched)]

    def _follow(self, line: str, watched: Watched) -> Iterable[Told]:
        """Product that has come to where lots are counted since, and lots that begin while an event lasts."""
        state = watched.state
        found = self.affected.follow(
            watched.units,
            line,
            state.lots,
            state.until,
            lambda limit: self._flow(watched, limit),
        )
        for limit, concern, new in found:
            program = watched.version_of(limit)
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
        if watched.former:
            watched.let_go(self.affected.waiting(line))

    def _flow(self, watched: Watched, limit: LimitUnit) -> FlowFrom | None:
        plan, until = watched.version_of(limit).plan, watched.state.until
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
            found.append({"series": name, **self.acts.instruments.get(name, {}), **calibration})
        return found

    def _evidence(self, version: Version, point: Point) -> Body:
        """The readings from the beginning of the span to the moment at which it was decided."""
        series = version.series
        start = point.start - version.over
        end = max(point.start, point.decided)
        rows = self.archive.read(series, start, end + 1)
        return evidence_body(rows, series=series, start=start, end=end, position=self.position)

    # -- memory -------------------------------------------------------------------------------------------------

    def _kept_from(self) -> list[int]:
        found = [watched.state.oldest_kept for watched in self.lines.values()]
        return [oldest - 1 for oldest in found if oldest is not None]

    def _encode(self) -> bytes:
        return encode_memory(
            position=self.position,
            now=self.now,
            lines=self.lines,
            waiting=self.plans.waiting,
            book=self.book,
            instruments=self.acts.instruments,
            calibrations=self.calibrations,
            affected=self.affected,
        )

    def _restore(self, data: bytes) -> None:
        stored = decode_memory(data)
        self.position, self.now = stored.position, stored.now
        self.plans = LinePlans(stored.watched(), stored.waiting)
        self.book = CaseBook(stored.cases, stored.case_of, stored.over)
        self.calibrations = CalibrationBook(stored.calibrations, stored.pending)
        self.affected = AffectedProduct(stored.affected)
        self.acts = Acts(self.ledger, self.plans, self.book, self.calibrations, stored.instruments)
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
