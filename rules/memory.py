"""What the engine remembers of a line, and its form for storing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Union

import msgspec
import numpy as np

from readings.block import I64, Block
from readings.errors import BlockError
from readings.inputs import Series
from readings.quality import Reason
from readings.times import AHEAD, ALWAYS, NEVER
from rules.derivation import Memory
from rules.events import Event
from rules.evidence import Mask, SeriesRows, TrackColumns
from rules.gates import WordMemo
from rules.kinds import KINDS
from rules.limit_state import LimitState
from rules.limit_unit import LimitUnit
from rules.line_events import LineShown
from rules.program import Program
from rules.signals import SignalState
from rules.timeline import Point
from rules.version import Version

_VERSION = 9

if TYPE_CHECKING:
    AnyMemory = Memory
else:  # every kind's own, told apart by its class
    AnyMemory = Union[tuple(dict.fromkeys(kind.memory for kind in KINDS.values() if kind.memory is not None))]  # noqa: UP007


class Shown(msgspec.Struct, array_like=True):
    """What a limit unit has said so far, as far back as it may still change."""

    points: list[Point] = []
    events: list[Event] = []
    gone: list[int] = []  # starts that were shown once and stand no more
    versions: list[Version] = []  # by which it was judged before the present one, in order of time


@dataclass(slots=True, eq=False)
class Side:
    """Everything known of the line's limits up to some time: the head, or the tail."""

    tracks: TrackColumns
    limits: list[LimitState]
    signals: list[SignalState]
    memories: dict[int, AnyMemory]  # of derivations, by derived track
    unread: dict[int, list[int]] = field(default_factory=dict)  # by input track, see `silences.note_unread`
    # likewise, time and reason of each, see `rules.refused`
    refused: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def fresh(cls, program: Program) -> Side:
        """Nothing heard yet."""
        return cls(
            TrackColumns.fresh(len(program.tracks)),
            [LimitState.of(limit) for limit in program.limits],
            [SignalState() for _ in program.signals],
            {
                derived.track: derived.derivation.fresh()
                for limit in program.limits
                for derived in limit.derived
            },
        )


@dataclass(slots=True, eq=False)
class Before:
    """The version of the plan that held before, and what is known by it; as long as late readings may still change that.

    Attributes:
        program: of that version.
        state: as of the switch, which is how far its time has come.
        goes_on: by number in the present version, the limit units that nothing has changed for.
    """

    program: Program
    state: EngineState
    goes_on: frozenset[int]

    def number_of(self, limit: LimitUnit) -> int | None:
        """The number of a limit unit of the present version in this one; None if it does not have it."""
        return next(
            (number for number, each in enumerate(self.program.limits) if each.key == limit.key), None
        )


@dataclass(slots=True, eq=False)
class Kept:
    """Readings kept for judging again.

    Attributes:
        position: where in the journal they stand.
        rows: the readings.
        newest: the latest of their times.
    """

    position: int
    rows: SeriesRows
    newest: int

    @classmethod
    def of(cls, position: int, rows: SeriesRows) -> Kept:
        """Keep these readings, at least one, and nothing else of their block."""
        return cls(position, rows.own(), int(rows.time.max()))


@dataclass(slots=True, eq=False)
class EngineState:
    """The engine's memory of one line. `step` consumes it and gives it back.

    Attributes:
        start: judging began here, by whatever version of the plan, ns; ALWAYS before the first input.
        until: how far time has come.
        head: as of the latest inputs.
        tail: as of a reorder window ago; None when inputs are complete and in order of time (a file).
        due: int64, per limit unit: after this time something follows from time alone.
        silent_shown: bool, per track: its present silence has been said.
        shown: what each limit unit has said.
        lots: (from, zone, lot) in order of time.
        series: every series that inputs named, in the order in which they came; `SeriesRows.which` counts in it.
        kept: readings since the tail; not stored, but read again from the journal (`oldest_kept`).
        passed: by journal position, which readings were passed over there, as far back as readings are kept.
        feeds: for each series, the tracks that it feeds; made when it is asked for.
        late: how many readings came later than the reorder window and decided nothing.
        early: how many were of a time too far ahead and decided nothing.
        first: readings and texts before this time are another version's of the plan, ns; ALWAYS where there was none.
        ends: likewise from this time on; NEVER while no other version has taken over. What is of the very time at which
            one has is heard by both.
        left: where one has, the numbers of the limit units that it does not have.
        lines_left: likewise of the units of the line itself.
        seams: by number of the limit unit, from when on it was last said again within this version, ns.
        before: the version before, see there; not stored with this one.
        lines: what was told of the line itself, by unit of `Program.lines`.
        said: what the line is said to do, as of this step; not stored.
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
    passed: dict[int, list[int]] = field(default_factory=dict)
    feeds: list[tuple[int, ...]] = field(default_factory=list)
    late: int = 0
    early: int = 0
    first: int = ALWAYS
    ends: int = NEVER
    left: list[int] = field(default_factory=list)
    lines_left: list[int] = field(default_factory=list)
    seams: dict[int, int] = field(default_factory=dict)
    before: Before | None = None
    lines: list[LineShown] = field(default_factory=list)
    said: WordMemo = field(default_factory=WordMemo)

    @property
    def final(self) -> int:
        """What is later is not final, whoever has spoken, for another version goes on with it; NEVER where none does."""
        return self.ends - 2 if self.ends != NEVER else NEVER

    @property
    def oldest_kept(self) -> int | None:
        """The journal position of the oldest reading kept, by the version before too; None if none is."""
        oldest = [self.kept[0].position] if self.kept else []
        if self.before is not None and (other := self.before.state.oldest_kept) is not None:
            oldest.append(other)
        return min(oldest, default=None)

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
                "passed": self.passed,
                "late": self.late,
                "early": self.early,
                "first": self.first,
                "ends": self.ends,
                "left": self.left,
                "lines_left": self.lines_left,
                "seams": self.seams,
                "lines": self.lines,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> EngineState:
        """What `encode` gave.

        Raises:
            BlockError: damaged, or of another version.
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
            passed=stored.passed,
            late=stored.late,
            early=stored.early,
            first=stored.first,
            ends=stored.ends,
            left=stored.left,
            lines_left=stored.lines_left,
            seams=stored.seams,
            lines=stored.lines,
        )


class _StoredSide(msgspec.Struct):
    tracks: list[bytes]
    limits: list[LimitState]
    signals: list[SignalState]
    memories: dict[int, AnyMemory]
    unread: dict[int, list[int]]
    refused: dict[int, list[tuple[int, int]]]

    def side(self) -> Side:
        columns = [
            np.frombuffer(
                data, np.uint8 if each.name in ("standing", "bad_reason") else _kind(each.name)
            ).copy()
            for each, data in zip(fields(TrackColumns), self.tracks, strict=True)
        ]
        tracks = TrackColumns(*columns)
        return Side(tracks, self.limits, self.signals, self.memories, self.unread, self.refused)


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
    passed: dict[int, list[int]]
    late: int
    early: int
    first: int
    ends: int
    left: list[int]
    lines_left: list[int]
    seams: dict[int, int]
    lines: list[LineShown]


def _kind(name: str) -> type[np.generic]:
    return np.float64 if name.endswith(("low", "high", "still_raw", "still_value")) else np.int64


def _side(side: Side) -> _StoredSide:
    columns = [getattr(side.tracks, each.name).tobytes() for each in fields(TrackColumns)]
    return _StoredSide(columns, side.limits, side.signals, side.memories, side.unread, side.refused)


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
        lines=[LineShown() for _ in program.lines],
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
    rows = SeriesRows(which, block.time, block.value, block.raw, block.quality, block.reason)
    known = (which >= 0) & (block.reason != Reason.CLOCK)  # whose time is not known decides nothing
    return rows if known.all() else rows.pick(known)


def within(state: EngineState, time: I64) -> Mask:
    """Which times are this version's of the plan; of what was before judging began, none."""
    mine: Mask = (time >= max(state.first, state.start)) & (time < state.ends)
    return mine


def heeded(program: Program, state: EngineState, rows: SeriesRows, told: int) -> Mask:
    """Which readings have a say in what is decided; the others stay in the archive and are counted.

    Not those from farther ahead than clocks may differ, and not those that come later than their reorder window, unless
    they are newer than everything heard of their series: what a broker or a logger kept in order heals a silence however
    long it was.

    Args:
        program: the plan made ready.
        state: before them.
        rows: the readings.
        told: how far time is said to have come with them, ALWAYS where nothing says so.
    """
    near = rows.time <= told + AHEAD if told != ALWAYS else np.ones(rows.time.size, np.bool_)
    state.early += int(rows.time.size - near.sum())
    if state.tail is None or not rows.time.size:
        return near
    until = max(state.until, told)
    if int(rows.time.min()) >= until - program.shortest:
        return near
    horizon = np.array([horizon_of(program, state, series, until) for series in state.series], np.int64)
    newest = np.array([_newest(program, state, series) for series in state.series], np.int64)
    late = (rows.time < horizon[rows.which]) & (rows.time <= newest[rows.which])
    state.late += int((late & near).sum())
    return near & ~late


def feeds_of(program: Program, state: EngineState) -> list[tuple[int, ...]]:
    """For each series of the state, the tracks that it feeds."""
    if len(state.feeds) < len(state.series):
        state.feeds = [program.heard.get(series, ((), ()))[0] for series in state.series]
    return state.feeds


def _newest(program: Program, state: EngineState, series: Series) -> int:
    """The time up to which everything of a series is decided for good, or heard."""
    tracks, signals = program.heard.get(series, ((), ()))
    head = state.head
    times = [
        max(int(head.tracks.last[track]), head.limits[program.tracks[track].limit].settled)
        for track in tracks
    ]
    times += [head.signals[number].last for number in signals]
    return max(times, default=ALWAYS)


def horizon_of(program: Program, state: EngineState, series: Series, until: int) -> int:
    """Before this time readings of the series decide nothing any more."""
    tracks, signals = program.heard.get(series, ((), ()))
    if signals:
        return max(state.start, until - program.window)
    windows = [program.limits[program.tracks[track].limit].window for track in tracks]
    return max(state.start, until - max(windows)) if windows else ALWAYS


def keep_again(program: Program, state: EngineState, block: Block, position: int) -> None:
    """After `decode`: take a block of the journal, from `oldest_kept` on, back among the readings kept."""
    if state.before is not None:
        keep_again(state.before.program, state.before.state, block, position)
    rows = rows_of(state, block, program.plan.line_id)
    mine = within(state, rows.time)
    mine[state.passed.get(position, [])] = False
    if not mine.all():
        rows = rows.pick(mine)
    if rows.time.size:
        state.kept.append(Kept.of(position, rows))
