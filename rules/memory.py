"""What the engine remembers of a line, and its form for storing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import msgspec
import numpy as np

from readings.block import I64, Block
from readings.errors import BlockError
from readings.inputs import Series
from readings.times import ALWAYS
from rules.events import Event
from rules.evidence import SeriesRows, TrackColumns
from rules.limit_state import LimitState
from rules.program import Program
from rules.signals import SignalState
from rules.timeline import Point

_VERSION = 1


class Shown(msgspec.Struct):
    """What a limit unit has said so far, as far back as it may still change."""

    points: list[Point] = []
    events: list[Event] = []


@dataclass(slots=True, eq=False)
class Side:
    """Everything known of the line's limits up to some time: the head, or the tail."""

    tracks: TrackColumns
    limits: list[LimitState]
    signals: list[SignalState]

    @classmethod
    def fresh(cls, program: Program) -> Side:
        """Nothing heard yet."""
        return cls(
            TrackColumns.fresh(len(program.tracks)),
            [LimitState.of(limit) for limit in program.limits],
            [SignalState() for _ in program.signals],
        )


@dataclass(slots=True, eq=False)
class Kept:
    """Readings kept for judging again, and where in the journal they stand."""

    position: int
    rows: SeriesRows
    newest: int


@dataclass(slots=True, eq=False)
class EngineState:
    """The engine's memory of one line. `step` consumes it and gives it back.

    Attributes:
        start: judging began here, ns; ALWAYS before the first input.
        until: how far time has come.
        head: as of the latest inputs.
        tail: as of a reorder window ago; None when inputs are complete and in order of time (a file).
        due: int64, per limit unit: after this time something follows from time alone.
        silent_shown: bool, per track: its present silence has been said.
        shown: what each limit unit has said.
        lots: (from, zone, lot) in order of time.
        series: every series that inputs named, in the order in which they came; `SeriesRows.which` counts in it.
        kept: readings since the tail; not stored, but read again from the journal (`oldest_kept`).
        late: how many readings came later than the reorder window and decided nothing.
    """

    start: int
    until: int
    head: Side
    tail: Side | None
    due: I64
    silent_shown: np.ndarray
    shown: list[Shown]
    lots: list[tuple[int, str, str]] = field(default_factory=list)
    series: dict[Series, int] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    late: int = 0

    @property
    def oldest_kept(self) -> int | None:
        """The journal position of the oldest reading kept; None if none is."""
        return min((kept.position for kept in self.kept), default=None)

    def encode(self) -> bytes:
        """As bytes, without the readings kept."""
        return msgspec.msgpack.encode(
            {
                "version": _VERSION,
                "start": self.start,
                "until": self.until,
                "head": _side(self.head),
                "tail": _side(self.tail) if self.tail is not None else None,
                "due": self.due.tobytes(),
                "silent_shown": self.silent_shown.tobytes(),
                "shown": self.shown,
                "lots": self.lots,
                "series": list(self.series),
                "late": self.late,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> EngineState:
        """What `encode` gave.

        Raises:
            BlockError: damaged, or of another version; the state is then to be rebuilt from the journal.
        """
        try:
            stored = msgspec.msgpack.decode(data, type=_Stored)
        except msgspec.MsgspecError as error:
            raise BlockError(f"the engine's stored state is damaged: {error}") from error
        if stored.version != _VERSION:
            raise BlockError(f"the engine's stored state is of version {stored.version}, not {_VERSION}")
        return cls(
            start=stored.start,
            until=stored.until,
            head=stored.head.side(),
            tail=stored.tail.side() if stored.tail is not None else None,
            due=np.frombuffer(stored.due, np.int64).copy(),
            silent_shown=np.frombuffer(stored.silent_shown, np.bool_).copy(),
            shown=stored.shown,
            lots=stored.lots,
            series={series: number for number, series in enumerate(stored.series)},
            late=stored.late,
        )


class _StoredSide(msgspec.Struct):
    tracks: list[bytes]
    limits: list[LimitState]
    signals: list[SignalState]

    def side(self) -> Side:
        columns = [
            np.frombuffer(
                data, np.uint8 if each.name in ("standing", "bad_reason") else _kind(each.name)
            ).copy()
            for each, data in zip(fields(TrackColumns), self.tracks, strict=True)
        ]
        return Side(TrackColumns(*columns), self.limits, self.signals)


class _Stored(msgspec.Struct):
    version: int
    start: int
    until: int
    head: _StoredSide
    tail: _StoredSide | None
    due: bytes
    silent_shown: bytes
    shown: list[Shown]
    lots: list[tuple[int, str, str]]
    series: list[Series]
    late: int


def _kind(name: str) -> type[np.generic]:
    return np.float64 if name in ("low", "high") else np.int64


def _side(side: Side) -> _StoredSide:
    columns = [getattr(side.tracks, each.name).tobytes() for each in fields(TrackColumns)]
    return _StoredSide(columns, side.limits, side.signals)


def begin(program: Program, *, complete: bool = False) -> EngineState:
    """A memory without inputs.

    Args:
        program: the plan made ready.
        complete: inputs will come complete and in order of time (a file); nothing is kept for judging again.
    """
    return EngineState(
        start=ALWAYS,
        until=ALWAYS,
        head=Side.fresh(program),
        tail=None if complete else Side.fresh(program),
        due=np.full(len(program.limits), ALWAYS, np.int64),
        silent_shown=np.zeros(len(program.tracks), np.bool_),
        shown=[Shown() for _ in program.limits],
    )


def rows_of(state: EngineState, block: Block, line: str) -> SeriesRows:
    """The block's readings of one line; its series are numbered in the state."""
    codes = np.array(
        [
            state.series.setdefault(series, len(state.series)) if series.line == line else -1
            for series in block.series
        ],
        np.intp,
    )
    which = codes[block.which] if len(block) else np.empty(0, np.intp)
    rows = SeriesRows(which, block.time, block.value, block.quality, block.reason)
    return rows if not which.size or which.min() >= 0 else rows.pick(which >= 0)


def keep_again(program: Program, state: EngineState, block: Block, position: int) -> None:
    """After `decode`: take a block of the journal, from `oldest_kept` on, back among the readings kept."""
    rows = rows_of(state, block, program.plan.line_id)
    if rows.time.size:
        state.kept.append(Kept(position, rows, int(rows.time.max())))
