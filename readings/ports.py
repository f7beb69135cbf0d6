"""What one room implements and others are handed: Intake, Journal and Archive of `ingest`; what stands on the lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from readings.block import I64, Block
from readings.inputs import Series, State


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something acquired that could not become a reading; kept whole, with the reason.

    Attributes:
        source: where it came from: `mqtt plant/cs1/air` (`retained mqtt ...`: the broker had kept it), `influxdb`.
        payload: what came, verbatim.
        reason: why it was set aside, in words a person can act on.
        time: when, ns UTC.
        readings: how many readings it stands for in the books.
        origin: name of the source of the site file that it came by; empty where it came by none.
    """

    source: str
    payload: bytes
    reason: str
    time: int
    readings: int = 1
    origin: str = ""


class Intake(Protocol):
    """Where sources hand over what they acquired."""

    async def take(self, block: Block) -> None:
        """Commit a block to the journal; returns when it is durable, and only then may it be acknowledged.

        Raises:
            OSError: it is not durable (disk full, say); the source keeps it and tries again.
        """

    async def quarantine(self, item: Quarantined) -> None:
        """Set aside, durably, what could not become a reading."""


@dataclass(frozen=True, slots=True)
class Books:
    """Where every reading is: acquired = stored + duplicate + quarantined + waiting, each counted on its own."""

    acquired: int
    stored: int
    duplicate: int
    quarantined: int
    waiting: int

    @property
    def balance(self) -> int:
        """What is unaccounted for; anything but 0 is a fault."""
        return self.acquired - self.stored - self.duplicate - self.quarantined - self.waiting


class Journal(Protocol):
    """All inputs, durable, in the order in which they became known. Positions count blocks from 1, no gaps."""

    def append(self, block: Block) -> int | None:
        """Commit a block with fsync, without the readings known already; its position, None if nothing was new."""

    def read(self, after: int, limit: int = 1000) -> list[tuple[int, Block]]:
        """Up to `limit` blocks behind position `after`, in order."""

    def last(self) -> int:
        """The last position; 0 while empty."""

    def words_known(self, line: str, at: int, position: int) -> list[State]:
        """What each of a line's states said last before a time, and what any said for later, by time.

        Args:
            line: the plan's line.
            at: ns UTC.
            position: of what stood in blocks up to there, whatever else has become known since.
        """

    def cursor(self, name: str) -> int:
        """How far a reader has come; 0 if it never said."""

    def advance(self, name: str, position: int) -> None:
        """Remember durably that a reader has come this far."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed part of a line's readings.

    Attributes:
        line: the plan's line.
        number: 1, 2, 3 ... per line.
        first: journal position of its first block.
        last: journal position of its last block.
        rows: how many readings it holds.
    """

    line: str
    number: int
    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Readings as archived, with the journal position of each; sorted as the call says."""

    block: Block
    position: I64


class Archive(Protocol):
    """The readings kept for good, per line, in sealed segments; what is not sealed yet is read from the journal."""

    def segments(self, line: str, after: int = 0) -> Sequence[Segment]:
        """The sealed segments of a line with a number greater than `after`, in order."""

    def segment_rows(self, segment: Segment) -> Rows:
        """A segment's readings in journal order: by position, then as they stood in the block."""

    def read(self, series: Sequence[Series], start: int, end: int) -> Rows:
        """All readings of these series with start <= time < end, sealed or not, by series, time, position."""

    def stream(self, line: str, start: int, end: int) -> Iterator[Block]:
        """A line's readings in time order, in blocks, without loading them all at once."""


class Standing(StrEnum):
    """What can stand on a line for as long as it does."""

    DEVIATION = "deviation"  # one lasts
    MONITORING_LOSS = "monitoring loss"  # one lasts
    CASE_OPEN = "case open"
    CASE_UNACKNOWLEDGED = "case not acknowledged"


class Stands(Protocol):
    """Who knows what stands on the lines."""

    def stands(self, what: Standing, lines: Collection[str]) -> bool | None:
        """Whether it stands on one of the lines now; None while nobody knows."""
