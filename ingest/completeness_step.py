"""One step of counting completeness: what is known of each series, and what the step writes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ingest.gaps import Gap
from ingest.known import Mask
from readings.block import I64, U8, Block
from readings.quality import Quality, Reason
from readings.times import HOUR


@dataclass(slots=True)
class Kept:
    """What is known of a series.

    Attributes:
        code: its number in completeness.db.
        every: how often a reading is expected, ns; 0 where none ever is.
        last: time of the last usable reading, or since when one is expected, ns UTC; None where neither is known.
        bad: bad readings since then, by code of the reason.
        open: cause of the gap that lasts; empty while there is none.
        ended: the gap that ended with the last usable reading: its start, the usable and the bad readings in it.
    """

    code: int
    every: int = 0
    last: int | None = None
    bad: dict[int, int] = field(default_factory=dict)
    open: str = ""
    ended: tuple[int, int, dict[int, int]] | None = None


class Step:
    """What one step writes.

    Attributes:
        connection: its transaction.
        change: its number.
        touched: codes of series that something was heard of.
    """

    def __init__(self, connection: sqlite3.Connection, change: int) -> None:
        self.connection, self.change = connection, change
        self.touched: set[int] = set()

    def hours(self, codes: I64, hours: I64, quality: U8) -> None:
        """Count readings by series and hour."""
        low = int(hours.min())
        span = int(hours.max()) - low + 1
        groups, which = np.unique(codes * span + (hours - low), return_inverse=True)
        counts = [
            np.bincount(which, quality == each, len(groups)).astype(np.int64).tolist() for each in Quality
        ]
        rows = [
            (group // span, (group % span + low) * HOUR, good, uncertain, bad, self.change)
            for group, good, uncertain, bad in zip(groups.tolist(), *counts, strict=True)
        ]
        self.connection.executemany(
            "INSERT INTO hour VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (code, start) DO UPDATE SET"
            " good = good + ?3, uncertain = uncertain + ?4, bad = bad + ?5, change = ?6",
            rows,
        )

    def go_on(self, kept: Kept, last: int) -> None:
        """It was heard of up to then, without a gap."""
        kept.last, kept.ended, kept.bad = last, None, {}
        self.touched.add(kept.code)

    def put(self, kept: Kept, found: Gap) -> None:
        """Write a gap down; one that begins at the same time is this one."""
        self.connection.execute(
            "INSERT OR REPLACE INTO gap VALUES (?, ?, ?, ?, ?, ?, ?)",
            (kept.code, found.start, found.end, found.cause, found.detail, found.missed, self.change),
        )

    def take_back(self, kept: Kept, start: int) -> None:
        """What was taken for a gap is none."""
        self.connection.execute(
            "UPDATE gap SET \"end\" = start, cause = '', detail = '', missed = 0, change = ?"
            " WHERE code = ? AND start = ?",
            (self.change, kept.code, start),
        )

    def end_hours(self, kept: Iterable[Kept], first: int, now: int) -> None:
        """Hours from the first to the present one have ended: they are told, now that they are whole.

        A series that was expected to speak has a row in each, with or without a reading.
        """
        if first == now:
            return
        for each in kept:
            if each.every:
                since = self.connection.execute(
                    "SELECT min(since) FROM expected WHERE code = ?", (each.code,)
                ).fetchone()[0]
                self.connection.executemany(
                    "INSERT OR IGNORE INTO hour VALUES (?, ?, 0, 0, 0, ?)",
                    [(each.code, at * HOUR, self.change) for at in range(max(first, since // HOUR), now)],
                )
        self.connection.execute(
            "UPDATE hour SET change = ? WHERE start >= ? AND start < ?",
            (self.change, first * HOUR, now * HOUR),
        )

    def save_memory(self, kept: Iterable[Kept]) -> None:
        """Remember what was heard last."""
        self.connection.executemany(
            "UPDATE series SET last = ?, bad = ? WHERE code = ?",
            [(each.last, json.dumps(each.bad), each.code) for each in kept if each.code in self.touched],
        )


def usable(block: Block) -> Mask:
    """Whether each reading shows that its sensor spoke at its time; a time that is not believed shows nothing."""
    return np.asarray((block.quality != Quality.BAD) & (block.reason != Reason.CLOCK))


def counted(reasons: U8) -> dict[int, int]:
    """How many readings there are of each reason, by its code."""
    codes, counts = np.unique(reasons, return_counts=True)
    return dict(zip(codes.tolist(), counts.tolist(), strict=True))


def added(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    """Two such counts together."""
    return {code: one.get(code, 0) + other.get(code, 0) for code in {*one, *other}}
