"""A block: inputs in columns, as they are written, read and judged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import numpy.typing as npt

from readings.errors import BlockError
from readings.inputs import Act, Series, State
from readings.quality import Quality, Reason

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]

NO_SEQ = -1
LARGEST = 2**63 - 1  # time, ns UTC, or counter that a reading can have
_VERSION = 1
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("which", "<i4"),
    ("time", "<i8"),
    ("value", "<f8"),
    ("raw", "<f8"),
    ("quality", "|u1"),
    ("reason", "|u1"),
    ("received", "<i8"),
    ("seq", "<i8"),
)


class _Header(msgspec.Struct, array_like=True):
    version: int
    rows: int
    series: tuple[Series, ...]
    states: tuple[State, ...]
    acts: tuple[Act, ...]
    tick: int | None


_encode_header = msgspec.msgpack.Encoder().encode
_decode_header = msgspec.msgpack.Decoder(_Header).decode


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Inputs that became known together. Within a block: acts, states, readings, then the tick.

    Attributes:
        series: the series that `which` counts in.
        which: int32 [n], index into `series`.
        time: int64 [n], event time, ns UTC.
        value: float64 [n], engineering value in the unit of the plan's sensor; NaN where quality is bad.
        raw: float64 [n], the number on the wire, before scale and calibration; NaN where there was none.
        quality: uint8 [n], `Quality`.
        reason: uint8 [n], `Reason`.
        received: int64 [n], when the gateway had it, ns UTC.
        seq: int64 [n], the payload's own counter; -1 where it has none.
        states: coded texts.
        acts: what people or the site did.
        tick: time has reached this, ns UTC; None where the block does not say.
    """

    series: tuple[Series, ...] = ()
    which: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    time: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    value: F64 = field(default_factory=lambda: np.empty(0, np.float64))
    raw: F64 = field(default_factory=lambda: np.empty(0, np.float64))
    quality: U8 = field(default_factory=lambda: np.empty(0, np.uint8))
    reason: U8 = field(default_factory=lambda: np.empty(0, np.uint8))
    received: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    seq: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    states: tuple[State, ...] = ()
    acts: tuple[Act, ...] = ()
    tick: int | None = None

    def __len__(self) -> int:
        """How many readings it holds."""
        return len(self.time)

    @property
    def empty(self) -> bool:
        """Whether it says nothing at all."""
        return not (len(self) or self.states or self.acts or self.tick is not None)

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Block:
        """The same block with only these readings, in this order."""
        columns = {name: getattr(self, name)[rows] for name, _ in _COLUMNS}
        return Block(series=self.series, states=self.states, acts=self.acts, tick=self.tick, **columns)

    def part(self, start: int, stop: int, *, states: bool = True) -> Block:
        """Readings `start` to `stop`, not included, without copying; states only if asked, acts and tick not."""
        columns = {name: getattr(self, name)[start:stop] for name, _ in _COLUMNS}
        return Block(series=self.series, states=self.states if states else (), **columns)

    def encode(self) -> bytes:
        """The block as bytes; `decode` gives it back."""
        header = _encode_header(_Header(_VERSION, len(self), self.series, self.states, self.acts, self.tick))
        parts = [len(header).to_bytes(4, "little"), header]
        parts += [np.ascontiguousarray(getattr(self, name), dtype).tobytes() for name, dtype in _COLUMNS]
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> Block:
        """The block of these bytes; its columns are read-only views of them.

        Raises:
            BlockError: damaged, or written by a later version.
        """
        try:
            size = int.from_bytes(data[:4], "little")
            header = _decode_header(data[4 : 4 + size])
            if header.version != _VERSION:
                raise BlockError(f"block of version {header.version}; this release reads {_VERSION}")
            at, columns = 4 + size, {}
            for name, dtype in _COLUMNS:
                columns[name] = np.frombuffer(data, dtype, header.rows, at)
                at += columns[name].nbytes
        except (msgspec.MsgspecError, ValueError) as error:
            raise BlockError(f"damaged block of {len(data)} bytes: {error}") from error
        if at != len(data):
            raise BlockError(f"damaged block: {len(data)} bytes where {at} were expected")
        return cls(series=header.series, states=header.states, acts=header.acts, tick=header.tick, **columns)


class BlockBuilder:
    """Collects readings one by one, where they come one by one, and gives them out as a block."""

    def __init__(self) -> None:
        self._index: dict[Series, int] = {}
        self._rows: list[tuple[int, int, float, float, int, int, int, int]] = []
        self._states: list[State] = []
        self._acts: list[Act] = []

    def __len__(self) -> int:
        """How many readings, states and acts wait."""
        return len(self._rows) + len(self._states) + len(self._acts)

    def reading(  # noqa: PLR0913 - a reading is what it is
        self,
        series: Series,
        *,
        time: int,
        value: float,
        raw: float = math.nan,
        reason: int = Reason.NONE,
        received: int,
        seq: int = NO_SEQ,
    ) -> None:
        """Add a reading; a bad one keeps its raw number and loses its value."""
        quality = Reason(reason).quality
        if quality is Quality.BAD:
            value = math.nan
        elif not math.isfinite(value):
            value, reason, quality = math.nan, Reason.NOT_A_NUMBER, Quality.BAD
        which = self._index.setdefault(series, len(self._index))
        self._rows.append((which, time, value, raw, quality, reason, received, seq))

    def state(self, state: State) -> None:
        """Add a coded text."""
        self._states.append(state)

    def act(self, act: Act) -> None:
        """Add what a person or the site did."""
        self._acts.append(act)

    def build(self, tick: int | None = None) -> Block:
        """What was collected, as a block; the builder is empty afterwards."""
        columns: Sequence[Sequence[float]] = tuple(zip(*self._rows, strict=True)) or ((),) * 8
        block = Block(
            series=tuple(self._index),
            which=np.array(columns[0], np.int32),
            time=np.array(columns[1], np.int64),
            value=np.array(columns[2], np.float64),
            raw=np.array(columns[3], np.float64),
            quality=np.array(columns[4], np.uint8),
            reason=np.array(columns[5], np.uint8),
            received=np.array(columns[6], np.int64),
            seq=np.array(columns[7], np.int64),
            states=tuple(self._states),
            acts=tuple(self._acts),
            tick=tick,
        )
        self.__init__()  # type: ignore[misc] # empty again, the same way it began
        return block


def join(blocks: Iterable[Block]) -> Block:
    """One block of several, readings in the order given; the tick is the latest."""
    given = list(blocks)
    if len(given) == 1:
        return given[0]
    index: dict[Series, int] = {}
    which = []
    for block in given:
        codes = np.array([index.setdefault(series, len(index)) for series in block.series], np.int32)
        which.append(codes[block.which] if len(block) else block.which)
    ticks = [block.tick for block in given if block.tick is not None]
    columns = {
        name: np.concatenate([getattr(block, name) for block in given]) if given else np.empty(0, dtype)
        for name, dtype in _COLUMNS
        if name != "which"
    }
    return Block(
        series=tuple(index),
        which=np.concatenate(which) if which else np.empty(0, np.int32),
        states=tuple(state for block in given for state in block.states),
        acts=tuple(act for block in given for act in block.acts),
        tick=max(ticks, default=None),
        **columns,
    )


def by_line(block: Block) -> Iterator[tuple[str, Block]]:
    """The block's readings line by line, lines in alphabetical order; states, acts and tick left out."""
    lines = sorted({series.line for series in block.series})
    of_series = np.array([lines.index(series.line) for series in block.series], np.int32)
    for number, line in enumerate(lines):
        rows = of_series[block.which] == number if len(block) else np.empty(0, np.bool_)
        if rows.any():
            part = block.take(rows)
            used, codes = np.unique(part.which, return_inverse=True)
            yield (
                line,
                Block(
                    series=tuple(block.series[code] for code in used),
                    which=codes.astype(np.int32),
                    **{name: getattr(part, name) for name, _ in _COLUMNS if name != "which"},
                ),
            )
