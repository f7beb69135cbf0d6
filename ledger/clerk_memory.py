"""What the clerk remembers between two lives, and its form for storing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from ledger.case_book import CaseBook
from ledger.errors import StoreError
from readings.errors import BlockError
from rules.cases import Case
from rules.faults import PlanError
from rules.memory import EngineState
from rules.plan_check import load_plan
from rules.program import Program, compile_plan

_VERSION = 1


@dataclass(slots=True, eq=False)
class Watched:
    """A line under its adopted plan."""

    program: Program
    text: str
    state: EngineState


class LineMemory(msgspec.Struct):
    """A line: text of its plan, the engine's state, and the journal position of the oldest reading it keeps."""

    text: str
    state: bytes
    kept_from: int | None


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

    def watched(self) -> dict[str, Watched]:
        """The lines, ready to be judged on.

        Raises:
            StoreError: a plan or a state cannot be read.
        """
        try:
            return {
                line: Watched(
                    compile_plan(load_plan(kept.text, line)), kept.text, EngineState.decode(kept.state)
                )
                for line, kept in self.lines.items()
            }
        except (BlockError, PlanError) as error:
            raise StoreError(
                f"the clerk's memory cannot be read: {error}; restore the last backup"
            ) from error


def encode_memory(  # noqa: PLR0913 - everything that is remembered
    *,
    position: int,
    now: int,
    lines: Mapping[str, Watched],
    waiting: dict[str, str],
    book: CaseBook,
    instruments: dict[str, dict[str, str]],
) -> bytes:
    """The memory as bytes; `decode_memory` gives it back."""
    return msgspec.msgpack.encode(
        Memory(
            version=_VERSION,
            position=position,
            now=now,
            lines={
                line: LineMemory(watched.text, watched.state.encode(), watched.state.oldest_kept)
                for line, watched in lines.items()
            },
            waiting=waiting,
            cases=book.cases,
            case_of=book.case_of,
            over=book.over,
            instruments=instruments,
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
        raise StoreError(f"the clerk's memory is of version {stored.version}, not {_VERSION}")
    return stored
