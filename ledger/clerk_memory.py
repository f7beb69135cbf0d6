"""What the clerk remembers between two lives, and its form for storing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from ledger.affected_product import AffectedProduct, Concern
from ledger.calibration import Calibration
from ledger.calibration_book import CalibrationBook
from ledger.case_book import CaseBook
from ledger.errors import StoreError
from ledger.look_back import LookBack
from readings.errors import BlockError
from rules.carry import beside
from rules.cases import Case
from rules.compile_plan import compile_plan
from rules.faults import PlanError
from rules.limit_unit import LimitUnit
from rules.memory import EngineState
from rules.plan_check import load_plan
from rules.program import Program

_VERSION = 1
Key = tuple[str, str, str, str]


@dataclass(slots=True, eq=False)
class Watched:
    """A line under its adopted plan.

    Attributes:
        program: the plan, made ready.
        text: of the plan.
        state: the engine's.
        former: versions before, by text, the latest first: those that stand beside the state, and those of whose events
            product may still be on its way to where lots are counted.
    """

    program: Program
    text: str
    state: EngineState
    former: dict[str, Program] = field(default_factory=dict)

    @property
    def units(self) -> Iterator[LimitUnit]:
        """Everything of the line that may have events: by the present version, and behind it what only former ones have."""
        known: set[Key] = set()
        for program in (self.program, *self.former.values()):
            mine = [unit for unit in (*program.limits, *program.lines) if unit.key not in known]
            known |= {unit.key for unit in mine}
            yield from mine

    def version_of(self, unit: LimitUnit) -> Program:
        """The latest version of the plan that has it."""
        versions = (self.program, *self.former.values())
        return next(
            program
            for program in versions
            if any(each.key == unit.key for each in (*program.limits, *program.lines))
        )

    def let_go(self, needed: Collection[Key]) -> None:
        """Forget former versions that nobody needs.

        Args:
            needed: limit units, and units of the line, of whose events product may still be on its way.
        """
        stand = _beside(self.state)
        known = {unit.key for unit in (*self.program.limits, *self.program.lines)}
        kept: dict[str, Program] = {}
        for number, (text, program) in enumerate(self.former.items()):
            mine = {unit.key for unit in (*program.limits, *program.lines)} - known
            if number < stand or not mine.isdisjoint(needed):
                kept[text] = program
            known |= mine
        self.former = kept


def _beside(state: EngineState) -> int:
    """How many versions stand beside a state."""
    return 0 if state.before is None else 1 + _beside(state.before.state)


class LineMemory(msgspec.Struct):
    """A line: text of its plan, the engine's state, and the journal position of the oldest reading it keeps.

    `before` is the same of the version before, while that stands beside it; of the earliest, `former` are the texts of the
    other versions of `Watched.former`.
    """

    text: str
    state: bytes
    kept_from: int | None
    before: LineMemory | None = None
    former: list[str] = []

    @classmethod
    def of(cls, text: str, former: list[str], state: EngineState) -> LineMemory:
        """What is stored of a line."""
        if state.before is None:
            return cls(text, state.encode(), state.oldest_kept, None, former)
        before = cls.of(former[0], former[1:], state.before.state)
        return cls(text, state.encode(), state.oldest_kept, before)

    def watched(self, line: str) -> Watched:
        """The line, ready to be judged on."""
        program = compile_plan(load_plan(self.text, line))
        state = EngineState.decode(self.state)
        if self.before is None:
            former = {text: compile_plan(load_plan(text, line)) for text in self.former}
            return Watched(program, self.text, state, former)
        before = self.before.watched(line)
        state.before = beside(before.program, before.state, program)
        return Watched(program, self.text, state, {before.text: before.program, **before.former})


class Memory(msgspec.Struct):
    """Everything, as of a journal position; the attributes are those of the clerk and the case book."""

    version: int
    position: int
    now: int
    lines: dict[str, LineMemory]
    waiting: dict[str, str]
    cases: dict[str, Case]
    case_of: dict[str, str]
    over: dict[str, int]
    instruments: dict[str, dict[str, str]]
    calibrations: dict[str, list[Calibration]] = {}
    pending: dict[str, LookBack] = {}
    affected: dict[str, dict[str, Concern]] = {}

    def watched(self) -> dict[str, Watched]:
        """The lines, ready to be judged on.

        Raises:
            StoreError: a plan or a state cannot be read.
        """
        try:
            return {line: kept.watched(line) for line, kept in self.lines.items()}
        except (BlockError, PlanError) as error:
            raise StoreError(
                f"the clerk's memory cannot be read: {error}; restore the last backup; or, where another release wrote"
                " it, go on with that one, or into a new data folder: the old one can still be exported and proven"
            ) from error


def encode_memory(  # noqa: PLR0913 - everything that is remembered
    *,
    position: int,
    now: int,
    lines: Mapping[str, Watched],
    waiting: dict[str, str],
    book: CaseBook,
    instruments: dict[str, dict[str, str]],
    calibrations: CalibrationBook,
    affected: AffectedProduct,
) -> bytes:
    """The memory as bytes; `decode_memory` gives it back."""
    return msgspec.msgpack.encode(
        Memory(
            version=_VERSION,
            position=position,
            now=now,
            lines={
                line: LineMemory.of(watched.text, list(watched.former), watched.state)
                for line, watched in lines.items()
            },
            waiting=waiting,
            cases=book.cases,
            case_of=book.case_of,
            over=book.over,
            instruments=instruments,
            calibrations=calibrations.entered,
            pending=calibrations.pending,
            affected=affected.events,
        )
    )


def decode_memory(data: bytes) -> Memory:
    """What `encode_memory` gave.

    Raises:
        StoreError: damaged, or of another version.
    """
    try:
        stored = msgspec.msgpack.decode(data, type=Memory)
    except msgspec.MsgspecError as error:
        raise StoreError(f"the clerk's memory is damaged: {error}; restore the last backup") from error
    if stored.version != _VERSION:
        raise StoreError(
            f"the clerk's memory is of version {stored.version}, not {_VERSION}: another release wrote it; go on with"
            " that one, or into a new data folder: the old one can still be exported and proven"
        )
    return stored
